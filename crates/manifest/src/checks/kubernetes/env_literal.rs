//! `k8s-env-literal`. Prose, severity and examples: `env_literal.md`.

use crate::{Check, EnvVar, Found, pair};

pub(in crate::checks) struct EnvLiteral;

impl Check for EnvLiteral {
    fn page(&self) -> &'static str {
        include_str!("env_literal.md")
    }

    fn env_var(&self, variable: &EnvVar<'_>, found: &mut Found<'_>) {
        let Some(value) = variable.value else { return };
        if let Some(leak) = pair::leak(variable.name.text, value.text) {
            let message = format!("the literal value of `{}` stands in {}", variable.name.text, variable.place());
            leak.say(found.at(value.span, message));
        }
    }
}

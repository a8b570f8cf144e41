//! `docker-env-secret`. Prose, severity and examples: `env_secret.md`.

use crate::{Check, Found, Instruction, pair};

pub(in crate::checks) struct EnvSecret;

impl Check for EnvSecret {
    fn page(&self) -> &'static str {
        include_str!("env_secret.md")
    }

    fn instruction(&self, instruction: &Instruction<'_>, found: &mut Found<'_>) {
        if instruction.keyword != "ENV" {
            return;
        }
        for pair in instruction.pairs() {
            let Some(value) = pair.value else { continue };
            if let Some(leak) = pair::leak(&pair.name, &value.text) {
                leak.say(found.at(value.span, format!("`ENV {}` keeps its literal value in the image", pair.name)));
            }
        }
    }
}

//! `docker-arg-secret`. Prose, severity and examples: `arg_secret.md`.

use keysift_finding::{Confidence, Severity};
use keysift_judge::{Name, name};

use crate::{Check, Found, Instruction, pair};

pub(in crate::checks) struct ArgSecret;

impl Check for ArgSecret {
    fn page(&self) -> &'static str {
        include_str!("arg_secret.md")
    }

    fn instruction(&self, instruction: &Instruction<'_>, found: &mut Found<'_>) {
        if instruction.keyword != "ARG" {
            return;
        }
        for pair in instruction.pairs() {
            match pair.value {
                Some(value) => {
                    if let Some(leak) = pair::leak(&pair.name, &value.text) {
                        leak.say(found.at(value.span, format!("`ARG {}` has its literal value in the Dockerfile", pair.name)));
                    }
                }
                None if name(&pair.name) == Name::Sensitive => {
                    found
                        .at(pair.name_span, format!("`ARG {}` takes a secret into the build's history", pair.name))
                        .severity(Severity::Medium, "no default: the value comes from the build's command line")
                        .doubt(Confidence::Medium, "a build argument is told by its name alone");
                }
                None => {}
            }
        }
    }
}

//! `docker-secret-mount-persisted`.

use std::collections::HashSet;

use keysift_finding::Span;

use crate::{Check, Found, Instruction};

/// `docker-secret-mount-persisted`.
pub(crate) struct MountPersisted;

impl Check for MountPersisted {
    fn page(&self) -> &'static str {
        include_str!("secret_mount_persisted.md")
    }

    fn instruction(&self, instruction: &Instruction<'_>, found: &mut Found<'_>) {
        let (text, start) = instruction.arguments();
        if instruction.keyword != "RUN" || !text.contains("type=secret") {
            return;
        }
        let base = text.as_ptr() as usize;
        let removed = removed(text);
        for command in text
            .split("&&")
            .flat_map(|part| part.split(';'))
            .flat_map(|part| part.split("||"))
        {
            let secret = command.contains("/run/secrets/");
            let words: Vec<&str> = command
                .split_whitespace()
                .filter(|word| !word.starts_with("--mount=") && *word != "\\")
                .collect();
            let first = words.first().copied().unwrap_or_default();
            let written = command.split_once('>').map(|(_, target)| {
                target
                    .trim_start_matches(['>', ' '])
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
            });
            let outside = |path: &str| {
                !path.is_empty()
                    && !["/run/", "/dev/", "/tmp/", "&"]
                        .iter()
                        .any(|place| path.starts_with(place))
            };
            let copies = matches!(first, "cp" | "mv" | "install")
                && words.last().is_some_and(|target| outside(target));
            let writes = written.is_some_and(outside)
                || words
                    .iter()
                    .skip_while(|word| **word != "tee")
                    .nth(1)
                    .is_some_and(|target| outside(target));
            let configures = [
                "npm config set",
                "git config",
                "pip config set",
                "yarn config set",
            ]
            .iter()
            .any(|what| command.contains(what));
            if secret
                && (copies || writes || configures)
                && !removed.contains(written.unwrap_or_else(|| words.last().copied().unwrap_or_default()))
            {
                let trimmed = command.trim_start();
                let at = start + (trimmed.as_ptr() as usize - base);
                let span = Span::new(
                    at,
                    at + trimmed
                        .trim_end()
                        .trim_end_matches('\\')
                        .trim_end()
                        .lines()
                        .next()
                        .unwrap_or_default()
                        .len(),
                );
                found.at(span, "the mounted secret is written to the image layer");
            }
        }
    }
}

/// The paths that an instruction removes again.
fn removed(text: &str) -> HashSet<&str> {
    let commands = text.split("rm ").skip(1);
    commands
        .flat_map(|rest| rest.split_whitespace().take(6))
        .map(|word| word.trim_end_matches(';'))
        .filter(|word| !word.is_empty())
        .collect()
}

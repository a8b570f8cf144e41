//! `docker-secret-deleted-later`.

use std::collections::HashSet;

use keysift_finding::Span;

use super::{credential_file, file_name, sources};
use crate::{Check, Dockerfile, Found, shell};

/// `docker-secret-deleted-later`.
pub(crate) struct DeletedLater;

impl Check for DeletedLater {
    fn page(&self) -> &'static str {
        include_str!("secret_deleted_later.md")
    }

    fn dockerfile(&self, file: &Dockerfile<'_>, found: &mut Found<'_>) {
        let mut copied: HashSet<&str> = HashSet::new();
        for instruction in &file.instructions {
            if instruction.keyword == "FROM" {
                copied.clear();
            }
            copied.extend(
                sources(instruction)
                    .into_iter()
                    .filter(|(path, _)| credential_file(path).is_some())
                    .map(|(path, _)| file_name(path)),
            );
            if instruction.keyword != "RUN" || copied.is_empty() {
                continue;
            }
            let (text, start) = instruction.arguments();
            let commands = shell::commands(text);
            let deletes = commands
                .iter()
                .filter(|command| matches!(command.program(), "rm" | "shred" | "unlink"));
            for word in deletes.flat_map(|command| &command.words) {
                if !word.text.starts_with('-') && copied.contains(file_name(word.text)) {
                    let at = start + word.start;
                    found.at(
                        Span::new(at, at + word.text.len()),
                        format!(
                            "`{}` is deleted here, but it is still in the layer that `COPY` created",
                            word.text
                        ),
                    );
                }
            }
        }
    }
}

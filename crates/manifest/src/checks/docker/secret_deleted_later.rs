//! `docker-secret-deleted-later`.

use std::collections::HashSet;

use crate::checks::docker::{credential_file, file_name, sources, words};
use crate::{Check, Dockerfile, Found};

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
            if instruction.keyword != "RUN" {
                continue;
            }
            let words = words(instruction);
            let mut deletes = false;
            for (path, span) in words {
                match path {
                    "rm" | "shred" | "unlink" => deletes = true,
                    "&&" | "||" | ";" | "|" => deletes = false,
                    _ if deletes
                        && !path.starts_with('-')
                        && copied.contains(file_name(path.trim_end_matches(';'))) =>
                    {
                        found.at(
                            span,
                            format!(
                                "`{path}` is deleted here, but it is still in the layer that `COPY` created"
                            ),
                        );
                    }
                    _ => {}
                }
            }
        }
    }
}

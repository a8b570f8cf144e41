//! `docker-copy-credential-file`.

use keysift_finding::Confidence;

use crate::checks::docker::{credential_file, sources};
use crate::{Check, Found, Instruction};

/// `docker-copy-credential-file`.
pub(crate) struct CopyCredential;

impl Check for CopyCredential {
    fn page(&self) -> &'static str {
        include_str!("copy_credential_file.md")
    }

    fn instruction(&self, instruction: &Instruction<'_>, found: &mut Found<'_>) {
        for (path, span) in sources(instruction) {
            let Some(certain) = credential_file(path) else {
                continue;
            };
            let detail = found.at(span, format!("Credential file `{path}` is copied into the image"));
            if !certain {
                detail.doubt(
                    Confidence::Medium,
                    "recognized by its name only: it may not contain a credential",
                );
            }
        }
    }
}

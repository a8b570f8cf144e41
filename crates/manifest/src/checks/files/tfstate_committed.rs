//! `tfstate-committed`.

use keysift_finding::{Finding, Span};
use memchr::memmem;

use crate::{Check, Found, checks};

/// `tfstate-committed`.
pub(crate) struct TerraformState;

impl Check for TerraformState {
    fn page(&self) -> &'static str {
        include_str!("tfstate_committed.md")
    }
}

/// Whether a file is a state of Terraform or OpenTofu.
pub(crate) fn is_state(name: &str, text: &[u8]) -> bool {
    let name = name.strip_suffix(".backup").unwrap_or(name);
    name.ends_with(".tfstate") && memmem::find(text, b"\"terraform_version\"").is_some()
}

/// Reports a state that has resources and is not encrypted.
pub(crate) fn report_state(text: &[u8], findings: &mut Vec<Finding>) {
    let Some(resources) = memmem::find(text, b"\"resources\"") else {
        return;
    };
    let behind = text[resources + b"\"resources\"".len()..].iter();
    let mut filled = behind.filter(|byte| !byte.is_ascii_whitespace() && **byte != b':');
    // `[]` or `{}`: nothing is managed.
    if matches!(
        (filled.next(), filled.next()),
        (Some(b'['), Some(b']')) | (Some(b'{'), Some(b'}'))
    ) || memmem::find(text, b"\"encrypted_data\"").is_some()
    {
        return;
    }
    let at = memmem::find(text, b"\"terraform_version\"").unwrap_or_default();
    Found::new(checks::meta(&TerraformState), findings).at(
        Span::new(at, at + b"\"terraform_version\"".len()),
        "Terraform state in the tree: it holds every value of its resources in plaintext",
    );
}

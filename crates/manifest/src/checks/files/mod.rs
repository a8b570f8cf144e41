//! Checks of whole files.

mod file_credential_committed;
mod tfstate_committed;

pub(crate) use file_credential_committed::{KeyStore, report_keystore};
pub(crate) use tfstate_committed::{TerraformState, is_state, report_state};

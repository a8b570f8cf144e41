//! Checks of whole files.

mod file_credential_committed;

pub(crate) use file_credential_committed::{KeyStore, key_store, told_key_store};

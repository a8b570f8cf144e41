//! Checks of Helm templates.

mod secret_to_non_secret;

pub(crate) use secret_to_non_secret::{SecretToNonSecret, rendered};

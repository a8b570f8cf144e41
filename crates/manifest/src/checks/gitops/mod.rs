//! Checks of tools that keep secrets outside the cluster or encrypted in git.

mod decryption_key_committed;
mod eso_refresh_disabled;
mod sealedsecret_wide_scope;
mod secret_zero_static_auth;
mod sops_partially_encrypted;
mod sops_rule_not_applied;

pub(crate) use decryption_key_committed::DecryptionKey;
pub(crate) use eso_refresh_disabled::RefreshDisabled;
pub(crate) use sealedsecret_wide_scope::WideScope;
pub(crate) use secret_zero_static_auth::SecretZero;
pub(crate) use sops_partially_encrypted::SopsPartial;
pub(crate) use sops_rule_not_applied::SopsRule;

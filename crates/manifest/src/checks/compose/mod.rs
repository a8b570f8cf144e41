//! Checks of compose files.

mod privileged_secret_access;

pub(crate) use privileged_secret_access::ComposeMounts;

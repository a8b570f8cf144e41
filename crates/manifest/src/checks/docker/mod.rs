//! Dockerfiles.

mod arg_secret;
mod env_secret;

pub(super) use arg_secret::ArgSecret;
pub(super) use env_secret::EnvSecret;

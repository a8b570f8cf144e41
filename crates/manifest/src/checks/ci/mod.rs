//! Checks of CI pipelines.

mod secret_build_arg;
mod secret_logged;

pub(crate) use secret_build_arg::CiBuildArg;
pub(crate) use secret_logged::CiLogged;

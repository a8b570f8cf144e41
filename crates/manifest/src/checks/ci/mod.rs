//! Checks of CI pipelines.

mod pull_request_target;
mod secret_build_arg;
mod secret_logged;

pub(crate) use pull_request_target::PullRequestTarget;
pub(crate) use secret_build_arg::CiBuildArg;
pub(crate) use secret_logged::CiLogged;

//! All checks.

mod docker;
mod kubernetes;

use std::sync::{Arc, LazyLock};

use keysift_finding::RuleMeta;

use crate::{Check, Page};

/// Every check. A test holds this list and the folder together.
pub const CHECKS: &[&dyn Check] = &[&docker::ArgSecret, &docker::EnvSecret, &kubernetes::EnvLiteral];

/// What the checks say of themselves, in the order of [`CHECKS`].
pub(crate) static METAS: LazyLock<Vec<Arc<RuleMeta>>> =
    LazyLock::new(|| CHECKS.iter().map(|check| Arc::new(Page::parse(check.page()).expect("a test reads every page").meta)).collect());

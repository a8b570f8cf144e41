//! Insecure handling of secrets in Kubernetes manifests and Dockerfiles: parse -> model -> checks.
//!
//! A check is one page (Markdown with front matter: id, severity, why, bad and good examples, fix) and one small piece of code that
//! sees the model, never paths, configuration or line numbers. [`CHECKS`] lists them all.

mod check;
mod checks;
mod dockerfile;
mod kubernetes;
mod page;
mod pair;
mod yaml;

use std::{path::Path, sync::Arc};

use keysift_finding::{Finding, RuleMeta};
use memchr::memmem;

pub use check::{Check, Found};
pub use checks::CHECKS;
pub use dockerfile::{Dockerfile, Instruction, Pair};
pub use kubernetes::EnvVar;
pub use page::Page;

/// What the checks say of themselves, in the order of [`CHECKS`].
pub fn metas() -> impl Iterator<Item = Arc<RuleMeta>> {
    checks::METAS.iter().map(Arc::clone)
}

/// What the checks say about one text.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was found.
    pub findings: Vec<Finding>,
    /// What stood in the way of reading all of it: a text that claims to be a manifest and does not parse to its end.
    pub broken: Option<String>,
}

/// The languages that are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Kubernetes,
    Dockerfile,
}

/// Runs all checks that a text is for; most texts are for none, which costs a look at the name and one search.
pub fn check(path: &Path, text: &[u8]) -> Outcome {
    match language(path, text) {
        Some(Language::Kubernetes) => kubernetes::check(text),
        Some(Language::Dockerfile) => dockerfile::check(text),
        None => Outcome::default(),
    }
}

/// Why the structure of a text is not read, if `window` is only its beginning: a manifest is understood as a whole or not at all.
pub fn too_large(path: &Path, window: &[u8]) -> Option<String> {
    language(path, window).map(|_| "too large to be read as a manifest (8 MiB)".to_owned())
}

fn language(path: &Path, text: &[u8]) -> Option<Language> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let docker = |word: &str| name == word || name.strip_prefix(word).is_some_and(|rest| rest.starts_with(['.', '-', '_']));
    if docker("dockerfile") || docker("containerfile") || name.ends_with(".dockerfile") || name.ends_with(".containerfile") {
        return Some(Language::Dockerfile);
    }
    let has = |word: &str| memmem::find(text, word.as_bytes()).is_some();
    let manifest = [".yaml", ".yml", ".json", ".tpl"].iter().any(|ending| name.ends_with(ending)) || name == "-";
    if manifest && has("kind") && has("apiVersion") && (has("env") || has("Env")) {
        return Some(Language::Kubernetes);
    }
    (name == "-" && dockerfile::starts_like_one(text)).then_some(Language::Dockerfile)
}

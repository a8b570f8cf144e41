//! `sops-rule-not-applied`.

use keysift_finding::{Elsewhere, Span};

use crate::around::folder;
use crate::{Check, Cluster, ClusterFound, Facts, Surroundings};

/// `sops-rule-not-applied`.
pub(crate) struct SopsRule;

/// What a file is that a policy wants encrypted.
enum SecretFileKind {
    Encrypted,
    /// Plaintext, and why the policy most likely covers it.
    Clear(Span, &'static str),
    /// Plaintext, and most likely not what the policy is about.
    Aside,
}

fn kept(path: &str, text: &str, partly: bool, around: &dyn Surroundings) -> SecretFileKind {
    let sealed = [
        "ENC[AES256_GCM",
        "$ANSIBLE_VAULT",
        "BEGIN PGP MESSAGE",
        "BEGIN AGE ENCRYPTED",
    ]
    .iter()
    .any(|mark| text.contains(mark));
    let sample = ["example", "sample", "template", ".dist"]
        .iter()
        .any(|word| path.contains(word));
    if sealed || sample || text.trim().is_empty() {
        return SecretFileKind::Encrypted;
    }
    let first = text.find(|char: char| !char.is_whitespace()).unwrap_or_default();
    let line = Span::new(
        first,
        first + text[first..].lines().next().unwrap_or_default().len(),
    );
    let secret = text
        .find("kind: Secret")
        .filter(|at| !text[at + 12..].starts_with(|char: char| char.is_ascii_alphanumeric()));
    match secret {
        Some(at) if text.contains("data:") || text.contains("stringData:") => {
            SecretFileKind::Clear(Span::new(at, at + 12), "a Secret")
        }
        _ if around.holds_secret(path) => SecretFileKind::Clear(line, "it contains a secret"),
        // A policy for some keys of all files names files that have no such key.
        _ if !partly
            && [".enc.", ".sops.", "secret"]
                .iter()
                .any(|word| path.contains(word)) =>
        {
            SecretFileKind::Clear(line, "its name suggests a secret")
        }
        _ => SecretFileKind::Aside,
    }
}

impl Check for SopsRule {
    fn page(&self) -> &'static str {
        include_str!("sops_rule_not_applied.md")
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        let around = found.around;
        for facts in cluster.files.iter().filter(|facts| !facts.promises.is_empty()) {
            let base = folder(&facts.path).to_owned();
            for path in around.files(&base).iter() {
                let promise = facts
                    .promises
                    .iter()
                    .find(|(pattern, _)| around.fits(pattern, path) == Some(true));
                let Some((pattern, partly)) = promise.filter(|_| is_document(path)) else {
                    continue;
                };
                let full = if base.is_empty() {
                    path.clone()
                } else {
                    format!("{}/{path}", base.trim_end_matches('/'))
                };
                let Some(text) = around.read(&full) else { continue };
                if let SecretFileKind::Clear(span, why) = kept(&full, &text, *partly, around) {
                    let message =
                        format!("`{path}` is not encrypted, although `.sops.yaml` requires it ({why})");
                    let place = policy(facts, pattern);
                    found.within(full, span, message).elsewhere(place);
                }
            }
        }
    }
}

/// Files that SOPS encrypts by key, not the policy itself.
fn is_document(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    !name.starts_with(".sops.")
        && [".yaml", ".yml", ".json", ".env", ".ini"]
            .iter()
            .any(|end| name.ends_with(end))
}

fn policy(facts: &Facts, pattern: &str) -> Elsewhere {
    Elsewhere::new(&facts.path, 1, format!("the policy: path_regex {pattern}"))
}

//! Checks that need more than manifests: the build context, files that a policy is about.

use std::collections::{BTreeMap, BTreeSet};

use keysift_finding::{Confidence, Elsewhere, Span};

use super::docker::credential_file;
use crate::{
    Check, Cluster, ClusterFound, Facts, Surroundings,
    around::{self, DockerIgnore, folder, join},
    graph::At,
};

/// `docker-context-leak`.
pub(super) struct ContextLeak;

/// Files of a build context that a build would send: what its ignore file lets through.
struct Context<'a> {
    folder: String,
    /// The credential files that its ignore file lets through, and whether their names leave no doubt. Of the 14,000 files of a large
    /// repository a handful have such names: patterns are tried on these alone.
    candidates: Vec<(String, bool)>,
    around: &'a dyn Surroundings,
}

impl Context<'_> {
    /// Credential files that a source of `COPY` takes along, and whether they are known to hold a secret.
    fn taken(&self, source: &str) -> Vec<(String, bool)> {
        let source = join("", source.trim_start_matches('/'));
        let below = |path: &str| {
            let whole = path.match_indices('/').map(|(at, _)| &path[..at]).chain([path]);
            source.is_empty()
                || whole
                    .into_iter()
                    .any(|part| around::glob(source.as_bytes(), part.as_bytes()))
        };
        // A file that the source itself names is reported by another check, where it is written.
        let named = |path: &str| path == source;
        let taken = self
            .candidates
            .iter()
            .filter(|(path, _)| below(path) && !named(path));
        taken
            .filter_map(|(path, certain)| {
                let holds = self.around.holds_secret(&join(&self.folder, path));
                (holds || *certain && is_store(path)).then(|| (path.clone(), holds))
            })
            .collect()
    }
}

/// Key stores are no text: their names are all there is to see.
fn is_store(path: &str) -> bool {
    [".kdbx", ".p12", ".pfx", ".jks"]
        .iter()
        .any(|end| path.ends_with(end))
}

/// The folders that builds of Dockerfiles are given, as compose files say.
fn builds(cluster: &Cluster) -> BTreeMap<String, BTreeSet<String>> {
    let mut contexts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for facts in &cluster.files {
        for (context, file) in &facts.builds {
            let context = join(folder(&facts.path), context);
            contexts.entry(join(&context, file)).or_default().insert(context);
        }
    }
    contexts
}

impl Check for ContextLeak {
    fn page(&self) -> &'static str {
        include_str!("docker/context_leak.md")
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        let around = found.around;
        let builds = builds(cluster);
        for (file, facts) in cluster
            .files
            .iter()
            .enumerate()
            .filter(|(_, facts)| !facts.copies.is_empty())
        {
            // Without a compose file it is the Dockerfile's own folder.
            let contexts = builds.get(&join("", &facts.path)).cloned();
            for context in contexts.unwrap_or_else(|| [join("", folder(&facts.path))].into()) {
                let own = around.read(&format!("{}.dockerignore", facts.path));
                let text = own.or_else(|| around.read(&join(&context, ".dockerignore")));
                let ignore = DockerIgnore::parse(text.as_deref().unwrap_or_default());
                let files = around.files(&context);
                let candidates = files.iter().filter_map(|path| {
                    let certain = credential_file(path).filter(|_| !ignore.excludes(path))?;
                    Some((path.clone(), certain))
                });
                let context = Context {
                    candidates: candidates.collect(),
                    folder: context,
                    around,
                };
                for (source, span) in facts.copies.iter().filter(|(source, _)| !source.contains("://")) {
                    tell(&context, (source, *span), file, text.is_some(), found);
                }
            }
        }
    }
}

fn tell(
    context: &Context<'_>,
    (source, span): (&str, Span),
    file: usize,
    ignores: bool,
    found: &mut ClusterFound<'_>,
) {
    let taken = context.taken(source);
    let Some((first, _)) = taken.first() else { return };
    let more = if taken.len() > 1 {
        format!(" and {} more", taken.len() - 1)
    } else {
        String::new()
    };
    let why = if ignores {
        "`.dockerignore` does not exclude it"
    } else {
        "there is no `.dockerignore`"
    };
    let mut detail = found.at(
        At { file, span },
        format!("`{source}` copies `{first}`{more} into the image: {why}"),
    );
    if taken.iter().all(|(_, holds)| !holds) {
        detail = detail.doubt(
            Confidence::Medium,
            "recognized by its name only: the contents are not read",
        );
    }
    for (path, holds) in taken.iter().take(5) {
        let message = if *holds { "contains a secret" } else { "keystore" };
        detail = detail.elsewhere(Elsewhere::new(join(&context.folder, path), 1, message));
    }
}

/// `sops-rule-not-applied`.
pub(super) struct SopsRule;

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
        include_str!("gitops/sops_rule_not_applied.md")
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

//! `docker-context-leak`.

use std::collections::{BTreeMap, BTreeSet};

use keysift_finding::{Confidence, Elsewhere, Span};

use super::credential_file;
use crate::{
    Check, Cluster, ClusterFound, Surroundings,
    around::{DockerIgnore, folder, glob, join},
    graph::At,
};

/// `docker-context-leak`.
pub(crate) struct ContextLeak;

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
                    .any(|part| glob(source.as_bytes(), part.as_bytes()))
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
        include_str!("context_leak.md")
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

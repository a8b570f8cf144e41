//! `ci-artifact-secret`.

use keysift_finding::{Confidence, Span};

use crate::{
    Check, File, Found, Language,
    checks::docker::credential_file,
    yaml::{Cursor, Scalar},
};

/// `ci-artifact-secret`.
pub(crate) struct ArtifactSecret;

/// What a step, a job or a task uploads, as GitHub, GitLab, CircleCI, Azure, Bitbucket and Buildkite write it.
fn uploaded<'t>(node: Cursor<'t>) -> Vec<&'t Scalar> {
    let mut found: Vec<Cursor<'t>> = Vec::new();
    let uses = node.get("uses").str().unwrap_or_default();
    if ["upload-artifact", "upload-pages-artifact", "actions/cache"]
        .iter()
        .any(|action| uses.contains(action))
    {
        found.push(node.path(&["with", "path"]));
    }
    for key in ["store_artifacts", "persist_to_workspace"] {
        let step = node.get(key);
        found.push(step.get("path"));
        found.extend(step.list("paths"));
    }
    let task = node.get("task").str().unwrap_or_default();
    if ["PublishBuildArtifacts", "PublishPipelineArtifact"]
        .iter()
        .any(|name| task.starts_with(name))
    {
        let inputs = node.get("inputs");
        found.extend(["PathtoPublish", "pathToPublish", "targetPath"].map(|key| inputs.get(key)));
    }
    found.push(node.get("publish"));
    let artifacts = node.get("artifacts");
    found.extend(artifacts.list("paths"));
    found.extend(artifacts.items());
    found.push(node.get("artifact_paths"));
    found.into_iter().filter_map(Cursor::scalar).collect()
}

impl Check for ArtifactSecret {
    fn page(&self) -> &'static str {
        include_str!("artifact_secret.md")
    }

    fn file(&self, file: &File<'_>, found: &mut Found<'_>) {
        if file.language != Language::Pipeline {
            return;
        }
        let tree = file.tree;
        let mut walk = tree.walk(tree.documents.iter().copied(), ());
        while let Some((node, ())) = walk.next() {
            for scalar in uploaded(tree.at(node)) {
                let raw = tree.raw(scalar.span);
                for line in raw.lines() {
                    report(
                        line.trim(),
                        scalar.span.start + (line.trim().as_ptr() as usize - raw.as_ptr() as usize),
                        found,
                    );
                }
            }
            walk.below(node, ());
        }
    }
}

/// Reports a path that is the name of a file with a credential.
fn report(path: &str, start: usize, found: &mut Found<'_>) {
    // What begins with `!` is left out.
    let Some(certain) = credential_file(path).filter(|_| !path.starts_with('!')) else {
        return;
    };
    let detail = found.at(
        Span::new(start, start + path.len()),
        format!("Credential file `{path}` is uploaded as an artifact"),
    );
    if !certain {
        detail.doubt(
            Confidence::Medium,
            "recognized by its name only: it may not contain a credential",
        );
    }
}

//! Checks arbitrary text as every type of manifest: YAML, Dockerfiles, compose, Helm, workflows. Must not
//! panic; findings and their edits are inside the text.
#![no_main]

use std::path::Path;

use keysift_manifest::{Cluster, NoSurroundings, check};
use libfuzzer_sys::fuzz_target;

const FILES: &[&str] = &[
    "Dockerfile",
    "deploy/a.yaml",
    "deploy/a.json",
    "compose.yaml",
    "chart/values.yaml",
    "chart/templates/a.yaml",
    "kustomization.yaml",
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    ".env",
    ".sops.yaml",
    "tls.key",
];

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first() else { return };
    let outcome = check(Path::new(FILES[usize::from(*first) % FILES.len()]), text);
    let late = Cluster::new(outcome.facts.into_iter().collect()).findings(&NoSurroundings);
    for finding in outcome.findings.iter().chain(late.iter().flat_map(|(_, findings)| findings)) {
        assert!(finding.span.start <= finding.span.end && finding.span.end <= text.len());
        if let Some(edit) = &finding.edit {
            assert!(edit.span.start <= edit.span.end && edit.span.end <= text.len());
        }
    }
});

//! What a file is: by its name, and by what stands in it.

use std::path::Path;

use memchr::memmem;

use crate::{control, dockerfile, yaml::Tree};

/// The languages that are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Kubernetes objects, and templates of them.
    Kubernetes,
    /// A Dockerfile or Containerfile.
    Dockerfile,
    /// A compose file.
    Compose,
    /// Values of a Helm chart.
    Values,
    /// A kustomization.
    Kustomization,
    /// A CI pipeline.
    Pipeline,
    /// A key store, told by its first bytes.
    KeyStore,
    /// `.sops.yaml`: which files must be encrypted.
    SopsPolicy,
    /// Variables, a line each: `.env`, `prod.env`.
    EnvFile,
    /// A unit of systemd that starts a component of the control plane.
    Unit,
    /// The configuration of k3s or RKE2.
    K3s,
}

/// A file that is no Kubernetes object.
#[derive(Clone, Copy, Debug)]
pub struct File<'t> {
    /// What it is.
    pub language: Language,
    /// Its path.
    pub path: &'t Path,
    pub(crate) tree: &'t Tree,
}

/// What a text is; most are nothing that is checked, which costs a look at the name and one search.
pub(crate) fn language(path: &Path, text: &[u8]) -> Option<Language> {
    if crate::checks::key_store(text).is_some() {
        return Some(Language::KeyStore);
    }
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let docker = |word: &str| {
        name == word
            || name
                .strip_prefix(word)
                .is_some_and(|rest| rest.starts_with(['.', '-', '_']))
    };
    if docker("dockerfile")
        || docker("containerfile")
        || name.ends_with(".dockerfile")
        || name.ends_with(".containerfile")
    {
        return Some(Language::Dockerfile);
    }
    let sample = ["example", "sample", "template", "dist", "defaults"]
        .iter()
        .any(|word| name.contains(word));
    if (name.starts_with(".env") || name.ends_with(".env")) && !sample {
        return Some(Language::EnvFile);
    }
    if control::is_unit(&name, text) {
        return Some(Language::Unit);
    }
    if matches!(name.as_str(), ".sops.yaml" | ".sops.yml") {
        return Some(Language::SopsPolicy);
    }
    // In a comment it says nothing: values of a chart show there what else may be given.
    let has = |word: &str| {
        memmem::find_iter(text, word.as_bytes()).any(|at| {
            let line = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
            !text[line..at].trim_ascii_start().starts_with(b"#")
        })
    };
    let yaml = [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending));
    if (yaml
        || [".json", ".tpl"].iter().any(|ending| name.ends_with(ending))
        || name == "-"
        || name == "kubeconfig"
        || name == "config")
        && has("kind")
        && has("apiVersion")
    {
        let kustomize = name.starts_with("kustomization.") && !has("template");
        return Some(if kustomize {
            Language::Kustomization
        } else {
            Language::Kubernetes
        });
    }
    if yaml && name.starts_with("kustomization.") {
        return Some(Language::Kustomization);
    }
    if (yaml || name == "config.yaml.j2") && control::is_k3s(text) {
        return Some(Language::K3s);
    }
    let folder = path
        .parent()
        .map(|folder| folder.to_string_lossy().replace('\\', "/"))
        .unwrap_or_default();
    let pipeline = folder.ends_with(".github/workflows")
        || name.ends_with(".gitlab-ci.yml")
        || folder.ends_with(".circleci")
        || [
            "azure-pipelines.yml",
            "bitbucket-pipelines.yml",
            ".drone.yml",
            ".travis.yml",
            ".woodpecker.yml",
            "action.yml",
        ]
        .contains(&name.as_str());
    if yaml && pipeline {
        return Some(Language::Pipeline);
    }
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    if yaml
        && (stem.starts_with("docker-compose")
            || stem.starts_with("compose")
            || stem.ends_with(".compose")
            || has("\nservices:") && has("image:"))
    {
        return Some(Language::Compose);
    }
    let helm = stem == "values"
        || stem.starts_with("values-")
        || stem.starts_with("values.")
        || stem.starts_with("values_")
        || stem.ends_with("values");
    if yaml && helm && !folder.ends_with("templates") {
        return Some(Language::Values);
    }
    (name == "-" && dockerfile::starts_like_one(text)).then_some(Language::Dockerfile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_name_and_content() {
        let is = |path: &str, text: &str| language(Path::new(path), text.as_bytes());
        assert_eq!(is("a/Dockerfile.dev", ""), Some(Language::Dockerfile));
        assert_eq!(
            is("a/x.yaml", "apiVersion: v1\nkind: Pod\n"),
            Some(Language::Kubernetes)
        );
        assert_eq!(is("compose.yaml", "services: {}"), Some(Language::Compose));
        assert_eq!(
            is("stack.yml", "version: 3\nservices:\n  a:\n    image: b\n"),
            Some(Language::Compose)
        );
        assert_eq!(is("chart/values-prod.yaml", "a: b"), Some(Language::Values));
        assert_eq!(
            is("a/kustomization.yaml", "resources: []"),
            Some(Language::Kustomization)
        );
        assert_eq!(
            is(".github/workflows/ci.yml", "on: push"),
            Some(Language::Pipeline)
        );
        assert_eq!(is("a/package.json", "{}"), None);
        assert_eq!(is("a/other.yaml", "a: b"), None);
    }
}

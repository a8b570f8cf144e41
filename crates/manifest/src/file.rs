//! Detects the type of a file by its name and content.

use std::path::Path;

use memchr::memmem;

use crate::{ansible, control, dockerfile, yaml::Tree};

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
    /// The state of Terraform or OpenTofu.
    TerraformState,
    /// A patch of an object: a list of operations (JSON 6902).
    Patch,
    /// Terraform, OpenTofu, Packer or Nomad.
    Terraform,
    /// A template of CloudFormation or SAM.
    CloudFormation,
    /// A template or parameters of Azure Resource Manager.
    Arm,
    /// A template of Azure in Bicep.
    Bicep,
    /// A task definition of ECS.
    EcsTask,
    /// Another configuration of a cloud service: Serverless, Pulumi.
    CloudConfig,
    /// A playbook, tasks or variables of Ansible.
    Ansible,
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
    if keysift_finding::keystore(text).is_some() {
        return Some(Language::KeyStore);
    }
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    by_name(&name, text)
        .or_else(|| by_content(path, &name, text))
        .or_else(|| (name == "-" && dockerfile::starts_like_one(text)).then_some(Language::Dockerfile))
}

/// What a file is whose name says it.
fn by_name(name: &str, text: &[u8]) -> Option<Language> {
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
    if crate::checks::is_state(name, text) {
        return Some(Language::TerraformState);
    }
    if control::is_unit(name, text) {
        return Some(Language::Unit);
    }
    if [".tf", ".tofu", ".tfvars", ".nomad", ".hcl"]
        .iter()
        .any(|end| name.ends_with(end))
        && name != ".terraform.lock.hcl"
    {
        return Some(Language::Terraform);
    }
    if name.ends_with(".bicep") {
        return Some(Language::Bicep);
    }
    matches!(name, ".sops.yaml" | ".sops.yml").then_some(Language::SopsPolicy)
}

/// What YAML or JSON is, by its name, its folder and the keys in it.
fn by_content(path: &Path, name: &str, text: &[u8]) -> Option<Language> {
    // A key in a comment does not count: values of a chart show there what else may be set.
    let has = |word: &str| {
        memmem::find_iter(text, word.as_bytes()).any(|at| {
            let line = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
            !text[line..at].trim_ascii_start().starts_with(b"#")
        })
    };
    let yaml = [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending));
    let may_be_object = yaml
        || [".json", ".tpl"].iter().any(|ending| name.ends_with(ending))
        || matches!(name, "-" | "kubeconfig" | "config");
    if (yaml || !name.contains('.')) && ansible::is_ansible(path, name, text) {
        return Some(Language::Ansible);
    }
    if let found @ Some(_) = cloud_template(name, yaml, &has) {
        return found;
    }
    if may_be_object
        && has("kind")
        && has("apiVersion")
        && (!name.ends_with(".json") || has_json_version(text))
        && !(yaml && is_values(name, path) && !is_object(text))
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
    if yaml && is_pipeline(path, name) {
        return Some(Language::Pipeline);
    }
    if (yaml || name.ends_with(".json")) && has("op") && has("path") && is_patch(text) {
        return Some(Language::Patch);
    }
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if yaml
        && (stem.starts_with("docker-compose")
            || stem.starts_with("compose")
            || stem.ends_with(".compose")
            || has("\nservices:") && has("image:"))
    {
        return Some(Language::Compose);
    }
    (yaml && is_values(name, path)).then_some(Language::Values)
}

/// What a template of a cloud service is.
fn cloud_template(name: &str, yaml: bool, has: &dyn Fn(&str) -> bool) -> Option<Language> {
    let json = name.ends_with(".json");
    if (yaml || json || name.ends_with(".template"))
        && (has("AWSTemplateFormatVersion") || has("Resources") && has("AWS::"))
    {
        return Some(Language::CloudFormation);
    }
    if json && (has("eploymentTemplate.json#") || has("eploymentParameters.json#")) {
        return Some(Language::Arm);
    }
    if (json || yaml) && (has("containerDefinitions") || has("ContainerDefinitions")) && !has("apiVersion") {
        return Some(Language::EcsTask);
    }
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    (yaml && (stem == "serverless" || stem == "pulumi" || stem.starts_with("pulumi.")))
        .then_some(Language::CloudConfig)
}

/// Whether a file is the pipeline of a CI service, by its folder or its name.
fn is_pipeline(path: &Path, name: &str) -> bool {
    const FOLDERS: &[&str] = &[
        ".github/workflows",
        ".gitlab/ci",
        ".gitlab-ci",
        ".circleci",
        ".azuredevops",
        ".buildkite",
        ".woodpecker",
    ];
    const STARTS: &[&str] = &["azure-pipelines", "bitbucket-pipelines", "cloudbuild"];
    const STEMS: &[&str] = &[
        ".drone",
        ".travis",
        ".woodpecker",
        "action",
        "appveyor",
        ".appveyor",
        "buildspec",
    ];
    let folder = path
        .parent()
        .map(|folder| folder.to_string_lossy().replace('\\', "/"))
        .unwrap_or_default();
    let stem = name.rsplit_once('.').map_or("", |(stem, _)| stem);
    name.ends_with(".gitlab-ci.yml")
        || FOLDERS.iter().any(|end| folder.ends_with(end))
        || STARTS.iter().any(|start| name.starts_with(start))
        || STEMS.contains(&stem)
}

/// Whether a file holds values of a Helm chart, by its name: `values.yaml`, `values-prod.yaml`, `prod-values.yaml`.
fn is_values(name: &str, path: &Path) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let named = stem == "values"
        || ["values-", "values.", "values_"]
            .iter()
            .any(|start| stem.starts_with(start))
        || stem.ends_with("values");
    named && !path.parent().is_some_and(|folder| folder.ends_with("templates"))
}

/// Whether an object of a JSON text has a version. A schema of the API has the words too, but the value of `apiVersion` is a mapping there:
/// three files of 5.5 MB in the sources of Kubernetes.
fn has_json_version(text: &[u8]) -> bool {
    const KEY: &[u8] = b"\"apiVersion\"";
    memmem::find_iter(text, KEY).any(|at| {
        let value = text[at + KEY.len()..].trim_ascii_start().strip_prefix(b":");
        value.is_some_and(|value| value.trim_ascii_start().starts_with(b"\""))
    })
}

/// Whether a text is an object itself: values of a chart may have objects, or `apiVersion` of one, somewhere in them.
fn is_object(text: &[u8]) -> bool {
    let at_start = |key: &[u8]| memmem::find_iter(text, key).any(|at| at == 0 || text[at - 1] == b'\n');
    at_start(b"kind:") && at_start(b"apiVersion:")
}

/// Whether a text begins as a list of operations.
fn is_patch(text: &[u8]) -> bool {
    let text = std::str::from_utf8(&text[..text.len().min(4096)]).unwrap_or_default();
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#') && *line != "---");
    let first: String = lines.by_ref().take(3).collect::<Vec<_>>().join(" ");
    let first = first.replace(['"', ' '], "");
    first.starts_with("-op:")
        || first.starts_with("-path:")
        || first.starts_with("[{op:")
        || first.starts_with("[{path:")
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
        let inner = "extra:\n  - apiVersion: v1\n    kind: Secret\n";
        assert_eq!(is("chart/values.yaml", inner), Some(Language::Values));
        assert_eq!(
            is("values.yaml", "kind: A\napiVersion: v1\n"),
            Some(Language::Kubernetes)
        );
        assert_eq!(
            is("p.yaml", "- op: add\n  path: /a\n  value: b\n"),
            Some(Language::Patch)
        );
        assert_eq!(
            is("p.json", "[\n  {\"op\": \"add\", \"path\": \"/a\"}\n]"),
            Some(Language::Patch)
        );
        assert_eq!(
            is("a/kustomization.yaml", "resources: []"),
            Some(Language::Kustomization)
        );
        assert_eq!(
            is(".github/workflows/ci.yml", "on: push"),
            Some(Language::Pipeline)
        );
        assert_eq!(is("a/package.json", "{}"), None);
        assert_eq!(
            is("pod.json", "{\"kind\": \"Pod\", \"apiVersion\"\n : \t\"v1\"}"),
            Some(Language::Kubernetes)
        );
        assert_eq!(
            is(
                "swagger.json",
                "{\"apiVersion\": {\"type\": \"string\"}, \"kind\": {}}"
            ),
            None
        );
        assert_eq!(is("a/other.yaml", "a: b"), None);
    }
}

//! Insecure handling of secrets, found by reading files as what they are: Kubernetes objects and Helm templates, compose files, Helm
//! values, kustomizations, CI pipelines, Dockerfiles.
//!
//! A text becomes a tree with places, the tree becomes objects, workloads and literals, and each [`Check`] looks at those it is about.
//! What all files say together is a [`Cluster`]: bindings and roles, workloads and the Secrets they are given.

mod ansible;
mod around;
mod check;
mod checks;
mod cloud;
mod collect;
mod command;
mod compose;
mod control;
mod dockerfile;
mod docs;
mod document;
mod extents;
mod file;
mod graph;
mod hcl;
mod literal;
mod object;
mod page;
mod patch;
mod shell;
mod template;
mod terraform;
mod workload;
mod yaml;

use std::{
    hash::{BuildHasher, RandomState},
    path::Path,
    sync::{Arc, LazyLock},
};

use keysift_finding::{Finding, RuleMeta, Work};

pub use around::{NoSurroundings, Surroundings};
pub use check::{Check, ClusterFound, Detail, Found};
pub use checks::CHECKS;
pub use cloud::BicepFile;
pub use control::Settings;
pub use dockerfile::{Dockerfile, Instruction, Pair};
pub use docs::pages;
pub use file::{File, Language};
pub use graph::{Cluster, Facts, InFile, NodeState, View};
pub use literal::{FieldKind, Leak, Literal};
pub use object::Object;
pub use page::Page;
pub use terraform::TerraformFile;
pub use workload::{Container, Workload};

use yaml::Tree;

/// Whether a file may tell something about a cluster or a build, by its name alone: nothing else is joined across files.
pub fn may_have_facts(path: &Path) -> bool {
    let Some(name) = path
        .file_name()
        .map(|name| name.to_string_lossy().to_ascii_lowercase())
    else {
        return false;
    };
    [".yaml", ".yml", ".json", ".tpl", ".tf", ".tofu"]
        .iter()
        .any(|end| name.ends_with(end))
        || name.contains("dockerfile")
        || name.contains("containerfile")
        || name.starts_with(".env")
        || name.ends_with(".env")
        || matches!(name.as_str(), "kubeconfig" | "config")
}

/// Whether a file holds credentials by its name: a check across files may ask what is in it.
pub fn is_credential_file(path: &str) -> bool {
    checks::docker::credential_file(path).is_some()
}

/// What the checks say of themselves, in the order of [`CHECKS`].
pub fn metas() -> impl Iterator<Item = Arc<RuleMeta>> {
    checks::METAS.iter().map(Arc::clone)
}

/// What the checks say about one text.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was found.
    pub findings: Vec<Finding>,
    /// Why the text was analyzed only in part, if so: it looks like a manifest, but does not parse to its
    /// end.
    pub broken: Option<String>,
    /// What it tells about the cluster, for [`Cluster`]; `None` if nothing.
    pub facts: Option<Facts>,
}

/// Runs all checks that a text is for; most texts are for none.
pub fn check(path: &Path, text: &[u8]) -> Outcome {
    check_within(path, text, &Work::default())
}

/// Runs all checks that a text is for, within the budget of the text. What was left out is in [`Outcome::broken`].
pub fn check_within(path: &Path, text: &[u8], work: &Work) -> Outcome {
    let mut outcome = match file::language(path, text) {
        Some(Language::Dockerfile) => {
            work.bytes(text.len());
            dockerfile::check(path, text)
        }
        Some(Language::Kubernetes) => kubernetes(path, text, work),
        Some(Language::KeyStore) => {
            let mut outcome = Outcome::default();
            checks::report_keystore(path, text, &mut outcome.findings);
            outcome
        }
        Some(Language::EnvFile) => env_file(path, text),
        Some(Language::TerraformState) => {
            let mut outcome = Outcome::default();
            checks::report_state(text, &mut outcome.findings);
            outcome
        }
        Some(Language::Terraform) => terraform::check(path, text, work),
        Some(Language::Bicep) => cloud::check_bicep(text),
        Some(Language::Unit) => {
            work.bytes(text.len());
            let mut outcome = Outcome::default();
            let text = std::str::from_utf8(text).unwrap_or_default();
            settings(&control::of_unit(text), &mut outcome.findings);
            outcome
        }
        Some(language) => other(path, text, language, work),
        None => Outcome::default(),
    };
    outcome.broken = outcome.broken.or_else(|| work.was_cut().map(str::to_owned));
    outcome
}

/// Why the structure of a text is not read, if `window` is only its beginning: a manifest is understood as a whole or not at all.
pub fn too_large(path: &Path, window: &[u8]) -> Option<String> {
    file::language(path, window).map(|_| "too large to be read as a manifest (8 MiB)".to_owned())
}

fn kubernetes(path: &Path, text: &[u8], work: &Work) -> Outcome {
    let mut outcome = Outcome::default();
    let mut facts = Facts {
        path: path.to_string_lossy().replace('\\', "/"),
        ..Facts::default()
    };
    outcome.broken = Tree::each(text, work, |tree| {
        objects_of(tree, path, &mut outcome.findings, Some(&mut facts));
        let own = outcome.findings.len();
        for span in embedded(tree) {
            inside(tree, path, span, &mut outcome.findings);
        }
        // A cluster on the machine of a developer.
        let local = tree.documents.iter().any(|root| {
            let api = tree.text(*root, "apiVersion").unwrap_or_default();
            api.starts_with("kind.x-k8s.io/") || api.starts_with("k3d.io/")
        });
        for finding in outcome.findings[own..].iter_mut().filter(|_| local) {
            finding.severity = keysift_finding::Severity::Info;
            finding.notes.push("a local cluster for development".to_owned());
        }
    });
    outcome.facts = facts.finish(text);
    outcome
}

/// Objects in a string: what is inside a string is nothing that the cluster has, so no facts.
fn inside(tree: &Tree, path: &Path, span: keysift_finding::Span, findings: &mut Vec<Finding>) {
    // Its first line is indented as the others are.
    let blank = tree.indentation(span.start);
    let whole = keysift_finding::Span::new(blank, span.end);
    let inner = tree.inner(tree.raw(whole).as_bytes(), blank);
    objects_of(&inner, path, findings, None);
}

/// Objects that Ansible's tasks define: a cluster gets them, but when and how often is not known, so no facts.
fn defined_objects(tree: &Tree, path: &Path, findings: &mut Vec<Finding>) {
    let objects = object::objects_at(tree, &ansible::definitions(tree), path);
    check_objects(&objects, findings, None);
}

/// Patches that a kustomization holds itself.
fn inline_patches(tree: &Tree, path: &Path, findings: &mut Vec<Finding>) {
    for root in &tree.documents {
        let root = tree.at(*root);
        let keyed = ["patches", "patchesJson6902"]
            .into_iter()
            .flat_map(|key| root.list(key));
        let keyed = keyed.map(|patch| patch.get("patch"));
        for patch in keyed.chain(root.list("patchesStrategicMerge")) {
            let Some(scalar) = patch.scalar().filter(|scalar| scalar.block) else {
                continue;
            };
            let blank = tree.indentation(scalar.span.start);
            let whole = keysift_finding::Span::new(blank, scalar.span.end);
            let inner = tree.inner(tree.raw(whole).as_bytes(), blank);
            judge(&patch::literals(&inner), findings);
            objects_of(&inner, path, findings, None);
        }
    }
}

/// Block scalars that look like objects: files in ConfigMaps, patches, cloud-init.
fn embedded(tree: &Tree) -> Vec<keysift_finding::Span> {
    let scalars = tree.nodes().iter().filter_map(|node| match node {
        yaml::Node::Scalar(scalar) if scalar.block => Some(scalar),
        _ => None,
    });
    scalars
        .filter(|scalar| {
            // Patches of kubeadm's configuration need no version.
            let kubeadm = || {
                [
                    "ClusterConfiguration",
                    "InitConfiguration",
                    "JoinConfiguration",
                    "KubeletConfiguration",
                ]
                .iter()
                .any(|kind| scalar.text.contains(kind))
            };
            scalar.text.contains("kind:") && (scalar.text.contains("apiVersion:") || kubeadm())
        })
        .map(|scalar| scalar.span)
        .collect()
}

fn objects_of(tree: &Tree, path: &Path, findings: &mut Vec<Finding>, mut facts: Option<&mut Facts>) {
    let objects = object::objects(tree, path);
    let values = judge(&template::literals(tree), findings);
    if let Some(facts) = &mut facts {
        facts.values.extend(values);
    }
    check_objects(&objects, findings, facts);
}

/// Runs the checks of objects.
fn check_objects(objects: &[Object<'_>], findings: &mut Vec<Finding>, mut facts: Option<&mut Facts>) {
    let mut literals = Vec::new();
    for object in objects {
        let workloads = workload::workloads(*object);
        literals.extend(collect::literals(object, &workloads));
        if let Some(facts) = &mut facts {
            facts.add(object, &workloads);
        }
        let mut components = control::of_object(object);
        components.extend(workloads.iter().flat_map(control::of_pod));
        settings(&components, findings);
        for (check, meta) in CHECKS.iter().zip(checks::METAS.iter()) {
            let mut found = Found::new(meta, findings);
            check.object(object, &mut found);
            workloads
                .iter()
                .for_each(|workload| check.workload(workload, &mut found));
        }
    }
    let values = judge(&literals, findings);
    extents::note_live(objects, findings);
    extents::suppress_annotated(objects, findings);
    if let Some(facts) = facts {
        facts.values.extend(values);
    }
}

/// Runs the checks of the control plane.
fn settings(all: &[Settings<'_>], findings: &mut Vec<Finding>) {
    for settings in all {
        for (check, meta) in CHECKS.iter().zip(checks::METAS.iter()) {
            check.settings(settings, &mut Found::new(meta, findings));
        }
    }
}

/// What tells equal secrets of one run without holding them: the key of the fingerprint is random and nowhere else.
static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// A secret of a file: its keyed fingerprint, its name, its place.
type Known = (u64, String, keysift_finding::Span);

/// What an environment file holds matters where another file names it; its literals are found by the rules without a format.
fn env_file(path: &Path, text: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(text);
    let literal = |line: &document::Line<'_>| {
        let sensitive = keysift_judge::name(line.name) == keysift_judge::Name::Sensitive;
        sensitive
            && keysift_judge::value(line.value) == keysift_judge::Value::Literal
            && !line.value.starts_with("encrypted:")
    };
    let holds = document::lines(&text)
        .find(literal)
        .map(|line| line.name.to_owned());
    // What is set to a well-known value opens whatever is started with it; a name is judged where it is used.
    let weak = document::lines(&text)
        .filter(|line| keysift_judge::well_known(line.value))
        .map(|line| {
            (
                line.name.to_owned(),
                keysift_finding::Span::new(line.at, line.at + line.value.len()),
            )
        });
    let facts = Facts {
        path: path.to_string_lossy().replace('\\', "/"),
        holds,
        weak: weak.collect(),
        ..Facts::default()
    };
    Outcome {
        facts: facts.finish(text.as_bytes()),
        ..Outcome::default()
    }
}

fn other(path: &Path, text: &[u8], language: Language, work: &Work) -> Outcome {
    let tree = Tree::parse(text, work);
    let mut outcome = Outcome {
        broken: tree.errors.first().cloned(),
        ..Outcome::default()
    };
    let literals = match language {
        Language::Compose => compose::compose(&tree),
        Language::Values => compose::values(&tree),
        Language::Kustomization => {
            inline_patches(&tree, path, &mut outcome.findings);
            compose::kustomization(&tree)
        }
        Language::SopsPolicy => Vec::new(),
        Language::CloudFormation | Language::Arm | Language::CloudConfig => cloud::literals(&tree),
        Language::EcsTask => cloud::containers(&tree),
        Language::Ansible => {
            settings(&control::of_kubespray(&tree), &mut outcome.findings);
            defined_objects(&tree, path, &mut outcome.findings);
            ansible::literals(&tree)
        }
        Language::Patch => patch::literals(&tree),
        Language::K3s => {
            settings(&control::of_k3s(&tree), &mut outcome.findings);
            Vec::new()
        }
        _ => compose::pipeline(&tree),
    };
    let values = judge(&literals, &mut outcome.findings);
    let file = File {
        language,
        path,
        tree: &tree,
    };
    for (check, meta) in CHECKS.iter().zip(checks::METAS.iter()) {
        check.file(&file, &mut Found::new(meta, &mut outcome.findings));
    }
    let mut facts = Facts {
        path: path.to_string_lossy().replace('\\', "/"),
        ..Facts::default()
    };
    facts.env_files = compose::env_files(&tree, language);
    match language {
        Language::Compose => {
            facts.builds = compose::builds(&tree);
            facts.variables = compose::variables(&literals);
        }
        Language::Kustomization => facts.includes = compose::includes(&tree),
        Language::SopsPolicy => facts.promises = compose::promises(&tree),
        _ => {}
    }
    if language == Language::Values {
        let secrets = outcome.findings.iter().filter_map(|finding| finding.secret);
        facts.chart_values = compose::paths(&tree, &secrets.collect::<Vec<_>>());
    }
    facts.values = values;
    outcome.facts = facts.finish(text);
    outcome
}

/// Each literal is judged once; what is wrong is told to the checks of its carrier. Returns the secrets that are long enough not to be equal
/// by chance.
pub(crate) fn judge(literals: &[Literal<'_>], findings: &mut Vec<Finding>) -> Vec<Known> {
    const LONG: usize = 8;
    let mut known = Vec::new();
    for (literal, leak) in literals
        .iter()
        .filter_map(|literal| literal.judge().map(|leak| (literal, leak)))
    {
        for (check, meta) in CHECKS.iter().zip(checks::METAS.iter()) {
            check.literal(literal, leak, &mut Found::new(meta, findings));
        }
        let value = literal.value.trim();
        if matches!(leak, Leak::Secret { .. }) && value.len() >= LONG {
            known.push((
                KEY.hash_one(value),
                literal.name.clone().into_owned(),
                literal.span,
            ));
        }
    }
    known
}

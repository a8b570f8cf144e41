//! Checks across files: facts are kept while the run goes on, and joined at its end. No file is read again.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use keysift_finding::{Blob, Finding, Origin, State};
use keysift_manifest::{Cluster, Facts, Nowhere, Place};
use keysift_report::{Anchors, Report};

use crate::workspace::{Workspace, slashes};

/// What is joined with each other: the files of the scanned trees; of each archive, image and stream its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Tree,
    Stdin,
    Archive(PathBuf),
    Image(PathBuf, String),
    /// The configuration of an image: the Dockerfile that it amounts to has no build context.
    Config,
}

fn group(origin: &Origin) -> Group {
    match origin {
        Origin::File { .. } => match origin.shown().to_string_lossy().split_once("!/") {
            Some((archive, _)) => Group::Archive(PathBuf::from(archive)),
            None => Group::Tree,
        },
        Origin::Commit { .. } => Group::Tree,
        Origin::Stdin => Group::Stdin,
        Origin::Layer { layer, .. } => Group::Image(layer.image.clone(), layer.tag.clone()),
        Origin::Config { .. } => Group::Config,
    }
}

/// The facts of one file, and its places as a report shows them.
#[derive(Debug)]
pub(crate) struct Joinable {
    facts: Facts,
    anchors: Anchors,
}

impl Joinable {
    /// Resolves the places of a blob's facts, while its text is in memory.
    pub(crate) fn new(blob: &Blob<'_>, mut facts: Facts, findings: &[Finding], reveal: bool) -> Self {
        facts.path = slashes(&blob.origin.shown());
        let anchors = Anchors::new(blob, &facts.places(), facts.secret_values(), findings, reveal);
        Self { facts, anchors }
    }
}

/// The facts of a run, from all threads.
#[derive(Debug, Default)]
pub(crate) struct Join(Mutex<Vec<Joinable>>);

impl Join {
    /// Keeps the facts of a file, if it has any.
    pub(crate) fn extend(&self, joinable: Option<Joinable>) {
        if let Some(joinable) = joinable {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(joinable);
        }
    }

    /// Reports what the checks across files find.
    pub(crate) fn report(self, workspace: &Workspace<'_>, report: &Report) {
        let mut groups: BTreeMap<Group, Vec<Joinable>> = BTreeMap::new();
        for joinable in self.0.into_inner().unwrap_or_else(PoisonError::into_inner) {
            // A file that a later layer deletes or replaces is not deployed.
            let is_gone = matches!(&*joinable.anchors.origin, Origin::Layer { fate, .. }
                if fate.get().is_some_and(|verdict| verdict.state != State::Live));
            if !is_gone {
                groups
                    .entry(group(&joinable.anchors.origin))
                    .or_default()
                    .push(joinable);
            }
        }
        for (group, files) in groups {
            let files_of_tree = (group == Group::Tree).then_some(workspace);
            let (anchors, found) = findings(files, files_of_tree);
            for (place, findings) in found {
                match place {
                    Place::Facts(id) => report.joined(&anchors[id], findings),
                    Place::Read(path) => read(workspace, &path, findings, report),
                }
            }
        }
    }
}

/// What the checks find in the files of a group, by file, and the places of these files.
fn findings(
    files: Vec<Joinable>,
    workspace: Option<&Workspace<'_>>,
) -> (Vec<Anchors>, Vec<(Place, Vec<Finding>)>) {
    let (mut all, mut anchors) = (Vec::with_capacity(files.len()), Vec::with_capacity(files.len()));
    for (id, mut file) in files.into_iter().enumerate() {
        file.facts.id = id;
        all.push(file.facts);
        anchors.push(file.anchors);
    }
    let cluster = Cluster::new(all);
    let mut found = match workspace {
        Some(workspace) => cluster.findings(workspace),
        None => cluster.findings(&Nowhere),
    };
    for (place, findings) in &mut found {
        findings.sort_by_key(|finding| finding.span);
        let path = match place {
            Place::Facts(id) => anchors[*id].origin.path().to_string_lossy().into_owned(),
            Place::Read(path) => path.clone(),
        };
        keysift_scan::doubt(findings, &path);
    }
    (anchors, found)
}

/// Reports findings in a file that has no facts, from the text that the check has read.
fn read(workspace: &Workspace<'_>, path: &str, mut findings: Vec<Finding>, report: &Report) {
    let Some(text) = workspace.text(path) else { return };
    let mut buffer = text.into_bytes();
    let len = buffer.len();
    buffer.resize(len + Blob::PADDING, 0);
    findings.retain(|finding| finding.span.end <= len);
    let origin = Origin::File {
        root: PathBuf::new(),
        path: PathBuf::from(path),
    };
    report.blob(&Blob::whole(&origin, &buffer, len), findings);
}

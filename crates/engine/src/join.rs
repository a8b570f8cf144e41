//! Checks across files: facts are collected during the run and joined at its end. No file is read twice.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use keysift_finding::{Blob, FileState, Finding, Origin, Span, Tests};
use keysift_manifest::{Cluster, Facts, InFile, NoSurroundings};
use keysift_report::{Anchors, secrets_of};
use keysift_source::{Entry, GitOptions, Trees, TreesOfFile};

use crate::{
    Error,
    sink::Sink,
    workspace::{Workspace, slashes},
};

/// Files that are joined with each other. The scanned trees are one group; each archive, image and standard
/// input is its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum JoinGroup {
    Tree,
    Stdin,
    Archive(PathBuf),
    Image(PathBuf, String),
    /// The configuration of an image. Its Dockerfile has no build context.
    Config,
}

fn group(origin: &Origin) -> JoinGroup {
    match origin {
        Origin::File(location) => match location.archive() {
            Some(archive) => JoinGroup::Archive(archive.to_owned()),
            None => JoinGroup::Tree,
        },
        Origin::Commit { .. } => JoinGroup::Tree,
        Origin::Stdin => JoinGroup::Stdin,
        Origin::Layer { layer, .. } => JoinGroup::Image(layer.image.clone(), layer.tag.clone()),
        Origin::Config { .. } => JoinGroup::Config,
    }
}

/// The facts of one file, with resolved positions for reports.
#[derive(Clone, Debug)]
pub(crate) struct Joinable {
    facts: Facts,
    anchors: Anchors,
}

impl Joinable {
    /// Resolves the positions of a blob's facts, while its text is in memory.
    pub(crate) fn new(blob: &Blob<'_>, mut facts: Facts, mut secrets: Vec<Span>, reveal: bool) -> Self {
        facts.path = slashes(&blob.origin.shown());
        secrets.extend(facts.secret_values());
        let anchors = Anchors::new(blob, &facts.places(), secrets, reveal);
        Self { facts, anchors }
    }
}

/// The facts of a run, collected from all threads.
#[derive(Debug, Default)]
pub(crate) struct Join(Mutex<Vec<Joinable>>);

impl Join {
    /// Adds the facts of a file, if it has any.
    pub(crate) fn extend(&self, joinable: Option<Joinable>) {
        if let Some(joinable) = joinable {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(joinable);
        }
    }

    /// Reports the findings of checks across files.
    pub(crate) fn report(self, workspace: Option<&Workspace<'_>>, report: &Sink) {
        let mut groups: BTreeMap<JoinGroup, Vec<Joinable>> = BTreeMap::new();
        for joinable in self.0.into_inner().unwrap_or_else(PoisonError::into_inner) {
            // A file that a later layer deletes or overwrites is not deployed.
            let is_gone = matches!(&*joinable.anchors.origin, Origin::Layer { status, .. }
                if status.get().is_some_and(|status| status.state != FileState::Live));
            if !is_gone {
                groups
                    .entry(group(&joinable.anchors.origin))
                    .or_default()
                    .push(joinable);
            }
        }
        for (group, files) in groups {
            let workspace = workspace.filter(|_| group == JoinGroup::Tree);
            let draw = |cluster: &Cluster| report.draw(cluster);
            let (anchors, found) = findings(files, workspace, true, draw);
            for (place, findings) in found {
                match (place, workspace) {
                    (InFile::Facts(id), _) => report.joined(&anchors[id], findings),
                    (InFile::Read(path), Some(workspace)) => read(workspace, &path, findings, report),
                    (InFile::Read(_), None) => {}
                }
            }
        }
    }
}

/// Reports the findings of checks across files that a change adds. The tree after the change is joined as a
/// whole, and findings that the tree before it had are left out: a new binding can be a finding although its
/// role is old.
pub(crate) fn change(git: &GitOptions, report: &Sink) -> Result<(), Error> {
    let Some(trees) = Trees::of(git)? else {
        return Ok(());
    };
    let wanted = |entry: &Entry| keysift_manifest::may_have_facts(&entry.0);
    let touched = trees.before.symmetric_difference(&trees.after).any(wanted);
    if !touched {
        return Ok(());
    }
    let (before, after) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let on_blob = |blob: &Blob<'_>, is: TreesOfFile| {
        let outcome = keysift_manifest::check(blob.origin.path(), blob.bytes());
        let Some(facts) = outcome.facts else { return };
        let file = Joinable::new(
            blob,
            facts,
            secrets_of(&outcome.findings).collect(),
            report.reveals(),
        );
        if is.before {
            lock(&before).push(file.clone());
        }
        if is.after {
            lock(&after).push(file);
        }
    };
    trees.each(git, wanted, on_blob, |unread| report.unread(unread))?;
    let mut known = earlier_findings(before.into_inner().unwrap_or_else(PoisonError::into_inner));
    let (anchors, found) = findings(
        after.into_inner().unwrap_or_else(PoisonError::into_inner),
        None,
        false,
        |_| {},
    );
    // A file with the same path matches earlier findings before a renamed file does.
    let mut moved = Vec::new();
    for (place, findings) in found {
        let InFile::Facts(id) = place else { continue };
        let path = anchors[id].origin.path().to_string_lossy().into_owned();
        let fresh = |finding: &Finding| !known.take(&path, &name(finding, &anchors[id]));
        moved.push((id, findings.into_iter().filter(fresh).collect::<Vec<_>>()));
    }
    for (id, mut findings) in moved {
        findings.retain(|finding| !known.take_moved(&name(finding, &anchors[id])));
        report.joined(&anchors[id], findings);
    }
    Ok(())
}

/// Identifies a finding independently of its file: the rule, the message, and the bytes that it is about.
type Name = (String, String, Vec<u8>);

fn name(finding: &Finding, anchors: &Anchors) -> Name {
    (
        finding.rule.id.clone(),
        finding.message.clone(),
        anchors.bytes(finding.span).to_vec(),
    )
}

/// The findings of the tree before a change: the number of each name, by path.
#[derive(Debug, Default)]
struct EarlierFindings(HashMap<Name, BTreeMap<String, usize>>);

fn earlier_findings(files: Vec<Joinable>) -> EarlierFindings {
    let mut known = EarlierFindings::default();
    let (anchors, found) = findings(files, None, false, |_| {});
    for (place, findings) in found {
        let InFile::Facts(id) = place else { continue };
        let path = anchors[id].origin.path().to_string_lossy();
        for finding in findings {
            *known
                .0
                .entry(name(&finding, &anchors[id]))
                .or_default()
                .entry(path.to_string())
                .or_default() += 1;
        }
    }
    known
}

impl EarlierFindings {
    /// Returns whether the finding was in this file before, and removes one count of it.
    fn take(&mut self, path: &str, name: &Name) -> bool {
        let count = self.0.get_mut(name).and_then(|paths| paths.get_mut(path));
        count
            .filter(|count| **count > 0)
            .map(|count| *count -= 1)
            .is_some()
    }

    /// Returns whether a file that was renamed or deleted had the finding before, and removes one count of
    /// it.
    fn take_moved(&mut self, name: &Name) -> bool {
        let count = self
            .0
            .get_mut(name)
            .and_then(|paths| paths.values_mut().find(|count| **count > 0));
        count.map(|count| *count -= 1).is_some()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the checks on a group of files. Returns the findings by file, and the resolved positions of the
/// files.
fn findings(
    files: Vec<Joinable>,
    workspace: Option<&Workspace<'_>>,
    merge_copies: bool,
    on_cluster: impl FnOnce(&Cluster),
) -> (Vec<Anchors>, Vec<(InFile, Vec<Finding>)>) {
    let (mut all, mut anchors) = (Vec::with_capacity(files.len()), Vec::with_capacity(files.len()));
    for (id, mut file) in files.into_iter().enumerate() {
        file.facts.id = id;
        all.push(file.facts);
        anchors.push(file.anchors);
    }
    let cluster = Cluster::new(all);
    on_cluster(&cluster);
    let mut found = match workspace {
        Some(workspace) => cluster.findings(workspace),
        None => cluster.findings(&NoSurroundings),
    };
    if merge_copies {
        cluster.merge_copies(&mut found);
    }
    let paths: HashMap<String, String> = anchors.iter().map(names).collect();
    for (place, findings) in &mut found {
        findings.sort_by_key(|finding| finding.span);
        for far in findings.iter_mut().flat_map(|finding| &mut finding.elsewhere) {
            far.path = match paths.get(&far.shown) {
                Some(path) => path.clone(),
                None => slashes(keysift_source::locate(Path::new(&far.shown)).path()),
            };
        }
        let path = match place {
            InFile::Facts(id) => anchors[*id].origin.path().to_string_lossy().into_owned(),
            InFile::Read(path) => path.clone(),
        };
        keysift_scan::lower_samples(findings, &path, Tests::Show);
    }
    (anchors, found)
}

/// Returns the path that checks use, and the path of machine-readable reports.
fn names(file: &Anchors) -> (String, String) {
    (slashes(&file.origin.shown()), slashes(file.origin.path()))
}

/// Reports findings in a file without facts, from the text that the check has read.
fn read(workspace: &Workspace<'_>, path: &str, mut findings: Vec<Finding>, report: &Sink) {
    let Some(text) = workspace.text(path) else { return };
    let mut buffer = text.into_bytes();
    let len = buffer.len();
    buffer.resize(len + Blob::PADDING, 0);
    findings.retain(|finding| finding.span.end <= len);
    let origin = Origin::File(keysift_source::locate(Path::new(path)));
    report.blob(&Blob::whole(&origin, &buffer, len), findings, &[]);
}

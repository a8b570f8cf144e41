//! What all manifests say together: gathered while the run goes on, told at its end.

use std::{
    collections::HashMap,
    io,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use keysift_finding::{Blob, Finding, Origin};
use keysift_manifest::{Cluster, Facts, Nowhere, Surroundings};
use keysift_report::Report;

/// The facts of the manifests of a run.
#[derive(Default)]
pub(crate) struct Gathered(Mutex<Vec<(Origin, Facts)>>);

impl Gathered {
    /// Keeps what a blob tells about the cluster; what standard input tells is told at once, as nobody can read it again.
    pub(crate) fn add(&self, blob: &Blob<'_>, facts: Option<Facts>, report: &Report) {
        let Some(mut facts) = facts else { return };
        if *blob.origin == Origin::Stdin {
            for (_, findings) in Cluster::new(vec![facts]).findings(&Nowhere) {
                report.blob(blob, sorted(findings));
            }
            return;
        }
        // An image, an archive and a pipe have no build context: what lies around them on this machine is none of theirs.
        if !matches!(blob.origin, Origin::File { .. }) || !blob.origin.shown().is_file() {
            facts.without_surroundings();
        }
        facts.path = blob.origin.shown().to_string_lossy().into_owned();
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((blob.origin.clone(), facts));
    }

    /// The cluster of all of it.
    pub(crate) fn cluster(self) -> (Cluster, HashMap<String, Origin>) {
        let all = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let origins = all
            .iter()
            .map(|(origin, facts)| (facts.path.clone(), origin.clone()))
            .collect();
        (
            Cluster::new(all.into_iter().map(|(_, facts)| facts).collect()),
            origins,
        )
    }

    /// Reports what the checks of all files say: each file with findings is read once more, for the lines to show.
    pub(crate) fn report(
        self,
        source: &keysift_source::Options,
        around: &dyn Surroundings,
        report: &Report,
    ) -> io::Result<()> {
        let (cluster, origins) = self.cluster();
        let mut findings: HashMap<String, Vec<Finding>> = cluster.findings(around).into_iter().collect();
        if findings.is_empty() {
            return Ok(());
        }
        let files: Vec<PathBuf> = findings.keys().map(PathBuf::from).collect();
        let findings_of = Mutex::new(&mut findings);
        let again = keysift_source::Options {
            roots: files,
            ignore_files: false,
            ..source.clone()
        };
        keysift_source::each_blob(
            &again,
            |blob| {
                let path = blob.origin.shown().to_string_lossy().into_owned();
                let found = findings_of
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .remove(&path);
                let Some(mut found) = found else { return };
                let origin = origins.get(&path).unwrap_or(blob.origin);
                // A file that changed meanwhile: what no longer stands there is not told.
                found.retain(|finding| finding.span.end <= blob.bytes().len());
                keysift_scan::doubt(&mut found, &origin.path().to_string_lossy());
                report.blob(
                    &Blob::whole(origin, blob.buffer(), blob.bytes().len()),
                    sorted(found),
                );
            },
            |unread| report.unread(unread),
        )
        .map(drop)
    }
}

/// Findings in the order of the text.
fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| finding.span);
    findings
}

//! What all manifests say together: gathered while the run goes on, told at its end.

use std::{
    collections::HashMap,
    io,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use keysift_finding::{Blob, Finding, Origin, Span};
use keysift_manifest::{Cluster, Facts, Nowhere, Surroundings};
use keysift_report::Report;

/// The facts of the manifests of a run.
#[derive(Default)]
pub(crate) struct Gathered(Mutex<Vec<Gift>>);

/// Where facts come from, what they are, and the places of secrets beside them, which no excerpt shows.
type Gift = (Origin, Facts, Vec<Span>);

impl Gathered {
    /// Keeps what a blob tells about the cluster; what standard input tells is told at once, as nobody can read it again.
    pub(crate) fn add(&self, blob: &Blob<'_>, facts: Option<Facts>, secrets: &[Span], report: &Report) {
        let Some(mut facts) = facts else { return };
        if *blob.origin == Origin::Stdin {
            for (_, findings) in Cluster::new(vec![facts]).findings(&Nowhere) {
                report.blob(blob, sorted(findings), secrets);
            }
            return;
        }
        facts.path = blob.origin.shown().to_string_lossy().into_owned();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((
            blob.origin.clone(),
            facts,
            secrets.to_vec(),
        ));
    }

    /// The cluster of all of it.
    fn cluster(self) -> (Cluster, HashMap<String, (Origin, Vec<Span>)>) {
        let all = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut origins = HashMap::new();
        let mut facts = Vec::with_capacity(all.len());
        for (origin, fact, secrets) in all {
            origins.insert(fact.path.clone(), (origin, secrets));
            facts.push(fact);
        }
        (Cluster::new(facts), origins)
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
                let (origin, secrets) = origins
                    .get(&path)
                    .map_or((blob.origin, &[][..]), |(origin, secrets)| (origin, secrets));
                // A file that changed meanwhile: what no longer stands there is not told.
                found.retain(|finding| finding.span.end <= blob.bytes().len());
                keysift_scan::doubt(&mut found, &origin.path().to_string_lossy());
                report.blob(
                    &Blob::whole(origin, blob.buffer(), blob.bytes().len()),
                    sorted(found),
                    secrets,
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

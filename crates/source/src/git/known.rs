//! Leaves out texts of a history that the caller has seen before.

use std::{fmt, path::Path, sync::Arc};

use super::{MESSAGE, log::Log};

/// A text that is about to be read: the same object under the same path has the same findings.
#[derive(Clone, Copy, Debug)]
pub struct GitText<'t> {
    /// The hash of the commit or tag.
    pub commit: &'t str,
    /// The path of the file; for the text of a commit or tag that under which its findings are reported.
    pub path: &'t Path,
    /// The id of the object.
    pub object: &'t str,
}

/// Returns for each text, in order, whether it is left out. It is called once, before the first text is read.
pub type IsKnown = dyn Fn(&[GitText<'_>]) -> Vec<bool> + Send + Sync;

/// Says which texts are left out.
#[derive(Clone)]
pub struct KnownTexts(pub Arc<IsKnown>);

impl fmt::Debug for KnownTexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownTexts(…)")
    }
}

impl KnownTexts {
    /// Drops the known messages and changes. Answers that are missing mean unknown.
    pub(super) fn leave_out(&self, log: &mut Log) {
        let messages = log.messages.iter().map(|(commit, object)| GitText {
            commit: &commit.hash,
            path: Path::new(MESSAGE),
            object,
        });
        let changes = log.changes.iter().map(|change| GitText {
            commit: change.commit.as_ref().map_or("", |commit| &commit.hash),
            path: &change.path,
            object: &change.new,
        });
        let texts: Vec<GitText<'_>> = messages.chain(changes).collect();
        let mut known = (self.0)(&texts).into_iter();
        let mut is_unknown = || !known.next().unwrap_or(false);
        log.messages.retain(|_| is_unknown());
        log.changes.retain(|_| is_unknown());
    }
}

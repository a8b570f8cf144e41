//! Layers of container images.

use std::{
    cmp::Ordering,
    hash::{Hash, Hasher},
    path::PathBuf,
    sync::{Arc, OnceLock},
};

/// A layer of an image.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Layer {
    /// The image's file, as the user wrote it.
    pub image: PathBuf,
    /// The image's tag; its digest where it has none.
    pub tag: String,
    /// The platform, as `linux/amd64`; empty if the image does not say.
    pub platform: String,
    /// The layer's number, from 1, the lowest first.
    pub number: usize,
    /// How many layers the image has.
    pub of: usize,
    /// The digest of the uncompressed layer, as the configuration tells it; otherwise the name of its blob.
    pub diff_id: String,
    /// The instruction that made it, as the history tells it; empty if it does not.
    pub created_by: String,
}

/// What became of a file of a layer in the layers above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is in the final file system.
    Live,
    /// The layer of this number deletes it.
    Deleted(usize),
    /// The layer of this number has another file of that name.
    Overwritten(usize),
}

/// What is known of a file of a layer when all layers were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What became of it in the image of its [`Layer`].
    pub state: State,
    /// The package of the distribution that it came with, if it came with one.
    pub package: Option<String>,
    /// The other images that have the layer and in which something else became of it, by their tags.
    pub others: Vec<(String, State)>,
}

/// The place for a [`Verdict`], which is known when all layers were read. All fates are equal: where a file stands does not depend on it.
#[derive(Clone, Debug, Default)]
pub struct Fate(Arc<OnceLock<Verdict>>);

impl Fate {
    /// Says what became of the file.
    pub fn set(&self, verdict: Verdict) {
        // Said once; whoever says it again says the same.
        let _ = self.0.set(verdict);
    }

    /// What became of the file, if it is known.
    pub fn get(&self) -> Option<&Verdict> {
        self.0.get()
    }

    /// Whether somebody else waits for it.
    pub fn is_awaited(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl PartialEq for Fate {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Fate {}

impl Hash for Fate {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl PartialOrd for Fate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fate {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

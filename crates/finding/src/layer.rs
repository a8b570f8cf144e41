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
pub enum FileState {
    /// It is in the final file system.
    Live,
    /// The layer of this number deletes it.
    Deleted(usize),
    /// The layer of this number has another file of that name.
    Overwritten(usize),
}

/// What is known of a file of a layer when all layers were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStatus {
    /// What became of it in the image of its [`Layer`].
    pub state: FileState,
    /// The package of the distribution that it came with, if it came with one.
    pub package: Option<String>,
    /// The other images that have the layer and in which something else became of it, by their tags.
    pub others: Vec<(String, FileState)>,
}

/// The place for a [`FileStatus`], which is known when all layers were read. All cells are equal: the status is not part of the identity of a file.
#[derive(Clone, Debug, Default)]
pub struct FileStatusCell(Arc<OnceLock<FileStatus>>);

impl FileStatusCell {
    /// Says what became of the file.
    pub fn set(&self, status: FileStatus) {
        // Said once; whoever says it again says the same.
        let _ = self.0.set(status);
    }

    /// What became of the file, if it is known.
    pub fn get(&self) -> Option<&FileStatus> {
        self.0.get()
    }

    /// Whether somebody else waits for it.
    pub fn is_awaited(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl PartialEq for FileStatusCell {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for FileStatusCell {}

impl Hash for FileStatusCell {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl PartialOrd for FileStatusCell {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FileStatusCell {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

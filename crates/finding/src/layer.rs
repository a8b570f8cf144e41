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
    /// The path of the image's file, as the user wrote it.
    pub image: PathBuf,
    /// The image's tag, or its digest if it has no tag.
    pub tag: String,
    /// The platform, such as `linux/amd64`; empty if the image does not name one.
    pub platform: String,
    /// The layer's number, counting from 1 at the bottom.
    pub number: usize,
    /// Number of layers in the image.
    pub of: usize,
    /// The digest of the uncompressed layer from the configuration (`rootfs.diff_ids`), otherwise the name of
    /// its blob.
    pub diff_id: String,
    /// The instruction that created the layer, from the image's history; empty if there is no entry.
    pub created_by: String,
}

/// The state of a layer's file in the final file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Present in the final file system.
    Live,
    /// Deleted (whiteout) by the layer with this number.
    Deleted(usize),
    /// Replaced by a file of the same name in the layer with this number.
    Overwritten(usize),
}

/// The state of a layer's file, known when all layers were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStatus {
    /// Its state in the image of its [`Layer`].
    pub state: FileState,
    /// The distribution package that installed it, if any.
    pub package: Option<String>,
    /// Other images with this layer in which the file has a different state, by tag.
    pub others: Vec<(String, FileState)>,
}

/// A shared cell for a [`FileStatus`], filled when all layers were read. All cells compare as equal, because
/// the status is not part of a file's identity.
#[derive(Clone, Debug, Default)]
pub struct FileStatusCell(Arc<OnceLock<FileStatus>>);

impl FileStatusCell {
    /// Sets the status of the file.
    pub fn set(&self, status: FileStatus) {
        // A second call would set the same value, so its error is ignored.
        let _ = self.0.set(status);
    }

    /// Returns the status, if it is known.
    pub fn get(&self) -> Option<&FileStatus> {
        self.0.get()
    }

    /// Returns whether another clone of the cell exists.
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

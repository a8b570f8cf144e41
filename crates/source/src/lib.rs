//! Reads files, folders, standard input, images, archives and git into [`Blob`]s with an `Origin`.
//!
//! A walking thread reads a small file into its own buffer. Files larger than a window, and standard input,
//! are read by one thread in overlapping windows that all threads scan. So memory depends on the number of
//! threads and not on file sizes.

mod content;
mod error;
mod git;
mod ignored;
mod ignores;
mod image;
mod lfs;
mod read;
mod stdin;
mod stop;
mod tar;
mod threads;
mod top;
mod tracked;
mod unpack;
mod utf16;
mod walk;
mod windows;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

pub use git::{
    Before, Entry, GitOptions, GitText, Head, IsKnown, KnownTexts, Push, Revisions, Trees, TreesOfFile,
    each_change, each_tip, head, hooks, pushed, range, since, staged,
};
pub use ignored::is_ignored;
pub use read::small;
pub use stdin::stdin_text;
pub use stop::Stop;
pub use threads::threads;
pub use top::locate;

/// For the fuzz target `git`: parses `data` as output of git and as an index.
#[cfg(fuzzing)]
pub fn fuzz_git(data: &[u8]) {
    git::fuzz(data);
    tracked::fuzz(data);
}

use keysift_finding::{Blob, Coverage, Unread};

/// What to read.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files and folders; `-` is standard input, and `docker://HOST/NAME:TAG` an image in a registry.
    pub roots: Vec<PathBuf>,
    /// Skip what `.gitignore`, `.ignore`, `.git/info/exclude`, git's global excludes and `.keysiftignore`
    /// exclude.
    pub ignore_files: bool,
    /// Read hidden files (`.env`, `.github/`). `.git` itself is never walked.
    pub hidden: bool,
    /// Skip larger files found in folders, in bytes; 0 means no limit. Files that the user names are always
    /// read.
    pub max_file_bytes: u64,
    /// Number of threads; 0 means one per core, the maximum is four per core.
    pub threads: usize,
    /// Open archives found in folders: zip, jar, tar, gz, bz2, xz, zst, deb. Archives that the user names,
    /// and those in images, are always opened.
    pub archives: bool,
    /// Parts of base images to skip in images.
    pub base: Base,
    /// The image of a multi-platform registry image to read, such as `linux/arm64`, or `all`. The default is
    /// Linux on this machine's architecture.
    pub platform: Option<String>,
    /// Ends the scan early.
    pub stop: Stop,
}

impl Options {
    /// Creates options for `roots` with the defaults of the command line: ignore files apply, hidden files
    /// are read.
    pub fn of(roots: Vec<PathBuf>) -> Self {
        Self {
            roots,
            ignore_files: true,
            hidden: true,
            max_file_bytes: 64 << 20,
            threads: 0,
            archives: false,
            base: Base::default(),
            platform: None,
            stop: Stop::default(),
        }
    }
}

/// Contents of base images, which are skipped in other images.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// Layers, by the digests of their uncompressed contents (diff ids).
    pub layers: HashSet<String>,
    /// Lines of the configuration and history.
    pub lines: HashSet<String>,
}

impl Base {
    /// Reads the layers and configuration of a base image.
    ///
    /// # Errors
    /// If it cannot be read, or is not an image.
    pub fn of(image: &Path) -> std::io::Result<Self> {
        image::base(image)
    }

    /// Reads several base images. A name that begins with `sha256:` is the digest of a layer.
    ///
    /// # Errors
    /// If an image cannot be read.
    pub fn of_all(images: &[String]) -> std::io::Result<Self> {
        let mut base = Self::default();
        for image in images {
            if image.starts_with("sha256:") {
                base.layers.insert(image.clone());
            } else {
                let fail = |error: std::io::Error| {
                    std::io::Error::new(
                        error.kind(),
                        format!("cannot read the base image {image}: {error}"),
                    )
                };
                base.extend(Self::of(image.as_ref()).map_err(fail)?);
            }
        }
        Ok(base)
    }

    /// Adds another base.
    pub fn extend(&mut self, other: Self) {
        self.layers.extend(other.layers);
        self.lines.extend(other.lines);
    }
}

/// Reads all roots and passes each blob to `on_blob`, from several threads and in no particular order. What
/// cannot be read is passed to `on_unread`; the scan continues.
///
/// # Errors
/// None today: failures are passed to `on_unread`.
pub fn each_blob(
    options: &Options,
    on_blob: impl Fn(&Blob<'_>) + Sync,
    on_unread: impl Fn(Unread) + Sync,
) -> std::io::Result<Coverage> {
    Ok(walk::Walk::new(options, &on_blob, &on_unread).run())
}

/// Lists the files below a folder, relative to it and sorted, including ignored and hidden ones but not
/// `.git`. Returns at most `most` files; folders that cannot be listed are left out.
pub fn list(folder: &Path, most: usize) -> Vec<PathBuf> {
    let walk = ignore::WalkBuilder::new(folder)
        .standard_filters(false)
        .follow_links(false)
        .sort_by_file_name(std::ffi::OsStr::cmp)
        .filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git")
        .build();
    let files = walk
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    files
        .take(most)
        .filter_map(|entry| entry.path().strip_prefix(folder).ok().map(Path::to_owned))
        .collect()
}

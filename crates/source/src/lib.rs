//! Where bytes come from: files, folders and standard input become [`Blob`]s with their [`Origin`].
//!
//! Small files are read whole into a buffer of the walking thread. What is larger than a window, and standard input, is read by one
//! thread in windows that overlap, which all cores scan: memory is bounded by the number of threads, whatever the size of a file.

mod content;
mod git;
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
    Before, Entry, GitOptions, Push, Revisions, Trees, TreesOfFile, each_change, each_tip, hooks, pushed,
    range, since,
};
pub use read::small;
pub use stdin::stdin_text;
pub use stop::Stop;
pub use threads::threads;
pub use top::locate;

/// For the fuzz target `git`: what git prints and its index, as they are read.
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
    /// Leave out what `.gitignore`, `.ignore`, `.git/info/exclude`, git's global excludes and `.keysiftignore` name.
    pub ignore_files: bool,
    /// Read hidden files (`.env`, `.github/`). `.git` itself is never walked.
    pub hidden: bool,
    /// Files found in folders that are larger than this many bytes are skipped; 0 is no limit. A file the user names is always read.
    pub max_file_bytes: u64,
    /// Number of threads; 0 is one for each core, and the maximum is four for each.
    pub threads: usize,
    /// Open archives in folders too: zip, jar, tar, gz, bz2, xz, zst, deb. Those that the user names, and those in images, are always opened.
    pub archives: bool,
    /// What is left out of images.
    pub base: Base,
    /// Which image of a registry to read, as `linux/arm64`, or `all`; by default that for Linux on this machine's processor.
    pub platform: Option<String>,
    /// Why to end early.
    pub stop: Stop,
}

impl Options {
    /// The defaults of the command line for these roots: what git ignores is left out, hidden files are read.
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

/// What base images have, and what is therefore left out of others.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// Layers, by the digests of their contents (diff ids).
    pub layers: HashSet<String>,
    /// Lines of the configuration and of the history.
    pub lines: HashSet<String>,
}

impl Base {
    /// What an image has.
    ///
    /// # Errors
    /// If it cannot be read, or is no image.
    pub fn of(image: &Path) -> std::io::Result<Self> {
        image::base(image)
    }

    /// What several base images have; one that begins with `sha256:` is the digest of a layer.
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

/// Reads everything and hands over each blob, from many threads at once and in no particular order. What cannot be read is handed to
/// `on_unread`, one by one, and the rest goes on.
///
/// # Errors
/// None today: what fails is handed to `on_unread`.
pub fn each_blob(
    options: &Options,
    on_blob: impl Fn(&Blob<'_>) + Sync,
    on_unread: impl Fn(Unread) + Sync,
) -> std::io::Result<Coverage> {
    Ok(walk::Walk::new(options, &on_blob, &on_unread).run())
}

/// The files below a folder, relative to it and sorted, also those that git ignores; hidden ones too, `.git` not. Of more than `most` the
/// first ones; what cannot be listed is left out.
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

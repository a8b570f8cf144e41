//! Walks the roots that the user named, and reads their files into blobs.

use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use ignore::{DirEntry, WalkBuilder, WalkState};
use keysift_finding::{Blob, Coverage, Origin, Skip, Unread};
use rayon::{ThreadPool, prelude::*};

mod contents;

use crate::{
    Options,
    error::why,
    ignores::{self, Ignores},
    image, read,
    threads::{pool, startable, threads},
    top::{Folder, Named},
    tracked::{SkippedFiles, Tracked},
    windows,
};

thread_local! {
    /// The read buffer of a walking thread, reused for all files.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The state of one run over all roots.
pub(crate) struct Walk<'a, B, U> {
    options: &'a Options,
    on_blob: &'a B,
    on_unread: &'a U,
    coverage: Mutex<Coverage>,
    /// Files larger than one window. All threads scan them together after the walk.
    large: Mutex<Vec<(Origin, PathBuf)>>,
    /// Archives that the user named.
    images: Mutex<Vec<PathBuf>>,
    buffers: windows::Buffers,
    /// Started on first use; `None` if the system allows no thread.
    pool: OnceLock<Option<ThreadPool>>,
    /// Whether the end of the run was reported.
    stop_reported: AtomicBool,
}

impl<'a, B: Fn(&Blob<'_>) + Sync, U: Fn(Unread) + Sync> Walk<'a, B, U> {
    pub(crate) fn new(options: &'a Options, on_blob: &'a B, on_unread: &'a U) -> Self {
        Self {
            options,
            on_blob,
            on_unread,
            coverage: Mutex::default(),
            large: Mutex::default(),
            images: Mutex::default(),
            buffers: windows::Buffers::default(),
            pool: OnceLock::new(),
            stop_reported: AtomicBool::new(false),
        }
    }

    pub(crate) fn run(self) -> Coverage {
        let mut files = Vec::new();
        for root in &self.options.roots {
            if self.stopped() {
                break;
            }
            if root.as_os_str() == "-" {
                continue;
            }
            if image::remote(root).is_some() {
                lock(&self.images).push(root.clone());
                continue;
            }
            match fs::metadata(root) {
                Ok(kind) if kind.is_dir() && image::is_layout(root) => lock(&self.images).push(root.clone()),
                Ok(kind) if kind.is_dir() => self.folder(root),
                Ok(kind) if kind.is_file() => files.push(root.as_path()),
                Ok(_) => self.unread(root, read::NO_FILE),
                Err(error) => self.unread(root, &why(&error)),
            }
        }
        self.named_files(&files);
        if self.options.roots.iter().any(|root| root.as_os_str() == "-") {
            self.stdin();
        }
        self.large_files();
        self.images();
        self.coverage
            .into_inner()
            .unwrap_or_else(|poison| poison.into_inner())
    }

    /// Walks a folder, including tracked files that ignore rules match.
    fn folder(&self, root: &Path) {
        let ignores = Arc::new(Ignores::default());
        if !self.options.ignore_files || !ignores.can_read_above(root) {
            return self.all_of(root, root);
        }
        let mut starts = vec![root.to_owned()];
        while let Some(start) = starts.pop() {
            let tracked = Arc::new(Tracked::default());
            match start == root {
                true => tracked.root(root),
                false => tracked.folder(&start),
            }
            self.below(root, &start, &tracked, &ignores);
            if self.stopped() {
                return;
            }
            let skipped = tracked.skipped(root, &self.options.stop);
            starts.extend(self.read_skipped(root, skipped, &ignores));
        }
        for folder in ignores.take_unreadable() {
            self.all_of(root, &folder);
        }
    }

    /// Walks everything in a folder, without ignore rules.
    fn all_of(&self, root: &Path, folder: &Path) {
        let mut walk = self.walk(folder, false);
        walk.filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git");
        self.walk_all(root, &mut walk, &Tracked::default());
    }

    /// Reads tracked files that git's ignore rules match. Returns the submodules among them.
    fn read_skipped(&self, root: &Path, skipped: SkippedFiles, ignores: &Arc<Ignores>) -> Vec<PathBuf> {
        let SkippedFiles {
            files,
            submodules,
            absent,
            unread,
        } = skipped;
        for (repository, why) in unread {
            let why = format!("{why}: ignored files that git tracks were not scanned");
            self.unread(&repository, &why);
        }
        for _ in 0..absent {
            self.skip(Skip::Submodule);
        }
        let found = Arc::new(Mutex::new(Vec::new()));
        if !files.is_empty() {
            // `.ignore` and `.keysiftignore` are meant for scanners and still apply.
            let mut walk = self.walk(root, true);
            let (passed, ignores) = (Arc::clone(&found), Arc::clone(ignores));
            walk.git_ignore(false)
                .git_global(false)
                .git_exclude(false)
                .filter_entry(move |entry| {
                    if submodules.contains(entry.path()) {
                        lock(&passed).push(entry.path().to_owned());
                        return false;
                    }
                    // Folders with unreadable ignore files are walked separately.
                    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
                    entry.depth() == 0
                        || files.contains(entry.path()) && (!is_folder || ignores.can_read(entry.path()))
                });
            self.walk_all(root, &mut walk, &Tracked::default());
        }
        std::mem::take(&mut *lock(&found))
    }

    /// Walks a folder (the root, or one below it) with ignore rules.
    fn below(&self, root: &Path, folder: &Path, tracked: &Arc<Tracked>, ignores: &Arc<Ignores>) {
        let mut walk = self.walk(folder, true);
        let (filter, ignores) = (Arc::clone(tracked), Arc::clone(ignores));
        walk.filter_entry(move |entry| {
            if entry.depth() == 0 {
                return true;
            }
            if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
                return entry.file_name() != ".git";
            }
            filter.folder(entry.path());
            entry.file_name() != ".git" && ignores.admits(entry.path())
        });
        self.walk_all(root, &mut walk, tracked);
    }

    fn walk(&self, folder: &Path, on: bool) -> WalkBuilder {
        let mut walk = WalkBuilder::new(folder);
        if on {
            walk.add_custom_ignore_filename(ignores::KEYSIFT);
        }
        walk.hidden(!self.options.hidden)
            .ignore(on)
            .git_ignore(on)
            .git_global(on)
            .git_exclude(on)
            .parents(on)
            .follow_links(false);
        walk
    }

    fn walk_all(&self, root: &Path, walk: &mut WalkBuilder, tracked: &Tracked) {
        let base = Folder::of(root);
        let visit = |entry| {
            if self.stopped() {
                return WalkState::Quit;
            }
            match entry {
                Ok(entry) => {
                    let entry: DirEntry = entry;
                    tracked.file(entry.path());
                    self.entry(&base, &entry);
                }
                Err(error) => self.walk_error(root, error),
            }
            WalkState::Continue
        };
        match startable(threads(self.options.threads)) {
            0 => drop(walk.build().map(visit).find(|state| *state == WalkState::Quit)),
            threads => walk.threads(threads).build_parallel().run(|| Box::new(visit)),
        }
    }

    fn entry(&self, root: &Folder, entry: &DirEntry) {
        let Some(kind) = entry.file_type() else { return };
        if kind.is_file() {
            let location = root.file(entry.path());
            self.file(Origin::File(location), entry.path(), self.options.max_file_bytes);
        } else if kind.is_symlink() && entry.depth() > 0 {
            self.skip(Skip::SymbolicLink);
        } else if !kind.is_dir() {
            self.skip(Skip::SpecialFile);
        }
    }

    /// Reads the files that the user named, regardless of their size.
    fn named_files(&self, files: &[&Path]) {
        let named = Named::default();
        let read = |path: &&Path| match image::may_be_image(path) {
            true => lock(&self.images).push(path.to_path_buf()),
            false => self.file(Origin::File(named.file(path)), path, 0),
        };
        let read = |path| {
            if !self.stopped() {
                read(path);
            }
        };
        match files {
            // A single file needs no second thread, whose start would take too long for a git hook.
            [] | [_] => files.iter().for_each(read),
            many => match self.pool() {
                Some(pool) => pool.install(|| many.par_iter().for_each(read)),
                None => many.iter().for_each(read),
            },
        }
    }

    /// Returns whether the run ends here. The first call that returns true reports it.
    fn stopped(&self) -> bool {
        let Some(why) = self.options.stop.why() else {
            return false;
        };
        if !self.stop_reported.swap(true, Ordering::Relaxed) {
            self.unread(Path::new("the rest"), why);
        }
        true
    }

    fn walk_error(&self, root: &Path, error: ignore::Error) {
        let path = error_path(&error).unwrap_or(root).to_owned();
        let why = error.io_error().map_or_else(|| error.to_string(), why);
        self.unread(&path, &why);
    }

    fn unread(&self, path: &Path, why: &str) {
        (self.on_unread)(Unread {
            what: path.display().to_string(),
            why: why.to_owned(),
        });
    }

    fn skip(&self, reason: Skip) {
        *lock(&self.coverage).skipped.entry(reason).or_default() += 1;
    }

    fn count(&self, bytes: u64) {
        let mut coverage = lock(&self.coverage);
        coverage.files += 1;
        coverage.bytes += bytes;
    }

    fn pool(&self) -> Option<&ThreadPool> {
        let start = || pool(threads(self.options.threads));
        self.pool.get_or_init(start).as_ref()
    }
}

/// Ignores poisoning: after a panic in one worker, the counts of the others are kept.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poison| poison.into_inner())
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => error_path(err),
        _ => None,
    }
}

//! From what the user named to files, and from files to blobs.

use std::{
    cell::RefCell,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use ignore::{DirEntry, WalkBuilder, WalkState};
use keysift_finding::{Blob, Coverage, Location, Origin, Skip, Unread};
use rayon::{ThreadPool, prelude::*};

use crate::{
    Options,
    content::{self, Kind, SNIFF},
    ignores::{self, Ignores},
    image, lfs,
    read::{self, Content, ErrorAsEnd},
    stdin::{Stdin, spooled},
    stop::StopReader,
    threads::{pool, startable, threads},
    top::{Folder, Named, locate},
    tracked::{Hidden, Tracked},
    utf16::{Utf8, is_text},
    windows::{self, WINDOW, each_window, each_window_here},
};

thread_local! {
    /// The reading buffer of a walking thread: grown once, used for every file.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// One run over all roots.
pub(crate) struct Walk<'a, B, U> {
    options: &'a Options,
    on_blob: &'a B,
    on_unread: &'a U,
    coverage: Mutex<Coverage>,
    /// Files of more than one window, for when the walk is over: all threads scan them together.
    large: Mutex<Vec<(Origin, PathBuf)>>,
    /// Archives that the user named.
    images: Mutex<Vec<PathBuf>>,
    buffers: windows::Buffers,
    /// Started when it is needed first; none where the system gives no thread.
    pool: OnceLock<Option<ThreadPool>>,
    /// Whether it was told that the run ends early.
    told: AtomicBool,
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
            told: AtomicBool::new(false),
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

    /// A folder, with what git tracks in it although ignore rules name it.
    fn folder(&self, root: &Path) {
        let ignores = Arc::new(Ignores::default());
        if !self.options.ignore_files || !ignores.sound_above(root) {
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
            let hidden = tracked.hidden(root, &self.options.stop);
            starts.extend(self.hidden(root, hidden, &ignores));
        }
        for folder in ignores.apart() {
            self.all_of(root, &folder);
        }
    }

    /// Everything in a folder, whatever ignore files say.
    fn all_of(&self, root: &Path, folder: &Path) {
        let mut walk = self.walk(folder, false);
        walk.filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git");
        self.walk_all(root, &mut walk, &Tracked::default());
    }

    /// Reads what git tracks although it is told to ignore it. Returns the submodules among it.
    fn hidden(&self, root: &Path, hidden: Hidden, ignores: &Arc<Ignores>) -> Vec<PathBuf> {
        let Hidden {
            files,
            submodules,
            absent,
            unread,
        } = hidden;
        for (repository, why) in unread {
            let why = format!("{why}: ignored files that git tracks were not scanned");
            self.unread(&repository, &why);
        }
        for _ in 0..absent {
            self.skip(Skip::Submodule);
        }
        let found = Arc::new(Mutex::new(Vec::new()));
        if !files.is_empty() {
            // Who writes `.ignore` and `.keysiftignore` means scanners: those are heeded.
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
                    // What is walked apart is read there.
                    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
                    entry.depth() == 0
                        || files.contains(entry.path()) && (!is_folder || ignores.sound(entry.path()))
                });
            self.walk_all(root, &mut walk, &Tracked::default());
        }
        std::mem::take(&mut *lock(&found))
    }

    /// A folder, as ignore files want it: the root, or one below it.
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

    /// The files that the user named: read in full, whatever their size.
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
            // A single file needs no second thread, and a hook has no time to start one.
            [] | [_] => files.iter().for_each(read),
            many => match self.pool() {
                Some(pool) => pool.install(|| many.par_iter().for_each(read)),
                None => many.iter().for_each(read),
            },
        }
    }

    fn file(&self, origin: Origin, path: &Path, limit: u64) {
        BUFFER.with_borrow_mut(|buffer| match read::read(path, buffer, limit) {
            Ok(Content::Text { start, end, .. }) if lfs::is_pointer(&buffer[start..end]) => {
                self.skip(Skip::LfsPointer);
            }
            Ok(Content::Text { start, end, read }) => {
                (self.on_blob)(&Blob::whole(&origin, &buffer[start..], end - start));
                self.count(read);
            }
            Ok(Content::Other) => match content::kind(&buffer[..buffer.len().min(512)]) {
                Kind::Other => self.skip(Skip::Binary),
                Kind::KeyStore => self.with_sink(false, |sink| self.content(&origin, path, sink)),
                // A file that the user named is opened.
                _ if self.options.archives || limit == 0 => {
                    self.with_sink(true, |sink| self.content(&origin, path, sink))
                }
                _ => self.skip(Skip::Archive),
            },
            Ok(Content::TooLarge) => self.skip(Skip::TooLarge),
            Ok(Content::Large) => lock(&self.large).push((origin, path.to_owned())),
            Err(error) => self.unread(path, &why(&error)),
        });
    }

    /// The archives that the user named: container images, layer by layer. One that is no image is binary like any other.
    fn images(&self) {
        for path in std::mem::take(&mut *lock(&self.images)) {
            if self.stopped() {
                break;
            }
            self.image(&path, &path);
        }
    }

    /// An archive that lies at `path`, and is `shown` as another one.
    fn image(&self, path: &Path, shown: &Path) {
        self.with_sink(true, |content| {
            let sink = image::Sink {
                content,
                pool: self.pool(),
                base: &self.options.base,
                work: &content::Work::default(),
            };
            let scanned = match image::remote(path) {
                Some(name) => {
                    image::scan_remote(name, self.options.platform.as_deref(), &sink).map(|()| true)
                }
                None => image::scan(path, shown, &sink),
            };
            match scanned {
                Ok(true) => {}
                Ok(false) if path.is_dir() => self.folder(path),
                // An archive that is no image.
                Ok(false) => self.content(
                    &Origin::File(match path == shown {
                        true => locate(path),
                        false => Location::named(shown), // laid on disk for a while
                    }),
                    path,
                    content,
                ),
                Err(error) => self.unread(shown, &why(&error)),
            }
        });
    }

    /// Standard input: a text; a key store; an archive, which is laid on disk first, because what tells its layers stands at its end.
    fn stdin(&self) {
        let shown = Path::new("standard input");
        let read = Stdin::new(&self.options.stop).and_then(|mut reader| {
            let mut ending = ErrorAsEnd::new(&mut reader);
            let mut start = vec![0; SNIFF];
            let len = read::read_full(&mut ending, &mut start)?;
            start.truncate(len);
            let ended = ending.result();
            let kind = content::kind(&start);
            let whole = io::Cursor::new(&start).chain(reader);
            match kind {
                Kind::Other if !image::starts_archive(&start) => {
                    self.text(&Origin::Stdin, whole, self.pool()).and(ended)
                }
                Kind::KeyStore => self
                    .with_sink(true, |sink| self.contents(&Origin::Stdin, whole, sink))
                    .and(ended),
                _ => {
                    let (file, spooled) = spooled(whole)?;
                    self.image(file.path(), Path::new("-"));
                    ended.and(spooled)
                }
            }
        });
        if let Err(error) = read {
            self.unread(shown, &why(&error));
        }
    }

    /// Calls `with` with what takes contents; with `archives` it opens archives.
    fn with_sink<T>(&self, archives: bool, with: impl FnOnce(content::Sink<'_>) -> T) -> T {
        with(content::Sink {
            on_blob: &|blob| (self.on_blob)(blob),
            on_unread: &|unread| (self.on_unread)(unread),
            skip: &|reason| self.skip(reason),
            count: &|bytes| self.count(bytes),
            max_file_bytes: self.options.max_file_bytes,
            archives,
            stop: &self.options.stop,
        })
    }

    /// A file that is no text: an archive, a key store, bytes.
    fn content(&self, origin: &Origin, path: &Path, sink: content::Sink<'_>) {
        let read = read::open(path)
            .map(|file| StopReader::new(file, &self.options.stop))
            .and_then(|file| self.contents(origin, file, sink));
        if let Err(error) = read {
            self.unread(&origin.shown(), &why(&error));
        }
    }

    /// What is in an archive, a key store, bytes.
    fn contents(&self, origin: &Origin, reader: impl Read, sink: content::Sink<'_>) -> io::Result<()> {
        let member = |member: &str| match origin {
            Origin::File(location) => Origin::File(location.member(member)),
            other => other.clone(),
        };
        let work = content::Work::default();
        let content = content::Content {
            origin: &member,
            sink,
            budget: &content::Budget::new(&work),
        };
        content.read("", 0, &mut work.counted(reader), &mut Vec::new())
    }

    fn large_files(&self) {
        let mut large = std::mem::take(&mut *lock(&self.large));
        large.sort();
        for (origin, path) in &large {
            if self.stopped() {
                break;
            }
            let read = read::open(path)
                .and_then(|file| self.text(origin, StopReader::new(file, &self.options.stop), self.pool()));
            if let Err(error) = read {
                self.unread(path, &why(&error));
            }
        }
    }

    /// A text of unknown length: whole if it is small, and in windows if it is not. What stands before an error is read.
    fn text(&self, origin: &Origin, reader: impl Read + Send, pool: Option<&ThreadPool>) -> io::Result<()> {
        let mut reader = ErrorAsEnd::new(reader);
        let mut start = vec![0; SNIFF];
        let len = read::read_full(&mut reader, &mut start)?;
        start.truncate(len);
        if !is_text(&start) {
            self.skip(Skip::Binary);
            return reader.result();
        }
        let mut text = Utf8::new(start, &mut reader);
        let mut buffer = Vec::new();
        let len = read::fill(&mut buffer, 0, &mut text)?;
        if len < WINDOW {
            (self.on_blob)(&Blob::whole(origin, &buffer, len));
            self.count(len as u64);
            return reader.result();
        }
        let whole = buffer[..len].chain(text);
        let bytes = match pool {
            Some(pool) => each_window(
                origin,
                whole,
                windows::STREAMED,
                (pool, &self.buffers),
                self.on_blob,
            ),
            None => each_window_here(origin, whole, self.on_blob),
        };
        self.count(bytes?);
        reader.result()
    }

    /// Whether the run ends here; the first who asks tells.
    fn stopped(&self) -> bool {
        let Some(why) = self.options.stop.why() else {
            return false;
        };
        if !self.told.swap(true, Ordering::Relaxed) {
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

/// A panic in one worker must not hide what the others count.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poison| poison.into_inner())
}

/// An error in a few words, without the number that the system gives it.
pub(crate) fn why(error: &io::Error) -> String {
    // Readers have several words for it.
    if error.kind() == io::ErrorKind::UnexpectedEof && error.to_string() == "failed to fill whole buffer" {
        return "unexpected end of file".to_owned();
    }
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => error_path(err),
        _ => None,
    }
}

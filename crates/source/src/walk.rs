//! From what the user named to files, and from files to blobs.

use std::{
    cell::RefCell,
    fs::{self, File},
    io::{self, Read, Write},
    num::NonZero,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use ignore::{DirEntry, WalkBuilder, WalkState};
use keysift_finding::{Blob, Coverage, Origin, Skip, Unread};
use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};
use tempfile::NamedTempFile;

use crate::{
    Options, Stop,
    content::{self, Kind},
    image, lfs,
    read::{self, Content},
    tracked::{Hidden, Tracked},
    utf16::{self, Utf16Reader},
    windows::{self, Ended, each_window},
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
            told: AtomicBool::new(false),
        }
    }

    pub(crate) fn run(self) -> io::Result<Coverage> {
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
                Ok(_) => self.unread(
                    root,
                    "is a FIFO, socket or device; to scan what it gives, pipe it: keysift scan - < FILE",
                ),
                Err(error) => self.unread(root, &why(&error)),
            }
        }
        self.named_files(&files)?;
        if self.options.roots.iter().any(|root| root.as_os_str() == "-") {
            self.stdin()?;
        }
        self.large_files()?;
        self.images()?;
        Ok(self
            .coverage
            .into_inner()
            .unwrap_or_else(|poison| poison.into_inner()))
    }

    /// A folder, with what git tracks in it although ignore rules name it.
    fn folder(&self, root: &Path) {
        let mut starts = vec![root.to_owned()];
        while let Some(start) = starts.pop() {
            let tracked = Arc::new(Tracked::default());
            if !self.options.ignore_files {
                return self.below(root, &start, &tracked);
            }
            match start == root {
                true => tracked.root(root),
                false => tracked.folder(&start),
            }
            self.below(root, &start, &tracked);
            if self.stopped() {
                return;
            }
            starts.extend(self.hidden(root, tracked.hidden(root, &self.options.stop)));
        }
    }

    /// Reads what git tracks although it is told to ignore it. Returns the submodules among it.
    fn hidden(&self, root: &Path, hidden: Hidden) -> Vec<PathBuf> {
        let Hidden {
            files,
            submodules,
            absent,
            unread,
        } = hidden;
        for (repository, why) in unread {
            let why = format!("{why}: what git tracks although it is told to ignore it is not read");
            self.unread(&repository, &why);
        }
        for _ in 0..absent {
            self.skip(Skip::Submodule);
        }
        let found = Arc::new(Mutex::new(Vec::new()));
        if !files.is_empty() {
            // Who writes `.ignore` and `.keysiftignore` means scanners: those are heeded.
            let mut walk = self.walk(root);
            let passed = Arc::clone(&found);
            walk.git_ignore(false)
                .git_global(false)
                .git_exclude(false)
                .filter_entry(move |entry| {
                    if submodules.contains(entry.path()) {
                        lock(&passed).push(entry.path().to_owned());
                        return false;
                    }
                    entry.depth() == 0 || files.contains(entry.path())
                });
            self.walk_all(root, &walk, &Tracked::default());
        }
        std::mem::take(&mut *lock(&found))
    }

    /// A folder: the root, or one below it.
    fn below(&self, root: &Path, folder: &Path, tracked: &Arc<Tracked>) {
        let mut walk = self.walk(folder);
        let (filter, on) = (Arc::clone(tracked), self.options.ignore_files);
        walk.filter_entry(move |entry| {
            if entry.depth() == 0 {
                return true;
            }
            if on && entry.file_type().is_some_and(|kind| kind.is_dir()) {
                filter.folder(entry.path());
            }
            entry.file_name() != ".git"
        });
        self.walk_all(root, &walk, tracked);
    }

    fn walk(&self, folder: &Path) -> WalkBuilder {
        let on = self.options.ignore_files;
        let mut walk = WalkBuilder::new(folder);
        if on {
            walk.add_custom_ignore_filename(".keysiftignore");
        }
        walk.hidden(!self.options.hidden)
            .ignore(on)
            .git_ignore(on)
            .git_global(on)
            .git_exclude(on)
            .parents(on)
            .follow_links(false)
            .threads(self.threads());
        walk
    }

    fn walk_all(&self, root: &Path, walk: &WalkBuilder, tracked: &Tracked) {
        walk.build_parallel().run(|| {
            Box::new(|entry| {
                if self.stopped() {
                    return WalkState::Quit;
                }
                match entry {
                    Ok(entry) => {
                        tracked.file(entry.path());
                        self.entry(root, &entry);
                    }
                    Err(error) => self.walk_error(root, error),
                }
                WalkState::Continue
            })
        });
    }

    fn entry(&self, root: &Path, entry: &DirEntry) {
        let Some(kind) = entry.file_type() else { return };
        if kind.is_file() {
            let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
            self.file(
                Origin::File {
                    root: root.to_owned(),
                    path: path.to_owned(),
                },
                entry.path(),
                self.options.max_file_bytes,
            );
        } else if kind.is_symlink() && entry.depth() > 0 {
            self.skip(Skip::SymbolicLink);
        } else if !kind.is_dir() {
            self.skip(Skip::SpecialFile);
        }
    }

    /// The files that the user named: read in full, whatever their size.
    fn named_files(&self, files: &[&Path]) -> io::Result<()> {
        let read = |path: &&Path| match image::may_be_image(path) {
            true => lock(&self.images).push(path.to_path_buf()),
            false => self.file(
                Origin::File {
                    root: PathBuf::new(),
                    path: path.to_path_buf(),
                },
                path,
                0,
            ),
        };
        match files {
            [] => {}
            // A single file needs no second thread, and a hook has no time to start one.
            [one] => read(one),
            many => self
                .pool()?
                .install(|| many.par_iter().filter(|_| !self.stopped()).for_each(read)),
        }
        Ok(())
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
            Ok(Content::Binary) => match content::kind(&buffer[..buffer.len().min(512)]) {
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
    fn images(&self) -> io::Result<()> {
        let images = std::mem::take(&mut *lock(&self.images));
        if images.is_empty() {
            return Ok(());
        }
        let pool = self.pool()?;
        self.with_sink(true, |content| {
            let sink = image::Sink {
                content,
                pool: &pool,
                base: &self.options.base,
            };
            for path in images {
                if self.stopped() {
                    break;
                }
                self.image(&path, &path, &sink);
            }
        });
        Ok(())
    }

    /// An archive that lies at `path`, and is `shown` as another one.
    fn image(&self, path: &Path, shown: &Path, sink: &image::Sink<'_>) {
        let scanned = match image::remote(path) {
            Some(name) => image::scan_remote(name, self.options.platform.as_deref(), sink).map(|()| true),
            None => image::scan(path, shown, sink),
        };
        match scanned {
            Ok(true) => {}
            // An archive that is no image.
            Ok(false) => self.content(
                &Origin::File {
                    root: PathBuf::new(),
                    path: shown.to_owned(),
                },
                path,
                sink.content,
            ),
            Err(error) => self.unread(shown, &why(&error)),
        }
    }

    /// Standard input: a text, in windows; an archive is laid on disk first, because what tells its layers stands at its end.
    fn stdin(&self) -> io::Result<()> {
        let (pool, shown) = (self.pool()?, Path::new("standard input"));
        let mut reader = io::stdin().lock();
        let mut start = vec![0; image::LOOK];
        match read::read_full(&mut reader, &mut start) {
            Ok(len) => start.truncate(len),
            Err(error) => {
                self.unread(shown, &why(&error));
                return Ok(());
            }
        }
        let archive = image::starts_archive(&start);
        // The window is read by another thread than this one, which holds no lock then.
        drop(reader);
        let whole = io::Cursor::new(start).chain(io::stdin());
        if !archive {
            self.stream(&Origin::Stdin, whole, shown, &pool);
            return Ok(());
        }
        match spooled(whole, &self.options.stop) {
            Ok(file) => self.with_sink(true, |content| {
                self.image(
                    file.path(),
                    Path::new("-"),
                    &image::Sink {
                        content,
                        pool: &pool,
                        base: &self.options.base,
                    },
                );
            }),
            Err(error) => self.unread(shown, &why(&error)),
        }
        Ok(())
    }

    /// Calls `with` with what takes contents; with `archives` it opens archives.
    fn with_sink(&self, archives: bool, with: impl FnOnce(content::Sink<'_>)) {
        with(content::Sink {
            on_blob: &|blob| (self.on_blob)(blob),
            on_unread: &|unread| (self.on_unread)(unread),
            skip: &|reason| self.skip(reason),
            count: &|bytes| self.count(bytes),
            max_file_bytes: self.options.max_file_bytes,
            archives,
            stop: &self.options.stop,
        });
    }

    /// A file that is no text: an archive, a key store, bytes.
    fn content(&self, origin: &Origin, path: &Path, sink: content::Sink<'_>) {
        let Origin::File { root, path: below } = origin else {
            return;
        };
        let origin = |member: &str| {
            let mut whole = below.clone().into_os_string();
            whole.push(member);
            Origin::File {
                root: root.clone(),
                path: whole.into(),
            }
        };
        let content = content::Content {
            origin: &origin,
            sink,
            budget: &content::Budget::default(),
        };
        let read = File::open(path).and_then(|mut file| content.read("", 0, &mut file, &mut Vec::new()));
        if let Err(error) = read {
            self.unread(&root.join(below), &why(&error));
        }
    }

    fn large_files(&self) -> io::Result<()> {
        let mut large = std::mem::take(&mut *lock(&self.large));
        if large.is_empty() {
            return Ok(());
        }
        large.sort();
        let pool = self.pool()?;
        for (origin, path) in &large {
            if self.stopped() {
                break;
            }
            match File::open(path) {
                Ok(file) => self.stream(origin, file, path, &pool),
                Err(error) => self.unread(path, &why(&error)),
            }
        }
        Ok(())
    }

    /// A text of unknown length, in windows.
    fn stream(&self, origin: &Origin, mut reader: impl Read + Send, path: &Path, pool: &ThreadPool) {
        let mut start = [0; utf16::LOOK];
        let ended = read::read_full(&mut reader, &mut start).and_then(|len| {
            let window = windows::STREAMED;
            let workers = (pool, &self.buffers);
            match utf16::order(&start[..len]) {
                Some((order, mark)) => each_window(
                    origin,
                    Utf16Reader::new(start[mark..len].chain(reader), order),
                    window,
                    workers,
                    self.on_blob,
                ),
                None => {
                    let mark = if start.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
                    each_window(
                        origin,
                        start[mark..len].chain(reader),
                        window,
                        workers,
                        self.on_blob,
                    )
                }
            }
        });
        match ended {
            Ok(Ended::Read { bytes }) => self.count(bytes),
            Ok(Ended::Binary) => self.skip(Skip::Binary),
            Err(error) => self.unread(path, &why(&error)),
        }
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

    fn threads(&self) -> usize {
        match self.options.threads {
            0 => std::thread::available_parallelism().map_or(1, NonZero::get),
            threads => threads,
        }
    }

    fn pool(&self) -> io::Result<ThreadPool> {
        ThreadPoolBuilder::new()
            .num_threads(self.threads())
            .build()
            .map_err(io::Error::other)
    }
}

/// What is read, as a file that is gone when this is: only its owner can read it.
fn spooled(mut reader: impl Read, stop: &Stop) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("keysift-").tempfile()?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = read::read_full(&mut reader, &mut buffer)?;
        file.write_all(&buffer[..read])?;
        if read < buffer.len() {
            return Ok(file);
        }
        if let Some(why) = stop.why() {
            return Err(io::Error::other(why));
        }
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

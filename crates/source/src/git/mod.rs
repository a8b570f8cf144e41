//! Reads git repositories: the index, a range of commits, the whole history. This runs the installed git,
//! which supports linked worktrees, submodules, `GIT_DIR` and `GIT_INDEX_FILE` as set for hooks, alternates,
//! SHA-256 and reftable, and starts in 2 ms. `command` starts all processes.

mod before;
mod command;
mod content;
mod head;
mod hooks;
mod known;
mod log;
mod objects;
mod query;
mod revisions;
mod text;
mod tip;
mod trees;

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError, mpsc},
};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use keysift_finding::{Blob, Commit, Coverage, Location, Origin, Skip, Unread};
use rayon::ThreadPoolBuilder;

use crate::{Stop, content::Sink, lfs};
pub use before::Before;
use command::Git;
use content::Reading;
pub use head::{Head, head};
pub use hooks::{hooks, staged};
pub use known::{GitText, IsKnown, KnownTexts};
use log::Change;
pub(crate) use log::path;
use objects::{Object, Objects};
use query::RequestedRevisions;
pub use revisions::{Push, Revisions, pushed, range, since};
pub use tip::each_tip;
pub use trees::{Entry, Trees, TreesOfFile};

/// Options for reading a git repository.
#[derive(Clone, Debug)]
pub struct GitOptions {
    /// The work tree or any folder in it; a bare repository itself.
    pub folder: PathBuf,
    /// The revisions to read.
    pub revisions: Revisions,
    /// Skip what `.keysiftignore` in the root of the work tree excludes.
    pub ignore_files: bool,
    /// Open archives.
    pub archives: bool,
    /// Skip larger files, in bytes; 0 means no limit.
    pub max_file_bytes: u64,
    /// Number of threads; 0 means one per core.
    pub threads: usize,
    /// Ends the scan early.
    pub stop: Stop,
    /// For the whole history: include commits that only reflogs reference.
    pub reflog: bool,
    /// For the whole history: include unreachable objects.
    pub unreachable: bool,
    /// Leaves out texts that the caller knows: a cache of texts without findings.
    pub known: Option<KnownTexts>,
}

impl GitOptions {
    fn git(&self) -> Git<'_> {
        Git {
            folder: &self.folder,
            stop: &self.stop,
        }
    }

    fn reading(&self) -> Reading<'_> {
        Reading {
            max_file_bytes: self.max_file_bytes,
            archives: self.archives,
            stop: &self.stop,
        }
    }
}

/// Reads changed files, each with its previous content, and the messages of commits and tags. Objects that
/// cannot be read are passed to `on_unread`; the number of texts is passed to `on_total` before the first.
///
/// # Errors
/// If git is not installed, the folder is not in a repository, or a revision does not exist.
pub fn each_change(
    options: &GitOptions,
    on_blob: impl Fn(&Blob<'_>, &Before) + Sync,
    on_unread: impl Fn(Unread) + Sync,
    on_total: impl Fn(u64),
) -> io::Result<Coverage> {
    let git = options.git();
    let RequestedRevisions { mut log, unread } = match git.requested(options) {
        Ok(asked) => asked,
        Err(error) => {
            // git was killed because the scan should stop.
            let Some(why) = options.stop.why() else {
                return Err(error);
            };
            on_unread(the_rest(why));
            return Ok(Coverage::default());
        }
    };
    unread.into_iter().for_each(&on_unread);
    select(options, &mut log.changes);
    if let Some(known) = &options.known {
        known.leave_out(&mut log);
    }
    on_total((log.changes.len() + log.messages.len()) as u64);
    let names = log.messages.iter().map(|(_, name)| name.clone());
    let changed = log
        .changes
        .iter()
        .flat_map(|change| [Some(change.new.clone()), before(change, options)]);
    let names = names.chain(changed.flatten()).collect();
    let changes = Changes {
        options,
        git: &git,
        on_blob: &on_blob,
        on_unread: &on_unread,
        missing: OnceLock::new(),
        coverage: Mutex::new(Coverage {
            skipped: log.skipped,
            ..Coverage::default()
        }),
    };
    let items = log
        .messages
        .into_iter()
        .map(|(commit, _)| Item::Message(commit))
        .chain(log.changes.into_iter().map(Item::Change));
    changes.read(Objects::new(&git, names), items)?;
    Ok(changes
        .coverage
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner))
}

/// Drops ignored paths and duplicates: the same change of the same file, and in the whole history the same
/// content of the same file. Content with several names is read under each, because rules and suppressions
/// depend on the path.
fn select(options: &GitOptions, changes: &mut Vec<Change>) {
    if options.ignore_files {
        let ignored = ignored(&options.folder);
        // A tree that git would not create may have the path `/a`, for which matching of ignore rules panics.
        let is_ignored =
            |path: &Path| !path.has_root() && ignored.matched_path_or_any_parents(path, false).is_ignore();
        changes.retain(|change| !is_ignored(&change.path));
        for change in changes.iter_mut() {
            // Content from an ignored path was not scanned before, so all of it is new at the new path.
            if change.from.as_deref().is_some_and(is_ignored) {
                change.old.clear();
            }
        }
    }
    // A pure rename, or a change of mode, adds nothing.
    changes.retain(|change| before(change, options).is_none_or(|old| old != change.new));
    // A history can have millions of changes: a 16-byte hash of each is kept, with random keys, so that
    // collisions cannot be forged.
    let keys = [RandomState::new(), RandomState::new()];
    let mut seen = HashSet::new();
    changes.retain(|change| {
        let all = (&change.new, before(change, options), &change.path);
        seen.insert(keys.each_ref().map(|key| key.hash_one(&all)))
    });
}

/// Returns the object id of the previous content. In the whole history all content is new once, so it is not
/// needed.
fn before(change: &Change, options: &GitOptions) -> Option<String> {
    let asked = !matches!(options.revisions, Revisions::All) && !change.old.is_empty();
    asked.then(|| change.old.clone())
}

fn the_rest(why: &str) -> Unread {
    Unread {
        what: "the rest".to_owned(),
        why: why.to_owned(),
    }
}

/// The path under which findings in messages of commits and tags are reported.
const MESSAGE: &str = "(message)";

/// What to read: the message of a commit or tag, or a changed file.
enum Item {
    Message(Arc<Commit>),
    Change(Change),
}

impl Item {
    fn origin(&self, member: &str) -> Origin {
        let (commit, path) = match self {
            Item::Message(commit) => (Some(commit), Path::new(MESSAGE)),
            Item::Change(change) => (change.commit.as_ref(), change.path.as_path()),
        };
        let location = Location::named(path).member(member);
        match commit.cloned() {
            Some(commit) => Origin::Commit {
                commit,
                path: location.path().to_owned(),
            },
            None => Origin::File(location),
        }
    }
}

/// The state while the objects of a log are read.
struct Changes<'a, B, U> {
    options: &'a GitOptions,
    git: &'a Git<'a>,
    on_blob: &'a B,
    on_unread: &'a U,
    /// Why objects are missing, computed once.
    missing: OnceLock<String>,
    coverage: Mutex<Coverage>,
}

impl<B: Fn(&Blob<'_>, &Before) + Sync, U: Fn(Unread) + Sync> Changes<'_, B, U> {
    /// Reads objects in the order of `items`, while other threads scan those that were read.
    fn read(&self, mut objects: Objects<'_, '_>, items: impl Iterator<Item = Item>) -> io::Result<()> {
        let limit = self.options.max_file_bytes;
        let pool = ThreadPoolBuilder::new()
            .num_threads(self.options.threads)
            .build()
            .map_err(io::Error::other)?;
        // At most two texts more than there are threads are in memory.
        let (give_back, free) = mpsc::channel();
        for _ in 0..pool.current_num_threads() + 2 {
            let _ = give_back.send(());
        }
        pool.in_place_scope(|scope| -> io::Result<()> {
            for item in items {
                let new = objects.next(limit)?.unwrap_or(Object::Missing);
                let old = match &item {
                    Item::Change(change) if before(change, self.options).is_some() => objects.next(limit)?,
                    _ => None,
                };
                if let Some(why) = self.options.stop.why() {
                    (self.on_unread)(the_rest(why));
                    break;
                }
                let Some(new) = self.bytes(&item, new) else {
                    continue;
                };
                let _ = free.recv();
                let give_back = give_back.clone();
                scope.spawn(move |_| {
                    self.item(&item, new, old);
                    let _ = give_back.send(());
                });
            }
            Ok(())
        })
    }

    /// Returns the content of an object to scan; otherwise counts it as skipped or reports it as unread.
    fn bytes(&self, item: &Item, object: Object) -> Option<Vec<u8>> {
        match object {
            Object::Bytes(bytes) if lfs::is_pointer(&bytes) => self.skip(Skip::LfsPointer),
            Object::Bytes(bytes) => return Some(bytes),
            Object::TooLarge => self.skip(Skip::TooLarge),
            Object::Missing => (self.on_unread)(Unread {
                what: item.origin("").shown().display().to_string(),
                why: self.missing.get_or_init(|| self.git.missing()).clone(),
            }),
        }
        None
    }

    fn item(&self, item: &Item, new: Vec<u8>, old: Option<Object>) {
        let new = match item {
            Item::Message(_) => text::written(&new),
            Item::Change(_) => new,
        };
        let before = match old {
            Some(Object::Bytes(old)) => Before::new(old, &self.options.reading()),
            _ => Before::default(),
        };
        let sink = Sink {
            on_blob: &|blob| (self.on_blob)(blob, &before),
            on_unread: &|unread| (self.on_unread)(unread),
            skip: &|reason| self.skip(reason),
            count: &|bytes| {
                // A message is not a file.
                if matches!(item, Item::Change(_)) {
                    let mut coverage = self.coverage.lock().unwrap_or_else(PoisonError::into_inner);
                    coverage.files += 1;
                    coverage.bytes += bytes;
                }
            },
            max_file_bytes: self.options.max_file_bytes,
            archives: self.options.archives,
            stop: &self.options.stop,
        };
        match item {
            // Messages are always text.
            Item::Message(_) => content::text(&item.origin(""), new, sink),
            Item::Change(_) => content::read(&|member| item.origin(member), new, sink),
        }
    }

    fn skip(&self, reason: Skip) {
        let mut coverage = self.coverage.lock().unwrap_or_else(PoisonError::into_inner);
        *coverage.skipped.entry(reason).or_default() += 1;
    }
}

/// Loads `.keysiftignore` from the root of the work tree, as a scan of the tree does.
fn ignored(folder: &Path) -> Gitignore {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let top = folder
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .unwrap_or(&folder);
    let file = top.join(".keysiftignore");
    // Paths are relative to the root, as git prints them.
    let mut builder = GitignoreBuilder::new("");
    if file.is_file() {
        builder.add(file);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// Returns the paths in the index of a repository, and whether each is a submodule. For an index that only
/// git can read.
pub(crate) fn tracked(folder: &Path, stop: &Stop) -> io::Result<Vec<(Vec<u8>, bool)>> {
    let git = Git { folder, stop };
    let output = git.output(&["ls-files", "--stage", "-z", "--full-name", "--", ":/"])?;
    let entries = output.split(|byte| *byte == 0).filter_map(|entry| {
        let tab = memchr::memchr(b'\t', entry)?;
        Some((entry[tab + 1..].to_vec(), entry.starts_with(b"160000")))
    });
    Ok(entries.collect())
}

/// Parses arbitrary bytes as a log and as answers of `git cat-file --batch`.
#[cfg(fuzzing)]
pub fn fuzz(data: &[u8]) {
    let log = log::parse(data);
    assert!(log.changes.iter().all(|change| !change.new.is_empty()));
    let text = String::from_utf8_lossy(data);
    let _ = (pushed(&text, None), range(&text), since(&text));
    let _ = (
        text::written(data),
        text::Tag::parse(data).map(|tag| tag.shown("")),
    );
    let mut answers = data;
    while objects::answer(&mut answers, 1 << 20).is_ok() {}
}

//! What git knows: the index, a range of commits, the whole history. The installed git is asked: it knows linked worktrees, submodules,
//! `GIT_DIR` and `GIT_INDEX_FILE` as hooks set them, alternates, SHA-256 and reftable, and starts in two milliseconds. Every process is
//! started in `command`.

mod ask;
mod before;
mod command;
mod content;
mod hooks;
mod log;
mod objects;
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
use ask::RequestedRevisions;
pub use before::Before;
use command::Git;
use content::Reading;
pub use hooks::hooks;
use log::Change;
pub(crate) use log::path;
use objects::{Object, Objects};
pub use revisions::{Push, Revisions, pushed, range, since};
pub use tip::each_tip;
pub use trees::{Entry, Trees, TreesOfFile};

/// How to read what git knows.
#[derive(Clone, Debug)]
pub struct GitOptions {
    /// The work tree, or any folder in it; for a bare repository the repository.
    pub folder: PathBuf,
    /// What to read.
    pub revisions: Revisions,
    /// Leave out what `.keysiftignore` at the top of the work tree names.
    pub ignore_files: bool,
    /// Open archives.
    pub archives: bool,
    /// Larger files are skipped; 0 is no limit.
    pub max_file_bytes: u64,
    /// Threads; 0 is one for each core.
    pub threads: usize,
    /// Why to end early.
    pub stop: Stop,
    /// Of the whole history also what only reflogs know.
    pub reflog: bool,
    /// Of the whole history also objects that nothing leads to.
    pub unreachable: bool,
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

/// Reads what git knows and hands over each changed file, with what it was before, and what people wrote into commits and tags. What cannot
/// be read is handed to `on_unread`; how many texts there will be is told to `on_total`, before the first.
///
/// # Errors
/// If git is not there, the folder is no repository, or a revision does not exist.
pub fn each_change(
    options: &GitOptions,
    on_blob: impl Fn(&Blob<'_>, &Before) + Sync,
    on_unread: impl Fn(Unread) + Sync,
    on_total: impl Fn(u64),
) -> io::Result<Coverage> {
    let git = options.git();
    let RequestedRevisions { mut log, unread } = match git.asked(options) {
        Ok(asked) => asked,
        Err(error) => {
            // Git was ended because the run is.
            let Some(why) = options.stop.why() else {
                return Err(error);
            };
            on_unread(the_rest(why));
            return Ok(Coverage::default());
        }
    };
    unread.into_iter().for_each(&on_unread);
    select(options, &mut log.changes);
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

/// Leaves out what nobody wants to read, and what is read already: the same change of the same file, of the whole history the same content of
/// it. What a file is called decides what is looked for in it, and what is allowed in it: a content is read under each of its names.
fn select(options: &GitOptions, changes: &mut Vec<Change>) {
    if options.ignore_files {
        let ignored = ignored(&options.folder);
        // A tree that git would not make may name `/a`, which the rules for names below a folder do not take.
        let is_ignored =
            |path: &Path| !path.has_root() && ignored.matched_path_or_any_parents(path, false).is_ignore();
        changes.retain(|change| !is_ignored(&change.path));
        for change in changes.iter_mut() {
            // What nobody looked at before is new where it is now.
            if change.from.as_deref().is_some_and(is_ignored) {
                change.old.clear();
            }
        }
    }
    // A file that was only renamed, or that may be run now, has nothing new.
    changes.retain(|change| before(change, options).is_none_or(|old| old != change.new));
    // A history may have millions of changes: of each 16 bytes are kept, with keys that nobody can guess.
    let keys = [RandomState::new(), RandomState::new()];
    let mut seen = HashSet::new();
    changes.retain(|change| {
        let all = (&change.new, before(change, options), &change.path);
        seen.insert(keys.each_ref().map(|key| key.hash_one(&all)))
    });
}

/// The name of what a file was before. Of the whole history everything is new once: it is not asked.
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

/// The path under which what people wrote into a commit or tag is told.
const MESSAGE: &str = "(message)";

/// What is read: what people wrote into a commit or tag, or a file that changed.
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

/// A run over the objects of a log.
struct Changes<'a, B, U> {
    options: &'a GitOptions,
    git: &'a Git<'a>,
    on_blob: &'a B,
    on_unread: &'a U,
    /// Why objects are missing: asked once.
    missing: OnceLock<String>,
    coverage: Mutex<Coverage>,
}

impl<B: Fn(&Blob<'_>, &Before) + Sync, U: Fn(Unread) + Sync> Changes<'_, B, U> {
    /// Reads objects in the order of `items`, while other threads search what was read.
    fn read(&self, mut objects: Objects<'_, '_>, items: impl Iterator<Item = Item>) -> io::Result<()> {
        let limit = self.options.max_file_bytes;
        let pool = ThreadPoolBuilder::new()
            .num_threads(self.options.threads)
            .build()
            .map_err(io::Error::other)?;
        // As many texts wait as there are threads, and two more.
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

    /// The content of an object, if there is something to search; otherwise it is told or counted why not.
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
                // A message is no file.
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
            // Whatever people wrote into it is text.
            Item::Message(_) => content::text(&item.origin(""), new, sink),
            Item::Change(_) => content::read(&|member| item.origin(member), new, sink),
        }
    }

    fn skip(&self, reason: Skip) {
        let mut coverage = self.coverage.lock().unwrap_or_else(PoisonError::into_inner);
        *coverage.skipped.entry(reason).or_default() += 1;
    }
}

/// What `.keysiftignore` at the top of the work tree leaves out, as it does in a scan of the tree.
fn ignored(folder: &Path) -> Gitignore {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let top = folder
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .unwrap_or(&folder);
    let file = top.join(".keysiftignore");
    // Paths are those that git tells, from the top.
    let mut builder = GitignoreBuilder::new("");
    if file.is_file() {
        builder.add(file);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// What the index of a repository names, and whether it is a submodule: for an index that cannot be read without git.
pub(crate) fn tracked(folder: &Path, stop: &Stop) -> io::Result<Vec<(Vec<u8>, bool)>> {
    let git = Git { folder, stop };
    let output = git.output(&["ls-files", "--stage", "-z", "--full-name", "--", ":/"])?;
    let entries = output.split(|byte| *byte == 0).filter_map(|entry| {
        let tab = memchr::memchr(b'\t', entry)?;
        Some((entry[tab + 1..].to_vec(), entry.starts_with(b"160000")))
    });
    Ok(entries.collect())
}

/// Any bytes as a log, as a header of an object and as what stands behind it.
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

//! The complete trees before and after a change, for checks across files of which the change may touch only
//! one.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock},
};

use keysift_finding::{Blob, Commit, Coverage, Unread};

use super::{
    Before, Changes, GitOptions, Item, Revisions,
    command::Git,
    log::{self, Change},
    objects::Objects,
    revisions::Push,
};

/// A file in a tree: its path relative to the root of the repository, and the object id of its content.
pub type Entry = (PathBuf, String);

/// The trees before and after a change.
#[derive(Clone, Debug, Default)]
pub struct Trees {
    /// The files before the change.
    pub before: BTreeSet<Entry>,
    /// The files after it.
    pub after: BTreeSet<Entry>,
    /// The last commit of the change; `None` for staged changes.
    commit: Option<Arc<Commit>>,
}

impl Trees {
    /// Returns the trees of a change; `None` for the whole history.
    ///
    /// # Errors
    /// If git cannot list them.
    pub fn of(options: &GitOptions) -> io::Result<Option<Self>> {
        let git = options.git();
        let (before, after) = match &options.revisions {
            Revisions::All => return Ok(None),
            Revisions::Staged => return git.staged_trees().map(Some),
            Revisions::Since(base) => (git.fork(base, "HEAD")?, "HEAD".to_owned()),
            Revisions::Range(range) => match git.ends(range)? {
                Some(ends) => ends,
                None => return Ok(None),
            },
            Revisions::Pushed(push) => match git.pushed_ends(push)? {
                Some(ends) => ends,
                None => return Ok(None),
            },
        };
        let commit = git.commit(&after)?;
        let before = match before {
            Some(before) => git.entries(&before)?,
            None => BTreeSet::new(),
        };
        Ok(Some(Self {
            before,
            after: git.entries(&after)?,
            commit,
        }))
    }

    /// Reads the files of the tree after the change, and those of the tree before it that the change removed
    /// or replaced, on several threads. `on_blob` receives the trees that contain the file.
    ///
    /// # Errors
    /// If git cannot be started.
    pub fn each(
        &self,
        options: &GitOptions,
        wanted: impl Fn(&Entry) -> bool,
        on_blob: impl Fn(&Blob<'_>, TreesOfFile) + Sync,
        on_unread: impl Fn(Unread) + Sync,
    ) -> io::Result<()> {
        let mut entries: BTreeMap<&Entry, TreesOfFile> = BTreeMap::new();
        for entry in self.before.iter().filter(|entry| wanted(entry)) {
            entries.entry(entry).or_default().before = true;
        }
        for entry in self.after.iter().filter(|entry| wanted(entry)) {
            entries.entry(entry).or_default().after = true;
        }
        for kind in [(true, false), (false, true), (true, true)] {
            let of_kind: Vec<&Entry> = entries
                .iter()
                .filter(|(_, is)| (is.before, is.after) == kind)
                .map(|(entry, _)| *entry)
                .collect();
            let is = TreesOfFile {
                before: kind.0,
                after: kind.1,
            };
            self.read(options, &of_kind, &|blob, _| on_blob(blob, is), &on_unread)?;
        }
        Ok(())
    }

    fn read(
        &self,
        options: &GitOptions,
        entries: &[&Entry],
        on_blob: &(impl Fn(&Blob<'_>, &Before) + Sync),
        on_unread: &(impl Fn(Unread) + Sync),
    ) -> io::Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let git = options.git();
        let changes = Changes {
            options,
            git: &git,
            on_blob,
            on_unread,
            missing: OnceLock::new(),
            coverage: Mutex::new(Coverage::default()),
        };
        let change = |entry: &Entry| match &self.commit {
            Some(commit) => log::whole(commit, entry.0.clone(), &entry.1),
            None => Change {
                commit: None,
                path: entry.0.clone(),
                new: entry.1.clone(),
                old: String::new(),
                from: None,
            },
        };
        let objects = Objects::new(&git, entries.iter().map(|entry| entry.1.clone()).collect());
        changes.read(objects, entries.iter().map(|entry| Item::Change(change(entry))))
    }
}

/// The trees that contain a file with the same content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TreesOfFile {
    /// In the tree before the change.
    pub before: bool,
    /// In the tree after it.
    pub after: bool,
}

impl Git<'_> {
    fn entries(&self, tree: &str) -> io::Result<BTreeSet<Entry>> {
        Ok(self.files(tree)?.into_iter().collect())
    }

    /// Returns the trees of `HEAD` and the index.
    fn staged_trees(&self) -> io::Result<Trees> {
        let output = self.output(&["ls-files", "--stage", "-z", "--full-name", "--", ":/"])?;
        let after = output.split(|byte| *byte == 0).filter_map(|entry| {
            let tab = memchr::memchr(b'\t', entry)?;
            let head = String::from_utf8_lossy(&entry[..tab]);
            let words: Vec<&str> = head.split(' ').collect();
            let [mode, name, "0"] = words[..] else { return None };
            mode.starts_with("100")
                .then(|| (log::path(&entry[tab + 1..]), name.to_owned()))
        });
        // A branch without commits has no files.
        let before = self.entries("HEAD").unwrap_or_default();
        Ok(Trees {
            before,
            after: after.collect(),
            commit: None,
        })
    }

    /// Returns the merge base of two revisions; `None` if they have no common ancestor.
    fn fork(&self, base: &str, tip: &str) -> io::Result<Option<String>> {
        let fork = self.run(&["merge-base", "--end-of-options", base, tip], Vec::new())?;
        let fork = String::from_utf8_lossy(&fork.text)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        Ok((!fork.is_empty()).then_some(fork))
    }

    /// Returns the first and last tree of a range; `None` if it names no trees.
    fn ends(&self, range: &str) -> io::Result<Option<(Option<String>, String)>> {
        let name = |side: &str| {
            if side.trim().is_empty() {
                "HEAD".to_owned()
            } else {
                side.trim().to_owned()
            }
        };
        let ends = match (range.split_once("..."), range.split_once("..")) {
            (Some((from, to)), _) => (self.fork(&name(from), &name(to))?, name(to)),
            (None, Some((from, to))) => (Some(name(from)), name(to)),
            (None, None) => (None, name(range)),
        };
        // Other forms of ranges (`A^!`) are read commit by commit, without checks across files.
        let is_tree = |name: &str| {
            self.line(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{tree}}")])
                .is_ok()
        };
        let known = is_tree(&ends.1) && ends.0.as_deref().is_none_or(is_tree);
        Ok(known.then_some(ends))
    }

    /// Returns the first and last tree of a push. A new branch starts at the parent of its first new commit.
    fn pushed_ends(&self, push: &Push) -> io::Result<Option<(Option<String>, String)>> {
        let Some(new) = push.new.last() else {
            return Ok(None);
        };
        let commits = self.pushed(push)?;
        let commits = String::from_utf8_lossy(&commits).into_owned();
        let before = match (push.old.last(), commits.lines().next()) {
            (Some(old), _) if !push.fresh => self
                .line(&["rev-parse", "--verify", "--quiet", &format!("{old}^{{tree}}")])
                .ok(),
            (_, Some(first)) => self
                .line(&["rev-parse", "--verify", "--quiet", &format!("{first}^")])
                .ok(),
            _ => return Ok(None),
        };
        Ok(Some((before, new.clone())))
    }

    /// Returns the author and date of a commit.
    fn commit(&self, name: &str) -> io::Result<Option<Arc<Commit>>> {
        let hash = self.line(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])?;
        let mut args = vec!["diff-tree", "--stdin", "--root", "--always", "-s", log::FORMAT];
        args.extend(["-z"]);
        let output = self.run(&args, format!("{hash}\n").into_bytes())?;
        let messages = log::parse(&output.text).messages;
        Ok(messages.into_iter().next().map(|(commit, _)| commit))
    }
}

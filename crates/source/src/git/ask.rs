//! What is asked of git: which commits, what they change, what people wrote into commits and tags.

use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use keysift_finding::{Commit, Unread};

use super::{
    GitOptions, Revisions,
    command::{Git, Output},
    log::{self, Change, Log},
    objects::{self, Object, Objects},
    revisions::{Push, Side},
    text::Tag,
};

/// How changes are printed: names of objects in full, names of files as they are, submodules too, whatever `.gitmodules` says of them.
const RAW: [&str; 6] = [
    "-r",
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-ext-diff",
    "--ignore-submodules=none",
];

/// A renamed file is compared with what it was; of more than 1,000 new files in a commit only with those that are the same to the byte.
const RENAMES: [&str; 2] = ["--find-renames", "-l1000"];

/// The whole history has every content once, wherever it was moved.
const NO_RENAMES: [&str; 2] = ["--no-renames", "-l1"];

/// The order of commits: parents first.
const ORDER: [&str; 3] = ["rev-list", "--topo-order", "--reverse"];

/// What was asked for, and what was wrong with the rest.
pub(super) struct RequestedRevisions {
    pub(super) log: Log,
    pub(super) unread: Vec<Unread>,
}

impl Git<'_> {
    /// What there is to read: changes in their order, commits, tags.
    pub(super) fn asked(&self, options: &GitOptions) -> io::Result<RequestedRevisions> {
        if matches!(options.revisions, Revisions::Staged) {
            let log = log::parse(&self.staged()?);
            let unread = log.unmerged.iter().map(|path| Unread {
                what: path.display().to_string(),
                why: "has unresolved merge conflicts".to_owned(),
            });
            let unread = unread.collect();
            return Ok(RequestedRevisions { log, unread });
        }
        let mut lacks = MissingHistory {
            folder: &options.folder,
            unread: Vec::new(),
        };
        if self.line(&["rev-parse", "--is-shallow-repository"])? == "true" {
            lacks.tell("shallow clone: earlier commits are missing (git fetch --unshallow)".to_owned());
        }
        let mut tags = Vec::new();
        let commits = match &options.revisions {
            Revisions::Staged => Vec::new(),
            Revisions::All => {
                let references = self.references()?;
                let commits = self.all(options.reflog, &references, &mut lacks)?;
                tags = references;
                commits
            }
            Revisions::Range(range) => self.list(&["--end-of-options", range, "--"], Vec::new())?,
            Revisions::Since(base) => {
                let fork = self.line(&["merge-base", "--end-of-options", base, "HEAD"]);
                let fork = fork.map_err(|error| {
                    io::Error::other(format!("{base}: {error}: no common ancestor (a shallow clone?)"))
                })?;
                self.list(&["--end-of-options", &format!("{fork}..HEAD"), "--"], Vec::new())?
            }
            Revisions::Pushed(push) => {
                tags = push
                    .new
                    .iter()
                    .map(|name| (name.clone(), String::new()))
                    .collect();
                self.pushed(push)?
            }
        };
        let mut log = self.changes(commits, &options.revisions, &mut lacks)?;
        let mut read = self.tags(&tags, &mut log)?;
        let damaged = !lacks.unread.is_empty();
        if matches!(options.revisions, Revisions::All) && (options.unreachable || damaged) {
            read.extend(log.messages.iter().map(|(_, name)| name.clone()));
            read.extend(log.changes.iter().map(|change| change.new.clone()));
            self.others(&read, &mut log)?;
        }
        Ok(RequestedRevisions {
            log,
            unread: lacks.unread,
        })
    }

    /// The index against the last commit; against nothing if there is none.
    fn staged(&self) -> io::Result<Vec<u8>> {
        let diff = |renames: [&str; 2], tree: &str| {
            let mut args = vec!["diff-index", "--cached"];
            args.extend(RAW);
            args.extend(renames);
            args.extend([tree, "--"]);
            self.output(&args)
        };
        // Where contents are missing, git can compare their names alone.
        let against = |tree: &str| diff(RENAMES, tree).or_else(|_| diff(NO_RENAMES, tree));
        against("HEAD").or_else(|error| {
            let format = self.line(&["rev-parse", "--show-object-format"])?;
            match self.line(&["rev-parse", "--verify", "--quiet", "HEAD"]) {
                Ok(_) => Err(error),
                // An unborn branch: git knows the empty tree without having it.
                Err(_) if format == "sha256" => {
                    against("6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321")
                }
                Err(_) => against("4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
            }
        })
    }

    /// Commits, parents first.
    fn list(&self, args: &[&str], input: Vec<u8>) -> io::Result<Vec<u8>> {
        let args: Vec<&str> = ORDER.iter().chain(args).copied().collect();
        let Output { text, error } = self.run(&args, input)?;
        error.map_or(Ok(text), |error| Err(io::Error::other(error)))
    }

    /// Every commit of every reference, and of older stashes, which are in a log of their own. A damaged history is read as far as it goes.
    fn all(
        &self,
        reflog: bool,
        references: &[(String, String)],
        lacks: &mut MissingHistory<'_>,
    ) -> io::Result<Vec<u8>> {
        let mut args: Vec<&str> = ORDER.iter().chain(&["--stdin", "--all"]).copied().collect();
        if reflog {
            args.push("--reflog");
        }
        let mut input = Vec::new();
        if references.iter().any(|(_, name)| name == "refs/stash") {
            let stashes = self.run(&["rev-list", "--walk-reflogs", "refs/stash", "--"], Vec::new())?;
            lacks.tell_all(stashes.error.map(|error| format!("older stashes: {error}")));
            input = stashes.text;
        }
        args.push("--");
        let mut output = self.run(&args, input.clone())?;
        lacks.tell_all(output.error.take());
        if output.text.is_empty() && !lacks.unread.is_empty() {
            // A reference names what is not here: the others are read.
            args.insert(ORDER.len(), "--ignore-missing");
            output = self.run(&args, input)?;
        }
        Ok(output.text)
    }

    /// What a push adds: what the other side has is known.
    pub(super) fn pushed(&self, push: &Push) -> io::Result<Vec<u8>> {
        // Nothing was pushed: a branch was deleted.
        if push.new.is_empty() {
            return Ok(Vec::new());
        }
        // What the other side had may not be here (a push that overwrites): then the reference is read like a new one.
        let old = self.here(&push.old)?;
        let fresh = push.fresh || old.len() < push.old.len();
        let mut input = String::new();
        push.new.iter().for_each(|name| input += &format!("{name}\n"));
        old.iter().for_each(|name| input += &format!("^{name}\n"));
        let known = match &push.side {
            _ if !fresh => vec![None],
            Side::Here => vec![Some("--all".to_owned())],
            Side::Remote(name) => {
                let remotes = self.line(&["remote"])?;
                let plain = |remote: &&str| !remote.contains(['*', '?', '[', '\\']);
                let all = remotes.lines().filter(plain);
                let meant = all.filter(|remote| name.as_ref().is_none_or(|name| name == remote));
                let known: Vec<_> = meant.map(|remote| Some(format!("--remotes={remote}"))).collect();
                if known.is_empty() { vec![None] } else { known }
            }
        };
        // If nobody says which remote is meant: what one of them lacks is new.
        let (mut seen, mut commits) = (HashSet::new(), Vec::new());
        for known in known {
            let mut args = vec!["--stdin"];
            if let Some(known) = &known {
                args.extend(["--not", known]);
            }
            args.push("--");
            for commit in self
                .list(&args, input.clone().into_bytes())?
                .split_inclusive(|byte| *byte == b'\n')
            {
                if seen.insert(commit.to_vec()) {
                    commits.extend_from_slice(commit);
                }
            }
        }
        Ok(commits)
    }

    /// Those of some objects that are here.
    fn here(&self, names: &[String]) -> io::Result<Vec<String>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let output = self.run(
            &["cat-file", "--batch-check"],
            (names.join("\n") + "\n").into_bytes(),
        )?;
        let text = String::from_utf8_lossy(&output.text);
        let here = text
            .lines()
            .zip(names)
            .filter(|(line, _)| line.split(' ').count() == 3);
        Ok(here.map(|(_, name)| name.clone()).collect())
    }

    /// What commits change: of a merge only what it made itself, as what it brings is told with the commits that it brings.
    fn changes(
        &self,
        commits: Vec<u8>,
        revisions: &Revisions,
        lacks: &mut MissingHistory<'_>,
    ) -> io::Result<Log> {
        if commits.is_empty() {
            return Ok(Log::default());
        }
        let diff = |renames: [&str; 2], commits: Vec<u8>| {
            let mut args = vec!["diff-tree", "--stdin", "--root", "--always", "-c", log::FORMAT];
            args.extend(RAW);
            args.extend(renames);
            self.run(&args, commits)
        };
        if matches!(revisions, Revisions::All) {
            let Output { text, error } = diff(NO_RENAMES, commits)?;
            lacks.tell_all(error);
            return Ok(log::parse(&text));
        }
        let mut output = diff(RENAMES, commits.clone())?;
        if output.error.is_some() {
            // Where contents are missing, git can compare their names alone.
            output = diff(NO_RENAMES, commits)?;
        }
        match output.error {
            Some(error) => Err(io::Error::other(error)),
            None => Ok(log::parse(&output.text)),
        }
    }

    /// All references: what each is, and its name.
    fn references(&self) -> io::Result<Vec<(String, String)>> {
        let text = self.output(&["for-each-ref", "--format=%(objectname) %(refname)"]);
        // A damaged reference is told by the list of commits.
        let text = match text {
            Ok(text) => text,
            Err(error) => {
                self.line(&["rev-parse", "--git-dir"])?;
                return Err(error);
            }
        };
        let text = String::from_utf8_lossy(&text);
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        Ok(lines
            .map(|(object, name)| (object.to_owned(), name.to_owned()))
            .collect())
    }

    /// What people wrote into tags, and into tags of tags; and what references and tags name that is no commit. Returns what was read.
    fn tags(&self, references: &[(String, String)], log: &mut Log) -> io::Result<HashSet<String>> {
        let mut read = HashSet::new();
        let mut next: Vec<(String, String)> = self.no_commits(references, log)?;
        while !next.is_empty() {
            next.retain(|(name, _)| read.insert(name.clone()));
            let mut objects = Objects::new(self, next.iter().map(|(name, _)| name.clone()).collect());
            let mut named = Vec::new();
            for (name, reference) in &next {
                let Some(Object::Bytes(bytes)) = objects.next(0)? else {
                    continue;
                };
                let Some(tag) = Tag::parse(&bytes) else { continue };
                let shown = tag.shown(reference);
                let commit = Arc::new(Commit {
                    order: u32::MAX,
                    hash: shown.clone(),
                    author: tag.tagger.clone(),
                    date: tag.date.clone(),
                });
                match tag.kind.as_str() {
                    "tag" => named.push((tag.object.clone(), String::new())),
                    "blob" => log
                        .changes
                        .push(whole(&commit, PathBuf::from(&commit.hash), &tag.object)),
                    "tree" => self.tree(&commit, &tag.object, log)?,
                    _ => {}
                }
                log.messages.push((commit, name.clone()));
            }
            next = named;
        }
        Ok(read)
    }

    /// Of references those that name a tag; what names a file or a folder directly is added to the log with it.
    fn no_commits(
        &self,
        references: &[(String, String)],
        log: &mut Log,
    ) -> io::Result<Vec<(String, String)>> {
        let mut input = Vec::new();
        for (object, _) in references {
            input.extend_from_slice(object.as_bytes());
            input.push(b'\n');
        }
        if input.is_empty() {
            return Ok(Vec::new());
        }
        let output = self.run(&["cat-file", "--batch-check=%(objecttype)", "--buffer"], input)?;
        let kinds = String::from_utf8_lossy(&output.text).into_owned();
        let mut tags = Vec::new();
        for (kind, (object, name)) in kinds.lines().zip(references) {
            match kind {
                "tag" => tags.push((object.clone(), name.clone())),
                "blob" | "tree" => self.named(kind, object, name, log)?,
                _ => {}
            }
        }
        Ok(tags)
    }

    /// A file or a folder that a reference names.
    fn named(&self, kind: &str, object: &str, name: &str, log: &mut Log) -> io::Result<()> {
        // What is pushed has no name here.
        let shown = match name.strip_prefix("refs/").unwrap_or(name) {
            "" => object,
            name => name,
        };
        let commit = Arc::new(Commit {
            order: u32::MAX,
            hash: shown.to_owned(),
            author: String::new(),
            date: String::new(),
        });
        match kind {
            "tree" => self.tree(&commit, object, log),
            _ => {
                log.changes
                    .push(whole(&commit, PathBuf::from(&commit.hash), object));
                Ok(())
            }
        }
    }

    /// The files of a folder that no commit has.
    fn tree(&self, commit: &Arc<Commit>, name: &str, log: &mut Log) -> io::Result<()> {
        for (path, object) in self.files(name)? {
            log.changes.push(whole(commit, path, &object));
        }
        Ok(())
    }

    /// The files of a tree, and what they are.
    pub(super) fn files(&self, tree: &str) -> io::Result<Vec<(PathBuf, String)>> {
        let output = self.output(&["ls-tree", "-r", "-z", "--full-tree", tree])?;
        let entries = output.split(|byte| *byte == 0).filter_map(|entry| {
            let tab = memchr::memchr(b'\t', entry)?;
            let head = String::from_utf8_lossy(&entry[..tab]);
            let words: Vec<&str> = head.split(' ').collect();
            let file = words.first().is_some_and(|mode| mode.starts_with("100"));
            file.then(|| {
                (
                    log::path(&entry[tab + 1..]),
                    words.get(2).copied().unwrap_or_default().to_owned(),
                )
            })
        });
        Ok(entries.collect())
    }

    /// Contents, commits and tags that nothing in the log leads to.
    fn others(&self, read: &HashSet<String>, log: &mut Log) -> io::Result<()> {
        let commit = Arc::new(Commit {
            order: u32::MAX,
            hash: "unreachable".to_owned(),
            author: "nobody".to_owned(),
            date: String::new(),
        });
        for kind in ["blob", "commit", "tag"] {
            for name in objects::all(self, |known, name| known == kind && !read.contains(name))? {
                match kind {
                    "blob" => log.changes.push(whole(&commit, PathBuf::from(&name), &name)),
                    _ => log.messages.push((Arc::clone(&commit), name)),
                }
            }
        }
        Ok(())
    }

    /// Where hooks are, as git prints it.
    pub(super) fn hooks(&self) -> io::Result<Vec<u8>> {
        self.output(&["rev-parse", "--git-path", "hooks"])
    }

    /// Why an object that is named is not here.
    pub(super) fn missing(&self) -> String {
        let pattern = r"^(remote\..*\.(promisor|partialclonefilter)|extensions\.partialclone)$";
        match self.run(&["config", "--get-regexp", pattern], Vec::new()) {
            Ok(output) if !output.text.is_empty() => {
                "missing in this partial clone (git fetch --refetch --no-filter gets everything)".to_owned()
            }
            _ => "missing or damaged in the git object store".to_owned(),
        }
    }
}

/// A content that is new as a whole.
pub(super) fn whole(commit: &Arc<Commit>, path: PathBuf, name: &str) -> Change {
    Change {
        commit: Some(Arc::clone(commit)),
        path,
        new: name.to_owned(),
        old: String::new(),
        from: None,
    }
}

/// What of a history could not be read.
struct MissingHistory<'f> {
    folder: &'f Path,
    unread: Vec<Unread>,
}

impl MissingHistory<'_> {
    fn tell(&mut self, why: String) {
        self.unread.push(Unread {
            what: format!("the history of {}", self.folder.display()),
            why,
        });
    }

    fn tell_all(&mut self, why: Option<String>) {
        why.into_iter().for_each(|why| self.tell(why));
    }
}

//! Lists what to read from git: commits, their changes, and texts of commits and tags.

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
    log::{self, Log, whole},
    objects::{self, Object, Objects},
    revisions::{Push, Side, no_fork},
    text::Tag,
};

/// Output of changes: full object ids, unquoted file names, and submodules regardless of `.gitmodules`.
const RAW: [&str; 6] = [
    "-r",
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-ext-diff",
    "--ignore-submodules=none",
];

/// Compares a renamed file with its previous content. If a commit has more than 1,000 new files, only exact
/// renames are detected.
const RENAMES: [&str; 2] = ["--find-renames", "-l1000"];

/// In the whole history each content is read once, so renames do not matter.
const NO_RENAMES: [&str; 2] = ["--no-renames", "-l1"];

/// Order of commits: parents first.
const ORDER: [&str; 3] = ["rev-list", "--topo-order", "--reverse"];

/// The requested log, and what was missing from it.
pub(super) struct RequestedRevisions {
    pub(super) log: Log,
    pub(super) unread: Vec<Unread>,
}

impl Git<'_> {
    /// Lists what to read: changes in order, commits, tags.
    pub(super) fn requested(&self, options: &GitOptions) -> io::Result<RequestedRevisions> {
        if matches!(options.revisions, Revisions::Staged) {
            let log = log::parse(&self.staged()?);
            let unread = log.unmerged.iter().map(|path| Unread {
                what: path.display().to_string(),
                why: "has unresolved merge conflicts".to_owned(),
            });
            let unread = unread.collect();
            return Ok(RequestedRevisions { log, unread });
        }
        let mut missing = MissingHistory {
            folder: &options.folder,
            unread: Vec::new(),
        };
        if self.line(&["rev-parse", "--is-shallow-repository"])? == "true" {
            missing.add("shallow clone: earlier commits are missing (git fetch --unshallow)".to_owned());
        }
        let mut tags = Vec::new();
        let commits = match &options.revisions {
            Revisions::Staged => Vec::new(),
            Revisions::All => {
                let references = self.references()?;
                let commits = self.all(options.reflog, &references, &mut missing)?;
                tags = references;
                commits
            }
            Revisions::Range(range) => self.list(&["--end-of-options", range, "--"], Vec::new())?,
            Revisions::Since(base) => {
                let fork = self.line(&["merge-base", "--end-of-options", base, "HEAD"]);
                let fork = fork.map_err(|error| no_fork(base, &error))?;
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
        let mut log = self.changes(commits, &options.revisions, &mut missing)?;
        let mut read = self.tags(&tags, &mut log)?;
        let damaged = !missing.unread.is_empty();
        if matches!(options.revisions, Revisions::All) && (options.unreachable || damaged) {
            read.extend(log.messages.iter().map(|(_, name)| name.clone()));
            read.extend(log.changes.iter().map(|change| change.new.clone()));
            self.others(&read, &mut log)?;
        }
        Ok(RequestedRevisions {
            log,
            unread: missing.unread,
        })
    }

    /// The files that the index changes, from the top of the repository.
    pub(super) fn staged_paths(&self) -> io::Result<Vec<PathBuf>> {
        let log = log::parse(&self.staged()?);
        Ok(log.changes.into_iter().map(|change| change.path).collect())
    }

    /// Returns the index compared with `HEAD`, or with the empty tree if there is no commit.
    fn staged(&self) -> io::Result<Vec<u8>> {
        let diff = |renames: [&str; 2], tree: &str| {
            let mut args = vec!["diff-index", "--cached"];
            args.extend(RAW);
            args.extend(renames);
            args.extend([tree, "--"]);
            self.output(&args)
        };
        // If contents are missing, git can still compare object ids.
        let against = |tree: &str| diff(RENAMES, tree).or_else(|_| diff(NO_RENAMES, tree));
        against("HEAD").or_else(|error| {
            let format = self.line(&["rev-parse", "--show-object-format"])?;
            match self.line(&["rev-parse", "--verify", "--quiet", "HEAD"]) {
                Ok(_) => Err(error),
                // An unborn branch. git knows the empty tree without having the object.
                Err(_) if format == "sha256" => {
                    against("6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321")
                }
                Err(_) => against("4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
            }
        })
    }

    /// Lists commits, parents first.
    fn list(&self, args: &[&str], input: Vec<u8>) -> io::Result<Vec<u8>> {
        let args: Vec<&str> = ORDER.iter().chain(args).copied().collect();
        let Output { text, error } = self.run(&args, input)?;
        error.map_or(Ok(text), |error| Err(io::Error::other(error)))
    }

    /// Lists all commits of all references, and of older stashes, which only a reflog references. A damaged
    /// history is read as far as possible.
    fn all(
        &self,
        reflog: bool,
        references: &[(String, String)],
        missing: &mut MissingHistory<'_>,
    ) -> io::Result<Vec<u8>> {
        let mut args: Vec<&str> = ORDER.iter().chain(&["--stdin", "--all"]).copied().collect();
        if reflog {
            args.push("--reflog");
        }
        let mut input = Vec::new();
        if references.iter().any(|(_, name)| name == "refs/stash") {
            let stashes = self.run(&["rev-list", "--walk-reflogs", "refs/stash", "--"], Vec::new())?;
            missing.extend(stashes.error.map(|error| format!("older stashes: {error}")));
            input = stashes.text;
        }
        args.push("--");
        let mut output = self.run(&args, input.clone())?;
        missing.extend(output.error.take());
        if output.text.is_empty() && !missing.unread.is_empty() {
            // A reference names a missing object; the others are read.
            args.insert(ORDER.len(), "--ignore-missing");
            output = self.run(&args, input)?;
        }
        Ok(output.text)
    }

    /// Lists the commits that a push adds.
    pub(super) fn pushed(&self, push: &Push) -> io::Result<Vec<u8>> {
        // Only deletions of branches.
        if push.new.is_empty() {
            return Ok(Vec::new());
        }
        // The old value may be missing locally (a forced push); the reference is then treated as new.
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
        // If the remote is unknown, commits that at least one remote lacks are new.
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

    /// Returns those objects that exist locally.
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

    /// Lists the changes of commits. For a merge only its own changes: what it merges belongs to the merged
    /// commits.
    fn changes(
        &self,
        commits: Vec<u8>,
        revisions: &Revisions,
        missing: &mut MissingHistory<'_>,
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
            missing.extend(error);
            return Ok(log::parse(&text));
        }
        let mut output = diff(RENAMES, commits.clone())?;
        if output.error.is_some() {
            // If contents are missing, git can still compare object ids.
            output = diff(NO_RENAMES, commits)?;
        }
        match output.error {
            Some(error) => Err(io::Error::other(error)),
            None => Ok(log::parse(&output.text)),
        }
    }

    /// Lists all references: object id and name.
    fn references(&self) -> io::Result<Vec<(String, String)>> {
        let text = self.output(&["for-each-ref", "--format=%(objectname) %(refname)"]);
        // A damaged reference is reported by the list of commits.
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

    /// Adds the messages of tags (and tags of tags) to the log, and files and trees that references or tags
    /// point to directly. Returns the names of the objects read.
    fn tags(&self, references: &[(String, String)], log: &mut Log) -> io::Result<HashSet<String>> {
        let mut read = HashSet::new();
        let mut next: Vec<(String, String)> = self.direct_objects(references, log)?;
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

    /// Returns the references to tags; adds files and trees that references point to directly to the log.
    fn direct_objects(
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

    /// Adds a file or tree that a reference points to directly.
    fn named(&self, kind: &str, object: &str, name: &str, log: &mut Log) -> io::Result<()> {
        // A pushed object has no reference name.
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

    /// Adds the files of a tree that no commit contains.
    fn tree(&self, commit: &Arc<Commit>, name: &str, log: &mut Log) -> io::Result<()> {
        for (path, object) in self.files(name)? {
            log.changes.push(whole(commit, path, &object));
        }
        Ok(())
    }

    /// Lists the files of a tree: path and object id.
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

    /// Adds blobs, commits and tags that the log does not reach.
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

    /// Returns the hooks folder, as git prints it.
    pub(super) fn hooks(&self) -> io::Result<Vec<u8>> {
        self.output(&["rev-parse", "--git-path", "hooks"])
    }

    /// Returns why an object is missing.
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

/// The parts of a history that could not be read.
struct MissingHistory<'f> {
    folder: &'f Path,
    unread: Vec<Unread>,
}

impl MissingHistory<'_> {
    fn add(&mut self, why: String) {
        self.unread.push(Unread {
            what: format!("the history of {}", self.folder.display()),
            why,
        });
    }

    fn extend(&mut self, why: Option<String>) {
        why.into_iter().for_each(|why| self.add(why));
    }
}

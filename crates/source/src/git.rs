//! What git knows: the index, a range of commits, the whole history. The installed git is asked: it knows linked worktrees, submodules,
//! `GIT_DIR` and `GIT_INDEX_FILE` as hooks set them, alternates, replace refs, SHA-256 and reftable, and starts in two milliseconds.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, mpsc},
};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use keysift_finding::{Blob, Commit, Coverage, Origin, Skip, Span, Unread};
use memchr::{memchr, memrchr};
use rayon::ThreadPoolBuilder;

use crate::{read::is_binary, utf16};

/// What to ask git for.
#[derive(Clone, Debug)]
pub enum Revisions {
    /// What the next commit adds: the index against the last commit.
    Staged,
    /// What the commits of a range add, as `git log` reads it: `main..topic`.
    Range(String),
    /// What a branch adds since it left this revision.
    Since(String),
    /// Every commit of every reference.
    All,
}

/// How to read what git knows.
#[derive(Clone, Debug)]
pub struct GitOptions {
    /// The work tree, or any folder in it; for a bare repository the repository.
    pub folder: PathBuf,
    /// What to read.
    pub revisions: Revisions,
    /// Larger files are skipped; 0 is no limit.
    pub max_file_bytes: u64,
    /// Threads; 0 is one for each core.
    pub threads: usize,
}

/// The lines that a file had before: what stands on one of them is not new.
#[derive(Debug, Default)]
pub struct Before {
    lines: HashSet<u64>,
    key: RandomState,
}

impl Before {
    fn new(text: &[u8]) -> Self {
        let key = RandomState::new();
        Self { lines: text.split(|byte| *byte == b'\n').map(|line| key.hash_one(line.trim_ascii())).collect(), key }
    }

    /// Whether the line on which a span begins is new.
    pub fn is_new(&self, text: &[u8], span: Span) -> bool {
        if self.lines.is_empty() {
            return true;
        }
        let start = memrchr(b'\n', &text[..span.start]).map_or(0, |at| at + 1);
        let end = memchr(b'\n', &text[span.start..]).map_or(text.len(), |at| span.start + at);
        !self.lines.contains(&self.key.hash_one(text[start..end].trim_ascii()))
    }
}

/// A file that changed.
struct Change {
    commit: Option<Arc<Commit>>,
    path: PathBuf,
    new: String,
    /// What it was before; empty if it was not.
    old: String,
}

/// Reads what git knows and hands over each changed file, with what it was before. What cannot be read is handed to `on_unread`.
///
/// # Errors
/// If git is not there, the folder is no repository, or a revision does not exist.
pub fn each_change(
    options: &GitOptions,
    on_blob: impl Fn(&Blob<'_>, &Before) + Sync,
    on_unread: impl Fn(Unread) + Sync,
) -> io::Result<Coverage> {
    let git = Git { folder: &options.folder };
    let mut coverage = Coverage::default();
    let (changes, skipped) = git.changes(&options.revisions)?;
    coverage.skipped.extend(skipped);
    let ignored = ignored(&options.folder);
    if !matches!(options.revisions, Revisions::Staged) && git.line(&["rev-parse", "--is-shallow-repository"])? == "true" {
        let what = format!("the history of {}", options.folder.display());
        on_unread(Unread { what, why: "a shallow clone: earlier commits are not here (git fetch --unshallow)".to_owned() });
    }
    let pool = ThreadPoolBuilder::new().num_threads(options.threads).build().map_err(io::Error::other)?;
    let mut objects = git.objects()?;
    // As many texts wait as there are threads, and two more.
    let (give_back, free) = mpsc::channel();
    for _ in 0..pool.current_num_threads() + 2 {
        let _ = give_back.send(());
    }
    pool.in_place_scope(|scope| -> io::Result<()> {
        for change in changes.into_iter().filter(|change| !ignored.matched_path_or_any_parents(&change.path, false).is_ignore()) {
            let new = match objects.read(&change.new, options.max_file_bytes)? {
                Object::Text(text) => text,
                Object::TooLarge => {
                    *coverage.skipped.entry(Skip::TooLarge).or_default() += 1;
                    continue;
                }
                Object::Missing => {
                    on_unread(Unread { what: change.path.display().to_string(), why: format!("git has no object {}", change.new) });
                    continue;
                }
            };
            let Some((mut buffer, len)) = text_of(new) else {
                *coverage.skipped.entry(Skip::Binary).or_default() += 1;
                continue;
            };
            let old = match change.old.is_empty() {
                true => Vec::new(),
                false => match objects.read(&change.old, options.max_file_bytes)? {
                    Object::Text(text) => text_of(text)
                        .map(|(mut buffer, len)| {
                            buffer.truncate(len);
                            buffer
                        })
                        .unwrap_or_default(),
                    _ => Vec::new(),
                },
            };
            coverage.files += 1;
            coverage.bytes += len as u64;
            let _ = free.recv();
            let (give_back, on_blob) = (give_back.clone(), &on_blob);
            scope.spawn(move |_| {
                let before = if old.is_empty() { Before::default() } else { Before::new(&old) };
                let origin = match change.commit {
                    None => Origin::File { root: PathBuf::new(), path: change.path },
                    Some(commit) => Origin::Commit { commit, path: change.path },
                };
                buffer[len..].fill(0);
                on_blob(&Blob::whole(&origin, &buffer, len), &before);
                let _ = give_back.send(());
            });
        }
        Ok(())
    })?;
    Ok(coverage)
}

/// What `.keysiftignore` at the top of the work tree leaves out, as it does in a scan of the tree.
fn ignored(folder: &Path) -> Gitignore {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let top = folder.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&folder);
    let file = top.join(".keysiftignore");
    // Paths are those that git tells, from the top.
    let mut builder = GitignoreBuilder::new("");
    if file.is_file() {
        builder.add(file);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// A text in a padded buffer, UTF-16 decoded; nothing if it is binary.
fn text_of(mut bytes: Vec<u8>) -> Option<(Vec<u8>, usize)> {
    if let Some((order, mark)) = utf16::order(&bytes) {
        let mut text = Vec::new();
        utf16::Utf16Reader::new(&bytes[mark..], order).read_to_end(&mut text).ok()?;
        bytes = text;
    } else if is_binary(&bytes) {
        return None;
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    let len = bytes.len();
    bytes.resize(len + Blob::PADDING, 0);
    Some((bytes, len))
}

struct Git<'f> {
    folder: &'f Path,
}

impl Git<'_> {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.folder).args(args).stdin(Stdio::null()).stderr(Stdio::piped()).env("GIT_OPTIONAL_LOCKS", "0");
        command
    }

    fn output(&self, args: &[&str]) -> io::Result<Vec<u8>> {
        let output = self.command(args).output().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => io::Error::new(error.kind(), "git is not installed, or not on PATH"),
            _ => error,
        })?;
        match output.status.success() {
            true => Ok(output.stdout),
            false => {
                let told = String::from_utf8_lossy(&output.stderr);
                let line = told.lines().find(|line| !line.trim().is_empty()).unwrap_or("git failed");
                Err(io::Error::other(line.trim_start_matches("fatal: ").to_owned()))
            }
        }
    }

    fn line(&self, args: &[&str]) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&self.output(args)?).trim().to_owned())
    }

    fn changes(&self, revisions: &Revisions) -> io::Result<(Vec<Change>, HashMap<Skip, u64>)> {
        const RAW: [&str; 5] = ["--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff"];
        // The hash, the author, the date, each ended by NUL; then the raw lines.
        const FORMAT: &str = "--format=%x01%H%x00%an <%ae>%x00%aI%x00";
        let range;
        let mut args: Vec<&str> = match revisions {
            Revisions::Staged => vec!["diff", "--cached", "--ignore-submodules=all"],
            // Of a merge only what it made itself: what it brings was told with the commits that it brings.
            _ => vec!["log", "--topo-order", "--reverse", FORMAT, "--root", "--diff-merges=dense-combined"],
        };
        args.extend(RAW);
        match revisions {
            Revisions::Staged => {}
            Revisions::Range(text) => {
                range = text.clone();
                args.push(&range);
            }
            Revisions::Since(base) => {
                let fork = self
                    .line(&["merge-base", base, "HEAD"])
                    .map_err(|error| io::Error::other(format!("{base}: {error}: no common commit here (a shallow clone?)")))?;
                range = format!("{fork}..HEAD");
                args.push(&range);
            }
            Revisions::All => args.push("--all"),
        }
        args.push("--");
        Ok(parse(&self.output(&args)?))
    }

    /// A process that gives objects for their names.
    fn objects(&self) -> io::Result<Objects> {
        let mut child =
            self.command(&["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (ask, answers) = (child.stdin.take(), child.stdout.take());
        let (Some(ask), Some(answers)) = (ask, answers) else { return Err(io::Error::other("git gives no pipes")) };
        Ok(Objects { child, ask, answers: BufReader::with_capacity(64 << 10, answers) })
    }
}

/// The changes in what `git diff --raw -z` and `git log --raw -z` print.
fn parse(output: &[u8]) -> (Vec<Change>, HashMap<Skip, u64>) {
    let mut changes = Vec::new();
    let mut skipped: HashMap<Skip, u64> = HashMap::new();
    let mut seen: HashSet<(String, PathBuf)> = HashSet::new();
    let mut commit: Option<Arc<Commit>> = None;
    let mut fields = output.split(|byte| *byte == 0).map(|field| field.strip_prefix(b"\n").unwrap_or(field)).peekable();
    while let Some(field) = fields.next() {
        let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
        if let Some(hash) = field.strip_prefix(b"\x01") {
            let hash = text(Some(hash));
            commit = Some(Arc::new(Commit { hash, author: text(fields.next()), date: text(fields.next()) }));
            continue;
        }
        // `:` and a mode for each parent, a mode, a name for each parent, a name, what happened; one `:` for each parent.
        let parents = field.iter().take_while(|byte| **byte == b':').count();
        if parents == 0 {
            continue;
        }
        let line = text(field.get(parents..));
        let words: Vec<&str> = line.split(' ').collect();
        let Some(path) = fields.next() else { continue };
        let (Some(mode), Some(new), Some(old)) = (words.get(parents), words.get(2 * parents + 1), words.get(parents + 1)) else { continue };
        let none = |name: &str| name.bytes().all(|byte| byte == b'0');
        match *mode {
            "120000" => *skipped.entry(Skip::SymbolicLink).or_default() += 1,
            "100644" | "100755" | "100664" if !none(new) => {
                let path = PathBuf::from(text(Some(path)));
                // The same content at the same path was told with its first commit.
                if seen.insert(((*new).to_owned(), path.clone())) {
                    let old = if none(old) { String::new() } else { (*old).to_owned() };
                    changes.push(Change { commit: commit.clone(), path, new: (*new).to_owned(), old });
                }
            }
            // Gone, or a submodule, which is a repository of its own.
            _ => {}
        }
    }
    (changes, skipped)
}

enum Object {
    Text(Vec<u8>),
    TooLarge,
    Missing,
}

/// `git cat-file --batch`: a name in, the object out.
struct Objects {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Objects {
    fn read(&mut self, name: &str, limit: u64) -> io::Result<Object> {
        writeln!(self.ask, "{name}")?;
        self.ask.flush()?;
        let mut header = String::new();
        self.answers.read_line(&mut header)?;
        let Some(size) = header.trim_end().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok()) else { return Ok(Object::Missing) };
        if limit != 0 && size > limit {
            io::copy(&mut (&mut self.answers).take(size + 1), &mut io::sink())?;
            return Ok(Object::TooLarge);
        }
        let mut text = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + Blob::PADDING);
        (&mut self.answers).take(size).read_to_end(&mut text)?;
        io::copy(&mut (&mut self.answers).take(1), &mut io::sink())?;
        Ok(Object::Text(text))
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_prints_is_read() {
        let zeros = "0".repeat(40);
        let (one, two, three) = ("1".repeat(40), "2".repeat(40), "3".repeat(40));
        let staged = format!(
            ":000000 100644 {zeros} {one} A\0new.txt\0:100644 100644 {one} {two} M\0sub dir/old\n.txt\0:100644 000000 {one} {zeros} D\0gone\0:000000 120000 {zeros} {three} A\0link\0"
        );
        let (changes, skipped) = parse(staged.as_bytes());
        let shown: Vec<_> =
            changes.iter().map(|change| (change.path.to_str().unwrap(), change.new.as_str(), change.old.as_str())).collect();
        assert_eq!(shown, [("new.txt", one.as_str(), ""), ("sub dir/old\n.txt", two.as_str(), one.as_str())]);
        assert_eq!(skipped, HashMap::from([(Skip::SymbolicLink, 1)]));
        let log = format!(
            "\x01abc\0A <a@b>\x002026-01-01\0\0:000000 100644 {zeros} {one} A\0x\0\x01def\0B <b@b>\x002026-01-02\0\0::100644 100644 100644 {one} {two} {three} MM\0x\0"
        );
        let (changes, _) = parse(log.as_bytes());
        let shown: Vec<_> = changes
            .iter()
            .map(|change| (change.commit.as_ref().unwrap().hash.as_str(), change.new.as_str(), change.old.as_str()))
            .collect();
        assert_eq!(shown, [("abc", one.as_str(), ""), ("def", three.as_str(), one.as_str())]);
    }

    #[test]
    fn lines_that_were_there_before_are_not_new() {
        let before = Before::new(b"a\n  b\nc\n");
        let text = b"c\nb\nnew\n";
        assert_eq!([0, 2, 4].map(|at| before.is_new(text, Span::new(at, at + 1))), [false, false, true]);
        assert!(Before::default().is_new(text, Span::new(0, 1)));
    }
}

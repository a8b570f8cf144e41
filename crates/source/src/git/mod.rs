//! What git knows: the index, a range of commits, the whole history. The installed git is asked: it knows linked worktrees, submodules,
//! `GIT_DIR` and `GIT_INDEX_FILE` as hooks set them, alternates, replace refs, SHA-256 and reftable, and starts in two milliseconds.

mod log;
mod objects;

use std::{
    collections::{BTreeSet, HashSet},
    hash::{BuildHasher, RandomState},
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, mpsc},
};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use keysift_finding::{Blob, Commit, Coverage, Origin, Skip, Span, Unread};
use memchr::{memchr, memrchr};
use rayon::ThreadPoolBuilder;

use crate::{Stop, read::is_binary, utf16};
use log::{Change, Log};
use objects::{Object, Objects};

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
    /// What a push adds: arguments of `git log`, of [`pushed`].
    Pushed(Vec<String>),
}

/// What the lines say that git gives its hooks on standard input: `pre-push` (four words: local name and hash, remote name and hash) and
/// `pre-receive` (three: old hash, new hash, name). A new branch adds what no remote, or no other branch here, has.
///
/// # Errors
/// If a line is neither.
pub fn pushed(lines: &str) -> Result<Revisions, String> {
    let zero = |hash: &str| !hash.is_empty() && hash.bytes().all(|byte| byte == b'0');
    let mut ranges = Vec::new();
    let mut fresh = None;
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (old, new, rest) = match words[..] {
            [_, new, _, old] => (old, new, "--remotes"),
            [old, new, _] => (old, new, "--all"),
            _ => return Err(format!("`{line}` is no line of git's pre-push or pre-receive")),
        };
        match (zero(old), zero(new)) {
            (_, true) => {}
            (false, false) => ranges.extend([new.to_owned(), format!("^{old}")]),
            (true, false) => {
                fresh = Some(rest);
                ranges.push(new.to_owned());
            }
        }
    }
    ranges.extend(
        fresh
            .into_iter()
            .flat_map(|rest| ["--not".to_owned(), rest.to_owned()]),
    );
    Ok(Revisions::Pushed(ranges))
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
    /// Why to end early.
    pub stop: Stop,
    /// Of the whole history also what only reflogs know.
    pub reflog: bool,
    /// Of the whole history also contents that nothing leads to.
    pub unreachable: bool,
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
        Self {
            lines: text
                .split(|byte| *byte == b'\n')
                .map(|line| key.hash_one(line.trim_ascii()))
                .collect(),
            key,
        }
    }

    /// Whether the line on which a span begins is new.
    pub fn is_new(&self, text: &[u8], span: Span) -> bool {
        if self.lines.is_empty() {
            return true;
        }
        let start = memrchr(b'\n', &text[..span.start]).map_or(0, |at| at + 1);
        let end = memchr(b'\n', &text[span.start..]).map_or(text.len(), |at| span.start + at);
        !self
            .lines
            .contains(&self.key.hash_one(text[start..end].trim_ascii()))
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
    let whole = matches!(options.revisions, Revisions::All);
    let log = told(options, &on_unread)?;
    on_total((log.changes.len() + log.messages.len()) as u64);
    let mut coverage = Coverage::default();
    coverage.skipped.extend(log.skipped);
    let pool = ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(io::Error::other)?;
    // Of the whole history everything is new once: what a file was before is not asked.
    let before = |change: &Change| {
        if whole || change.old.is_empty() {
            None
        } else {
            Some(change.old.clone())
        }
    };
    let names = log
        .changes
        .iter()
        .flat_map(|change| [Some(change.new.clone()), before(change)])
        .flatten();
    let mut objects = Objects::new(&options.folder, names);
    // As many texts wait as there are threads, and two more.
    let (give_back, free) = mpsc::channel();
    for _ in 0..pool.current_num_threads() + 2 {
        let _ = give_back.send(());
    }
    pool.in_place_scope(|scope| -> io::Result<()> {
        let messages = log.messages;
        let on_blob = &on_blob;
        scope.spawn(move |_| {
            messages
                .into_iter()
                .for_each(|(commit, text)| message(commit, text, on_blob))
        });
        for change in log.changes {
            if let Some(why) = options.stop.why() {
                on_unread(Unread {
                    what: "the rest".to_owned(),
                    why: why.to_owned(),
                });
                break;
            }
            let new = objects.next(options.max_file_bytes)?;
            let old = match before(&change) {
                Some(_) => objects
                    .next(options.max_file_bytes)?
                    .and_then(Object::text)
                    .unwrap_or_default(),
                None => Vec::new(),
            };
            let (mut buffer, len) = match new.unwrap_or(Object::Missing).scannable() {
                Some(Ok(text)) => text,
                Some(Err(skip)) => {
                    *coverage.skipped.entry(skip).or_default() += 1;
                    continue;
                }
                None => {
                    let why = format!("git has no object {}, or a damaged one", change.new);
                    on_unread(Unread {
                        what: change.path.display().to_string(),
                        why,
                    });
                    continue;
                }
            };
            coverage.files += 1;
            coverage.bytes += len as u64;
            let _ = free.recv();
            let give_back = give_back.clone();
            scope.spawn(move |_| {
                let before = if old.is_empty() {
                    Before::default()
                } else {
                    Before::new(&old)
                };
                let origin = match change.commit {
                    None => Origin::File {
                        root: PathBuf::new(),
                        path: change.path,
                    },
                    Some(commit) => Origin::Commit {
                        commit,
                        path: change.path,
                    },
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

/// What there is to read: changes in their order, messages; of the whole history every content once, with the first commit that has it.
fn told(options: &GitOptions, on_unread: &impl Fn(Unread)) -> io::Result<Log> {
    let git = Git {
        folder: &options.folder,
    };
    let (mut log, error) = git.log(options)?;
    let lacks = |why: String| {
        on_unread(Unread {
            what: format!("the history of {}", options.folder.display()),
            why,
        })
    };
    let damaged = error.is_some();
    error.into_iter().for_each(lacks);
    if !matches!(options.revisions, Revisions::Staged)
        && git.line(&["rev-parse", "--is-shallow-repository"])? == "true"
    {
        lacks("a shallow clone: earlier commits are not here (git fetch --unshallow)".to_owned());
    }
    if matches!(options.revisions, Revisions::All) {
        let mut seen = HashSet::new();
        log.changes.retain(|change| seen.insert(change.new.clone()));
        log.messages.extend(git.tags()?);
        if options.unreachable || damaged {
            log.changes.extend(git.others(&seen)?);
        }
    }
    let ignored = ignored(&options.folder);
    log.changes.retain(|change| {
        !ignored
            .matched_path_or_any_parents(&change.path, false)
            .is_ignore()
    });
    Ok(log)
}

/// Reads files as the last commit of the branch has them: what of a history is still there.
///
/// # Errors
/// If git is not there.
pub fn each_tip(
    options: &GitOptions,
    paths: &BTreeSet<PathBuf>,
    on_blob: impl Fn(&Blob<'_>),
) -> io::Result<()> {
    let paths: Vec<_> = paths
        .iter()
        .filter(|path| !path.to_string_lossy().contains('\n'))
        .collect();
    let mut objects = Objects::new(
        &options.folder,
        paths
            .iter()
            .map(|path| format!("HEAD:{}", path.to_string_lossy())),
    );
    for path in paths {
        let Some(object) = objects.next(options.max_file_bytes)? else {
            break;
        };
        let Object::Bytes(bytes) = object else { continue };
        let Some((buffer, len)) = text_of(bytes) else {
            continue;
        };
        on_blob(&Blob::whole(
            &Origin::File {
                root: PathBuf::new(),
                path: path.clone(),
            },
            &buffer,
            len,
        ));
    }
    Ok(())
}

/// How a pointer of Git LFS begins: the content is on another server.
const LFS: &[u8] = b"version https://git-lfs.github.com/spec/";

/// The path under which what people wrote into a commit or tag is told.
const MESSAGE: &str = "(message)";

fn message(commit: Arc<Commit>, text: String, on_blob: &impl Fn(&Blob<'_>, &Before)) {
    let mut buffer = text.into_bytes();
    let len = buffer.len();
    buffer.resize(len + Blob::PADDING, 0);
    let origin = Origin::Commit {
        commit,
        path: PathBuf::from(MESSAGE),
    };
    on_blob(&Blob::whole(&origin, &buffer, len), &Before::default());
}

impl Object {
    /// The text in a padded buffer, or why it is passed over; `None` if git does not have it.
    fn scannable(self) -> Option<Result<(Vec<u8>, usize), Skip>> {
        match self {
            Object::Bytes(bytes) if bytes.starts_with(LFS) => Some(Err(Skip::LfsPointer)),
            Object::Bytes(bytes) => Some(text_of(bytes).ok_or(Skip::Binary)),
            Object::TooLarge => Some(Err(Skip::TooLarge)),
            Object::Missing => None,
        }
    }

    /// The text without its padding, if it is one.
    fn text(self) -> Option<Vec<u8>> {
        let Object::Bytes(bytes) = self else { return None };
        text_of(bytes).map(|(mut buffer, len)| {
            buffer.truncate(len);
            buffer
        })
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

/// A text in a padded buffer, UTF-16 decoded; nothing if it is binary.
fn text_of(mut bytes: Vec<u8>) -> Option<(Vec<u8>, usize)> {
    if let Some((order, mark)) = utf16::order(&bytes) {
        let mut text = Vec::new();
        utf16::Utf16Reader::new(&bytes[mark..], order)
            .read_to_end(&mut text)
            .ok()?;
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
        command
            .arg("-C")
            .arg(self.folder)
            .args(args)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .env("GIT_OPTIONAL_LOCKS", "0");
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
                let line = told
                    .lines()
                    .find(|line| !line.trim().is_empty())
                    .unwrap_or("git failed");
                Err(io::Error::other(line.trim_start_matches("fatal: ").to_owned()))
            }
        }
    }

    fn line(&self, args: &[&str]) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&self.output(args)?).trim().to_owned())
    }

    /// What changed, and what was wrong with the rest.
    fn log(&self, options: &GitOptions) -> io::Result<(Log, Option<String>)> {
        const RAW: [&str; 5] = ["--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff"];
        let mut args: Vec<String> = match options.revisions {
            Revisions::Staged => ["diff", "--cached", "--ignore-submodules=all"]
                .map(str::to_owned)
                .into(),
            // Of a merge only what it made itself: what it brings was told with the commits that it brings.
            _ => [
                "log",
                "--topo-order",
                "--reverse",
                log::FORMAT,
                "--root",
                "--diff-merges=dense-combined",
            ]
            .map(str::to_owned)
            .into(),
        };
        args.extend(RAW.map(str::to_owned));
        args.extend(match &options.revisions {
            Revisions::Staged => Vec::new(),
            Revisions::Range(range) => vec![range.clone()],
            Revisions::Since(base) => {
                let fork = self.line(&["merge-base", base, "HEAD"]).map_err(|error| {
                    io::Error::other(format!(
                        "{base}: {error}: no common commit here (a shallow clone?)"
                    ))
                })?;
                vec![format!("{fork}..HEAD")]
            }
            // Nothing was pushed: a branch was deleted.
            Revisions::Pushed(ranges) if ranges.is_empty() => return Ok(Default::default()),
            Revisions::Pushed(ranges) => ranges.clone(),
            Revisions::All if options.reflog => vec!["--all".to_owned(), "--reflog".to_owned()],
            Revisions::All => vec!["--all".to_owned()],
        });
        args.push("--".to_owned());
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        if !matches!(options.revisions, Revisions::All) {
            return Ok((log::parse(&self.output(&args)?), None));
        }
        // A damaged history is read as far as it goes.
        self.line(&["rev-parse", "--git-dir"])?;
        let output = self.command(&args).output()?;
        let told = String::from_utf8_lossy(&output.stderr);
        let error = told
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("git log failed")
            .trim_start_matches("fatal: ")
            .to_owned();
        Ok((
            log::parse(&output.stdout),
            (!output.status.success()).then_some(error),
        ))
    }

    /// What people wrote into tags.
    fn tags(&self) -> io::Result<Vec<(Arc<Commit>, String)>> {
        const FORMAT: &str = "--format=%(objecttype)%00%(refname)%00%(taggername) %(taggeremail)%00%(taggerdate:iso-strict)%00%(contents)%00";
        let output = self
            .output(&["for-each-ref", FORMAT, "refs/tags"])
            .unwrap_or_default();
        let fields: Vec<String> = output
            .split(|byte| *byte == 0)
            .map(|field| String::from_utf8_lossy(field).into_owned())
            .collect();
        let tags = fields
            .chunks_exact(5)
            .filter(|tag| tag[0].trim_start_matches('\n') == "tag");
        Ok(tags
            .map(|tag| {
                let name = tag[1].trim_start_matches("refs/");
                let commit = Commit {
                    order: u32::MAX,
                    hash: name.to_owned(),
                    author: tag[2].clone(),
                    date: tag[3].clone(),
                };
                (Arc::new(commit), tag[4].clone())
            })
            .collect())
    }

    /// Contents that no commit of the log has.
    fn others(&self, seen: &HashSet<String>) -> io::Result<Vec<Change>> {
        let output = self.output(&[
            "cat-file",
            "--batch-all-objects",
            "--unordered",
            "--batch-check=%(objecttype) %(objectname)",
        ])?;
        let text = String::from_utf8_lossy(&output);
        let names = text
            .lines()
            .filter_map(|line| line.strip_prefix("blob "))
            .filter(|name| !seen.contains(*name));
        let commit = Arc::new(Commit {
            order: u32::MAX,
            hash: "unreachable".to_owned(),
            author: "nobody".to_owned(),
            date: String::new(),
        });
        Ok(names
            .map(|name| Change {
                commit: Some(Arc::clone(&commit)),
                path: PathBuf::from(name),
                new: name.to_owned(),
                old: String::new(),
            })
            .collect())
    }
}

/// Any bytes as a log, as a header of an object and as what stands behind it.
#[cfg(fuzzing)]
pub fn fuzz(data: &[u8]) {
    let log = log::parse(data);
    assert!(log.changes.iter().all(|change| !change.new.is_empty()));
    let _ = pushed(&String::from_utf8_lossy(data));
    let mut answers = data;
    while objects::answer(&mut answers, 1 << 20).is_ok() {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_hooks_are_ranges() {
        let zeros = "0".repeat(40);
        let ranges = |text: &str| match pushed(text) {
            Ok(Revisions::Pushed(ranges)) => ranges,
            other => panic!("{other:?}"),
        };
        assert_eq!(ranges("refs/heads/a abc refs/heads/a def\n"), ["abc", "^def"]);
        assert_eq!(
            ranges(&format!("refs/heads/a abc refs/heads/a {zeros}\n")),
            ["abc", "--not", "--remotes"]
        );
        assert_eq!(
            ranges(&format!("{zeros} abc refs/heads/a\nabc {zeros} refs/heads/b\n")),
            ["abc", "--not", "--all"]
        );
        assert!(pushed("what is this line\n of\n").is_err());
    }

    #[test]
    fn lines_that_were_there_before_are_not_new() {
        let before = Before::new(b"a\n  b\nc\n");
        let text = b"c\nb\nnew\n";
        assert_eq!(
            [0, 2, 4].map(|at| before.is_new(text, Span::new(at, at + 1))),
            [false, false, true]
        );
        assert!(Before::default().is_new(text, Span::new(0, 1)));
    }
}

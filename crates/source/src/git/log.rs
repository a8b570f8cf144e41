//! What `git log --raw -z` and `git diff --raw -z` print.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use keysift_finding::{Commit, Skip};

/// What stands before the raw lines of a commit: its hash, author and date, its committer and message, each ended by NUL.
pub(super) const FORMAT: &str = "--format=%x01%H%x00%an <%ae>%x00%aI%x00%cn <%ce>%x00%B%x00";

/// A file that changed.
pub(super) struct Change {
    pub(super) commit: Option<Arc<Commit>>,
    pub(super) path: PathBuf,
    pub(super) new: String,
    /// What it was before; empty if it was not.
    pub(super) old: String,
}

/// What a log tells.
#[derive(Default)]
pub(super) struct Log {
    pub(super) changes: Vec<Change>,
    /// What people wrote themselves: message, author, committer.
    pub(super) messages: Vec<(Arc<Commit>, String)>,
    pub(super) skipped: HashMap<Skip, u64>,
}

/// Reads a log; the same content at the same path counts with its first commit.
pub(super) fn parse(output: &[u8]) -> Log {
    let mut log = Log::default();
    let mut seen: HashSet<(String, PathBuf)> = HashSet::new();
    let mut commit: Option<Arc<Commit>> = None;
    let mut order = 0;
    let mut fields = output
        .split(|byte| *byte == 0)
        .map(|field| field.strip_prefix(b"\n").unwrap_or(field))
        .peekable();
    while let Some(field) = fields.next() {
        let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
        if let Some(hash) = field.strip_prefix(b"\x01") {
            order += 1;
            let made = Arc::new(Commit {
                order,
                hash: text(Some(hash)),
                author: text(fields.next()),
                date: text(fields.next()),
            });
            let (committer, message) = (text(fields.next()), text(fields.next()));
            log.messages.push((
                Arc::clone(&made),
                format!("{message}\nAuthor: {}\nCommitter: {committer}\n", made.author),
            ));
            commit = Some(made);
            continue;
        }
        let Some((change, path)) = raw(field).zip(fields.next_if(|_| field.starts_with(b":"))) else {
            continue;
        };
        match change.mode.as_str() {
            "120000" => *log.skipped.entry(Skip::SymbolicLink).or_default() += 1,
            "100644" | "100755" | "100664" if !change.new.is_empty() => {
                let path = PathBuf::from(text(Some(path)));
                if seen.insert((change.new.clone(), path.clone())) {
                    log.changes.push(Change {
                        commit: commit.clone(),
                        path,
                        new: change.new,
                        old: change.old,
                    });
                }
            }
            // Gone, or a submodule, which is a repository of its own.
            _ => {}
        }
    }
    log
}

/// A raw line: mode and name after the change, and the name before it; a name of zeros is none.
struct Raw {
    mode: String,
    new: String,
    old: String,
}

/// `:` and a mode for each parent, a mode, a name for each parent, a name, what happened; one `:` for each parent.
fn raw(field: &[u8]) -> Option<Raw> {
    let parents = field.iter().take_while(|byte| **byte == b':').count();
    let line = String::from_utf8_lossy(field.get(parents..).filter(|_| parents > 0)?);
    let words: Vec<&str> = line.split(' ').collect();
    let name = |at: usize| {
        words.get(at).map(|name| {
            if name.bytes().all(|byte| byte == b'0') {
                String::new()
            } else {
                (*name).to_owned()
            }
        })
    };
    Some(Raw {
        mode: (*words.get(parents)?).to_owned(),
        new: name(2 * parents + 1)?,
        old: name(parents + 1)?,
    })
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
        let Log { changes, skipped, .. } = parse(staged.as_bytes());
        let shown: Vec<_> = changes
            .iter()
            .map(|change| {
                (
                    change.path.to_str().unwrap(),
                    change.new.as_str(),
                    change.old.as_str(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("new.txt", one.as_str(), ""),
                ("sub dir/old\n.txt", two.as_str(), one.as_str())
            ]
        );
        assert_eq!(skipped, HashMap::from([(Skip::SymbolicLink, 1)]));
        let log = format!(
            "\x01abc\0A <a@b>\x002026-01-01\0A <a@b>\0why\0\0:000000 100644 {zeros} {one} A\0x\0\x01def\0B <b@b>\x002026-01-02\0B <b@b>\0and why\n\0\0::100644 100644 100644 {one} {two} {three} MM\0x\0"
        );
        let Log {
            changes, messages, ..
        } = parse(log.as_bytes());
        let shown: Vec<_> = changes
            .iter()
            .map(|change| {
                (
                    change.commit.as_ref().unwrap().hash.as_str(),
                    change.new.as_str(),
                    change.old.as_str(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [("abc", one.as_str(), ""), ("def", three.as_str(), one.as_str())]
        );
        assert_eq!(messages[1].1, "and why\n\nAuthor: B <b@b>\nCommitter: B <b@b>\n");
        assert_eq!((messages[0].0.order, messages[1].0.order), (1, 2));
    }
}

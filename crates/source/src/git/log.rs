//! Parses the output of `git diff-tree --stdin --raw -z` and `git diff-index --raw -z`.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use keysift_finding::{Commit, Skip};

/// The format of a commit before its raw lines: hash, author and date, each terminated by NUL.
pub(super) const FORMAT: &str = "--format=%x01%H%x00%an <%ae>%x00%aI%x00";

/// A changed file.
pub(super) struct Change {
    pub(super) commit: Option<Arc<Commit>>,
    pub(super) path: PathBuf,
    pub(super) new: String,
    /// The previous object id; empty if the file is new.
    pub(super) old: String,
    /// The previous path, if the file was renamed.
    pub(super) from: Option<PathBuf>,
}

/// A parsed log.
#[derive(Default)]
pub(super) struct Log {
    pub(super) changes: Vec<Change>,
    /// Commits and tags whose own text is read, by their hashes.
    pub(super) messages: Vec<(Arc<Commit>, String)>,
    pub(super) skipped: BTreeMap<Skip, u64>,
    /// Unmerged files of the index.
    pub(super) unmerged: Vec<PathBuf>,
}

/// Parses a log. The same change can occur several times.
pub(super) fn parse(output: &[u8]) -> Log {
    let mut log = Log::default();
    let mut passed: HashSet<PathBuf> = HashSet::new();
    let mut commit: Option<Arc<Commit>> = None;
    let mut order = 0;
    let mut fields = output.split(|byte| *byte == 0);
    while let Some(field) = fields.next() {
        // A line break separates a commit's fields from its changes.
        let field = field.strip_prefix(b"\n").unwrap_or(field);
        let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
        if let Some(hash) = field.strip_prefix(b"\x01") {
            order += 1;
            let made = Arc::new(Commit {
                order,
                hash: text(Some(hash)),
                author: text(fields.next()),
                date: text(fields.next()),
            });
            log.messages.push((Arc::clone(&made), made.hash.clone()));
            commit = Some(made);
            continue;
        }
        let Some(change) = raw(field) else { continue };
        // For a renamed file, the old path comes first.
        let Some(from) = change
            .renamed
            .then(|| fields.next().map(path))
            .map_or(Some(None), |old| old.map(Some))
        else {
            break;
        };
        let Some(path) = fields.next().map(path) else {
            break;
        };
        let skip = match change.mode.as_str() {
            _ if change.unmerged => {
                log.unmerged.push(path);
                continue;
            }
            "120000" => Skip::SymbolicLink,
            "160000" => Skip::Submodule,
            mode if mode.starts_with("100") && !change.new.is_empty() => {
                log.changes.push(Change {
                    commit: commit.clone(),
                    path,
                    new: change.new,
                    old: change.old,
                    from,
                });
                continue;
            }
            // Deleted.
            _ => continue,
        };
        if passed.insert(path) {
            *log.skipped.entry(skip).or_default() += 1;
        }
    }
    log
}

/// Converts a path from git; on Unix it can contain any byte except NUL.
pub(crate) fn path(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// A raw line: mode and object id after the change, and the previous object id. All zeros mean none.
struct Raw {
    mode: String,
    new: String,
    old: String,
    unmerged: bool,
    /// Whether two paths follow. Merges always have one.
    renamed: bool,
}

/// Parses `:` for each parent, a mode for each parent, the new mode, an object id for each parent, the new
/// object id, and the status.
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
        unmerged: words.last() == Some(&"U"),
        renamed: parents == 1 && words.last().is_some_and(|status| status.starts_with(['R', 'C'])),
    })
}

/// Creates a change for content that is entirely new.
pub(super) fn whole(commit: &Arc<Commit>, path: PathBuf, name: &str) -> Change {
    Change {
        commit: Some(Arc::clone(commit)),
        path,
        new: name.to_owned(),
        old: String::new(),
        from: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_of_git_is_parsed() {
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
        assert_eq!(skipped, BTreeMap::from([(Skip::SymbolicLink, 1)]));
        let log = format!(
            "\x01abc\0A <a@b>\x002026-01-01\0\0\n:000000 100644 {zeros} {one} A\0x\0\x01def\0B <b@b>\x002026-01-02\0\0::100644 100644 100644 {one} {two} {three} MM\0x\0"
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
        assert_eq!(messages[1].1, "def");
        assert_eq!((messages[0].0.order, messages[1].0.order), (1, 2));
    }

    #[test]
    fn names_of_any_bytes_and_entries_that_are_not_files() {
        let (zeros, one, two) = ("0".repeat(40), "1".repeat(40), "2".repeat(40));
        let mut text = format!(":000000 100644 {zeros} {one} A\0\nname\0").into_bytes();
        text.extend(
            format!(":000000 160000 {zeros} {two} A\0sub\0:100644 000000 {one} {zeros} U\0both\0").bytes(),
        );
        text.extend(format!(":{m} 100644 {one} {two} M\0", m = "100644").bytes());
        text.extend(b"f\xFFg\0");
        // The same content in another change.
        text.extend(format!(":000000 100644 {zeros} {two} M\0").bytes());
        text.extend(b"f\xFFg\0");
        let log = parse(&text);
        assert_eq!(log.skipped, BTreeMap::from([(Skip::Submodule, 1)]));
        assert_eq!(log.unmerged, [PathBuf::from("both")]);
        let paths: Vec<_> = log.changes.iter().map(|change| change.path.clone()).collect();
        assert_eq!(paths, [path(b"\nname"), path(b"f\xFFg"), path(b"f\xFFg")]);
    }
}

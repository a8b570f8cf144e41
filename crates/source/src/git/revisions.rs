//! Revisions to read, and their validation: no argument of a user, CI service or hook may become an option of
//! git.

use std::io;

/// The revisions to read.
#[derive(Clone, Debug)]
pub enum Revisions {
    /// What the next commit adds: the index compared with `HEAD`.
    Staged,
    /// What the commits of a range add, in the syntax of `git rev-list`: `main..topic`. Created by [`range`].
    Range(String),
    /// What the branch adds since it left this revision. Created by [`since`].
    Since(String),
    /// All commits of all references.
    All,
    /// What a push adds. Created by [`pushed`].
    Pushed(Push),
}

/// What a push adds: only hashes, as passed to hooks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Push {
    /// New values of references; commits or tags.
    pub(super) new: Vec<String>,
    /// Old values of references on the receiving side.
    pub(super) old: Vec<String>,
    /// Whether a reference is new on the receiving side.
    pub(super) fresh: bool,
    /// The receiving side.
    pub(super) side: Side,
}

/// The receiving side of a push; objects that it has are not new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Side {
    /// This repository (`pre-receive`).
    #[default]
    Here,
    /// The remote with this name, if it is known. Otherwise only objects that all remotes have are old.
    Remote(Option<String>),
}

/// Parses a range of commits.
///
/// # Errors
/// If it is not a range, or always empty because a variable was empty.
pub fn range(text: &str) -> Result<Revisions, String> {
    let text = plain(text, "--range")?;
    let sides = text.split_once("...").or_else(|| text.split_once(".."));
    let name = |side: &str| match side.trim() {
        "" | "@" => "HEAD".to_owned(),
        side => side.to_owned(),
    };
    match sides {
        Some((from, to)) if name(from) == name(to) => Err(format!(
            "--range `{text}` is always empty: both sides are the same (is a variable empty?)"
        )),
        _ => Ok(Revisions::Range(text.to_owned())),
    }
}

/// Parses a base revision.
///
/// # Errors
/// If it is not a revision.
pub fn since(text: &str) -> Result<Revisions, String> {
    plain(text, "--since").map(|text| Revisions::Since(text.to_owned()))
}

/// Rejects a revision that git could take for an option or several words.
fn plain<'t>(text: &'t str, option: &str) -> Result<&'t str, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("{option} is empty (is a variable empty?)"));
    }
    if text.starts_with('-') || text.chars().any(|letter| letter.is_control()) {
        return Err(format!(
            "{option} takes a git revision, not `{}`",
            text.escape_debug()
        ));
    }
    Ok(text)
}

/// Parses the lines that git passes to hooks on standard input: `pre-push` (local name and hash, remote name
/// and hash) or `pre-receive` (old hash, new hash, name). A new branch adds what no branch of the remote has,
/// or no other branch of this repository. `remote` is the name of the remote, if known.
///
/// # Errors
/// If a line has neither form.
pub fn pushed(lines: &str, remote: Option<&str>) -> Result<Revisions, String> {
    let zero = |hash: &str| hash.bytes().all(|byte| byte == b'0');
    let mut push = Push::default();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (old, new, side) = match words[..] {
            [_, new, _, old] => (old, new, Side::Remote(remote.map(str::to_owned))),
            [old, new, _] => (old, new, Side::Here),
            _ => return Err(malformed(line)),
        };
        if ![old, new]
            .iter()
            .all(|hash| hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            return Err(malformed(line));
        }
        match (zero(old), zero(new)) {
            (_, true) => {}
            (false, false) => {
                push.new.push(new.to_owned());
                push.old.push(old.to_owned());
            }
            (true, false) => {
                push.fresh = true;
                push.new.push(new.to_owned());
            }
        }
        push.side = side;
    }
    Ok(Revisions::Pushed(push))
}

fn malformed(line: &str) -> String {
    format!(
        "`{}` is not a line of a git pre-push or pre-receive hook",
        line.escape_debug()
    )
}

/// Why there is nothing to compare with: git found no merge base with `base`.
pub(super) fn no_fork(base: &str, error: &io::Error) -> io::Error {
    let is_unknown = error.to_string().contains("Not a valid object name");
    io::Error::other(match is_unknown {
        true => format!("there is no branch, tag or commit `{base}`"),
        false => format!("{base} has no common ancestor with HEAD (a shallow clone?)"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_hooks_are_ranges() {
        let zeros = "0".repeat(40);
        let push = |text: &str| match pushed(text, Some("origin")) {
            Ok(Revisions::Pushed(push)) => push,
            other => panic!("{other:?}"),
        };
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let known = push("refs/heads/a abc refs/heads/a def\n");
        assert_eq!(
            (known.new, known.old, known.fresh),
            (words(&["abc"]), words(&["def"]), false)
        );
        let fresh = push(&format!("refs/heads/a abc refs/heads/a {zeros}\n"));
        assert_eq!((fresh.new, fresh.old), (words(&["abc"]), words(&[])));
        assert_eq!(
            (fresh.fresh, fresh.side),
            (true, Side::Remote(Some("origin".to_owned())))
        );
        let received = push(&format!("{zeros} abc refs/heads/a\nabc {zeros} refs/heads/b\n"));
        assert_eq!(
            (received.new, received.fresh, received.side),
            (words(&["abc"]), true, Side::Here)
        );
        for line in [
            "what is this line\n of\n",
            "a --output=x b abc",
            "--all abc name",
            "^abc def name",
        ] {
            assert!(pushed(line, None).is_err(), "{line}");
        }
    }

    #[test]
    fn revisions_are_no_options_and_ranges_not_empty() {
        for text in [
            "",
            " ",
            "..",
            "...",
            "HEAD..",
            "..HEAD",
            "@..",
            "a..a",
            "a...a",
            "--all",
            "--output=x",
            "-p",
            " -p",
            "a\n--all",
        ] {
            assert!(range(text).is_err(), "{text}");
        }
        for text in ["", " ", "--all", "-1", "a\0b"] {
            assert!(since(text).is_err(), "{text}");
        }
        for text in ["a..b", "a..", "..b", "a...b", "v1.0..v1.1", "topic", "^a", "a^!"] {
            assert!(range(text).is_ok(), "{text}");
        }
    }
}

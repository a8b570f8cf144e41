//! What to ask git for, and whether it can be asked for: nothing that a user, a pipeline or a hook says may be an option of git.

/// What to ask git for.
#[derive(Clone, Debug)]
pub enum Revisions {
    /// What the next commit adds: the index against the last commit.
    Staged,
    /// What the commits of a range add, as `git rev-list` reads it: `main..topic`. From [`range`].
    Range(String),
    /// What a branch adds since it left this revision. From [`since`].
    Since(String),
    /// Every commit of every reference.
    All,
    /// What a push adds. From [`pushed`].
    Pushed(Push),
}

/// What a push adds: hashes alone, as hooks are given them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Push {
    /// What references are now; commits or tags.
    pub(super) new: Vec<String>,
    /// What they were on the other side.
    pub(super) old: Vec<String>,
    /// Whether a reference is new on the other side.
    pub(super) fresh: bool,
    /// Who the other side is.
    pub(super) side: Side,
}

/// The other side of a push: what it has is not new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Side {
    /// This repository (`pre-receive`): what its references have is known.
    #[default]
    Here,
    /// A remote of this name, if the name is known. If not, only what every remote has is known.
    Remote(Option<String>),
}

/// A range of commits.
///
/// # Errors
/// If it is none, or always an empty one: a variable was empty.
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

/// What a branch adds since it left a revision.
///
/// # Errors
/// If it is no revision.
pub fn since(text: &str) -> Result<Revisions, String> {
    plain(text, "--since").map(|text| Revisions::Since(text.to_owned()))
}

/// A revision that git cannot take for an option or for several words.
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

/// What the lines say that git gives its hooks on standard input: `pre-push` (four words: local name and hash, remote name and hash) and
/// `pre-receive` (three: old hash, new hash, name). A new branch adds what the other side of a push, or no other branch here, has; `remote`
/// is the name of the other side, if it is known.
///
/// # Errors
/// If a line is neither.
pub fn pushed(lines: &str, remote: Option<&str>) -> Result<Revisions, String> {
    let zero = |hash: &str| hash.bytes().all(|byte| byte == b'0');
    let mut push = Push::default();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (old, new, side) = match words[..] {
            [_, new, _, old] => (old, new, Side::Remote(remote.map(str::to_owned))),
            [old, new, _] => (old, new, Side::Here),
            _ => return Err(strange(line)),
        };
        if ![old, new]
            .iter()
            .all(|hash| hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            return Err(strange(line));
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

fn strange(line: &str) -> String {
    format!(
        "`{}` is not a line of a git pre-push or pre-receive hook",
        line.escape_debug()
    )
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

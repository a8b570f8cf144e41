//! Selects what a git hook scans, and prints advice when it blocks: for git's own hooks and for pre-commit.

use std::{
    collections::HashSet,
    io::{self, Write},
    path::{Path, PathBuf},
};

use keysift_policy::Suppressions;
use keysift_report::{Finished, Terminal, counted};

/// What a hook scans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The index: what is staged for the next commit.
    Index,
    /// What the commits of a range add.
    Range(String),
    /// The working tree.
    Tree,
}

/// What a hook scans, and the files whose findings are reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// What is scanned.
    pub target: Target,
    /// Of the tree, only findings in these files are reported; empty means all.
    only: HashSet<PathBuf>,
    /// Findings in these files are not reported.
    except: HashSet<PathBuf>,
}

impl Guard {
    /// Reads the environment and the file names that the hook gets. pre-commit passes the staged files, all
    /// files of the repository (`--all-files`), or some (`--files`). For a range (`--from-ref`, `--to-ref`,
    /// or a push) it sets both ends.
    ///
    /// # Errors
    /// If git is missing, or the folder is not a repository.
    pub fn of(variable: &dyn Fn(&str) -> Option<String>, files: &[PathBuf]) -> io::Result<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let (Some(from), Some(to)) = (set("PRE_COMMIT_FROM_REF"), set("PRE_COMMIT_TO_REF")) {
            return Ok(Self::all(Target::Range(format!("{from}..{to}"))));
        }
        if files.is_empty() {
            return Ok(Self::all(Target::Index));
        }
        let staged = keysift_source::staged(Path::new("."))?;
        Ok(Self::of_files(files, staged))
    }

    fn all(target: Target) -> Self {
        Self {
            target,
            only: HashSet::new(),
            except: HashSet::new(),
        }
    }

    fn of_files(files: &[PathBuf], staged: Vec<PathBuf>) -> Self {
        let plain = |file: &PathBuf| file.strip_prefix(".").unwrap_or(file).to_owned();
        let named: HashSet<PathBuf> = files.iter().map(plain).collect();
        let staged: HashSet<PathBuf> = staged.into_iter().collect();
        // pre-commit omits the files that its configuration excludes.
        match named.is_subset(&staged) {
            true => Self {
                except: staged.difference(&named).cloned().collect(),
                ..Self::all(Target::Index)
            },
            false => Self {
                only: named,
                ..Self::all(Target::Tree)
            },
        }
    }

    /// Suppresses findings in files that are not reported.
    pub fn restrict(self, suppressions: &mut Suppressions) {
        let Self { only, except, .. } = self;
        if !only.is_empty() {
            let excluded = move |path: &str| !only.contains(Path::new(path));
            suppressions.excluded.push(Box::new(excluded));
        }
        if !except.is_empty() {
            let excluded = move |path: &str| except.contains(Path::new(path));
            suppressions.excluded.push(Box::new(excluded));
        }
    }
}

/// Writes what to do about a blocked commit or push.
///
/// # Errors
/// If it cannot be written.
pub fn advise(finished: &Finished, is_push: bool, is_client: bool, out: &mut dyn Write) -> io::Result<()> {
    let failing: Vec<_> = finished.findings().filter(|finding| finding.fails()).collect();
    let Some(first) = failing.first() else {
        return Ok(());
    };
    let what = if is_push { "push" } else { "commit" };
    let count = counted(failing.len() as u64, "finding");
    let (rule, file) = (&first.rule().id, first.shown());
    let file = file.to::<Terminal>();
    writeln!(out, "\nkeysift blocked this {what}: {count}.")?;
    let remove = match is_push {
        true => "take the secret out of the commits (git rebase -i), and rotate it if others could read it",
        false => {
            "take the secret out of the file, then `git add` the file again; if it was pushed before, rotate it"
        }
    };
    writeln!(out, "  remove  {remove}")?;
    writeln!(
        out,
        "  allow   a false positive: add `keysift:ignore {rule} -- reason` in a comment on the line (or [[allow]] in keysift.toml)"
    )?;
    writeln!(
        out,
        "          findings that the team accepts: `keysift baseline update` (or `create`), and commit the file"
    )?;
    let skip = match (is_push, is_client) {
        (false, true) => "SKIP=keysift git commit …",
        (true, true) => "SKIP=keysift git push …",
        (false, false) => "git commit --no-verify …",
        (true, false) => "git push --no-verify …",
    };
    writeln!(out, "  skip    this once: {skip}")?;
    let line = first.start().line;
    writeln!(
        out,
        "  more    `keysift explain {rule}`, `keysift explain {file}:{line}`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn files_that_are_staged_mean_the_index_and_others_the_tree() {
        let staged = || paths(&["a", "b/c"]);
        let guard = Guard::of_files(&paths(&["./a"]), staged());
        assert_eq!(guard.target, Target::Index);
        assert_eq!(guard.except, HashSet::from(["b/c".into()]));
        let guard = Guard::of_files(&paths(&["a", "z"]), staged());
        assert_eq!(guard.target, Target::Tree);
        assert_eq!(guard.only.len(), 2);
    }

    #[test]
    fn a_range_comes_from_the_client() {
        let set = |name: &str| match name {
            "PRE_COMMIT_FROM_REF" => Some("v1".to_owned()),
            "PRE_COMMIT_TO_REF" => Some("HEAD".to_owned()),
            _ => None,
        };
        let guard = Guard::of(&set, &paths(&["a"])).expect("no git is asked");
        assert_eq!(guard.target, Target::Range("v1..HEAD".to_owned()));
        let guard = Guard::of(&|_| None, &[]).expect("no git is asked");
        assert_eq!(guard.target, Target::Index);
    }

    #[test]
    fn findings_in_other_files_are_suppressed() {
        let mut suppressions = Suppressions::default();
        Guard::of_files(&paths(&["a", "z"]), paths(&["a"])).restrict(&mut suppressions);
        Guard::of_files(&paths(&["a"]), paths(&["a", "b"])).restrict(&mut suppressions);
        let excluded = |path: &str| suppressions.excluded.iter().any(|asked| asked(path));
        assert!(!excluded("a") && excluded("b") && excluded("other"));
    }
}

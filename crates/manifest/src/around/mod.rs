//! What lies around the files that were read: files that git ignores, files that a policy is about. Checks of all files ask for it; who runs
//! them answers.

mod ignore;

use std::rc::Rc;

pub(crate) use ignore::{DockerIgnore, glob};

/// Answers about files. Paths are those of reports, with `/`.
pub trait Surroundings {
    /// The files below a folder, relative to it, also those that git ignores; sorted. Where there are too many, the first ones.
    fn files(&self, folder: &str) -> Rc<[String]>;

    /// The text of a file, if it is one and no longer than a mebibyte.
    fn read(&self, path: &str) -> Option<String>;

    /// Whether a file holds a secret: a pattern, or a sensitive name with a value that looks it.
    fn holds_secret(&self, path: &str) -> bool;

    /// Whether a regular expression fits somewhere in a text; `None` if it is none.
    fn fits(&self, pattern: &str, text: &str) -> Option<bool>;
}

/// No surroundings: standard input has none.
#[derive(Clone, Copy, Debug)]
pub struct NoSurroundings;

impl Surroundings for NoSurroundings {
    fn files(&self, _folder: &str) -> Rc<[String]> {
        Rc::default()
    }

    fn read(&self, _path: &str) -> Option<String> {
        None
    }

    fn holds_secret(&self, _path: &str) -> bool {
        false
    }

    fn fits(&self, _pattern: &str, _text: &str) -> Option<bool> {
        None
    }
}

/// A path in a folder; `.` and `..` are resolved as far as they can be.
pub(crate) fn join(folder: &str, path: &str) -> String {
    let absolute = if path.starts_with('/') || folder.starts_with('/') {
        "/"
    } else {
        ""
    };
    let mut parts: Vec<&str> = Vec::new();
    let folder = if path.starts_with('/') { "" } else { folder };
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("{absolute}{}", parts.join("/"))
}

/// The folder of a path; empty where it has none.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_and_resolved() {
        for (folder, path, joined) in [
            ("", "a", "a"),
            ("./x", "../a", "a"),
            ("/x/y", ".", "/x/y"),
            ("x", "/a", "/a"),
            ("x", "../../a", "../a"),
            ("..", "a", "../a"),
        ] {
            assert_eq!(join(folder, path), joined, "{folder} {path}");
        }
        assert_eq!([folder("a/b/c"), folder("c")], ["a/b", ""]);
    }
}

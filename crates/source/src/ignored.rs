//! Whether a scan skips a file, for editors, which have one file and no scan.

use std::path::Path;

use ignore::WalkBuilder;

use crate::{
    Stop,
    ignores::{self, Ignores},
    tracked::Tracked,
};

/// Whether a scan of `folder` skips a file below it: ignore files match it, and git does not track it. A file that does not exist, or is
/// elsewhere, is not ignored.
pub fn is_ignored(folder: &Path, file: &Path) -> bool {
    // Resolves links, so that one path is a prefix of the other.
    let (Ok(folder), Ok(file)) = (folder.canonicalize(), file.canonicalize()) else {
        return false;
    };
    if !file.starts_with(&folder) || !Ignores::default().can_read_above(file.parent().unwrap_or(&folder)) {
        return false;
    }
    // Walks only the folders on the path to the file.
    let wanted = file.clone();
    let mut walk = WalkBuilder::new(&folder);
    walk.add_custom_ignore_filename(ignores::KEYSIFT)
        .hidden(false)
        .follow_links(false)
        .filter_entry(move |entry| wanted.starts_with(entry.path()));
    if walk.build().flatten().any(|entry| entry.path() == file) {
        return false;
    }
    let tracked = Tracked::default();
    tracked.root(&folder);
    !tracked.skipped(&folder, &Stop::default()).files.contains(&file)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    // `tests/git.rs` has the files that git tracks: it starts git.
    #[test]
    fn as_a_scan_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at(".git")).unwrap();
        fs::create_dir_all(at("a/out")).unwrap();
        let names = ["a/x.py", "a/.env", "a/out/y.py", "a/skipped.txt"];
        for name in names {
            fs::write(at(name), "x").unwrap();
        }
        fs::write(at(".gitignore"), "*.env\n.env\nout/\n").unwrap();
        fs::write(at("a/.keysiftignore"), "skipped.txt\n").unwrap();
        let found = names.map(|name| is_ignored(folder.path(), &at(name)));
        assert_eq!(found, [false, true, true, true]);
        assert!(!is_ignored(folder.path(), &at("a/new.env")), "not saved yet");
        assert!(!is_ignored(&at("a/out"), &at("a/.env")), "elsewhere");
    }
}

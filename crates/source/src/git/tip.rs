//! Reads files at the tip of the branch.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use keysift_finding::{Blob, Location, Origin};

use super::{
    GitOptions, content,
    objects::{Object, Objects},
};

/// Reads files as of `HEAD`: those in `paths`, and archives with members in `paths`.
///
/// # Errors
/// If git is not installed.
pub fn each_tip(
    options: &GitOptions,
    paths: &BTreeSet<PathBuf>,
    on_blob: impl Fn(&Blob<'_>) + Sync,
) -> io::Result<()> {
    if paths.is_empty() || options.stop.why().is_some() {
        return Ok(());
    }
    let git = options.git();
    // A branch without commits has no files.
    let Ok(files) = git.files("HEAD") else {
        return Ok(());
    };
    let files: BTreeMap<PathBuf, String> = files.into_iter().collect();
    let wanted: BTreeMap<&Path, &String> = paths.iter().filter_map(|path| holder(path, &files)).collect();
    let mut objects = Objects::new(&git, wanted.values().map(|name| (*name).clone()).collect());
    for path in wanted.into_keys() {
        let Some(object) = objects.next(options.max_file_bytes)? else {
            break;
        };
        let Object::Bytes(bytes) = object else { continue };
        let origin = |member: &str| Origin::File(Location::named(path).member(member));
        let reading = options.reading();
        reading.silent(&on_blob, |sink| content::read(&origin, bytes, sink));
    }
    Ok(())
}

/// Returns the file for a path: the path itself, or the part before a `!` that separates an archive from its
/// member.
fn holder<'f>(path: &Path, files: &'f BTreeMap<PathBuf, String>) -> Option<(&'f Path, &'f String)> {
    let known = |path: &Path| {
        files
            .get_key_value(path)
            .map(|(path, name)| (path.as_path(), name))
    };
    known(path).or_else(|| {
        let text = path.to_str()?;
        text.match_indices('!')
            .find_map(|(at, _)| known(Path::new(&text[..at])))
    })
}

//! What of a history is still there.

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

/// Reads files as the last commit of the branch has them: those that `paths` names, and those that hold a member of an archive that it names.
///
/// # Errors
/// If git is not there.
pub fn each_tip(
    options: &GitOptions,
    paths: &BTreeSet<PathBuf>,
    on_blob: impl Fn(&Blob<'_>) + Sync,
) -> io::Result<()> {
    if paths.is_empty() || options.stop.why().is_some() {
        return Ok(());
    }
    let git = options.git();
    // A branch without a commit has no files.
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

/// The file that a path names: itself, or what stands before a `!` that begins the name of a member.
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

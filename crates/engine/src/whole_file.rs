//! Writes files atomically.

use std::{
    fs::{self, File, Metadata, Permissions},
    io,
    path::Path,
};

use tempfile::NamedTempFile;

/// Writes a file that the user named. It gets its name only when it is complete, and keeps the permissions of
/// the file that it replaces. Devices and pipes are written directly.
///
/// # Errors
/// If it cannot be written.
pub fn write<T>(path: &Path, write: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
    let metadata = fs::symlink_metadata(path);
    // Renaming over a device would replace it. Links are not followed, because a repository may contain them,
    // except links of the system (`/dev/stdout`).
    let system = path.starts_with("/dev") || path.starts_with("/proc");
    let direct = metadata
        .as_ref()
        .is_ok_and(|metadata| !metadata.is_file() && (system || !metadata.is_symlink()));
    if direct {
        return write(&mut File::options().write(true).open(path)?);
    }
    match metadata.as_ref().ok().filter(|metadata| metadata.is_file()) {
        Some(metadata) => replace(path, metadata, write),
        None => create(path, None, write),
    }
}

/// Creates the folder of a file whose path is a default and not named by the user. The path may be in a
/// scanned repository, so links are not followed.
///
/// # Errors
/// If it cannot be created, or is a link.
pub fn make_folder(file: &Path) -> io::Result<()> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    if fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_symlink()) {
        let folder = folder.display();
        return Err(io::Error::other(format!(
            "{folder} is a link: the report is not written through it"
        )));
    }
    fs::create_dir_all(folder)
}

/// Replaces a file; it keeps its permissions.
///
/// # Errors
/// If it cannot be written.
pub fn replace<T>(
    path: &Path,
    metadata: &Metadata,
    write: impl FnOnce(&mut File) -> io::Result<T>,
) -> io::Result<T> {
    create(path, Some(metadata.permissions()), write)
}

/// Writes to a temporary file in the same folder and renames it when it is complete. A link at `path` is
/// replaced and not followed. The temporary name is random and must not exist, so a repository cannot place a
/// link there.
fn create<T>(
    path: &Path,
    permissions: Option<Permissions>,
    write: impl FnOnce(&mut File) -> io::Result<T>,
) -> io::Result<T> {
    if path.file_name().is_none() {
        return Err(io::Error::other("names no file"));
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut partial = new_file(folder).map_err(|error| plain(&error))?;
    let value = write(partial.as_file_mut())?;
    if let Some(permissions) = permissions {
        partial.as_file().set_permissions(permissions)?;
    }
    partial.persist(path).map_err(|error| error.error)?;
    Ok(value)
}

/// The error of the system, without the name of a temporary file, which says nothing to the user.
fn plain(error: &io::Error) -> io::Error {
    let inner = error.get_ref().and_then(|error| error.source());
    let code = inner
        .and_then(|error| error.downcast_ref::<io::Error>())
        .and_then(io::Error::raw_os_error);
    code.map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

/// Creates a temporary file with the permissions that the umask allows; the default of `tempfile` is 0600.
#[cfg(unix)]
fn new_file(folder: &Path) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;

    tempfile::Builder::new()
        .prefix(".keysift-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
}

#[cfg(not(unix))]
fn new_file(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".keysift-").tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_failed_write_leaves_no_file_and_keeps_the_old_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("report");
        let half = |out: &mut File| {
            out.write_all(b"half")?;
            Err::<(), _>(io::Error::other("no more room"))
        };
        write(&file, half).expect_err("it failed");
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 0);
        write(&file, |out| out.write_all(b"whole")).expect("it is written");
        write(&file, half).expect_err("it failed");
        assert_eq!(fs::read(&file).expect("readable"), b"whole");
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().expect("a folder");
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "old").expect("writable");
        fs::set_permissions(&target, Permissions::from_mode(0o640)).expect("ours");
        symlink(&target, &link).expect("a link");
        write(&link, |out| out.write_all(b"new")).expect("it is written");
        assert_eq!(fs::read(&target).expect("readable"), b"old");
        assert!(fs::symlink_metadata(&link).expect("there").is_file());
        write(&target, |out| out.write_all(b"new")).expect("it is written");
        assert_eq!(
            fs::metadata(&target).expect("there").permissions().mode() & 0o777,
            0o640
        );
    }
}

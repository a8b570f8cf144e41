//! Where reports and complaints go.

use std::{
    fs::{self, File, Metadata, Permissions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anstream::{AutoStream, ColorChoice, adapter::StripBytes};
use anyhow::{Context, Result};
use keysift_report::{Foreign, Terminal};
use tempfile::NamedTempFile;

/// A place to write a report to. A file appears under its name only when it is complete.
pub(crate) enum Output {
    /// Standard output, with colours where they can be seen.
    Stdout(ColorChoice),
    /// A file.
    File(PathBuf),
    /// The memory of whoever asked.
    Memory(Arc<Mutex<Vec<u8>>>),
}

impl Output {
    /// Writes with `write`.
    pub(crate) fn write<T>(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> Result<T> {
        match self {
            Output::Stdout(colours) => {
                let stdout = io::stdout();
                let choice = if *colours == ColorChoice::Auto {
                    AutoStream::choice(&stdout)
                } else {
                    *colours
                };
                let written = match choice {
                    ColorChoice::Never => write(&mut plain(stdout.lock())),
                    choice => write(&mut BufWriter::with_capacity(
                        ROOM,
                        AutoStream::new(stdout.lock(), choice),
                    )),
                };
                written.context("cannot write to standard output")
            }
            Output::Memory(bytes) => {
                let value = write(&mut *bytes.lock().unwrap_or_else(PoisonError::into_inner))?;
                Ok(value)
            }
            Output::File(path) => {
                to_file(path, write).with_context(|| format!("cannot write {}", path.display()))
            }
        }
    }
}

/// Bytes that are collected before they are written.
const ROOM: usize = 64 << 10;

/// A writer without colours.
fn plain<W: Write>(out: W) -> BufWriter<Plain<W>> {
    BufWriter::with_capacity(
        ROOM,
        Plain {
            out: BufWriter::with_capacity(ROOM, out),
            strip: StripBytes::new(),
        },
    )
}

/// Takes colours out. What is left of them is collected again: it comes in small pieces, and each would be a call of the system.
struct Plain<W: Write> {
    out: BufWriter<W>,
    strip: StripBytes,
}

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.strip
            .strip_next(bytes)
            .try_for_each(|part| self.out.write_all(part))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn to_file<T>(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
    let metadata = fs::symlink_metadata(path);
    // A device or a pipe is written to as it is; what is renamed over it would take its place. Links are not followed, since a repository
    // may have put them there; those of the system (`/dev/stdout`) are.
    let system = path.starts_with("/dev") || path.starts_with("/proc");
    let direct = metadata
        .as_ref()
        .is_ok_and(|metadata| !metadata.is_file() && (system || !metadata.is_symlink()));
    if direct {
        return write(&mut plain(File::options().write(true).open(path)?));
    }
    let in_full = |file: &mut File| {
        let mut out = plain(file);
        let value = write(&mut out)?;
        out.flush()?;
        Ok(value)
    };
    match metadata.as_ref().ok().filter(|metadata| metadata.is_file()) {
        Some(metadata) => replace(path, metadata, in_full),
        None => create(path, None, in_full),
    }
}

/// Replaces a file whole or not at all; it keeps its permissions.
pub(crate) fn replace<T>(
    path: &Path,
    metadata: &Metadata,
    write: impl FnOnce(&mut File) -> io::Result<T>,
) -> io::Result<T> {
    create(path, Some(metadata.permissions()), write)
}

/// Writes a file beside its name, and gives it the name when it is complete: a link under that name is replaced, not followed. The name it
/// is written under is random and taken by nobody: a repository cannot lay a link there.
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
    let mut partial = new_file(folder)?;
    let value = write(partial.as_file_mut())?;
    if let Some(permissions) = permissions {
        partial.as_file().set_permissions(permissions)?;
    }
    partial.persist(path).map_err(|error| error.error)?;
    Ok(value)
}

/// A file that everybody may read whom the user's mask allows; by itself a temporary file is for the user alone.
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

/// Writes to standard output; a reader that closes the pipe has seen enough.
pub(crate) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    Output::Stdout(ColorChoice::Auto).write(|out| match write(out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    })
}

/// Tells standard error something that is no complaint.
pub(crate) fn say(text: &str) {
    // Nobody is left to be told if this fails.
    let _ = writeln!(anstream::stderr(), "{}", lines(text));
}

/// Tells standard error what went wrong, with its causes.
pub(crate) fn complain(error: &anyhow::Error) {
    // Nobody is left to be told if this fails.
    let _ = writeln!(anstream::stderr(), "keysift: {}", lines(&format!("{error:#}")));
}

/// A text that may quote names and files: what a terminal or a build service would obey is made visible. Its lines are kept, each behind
/// a mark, so that none can be taken for one of ours.
fn lines(text: &str) -> String {
    let shown = |line: &str| {
        Foreign::new(line.trim_end_matches('\r'))
            .to::<Terminal>()
            .to_string()
    };
    text.trim_end()
        .split('\n')
        .map(shown)
        .collect::<Vec<_>>()
        .join("\n  | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_plain_text() {
        assert_eq!(
            lines("cannot read a\u{1b}[2J\n::error::x: no\r\n##vso[task]\n"),
            "cannot read a\\x1b[2J\n  | \\x3a:error::x: no\n  | \\x23#vso[task]"
        );
    }
}

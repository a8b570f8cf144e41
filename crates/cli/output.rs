//! Where reports and complaints go.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anstream::{AutoStream, ColorChoice, adapter::StripBytes};
use anyhow::{Context, Result};

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
    // A device or a pipe is written to as it is; what is renamed over it would take its place.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return write(&mut plain(File::options().write(true).open(path)?));
    }
    let mut name = path
        .file_name()
        .ok_or_else(|| io::Error::other("names no file"))?
        .to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let partial = path.with_file_name(name);
    let written = File::create(&partial).and_then(|file| {
        let mut out = plain(file);
        let value = write(&mut out)?;
        out.flush()?;
        Ok(value)
    });
    let renamed = written.and_then(|value| fs::rename(&partial, path).map(|()| value));
    if renamed.is_err() {
        let _ = fs::remove_file(&partial);
    }
    renamed
}

/// Tells standard error something that is no complaint.
pub(crate) fn say(text: &str) {
    // Nobody is left to be told if this fails.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Tells standard error what went wrong, with its causes.
pub(crate) fn complain(error: &anyhow::Error) {
    // Nobody is left to be told if this fails.
    let _ = writeln!(anstream::stderr(), "keysift: {error:#}");
}

//! Where reports and complaints go.

use std::{
    env,
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
};

use anstream::{AutoStream, ColorChoice, adapter::StripBytes};
use anyhow::{Context, Result};
use keysift::whole_file;
use keysift_report::{Finished, Screen, Untrusted};

/// A place to write a report to. A file appears under its name only when it is complete.
pub(crate) enum Output {
    /// Standard output, with colours where they can be seen.
    Stdout(ColorChoice),
    /// A file.
    File(PathBuf),
}

impl Output {
    /// What a report on it is read on: lines are wrapped for terminals, and only there.
    pub(crate) fn screen(&self) -> Screen {
        match self {
            Output::Stdout(_) if io::stdout().is_terminal() => Screen {
                width: width(),
                links: keysift_report::has_links(&|name| env::var(name).ok()),
            },
            _ => Screen::default(),
        }
    }

    /// Writes a report for programs with `write`: it has no colours, and nothing looks for them.
    pub(crate) fn write_plain<T>(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> Result<T> {
        match self {
            Output::Stdout(_) => write(&mut BufWriter::with_capacity(ROOM, io::stdout().lock()))
                .context("cannot write to standard output"),
            Output::File(path) => {
                into_file(path, |file| buffered(BufWriter::with_capacity(ROOM, file), write))
            }
        }
    }

    /// Writes with `write`, with colours where they can be seen.
    pub(crate) fn write<T>(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> Result<T> {
        match self {
            Output::Stdout(colours) => {
                let stdout = io::stdout();
                let choice = match colours {
                    ColorChoice::Auto => AutoStream::choice(&stdout),
                    choice => *choice,
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
            Output::File(path) => into_file(path, |file| buffered(plain(file), write)),
        }
    }
}

fn into_file<T>(path: &Path, write: impl FnOnce(&mut File) -> io::Result<T>) -> Result<T> {
    whole_file::write(path, write).with_context(|| format!("cannot write {}", path.display()))
}

fn buffered<T>(mut out: impl Write, write: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
    let value = write(&mut out)?;
    out.flush()?;
    Ok(value)
}

/// Characters on a line of the terminal.
fn width() -> Option<usize> {
    let named = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    named.or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0.into()))
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

/// Writes to standard output; a reader that closes the pipe has seen enough.
pub(crate) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    Output::Stdout(ColorChoice::Auto).write(|out| match write(out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    })
}

/// Prints a message on standard error.
pub(crate) fn say(text: &str) {
    // There is no other place to report a failure to.
    let _ = writeln!(anstream::stderr(), "{}", Untrusted::message(text));
}

/// Prints an error with its causes on standard error.
pub(crate) fn complain(error: &anyhow::Error) {
    // There is no other place to report a failure to.
    let what = Untrusted::message(&format!("{error:#}"));
    let _ = writeln!(anstream::stderr(), "keysift: {what}");
}

/// Writes to standard error.
pub(crate) fn tell(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
    // There is no other place to report a failure to.
    let _ = write(&mut anstream::stderr());
}

/// Shows the numbers of a run on standard error.
pub(crate) fn summary(finished: &Finished) {
    tell(|out| finished.write_summary(Screen::default(), out));
}

/// A number with its noun: `1 finding`, `2 findings`, `3 entries`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    keysift_report::counted(number as u64, noun)
}

//! Reads standard input so that a stop request can interrupt the wait.

use std::io::{self, Read, Write};

use tempfile::NamedTempFile;

use crate::{
    Stop,
    read::{ErrorAsEnd, read_full},
};

/// Interval between checks for a stop request.
#[cfg(unix)]
const POLL_INTERVAL: rustix::event::Timespec = rustix::event::Timespec {
    tv_sec: 0,
    tv_nsec: 40_000_000,
};

/// Unbuffered standard input: bytes that were not read stay with the system.
pub(crate) struct Stdin<'s> {
    #[cfg(unix)]
    inner: std::fs::File,
    #[cfg(not(unix))]
    inner: io::Stdin,
    stop: &'s Stop,
}

impl<'s> Stdin<'s> {
    #[cfg(unix)]
    pub(crate) fn new(stop: &'s Stop) -> io::Result<Self> {
        use std::os::fd::AsFd;

        let inner = io::stdin().as_fd().try_clone_to_owned()?.into();
        Ok(Self { inner, stop })
    }

    #[cfg(not(unix))]
    pub(crate) fn new(stop: &'s Stop) -> io::Result<Self> {
        let inner = io::stdin();
        Ok(Self { inner, stop })
    }

    /// Waits until input or its end is available; returns `false` if the interval elapsed or the wait was
    /// interrupted.
    #[cfg(unix)]
    fn wait(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, poll};

        let mut wanted = [PollFd::new(&self.inner, PollFlags::IN)];
        // If polling fails, reading does not block or reports the error itself.
        !matches!(
            poll(&mut wanted, Some(&POLL_INTERVAL)),
            Ok(0) | Err(rustix::io::Errno::INTR)
        )
    }

    #[cfg(not(unix))]
    fn wait(&self) -> bool {
        true
    }
}

impl Read for Stdin<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(why) = self.stop.why() {
                return Err(io::Error::other(why));
            }
            if !self.wait() {
                continue;
            }
            match self.inner.read(buffer) {
                // Standard input is in non-blocking mode.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return result,
            }
        }
    }
}

/// Reads all of standard input as text, at most 64 MiB: the lines that git passes to a hook.
///
/// # Errors
/// If it cannot be read, is not UTF-8, is larger, or the scan should stop.
pub fn stdin_text(stop: &Stop) -> io::Result<String> {
    const MOST: u64 = 64 << 20;
    let mut text = String::new();
    let read = Stdin::new(stop)?.take(MOST + 1).read_to_string(&mut text)?;
    match read as u64 > MOST {
        true => Err(io::Error::other("more than 64 MiB")),
        false => Ok(text),
    }
}

/// Copies a reader to a temporary file that is deleted on drop and that only its owner can read. It includes
/// what was read before an error.
pub(crate) fn spooled(reader: impl Read) -> io::Result<(NamedTempFile, io::Result<()>)> {
    let mut file = tempfile::Builder::new().prefix("keysift-").tempfile()?;
    let mut reader = ErrorAsEnd::new(reader);
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = read_full(&mut reader, &mut buffer)?;
        file.write_all(&buffer[..read])?;
        if read < buffer.len() {
            return Ok((file, reader.result()));
        }
    }
}

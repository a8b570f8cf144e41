//! Standard input: what comes from it, when it comes. Whoever waits for it can be ended.

use std::io::{self, Read, Write};

use tempfile::NamedTempFile;

use crate::{
    Stop,
    read::{ErrorAsEnd, read_full},
};

/// How long to wait before it is asked whether the run is to end.
#[cfg(unix)]
const PATIENCE: rustix::event::Timespec = rustix::event::Timespec {
    tv_sec: 0,
    tv_nsec: 40_000_000,
};

/// Standard input, without a buffer of its own: what was read is with the reader, and what is left is with the system.
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

    /// Waits until there is something to read, or the end of it.
    #[cfg(unix)]
    fn wait(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, poll};

        let mut wanted = [PollFd::new(&self.inner, PollFlags::IN)];
        // What cannot be waited for can be read.
        !matches!(
            poll(&mut wanted, Some(&PATIENCE)),
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
                // Somebody made it so that reading does not wait.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return result,
            }
        }
    }
}

/// All of standard input as a text, at most 64 MiB: lines of git for a hook.
///
/// # Errors
/// If it cannot be read, is no UTF-8, has more than that, or the run is to end.
pub fn stdin_text(stop: &Stop) -> io::Result<String> {
    const MOST: u64 = 64 << 20;
    let mut text = String::new();
    let read = Stdin::new(stop)?.take(MOST + 1).read_to_string(&mut text)?;
    match read as u64 > MOST {
        true => Err(io::Error::other("more than 64 MiB")),
        false => Ok(text),
    }
}

/// What is read, as a file that is gone when this is: only its owner can read it. What came before an error is in it, too.
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

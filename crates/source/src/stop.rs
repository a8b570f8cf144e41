//! Ends a scan early: a deadline, or a signal.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

/// Checked between files, layers, members and objects; what is in progress is finished. Clones share the
/// state.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    deadline: Option<Instant>,
    /// The number of the signal that was received; 0 means none.
    signal: Arc<AtomicUsize>,
}

impl Stop {
    /// Creates a stop with an optional deadline.
    pub fn at(deadline: Option<Instant>) -> Self {
        Self {
            deadline,
            ..Self::default()
        }
    }

    /// Returns the cell for the number of a signal.
    pub fn signal(&self) -> &Arc<AtomicUsize> {
        &self.signal
    }

    /// Returns the reason to stop if a signal was received, even if all input was read: an interrupted
    /// standard input may have been incomplete.
    pub fn signalled(&self) -> Option<&'static str> {
        self.why().filter(|_| self.signal.load(Ordering::Relaxed) != 0)
    }

    /// Returns the reason to stop, if there is one.
    pub fn why(&self) -> Option<&'static str> {
        if self.signal.load(Ordering::Relaxed) != 0 {
            Some("interrupted")
        } else if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            Some("timed out (--timeout)")
        } else {
            None
        }
    }
}

/// A reader that fails once the scan should stop, so that large files and slow pipes can be interrupted.
pub(crate) struct StopReader<'s, R> {
    inner: R,
    stop: &'s Stop,
}

impl<'s, R> StopReader<'s, R> {
    pub(crate) fn new(inner: R, stop: &'s Stop) -> Self {
        Self { inner, stop }
    }
}

impl<R: Read> Read for StopReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.stop.why() {
            Some(why) => Err(io::Error::other(why)),
            None => self.inner.read(buffer),
        }
    }
}

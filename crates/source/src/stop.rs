//! Why a run ends before it has read everything: its time is over, or somebody asks it to.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

/// Asked between files, layers, members and objects; what is under way is finished. All clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    deadline: Option<Instant>,
    /// The number of the signal that came; 0 is none.
    signal: Arc<AtomicUsize>,
}

impl Stop {
    /// Stops at a time, if there is one.
    pub fn at(deadline: Option<Instant>) -> Self {
        Self {
            deadline,
            ..Self::default()
        }
    }

    /// The place for the number of a signal.
    pub fn signal(&self) -> &Arc<AtomicUsize> {
        &self.signal
    }

    /// Why to stop, if a signal came: even if there was nothing left to read, nobody knows what standard input would have said.
    pub fn signalled(&self) -> Option<&'static str> {
        self.why().filter(|_| self.signal.load(Ordering::Relaxed) != 0)
    }

    /// Why to stop, if there is a reason.
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

/// A reader that gives an error once the run is to end: no file is so large, and no pipe so slow, that nobody can end it.
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

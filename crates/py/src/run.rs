//! Scans in a thread of their own, while this one asks Python for signals.

use std::{
    sync::{atomic::Ordering, mpsc},
    thread,
    time::{Duration, Instant},
};

use keysift::{Observer, Source};
use keysift_report::Finished;
use keysift_source::Stop;
use pyo3::prelude::*;

use crate::invalid;

/// How long a scan runs before Python's signal handlers are asked again: an interrupt ends it that soon.
const POLL: Duration = Duration::from_millis(50);

/// The signal of an interrupt, which has this number on all systems.
const SIGINT: usize = 2;

/// What ends a scan after so many seconds.
pub(crate) fn stop_after(timeout: Option<f64>) -> PyResult<Stop> {
    let deadline = match timeout {
        Some(seconds) => {
            let timeout = Duration::try_from_secs_f64(seconds).map_err(invalid)?;
            Instant::now().checked_add(timeout)
        }
        None => None,
    };
    Ok(Stop::at(deadline))
}

/// Scans a source. An interrupt ends the scan and is raised.
pub(crate) fn run(
    py: Python<'_>,
    engine: &keysift::Engine,
    source: &Source,
    observer: &(dyn Observer + Sync),
) -> PyResult<Finished> {
    let stop = source.stop();
    thread::scope(|scope| {
        let (send, mut receive) = mpsc::channel();
        scope.spawn(move || {
            let finished = engine.run(source, observer);
            // The receiver waits until it has this.
            let _ = send.send(finished);
        });
        let mut interrupted = None;
        loop {
            let receive = &mut receive;
            match py.detach(move || receive.recv_timeout(POLL)) {
                Ok(finished) => {
                    return match interrupted {
                        Some(error) => Err(error),
                        None => finished.map_err(invalid),
                    };
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Err(invalid("internal error: the scan ended without a report"));
                }
                Err(mpsc::RecvTimeoutError::Timeout) if interrupted.is_none() => {
                    if let Err(error) = py.check_signals() {
                        stop.signal().store(SIGINT, Ordering::Relaxed);
                        interrupted = Some(error);
                    }
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
        }
    })
}

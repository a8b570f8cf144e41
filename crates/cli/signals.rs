//! SIGINT and SIGTERM: the run stops reading, the report is written and says that it is not whole. A second signal ends the program at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use keysift_source::Stop;

/// The signal that came; 0 is none.
static CAME: AtomicUsize = AtomicUsize::new(0);

/// Lets signals stop a run.
#[cfg(unix)]
pub(crate) fn listen(stop: &Stop) {
    use std::sync::{Arc, atomic::AtomicBool};

    use signal_hook::{consts, flag};

    for signal in [consts::SIGINT, consts::SIGTERM] {
        let again = Arc::new(AtomicBool::new(false));
        // Registered first: it looks whether the signal came before. If it cannot be, signals end the program as they always did.
        let _ = flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again));
        let _ = flag::register(signal, again);
        let _ = flag::register_usize(signal, Arc::clone(stop.signal()), signal as usize);
    }
}

#[cfg(not(unix))]
pub(crate) fn listen(_: &Stop) {}

/// Remembers the signal that ended a run, and says so.
pub(crate) fn ended(stop: &Stop) -> Option<&'static str> {
    let signal = stop.signal().load(Ordering::Relaxed);
    CAME.store(signal, Ordering::Relaxed);
    // Even if there was nothing left to read: standard input might have had more.
    stop.why().filter(|_| signal != 0)
}

/// The exit code of a run that a signal ended: 130 for SIGINT, 143 for SIGTERM.
pub(crate) fn code() -> Option<u8> {
    let signal = CAME.load(Ordering::Relaxed);
    (signal != 0).then(|| u8::try_from(128 + signal).unwrap_or(2))
}

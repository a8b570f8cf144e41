//! Creates threads: as many as requested, within the limits of the machine.

use std::{
    num::NonZero,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Maximum number of threads per core; more only wait for each other.
const PER_CORE: usize = 4;

/// Returns the number of threads for a request: 0 means one per core, the maximum is four per core.
pub fn threads(wanted: usize) -> usize {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    match wanted {
        0 => cores,
        wanted => wanted.min(cores.saturating_mul(PER_CORE)),
    }
}

/// Creates a pool of `threads` threads, or of as many as the system allows (`ulimit -u`, a container's
/// limit); `None` if it allows none.
pub(crate) fn pool(threads: usize) -> Option<ThreadPool> {
    let mut number = threads.max(1);
    loop {
        match ThreadPoolBuilder::new().num_threads(number).build() {
            Ok(pool) => return Some(pool),
            Err(_) if number == 1 => return None,
            Err(_) => number /= 2,
        }
    }
}

/// Returns how many of `wanted` threads can be started. The walker panics if a thread is refused, so this
/// starts short-lived threads first. If some are refused, one fewer is returned for other uses; 0 means that
/// only this thread is available.
pub(crate) fn startable(wanted: usize) -> usize {
    let gate = Arc::new(Mutex::new(()));
    let hold = gate.lock().unwrap_or_else(PoisonError::into_inner);
    let wait = || {
        let gate = Arc::clone(&gate);
        move || drop(gate.lock())
    };
    let started: Vec<_> = (0..wanted)
        .map_while(|_| thread::Builder::new().spawn(wait()).ok())
        .collect();
    drop(hold);
    let number = started.len();
    for thread in started {
        let _ = thread.join();
    }
    if number < wanted {
        number.saturating_sub(1)
    } else {
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_maximum_is_four_threads_per_core() {
        let cores = threads(0);
        assert!(cores >= 1);
        assert_eq!(threads(1), 1);
        assert_eq!(threads(usize::MAX), cores * PER_CORE);
        assert_eq!(startable(3), 3);
    }
}

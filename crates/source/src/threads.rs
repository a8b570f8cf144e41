//! Threads: as many as the user wants, as far as the machine and its limits go.

use std::{
    num::NonZero,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// More threads for each core only wait for each other.
const PER_CORE: usize = 4;

/// The number of threads for a wish: 0 is one for each core, and there are at most four for each.
pub fn threads(wanted: usize) -> usize {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    match wanted {
        0 => cores,
        wanted => wanted.min(cores.saturating_mul(PER_CORE)),
    }
}

/// A pool of so many threads, or of as many as the system gives (`ulimit -u`, the limit of a container); `None` if it gives none.
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

/// How many of so many threads can be started: the walk's own cannot be refused without a panic, so others try it first. Where some are
/// refused, one is left for whoever else needs it; 0 means that this thread is alone.
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
    fn wishes_end_at_four_threads_for_each_core() {
        let cores = threads(0);
        assert!(cores >= 1);
        assert_eq!(threads(1), 1);
        assert_eq!(threads(usize::MAX), cores * PER_CORE);
        assert_eq!(startable(3), 3);
    }
}

//! A line on standard error that shows a long scan is alive.

use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How long a scan may take before anything is shown, and how often it is shown then.
const FIRST: Duration = Duration::from_millis(700);
const STEP: Duration = Duration::from_millis(150);

/// Counts what was scanned. The line is drawn by a thread of its own, so the scan never waits for a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    counts: Arc<Counts>,
    drawing: Option<(Sender<()>, JoinHandle<()>)>,
}

#[derive(Debug, Default)]
struct Counts {
    files: AtomicU64,
    /// 0 if it is not known.
    total: AtomicU64,
    bytes: AtomicU64,
    shown: AtomicBool,
}

impl Progress {
    /// Starts counting; draws only if standard error is a terminal.
    pub(crate) fn start(wanted: bool) -> Self {
        let counts = Arc::<Counts>::default();
        let drawing = (wanted && io::stderr().is_terminal()).then(|| {
            let (stop, stopped) = mpsc::channel();
            let counts = Arc::clone(&counts);
            // Where the system gives no thread, nothing is drawn.
            let thread = thread::Builder::new().spawn(move || {
                let started = Instant::now();
                let mut wait = FIRST;
                while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                    wait = STEP;
                    counts.draw(started.elapsed());
                }
                counts.clear();
            });
            Some((stop, thread.ok()?))
        });
        let drawing = drawing.flatten();
        Self { counts, drawing }
    }

    /// So many blobs there will be.
    pub(crate) fn total(&self, blobs: u64) {
        self.counts.total.store(blobs, Ordering::Relaxed);
    }

    /// A blob of so many bytes was scanned.
    pub(crate) fn blob(&self, bytes: usize) {
        if self.drawing.is_some() {
            self.counts.files.fetch_add(1, Ordering::Relaxed);
            self.counts.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.drawing.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

impl Counts {
    fn draw(&self, elapsed: Duration) {
        let (files, bytes) = (
            self.files.load(Ordering::Relaxed),
            self.bytes.load(Ordering::Relaxed),
        );
        self.shown.store(true, Ordering::Relaxed);
        let of = match self.total.load(Ordering::Relaxed) {
            0 => String::new(),
            total => format!(" of {total} ({} %)", (100 * files / total).min(100)),
        };
        let _ = write!(
            io::stderr(),
            "\r\x1b[Kscanned {files}{of} files, {} MB, {} s",
            bytes / 1_000_000,
            elapsed.as_secs()
        );
    }

    fn clear(&self) {
        if self.shown.load(Ordering::Relaxed) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

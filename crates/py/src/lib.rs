//! The extension module `keysift._native`: an engine that returns reports as JSON. `python/keysift/__init__.py` makes dataclasses of them.

use std::{
    path::PathBuf,
    str::FromStr,
    sync::{Arc, atomic::Ordering, mpsc},
    thread,
    time::{Duration, Instant},
};

use keysift::{Policy, Source, inputs};
use keysift_finding::{Confidence, Severity};
use keysift_policy::{InlineIgnores, Known, Settings};
use keysift_report::{Finished, Format};
use keysift_source::{Base, Stop};
use pyo3::{exceptions::PyValueError, prelude::*};

/// How long a scan runs before Python's signal handlers are asked again: an interrupt ends it that soon.
const POLL: Duration = Duration::from_millis(50);

/// The signal of an interrupt, which has this number on all systems.
const SIGINT: usize = 2;

/// Rules, scanner and policy.
#[pyclass(frozen, module = "keysift._native")]
struct Engine(keysift::Engine);

/// What to read: the arguments of `scan_path` and `scan_image`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Reading {
    paths: Vec<PathBuf>,
    archives: bool,
    ignore_files: bool,
    hidden: bool,
    max_file_size: u64,
    threads: usize,
    timeout: Option<f64>,
    base: Vec<String>,
}

fn invalid(error: impl ToString) -> PyErr {
    PyValueError::new_err(error.to_string())
}

fn word<T: FromStr<Err = String>>(name: &str, value: &str) -> PyResult<T> {
    value.parse().map_err(|error| invalid(format!("{name}: {error}")))
}

fn json(finished: &Finished) -> PyResult<String> {
    let mut out = Vec::new();
    finished.write(Format::Json, &mut out)?;
    String::from_utf8(out).map_err(invalid)
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (rules, config, baseline, min_severity, min_confidence, fail_on, inline_suppressions, reveal))]
    #[expect(
        clippy::too_many_arguments,
        reason = "one caller, by name: `Engine.__init__` in Python"
    )]
    fn new(
        rules: Vec<PathBuf>,
        config: Option<PathBuf>,
        baseline: Option<PathBuf>,
        min_severity: &str,
        min_confidence: &str,
        fail_on: &str,
        inline_suppressions: bool,
        reveal: bool,
    ) -> PyResult<Self> {
        let settings = match config {
            // Of a folder the nearest `keysift.toml` in it or above.
            Some(folder) if folder.is_dir() => inputs::settings(None, &folder).map_err(invalid)?,
            Some(file) => inputs::settings(Some(&file), &file).map_err(invalid)?,
            None => Settings::default(),
        };
        let min_confidence = word("min_confidence", min_confidence)?;
        let policy = Policy {
            min_severity: word::<Severity>("min_severity", min_severity)?,
            min_confidence,
            fail_on: match fail_on {
                "never" => None,
                severity => Some(word("fail_on", severity)?),
            },
            inline_ignores: match inline_suppressions {
                true => settings.inline_ignores(),
                false => InlineIgnores::None,
            },
            known: match baseline {
                Some(file) => inputs::known(&file).map_err(invalid)?,
                None => Known::default(),
            },
            suppressions: Arc::new(settings.suppressions),
        };
        let builder = keysift::Engine::builder()
            .policy(policy)
            .scan_options(keysift_scan::Options {
                low_confidence: min_confidence == Confidence::Low,
                ..Default::default()
            })
            .report_options(keysift_report::Options {
                reveal,
                ..Default::default()
            });
        let all = settings.rules.iter().chain(&rules);
        let engine = all.fold(builder, |builder, path| builder.rules(path)).build();
        Ok(Self(engine.map_err(invalid)?))
    }

    /// Scans bytes as the content of a file of this name.
    fn scan_bytes(&self, py: Python<'_>, data: Vec<u8>, name: PathBuf) -> PyResult<String> {
        py.detach(|| json(&self.0.scan_bytes(&name, data)))
    }

    /// Scans files, folders, archives and images. An interrupt ends the scan and is raised.
    fn scan(&self, py: Python<'_>, reading: Reading) -> PyResult<String> {
        let deadline = match reading.timeout {
            Some(seconds) => {
                let timeout = Duration::try_from_secs_f64(seconds).map_err(invalid)?;
                Instant::now().checked_add(timeout)
            }
            None => None,
        };
        let stop = Stop::at(deadline);
        let options = keysift_source::Options {
            ignore_files: reading.ignore_files,
            hidden: reading.hidden,
            max_file_bytes: reading.max_file_size,
            threads: keysift_source::threads(reading.threads),
            archives: reading.archives,
            base: Base::of_all(&reading.base)?,
            stop: stop.clone(),
            ..keysift_source::Options::of(reading.paths)
        };
        let source = Source::Files(options);
        thread::scope(|scope| {
            let (send, mut receive) = mpsc::channel();
            let source = &source;
            scope.spawn(move || {
                let finished = self.0.run(source, &());
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
                            None => json(&finished.map_err(invalid)?),
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

    /// The ids of all rules and checks.
    fn rules(&self) -> Vec<String> {
        self.0.metas().iter().map(|meta| meta.id.clone()).collect()
    }
}

/// Whether a path is a container image that can be read.
#[pyfunction]
fn is_image(py: Python<'_>, path: PathBuf) -> bool {
    py.detach(|| Base::of(&path).is_ok())
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<Engine>()?;
    module.add_function(wrap_pyfunction!(is_image, module)?)
}

//! The extension module `keysift._native`: an engine that returns reports as JSON. `python/keysift/__init__.py` makes dataclasses of them.

mod history;
mod run;

use std::{path::PathBuf, str::FromStr, sync::Arc};

use keysift::{Policy, Source, inputs};
use keysift_finding::{Confidence, Severity, ValueKey};
use keysift_policy::{InlineIgnores, Known, Settings};
use keysift_report::{Finished, Format};
use keysift_source::{Base, GitOptions, Revisions};
use pyo3::{exceptions::PyValueError, prelude::*};

/// Rules, scanner and policy.
#[pyclass(frozen, module = "keysift._native")]
struct Engine(keysift::Engine);

/// The arguments of `scan_path` and `scan_image`.
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

/// Which history to read: the arguments of `scan_git`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct ReadingGit {
    folder: PathBuf,
    range: Option<String>,
    since: Option<String>,
    reflog: bool,
    unreachable: bool,
    archives: bool,
    ignore_files: bool,
    max_file_size: u64,
    threads: usize,
    timeout: Option<f64>,
}

pub(crate) fn invalid(error: impl ToString) -> PyErr {
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
    #[pyo3(signature = (rules, config, baseline, min_severity, min_confidence, fail_on, inline_suppressions, reveal, value_key))]
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
        value_key: Option<Vec<u8>>,
    ) -> PyResult<Self> {
        let settings = match config {
            // For a folder, the nearest `keysift.toml` in it or above.
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
                value_key: value_key.map(|key| ValueKey::new(&key)),
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
        let options = keysift_source::Options {
            ignore_files: reading.ignore_files,
            hidden: reading.hidden,
            max_file_bytes: reading.max_file_size,
            threads: keysift_source::threads(reading.threads),
            archives: reading.archives,
            base: Base::of_all(&reading.base)?,
            stop: run::stop_after(reading.timeout)?,
            ..keysift_source::Options::of(reading.paths)
        };
        json(&run::run(py, &self.0, &Source::Files(options), &())?)
    }

    /// Scans a git history. `known` is asked once, with 16 bytes for each text, which of them to leave out: it returns a byte for each. Returns
    /// the report, the joined names of the texts without findings, and how many were left out.
    #[pyo3(signature = (reading, known))]
    fn scan_git(
        &self,
        py: Python<'_>,
        reading: ReadingGit,
        known: Option<Py<PyAny>>,
    ) -> PyResult<(String, Vec<u8>, u64)> {
        let revisions = match (&reading.range, &reading.since) {
            (Some(range), _) => keysift_source::range(range).map_err(invalid)?,
            (None, Some(base)) => keysift_source::since(base).map_err(invalid)?,
            (None, None) => Revisions::All,
        };
        let (history, known) = history::History::new(known);
        let options = GitOptions {
            folder: reading.folder,
            revisions,
            ignore_files: reading.ignore_files,
            archives: reading.archives,
            max_file_bytes: reading.max_file_size,
            threads: keysift_source::threads(reading.threads),
            stop: run::stop_after(reading.timeout)?,
            reflog: reading.reflog,
            unreachable: reading.unreachable,
            known,
        };
        let finished = run::run(py, &self.0, &Source::Git(options), &history)?;
        let is_complete = finished.not_read().next().is_none();
        let (names, known) = history.learned(is_complete)?;
        Ok((json(&finished)?, names, known))
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

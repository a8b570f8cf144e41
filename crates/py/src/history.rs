//! Git histories, without the texts that a cache knows.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use keysift::{Observer, Scan};
use keysift_finding::{Blob, Origin, ValueKey};
use keysift_source::{GitText, KnownTexts};
use pyo3::{prelude::*, types::PyBytes};

/// The length of the name of a text, in bytes: names of 10^9 texts do not collide.
const NAME: usize = 16;

/// A text as its findings name it: commit and path. Members of archives belong to the archive.
type Place = (String, PathBuf);

/// What a cache knows, and what it can learn from a scan.
#[derive(Default)]
struct State {
    /// The names of texts that are read, by the place where their findings are reported.
    read: HashMap<Place, Vec<[u8; NAME]>>,
    /// The places with findings, or that were analyzed only in part.
    dirty: HashSet<Place>,
    known: u64,
    /// The first error of the function.
    error: Option<PyErr>,
}

/// Asks a function of Python which texts are known: it gets the joined names, and returns a byte for each, 1 for a known one.
pub(crate) struct History(Arc<Mutex<State>>);

impl History {
    pub(crate) fn new(ask: Option<Py<PyAny>>) -> (Self, Option<KnownTexts>) {
        let state = Arc::new(Mutex::new(State::default()));
        let known = ask.map(|ask| {
            let state = Arc::clone(&state);
            KnownTexts(Arc::new(move |texts: &[GitText<'_>]| answer(&ask, &state, texts)))
        });
        (Self(state), known)
    }

    /// After the scan: the joined names of the texts that were read and have no finding, and how many were known.
    pub(crate) fn learned(&self, is_complete: bool) -> PyResult<(Vec<u8>, u64)> {
        let mut state = lock(&self.0);
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        let clean = state
            .read
            .iter()
            .filter(|(place, _)| !state.dirty.contains(*place));
        let names = match is_complete {
            true => clean.flat_map(|(_, names)| names.concat()).collect(),
            false => Vec::new(),
        };
        Ok((names, state.known))
    }
}

impl Observer for History {
    fn scanned(&self, blob: &Blob<'_>, scan: &Scan) {
        if scan.findings.is_empty() && scan.broken.is_none() && scan.stopped.is_none() {
            return;
        }
        let (commit, path) = match blob.origin {
            Origin::Commit { commit, path } => (commit.hash.as_str(), path.as_path()),
            origin => ("", origin.path()),
        };
        let mut state = lock(&self.0);
        // The member of an archive is `archive!member`, and either name may have a `!` of its own.
        for path in holders(path) {
            state.dirty.insert((commit.to_owned(), path));
        }
    }
}

/// The path, and each part of it that ends before a `!`.
fn holders(path: &Path) -> Vec<PathBuf> {
    let mut all = vec![path.to_owned()];
    let text = path.to_string_lossy();
    all.extend(text.match_indices('!').map(|(at, _)| PathBuf::from(&text[..at])));
    all
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(ask: &Py<PyAny>, state: &Mutex<State>, texts: &[GitText<'_>]) -> Vec<bool> {
    let names: Vec<[u8; NAME]> = texts.iter().map(name).collect();
    let asked = Python::attach(|py| -> PyResult<Vec<bool>> {
        let answer = ask.call1(py, (PyBytes::new(py, names.as_flattened()),))?;
        let bytes = answer.extract::<Vec<u8>>(py)?;
        Ok(bytes.into_iter().map(|byte| byte != 0).collect())
    });
    let mut state = lock(state);
    let known = asked.unwrap_or_else(|error| {
        state.error = Some(error);
        Vec::new()
    });
    for (at, (text, name)) in texts.iter().zip(names).enumerate() {
        match known.get(at) {
            Some(true) => state.known += 1,
            _ => {
                let place = (text.commit.to_owned(), text.path.to_owned());
                state.read.entry(place).or_default().push(name);
            }
        }
    }
    known
}

/// The name of a text: a hash of object and path. The key only separates these hashes from others.
fn name(text: &GitText<'_>) -> [u8; NAME] {
    let key = ValueKey::new(b"keysift fleet: texts of git");
    let mut bytes = text.object.as_bytes().to_vec();
    bytes.push(0);
    bytes.extend(text.path.as_os_str().as_encoded_bytes());
    key.fingerprint(&bytes).bytes()
}

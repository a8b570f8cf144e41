//! Files that steer a run: settings and baselines. They are read up to a limit, and never waited for.

use std::{
    io,
    path::{Path, PathBuf},
};

use keysift_policy::{BaselineError, Known, Settings, SettingsError};

/// The largest file with settings that is read, in bytes.
const LARGEST_SETTINGS: u64 = 4 << 20;

/// The largest baseline or report that is read, in bytes: one of a million findings has a hundred megabytes.
const LARGEST_BASELINE: u64 = 256 << 20;

/// Why a baseline is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// It cannot be read.
    #[error("cannot read the baseline {}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is none.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
}

/// The settings that are in force: of the file that is named, or of the nearest `keysift.toml` in or above `start`.
///
/// # Errors
/// If a file cannot be read or is malformed.
pub fn settings(named: Option<&Path>, start: &Path) -> Result<Settings, SettingsError> {
    Settings::load(named, start, &|file| {
        keysift_source::small(file, LARGEST_SETTINGS)
    })
}

/// The text of a baseline.
///
/// # Errors
/// If it cannot be read.
pub fn baseline(file: &Path) -> Result<String, InputError> {
    keysift_source::small(file, LARGEST_BASELINE).map_err(|source| InputError::Read {
        file: file.to_owned(),
        source,
    })
}

/// What a file says is known: a baseline, or a report of ours or of another scanner.
///
/// # Errors
/// If it cannot be read, or is none of these.
pub fn known(file: &Path) -> Result<Known, InputError> {
    Ok(Known::parse(file, &baseline(file)?)?)
}

//! Reads settings and baselines, up to a size limit and without blocking on pipes.

use std::{
    io,
    path::{Path, PathBuf},
};

use keysift_policy::{BaselineError, Known, Settings, SettingsError};

/// Maximum size of a settings file, in bytes.
const LARGEST_SETTINGS: u64 = 4 << 20;

/// Maximum size of a baseline or report, in bytes. One with a million findings has about 100 MB.
const LARGEST_BASELINE: u64 = 256 << 20;

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The file cannot be read.
    #[error("cannot read the baseline {}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file is not a baseline.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
}

/// Loads the effective settings: from the named file, or from the nearest `keysift.toml` in or above `start`.
///
/// # Errors
/// If a file cannot be read or is malformed.
pub fn settings(named: Option<&Path>, start: &Path) -> Result<Settings, SettingsError> {
    Settings::load(named, start, &|file| {
        keysift_source::small(file, LARGEST_SETTINGS)
    })
}

/// Returns the text of a baseline.
///
/// # Errors
/// If the file cannot be read or exceeds 256 MiB.
pub fn baseline(file: &Path) -> Result<String, InputError> {
    keysift_source::small(file, LARGEST_BASELINE).map_err(|source| InputError::Read {
        file: file.to_owned(),
        source,
    })
}

/// Parses the accepted findings in a file: a baseline, or a report of keysift or another scanner.
///
/// # Errors
/// If the file cannot be read, or has none of these formats.
pub fn known(file: &Path) -> Result<Known, InputError> {
    Ok(Known::parse(file, &baseline(file)?)?)
}

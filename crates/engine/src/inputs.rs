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

/// The reason why a path is rejected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// It is a URL.
    #[error("{0} is a URL; clone it first: git clone {0} && keysift scan --history FOLDER")]
    Url(String),
    /// It is the name of an image.
    #[error("{0} does not exist; to scan a container image: docker save {0} | keysift scan -")]
    Image(String),
}

/// Rejects URLs and image names, which people type out of habit.
///
/// # Errors
/// If one of the paths is one of these.
pub fn check_paths(paths: &[PathBuf]) -> Result<(), PathError> {
    for path in paths {
        let Some(text) = path.to_str().filter(|_| !path.exists()) else {
            continue;
        };
        if text.starts_with("docker://") {
            continue;
        }
        if text.contains("://") || text.starts_with("git@") {
            return Err(PathError::Url(text.to_owned()));
        }
        if is_image(path, text) {
            return Err(PathError::Image(text.to_owned()));
        }
    }
    Ok(())
}

/// Returns whether a path that does not exist looks like `NAME:TAG` or `NAME@sha256:…`.
fn is_image(path: &Path, text: &str) -> bool {
    let (name, tag) = text.rsplit_once(':').unwrap_or((text, ""));
    let lower = |text: &str, more: &str| {
        text.chars()
            .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || more.contains(char))
    };
    let tagged = tag
        .chars()
        .all(|char| char.is_ascii_alphanumeric() || "._-".contains(char));
    let parent = path
        .parent()
        .is_some_and(|parent| !parent.as_os_str().is_empty() && parent.exists());
    !tag.is_empty() && tagged && name.len() > 1 && lower(name, "._-/:@") && !parent
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_are_distinguished_from_paths() {
        let image = |text: &str| is_image(Path::new(text), text);
        assert!(image("alpine:latest") && image("ghcr.io/team/app:1.2") && image("localhost:5000/app:v1"));
        assert!(!image("README.md") && !image("C:\\work") && !image("src/app.py") && !image("c:x"));
    }
}

//! Hints for what people type from habit: a URL, the name of an image, an option of another scanner.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Result, bail};
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Options that are for tests: no error suggests them.
const HIDDEN: &[&str] = &["--no-prefilter", "--no-reading"];

/// What to use in place of an option that keysift does not have.
fn instead(option: &str) -> Option<&'static str> {
    Some(match option {
        "--exclude" | "--exclude-paths" | "--exclude-dir" | "--skip" | "--ignore" => {
            "to skip files, list them in .keysiftignore; to suppress findings in paths, set `exclude` in keysift.toml"
        }
        "--no-git" | "--path" | "--source" => "keysift scans the files of PATH: keysift scan PATH",
        "--redact" => "secrets are redacted unless --reveal is given",
        "--verify" | "--validate" | "--only-verified" => {
            "keysift works offline; `keysift explain RULE` shows how to check whether a secret is live"
        }
        "--report-format" => "use --format",
        "--report-path" => "use --output",
        "--log-opts" => "use --history, --since or --range",
        _ => return None,
    })
}

/// Says what is wrong with the arguments, with a hint where there is one, or prints the help that they ask for.
pub(crate) fn explain(mut error: clap::Error) -> ExitCode {
    let suggested = |value: &ContextValue| match value {
        ContextValue::String(option) => HIDDEN.contains(&option.as_str()),
        ContextValue::Strings(options) => options.iter().any(|option| HIDDEN.contains(&option.as_str())),
        _ => false,
    };
    if error.get(ContextKind::SuggestedArg).is_some_and(suggested) {
        error.remove(ContextKind::SuggestedArg);
    }
    let unknown = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(option)) if error.kind() == ErrorKind::UnknownArgument => option.clone(),
        _ => String::new(),
    };
    let hint = instead(unknown.split('=').next().unwrap_or_default());
    if hint.is_some() {
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::Suggested);
    }
    // A closed pipe is nobody's loss: the exit code says what happened.
    let _ = error.print();
    if let Some(hint) = hint {
        anstream::eprintln!("\n  hint: {hint}");
    }
    u8::try_from(error.exit_code()).map_or(ExitCode::from(2), ExitCode::from)
}

/// Refuses paths that are no paths but URLs or names of images, with a hint.
pub(crate) fn check(paths: &[PathBuf]) -> Result<()> {
    for path in paths {
        let Some(text) = path.to_str().filter(|_| !path.exists()) else {
            continue;
        };
        if text.starts_with("docker://") {
            continue;
        }
        if text.contains("://") || text.starts_with("git@") {
            bail!("{text} is a URL; clone it first: git clone {text} && keysift scan --history FOLDER");
        }
        if is_image(path, text) {
            bail!("{text} does not exist; to scan a container image: docker save {text} | keysift scan -");
        }
    }
    Ok(())
}

/// Whether a path that does not exist looks like `NAME:TAG` or `NAME@sha256:…`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_are_told_from_paths() {
        let image = |text: &str| is_image(Path::new(text), text);
        assert!(image("alpine:latest") && image("ghcr.io/team/app:1.2") && image("localhost:5000/app:v1"));
        assert!(!image("README.md") && !image("C:\\work") && !image("src/app.py") && !image("c:x"));
    }
}

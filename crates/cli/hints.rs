//! Hints for what people type from habit: a URL, the name of an image, an option of another scanner.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Options that are for tests: no error suggests them.
const HIDDEN: &[&str] = &["--no-prefilter", "--no-reading"];

/// What to use in place of an option that keysift does not have.
fn instead(option: &str) -> Option<&'static str> {
    Some(match option {
        "--exclude-paths" | "--exclude-dir" | "--skip" | "--skip-dirs" | "--skip-files" | "--ignore" => {
            "use --exclude; to skip files entirely, list them in .keysiftignore"
        }
        "--no-git" | "--path" | "--source" => "keysift scans the files of PATH: keysift scan PATH",
        "--redact" => "secrets are redacted unless --reveal is given",
        "--verify" | "--validate" | "--only-verified" => {
            "keysift works offline; `keysift explain RULE` shows how to check whether a secret is live"
        }
        "--json" => "use --format json, or jsonl",
        "--sarif" => "use --format sarif",
        "--image" => {
            "name an image archive as PATH: docker save IMAGE -o image.tar && keysift scan image.tar"
        }
        "--report-format" | "--output-format" => "use --format",
        "--exit-code" | "--exit-zero" => "use --fail-on never",
        "--severity" => "use --min-severity (what is reported) or --fail-on (what fails)",
        "--enable-rule" | "--select" => "use --rule",
        "--ignore-rule" | "--disable-rule" => "use --disable",
        "--baseline-path" => "use --baseline",
        "--no-banner" => "keysift prints no banner",
        "--no-color" => "use --color never",
        "--report-path" => "use --output",
        "--log-opts" => "use --history, --since or --range",
        _ => return None,
    })
}

/// What to use in place of a command that keysift does not have.
fn command(name: &str) -> Option<&'static str> {
    Some(match name {
        "detect" | "dir" | "directory" | "files" | "fs" | "filesystem" | "config-scan" | "secret"
        | "check" => "to scan files: keysift scan PATH",
        "git" | "repo" | "history" => {
            "to scan the git history: keysift scan --history; what a branch adds: --since REV"
        }
        "protect" | "staged" | "pre-commit" => {
            "to scan what is staged: keysift scan --staged, or keysift hook run in a hook"
        }
        "image" | "docker" => "to scan an image: docker save IMAGE -o image.tar && keysift scan image.tar",
        "stdin" => "to scan standard input: keysift scan -",
        "fleet" => {
            "many repositories on Ray are scanned by the Python package: pip install 'keysift[fleet]', then keysift fleet run or python -m keysift.fleet"
        }
        "version" => "keysift --version",
        "rule" => "keysift explain RULE, keysift rules list",
        _ if std::path::Path::new(name).exists() => "to scan it: keysift scan PATH",
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
    let subcommand = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(name)) => command(name),
        _ => None,
    };
    let hint = instead(unknown.split('=').next().unwrap_or_default()).or(subcommand);
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

//! Hints for what people type from habit: a URL, the name of an image, an option of another scanner.

use std::{env, path::Path, process::ExitCode};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use keysift_report::Untrusted;

/// Options that are for tests: no error suggests them.
const HIDDEN: &[&str] = &["--no-prefilter", "--no-reading"];

/// What to use in place of an option that keysift does not have.
fn instead(option: &str) -> Option<&'static str> {
    Some(match option {
        "--exclude-paths" | "--exclude-dir" | "--skip" | "--skip-dirs" | "--skip-files" | "--ignore"
        | "-i" | "-x" | "--exclude-files" => {
            "use --exclude; to skip files entirely, list them in .keysiftignore"
        }
        "--gitleaks-ignore-path" | "--ignorefile" => {
            "use --baseline, which reads a report of gitleaks, or [[allow]] in keysift.toml"
        }
        "--no-git" | "--path" | "--source" | "-s" => "keysift scans the files of PATH: keysift scan PATH",
        "--redact" => "secrets are redacted unless --reveal is given",
        "--verify" | "--validate" | "--only-verified" | "--no-verification" | "--results" => {
            "keysift works offline; `keysift explain RULE` shows how to check whether a secret is live"
        }
        "--json" => "use --format json, or jsonl",
        "--sarif" => "use --format sarif",
        "--image" | "--input" => {
            "name an image archive as PATH: docker save IMAGE -o image.tar && keysift scan image.tar"
        }
        "--report-format" | "--output-format" => "use --format",
        "--report-template" | "--template" | "-t" => {
            "there are no templates; --format html is a page, jsonl for programs"
        }
        "--exit-code" | "--exit-zero" | "-e" => {
            "use --fail-on never (exit 0 whatever is found), or --fail-on SEVERITY"
        }
        "--severity" => "use --min-severity (what is reported) or --fail-on (what fails)",
        "--enable-rule" | "--select" => "use --rule",
        "--ignore-rule" | "--disable-rule" | "--extend-ignore" => "use --disable",
        "--scanners" | "--security-checks" => "use --only secrets, or --only checks",
        "--baseline-path" | "-b" => "use --baseline",
        "--secret-config" | "-c" => {
            "use --config FILE for a keysift.toml, --rules FILE for rules of gitleaks, Trivy or TruffleHog"
        }
        "--no-banner" => "keysift prints no banner",
        "--no-color" | "--no-colors" => "use --color never, or set NO_COLOR",
        "--no-progress" => "progress is shown on terminals only",
        "--report-path" | "-r" => "use --output FILE",
        "--log-opts" | "--since-commit" | "--branch" => "use --history, --since or --range",
        "--log-level" | "-l" | "--debug" | "-d" | "--trace" => {
            "there is no log: `keysift explain FILE:LINE` shows what each rule did with a line"
        }
        "--max-target-megabytes" | "--max-size" => "use --max-file-size",
        "--max-decode-depth" => "encoded text is decoded three levels deep",
        "--max-archive-depth" => "use --archives",
        "--workers" | "--parallel" | "--concurrency" => "use --threads",
        "--watch" => {
            "there is no watch mode: `keysift lsp` serves editors, `keysift hook install` checks commits"
        }
        _ => return None,
    })
}

/// What to use in place of a command that keysift does not have; `what` is what the user named after it.
fn command(name: &str, what: Option<&str>) -> Option<String> {
    let path = what.unwrap_or("PATH");
    Some(match name {
        "detect" | "dir" | "directory" | "files" | "fs" | "filesystem" | "config-scan" | "secret"
        | "check" | "rootfs" | "run" | "analyze" => format!("to scan files: keysift scan {path}"),
        "git" | "repo" | "repository" | "history" => {
            "to scan the git history: keysift scan --history; what a branch adds: --since REV".to_owned()
        }
        "protect" | "staged" | "pre-commit" => {
            "to scan what is staged: keysift scan --staged, or keysift hook run in a hook".to_owned()
        }
        "image" | "docker" => format!(
            "to scan an image: docker save {} | keysift scan -",
            what.unwrap_or("IMAGE")
        ),
        "stdin" => "to scan standard input: keysift scan -".to_owned(),
        "fleet" => "many repositories on Ray are scanned by the Python package: pip install 'keysift[fleet]', then keysift fleet run or python -m keysift.fleet".to_owned(),
        "version" => "keysift --version".to_owned(),
        "rule" => format!("keysift explain {}, keysift rules list", what.unwrap_or("RULE")),
        "report" => "reports are written by a scan: keysift scan . --output report.html".to_owned(),
        "completion" => "keysift completions SHELL".to_owned(),
        _ if Path::new(name).exists() => format!("to scan it: keysift scan {name}"),
        _ => return None,
    })
}

/// What to use in place of a value that an option does not take.
fn value(option: &str, value: &str) -> Option<&'static str> {
    let value = value.to_ascii_lowercase();
    let is = |name: &str| option.starts_with(name);
    Some(match value.as_str() {
        "table" | "pretty" | "default" | "human" | "plain" | "full" | "concise" if is("--format") => {
            "text is for people (the default); --quiet prints one line for each finding"
        }
        "ndjson" | "json-lines" if is("--format") => "use jsonl",
        "md" if is("--format") => "use markdown",
        "xml" | "junit-xml" if is("--format") => "use junit",
        "template" | "cyclonedx" | "spdx" | "yaml" | "toon" if is("--format") => {
            "for programs: json, jsonl, or sarif"
        }
        "none" | "off" | "0" if is("--fail-on") => "use never",
        list if list.contains(',') && (is("--min-severity") || is("--fail-on")) => {
            "name the lowest severity: it includes all above it"
        }
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
    let hint = hint(&error);
    if hint.is_some() {
        for kind in [
            ContextKind::SuggestedArg,
            ContextKind::SuggestedSubcommand,
            ContextKind::SuggestedValue,
            ContextKind::Suggested,
            // It would show the option that is nearest by its letters.
            ContextKind::Usage,
        ] {
            error.remove(kind);
        }
    }
    // If it cannot be printed, the exit code still says what happened.
    let _ = error.print();
    if let Some(hint) = hint {
        anstream::eprintln!("\n  hint: {}", Untrusted::message(&hint));
    }
    u8::try_from(error.exit_code()).map_or(ExitCode::from(2), ExitCode::from)
}

fn hint(error: &clap::Error) -> Option<String> {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::UnknownArgument => {
            instead(text(ContextKind::InvalidArg)?.split('=').next()?).map(str::to_owned)
        }
        ErrorKind::InvalidSubcommand => {
            let name = text(ContextKind::InvalidSubcommand)?;
            let words: Vec<String> = env::args_os()
                .map(|word| word.to_string_lossy().into_owned())
                .collect();
            let at = words.iter().position(|word| word == name)?;
            let named = words[at + 1..].iter().find(|word| !word.starts_with('-'));
            command(name, named.map(String::as_str))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let (option, given) = (text(ContextKind::InvalidArg)?, text(ContextKind::InvalidValue)?);
            value(option, given).map(str::to_owned)
        }
        _ => None,
    }
}

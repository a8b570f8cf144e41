//! What the user types. What it means to the other crates is in `config`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{
    Arg, ColorChoice, Parser, Subcommand,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};

use keysift::{
    graph::GraphFormat,
    units::{self, FailOn},
};
use keysift_finding::{Confidence, Severity, Tests};
use keysift_policy::Kind;
use keysift_report::{Format, Group, ListFormat, Named, RuleColumn, Show};

/// Find hard-coded secrets and insecure secret handling.
#[derive(Parser, Debug)]
#[command(
    name = "keysift",
    version,
    max_term_width = 100,
    after_help = "\
Exit codes: 0 nothing at or above --fail-on (default: medium), 1 such findings, 2 something could not be read, or wrong usage.
keysift works offline and opens no network connections."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Scan files, folders, container images or standard input
    Scan(Box<Scan>),
    /// Scan in CI: the range, the format and the report come from the environment of GitHub, GitLab, Bitbucket, Azure or Jenkins
    #[command(mut_args = without(&[GIT_MODES, FIXES]), after_help = "")]
    Ci(Box<Scan>),
    /// Start with keysift: look at the repository, and write settings, a baseline, a git hook and a CI workflow
    #[command(after_help = "Nothing that exists is overwritten.")]
    Init(Init),
    /// Compare two reports (json or jsonl): new and fixed findings
    Diff(Diff),
    /// List the rules, or check custom rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Show which workload and service account can read which Kubernetes Secret, and how
    Graph(Graph),
    /// Manage a baseline of accepted findings, so that only new ones fail
    Baseline(Baseline),
    /// Show the effective configuration, or print its schema
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Install or uninstall a git hook that scans commits or pushes
    #[command(subcommand)]
    Hook(Hook),
    /// Explain a rule; or, for FILE:LINE, show which rules looked at the line and why they did or did not report it
    Explain(Explain),
    /// Serve editors: a language server on standard input and output (docs/editors.md)
    #[cfg(feature = "lsp")]
    Lsp {
        /// Accepted because editors pass it; there is no other way
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Generate shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Generate man pages
    Man {
        /// The folder to write to
        #[arg(value_name = "FOLDER", default_value = "man")]
        out: PathBuf,
    },
}

#[derive(clap::Args, Debug)]
pub(crate) struct Diff {
    /// The earlier report
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The later report
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
}

#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  keysift baseline create                     write .keysift-baseline; commit it
  keysift scan . --baseline .keysift-baseline  report and fail on new findings only
  keysift baseline prune                      remove entries that are no longer found")]
pub(crate) struct Baseline {
    #[command(subcommand)]
    pub(crate) command: BaselineCommand,
}

#[derive(Subcommand, Debug)]
pub(crate) enum BaselineCommand {
    /// Scan, and write all findings to a new baseline
    #[command(mut_args = without(&[GIT_MODES, FIXES, REPORTS]))]
    Create(Box<BaselineOptions>),
    /// Scan, and add new findings
    #[command(mut_args = without(&[GIT_MODES, FIXES, REPORTS]))]
    Update(Box<BaselineOptions>),
    /// Scan, and remove entries that are no longer found
    #[command(mut_args = without(&[GIT_MODES, FIXES, REPORTS]))]
    Prune(Box<BaselineOptions>),
    /// Scan, and list all entries with whether they are still found
    #[command(mut_args = without(&[GIT_MODES, FIXES, REPORTS]))]
    Audit(Box<BaselineOptions>),
}

#[derive(clap::Args, Debug)]
pub(crate) struct BaselineOptions {
    /// The baseline [default: the one that keysift.toml names, else .keysift-baseline]
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) scan: Scan,
}

#[derive(Subcommand, Debug)]
pub(crate) enum ConfigCommand {
    /// Print the effective settings and where each comes from
    Show {
        /// The configuration file [default: the nearest keysift.toml in or above FOLDER]
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// The folder to start from
        #[arg(value_name = "FOLDER", default_value = ".")]
        folder: PathBuf,
    },
    /// Print the JSON schema of keysift.toml
    Schema,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Hook {
    /// Install the hook; an existing hook is kept and runs first
    Install(HookKind),
    /// Remove the hook, and restore the previous one
    Uninstall(HookKind),
    /// Scan as a git hook: silent if nothing is found. Without PATH, and for staged files, what is staged is scanned; otherwise the files. The
    /// ranges of the pre-commit client (--from-ref, --to-ref) are honored
    #[command(mut_args = without(&[HOOK_MODES, FIXES]), after_help = "")]
    Run(Box<Scan>),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Init {
    /// Print what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Install no git hook
    #[arg(long)]
    pub(crate) no_hook: bool,
    /// Let the hook call this executable by its path, instead of the keysift on PATH
    #[arg(long)]
    pub(crate) this_program: bool,
    /// The repository
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub(crate) folder: PathBuf,
}

#[derive(clap::Args, Debug)]
pub(crate) struct HookKind {
    /// The repository
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// The pre-push hook instead of the pre-commit hook
    #[arg(long)]
    pub(crate) pre_push: bool,
    /// Let the hook call this executable by its path, instead of the keysift on PATH
    #[arg(long)]
    pub(crate) this_program: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum RulesCommand {
    /// List all rules and checks
    List(List),
    /// Validate rule files, including their examples and counterexamples
    Check {
        /// Rule files, or folders of them
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Write a documentation page for each rule file, and an index
    Docs {
        /// Rule files, or folders of them
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The folder to write to
        #[arg(long, value_name = "FOLDER", default_value = "docs/rules")]
        out: PathBuf,
    },
    /// Write the embedded form of the built-in rules, after a change of patterns/
    #[command(hide = true)]
    Embed {
        /// The folder of the rule files
        #[arg(value_name = "FOLDER", default_value = "patterns")]
        patterns: PathBuf,
        /// The folder to write to
        #[arg(long, value_name = "FOLDER", default_value = "crates/engine/embedded")]
        out: PathBuf,
    },
    /// Write the help of every command as one page
    CliDocs {
        /// The file to write
        #[arg(long, value_name = "FILE", default_value = "docs/cli.md")]
        out: PathBuf,
    },
    /// Write a documentation page for each check, and an index
    ChecksDocs {
        /// The folder to write to
        #[arg(long, value_name = "FOLDER", default_value = "docs/checks")]
        out: PathBuf,
    },
}

#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  keysift graph deploy/                          as text, by Secret
  keysift graph . --format mermaid > graph.mmd   a diagram that Markdown renders
  kubectl get all,secret,role,rolebinding -A -o yaml | keysift graph -")]
pub(crate) struct Graph {
    /// Files and folders; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Output format
    #[arg(long, short, value_name = "FORMAT", default_value = "text", value_parser = named(GraphFormat::NAMED))]
    pub(crate) format: GraphFormat,
    /// Draw also what reaches no Secret (mermaid, dot, svg)
    #[arg(long)]
    pub(crate) all: bool,
    /// Also read files that .gitignore, .ignore and .keysiftignore exclude
    #[arg(long)]
    pub(crate) no_ignore: bool,
}

#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  keysift rules list github               rules with this word in their id, name or provider
  keysift rules list --kind checks        checks about the handling of secrets
  keysift rules list --severity critical --columns id,provider
  keysift rules list --format json")]
pub(crate) struct List {
    /// Words that the id, the name or the provider contains
    #[arg(value_name = "WORD")]
    pub(crate) words: Vec<String>,
    /// Only rules for secrets, or checks
    #[arg(long, value_name = "KIND", value_parser = named(KINDS))]
    pub(crate) kind: Option<Kind>,
    /// Only this severity and above
    #[arg(long, value_name = "SEVERITY", default_value = "info")]
    pub(crate) severity: Severity,
    /// Columns, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', default_value = "id,severity,name", value_parser = named(RuleColumn::NAMED))]
    pub(crate) columns: Vec<RuleColumn>,
    /// Output format
    #[arg(long, short, value_name = "FORMAT", default_value = "text", value_parser = named(ListFormat::NAMED))]
    pub(crate) format: ListFormat,
    /// Additional rules: a file, or a folder of *.yaml files
    #[arg(long, value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Explain {
    /// The id of a rule or check; or a location, FILE:LINE or FILE:LINE:COLUMN
    #[arg(value_name = "RULE|FILE:LINE")]
    pub(crate) rule: String,
    /// Additional rules: a file, or a folder of *.yaml files
    #[arg(long, value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
    /// With FILE:LINE: show also what this baseline suppresses
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// With FILE:LINE: list also the rules whose patterns do not match
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  keysift scan .                                the current folder
  keysift scan deploy/ Dockerfile               a folder and a file
  kubectl get deploy -o yaml | keysift scan -   standard input
  keysift scan image.tar                        an exported image, layer by layer
  keysift scan --staged                         the changes staged for commit
  keysift scan --since origin/main              what this branch adds, commit by commit
  keysift scan --history                        the whole git history
  keysift scan . --format jsonl | jq .          machine-readable output

Files that git ignores are skipped, as in ripgrep (--no-ignore scans them). Hidden files such as .env and .github/
are scanned; .git is not. Binary files, and files in folders above --max-file-size, are skipped and counted.

Exit codes: 0 nothing at or above --fail-on (default: medium severity, with medium or high confidence); 1 such findings;
2 something could not be read, or wrong usage.")]
pub(crate) struct Scan {
    /// Files, folders and container images (docker save, podman save, OCI layouts); `-` for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) git: GitArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    #[command(flatten)]
    pub(crate) rules: RuleArgs,
}

// What of a repository is read.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Git")]
pub(crate) struct GitArgs {
    /// Scan the changes staged for commit: the index, not the work tree (for pre-commit hooks)
    #[arg(long, conflicts_with_all = ["since", "range", "history", "fix"])]
    pub(crate) staged: bool,
    /// Scan what this branch adds since it left REV, commit by commit, including what it removed again
    #[arg(long, value_name = "REV", conflicts_with_all = ["range", "history", "fix"])]
    pub(crate) since: Option<String>,
    /// Scan what the commits of a range add, as in `git log`
    #[arg(long, value_name = "A..B", conflicts_with_all = ["history", "fix"])]
    pub(crate) range: Option<String>,
    /// Scan the whole git history: every commit and its message, tags, notes and stashes
    #[arg(long, conflicts_with = "fix")]
    pub(crate) history: bool,
    /// Scan what a push adds; reads the input of git's pre-push and pre-receive hooks
    #[arg(long, conflicts_with_all = ["staged", "since", "range", "history", "fix"])]
    pub(crate) stdin_refs: bool,
    /// With --stdin-refs: the remote that is pushed to. For a new branch, commits that this remote already has are excluded; without it, those
    /// that any remote has
    #[arg(long, value_name = "NAME", requires = "stdin_refs")]
    pub(crate) remote: Option<String>,
    /// With --history: also commits that are only in reflogs
    #[arg(long, requires = "history")]
    pub(crate) reflog: bool,
    /// With --history: also blobs, commits and tags that no reference reaches
    #[arg(long, requires = "history")]
    pub(crate) unreachable: bool,
}

// How findings are reported.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Report")]
pub(crate) struct ReportArgs {
    /// Report format [default: that of the name of the output file, otherwise text]
    #[arg(long, short, value_name = "FORMAT", value_parser = named(Format::NAMED), ignore_case = true)]
    pub(crate) format: Option<Format>,
    /// Write the report to a file: report.html is HTML, report.sarif SARIF. FORMAT=FILE writes an additional report, and may be repeated;
    /// `-` is standard output
    #[arg(long, short, value_name = "[FORMAT=]FILE")]
    pub(crate) output: Vec<String>,
    /// How to group findings in the text report
    #[arg(long, value_name = "WHAT", default_value = "file", value_parser = named(Group::NAMED))]
    pub(crate) group_by: Group,
    /// Which findings the text report shows one by one; the others are one line for each rule
    #[arg(long, value_name = "WHAT", default_value = "auto", value_parser = named(Show::NAMED))]
    pub(crate) show: Show,
    /// Print one line for each finding
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Print reasons and fixes in full
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Print secrets in full instead of redacted
    #[arg(long)]
    pub(crate) reveal: bool,
    /// Report only findings at or above this severity: info, low, medium, high, critical
    #[arg(long, value_name = "SEVERITY", default_value = "info")]
    pub(crate) min_severity: Severity,
    /// Report only findings at or above this confidence: low, medium, high. `low` includes matches that a validator rejected, with the reason
    #[arg(long, value_name = "CONFIDENCE", default_value = "medium")]
    pub(crate) min_confidence: Confidence,
    /// Fail (exit 1) at or above this severity, if the confidence is medium or high; `never` reports only
    #[arg(long, value_name = "SEVERITY", default_value = "medium", value_parser = units::fail_on)]
    pub(crate) fail_on: FailOn,
    /// Report only findings that are not in this file: a baseline (`keysift baseline create`), an earlier report (`json`, `jsonl`), a gitleaks
    /// report or a detect-secrets baseline [default: the one that keysift.toml names]
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// In the HTML report, link lines to this address: `{path}`, `{line}` and `{commit}` are filled in [default: from the remote `origin`, for
    /// GitHub, GitLab, Bitbucket and Codeberg]
    #[arg(long, value_name = "URL")]
    pub(crate) source_url: Option<String>,
    /// When to use colors; `auto` honors NO_COLOR and CLICOLOR_FORCE, and uses them on terminals
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
    /// Do not show progress (it is shown on terminals only)
    #[arg(long)]
    pub(crate) no_progress: bool,
    /// Apply safe fixes and report what remains; preview them with --dry-run
    #[arg(long)]
    pub(crate) fix: bool,
    /// With --fix: print the changes as a diff instead of making them
    #[arg(long, requires = "fix")]
    pub(crate) dry_run: bool,
}

// What is read.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Input")]
pub(crate) struct ReadArgs {
    /// Also scan files that .gitignore, .ignore and .keysiftignore exclude
    #[arg(long)]
    pub(crate) no_ignore: bool,
    /// Open archives in folders: zip, jar, war, whl, tar, gz, bz2, xz, zst, deb, SQLite and Java classes. Archives that are named as PATH, and
    /// those in images, are always opened
    #[arg(long)]
    pub(crate) archives: bool,
    /// Skip the layers and the configuration of this base image: a file, an OCI layout, or the digest of a layer (sha256:…)
    #[arg(long, value_name = "IMAGE")]
    pub(crate) base: Vec<String>,
    /// The platform of docker://HOST/NAME:TAG to read, such as linux/arm64, or `all` [default: Linux on this architecture]. Requires a build
    /// with the feature `registry`
    #[arg(long, value_name = "OS/ARCHITECTURE")]
    pub(crate) platform: Option<String>,
    /// Skip hidden files and folders
    #[arg(long)]
    pub(crate) no_hidden: bool,
    /// Skip larger files in folders (bytes, or with K, M, G); 0 is no limit. Files that are named as PATH are always read
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = units::size)]
    pub(crate) max_file_size: u64,
    /// Stop after this time (`90s`, `5m`, `1h`): the report is marked incomplete, and the exit code is 2
    #[arg(long, value_name = "TIME", value_parser = units::duration)]
    pub(crate) timeout: Option<Duration>,
    /// Number of threads; 0 is one for each core, and the maximum is four for each
    #[arg(long, short = 'j', value_name = "N", default_value_t = 0)]
    pub(crate) threads: usize,
}

// Which rules and settings there are.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Rules")]
pub(crate) struct RuleArgs {
    /// The configuration file (docs/configuration.md) [default: the nearest keysift.toml in or above the first PATH]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Read no keysift.toml
    #[arg(long, visible_alias = "no-repo-config", conflicts_with = "config")]
    pub(crate) no_config: bool,
    /// Secrets without a format in test code and third-party packages [default: the configuration, or `lower`]
    #[arg(long, value_name = "WHAT", value_parser = named(Tests::NAMED))]
    pub(crate) tests: Option<Tests>,
    /// Ignore inline suppressions (`keysift:ignore` and those of other tools) and annotations
    #[arg(long)]
    pub(crate) no_inline_ignores: bool,
    /// Report only these rules and checks: an id or a pattern, such as `github-*`; may be repeated
    #[arg(long, value_name = "RULE")]
    pub(crate) rule: Vec<String>,
    /// Do not report these rules and checks: an id or a pattern; may be repeated
    #[arg(long, value_name = "RULE")]
    pub(crate) disable: Vec<String>,
    /// Report only hard-coded secrets, or only checks
    #[arg(long, value_name = "KIND", value_parser = named(KINDS))]
    pub(crate) only: Option<Kind>,
    /// Suppress findings in these paths, in addition to `exclude` in keysift.toml: patterns as in .gitignore; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude: Vec<String>,
    /// Additional rules: a file, a folder of *.yaml files, or rules of gitleaks, betterleaks, Trivy or TruffleHog (docs/import.md)
    #[arg(long, value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
    /// Skip rules of imported files that keysift does not support, with a warning for each, instead of failing
    #[arg(long, requires = "rules")]
    pub(crate) skip_unsupported: bool,
    /// Run every pattern on every text, for tests of keysift itself: slow, with the same findings
    #[arg(long, hide = true)]
    pub(crate) no_prefilter: bool,
    /// Run only the pattern rules, to measure the cost of reading names, values and encodings
    #[arg(long, hide = true)]
    pub(crate) no_reading: bool,
}

/// What to report, as `--only` and `rules list --kind` name it.
const KINDS: &[Named<Kind>] = &[
    (
        Kind::Secrets,
        "secrets",
        "Hard-coded secrets and credential files",
    ),
    (
        Kind::Checks,
        "checks",
        "The handling of secrets: configuration, permissions, attack paths",
    ),
];

/// Options that a command takes and does not show: they are for `scan`.
const GIT_MODES: &[&str] = &[
    "staged",
    "since",
    "range",
    "history",
    "stdin_refs",
    "remote",
    "reflog",
    "unreachable",
];
const HOOK_MODES: &[&str] = &["staged", "since", "range", "history", "reflog", "unreachable"];
const FIXES: &[&str] = &["fix", "dry_run"];
const REPORTS: &[&str] = &[
    "format",
    "output",
    "group_by",
    "show",
    "quiet",
    "verbose",
    "reveal",
    "fail_on",
    "baseline",
    "color",
    "source_url",
];

/// Hides options.
fn without(hidden: &'static [&'static [&'static str]]) -> impl FnMut(Arg) -> Arg {
    move |arg| {
        let is_hidden = hidden.iter().any(|names| names.contains(&arg.get_id().as_str()));
        if is_hidden { arg.hide(true) } else { arg }
    }
}

/// A value by its name, with what each means in the help.
fn named<T: Copy + Send + Sync>(values: &'static [Named<T>]) -> impl TypedValueParser<Value = T> {
    let names = values
        .iter()
        .map(|(_, name, means)| PossibleValue::new(*name).help(*means));
    PossibleValuesParser::new(names).map(|name| {
        let mut all = values.iter();
        all.find(|(_, other, _)| other.eq_ignore_ascii_case(&name))
            .expect("one of these values")
            .0
    })
}

impl Scan {
    /// The options of `keysift scan FOLDER`.
    pub(crate) fn of(folder: &Path) -> Self {
        let words = [
            "keysift".as_ref(),
            "scan".as_ref(),
            "--".as_ref(),
            folder.as_os_str(),
        ];
        match Args::parse_from(words).command {
            Command::Scan(scan) => *scan,
            _ => unreachable!("the command is `scan`"),
        }
    }

    /// Whether the user says how the report is written.
    pub(crate) fn chooses_report(&self) -> bool {
        !self.report.output.is_empty() || self.report.format.is_some_and(|format| format != Format::Text)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }
}

//! What the user types, and what it means to the rooms below.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use anstream::ColorChoice;
use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand, ValueEnum};
use keysift_finding::{Confidence, Severity};
use keysift_report::{Group, Known, Looks, Remarks};
use keysift_source::{Base, GitOptions, Revisions, Stop};

use crate::{
    builtin, known,
    output::Output,
    scan::Config,
    settings::{self, Settings},
};

/// Find the secrets you are about to ship, and the ways in which you hand them around unsafely.
#[derive(Parser, Debug)]
#[command(
    name = "keysift",
    version,
    max_term_width = 100,
    after_help = "\
Exit codes: 0 clean, 1 findings, 2 not everything could be read, or wrong usage.
Everything happens on this machine; keysift opens no connection."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Scan files, folders, container images or standard input
    Scan(Box<Scan>),
    /// Scan what a pipeline should gate on: the range, the format and the report come from the environment of GitHub, GitLab, Bitbucket,
    /// Azure or Jenkins
    Ci(Box<Scan>),
    /// Compare two reports (json or jsonl): what is new, what is gone
    Diff(Diff),
    /// List the rules, or check rules of your own
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Print who can read which Secret, and through what: workloads, bindings, roles of all manifests
    Graph(Graph),
    /// Keep a list of findings that are known, so that only new ones fail
    Baseline(Baseline),
    /// Say which configuration is in force, or print its schema
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Write a git hook that scans what is committed or pushed, or take it out again
    #[command(subcommand)]
    Hook(Hook),
    /// Say what a rule finds, why it matters and what to do; or, for FILE:LINE, which rules looked there and what stopped each
    Explain(Explain),
    /// Print what a shell needs to complete keysift's arguments
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the man pages
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
  keysift scan . --baseline .keysift-baseline  show and fail on what is new
  keysift baseline prune                      take out what is not found any more")]
pub(crate) struct Baseline {
    #[command(subcommand)]
    pub(crate) command: BaselineCommand,
}

#[derive(Subcommand, Debug)]
pub(crate) enum BaselineCommand {
    /// Scan, and write all findings into a new baseline
    Create(Box<BaselineOptions>),
    /// Scan, and add what is new
    Update(Box<BaselineOptions>),
    /// Scan, and take out what is not found any more
    Prune(Box<BaselineOptions>),
    /// Scan, and list all entries with whether they are still there
    Audit(Box<BaselineOptions>),
}

#[derive(clap::Args, Debug)]
pub(crate) struct BaselineOptions {
    /// The baseline
    #[arg(long, value_name = "FILE", default_value = ".keysift-baseline")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) scan: Scan,
}

#[derive(Subcommand, Debug)]
pub(crate) enum ConfigCommand {
    /// Print what is in force, and the place that says so
    Show {
        /// The file; without it the nearest keysift.toml in or above FOLDER
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Where to look
        #[arg(value_name = "FOLDER", default_value = ".")]
        folder: PathBuf,
    },
    /// Print the JSON schema of keysift.toml
    Schema,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Hook {
    /// Write the hook; one that is there already is kept, and runs first
    Install(HookKind),
    /// Remove the hook, and put the one that was there before back
    Uninstall(HookKind),
}

#[derive(clap::Args, Debug)]
pub(crate) struct HookKind {
    /// The repository
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// The hook that scans what is pushed, instead of what is committed
    #[arg(long)]
    pub(crate) pre_push: bool,
    /// Let the hook call this very program by its path, not the keysift that is on PATH
    #[arg(long)]
    pub(crate) this_program: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum RulesCommand {
    /// List all rules and checks
    List(List),
    /// Check rule files: their form, and that every example is found and every counterexample is not
    Check {
        /// Rule files, or folders of them
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Write a page for each rule file, and an index
    Docs {
        /// Rule files, or folders of them
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The folder to write to
        #[arg(long, value_name = "FOLDER", default_value = "docs/rules")]
        out: PathBuf,
    },
    /// Write the help of every command as one page
    CliDocs {
        /// The file to write
        #[arg(long, value_name = "FILE", default_value = "docs/cli.md")]
        out: PathBuf,
    },
    /// Write a page for each manifest check, and an index
    ChecksDocs {
        /// The folder to write to
        #[arg(long, value_name = "FOLDER", default_value = "docs/checks")]
        out: PathBuf,
    },
}

#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  keysift graph deploy/                          by Secret, for people
  keysift graph . --format mermaid > graph.mmd   a diagram that Markdown renders
  kubectl get all,secret,role,rolebinding -A -o yaml | keysift graph -")]
pub(crate) struct Graph {
    /// Files and folders; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How the graph is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: GraphFormat,
    /// Read also what .gitignore, .ignore and .keysiftignore leave out
    #[arg(long)]
    pub(crate) no_ignore: bool,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
pub(crate) enum GraphFormat {
    /// For people, by Secret
    Text,
    /// A Mermaid flowchart
    Mermaid,
    /// Graphviz
    Dot,
    /// One JSON object with nodes and edges
    Json,
}

#[derive(clap::Args, Debug)]
pub(crate) struct List {
    /// More rules: a file, or a folder of *.yaml files
    #[arg(long, value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Explain {
    /// The id of a rule or check, as reports print it; or a place, FILE:LINE or FILE:LINE:COLUMN
    #[arg(value_name = "RULE|FILE:LINE")]
    pub(crate) rule: String,
    /// More rules: a file, or a folder of *.yaml files
    #[arg(long, value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
}

#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  keysift scan .                                the tree below this folder
  keysift scan deploy/ Dockerfile               a folder and a file
  kubectl get deploy -o yaml | keysift scan -   what a command prints
  keysift scan image.tar                        an exported image, layer by layer
  keysift scan --staged                         what the next commit adds
  keysift scan --since origin/main              what this branch adds, commit by commit
  keysift scan --history                        what every commit ever added, and whether it is still there
  keysift scan . --format jsonl | jq .          for machines

What git ignores is left out, as ripgrep does (--no-ignore scans it). Hidden files such as .env and .github/ are
scanned; .git is not. Binary files, and files in folders above --max-file-size, are counted and told in the summary.

Exit codes: 0 clean; 1 at least one finding of --fail-on severity and medium confidence; 2 something that was asked
for could not be read, or wrong usage.")]
pub(crate) struct Scan {
    /// Files, folders and container images (docker save, podman save, OCI layouts); `-` is standard input
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,

    /// Scan what the next commit adds: the index, not the work tree (for pre-commit hooks)
    #[arg(long, conflicts_with_all = ["since", "range", "history", "fix"], help_heading = "Git")]
    staged: bool,
    /// Scan what this branch adds since it left REV, commit by commit, also what it took out again
    #[arg(long, value_name = "REV", conflicts_with_all = ["range", "history", "fix"], help_heading = "Git")]
    since: Option<String>,
    /// Scan what the commits of a range add, as `git log` reads it
    #[arg(long, value_name = "A..B", conflicts_with_all = ["history", "fix"], help_heading = "Git")]
    range: Option<String>,
    /// Scan what every commit of every reference added, and what its author wrote about it; tags and notes too
    #[arg(long, conflicts_with = "fix", help_heading = "Git")]
    history: bool,
    /// Scan what a push adds: git's own lines for pre-push and pre-receive hooks are read from standard input
    #[arg(long, conflicts_with_all = ["staged", "since", "range", "history", "fix"], help_heading = "Git")]
    stdin_refs: bool,
    /// With --history: also commits that only reflogs know
    #[arg(long, requires = "history", help_heading = "Git")]
    reflog: bool,
    /// With --history: also contents that no reference leads to
    #[arg(long, requires = "history", help_heading = "Git")]
    unreachable: bool,

    /// How the report is written
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Report")]
    format: Format,
    /// Write the report to this file; it appears when it is complete. FORMAT=FILE writes another report there, and may be repeated; what is
    /// not a file goes to standard output
    #[arg(long, short, value_name = "[FORMAT=]FILE", help_heading = "Report")]
    output: Vec<String>,
    /// What stands together in the report for people
    #[arg(long, value_name = "WHAT", default_value = "file", help_heading = "Report")]
    group_by: GroupBy,
    /// A line for each finding
    #[arg(long, short, conflicts_with = "verbose", help_heading = "Report")]
    quiet: bool,
    /// Say why, and what to do, in full
    #[arg(long, short, help_heading = "Report")]
    verbose: bool,
    /// Show secrets in full instead of redacted: mind who reads the report
    #[arg(long, help_heading = "Report")]
    reveal: bool,
    /// Show only findings of at least this severity: info, low, medium, high, critical
    #[arg(
        long,
        value_name = "SEVERITY",
        default_value = "info",
        help_heading = "Report"
    )]
    min_severity: Severity,
    /// Show only findings of at least this confidence: low, medium, high. `low` also lists what a validator refused, with its reason
    #[arg(
        long,
        value_name = "CONFIDENCE",
        default_value = "medium",
        help_heading = "Report"
    )]
    min_confidence: Confidence,
    /// Exit with 1 from this severity on, if the confidence is at least medium
    #[arg(
        long,
        value_name = "SEVERITY",
        default_value = "medium",
        help_heading = "Report"
    )]
    fail_on: Severity,
    /// Show only what this file does not have: a baseline (`keysift baseline create`), an earlier report (`json`, `jsonl`), a report of
    /// gitleaks, a baseline of detect-secrets
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    baseline: Option<PathBuf>,
    /// Colours; `auto` heeds NO_COLOR, CLICOLOR_FORCE and whether the output is a terminal
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Report")]
    color: Color,
    /// Do not show progress on standard error (it is shown on terminals only)
    #[arg(long, help_heading = "Report")]
    no_progress: bool,

    /// Make the changes that are safe (reports mark them); look at them with --dry-run first
    #[arg(long, help_heading = "Report")]
    fix: bool,
    /// With --fix: show the changes as a diff on standard output instead of making them
    #[arg(long, requires = "fix", help_heading = "Report")]
    dry_run: bool,

    /// Scan also what .gitignore, .ignore and .keysiftignore leave out
    #[arg(long, help_heading = "What is read")]
    no_ignore: bool,
    /// Open archives found in folders: zip, jar, war, whl, tar, gz, bz2, xz, zst, deb, SQLite and Java classes. Those you name, and those in
    /// images, are always opened
    #[arg(long, help_heading = "What is read")]
    archives: bool,
    /// Leave out what this image has, layers and configuration: a file, an OCI layout, or the digest of a layer (sha256:…). The summary
    /// says how many layers there were
    #[arg(long, value_name = "IMAGE", help_heading = "What is read")]
    base: Vec<String>,
    /// Which image behind docker://HOST/NAME:TAG to read, as linux/arm64, or `all`; by default that for Linux on this processor. Builds
    /// without the feature `registry` open no connections
    #[arg(long, value_name = "OS/ARCHITECTURE", help_heading = "What is read")]
    platform: Option<String>,
    /// Leave hidden files and folders out
    #[arg(long, help_heading = "What is read")]
    no_hidden: bool,
    /// Skip larger files found in folders (bytes, or with K, M, G); 0 is no limit. Files you name are always read
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size, help_heading = "What is read")]
    max_file_size: u64,
    /// Stop reading after so long (`90s`, `5m`, `1h`): the report says that it is not whole, and the run is exit 2
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "What is read")]
    timeout: Option<Duration>,
    /// Threads; 0 is one for each core
    #[arg(
        long,
        short = 'j',
        value_name = "N",
        default_value_t = 0,
        help_heading = "What is read"
    )]
    threads: usize,

    /// The configuration (docs/configuration.md); without it the nearest keysift.toml in or above the first PATH
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    config: Option<PathBuf>,
    /// Read no keysift.toml
    #[arg(
        long,
        visible_alias = "no-repo-config",
        conflicts_with = "config",
        help_heading = "Rules"
    )]
    no_config: bool,
    /// Show also what remarks in lines and annotations on objects hide
    #[arg(long, help_heading = "Rules")]
    no_remarks: bool,
    /// More rules: a file, a folder of *.yaml files, or a .toml file of gitleaks or betterleaks (docs/import.md)
    #[arg(long, value_name = "PATH", help_heading = "Rules")]
    rules: Vec<PathBuf>,
    /// Run every pattern over every text: slow, and the same findings. For tests of keysift itself
    #[arg(long, hide = true)]
    no_prefilter: bool,
    /// Run the pattern rules alone: to measure what reading names, values and encodings costs
    #[arg(long, hide = true)]
    no_reading: bool,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// One JSON object a line
    Jsonl,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// One HTML page, with filters, that needs nothing else
    Html,
    /// For a comment on a pull request
    Markdown,
    /// GitLab's secret detection report
    Gitlab,
    /// GitLab's code quality report
    #[value(name = "codequality")]
    CodeQuality,
    /// Annotations in a workflow of GitHub
    Github,
    /// JUnit XML
    Junit,
    /// Comma-separated values
    Csv,
}

impl From<Format> for keysift_report::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::Json => Self::Json,
            Format::Jsonl => Self::Jsonl,
            Format::Sarif => Self::Sarif,
            Format::Html => Self::Html,
            Format::Markdown => Self::Markdown,
            Format::Gitlab => Self::Gitlab,
            Format::CodeQuality => Self::CodeQuality,
            Format::Github => Self::Github,
            Format::Junit => Self::Junit,
            Format::Csv => Self::Csv,
        }
    }
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum GroupBy {
    /// The findings of a file
    File,
    /// The findings of a rule
    Rule,
    /// The places of a secret
    Secret,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Scan {
    /// How to read what git knows.
    pub(crate) fn git(&self, revisions: Revisions) -> GitOptions {
        GitOptions {
            folder: self.paths.first().cloned().unwrap_or_else(|| PathBuf::from(".")),
            revisions,
            max_file_bytes: self.max_file_size,
            threads: self.threads,
            reflog: self.reflog,
            unreachable: self.unreachable,
            stop: self.stop(),
        }
    }

    /// When to end before everything was read: by the clock, or by a signal.
    fn stop(&self) -> Stop {
        let stop = Stop::at(self.timeout.map(|timeout| Instant::now() + timeout));
        crate::signals::listen(&stop);
        stop
    }

    /// Whether the user says how the report is written.
    pub(crate) fn chooses_report(&self) -> bool {
        !self.output.is_empty() || !matches!(self.format, Format::Text)
    }

    /// What of a repository to read, if the user asked for it.
    fn revisions(&self) -> Result<Option<Revisions>> {
        Ok(match (self.staged, &self.since, &self.range, self.history) {
            (true, ..) => Some(Revisions::Staged),
            (_, Some(revision), ..) => Some(Revisions::Since(revision.clone())),
            (_, _, Some(range), _) => Some(Revisions::Range(range.clone())),
            (.., true) => Some(Revisions::All),
            _ if self.stdin_refs => {
                let lines = std::io::read_to_string(std::io::stdin()).context("cannot read what git says")?;
                Some(keysift_source::pushed(&lines).map_err(anyhow::Error::msg)?)
            }
            _ => None,
        })
    }

    /// Where reports go: `FILE` takes that of --format, `FORMAT=FILE` one of its own.
    fn outputs(&self, colours: ColorChoice) -> Result<Vec<(keysift_report::Format, Output)>> {
        let mut outputs = Vec::new();
        let mut plain = false;
        for text in &self.output {
            match text
                .split_once('=')
                .and_then(|(format, file)| Some((Format::from_str(format, true).ok()?, file)))
            {
                Some((format, "-")) => outputs.push((format.into(), Output::Stdout(colours))),
                Some((format, file)) => outputs.push((format.into(), Output::File(PathBuf::from(file)))),
                None if plain => bail!("--output {text}: two files for one report; FORMAT=FILE says which"),
                None => {
                    plain = true;
                    outputs.push((self.format.into(), Output::File(PathBuf::from(text))));
                }
            }
        }
        if !plain {
            // Files are written before the report that somebody reads.
            outputs.push((self.format.into(), Output::Stdout(colours)));
        }
        Ok(outputs)
    }

    /// What the arguments mean to each room.
    pub(crate) fn config(&self) -> Result<Config> {
        let colours = match self.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        let revisions = self.revisions()?;
        let git = revisions.map(|revisions| self.git(revisions));
        if git.is_some() && self.paths.len() > 1 {
            bail!("--staged, --since, --range and --history take one repository");
        }
        let start = self
            .paths
            .first()
            .filter(|path| path.as_os_str() != "-")
            .cloned()
            .unwrap_or_else(|| PathBuf::from("."));
        let settings = if self.no_config {
            Settings::default()
        } else {
            settings::load(self.config.as_deref(), &start)?
        };
        let mut rules = settings.rules;
        rules.extend(self.rules.iter().cloned());
        Ok(Config {
            git,
            rules,
            source: keysift_source::Options {
                roots: self.paths.clone(),
                ignore_files: !self.no_ignore,
                hidden: !self.no_hidden,
                max_file_bytes: self.max_file_size,
                threads: self.threads,
                archives: self.archives,
                base: base(&self.base)?,
                platform: self.platform.clone(),
                stop: self.stop(),
            },
            scan: keysift_scan::Options {
                prefilter: !self.no_prefilter,
                reading: !self.no_reading,
                low_confidence: self.min_confidence == Confidence::Low,
                plan: builtin::plan(),
                cancel: None,
            },
            report: keysift_report::Options {
                looks: Looks {
                    group: match self.group_by {
                        GroupBy::File => Group::File,
                        GroupBy::Rule => Group::Rule,
                        GroupBy::Secret => Group::Secret,
                    },
                    quiet: self.quiet,
                    verbose: self.verbose,
                },
                remarks: match (self.no_remarks, settings.strict) {
                    (true, _) => Remarks::None,
                    (false, true) => Remarks::Strict,
                    (false, false) => Remarks::All,
                },
                excuse: Arc::new(settings.excuse),
                known: match &self.baseline {
                    Some(file) => known::read(file)?,
                    None => Known::default(),
                },
                reveal: self.reveal,
                min_severity: self.min_severity,
                min_confidence: self.min_confidence,
                fail_on: self.fail_on,
            },
            outputs: self.outputs(colours)?,
            progress: !self.no_progress,
            fix: self.fix.then_some(self.dry_run),
        })
    }
}

/// A time such as `90s`, `5m` or `1h`; a number alone is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|char: char| char.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        unit => return Err(format!("unknown unit `{unit}`: use s, m or h")),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "expected a number such as 90s".to_owned())?;
    number
        .checked_mul(factor)
        .map(Duration::from_secs)
        .ok_or_else(|| "too long".to_owned())
}

/// What base images have.
fn base(images: &[String]) -> Result<Base> {
    let mut base = Base::default();
    for image in images {
        if image.starts_with("sha256:") {
            base.layers.insert(image.clone());
        } else {
            base.extend(
                Base::of(image.as_ref()).with_context(|| format!("cannot read the base image {image}"))?,
            );
        }
    }
    Ok(base)
}

/// A number of bytes, with an optional K, M or G (powers of 1024).
fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|char: char| char.is_ascii_alphabetic());
    let factor = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "K" | "KB" | "KIB" => 1 << 10,
        "M" | "MB" | "MIB" => 1 << 20,
        "G" | "GB" | "GIB" => 1 << 30,
        unit => return Err(format!("unknown unit `{unit}`: use K, M or G")),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "expected a number such as 64M".to_owned())?;
    number.checked_mul(factor).ok_or_else(|| "too large".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn times() {
        assert_eq!(
            (duration("90"), duration("5m"), duration("0s")),
            (
                Ok(Duration::from_secs(90)),
                Ok(Duration::from_secs(300)),
                Ok(Duration::ZERO)
            )
        );
        assert!(duration("x").is_err() && duration("5d").is_err());
    }

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn sizes() {
        assert_eq!(size("64M"), Ok(64 << 20));
        assert_eq!(size("10"), Ok(10));
        assert_eq!(size("1gib"), Ok(1 << 30));
        assert!(size("x").is_err() && size("5Q").is_err() && size("99999999999G").is_err());
    }
}

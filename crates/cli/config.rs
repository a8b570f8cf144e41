//! What the arguments of a scan mean to each crate. Files that they name are read here, not while arguments are parsed.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use anstream::ColorChoice;
use anyhow::{Context, Result, bail};
use keysift::{Outcome, Policy, Source, inputs};
use keysift_finding::Confidence;
use keysift_policy::{InlineIgnores, Known, Settings, Suppressions, path_pattern, rule_pattern};
use keysift_report::{Format, Terminal, TextStyle, Untrusted};
use keysift_source::{Base, GitOptions, Revisions, Stop};

use crate::{
    args::Scan,
    output::{self, Output, print},
    signals,
};

/// What a scan needs to know, each crate's options apart.
pub(crate) struct Config {
    pub(crate) rules: Vec<PathBuf>,
    pub(crate) skip_unsupported: bool,
    pub(crate) source: Source,
    pub(crate) scan: keysift_scan::Options,
    pub(crate) policy: Policy,
    /// What is left of the settings.
    pub(crate) settings: Settings,
    /// Rules that options name.
    pub(crate) asked_rules: Vec<(&'static str, String)>,
    pub(crate) report: keysift_report::Options,
    /// Where the report goes, and in which form: one place, or several.
    pub(crate) outputs: Vec<(Format, Output)>,
    /// The address of a line of a file, if the user gives it.
    pub(crate) source_url: String,
    pub(crate) progress: bool,
    /// Make safe changes; with `true` only show them.
    pub(crate) fix: Option<bool>,
}

impl Config {
    /// Reads the settings, the baseline and the base images that the arguments name.
    pub(crate) fn read(args: &Scan) -> Result<Self> {
        let mut config = Self::without_baseline(args)?;
        if let Some(file) = args
            .report
            .baseline
            .as_ref()
            .or(config.settings.baseline.as_ref())
        {
            config.policy.known = inputs::known(file)?;
        }
        Ok(config)
    }

    /// As [`Config::read`], with all that a baseline would suppress.
    pub(crate) fn without_baseline(args: &Scan) -> Result<Self> {
        let stop = Stop::at(args.read.timeout.map(|timeout| Instant::now() + timeout));
        signals::listen(&stop);
        let revisions = revisions(args, &stop)?;
        if revisions.is_some() && args.paths.len() > 1 {
            bail!("--staged, --since, --range and --history take one repository");
        }
        inputs::check_paths(&args.paths)?;
        if args.read.platform.is_some() && !cfg!(feature = "registry") {
            bail!("--platform requires a build with the feature `registry`");
        }
        let start = args.paths.first().filter(|path| path.as_os_str() != "-");
        let mut settings = match args.rules.no_config {
            true => Settings::default(),
            false => inputs::settings(
                args.rules.config.as_deref(),
                start.map_or(Path::new("."), |path| path),
            )?,
        };
        let base = Base::of_all(&args.read.base)?;
        let outputs = outputs(args)?;
        Ok(Self {
            source: match revisions {
                Some(revisions) => Source::Git(git(args, revisions, stop)),
                None => Source::Files(files(args, base, stop)),
            },
            rules: settings.rules.iter().chain(&args.rules.rules).cloned().collect(),
            skip_unsupported: args.rules.skip_unsupported,
            scan: keysift_scan::Options {
                prefilter: !args.rules.no_prefilter,
                reading: !args.rules.no_reading,
                low_confidence: args.report.min_confidence == Confidence::Low,
                tests: args.rules.tests.unwrap_or(settings.tests),
                terms: false,
                plans: None,
            },
            policy: policy(args, &mut settings)?,
            asked_rules: asked_rules(args),
            settings,
            report: keysift_report::Options {
                looks: TextStyle {
                    group: args.report.group_by,
                    quiet: args.report.quiet,
                    verbose: args.report.verbose,
                    show: args.report.show,
                },
                reveal: args.report.reveal,
                graph: outputs.iter().any(|(format, _)| *format == Format::Html),
                value_key: None,
            },
            outputs,
            source_url: args.report.source_url.clone().unwrap_or_default(),
            progress: !args.report.no_progress,
            fix: args.report.fix.then_some(args.report.dry_run),
        })
    }
}

fn policy(args: &Scan, settings: &mut Settings) -> Result<Policy> {
    let mut suppressions = std::mem::take(&mut settings.suppressions);
    select(args, &mut suppressions)?;
    Ok(Policy {
        min_severity: args.report.min_severity,
        min_confidence: args.report.min_confidence,
        fail_on: args.report.fail_on.0,
        inline_ignores: match args.rules.no_inline_ignores {
            true => InlineIgnores::None,
            false => settings.inline_ignores(),
        },
        known: Known::default(),
        suppressions: Arc::new(suppressions),
    })
}

/// Adds what the options select to what the settings suppress.
fn select(args: &Scan, suppressions: &mut Suppressions) -> Result<()> {
    let rule = |pattern: &String| rule_pattern(pattern).context("--rule and --disable take ids or patterns");
    suppressions.kind = args.rules.only;
    for pattern in &args.rules.rule {
        suppressions.selected.push(rule(pattern)?);
    }
    for pattern in &args.rules.disable {
        suppressions.disabled.push(rule(pattern)?);
    }
    for pattern in &args.rules.exclude {
        let excluded = path_pattern(pattern).context("--exclude takes patterns as in .gitignore")?;
        suppressions.excluded.push(excluded);
    }
    Ok(())
}

fn asked_rules(args: &Scan) -> Vec<(&'static str, String)> {
    let selected = args.rules.rule.iter().map(|rule| ("--rule", rule.clone()));
    let disabled = args.rules.disable.iter().map(|rule| ("--disable", rule.clone()));
    selected.chain(disabled).collect()
}

fn files(args: &Scan, base: Base, stop: Stop) -> keysift_source::Options {
    keysift_source::Options {
        roots: args.paths.clone(),
        ignore_files: !args.read.no_ignore,
        hidden: !args.read.no_hidden,
        max_file_bytes: args.read.max_file_size,
        threads: threads(args),
        archives: args.read.archives,
        base,
        platform: args.read.platform.clone(),
        stop,
    }
}

/// How to read what git knows.
pub(crate) fn git(args: &Scan, revisions: Revisions, stop: Stop) -> GitOptions {
    GitOptions {
        folder: args.paths.first().cloned().unwrap_or_else(|| PathBuf::from(".")),
        revisions,
        ignore_files: !args.read.no_ignore,
        archives: args.read.archives,
        max_file_bytes: args.read.max_file_size,
        threads: threads(args),
        reflog: args.git.reflog,
        unreachable: args.git.unreachable,
        known: None,
        stop,
    }
}

/// How many threads there are: more than four for each core would only wait for each other.
fn threads(args: &Scan) -> usize {
    let threads = keysift_source::threads(args.read.threads);
    if threads < args.read.threads {
        output::say(&format!(
            "keysift: --threads {}: using {threads}, four for each core",
            args.read.threads
        ));
    }
    threads
}

/// What of a repository to read, if the user asked for it.
fn revisions(args: &Scan, stop: &Stop) -> Result<Option<Revisions>> {
    Ok(
        match (
            args.git.staged,
            &args.git.since,
            &args.git.range,
            args.git.history,
        ) {
            (true, ..) => Some(Revisions::Staged),
            (_, Some(revision), ..) => Some(keysift_source::since(revision).map_err(anyhow::Error::msg)?),
            (_, _, Some(range), _) => Some(keysift_source::range(range).map_err(anyhow::Error::msg)?),
            (.., true) => Some(Revisions::All),
            _ if args.git.stdin_refs => {
                let lines =
                    keysift_source::stdin_text(stop).context("cannot read the input of the git hook")?;
                Some(keysift_source::pushed(&lines, args.git.remote.as_deref()).map_err(anyhow::Error::msg)?)
            }
            _ => None,
        },
    )
}

/// Where reports go: `FILE` takes that of --format, `FORMAT=FILE` one of its own.
fn outputs(args: &Scan) -> Result<Vec<(Format, Output)>> {
    let colours = match args.report.color {
        clap::ColorChoice::Auto => ColorChoice::Auto,
        clap::ColorChoice::Always => ColorChoice::Always,
        clap::ColorChoice::Never => ColorChoice::Never,
    };
    let mut outputs = Vec::new();
    let mut plain = false;
    for text in &args.report.output {
        match text
            .split_once('=')
            .and_then(|(format, file)| Some((Format::of_name(format)?, file)))
        {
            Some((format, "-")) => outputs.push((format, Output::Stdout(colours))),
            Some((format, file)) => outputs.push((format, Output::File(PathBuf::from(file)))),
            None if plain => bail!("--output {text}: two files for one report; use FORMAT=FILE"),
            None if Format::of_name(text).is_some() => {
                bail!("--output {text}: a format and no file; use --output {text}=FILE, or --format {text}")
            }
            None => {
                plain = true;
                let file = PathBuf::from(text);
                let format = args.report.format.or_else(|| Format::of_file(&file));
                outputs.push((format.unwrap_or_default(), Output::File(file)));
            }
        }
    }
    if !plain {
        // Files are written before the report that somebody reads.
        outputs.push((args.report.format.unwrap_or_default(), Output::Stdout(colours)));
    }
    Ok(outputs)
}

/// `keysift config show`: what is in force, and from where.
pub(crate) fn show(named: Option<&Path>, start: &Path) -> Result<Outcome> {
    let settings = inputs::settings(named, start)?;
    let shown = |text: &str| Untrusted::new(text).to::<Terminal>();
    print(|out| {
        if settings.in_force.is_empty() {
            let start = Untrusted::path(start).to::<Terminal>();
            return writeln!(
                out,
                "no configuration: there is no {} in or above {start}",
                Settings::FILE
            );
        }
        for setting in &settings.in_force {
            writeln!(out, "{}  ({})", shown(&setting.what), shown(&setting.place))?;
        }
        let mut expired = settings.suppressions.expired.iter();
        expired.try_for_each(|entry| writeln!(out, "expired: {}", shown(entry)))
    })?;
    Ok(Outcome::Clean)
}

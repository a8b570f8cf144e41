//! What the arguments of a scan mean to each crate. Files that they name are read here, not while arguments are parsed.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use anstream::ColorChoice;
use anyhow::{Context, Result, bail};
use keysift::{Outcome, Policy, Source};
use keysift_finding::Confidence;
use keysift_policy::{InlineIgnores, Known, Settings};
use keysift_report::{Foreign, Format, Looks, Terminal};
use keysift_source::{Base, GitOptions, Revisions, Stop};

use crate::{
    args::Scan,
    output::{self, Output, print},
    signals,
};

/// The largest baseline or report that is read, in bytes: one of a million findings has a hundred megabytes.
pub(crate) const LARGEST: u64 = 256 << 20;

/// What a scan needs to know, each crate's options apart.
pub(crate) struct Config {
    pub(crate) rules: Vec<PathBuf>,
    pub(crate) source: Source,
    pub(crate) scan: keysift_scan::Options,
    pub(crate) policy: Policy,
    pub(crate) report: keysift_report::Options,
    /// Where the report goes, and in which form: one place, or several.
    pub(crate) outputs: Vec<(Format, Output)>,
    pub(crate) progress: bool,
    /// Make safe changes; with `true` only show them.
    pub(crate) fix: Option<bool>,
}

impl Config {
    /// Reads the settings, the baseline and the base images that the arguments name.
    pub(crate) fn read(args: &Scan) -> Result<Self> {
        let stop = Stop::at(args.timeout.map(|timeout| Instant::now() + timeout));
        signals::listen(&stop);
        let revisions = revisions(args, &stop)?;
        if revisions.is_some() && args.paths.len() > 1 {
            bail!("--staged, --since, --range and --history take one repository");
        }
        let start = args.paths.first().filter(|path| path.as_os_str() != "-");
        let settings = match args.no_config {
            true => Settings::default(),
            false => settings(args.config.as_deref(), start.map_or(Path::new("."), |path| path))?,
        };
        let base = base(&args.base)?;
        Ok(Self {
            source: match revisions {
                Some(revisions) => Source::Git(git(args, revisions, stop)),
                None => Source::Files(files(args, base, stop)),
            },
            rules: settings.rules.iter().chain(&args.rules).cloned().collect(),
            scan: keysift_scan::Options {
                prefilter: !args.no_prefilter,
                reading: !args.no_reading,
                low_confidence: args.min_confidence == Confidence::Low,
                plan: None,
            },
            policy: policy(args, settings)?,
            report: keysift_report::Options {
                looks: Looks {
                    group: args.group_by,
                    quiet: args.quiet,
                    verbose: args.verbose,
                },
                reveal: args.reveal,
            },
            outputs: outputs(args)?,
            progress: !args.no_progress,
            fix: args.fix.then_some(args.dry_run),
        })
    }
}

fn policy(args: &Scan, settings: Settings) -> Result<Policy> {
    Ok(Policy {
        min_severity: args.min_severity,
        min_confidence: args.min_confidence,
        fail_on: args.fail_on,
        inline_ignores: match args.no_remarks {
            true => InlineIgnores::None,
            false => settings.inline_ignores(),
        },
        known: match &args.baseline {
            Some(file) => Known::parse(file, &baseline(file)?)?,
            None => Known::default(),
        },
        suppressions: Arc::new(settings.suppressions),
    })
}

fn files(args: &Scan, base: Base, stop: Stop) -> keysift_source::Options {
    keysift_source::Options {
        roots: args.paths.clone(),
        ignore_files: !args.no_ignore,
        hidden: !args.no_hidden,
        max_file_bytes: args.max_file_size,
        threads: threads(args),
        archives: args.archives,
        base,
        platform: args.platform.clone(),
        stop,
    }
}

/// How to read what git knows.
pub(crate) fn git(args: &Scan, revisions: Revisions, stop: Stop) -> GitOptions {
    GitOptions {
        folder: args.paths.first().cloned().unwrap_or_else(|| PathBuf::from(".")),
        revisions,
        ignore_files: !args.no_ignore,
        archives: args.archives,
        max_file_bytes: args.max_file_size,
        threads: threads(args),
        reflog: args.reflog,
        unreachable: args.unreachable,
        stop,
    }
}

/// How many threads there are: more than four for each core would only wait for each other.
fn threads(args: &Scan) -> usize {
    let threads = keysift_source::threads(args.threads);
    if threads < args.threads {
        output::say(&format!(
            "keysift: --threads {}: this machine gets {threads}, four for each core",
            args.threads
        ));
    }
    threads
}

/// What of a repository to read, if the user asked for it.
fn revisions(args: &Scan, stop: &Stop) -> Result<Option<Revisions>> {
    Ok(match (args.staged, &args.since, &args.range, args.history) {
        (true, ..) => Some(Revisions::Staged),
        (_, Some(revision), ..) => Some(keysift_source::since(revision).map_err(anyhow::Error::msg)?),
        (_, _, Some(range), _) => Some(keysift_source::range(range).map_err(anyhow::Error::msg)?),
        (.., true) => Some(Revisions::All),
        _ if args.stdin_refs => {
            let lines = keysift_source::stdin_text(stop).context("cannot read what git says")?;
            Some(keysift_source::pushed(&lines, args.remote.as_deref()).map_err(anyhow::Error::msg)?)
        }
        _ => None,
    })
}

/// Where reports go: `FILE` takes that of --format, `FORMAT=FILE` one of its own.
fn outputs(args: &Scan) -> Result<Vec<(Format, Output)>> {
    let colours = match args.color {
        clap::ColorChoice::Auto => ColorChoice::Auto,
        clap::ColorChoice::Always => ColorChoice::Always,
        clap::ColorChoice::Never => ColorChoice::Never,
    };
    let named = |text: &str| {
        let mut all = Format::NAMED.iter();
        all.find(|(_, name, _)| name.eq_ignore_ascii_case(text))
            .map(|(format, ..)| *format)
    };
    let mut outputs = Vec::new();
    let mut plain = false;
    for text in &args.output {
        match text
            .split_once('=')
            .and_then(|(format, file)| Some((named(format)?, file)))
        {
            Some((format, "-")) => outputs.push((format, Output::Stdout(colours))),
            Some((format, file)) => outputs.push((format, Output::File(PathBuf::from(file)))),
            None if plain => bail!("--output {text}: two files for one report; FORMAT=FILE says which"),
            None => {
                plain = true;
                outputs.push((args.format, Output::File(PathBuf::from(text))));
            }
        }
    }
    if !plain {
        // Files are written before the report that somebody reads.
        outputs.push((args.format, Output::Stdout(colours)));
    }
    Ok(outputs)
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

/// The text of a baseline.
pub(crate) fn baseline(file: &Path) -> Result<String> {
    keysift_source::small(file, LARGEST)
        .with_context(|| format!("cannot read the baseline {}", file.display()))
}

/// The settings that are in force: of the file that is named, or of the nearest in or above `start`.
fn settings(named: Option<&Path>, start: &Path) -> Result<Settings> {
    /// The largest file that is read, in bytes.
    const LARGEST: u64 = 4 << 20;
    let read = |file: &Path| -> io::Result<String> { keysift_source::small(file, LARGEST) };
    Ok(Settings::load(named, start, &read)?)
}

/// `keysift config show`: what is in force, and from where.
pub(crate) fn show(named: Option<&Path>, start: &Path) -> Result<Outcome> {
    let settings = settings(named, start)?;
    let shown = |text: &str| Foreign::new(text).to::<Terminal>();
    print(|out| {
        if settings.in_force.is_empty() {
            let start = Foreign::path(start).to::<Terminal>();
            return writeln!(
                out,
                "nothing is configured: no {} in or above {start}",
                Settings::FILE
            );
        }
        for setting in &settings.in_force {
            writeln!(out, "{}  ({})", shown(&setting.what), shown(&setting.place))?;
        }
        let mut expired = settings.suppressions.expired.iter();
        expired.try_for_each(|entry| writeln!(out, "out of date: {}", shown(entry)))
    })?;
    Ok(Outcome::Clean)
}

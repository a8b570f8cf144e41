//! Rules, scanner and policy, built once and used for any number of sources.

use std::{path::PathBuf, sync::Arc};

use keysift_finding::RuleMeta;
use keysift_policy::Policy;
use keysift_rules::Rule;
use keysift_scan::Scanner;
use keysift_source::{GitOptions, Stop};

use crate::{Error, builtin};

/// What to scan.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Source {
    /// Files, folders, archives, container images, standard input.
    Files(keysift_source::Options),
    /// A git repository: the index, a range of commits, or the history.
    Git(GitOptions),
}

impl Source {
    /// Creates a source of a file, folder, archive or image, with the defaults of the command line; `-` is
    /// standard input.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self::Files(keysift_source::Options::of(vec![path.into()]))
    }

    /// Returns what ends the scan early.
    pub fn stop(&self) -> &Stop {
        match self {
            Source::Files(files) => &files.stop,
            Source::Git(git) => &git.stop,
        }
    }
}

/// Configures an [`Engine`].
#[derive(Debug, Default)]
pub struct Builder {
    rules: Vec<PathBuf>,
    skip_unsupported: bool,
    scan: keysift_scan::Options,
    policy: Policy,
    report: keysift_report::Options,
}

impl Builder {
    /// Adds the rules of a file, or of all `*.yaml` files in a folder. Rules of gitleaks, betterleaks, Trivy and
    /// TruffleHog are imported.
    #[must_use]
    pub fn rules(mut self, path: impl Into<PathBuf>) -> Self {
        self.rules.push(path.into());
        self
    }

    /// Leaves out what imported rule files have and keysift does not support; [`Engine::skipped`] lists it.
    #[must_use]
    pub fn skip_unsupported(mut self, skip: bool) -> Self {
        self.skip_unsupported = skip;
        self
    }

    /// Sets how texts are scanned. The matcher's plan is always that of the built-in rules.
    #[must_use]
    pub fn scan_options(mut self, options: keysift_scan::Options) -> Self {
        self.scan = options;
        self
    }

    /// Sets what is reported, suppressed, and fails a run.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the layout of reports, and whether they show secrets in full.
    #[must_use]
    pub fn report_options(mut self, options: keysift_report::Options) -> Self {
        self.report = options;
        self
    }

    /// Reads and checks the rules, and builds the matcher.
    ///
    /// # Errors
    /// If a rule file cannot be read or is malformed.
    pub fn build(self) -> Result<Engine, Error> {
        let mut skipped = Vec::new();
        let rules = match self.skip_unsupported {
            true => builtin::supported_rules(&self.rules, &mut skipped)?,
            false => builtin::rules(&self.rules)?,
        };
        let options = keysift_scan::Options {
            plans: builtin::plans(),
            ..self.scan
        };
        Ok(Engine {
            scanner: Scanner::new(rules, options)?,
            policy: self.policy,
            report: self.report,
            skipped,
        })
    }
}

/// Scans sources. It is `Sync`, so threads can share one.
#[derive(Debug)]
pub struct Engine {
    pub(crate) scanner: Scanner,
    pub(crate) policy: Policy,
    pub(crate) report: keysift_report::Options,
    skipped: Vec<keysift_rules::Error>,
}

impl Engine {
    /// Returns a builder with the built-in rules and the default policy.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Returns the pattern rules.
    pub fn rules(&self) -> &[Rule] {
        self.scanner.rules()
    }

    /// What of imported rule files was left out.
    pub fn skipped(&self) -> &[keysift_rules::Error] {
        &self.skipped
    }

    /// Returns the descriptions of all rules and checks, rules first.
    pub fn metas(&self) -> Vec<Arc<RuleMeta>> {
        self.scanner.metas()
    }

    /// Returns the scanner, for single texts.
    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }
}

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
    /// What git knows: the index, a range of commits, the history.
    Git(GitOptions),
}

impl Source {
    /// A file, a folder, an archive or an image, with the defaults of the command line; `-` is standard input.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self::Files(keysift_source::Options::of(vec![path.into()]))
    }

    /// What ends the scan early.
    pub fn stop(&self) -> &Stop {
        match self {
            Source::Files(files) => &files.stop,
            Source::Git(git) => &git.stop,
        }
    }
}

/// Collects what an [`Engine`] is made of.
#[derive(Debug, Default)]
pub struct Builder {
    rules: Vec<PathBuf>,
    scan: keysift_scan::Options,
    policy: Policy,
    report: keysift_report::Options,
}

impl Builder {
    /// Adds the rules of a file, or of all `*.yaml` files of a folder; a `.toml` file is one of gitleaks or betterleaks.
    #[must_use]
    pub fn rules(mut self, path: impl Into<PathBuf>) -> Self {
        self.rules.push(path.into());
        self
    }

    /// How texts are scanned. The matcher's plan is always that of the built-in rules.
    #[must_use]
    pub fn scan_options(mut self, options: keysift_scan::Options) -> Self {
        self.scan = options;
        self
    }

    /// What is shown, suppressed, and fails a run.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// How reports look, and whether they show secrets in full.
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
        let rules = builtin::rules(&self.rules)?;
        let options = keysift_scan::Options {
            plan: builtin::plan(),
            ..self.scan
        };
        Ok(Engine {
            scanner: Scanner::new(rules, options)?,
            policy: self.policy,
            report: self.report,
        })
    }
}

/// Scans sources. It is `Sync`: threads may share one.
#[derive(Debug)]
pub struct Engine {
    pub(crate) scanner: Scanner,
    pub(crate) policy: Policy,
    pub(crate) report: keysift_report::Options,
}

impl Engine {
    /// A builder with the built-in rules and the default policy.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The pattern rules.
    pub fn rules(&self) -> &[Rule] {
        self.scanner.rules()
    }

    /// What rules and checks say of themselves, rules first.
    pub fn metas(&self) -> Vec<Arc<RuleMeta>> {
        self.scanner.metas()
    }

    /// The scanner itself, for one text at a time.
    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }
}

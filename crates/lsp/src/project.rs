//! The settings of the project that contains a document, and the engine with these settings.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use keysift::{Engine, Policy, inputs};
use keysift_finding::{Confidence, Severity};
use keysift_policy::{Known, Settings};
use serde::Deserialize;

/// The settings of the editor: `initializationOptions`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Findings of lower severity are not reported.
    pub min_severity: Severity,
    /// Findings of lower confidence are not reported.
    pub min_confidence: Confidence,
    /// The baseline, relative to the root of the repository; used if it exists.
    pub baseline: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            min_severity: Severity::Info,
            min_confidence: Confidence::Medium,
            baseline: PathBuf::from(".keysift-baseline"),
        }
    }
}

/// The `keysift.toml` and the baseline of an engine.
type Key = (Option<PathBuf>, Option<PathBuf>);

/// The engines so far, one for each `keysift.toml` and baseline.
#[derive(Debug)]
pub(crate) struct Projects {
    options: Options,
    engines: HashMap<Key, Arc<Engine>>,
}

impl Projects {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options,
            engines: HashMap::new(),
        }
    }

    /// Drops all engines, so that settings are read again.
    pub(crate) fn forget(&mut self) {
        self.engines.clear();
    }

    /// The engine for a file. If its settings are invalid, an engine without settings, and the error.
    pub(crate) fn engine(&mut self, file: &Path) -> Result<(Arc<Engine>, Option<String>), keysift::Error> {
        let baseline = top(file).join(&self.options.baseline);
        let key = (settings_file(file), Some(baseline).filter(|file| file.is_file()));
        if let Some(engine) = self.engines.get(&key) {
            return Ok((Arc::clone(engine), None));
        }
        let (engine, complaint) = match self.build(&key) {
            Ok(engine) => (engine, None),
            Err(complaint) => (Engine::builder().build()?, Some(complaint)),
        };
        let engine = Arc::new(engine);
        self.engines.insert(key, Arc::clone(&engine));
        Ok((engine, complaint))
    }

    fn build(&self, (config, baseline): &Key) -> Result<Engine, String> {
        let settings = match config {
            Some(file) => inputs::settings(Some(file), file).map_err(|error| error.to_string())?,
            None => Settings::default(),
        };
        let known = match baseline {
            Some(file) => inputs::known(file).map_err(|error| error.to_string())?,
            None => Known::default(),
        };
        let builder = Engine::builder().scan_options(keysift_scan::Options {
            low_confidence: self.options.min_confidence == Confidence::Low,
            ..Default::default()
        });
        let rules = settings.rules.iter();
        rules
            .fold(builder, |builder, path| builder.rules(path))
            .policy(Policy {
                min_severity: self.options.min_severity,
                min_confidence: self.options.min_confidence,
                inline_ignores: settings.inline_ignores(),
                known,
                suppressions: Arc::new(settings.suppressions),
                ..Policy::default()
            })
            .build()
            .map_err(|error| error.to_string())
    }
}

/// The `keysift.toml` for a file: the nearest in its folder or above.
pub(crate) fn settings_file(file: &Path) -> Option<PathBuf> {
    let mut folders = file.ancestors().skip(1);
    folders.find_map(|folder| Some(folder.join(Settings::FILE)).filter(|file| file.is_file()))
}

/// The root of the repository that contains a file, or its folder.
pub(crate) fn top(file: &Path) -> PathBuf {
    let base = keysift_source::locate(file).base().to_owned();
    match base.as_os_str().is_empty() {
        true => file.parent().unwrap_or(file).to_owned(),
        false => base,
    }
}

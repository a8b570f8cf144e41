//! `keysift.toml`, and the files that say what is known: baselines, reports of ours and of other scanners. Bad ones are refused, and what is
//! refused says why.
#![no_main]
#![allow(dead_code)]

use std::{path::PathBuf, sync::LazyLock};

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/cli/known.rs"]
mod known;
#[path = "../../crates/cli/settings.rs"]
mod settings;

/// What `settings` prints with.
mod rules {
    pub(crate) fn print(write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> anyhow::Result<()> {
        Ok(write(&mut std::io::sink())?)
    }
}

static FILE: LazyLock<PathBuf> = LazyLock::new(|| std::env::temp_dir().join(format!("keysift-fuzz-settings-{}.toml", std::process::id())));

fuzz_target!(|data: &[u8]| {
    std::fs::write(&*FILE, data).expect("a file in the folder for temporary files");
    if let Err(error) = settings::load(Some(&*FILE), &FILE) {
        assert!(!format!("{error:#}").is_empty());
    }
    if let Err(error) = known::read(&FILE) {
        assert!(!format!("{error:#}").is_empty());
    }
});

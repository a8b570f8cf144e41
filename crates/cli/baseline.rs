//! Findings that are known already: an earlier report.

use std::{collections::HashSet, fs, path::Path};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The fingerprints of a report of ours, `json` or `jsonl`.
pub(crate) fn read(file: &Path) -> Result<HashSet<String>> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read the baseline {}", file.display()))?;
    let named = || format!("{} is no report of keysift (--format json or jsonl)", file.display());
    let documents: Vec<Value> = serde_json::Deserializer::from_str(&text).into_iter().collect::<Result<_, _>>().with_context(named)?;
    let mut known = HashSet::new();
    let mut ours = false;
    for document in &documents {
        ours |= document["schema"] == "keysift/1";
        let findings = document["findings"].as_array().map_or(std::slice::from_ref(document), Vec::as_slice);
        known.extend(findings.iter().filter_map(|finding| finding["fingerprint"].as_str()).map(str::to_owned));
    }
    if !ours {
        bail!("{}", named());
    }
    Ok(known)
}

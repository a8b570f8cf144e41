//! `cargo run --example candidates -- FOLDER` prints every literal below a folder that the judge weighs, with
//! its features, as one JSON object a line for `crates/judge/train/train.py`. Values are not printed.

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use keysift::builtin;
use keysift_finding::{Blob, Finding, Location, Origin, Position, Tests};
use keysift_scan::{Options, Scanner};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(std::env::args_os().nth(1).ok_or("a folder, please")?);
    let options = Options {
        plans: builtin::plans(),
        terms: true,
        tests: Tests::Show,
        ..Options::default()
    };
    let scanner = Scanner::new(builtin::rules(&[])?, options)?;
    let mut files = Vec::new();
    below(&root, &mut files)?;
    files.sort();
    let mut out = BufWriter::new(io::stdout().lock());
    for path in files {
        let mut buffer = fs::read(&path)?;
        let len = buffer.len();
        if len > 8 << 20 || buffer.contains(&0) {
            continue;
        }
        buffer.resize(len + Blob::PADDING, 0);
        let path = path.strip_prefix(&root)?.to_owned();
        let origin = Origin::File(Location::named(&path));
        let blob = Blob::whole(&origin, &buffer, len);
        let found = scanner.scan(&blob).findings;
        for finding in found.iter().filter(|finding| !finding.terms.is_empty()) {
            write(&mut out, &path, &buffer[..len], finding)?;
        }
    }
    Ok(())
}

fn below(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()? {
            kind if kind.is_dir() => below(&entry.path(), files)?,
            kind if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    Ok(())
}

/// Writes a finding as a line of JSON. Only the path can contain characters that need escapes.
fn write(out: &mut impl Write, path: &Path, text: &[u8], finding: &Finding) -> io::Result<()> {
    let line = Position::START.after(&text[..finding.span.start]).line;
    let end = Position::START.after(&text[..finding.span.end]).line;
    let escaped = path.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    let features: Vec<String> = finding
        .terms
        .iter()
        .map(|term| format!("\"{}\\t{}\"", term.what.0, term.what.1))
        .collect();
    let confidence = finding.confidence;
    let rule = &finding.rule.id;
    writeln!(
        out,
        "{{\"path\":\"{escaped}\",\"line\":{line},\"end_line\":{end},\"rule\":\"{rule}\",\"confidence\":\"{confidence}\",\"features\":[{}]}}",
        features.join(",")
    )
}

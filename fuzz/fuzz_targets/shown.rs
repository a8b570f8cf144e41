//! Reports a finding anywhere in an arbitrary text, in every format. The output must contain neither the
//! token in the text nor control characters.
#![no_main]

use std::sync::Arc;

use keysift_finding::{Blob, Confidence, Edit, Finding, Location, Origin, RuleMeta, Severity, Span};
use keysift_policy::Run;
use keysift_report::{Untrusted, Format, Options, Report, Terminal, Totals, changed_lines};
use libfuzzer_sys::fuzz_target;

/// A token that no text contains by chance; split, so that it is not reported as a secret.
const TOKEN: &str = concat!("Zk3mQ9xW", "2pLs7Rt5Vb8N");

const FORMATS: &[Format] = &[
    Format::Text,
    Format::Json,
    Format::Jsonl,
    Format::Sarif,
    Format::Gitlab,
    Format::CodeQuality,
    Format::Github,
    Format::Junit,
    Format::Csv,
    Format::Markdown,
    Format::Html,
    Format::Baseline,
];

fn rule() -> Arc<RuleMeta> {
    Arc::new(RuleMeta {
        id: "fuzz".to_owned(),
        name: "fuzz".to_owned(),
        provider: "Any".to_owned(),
        severity: Severity::High,
        confidence: Confidence::High,
        since: "0.1.0".to_owned(),
        why: String::new(),
        fix: String::new(),
        references: Vec::new(),
        is_credential: true,
        is_hard_coded: true,
        check: String::new(),
        rotate: Vec::new(),
    })
}

fn check(shown: &str) {
    assert!(!shown.contains(TOKEN));
    assert!(!shown.chars().any(|char| char.is_control() && char != '\n' && char != '\r'));
}

fuzz_target!(|data: &[u8]| {
    let Some((&[at, from, len, kind], rest)) = data.split_first_chunk::<4>() else { return };
    // Insert the token between blanks, or as a literal, anywhere in the text.
    let at = usize::from(at) * rest.len() / 256;
    let (before, after) = [(" ", " "), ("=\"", "\" "), (": '", "' "), (" ", "\n")][usize::from(kind) % 4];
    let text = [&rest[..at], before.as_bytes(), TOKEN.as_bytes(), after.as_bytes(), &rest[at..]].concat();
    let start = usize::from(from) * text.len() / 256;
    let span = Span::new(start, text.len().min(start + usize::from(len % 40)));
    let name = String::from_utf8_lossy(&rest[..rest.len().min(40)]).into_owned();
    let origin = Origin::File(Location::named(&name));
    let mut buffer = text.clone();
    buffer.resize(text.len() + Blob::PADDING, 0);
    let mut finding = Finding::new(rule(), span, format!("a secret in `{name} {TOKEN}`"));
    finding.notes.push(name.clone());
    let report = Report::new(Options::default());
    report.blob(&Blob::whole(&origin, &buffer, text.len()), vec![finding], &[]);
    let finished = report.finish(&Run::default(), Totals::default());
    for format in FORMATS {
        let mut out = Vec::new();
        finished.write(*format, &mut out).expect("memory takes it");
        let out = String::from_utf8(out).expect("reports are UTF-8");
        check(&anstyle_free(&out));
    }
    let edit = Edit { span, with: "x".to_owned(), safe: true };
    for changed in changed_lines(&text, &[edit], &[]) {
        check(changed.old.to::<Terminal>().as_str());
        check(changed.new.to::<Terminal>().as_str());
    }
    check(Untrusted::sentence(&name).to::<Terminal>().as_str());
});

/// Removes color codes from the text report; the program does so if the output is not a terminal.
fn anstyle_free(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        let end = after.find(|char: char| !char.is_ascii_digit() && char != ';').unwrap_or(after.len());
        assert!(after[end..].starts_with('m'), "a colour and nothing else");
        rest = &after[end + 1..];
    }
    out + rest
}

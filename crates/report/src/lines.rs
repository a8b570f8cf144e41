//! Reports of a line or an element for each finding: annotations of GitHub, JUnit, CSV, baselines.

use std::io::{self, Write};

use keysift_finding::Severity;

use crate::{
    escape::{Csv, GithubData, GithubProperty, Terminal, Untrusted, Xml},
    format::Complete,
    gitlab::path,
    record::Record,
};

/// GitHub shows ten annotations of each kind for a step; more than this are noise in its log.
const ANNOTATIONS: usize = 500;

/// Workflow commands of GitHub: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.
pub(crate) fn github(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    let ours = |text: &str| Untrusted::new(text.replace('\n', " ")).to::<GithubData>();
    for record in report.records.iter().take(ANNOTATIONS) {
        let level = match record.severity() {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low | Severity::Info => "notice",
        };
        writeln!(
            out,
            "::{level} file={},line={},endLine={},col={},title={}::{} ({}). {}",
            path(record).to::<GithubProperty>(),
            record.start.line,
            record.end.line,
            record.start.column,
            Untrusted::new(&record.rule.name).to::<GithubProperty>(),
            record.message.to::<GithubData>(),
            ours(&record.rule.id),
            ours(&record.rule.fix)
        )?;
    }
    for unread in report.unread {
        writeln!(
            out,
            "::error title=keysift could not read everything::{}: {}",
            unread.what.to::<GithubData>(),
            unread.why.to::<GithubData>()
        )?;
    }
    let more = report.records.len().saturating_sub(ANNOTATIONS);
    if more > 0 {
        writeln!(
            out,
            "::warning title=keysift::{more} more findings without an annotation: GitHub limits annotations for each step"
        )?;
    }
    writeln!(
        out,
        "keysift: {} findings, {} files read",
        report.records.len(),
        report.totals.coverage.files
    )
}

/// JUnit XML, as GitLab, Jenkins and Azure read it.
pub(crate) fn junit(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (failures, errors) = (report.records.len(), report.unread.len());
    let tests = (failures + errors).max(1);
    let seconds = report.totals.elapsed.as_secs_f64();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"keysift\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">"
    )?;
    writeln!(
        out,
        "  <testsuite name=\"keysift\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" time=\"{seconds:.3}\">"
    )?;
    for record in report.records {
        let (path, start) = (path(record).to::<Xml>(), record.start);
        let place = format!("{path}:{}:{}", start.line, start.column);
        let ours = |text: &str| Untrusted::new(text).to::<Xml>();
        writeln!(
            out,
            "    <testcase name=\"{} {place}\" classname=\"{path}\">",
            ours(&record.rule.id),
        )?;
        writeln!(
            out,
            "      <failure message=\"{}\" type=\"{}\">{place}\n{}</failure>\n    </testcase>",
            record.message.to::<Xml>(),
            record.severity(),
            ours(&record.rule.fix)
        )?;
    }
    for unread in report.unread {
        writeln!(
            out,
            "    <testcase name=\"{}\" classname=\"coverage\"><error message=\"not read: {}\"/></testcase>",
            unread.what.to::<Xml>(),
            unread.why.to::<Xml>()
        )?;
    }
    if failures + errors == 0 {
        writeln!(out, "    <testcase name=\"no findings\" classname=\"keysift\"/>")?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

/// CSV (RFC 4180).
pub(crate) fn csv(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "severity,confidence,rule,path,line,column,message,redacted,fingerprint,notes\r\n"
    )?;
    for record in report.records {
        let ours = |text: &str| Untrusted::new(text).to::<Csv>().to_string();
        let notes: Vec<String> = record
            .notes
            .iter()
            .map(|note| note.to::<Terminal>().to_string())
            .collect();
        let cells = [
            ours(record.severity().word()),
            ours(record.confidence().word()),
            ours(&record.rule.id),
            record.shown().to::<Csv>().to_string(),
            record.start.line.to_string(),
            record.start.column.to_string(),
            record.message.to::<Csv>().to_string(),
            record.redacted.to::<Csv>().to_string(),
            record.fingerprint.to_string(),
            ours(&notes.join("; ")),
        ];
        write!(out, "{}\r\n", cells.join(","))?;
    }
    Ok(())
}

/// What a baseline holds, a line for each finding: nothing that a secret could be guessed from, nothing that moves with lines.
pub(crate) fn baseline(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    let line = |record: &Record| {
        let path = Untrusted::new(record.origin.path().to_string_lossy().replace('\\', "/"));
        format!(
            "{} {} {} {}",
            record.fingerprint,
            record.anywhere,
            record.rule.id,
            path.to::<Terminal>()
        )
    };
    report
        .records
        .iter()
        .try_for_each(|record| writeln!(out, "{}", line(record)))
}

//! Reports of a line or an element for each finding: annotations of GitHub, JUnit, CSV, baselines.

use std::io::{self, Write};

use keysift_finding::Severity;

use crate::{
    counts::{counted, prose},
    escape::{Csv, GithubData, GithubProperty, Terminal, Untrusted, Xml},
    format::Complete,
    gitlab::path,
    record::Record,
};

/// GitHub shows ten annotations of each level for a step.
const ANNOTATIONS: usize = 10;

/// Workflow commands of GitHub: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>. The worst findings become
/// annotations, the others lines of the log.
pub(crate) fn github(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut left = [ANNOTATIONS; 3];
    let mut others = Vec::new();
    for record in report.worst_first() {
        let (level, name) = match record.severity() {
            Severity::Critical | Severity::High => (0, "error"),
            Severity::Medium => (1, "warning"),
            Severity::Low | Severity::Info => (2, "notice"),
        };
        match left[level].checked_sub(1) {
            Some(fewer) => {
                left[level] = fewer;
                annotation(record, name, out)?;
            }
            None => others.push(record),
        }
    }
    for unread in report.unread {
        writeln!(
            out,
            "::error title=keysift could not read everything::{}: {}",
            unread.what.to::<GithubData>(),
            unread.why.to::<GithubData>()
        )?;
    }
    if !others.is_empty() {
        let more = counted(others.len() as u64, "finding");
        writeln!(
            out,
            "{more} without an annotation, of which GitHub shows {ANNOTATIONS} of each level:"
        )?;
    }
    for record in others {
        writeln!(
            out,
            "  {}:{}: {}: {} [{}]",
            path(record).to::<Terminal>(),
            record.start.line,
            record.severity(),
            record.message.to::<Terminal>(),
            record.rule.id
        )?;
    }
    let findings = counted(report.records.len() as u64, "finding");
    let files = counted(report.totals.coverage.files, "file");
    writeln!(out, "keysift: {findings}, {files} read")
}

fn annotation(record: &Record, level: &str, out: &mut dyn Write) -> io::Result<()> {
    let ours = |text: &str| Untrusted::new(text.replace('\n', " ")).to::<GithubData>();
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
        ours(&prose(&record.rule.fix))
    )
}

/// JUnit XML, as GitLab, Jenkins and Azure read it: what fails the run is a failure, the rest a test that passed and says what was found.
pub(crate) fn junit(report: &Complete<'_>, out: &mut dyn Write) -> io::Result<()> {
    let failures = report.records.iter().filter(|record| record.fails).count();
    let errors = report.unread.len();
    let tests = (report.records.len() + errors).max(1);
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
        test_case(record, out)?;
    }
    for unread in report.unread {
        writeln!(
            out,
            "    <testcase name=\"{}\" classname=\"coverage\"><error message=\"not read: {}\"/></testcase>",
            unread.what.to::<Xml>(),
            unread.why.to::<Xml>()
        )?;
    }
    if report.records.len() + errors == 0 {
        writeln!(out, "    <testcase name=\"no findings\" classname=\"keysift\"/>")?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn test_case(record: &Record, out: &mut dyn Write) -> io::Result<()> {
    let (path, start) = (path(record).to::<Xml>(), record.start);
    let place = format!("{path}:{}:{}", start.line, start.column);
    let ours = |text: &str| Untrusted::new(text).to::<Xml>();
    let (message, fix) = (record.message.to::<Xml>(), ours(&record.rule.fix));
    let severity = record.severity();
    writeln!(
        out,
        "    <testcase name=\"{} {place}\" classname=\"{path}\">",
        ours(&record.rule.id),
    )?;
    match record.fails {
        true => writeln!(
            out,
            "      <failure message=\"{message}\" type=\"{severity}\">{place}\n{fix}</failure>"
        )?,
        false => writeln!(
            out,
            "      <system-out>{severity}: {message}\n{place}\n{fix}</system-out>"
        )?,
    }
    writeln!(out, "    </testcase>")
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

//! A run that is to end writes its findings without their lines, and loses none.

use std::sync::Arc;

use keysift_finding::{Blob, Cancel, Confidence, Finding, Location, Origin, RuleMeta, Severity, Span};
use keysift_policy::Run;
use keysift_report::{Format, Options, Report, Totals};

fn rule() -> Arc<RuleMeta> {
    Arc::new(RuleMeta::new(
        "any-password",
        "password",
        Severity::High,
        Confidence::High,
    ))
}

#[test]
fn no_finding_is_lost_when_the_time_is_over() {
    let mut text = b"one = 'swordfish'; two = 'marlinspike';".to_vec();
    let len = text.len();
    let findings: Vec<Finding> = [Span::new(7, 16), Span::new(26, 37)]
        .into_iter()
        .map(|span| {
            let mut finding = Finding::new(rule(), span, "a password");
            finding.secret = Some(span);
            finding
        })
        .collect();
    text.resize(len + Blob::PADDING, 0);
    let origin = Origin::File(Location::named("a.py"));
    let written = |report: Report| {
        report.blob(&Blob::whole(&origin, &text, len), findings.clone(), &[]);
        let mut out = Vec::new();
        let finished = report.finish(&Run::default(), Totals::default());
        finished.write(Format::Text, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let whole = written(Report::new(Options::default()));
    let ended = written(Report::new(Options::default()).ended_by(Cancel::new(|| Some("timed out"))));
    assert!(
        whole.contains("one =") && !ended.contains("one ="),
        "{whole}{ended}"
    );
    for out in [whole, ended] {
        assert_eq!(out.matches("a password").count(), 2, "{out}");
        assert!(out.contains("1:8") && out.contains("1:27"), "{out}");
        assert!(
            !out.contains("swordfish") && !out.contains("marlinspike"),
            "{out}"
        );
    }
}

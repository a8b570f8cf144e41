//! The page of a rule, for the finding under the cursor.

use std::fmt::Write;

use keysift_report::{Markdown, Untrusted};

use crate::diagnostics::Found;

/// Markdown for a finding. Rule texts are trusted; text from the document is escaped.
pub(crate) fn page(found: &Found) -> String {
    let rule = &found.rule;
    let mut out = format!(
        "**{}** (`{}`)\n\nseverity {}, confidence {}\n\n",
        rule.name, rule.id, found.severity, found.confidence
    );
    for note in &found.notes {
        // Writing to a `String` does not fail.
        let _ = writeln!(out, "- {}", Untrusted::new(note).to::<Markdown>());
    }
    let _ = write!(out, "\n{}\n\n**Fix:** {}\n", rule.why.trim(), rule.fix.trim());
    if !rule.check.is_empty() {
        let _ = write!(
            out,
            "\n**Is it live?** (read-only; keysift never runs it)\n\n```sh\n{}\n```\n",
            rule.check.trim()
        );
    }
    if !rule.rotate.is_empty() {
        out.push_str("\n**Rotate**\n\n");
        for (number, step) in (1..).zip(&rule.rotate) {
            let _ = writeln!(out, "{number}. {step}");
        }
    }
    if !rule.references.is_empty() {
        out.push('\n');
        for reference in &rule.references {
            let _ = writeln!(out, "- <{reference}>");
        }
    }
    out
}

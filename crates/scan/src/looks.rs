//! Which rules looked at a line, and what stopped each: the long answer, for one line.

use keysift_finding::{Blob, Confidence, Span};
use keysift_judge::{self as judge, Name, Value};
use keysift_rules::{Rule, RuleKind};
use keysift_syntax::{Kind, assignment};

use crate::Scanner;

/// What one rule made of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The rule.
    pub rule: String,
    /// What it looked at, in the blob: its match, or what led to it.
    pub span: Span,
    /// What came of it; holds no secret.
    pub outcome: String,
}

impl Scanner {
    /// Every rule that looked at `line`, a span of the blob, with what stopped it. Slower than a scan by far.
    pub fn looks(&self, blob: &Blob<'_>, line: Span) -> Vec<Look> {
        let mut looks = Vec::new();
        for rule in self.rules() {
            match rule.spec().kind {
                RuleKind::Unnamed { .. } => {}
                RuleKind::Name(_) => looks.extend(by_name(rule, blob, line)),
                _ => looks.extend(by_pattern(rule, blob, line)),
            }
        }
        looks.dedup();
        looks
    }
}

/// A pattern rule: literal, pattern, validators.
fn by_pattern(rule: &Rule, blob: &Blob<'_>, line: Span) -> Vec<Look> {
    let text = blob.bytes();
    let look = |span: Span, outcome: String| Look {
        rule: rule.meta().id.clone(),
        span,
        outcome,
    };
    let path = blob.origin.path().to_string_lossy();
    let mut looks = Vec::new();
    let near = Span::new(
        line.start.saturating_sub(rule.reach().min(4096)),
        text.len().min(line.end + rule.reach().min(4096)),
    );
    for window in rule.windows(near.of(text)) {
        rule.each_match(
            text,
            Span::new(near.start + window.start, near.start + window.end),
            |matched| {
                if !matched.secret.overlaps(line) {
                    return;
                }
                let outcome = match rule.judge(&path, text, &matched) {
                    Ok(evidence) => {
                        let notes = if evidence.notes.is_empty() {
                            String::new()
                        } else {
                            format!(" ({})", evidence.notes.join("; "))
                        };
                        format!("matched, {} confidence{notes}", evidence.confidence)
                    }
                    Err(refusal) => format!("rejected by a validator: {}", refusal.reason()),
                };
                looks.push(look(matched.secret, outcome));
            },
        );
    }
    let led = rule.hits(line.of(text)).first().map(|at| line.start + at);
    if let (true, Some(at)) = (looks.is_empty(), led) {
        looks.push(look(
            Span::new(at, at + 1),
            "a literal was found, but the pattern does not match".to_owned(),
        ));
    }
    looks
}

/// A rule without a format: name, value.
fn by_name(rule: &Rule, blob: &Blob<'_>, line: Span) -> Vec<Look> {
    let text = blob.bytes();
    let path = blob.origin.path().to_string_lossy();
    let shortest = rule.spec().literals.iter().map(String::len).min().unwrap_or(1);
    let mut last = 0;
    let mut looks = Vec::new();
    for at in rule.hits(line.of(text)).into_iter().map(|at| line.start + at) {
        let word = Span::new(at, at + shortest);
        let look = |span: Span, outcome: String| Look {
            rule: rule.meta().id.clone(),
            span,
            outcome,
        };
        let Some(found) = assignment(text, word, Kind::of(&path)) else {
            if at >= last {
                looks.push(look(
                    word,
                    "a matching name was found, but no string literal is assigned to it".to_owned(),
                ));
            }
            last = last.max(at + shortest);
            continue;
        };
        if at < last {
            continue;
        }
        last = found.name.end;
        let name = String::from_utf8_lossy(found.name.of(text)).into_owned();
        if judge::name(&name) == Name::Sensitive
            && judge::is_password(&name) != rule.spec().kind.names_passwords()
        {
            continue; // the other rule's business
        }
        looks.push(look(
            found.value,
            verdict(&name, &String::from_utf8_lossy(found.value.of(text))),
        ));
    }
    looks
}

/// What name and value say.
fn verdict(name: &str, value: &str) -> String {
    if judge::name(name) != Name::Sensitive {
        return format!("`{name}` does not look like the name of a secret");
    }
    match (judge::credential(name, value), judge::value(value)) {
        (Some(judged), _) => format!(
            "`{name}` looks like the name of a secret; its value: {}",
            judged.reason
        ),
        (None, Value::Literal) => format!(
            "`{name}` looks like the name of a secret, but its value is too short, a sentence, code or a template"
        ),
        (None, other) => format!(
            "`{name}` looks like the name of a secret; its value: {}",
            other.reason()
        ),
    }
}

/// What would make a finding of low confidence one that is shown.
pub fn what_would_change(confidence: Confidence) -> Option<&'static str> {
    match confidence {
        Confidence::Low => {
            Some("not reported by default because of the notes above; use --min-confidence low")
        }
        _ => None,
    }
}

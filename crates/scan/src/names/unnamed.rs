//! Random values without a sensitive name.

use std::sync::Arc;

use keysift_finding::{Finding, Span};
use keysift_judge as judge;
use keysift_rules::{Rule, RuleKind};
use keysift_syntax::assigned_name;

use super::{Names, matches_whole};

impl Names<'_> {
    /// The finding of a run without a sensitive name, by its look: it follows one of the rule's literals, and
    /// is neither a hash nor an id.
    pub(crate) fn unnamed(&self, rule: &Rule, run: Span) -> Option<Finding> {
        let bytes = run.of(self.text);
        // `name=value` is one run.
        let start = run.start
            + bytes
                .iter()
                .position(|byte| *byte == b'=')
                .filter(|at| at + 3 < bytes.len())
                .map_or(0, |at| at + 1);
        let value = Span::new(start, run.end);
        let before = &self.text[start.saturating_sub(4)..start];
        let assigned = start > run.start
            || rule
                .spec()
                .literals
                .iter()
                .any(|literal| before.ends_with(literal.as_bytes()));
        let closed = match before.last() {
            Some(quote @ (b'"' | b'\'')) => self.text.get(value.end) == Some(quote),
            _ => self
                .text
                .get(value.end)
                .is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'&' | b';' | b',')),
        };
        let long = matches!(rule.spec().kind, RuleKind::Unnamed { length } if value.len() >= length);
        if !assigned || !closed || !long {
            return None;
        }
        let name = assigned_name(self.text, value)
            .map(|name| String::from_utf8_lossy(name.of(self.text)).into_owned());
        let text = std::str::from_utf8(value.of(self.text)).ok()?;
        if judge::lockfile(self.path)
            || !judge::unnamed(name.as_deref().unwrap_or_default(), text)
            || !matches_whole(rule, text.as_bytes())
        {
            return None;
        }
        let message = name.map_or_else(
            || rule.meta().name.clone(),
            |name| format!("{} in `{name}`", rule.meta().name),
        );
        let mut finding = Finding::new(Arc::clone(rule.meta()), value, message);
        finding.secret = Some(value);
        finding
            .notes
            .push("looks generated, and no name says what it is".to_owned());
        Some(finding)
    }
}

//! Rules without a format: names, and the values assigned to them.

use std::{
    cell::{Cell, OnceCell},
    collections::HashMap,
    sync::Arc,
};

use keysift_finding::{Finding, Span};
use keysift_judge::{self as judge, Feature, File, Judged, Name, Nearby, Neighbors, Value};
use keysift_rules::{NameClass, Rule, RuleKind};
use keysift_syntax::{
    Kind, Quoting, Tree, assignment, may_be_argument,
    readers::{self, Entry, Reading, Syntax},
};

use crate::trace::Trace;

mod unnamed;
mod weighing;

/// Reasons for which the confidence of a finding is lowered by one level.
const COMMENTED: [Feature; 2] = [Feature::InComment, Feature::InDocumentation];

/// The reason for lowering a finding that is not a literal of its program.
const NO_LITERAL: Feature = Feature::NoLiteral;

/// After this many sensitive parameters the program is parsed without checking whether they get literals.
const MOST_ARGUMENT_CHECKS: usize = 200;

/// The minimum length of a random value that is a secret under any name, in a file of secrets, in bytes.
const SHORTEST_UNNAMED: usize = 12;

/// In larger files of secrets only sensitive names are read, in bytes.
const LARGEST_SECRETS_FILE: usize = 256 << 10;

/// The limit of visited nodes when findings are located in a program, and the average size of a node among
/// siblings: enough for 256 KiB with 2,000 findings.
const MOST_STEPS: usize = 32 << 20;
const NODE: usize = 16;

/// Reads the names of one text, one after the other.
pub(crate) struct Names<'t> {
    text: &'t [u8],
    path: &'t str,
    kind: Kind,
    /// The last assignment. Its inside is not read again, because a text of names would be read once for
    /// each.
    last: Span,
    /// The reader of the file, determined on first use.
    syntax: OnceCell<Syntax>,
    /// Whether there is a grammar for the file, determined on first use.
    reads: OnceCell<bool>,
    /// Whether a name may be that of an argument.
    arguments: bool,
    /// The number of checks for arguments. Each may search the whole text for calls.
    argument_checks: Cell<usize>,
    tree: OnceCell<Option<Tree>>,
    /// The values that readers of formats found: the end of each, by its start.
    values: HashMap<usize, usize>,
    /// The literals that are findings, by position.
    literals: HashMap<(usize, usize), Literal>,
    /// The properties that all literals of the file share, determined on first use.
    shared: OnceCell<Shared>,
    nearby: Nearby<'t>,
    trace: Option<&'t Trace>,
    /// Whether the terms are kept with the findings.
    terms: bool,
}

/// Properties of a file that all its literals share.
#[derive(Clone, Copy, Debug)]
struct Shared {
    file: File,
    format: Feature,
    sample: Option<Feature>,
}

/// A literal that is judged by its name and look.
struct Literal {
    /// The rules that judged it. A call such as `login(user, "x")` may match one for passwords and one for
    /// secrets.
    rules: Vec<String>,
    name: String,
    text: String,
    judged: Judged,
    quoted: bool,
    loose: bool,
    known: bool,
    near: Neighbors,
}

impl<'t> Names<'t> {
    pub(crate) fn new(text: &'t [u8], path: &'t str, trace: Option<&'t Trace>, terms: bool) -> Self {
        Self {
            text,
            path,
            kind: Kind::of(path),
            last: Span::new(0, 0),
            syntax: OnceCell::new(),
            reads: OnceCell::new(),
            arguments: false,
            argument_checks: Cell::new(0),
            tree: OnceCell::new(),
            values: HashMap::new(),
            literals: HashMap::new(),
            shared: OnceCell::new(),
            nearby: Nearby::new(text),
            trace,
            terms: terms || trace.is_some(),
        }
    }

    /// The values of the name around the word at `at` that are credentials by name and look.
    pub(crate) fn read(&mut self, rule: &Rule, at: usize) -> Vec<Finding> {
        let word = Span::new(at, at + shortest(rule));
        if self.last.start <= at && at < self.last.end {
            return Vec::new();
        }
        let syntax = *self.syntax.get_or_init(|| Syntax::of(self.path, self.text));
        self.argument(word);
        match readers::read(self.text, word, syntax) {
            Reading::Entries(entries) => self.entries(rule, entries),
            Reading::Nothing => Vec::new(),
            Reading::Unknown => self.lexical(rule, word).into_iter().collect(),
        }
    }

    /// The passwords of a login file, in which they have no names.
    pub(crate) fn logins(&mut self, rules: &[Rule]) -> Vec<Finding> {
        let entries = readers::logins(self.text, self.path);
        if entries.is_empty() {
            return Vec::new();
        }
        let password = RuleKind::Name(NameClass::Password);
        let rule = rules.iter().find(|rule| rule.spec().kind == password);
        rule.map_or_else(Vec::new, |rule| self.entries(rule, entries))
    }

    /// Judges the whole values that readers of formats found.
    fn entries(&mut self, rule: &Rule, entries: Vec<Entry<'_>>) -> Vec<Finding> {
        let mut findings = Vec::new();
        let password = rule.spec().kind.names_passwords();
        for entry in entries {
            let name = String::from_utf8_lossy(entry.name.of(self.text));
            if is_message(self.text, entry.value) {
                continue;
            }
            if !entry.known && !self.is_for(rule, &name, &entry.text, entry.value) {
                continue;
            }
            let judged_as = match (entry.known, password) {
                (true, true) => "password",
                (true, false) => "secret",
                (false, _) => &*name,
            };
            let Some(mut finding) = self.judge_text(rule, judged_as, &entry.text, entry.value, entry.quoting)
            else {
                continue;
            };
            if entry.known {
                finding.message = format!("{} in `{name}`", rule.meta().name);
            }
            if let Some(literal) = self.literals.get_mut(&(entry.value.start, entry.value.end)) {
                (literal.known, literal.loose) = (entry.known, entry.loose);
            }
            // A value over several lines is not a name, and a found one is not read again.
            let start = entry.name.start.min(entry.value.start);
            if entry.name.end.abs_diff(entry.value.start) < 200 {
                self.last = Span::new(start, entry.value.end.max(entry.name.end));
            }
            self.values.insert(entry.value.start, entry.value.end);
            findings.push(finding);
        }
        findings
    }

    /// Extends the finding of a pattern to the whole value, if a reader knows it. The pattern of a password
    /// without a format ends where its character class does.
    pub(crate) fn whole(&self, rule: &Rule, mut finding: Finding) -> Finding {
        let start = finding.span.start;
        // A pattern may match the quotes and braces around a value as part of it, or omit a leading
        // character.
        let marks = |byte: Option<&u8>, marks: &[u8]| byte.is_some_and(|byte| marks.contains(byte));
        let inner = start + usize::from(marks(self.text.get(start), b"{\"'"));
        let before = start
            .checked_sub(1)
            .filter(|at| marks(self.text.get(*at), b"\"'`>"));
        let known = |at: usize| self.values.get(&at).map(|end| Span::new(at, *end));
        let value = known(start)
            .filter(|whole| whole.end > finding.span.end)
            .or_else(|| known(inner).filter(|_| inner > start))
            .or_else(|| known(before?));
        if rule.takes_passwords()
            && let Some(whole) = value
        {
            (finding.span, finding.secret) = (whole, Some(whole));
        }
        finding
    }

    /// Records whether the name around a word may be that of an argument.
    fn argument(&mut self, word: Span) {
        let sensitive = |name: &[u8]| {
            let sensitive = judge::name(&String::from_utf8_lossy(name)) == Name::Sensitive;
            self.argument_checks
                .set(self.argument_checks.get() + usize::from(sensitive));
            sensitive
        };
        // Arguments are found only in the syntax tree, so without a grammar the check is useless.
        let code =
            self.kind == Kind::Code && *self.reads.get_or_init(|| Tree::reads(self.path, self.text.len()));
        let credible = |name: &[u8], literal: &[u8]| {
            judge::credential(&String::from_utf8_lossy(name), &String::from_utf8_lossy(literal)).is_some()
        };
        // After so many parameters parsing the program is faster than searching the calls of each.
        self.arguments = self.arguments
            || code
                && (self.argument_checks.get() > MOST_ARGUMENT_CHECKS
                    || may_be_argument(self.text, word, sensitive, credible));
    }

    /// Returns whether a name is sensitive, or possibly sensitive with a value that looks generated.
    fn may_be_secret(&self, name: &str, value: &[u8]) -> bool {
        match judge::name(name) {
            Name::Sensitive => true,
            Name::Possible if !judge::lockfile(self.path) => std::str::from_utf8(value)
                .is_ok_and(|value| judge::looks_random(value) && judge::is_dense(value)),
            _ => false,
        }
    }

    /// Judges what the lexical reader finds.
    fn lexical(&mut self, rule: &Rule, word: Span) -> Option<Finding> {
        let found = assignment(self.text, word, self.kind);
        if found.is_none() {
            self.record(rule, word, || {
                "a matching name was found, but no string literal is assigned to it".to_owned()
            });
        }
        let found = found?;
        let name = String::from_utf8_lossy(found.name.of(self.text));
        if is_message(self.text, found.value) {
            return None;
        }
        if !self.is_for(rule, &name, found.value.of(self.text), found.value) {
            return None;
        }
        self.last = if found.quoting == Quoting::Bare {
            Span::new(found.name.start, found.value.end)
        } else {
            found.name
        };
        let finding = self.judge(rule, &name, found.value, found.quoting)?;
        self.last = Span::new(found.name.start, found.value.end);
        Some(finding)
    }

    /// Returns whether a name is sensitive, and of the kind of this rule.
    fn is_for(&self, rule: &Rule, name: &str, value: &[u8], span: Span) -> bool {
        let is_secret = self.may_be_secret(name, value);
        if !is_secret {
            self.record(rule, span, || {
                format!("`{name}` does not look like the name of a secret")
            });
        }
        is_secret && judge::is_password(name) == rule.spec().kind.names_passwords()
    }

    fn record(&self, rule: &Rule, span: Span, outcome: impl FnOnce() -> String) {
        if let Some(trace) = self.trace {
            trace.record(rule, span, outcome);
        }
    }

    fn judge(&mut self, rule: &Rule, name: &str, value: Span, quoting: Quoting) -> Option<Finding> {
        self.judge_text(rule, name, value.of(self.text), value, quoting)
    }

    /// Judges a decoded value at `value`.
    fn judge_text(
        &mut self,
        rule: &Rule,
        name: &str,
        text: &[u8],
        value: Span,
        quoting: Quoting,
    ) -> Option<Finding> {
        let literal = std::str::from_utf8(text).ok()?;
        let judged = judge::credential(name, literal);
        self.record(rule, value, || outcome(name, literal, judged));
        let judged = judged.filter(|_| matches_whole(rule, literal.as_bytes()))?;
        let mut finding = Finding::new(
            Arc::clone(rule.meta()),
            value,
            format!("{} in `{name}`", rule.meta().name),
        );
        finding.secret = Some(value);
        finding.notes.push(judged.reason.text().to_owned());
        let place = (value.start, value.end);
        let mut rules = self
            .literals
            .remove(&place)
            .map_or_else(Vec::new, |known| known.rules);
        rules.push(rule.meta().id.clone());
        let literal = Literal {
            rules,
            name: name.to_owned(),
            text: literal.to_owned(),
            judged,
            quoted: quoting != Quoting::Bare,
            loose: false,
            known: false,
            near: self.nearby.of(value.start..value.end),
        };
        self.literals.insert(place, literal);
        Some(finding)
    }

    /// The number of bytes read for the context of literals since the last call.
    pub(crate) fn take_work(&mut self) -> usize {
        self.nearby.take_work()
    }

    /// The literals passed to parameters with sensitive names, if the program had to be parsed. Called after
    /// all names were read.
    pub(crate) fn passed_to_parameters(&mut self, rules: &[Rule]) -> Vec<Finding> {
        if !self.arguments {
            return Vec::new();
        }
        let Some(tree) = self.tree() else {
            return Vec::new();
        };
        let mut findings = Vec::new();
        let arguments = tree.arguments(self.text);
        for argument in arguments
            .into_iter()
            .filter(|argument| judge::name(&argument.name) == Name::Sensitive)
        {
            let class = match judge::is_password(&argument.name) {
                true => NameClass::Password,
                false => NameClass::Secret,
            };
            let rule = rules
                .iter()
                .find(|rule| rule.spec().kind == RuleKind::Name(class));
            findings.extend(
                rule.and_then(|rule| self.judge(rule, &argument.name, argument.value, Quoting::Quoted)),
            );
        }
        findings
    }

    /// Random values under any name, in a file that holds secrets by its own name.
    pub(crate) fn in_secrets_file(&mut self, rules: &[Rule]) -> Vec<Finding> {
        if !judge::is_secrets_file(self.path) || self.text.len() > LARGEST_SECRETS_FILE {
            return Vec::new();
        }
        let secrets = |rule: &&Rule| rule.spec().kind == RuleKind::Name(NameClass::Secret);
        let (Some(rule), Ok(text)) = (rules.iter().find(secrets), std::str::from_utf8(self.text)) else {
            return Vec::new();
        };
        let mut findings = Vec::new();
        for (name, value) in text.lines().filter_map(judge::pair) {
            let start = value.as_ptr() as usize - text.as_ptr() as usize;
            let span = Span::new(start, start + value.len());
            // A UUID may be only an id, and no name says that it is a secret.
            let id = judge::credential("secret", value).is_some_and(|judged| judged.reason == Feature::Uuid);
            let random = value.len() >= SHORTEST_UNNAMED && judge::is_dense(value) && !id;
            let other = judge::name(name) != Name::Sensitive && !judge::describes(name);
            if random && other && !self.literals.contains_key(&(span.start, span.end)) {
                let quoting = match self.text.get(span.end) {
                    Some(b'"' | b'\'') => Quoting::Quoted,
                    _ => Quoting::Bare,
                };
                findings.extend(self.judge(rule, "secret", span, quoting).map(|mut finding| {
                    finding.message = format!("{} in `{name}`", rule.meta().name);
                    finding.notes.push("a file of secrets by its name".to_owned());
                    finding
                }));
            }
        }
        findings
    }

    /// The syntax tree, parsed on first use.
    fn tree(&self) -> Option<&Tree> {
        self.tree
            .get_or_init(|| {
                (self.kind == Kind::Code)
                    .then(|| Tree::parse(self.path, self.text))
                    .flatten()
            })
            .as_ref()
    }
}

/// The verdict on a name and a value, for the trace.
fn outcome(name: &str, literal: &str, judged: Option<Judged>) -> String {
    let why = match (judged, judge::value(literal)) {
        (Some(judged), _) => {
            return format!(
                "`{name}` looks like the name of a secret; its value: {}",
                judged.reason
            );
        }
        (None, Value::Literal) => {
            return format!(
                "`{name}` looks like the name of a secret, but its value is too short, a sentence, code or a template"
            );
        }
        (None, other) => other.reason(),
    };
    format!("`{name}` looks like the name of a secret; its value: {why}")
}

/// Returns whether a value is the error message of `${X:?message}`.
fn is_message(text: &[u8], value: Span) -> bool {
    let before = &text[..value.start];
    before.ends_with(b":?") || before.ends_with(b":") && value.of(text).starts_with(b"?")
}

/// The minimum length of a name that contains a literal of the rule, in bytes, without what closes a name.
fn shortest(rule: &Rule) -> usize {
    let inside = |literal: &String| {
        literal
            .trim_end_matches(|char: char| !char.is_ascii_alphanumeric())
            .len()
    };
    rule.spec().literals.iter().map(inside).min().unwrap_or(1).max(1)
}

/// Returns whether the pattern of a rule without a format allows a whole value.
fn matches_whole(rule: &Rule, value: &[u8]) -> bool {
    let mut whole = false;
    rule.each_match(value, Span::new(0, value.len()), |matched| {
        whole |= matched.secret == Span::new(0, value.len())
    });
    whole
}

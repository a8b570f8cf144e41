//! Names, and what they are given: rules without a format.

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

/// Why a finding in a comment, and one in the documentation inside a program, is one step less sure.
const COMMENTED: [Feature; 2] = [Feature::InComment, Feature::InDocumentation];

/// Why a finding that is no literal of its program is doubted.
const NO_LITERAL: Feature = Feature::NoLiteral;

/// After how many sensitive parameters the program is parsed without looking whether they are handed a literal.
const MOST_ASKED: usize = 200;

/// The shortest random value that is a secret under any name, in a file of secrets, in bytes.
const SHORTEST_UNNAMED: usize = 12;

/// Larger files of secrets are read by the names in them alone, in bytes.
const LARGEST_SECRETS_FILE: usize = 256 << 10;

/// How many nodes are passed to place findings in a program, and how many bytes a node beside others has: 256 KiB with 2,000 findings.
const MOST_STEPS: usize = 32 << 20;
const NODE: usize = 16;

/// The names of one text, read one after the other.
pub(crate) struct Names<'t> {
    text: &'t [u8],
    path: &'t str,
    kind: Kind,
    /// The assignment that was read last: what stands inside is not read again, a text of names alone would be read once for each.
    last: Span,
    /// Which reader reads the file; known when it is first asked.
    syntax: OnceCell<Syntax>,
    /// Whether the file's grammar is there; known when it is first asked.
    reads: OnceCell<bool>,
    /// Whether a name may be that of an argument.
    arguments: bool,
    /// How often that was looked for: each look may search the whole text for calls.
    asked: Cell<usize>,
    tree: OnceCell<Option<Tree>>,
    /// The values that readers of formats found: where they end, by where they begin.
    values: HashMap<usize, usize>,
    /// What is known of the literals that are findings, by their place.
    literals: HashMap<(usize, usize), Literal>,
    /// What all literals of the file share; known when it is first asked.
    shared: OnceCell<Shared>,
    nearby: Nearby<'t>,
    trace: Option<&'t Trace>,
    /// Whether the terms are kept with the findings.
    terms: bool,
}

/// What the path and the text of a file say about all its literals.
#[derive(Clone, Copy, Debug)]
struct Shared {
    file: File,
    format: Feature,
    sample: Option<Feature>,
}

/// A literal that is judged by its name and its looks.
struct Literal {
    /// The rules that judged it: a call such as `login(user, "x")` may be one of a password and of a secret.
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
            asked: Cell::new(0),
            tree: OnceCell::new(),
            values: HashMap::new(),
            literals: HashMap::new(),
            shared: OnceCell::new(),
            nearby: Nearby::new(text),
            trace,
            terms: terms || trace.is_some(),
        }
    }

    /// What the name around the word at `at` is given, if it is a credential by its name and its looks.
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

    /// The passwords of a file that holds nothing but logins: no word leads to them.
    pub(crate) fn logins(&mut self, rules: &[Rule]) -> Vec<Finding> {
        let entries = readers::logins(self.text, self.path);
        if entries.is_empty() {
            return Vec::new();
        }
        let password = RuleKind::Name(NameClass::Password);
        let rule = rules.iter().find(|rule| rule.spec().kind == password);
        rule.map_or_else(Vec::new, |rule| self.entries(rule, entries))
    }

    /// What the readers of formats found: the grammar says the whole value.
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
            // A value over lines is no name of others; one that was found is not read again.
            let start = entry.name.start.min(entry.value.start);
            if entry.name.end.abs_diff(entry.value.start) < 200 {
                self.last = Span::new(start, entry.value.end.max(entry.name.end));
            }
            self.values.insert(entry.value.start, entry.value.end);
            findings.push(finding);
        }
        findings
    }

    /// A finding of a pattern, with the whole value where a reader knows it: the pattern of a password without a format of its own ends
    /// where the characters that it allows end.
    pub(crate) fn whole(&self, rule: &Rule, mut finding: Finding) -> Finding {
        let start = finding.span.start;
        // Patterns take the quotes and braces around a value for a part of it, or a mark with which it begins for none.
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

    /// Notes whether the name around a word may be that of an argument.
    fn argument(&mut self, word: Span) {
        let sensitive = |name: &[u8]| {
            let sensitive = judge::name(&String::from_utf8_lossy(name)) == Name::Sensitive;
            self.asked.set(self.asked.get() + usize::from(sensitive));
            sensitive
        };
        // Only a tree tells what is handed over: without a grammar the question costs, and answers nothing.
        let code =
            self.kind == Kind::Code && *self.reads.get_or_init(|| Tree::reads(self.path, self.text.len()));
        let credible = |name: &[u8], literal: &[u8]| {
            judge::credential(&String::from_utf8_lossy(name), &String::from_utf8_lossy(literal)).is_some()
        };
        // After so many parameters parsing the program once is cheaper than to look for the calls of each.
        self.arguments = self.arguments
            || code
                && (self.asked.get() > MOST_ASKED || may_be_argument(self.text, word, sensitive, credible));
    }

    /// Whether a name is a secret's, or may be one and its value looks generated.
    fn may_be_secret(&self, name: &str, value: &[u8]) -> bool {
        match judge::name(name) {
            Name::Sensitive => true,
            Name::Possible if !judge::lockfile(self.path) => std::str::from_utf8(value)
                .is_ok_and(|value| judge::looks_random(value) && judge::is_dense(value)),
            _ => false,
        }
    }

    /// What the lexical reader of all languages finds.
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

    /// Whether a name is one of a secret, and of the kind of this rule.
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

    /// Judges a decoded value that stands at `value`.
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

    /// How many bytes were looked at for what is near literals, since this was asked last.
    pub(crate) fn take_work(&mut self) -> usize {
        self.nearby.take_work()
    }

    /// What is handed to parameters with sensitive names, if the program was worth parsing: after all names were read.
    pub(crate) fn handed_over(&mut self, rules: &[Rule]) -> Vec<Finding> {
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
            // A UUID may be only an ID, and no name calls it a secret.
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

    /// The program, parsed when it is first asked for.
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

/// What the judge makes of a name and a value, for the trace.
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

/// Whether what a variable is given is the message for the case that nobody sets it: `${X:?what to say}`.
fn is_message(text: &[u8], value: Span) -> bool {
    let before = &text[..value.start];
    before.ends_with(b":?") || before.ends_with(b":") && value.of(text).starts_with(b"?")
}

/// How many bytes of a name every literal of a rule has: what closes a name is no part of it.
fn shortest(rule: &Rule) -> usize {
    let inside = |literal: &String| {
        literal
            .trim_end_matches(|char: char| !char.is_ascii_alphanumeric())
            .len()
    };
    rule.spec().literals.iter().map(inside).min().unwrap_or(1).max(1)
}

/// Whether the pattern of a rule without a format allows a value as a whole.
fn matches_whole(rule: &Rule, value: &[u8]) -> bool {
    let mut whole = false;
    rule.each_match(value, Span::new(0, value.len()), |matched| {
        whole |= matched.secret == Span::new(0, value.len())
    });
    whole
}

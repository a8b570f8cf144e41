//! A rule, compiled on first use.

use std::sync::{Arc, OnceLock};

use data_encoding::BASE32_NOPAD;
use keysift_finding::{Confidence, RuleMeta, Span};
use keysift_judge::{Name, Value, asks, base64_text, inert, name, shannon_bits, value, wordiness};
use memchr::{memchr_iter, memrchr};
use regex::bytes::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Evidence, Import, Recipe, Refusal, RuleKind, Spec, Validator, fragments, import, spec::Part,
    token_run::has_token_run, weak::is_weak,
};

/// Where a candidate can stop on its way to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// None of the rule's literals stands in the text.
    Prefilter,
    /// The pattern does not match around the literal.
    Pattern,
    /// A validator refused the match, or lowered its confidence below what is shown.
    Validate,
}

/// A pattern rule.
#[derive(Debug)]
pub struct Rule {
    meta: Arc<RuleMeta>,
    spec: Spec,
    compiled: OnceLock<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    regex: Regex,
    /// The group of the secret; `None`: the first that took part, or all of the match.
    secret: Option<usize>,
    reach: usize,
    import: Option<import::Compiled>,
}

/// A place where the pattern matched.
#[derive(Clone, Debug)]
pub struct Match {
    /// All of the match.
    pub whole: Span,
    /// The group `secret`.
    pub secret: Span,
    groups: Vec<Option<Span>>,
}

/// Compiled size limit of one pattern, in bytes: forty times what the largest built-in one takes.
const SIZE_LIMIT: usize = 10 << 20;

/// The longest secret that is judged as a token, in bytes.
const LONGEST_TOKEN: usize = 256;

/// How far a match may reach where its pattern sets no bound, in bytes.
const DEFAULT_REACH: usize = 4096;

/// How far before a word that must stand near a value's line is looked at, in bytes.
const NEAR_BEFORE: usize = 160;

/// How far behind such a word, at most: four lines of usual length.
const NEAR_BEHIND: usize = 480;

/// Why a value is none of a rule's.
const NO_SECRETS_NAME: &str = "assigned to a name that does not hold secrets";

/// Whether the words between a name and a value say that the value is a hash: `expired token in commit 0f3a…`. Keys of many providers are
/// hex of the same lengths.
fn speaks_of_a_hash(between: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "commit",
        "revision",
        "rev",
        "sha",
        "digest",
        "checksum",
        "hash",
        "fingerprint",
    ];
    between.split(|byte| !byte.is_ascii_alphabetic()).any(|word| {
        WORDS
            .iter()
            .any(|hash| word.eq_ignore_ascii_case(hash.as_bytes()))
    })
}

/// Whether a sentence calls a value a secret although its first word alone does not: `the api key is …`, `snyk auth …`.
fn calls_it_secret(first: &str, between: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[b"key", b"token", b"secret", b"password", b"credential"];
    let is_prose = between.starts_with(b" ")
        && between
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || b" \t,:'\"`".contains(byte));
    let mut words = between.split(|byte| !byte.is_ascii_alphabetic());
    is_prose
        && (first == "auth"
            || words.any(|word| WORDS.iter().any(|secret| word.eq_ignore_ascii_case(secret))))
}

/// Whether a token is base32 of a text: documents about one-time passwords print that of `12345678901234567890`. Of random keys of 16
/// characters one in twenty thousand is.
fn is_base32_text(token: &str) -> bool {
    let decoded = || BASE32_NOPAD.decode(token.as_bytes());
    token.len() >= 16 && decoded().is_ok_and(|bytes| bytes.iter().all(|byte| matches!(byte, b' '..=b'~')))
}

/// Whether a token is made of words, which 16 random letters are less than once in a hundred thousand times; few random tokens have letters alone.
fn is_words(token: &str) -> bool {
    token.len() >= 16
        && token.bytes().all(|byte| byte.is_ascii_alphabetic())
        && (token.bytes().all(|byte| byte.is_ascii_uppercase())
            || token.bytes().all(|byte| byte.is_ascii_lowercase()))
        && wordiness(token).bits.max(wordiness(token).any) < 4.3
}

impl Rule {
    /// A rule from its checked form.
    pub fn new(spec: Spec) -> Self {
        let meta = RuleMeta {
            id: spec.id.clone(),
            name: spec.name.clone(),
            provider: spec.provider.clone(),
            severity: spec.severity,
            confidence: spec.confidence,
            since: spec.since.clone(),
            why: spec.why.clone(),
            fix: spec.fix.clone(),
            check: spec.check.clone(),
            rotate: spec.rotate.clone(),
            references: spec.references.clone(),
            is_credential: true,
        };
        Self {
            meta: Arc::new(meta),
            spec,
            compiled: OnceLock::new(),
        }
    }

    /// What the rule says of itself.
    pub fn meta(&self) -> &Arc<RuleMeta> {
        &self.meta
    }

    /// The rule as its file states it.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// How far a match may reach before and behind a literal inside it, in bytes.
    pub fn reach(&self) -> usize {
        self.compiled().reach
    }

    /// Reports every match that lies in `window`, from left to right, none overlapping another. What stands outside the window is only
    /// looked at for word borders.
    pub fn each_match(&self, text: &[u8], window: Span, mut on_match: impl FnMut(Match)) {
        if !has_token_run(window.of(text), self.spec.token_run) {
            return;
        }
        let compiled = self.compiled();
        let text = &text[..window.end];
        let mut locations = compiled.regex.capture_locations();
        let mut at = window.start;
        while at <= text.len()
            && compiled
                .regex
                .captures_read_at(&mut locations, text, at)
                .is_some()
        {
            let group = |index: usize| locations.get(index).map(|(start, end)| Span::new(start, end));
            let whole = group(0).expect("a match has a group 0");
            let secret = match compiled.secret {
                Some(index) => group(index),
                None => (1..locations.len())
                    .find_map(|index| group(index).filter(|span| !span.is_empty()))
                    .or(Some(whole)),
            };
            if let Some(secret) = secret {
                let groups = (0..locations.len()).map(group).collect();
                on_match(Match {
                    whole,
                    secret,
                    groups,
                });
                // A neighbouring secret may begin with the character that ended this one.
                at = secret.end.max(at + 1);
            } else {
                at = whole.end.max(at + 1);
            }
        }
    }

    /// Judges a match by the validators, and by what made-up tokens have in common. `path` is the file's, for imported rules that are for
    /// some paths only.
    ///
    /// # Errors
    /// Why the match is refused.
    pub fn judge(&self, path: &str, text: &[u8], found: &Match) -> Result<Evidence, Refusal> {
        let mut evidence = Evidence {
            severity: self.spec.severity,
            confidence: self.spec.confidence,
            proven: false,
            disproven: false,
            notes: Vec::new(),
        };
        if let Some(import) = self.spec.import() {
            self.judge_import(import, path, text, found)?;
        }
        self.judge_name(text, found, &mut evidence)?;
        let names = &self.compiled().regex;
        let group = |name: &str| {
            let index = names.capture_names().position(|other| other == Some(name));
            index
                .and_then(|index| found.groups[index])
                .map_or(&b""[..], |span| span.of(text))
        };
        for validator in &self.spec.validate {
            validator.check(group, &mut evidence)?;
        }
        let secret = found.secret.of(text);
        if !self.spec.samples.is_empty() && self.spec.samples.contains(&sample_hash(secret)) {
            evidence.disproven = true;
            evidence.doubt(Confidence::Low, "printed in documentation");
        }
        // Long structured texts repeat characters by nature: an OpenSSH key has runs of zero bytes. Where a format has a fixed part that
        // does, the pattern says with a group `random` what is random.
        let random = Some(group("random"))
            .filter(|random| !random.is_empty())
            .unwrap_or(secret);
        if let Some(why) = (!evidence.proven && secret.len() <= LONGEST_TOKEN)
            .then(|| {
                let random = String::from_utf8_lossy(random);
                let inner = base64_text(&random);
                let asked = asks(&random)
                    || inner.is_some_and(|inner| asks(&inner) || value(&inner) == Value::Placeholder);
                inert(&random)
                    .or_else(|| is_base32_text(&random).then_some("base32 of a text"))
                    .or_else(|| is_words(&random).then_some("made of words"))
                    .or_else(|| asked.then_some("words that ask for a value"))
            })
            .flatten()
        {
            evidence.doubt(Confidence::Low, why);
        }
        Ok(evidence)
    }

    /// What an imported rule says of entropy, paths and allowlists.
    fn judge_import(&self, import: &Import, path: &str, text: &[u8], found: &Match) -> Result<(), Refusal> {
        let secret = found.secret.of(text);
        let bits = shannon_bits(secret);
        if bits < import.entropy {
            return Err(Refusal::Wrong(format!(
                "entropy of {bits:.1} bits a byte, expected {:.1}",
                import.entropy
            )));
        }
        let start = memrchr(b'\n', &text[..found.whole.start]).map_or(0, |newline| newline + 1);
        let end = memchr::memchr(b'\n', &text[found.whole.end..])
            .map_or(text.len(), |newline| found.whole.end + newline);
        let compiled = self.compiled().import.as_ref();
        match compiled.and_then(|compiled| {
            compiled.refuses(import, path, secret, found.whole.of(text), &text[start..end])
        }) {
            Some(why) => Err(Refusal::OtherRule(why.to_owned())),
            None => Ok(()),
        }
    }

    /// Is what the value is assigned to a secret's name? For a rule that is led to by a word nearby: does the word stand in that name?
    fn judge_name(&self, text: &[u8], found: &Match, evidence: &mut Evidence) -> Result<(), Refusal> {
        if self.spec.import().is_some() {
            return Ok(());
        }
        let index = self
            .compiled()
            .regex
            .capture_names()
            .position(|name| name == Some("name"));
        let named = index.and_then(|index| found.groups[index]);
        if !matches!(self.spec.kind, RuleKind::Near { .. }) {
            // The name is part of the format (a header): all of it stands in the group.
            let harmless =
                named.is_some_and(|span| name(&String::from_utf8_lossy(span.of(text))) == Name::Harmless);
            return if harmless {
                Err(Refusal::OtherRule(NO_SECRETS_NAME.to_owned()))
            } else {
                Ok(())
            };
        }
        let end = named.map_or(found.secret.start, |span| span.end);
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let floor = found.whole.start.saturating_sub(80);
        let before = text[floor..found.whole.start]
            .iter()
            .rev()
            .take_while(|byte| is_name(**byte))
            .count();
        let full = String::from_utf8_lossy(&text[found.whole.start - before..end]).to_ascii_lowercase();
        let first = full.trim_start_matches(['-', '.']);
        if named.is_some_and(|span| {
            name(first) == Name::Harmless
                && !calls_it_secret(first, &text[span.end..found.secret.start])
        }) {
            return Err(Refusal::OtherRule(NO_SECRETS_NAME.to_owned()));
        }
        if named.is_some_and(|span| speaks_of_a_hash(&text[span.end..found.secret.start])) {
            return Err(Refusal::OtherRule("the hash of a commit or of a file".to_owned()));
        }
        if self
            .spec
            .literals
            .iter()
            .any(|literal| full.contains(&literal.to_ascii_lowercase()))
        {
            evidence.confidence = Confidence::High;
        } else if evidence.confidence == Confidence::High && named.is_some() {
            evidence.doubt(Confidence::Medium, "the provider is named only nearby");
        }
        Ok(())
    }

    /// Where a match may lie if a literal that leads to the rule starts at `hit`.
    pub fn window(&self, text: &[u8], hit: usize) -> Span {
        let lines = match &self.spec.kind {
            RuleKind::Imported(_) => return Span::new(0, text.len()),
            RuleKind::Near { lines } => *lines,
            _ => {
                let reach = self.reach();
                return Span::new(hit.saturating_sub(reach), text.len().min(hit + reach));
            }
        };
        let floor = hit.saturating_sub(NEAR_BEFORE);
        let start = memrchr(b'\n', &text[floor..hit]).map_or(floor, |newline| floor + newline + 1);
        let ceiling = text.len().min(hit + NEAR_BEHIND.max(self.spec.max_length));
        let end = memchr_iter(b'\n', &text[hit..ceiling])
            .nth(lines)
            .map_or(ceiling, |newline| hit + newline);
        // A token that the ceiling cuts would look like a shorter one.
        let rest = text[end..]
            .iter()
            .take(NEAR_BEHIND)
            .take_while(|byte| !byte.is_ascii_whitespace())
            .count();
        Span::new(start, end + rest)
    }

    /// The parts of a text in which the rule may match: all of it, or around its literals if it needs one nearby.
    pub fn windows(&self, text: &[u8]) -> Vec<Span> {
        let around_hits = matches!(self.spec.kind, RuleKind::Near { .. } | RuleKind::Imported(_));
        if !around_hits || self.spec.literals.is_empty() {
            return vec![Span::new(0, text.len())];
        }
        let mut windows: Vec<Span> = Vec::new();
        for hit in self.hits(text) {
            let window = self.window(text, hit);
            match windows.last_mut() {
                Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
                _ => windows.push(window),
            }
        }
        windows
    }

    /// Where the literals stand: the prefilter's answer, found the slow way.
    pub fn hits(&self, text: &[u8]) -> Vec<usize> {
        (0..text.len())
            .filter(|at| self.literal_at(&text[*at..]))
            .collect()
    }

    fn literal_at(&self, text: &[u8]) -> bool {
        self.spec.literals.iter().any(|literal| {
            text.get(..literal.len())
                .is_some_and(|start| match self.spec.ignore_case {
                    true => start.eq_ignore_ascii_case(literal.as_bytes()),
                    false => start == literal.as_bytes(),
                })
        })
    }

    /// Whether one of the rule's literals stands in the text: the prefilter's answer, found the slow way.
    pub fn has_literal(&self, text: &[u8]) -> bool {
        (0..text.len()).any(|at| self.literal_at(&text[at..]))
    }

    /// What is allowed and unwise.
    pub fn warnings(&self) -> Vec<String> {
        match self.runs_everywhere() {
            true => vec![
                "without keywords the pattern runs on every file: name a text that every match contains"
                    .to_owned(),
            ],
            false => Vec::new(),
        }
    }

    /// Literals that stand in nearly every file and would lead to the pattern each time. `keysift rules check` refuses them; imported rules, and
    /// rules that runs or names lead to, may have them.
    pub fn weak_literals(&self) -> Vec<String> {
        if !matches!(self.spec.kind, RuleKind::Pattern | RuleKind::Near { .. }) {
            return Vec::new();
        }
        let weak = self.spec.literals.iter().filter(|literal| is_weak(literal));
        weak.map(|literal| {
            format!("the literal `{literal}` is in nearly every file, and runs the pattern each time: use a longer one, or set `run` to the number of token characters in a row")
        })
        .collect()
    }

    /// Whether what it finds is a password that a person may have chosen, without a format of its own.
    pub fn takes_passwords(&self) -> bool {
        let password = |validator: &Validator| matches!(validator, Validator::Password { .. });
        self.spec.validate.iter().any(password)
    }

    /// Whether every text has to be searched: the rule names nothing that leads to it.
    pub fn runs_everywhere(&self) -> bool {
        self.spec.literals.is_empty()
    }

    /// The pattern with its fragments written out.
    pub fn expanded(&self) -> String {
        fragments::expand(&self.spec.pattern).expect("checked")
    }

    /// The pattern, parsed as it is compiled.
    pub fn hir(&self) -> regex_syntax::hir::Hir {
        let mut parser = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build();
        parser.parse(&self.expanded()).expect("checked")
    }

    /// Checks that a pattern compiles.
    pub(crate) fn check_pattern(spec: &Spec) -> Result<(), String> {
        compile(spec).map(drop)
    }

    fn compiled(&self) -> &Compiled {
        self.compiled
            .get_or_init(|| compile(&self.spec).expect("a checked pattern compiles"))
    }

    /// Checks what can be checked of a rule without running it.
    pub(crate) fn check_form(spec: &Spec) -> Result<(), (Part, String)> {
        let rule = |message: &str| Err((Part::Rule, message.to_owned()));
        let word = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
        if !spec.id.chars().all(word)
            || spec.id.starts_with('-')
            || spec.id.ends_with('-')
            || spec.id.is_empty()
        {
            return rule("an id is lower-case words joined by `-`");
        }
        if spec.name.trim().is_empty() || spec.why.is_empty() || spec.fix.is_empty() {
            return rule("`name`, `why` and `fix` must not be empty");
        }
        check_steps(spec).map_err(|message| (Part::Rule, message))?;
        if spec.examples.is_empty() {
            return rule(
                "a rule needs at least one of `examples`: a text with `{{secret}}` in it, in which it is found",
            );
        }
        if spec.literals.is_empty() {
            return Err((
                Part::Literals,
                "a rule needs at least one of `literals`: a text that every match contains".to_owned(),
            ));
        }
        let least = if spec.kind.by_run() { 2 } else { 3 };
        if let Some(short) = spec.literals.iter().find(|literal| literal.len() < least) {
            return Err((
                Part::Literals,
                format!(
                    "the literal `{short}` is shorter than {least} bytes: it would be in nearly every file"
                ),
            ));
        }
        if spec.kind.by_run() && spec.ignore_case {
            return rule("`run` and `ignore_case` cannot be combined: token formats have one case");
        }
        let compiled = compile(spec).map_err(|message| (Part::Pattern, message))?;
        let groups: Vec<_> = compiled.regex.capture_names().flatten().collect();
        if let Some(group) = spec
            .validate
            .iter()
            .flat_map(|validator| validator.groups())
            .find(|group| !groups.contains(group))
        {
            return Err((
                Part::Pattern,
                format!("a validator reads the group `{group}`, which the pattern does not have"),
            ));
        }
        Recipe::parse(&spec.secret).map_err(|message| (Part::Secret, message))?;
        for text in spec
            .examples
            .iter()
            .chain(spec.counterexamples.iter().map(|counter| &counter.text))
        {
            Recipe::parse(text)
                .map_err(|message| (Part::Rule, format!("in the example `{text}`: {message}")))?;
        }
        match spec
            .examples
            .iter()
            .find(|example| !example.contains("{{secret}}"))
        {
            Some(example) => Err((
                Part::Rule,
                format!("the example `{example}` does not contain `{{{{secret}}}}`"),
            )),
            None => Ok(()),
        }
    }
}

/// Words that make a request more than a look: a command of `check:` has none of them.
const WRITES: &[&str] = &[
    "-X POST",
    "-X PUT",
    "-X PATCH",
    "-X DELETE",
    "--request",
    "--data",
    " -d ",
    " -F ",
    "delete",
    "revoke",
    "create",
];

/// Checks the form of `check:` and `rotate:`.
fn check_steps(spec: &Spec) -> Result<(), String> {
    if !spec.check.is_empty() {
        if spec.check.lines().count() > 1 {
            return Err("`check` is one line: a command that a person can paste".to_owned());
        }
        if !spec.check.contains("$SECRET") {
            return Err("`check` reads the secret from the variable `$SECRET`".to_owned());
        }
        if let Some(word) = WRITES.iter().find(|word| spec.check.contains(**word)) {
            return Err(format!(
                "`check` must be read-only: `{}` may change something",
                word.trim()
            ));
        }
    }
    match spec
        .rotate
        .iter()
        .find(|step| step.trim().is_empty() || !step.ends_with('.'))
    {
        Some(step) => Err(format!("the step `{step}` of `rotate` is not a sentence")),
        None if spec.rotate.len() == 1 => {
            Err("`rotate` needs two steps or more; use `fix` for one".to_owned())
        }
        None => Ok(()),
    }
}

/// The first 16 hex digits of the SHA-256 of a sample: how rule files name secrets that documentation prints, without printing them.
fn sample_hash(secret: &[u8]) -> String {
    Sha256::digest(secret)
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A pattern of our own form, parsed as it is compiled, if it can be.
pub(crate) fn parsed(spec: &Spec) -> Option<regex_syntax::hir::Hir> {
    let pattern = fragments::expand(&spec.pattern).ok()?;
    let mut parser = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build();
    parser.parse(&pattern).ok()
}

fn compile(spec: &Spec) -> Result<Compiled, String> {
    let pattern = if spec.import().is_some() {
        spec.pattern.clone()
    } else {
        fragments::expand(&spec.pattern)?
    };
    let regex = RegexBuilder::new(&pattern)
        .unicode(false)
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(1 << 20)
        .nest_limit(50)
        .build()
        .map_err(|error| one_line(&error.to_string()))?;
    let secret = match spec.import() {
        None => {
            let named = regex.capture_names().position(|name| name == Some("secret"));
            Some(named.ok_or(
                "the pattern has no group `secret`: write `(?P<secret>…)` around the part to redact",
            )?)
        }
        Some(import) if import.secret_group >= regex.captures_len() => {
            return Err(format!("the pattern has no group {}", import.secret_group));
        }
        Some(import) => Some(import.secret_group).filter(|group| *group > 0),
    };
    let import = spec.import().map(import::Compiled::new).transpose()?;
    let parsed = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(&pattern);
    let longest = parsed.ok().and_then(|hir| hir.properties().maximum_len());
    let reach = if spec.max_length > 0 {
        spec.max_length
    } else {
        longest.map_or(DEFAULT_REACH, |longest| longest.min(64 << 10))
    };
    Ok(Compiled {
        regex,
        secret,
        reach,
        import,
    })
}

/// The last line of a regex error says what is wrong; those before it draw the pattern.
fn one_line(error: &str) -> String {
    let last = error.lines().last().unwrap_or_default().trim();
    format!(
        "the pattern does not compile: {}",
        last.trim_start_matches("error: ")
    )
}

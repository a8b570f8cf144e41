//! Judges a match: its name, its validators, and signs that a token was made up.

use data_encoding::BASE32_NOPAD;
use keysift_finding::{Confidence, Span, Step};
use keysift_judge::{Name, Value, asks, base64_text, inert, name, shannon_bits, value, wordiness};
use memchr::memrchr;
use sha2::{Digest, Sha256};

use crate::{Evidence, Import, Match, Rejection, Rule, RuleKind};

/// The maximum length of a secret that is judged as a token, in bytes.
const LONGEST_TOKEN: usize = 256;

/// The reason for rejecting a value by its name.
const NO_SECRETS_NAME: &str = "assigned to a name that does not hold secrets";

/// Returns whether the words between a name and a value say that the value is a hash: `expired token in
/// commit 0f3a…`. Keys of many providers are hex of the same lengths.
fn mentions_hash(between: &[u8]) -> bool {
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

/// Returns whether a sentence says that a value is a secret although its first word alone does not: `the api
/// key is …`, `snyk auth …`.
fn mentions_secret(first: &str, between: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[b"key", b"token", b"secret", b"password", b"credential"];
    let is_prose = between.starts_with(b" ")
        && between
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || b" \t,:'\"`".contains(byte));
    let mut words = between.split(|byte| !byte.is_ascii_alphabetic());
    is_prose
        && (first == "auth" || words.any(|word| WORDS.iter().any(|secret| word.eq_ignore_ascii_case(secret))))
}

/// Returns whether a token is base32 of a text: documentation of one-time passwords prints that of
/// `12345678901234567890`. One in twenty thousand random keys of 16 characters is.
fn is_base32_text(token: &str) -> bool {
    let decoded = || BASE32_NOPAD.decode(token.as_bytes());
    token.len() >= 16 && decoded().is_ok_and(|bytes| bytes.iter().all(|byte| matches!(byte, b' '..=b'~')))
}

/// Returns whether a token consists of words. Less than one in a hundred thousand texts of 16 random letters
/// does, and few random tokens have only letters.
fn is_words(token: &str) -> bool {
    token.len() >= 16
        && token.bytes().all(|byte| byte.is_ascii_alphabetic())
        && (token.bytes().all(|byte| byte.is_ascii_uppercase())
            || token.bytes().all(|byte| byte.is_ascii_lowercase()))
        && wordiness(token).bits.max(wordiness(token).any) < 4.3
}

/// The reason why a token was made up, if there is a sign of it.
fn made_up(token: &str) -> Option<&'static str> {
    let inner = base64_text(token);
    let asked = asks(token) || inner.is_some_and(|inner| asks(&inner) || value(&inner) == Value::Placeholder);
    inert(token)
        .map(keysift_judge::Feature::text)
        .or_else(|| is_base32_text(token).then_some("base32 of a text"))
        .or_else(|| is_words(token).then_some("made of words"))
        .or_else(|| asked.then_some("words that ask for a value"))
}

impl Rule {
    /// Judges a match with the validators of the rule, and by signs that a token was made up. `path` is that
    /// of the file, because imported rules may be limited to some paths.
    ///
    /// # Errors
    /// The reason for rejecting the match.
    pub fn judge(&self, path: &str, text: &[u8], found: &Match) -> Result<Evidence, Rejection> {
        let spec = self.spec();
        let mut evidence = Evidence::new(spec.severity, spec.confidence);
        if let Some(import) = spec.import() {
            self.judge_import(import, path, text, found)?;
        }
        self.judge_name(text, found, &mut evidence)?;
        let pattern = &self.compiled().pattern;
        let group = |name: &str| {
            let index = pattern.group(name);
            index
                .and_then(|index| found.groups[index])
                .map_or(&b""[..], |span| span.of(text))
        };
        for validator in &spec.validate {
            validator.check(&group, &mut evidence)?;
        }
        let secret = found.secret.of(text);
        if !spec.samples.is_empty() && spec.samples.contains(&sample_hash(secret)) {
            evidence.disproven = true;
            evidence.apply(Step::PublishedSample, "printed in documentation");
        }
        if evidence.proven || secret.len() > LONGEST_TOKEN {
            return Ok(evidence);
        }
        // Long structured texts repeat characters: an OpenSSH key has runs of zero bytes. In such a format
        // the group `random` marks the random part.
        let random = Some(group("random"))
            .filter(|random| !random.is_empty())
            .unwrap_or(secret);
        if let Some(why) = made_up(&String::from_utf8_lossy(random)) {
            evidence.apply(Step::Rejected, why);
        }
        Ok(evidence)
    }

    /// Checks the entropy, paths and allowlists of an imported rule.
    fn judge_import(&self, import: &Import, path: &str, text: &[u8], found: &Match) -> Result<(), Rejection> {
        let secret = found.secret.of(text);
        let bits = shannon_bits(secret);
        if bits < import.entropy {
            return Err(Rejection::Wrong(format!(
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
            Some(why) => Err(Rejection::OtherRule(why.to_owned())),
            None => Ok(()),
        }
    }

    /// Checks the name of the value. For a rule that is selected by a word nearby, that word inside the name
    /// raises the confidence.
    fn judge_name(&self, text: &[u8], found: &Match, evidence: &mut Evidence) -> Result<(), Rejection> {
        if self.spec().import().is_some() {
            return Ok(());
        }
        let named = self
            .compiled()
            .pattern
            .group("name")
            .and_then(|index| found.groups[index]);
        if !matches!(self.spec().kind, RuleKind::Near { .. }) {
            // The name is part of the format (a header), and therefore in the group.
            let harmless =
                named.is_some_and(|span| name(&String::from_utf8_lossy(span.of(text))) == Name::Harmless);
            return if harmless {
                Err(Rejection::OtherRule(NO_SECRETS_NAME.to_owned()))
            } else {
                Ok(())
            };
        }
        self.judge_near(text, found, named, evidence)
    }

    /// Checks the name, if there is one, and the words between a name and its value, for a rule that is
    /// selected by a word nearby.
    fn judge_near(
        &self,
        text: &[u8],
        found: &Match,
        named: Option<Span>,
        evidence: &mut Evidence,
    ) -> Result<(), Rejection> {
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
            name(first) == Name::Harmless && !mentions_secret(first, &text[span.end..found.secret.start])
        }) {
            return Err(Rejection::OtherRule(NO_SECRETS_NAME.to_owned()));
        }
        if named.is_some_and(|span| mentions_hash(&text[span.end..found.secret.start])) {
            return Err(Rejection::OtherRule(
                "the hash of a commit or of a file".to_owned(),
            ));
        }
        if self
            .spec()
            .literals
            .iter()
            .any(|literal| full.contains(&literal.to_ascii_lowercase()))
        {
            evidence.change(Step::ProviderInName);
        } else if evidence.confidence == Confidence::High && named.is_some() {
            evidence.apply(Step::ProviderNearby, "the provider is named only nearby");
        }
        Ok(())
    }
}

/// The first 16 hex digits of the SHA-256 of a sample. Rule files identify secrets in documentation by it,
/// without containing them.
fn sample_hash(secret: &[u8]) -> String {
    Sha256::digest(secret)
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

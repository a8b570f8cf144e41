//! Validators that judge the look of a text.

use keysift_finding::Step;
use keysift_judge::{Likelihood, Value, credential, looks_random, shannon_bits, value, well_known};
use serde::{Deserialize, Serialize};

use super::{Evidence, Groups, Rejection, Validate, condition};

/// A minimum Shannon entropy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entropy {
    /// The text.
    of: String,
    /// Bits per byte, 0 to 8.
    at_least_bits: f32,
}

impl Validate for Entropy {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn is_structural(&self) -> bool {
        false
    }

    fn validate(&self, group: Groups<'_, '_>, _: &mut Evidence) -> Result<(), Rejection> {
        let bits = shannon_bits(group(&self.of));
        let why = format!(
            "entropy of {bits:.1} bits a byte, expected {:.1}",
            self.at_least_bits
        );
        condition(bits >= self.at_least_bits, why)
    }
}

/// A text that looks generated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Random {
    /// The text.
    of: String,
}

impl Validate for Random {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn is_structural(&self) -> bool {
        false
    }

    fn validate(&self, group: Groups<'_, '_>, _: &mut Evidence) -> Result<(), Rejection> {
        let text = String::from_utf8_lossy(group(&self.of));
        condition(
            looks_random(&text) && !is_identifier(&text),
            "looks human-written, not generated",
        )
    }
}

/// Returns whether a text is a name in code, of words that begin with a capital: `accessTokenRequestOptions`.
/// Of random texts of 20 letters without digits, one in 1,000 looks like that.
fn is_identifier(text: &str) -> bool {
    /// Minimum length of a word.
    const WORD: usize = 3;
    let mut word = 0;
    for byte in text.bytes() {
        if !byte.is_ascii_alphabetic() || byte.is_ascii_uppercase() && (1..WORD).contains(&word) {
            return false;
        }
        word = if byte.is_ascii_uppercase() { 1 } else { word + 1 };
    }
    word >= WORD
}

/// A password that a person chose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Password {
    /// The password.
    of: String,
}

impl Validate for Password {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn is_structural(&self) -> bool {
        false
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        password(&String::from_utf8_lossy(group(&self.of)), evidence)
    }
}

/// A password that is not a word, name or default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// The password.
    of: String,
}

impl Validate for Chosen {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn is_structural(&self) -> bool {
        false
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        match credential("password", &String::from_utf8_lossy(group(&self.of))) {
            Some(judged) if judged.likelihood == Likelihood::Sure => Ok(()),
            Some(judged) if judged.likelihood == Likelihood::Likely => {
                evidence.apply(Step::Words, judged.reason.text());
                Ok(())
            }
            Some(judged) => Err(judged.reason.text().into()),
            None => Err("no password at all".into()),
        }
    }
}

/// The password that a statement sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Live {
    /// The password.
    of: String,
}

impl Validate for Live {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn is_structural(&self) -> bool {
        false
    }

    fn validate(&self, group: Groups<'_, '_>, evidence: &mut Evidence) -> Result<(), Rejection> {
        live(&String::from_utf8_lossy(group(&self.of)), evidence)
    }
}

/// Letters and digits both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MixedClasses {
    /// The text.
    of: String,
}

impl Validate for MixedClasses {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn is_structural(&self) -> bool {
        false
    }

    fn validate(&self, group: Groups<'_, '_>, _: &mut Evidence) -> Result<(), Rejection> {
        let has = |class: fn(&u8) -> bool| group(&self.of).iter().any(class);
        condition(
            has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic),
            "letters or digits only",
        )
    }
}

/// Letters of both cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MixedCase {
    /// The text.
    of: String,
}

impl Validate for MixedCase {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn is_structural(&self) -> bool {
        false
    }

    fn validate(&self, group: Groups<'_, '_>, _: &mut Evidence) -> Result<(), Rejection> {
        let has = |class: fn(&u8) -> bool| group(&self.of).iter().any(class);
        condition(
            has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase),
            "letters of one case only",
        )
    }
}

/// A text that a group must contain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holds {
    /// The group.
    of: String,
    /// The required text.
    text: String,
}

impl Validate for Holds {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of]
    }

    fn validate(&self, group: Groups<'_, '_>, _: &mut Evidence) -> Result<(), Rejection> {
        match memchr::memmem::find(group(&self.of), self.text.as_bytes()) {
            Some(_) => Ok(()),
            None => Err(Rejection::OtherRule(format!("no `{}` in it", self.text))),
        }
    }
}

/// Two groups of equal length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SameLength {
    /// One.
    of: String,
    /// The other.
    equals: String,
}

impl Validate for SameLength {
    fn groups(&self) -> Vec<&str> {
        vec![&self.of, &self.equals]
    }

    fn validate(&self, group: Groups<'_, '_>, _: &mut Evidence) -> Result<(), Rejection> {
        condition(
            group(&self.of).len() == group(&self.equals).len(),
            "halves of different length",
        )
    }
}

/// Returns whether a text is a field of a template: `{pw}`, `{0}`, `%s`, `%(password)s`.
fn is_field(text: &str) -> bool {
    let is_name = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':'))
    };
    let braced = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let printed = text
        .strip_prefix('%')
        .and_then(|rest| rest.strip_suffix(['s', 'd', 'v', 'q', '@']));
    let printed = printed.map(|rest| {
        rest.strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
            .unwrap_or(rest)
    });
    braced.is_some_and(|name| name.len() <= 40 && is_name(name)) || printed.is_some_and(is_name)
}

/// Checks the password that a statement sets. Words are accepted, except placeholders and well-known
/// defaults.
fn live(text: &str, evidence: &mut Evidence) -> Result<(), Rejection> {
    match credential("password", text) {
        Some(judged) if judged.likelihood == Likelihood::Sure => return Ok(()),
        Some(judged) if judged.likelihood == Likelihood::Likely => {
            evidence.apply(Step::Words, judged.reason.text())
        }
        Some(judged) if judged.reason.is_decisive() || well_known(text) => {
            return Err(judged.reason.text().into());
        }
        None if value(text) != Value::Literal || text.contains(['%', '{', '(', '\\', '/']) => {
            return Err("no password at all".into());
        }
        _ => evidence.apply(Step::Words, "made of words, but set as a real password"),
    }
    Ok(())
}

pub(super) fn password(text: &str, evidence: &mut Evidence) -> Result<(), Rejection> {
    if is_field(text) {
        return Err("the password is a template field".to_owned().into());
    }
    match value(text) {
        Value::Literal if well_known(text) => {
            evidence.apply(Step::Rejected, "a well-known default password");
            Ok(())
        }
        Value::Literal | Value::Path => Ok(()),
        // A number is a weak password, but it is one.
        Value::Plain if text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            evidence.apply(Step::Rejected, "digits only");
            Ok(())
        }
        other => Err(format!("the password is {}", other.reason()).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_words_are_identifiers_and_tokens_are_not() {
        for name in ["accessTokenRequestOptions", "ConsumerKeyForTheApplication"] {
            assert!(is_identifier(name), "{name}");
        }
        let mut random = crate::Random::new(1);
        let token = crate::Recipe::parse("{{alpha 25}}").unwrap();
        let names = (0..10_000)
            .filter(|_| is_identifier(&token.write(&mut random, "").0))
            .count();
        assert!(names < 20, "{names} of 10,000");
        assert!(!is_identifier("accessTokenRequestOptions2"));
    }
}

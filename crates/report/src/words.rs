//! Whether a text is made of words: what may be shown if the judge has not seen it.

use keysift_finding::RuleMeta;
use keysift_judge::wordiness;

/// Bits of surprise a letter from which on letters are no word: identifiers and English have 2.5 to 4.8, random letters 5 to 9.
const WORD: f32 = 4.9;

/// The longest part of letters that is shown though it is no word: pieces of a secret stay shorter than anybody can use.
const SHORT: usize = 5;

/// How many characters of such parts, and of short numbers, one text may have; one more for every three letters of words.
const ODD: usize = 8;

/// The longest number that is shown.
const DIGITS: usize = 7;

/// Texts of this length and less are no secret by themselves.
pub(crate) const TINY: usize = 3;

/// Whether a text is made of words, with few short parts and short numbers between: an identifier, a path, a sentence. A token never is.
pub(crate) fn harmless(text: &str) -> bool {
    let (mut odd, mut words) = (0, 0);
    for part in text
        .split(|char: char| !char.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
    {
        match part_of(part) {
            Part::Word => words += part.len(),
            Part::Odd(signs) => odd += signs,
            Part::Token => return false,
        }
    }
    odd <= ODD + words / 3
}

/// What a part of letters and digits is.
enum Part {
    Word,
    /// So many signs that say nothing: too few to be a secret by themselves.
    Odd(usize),
    /// What must be masked.
    Token,
}

/// Names of algorithms (JOSE, Kubernetes encryption providers, keys and password hashes), which do not look like words.
const ALGORITHMS: &[&str] = &[
    "aescbc",
    "aesgcm",
    "argon2i",
    "argon2id",
    "bcrypt",
    "ecdsa",
    "ed25519",
    "eddsa",
    "es256",
    "es384",
    "es512",
    "hs256",
    "hs384",
    "hs512",
    "pbkdf2",
    "ps256",
    "ps384",
    "ps512",
    "rs256",
    "rs384",
    "rs512",
    "scrypt",
    "secretbox",
];

fn part_of(part: &str) -> Part {
    if ALGORITHMS.contains(&part.to_ascii_lowercase().as_str()) {
        return Part::Word;
    }
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let (bits, turns) = (wordiness(part).bits, wordiness(part).turns);
    if digits == 0 {
        return match part.len() {
            _ if bits < WORD && cased(part) => Part::Word,
            0..=SHORT => Part::Odd(part.len()),
            _ => Part::Token,
        };
    }
    if digits == part.len() {
        return if digits <= DIGITS {
            Part::Odd(digits)
        } else {
            Part::Token
        };
    }
    let letters = part.split(|char: char| char.is_ascii_digit());
    let longest = letters
        .clone()
        .max_by_key(|letters| letters.len())
        .unwrap_or_default();
    let alone = letters.filter(|letters| letters.len() > 1).count() == 1;
    let word = alone && longest.len() >= TINY && wordiness(longest).bits < WORD && cased(longest);
    let grouped = turns == 1 && digits <= 3 || turns <= 3 && digits <= 2 && !double_digit(part);
    match part.len() {
        // `k8s`, `s3`, `x509`.
        len if len <= TINY + 1 => Part::Odd(len),
        // `sha256`, `utf8`, `v1beta1`.
        len if word && grouped && len <= 20 => Part::Odd(digits),
        // `oauth2`.
        len if turns == 1 && digits == 1 && longest.len() <= SHORT => Part::Odd(len),
        _ => Part::Token,
    }
}

/// Whether capitals begin words, or make up all of one: no more than one word of three letters each on average, and no small letters before
/// a run of capitals that goes on in small ones (`getURLFor` has one such).
fn cased(part: &str) -> bool {
    let pairs = part.as_bytes().windows(2);
    let rises = pairs
        .filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
        .count();
    let upper = part.bytes().filter(u8::is_ascii_uppercase).count();
    let lower = part.bytes().filter(u8::is_ascii_lowercase).count();
    // One abbreviation at the end: `hostPID`, `clusterIP`.
    let end = part.trim_end_matches(|char: char| char.is_ascii_uppercase());
    let abbreviated =
        end.bytes().all(|byte| byte.is_ascii_lowercase()) && (4..).contains(&end.len()) && upper <= 4;
    rises * 4 <= part.len() && (lower == 0 || upper <= 1 + part.len() / 4 || abbreviated)
}

fn double_digit(part: &str) -> bool {
    part.as_bytes()
        .windows(2)
        .any(|pair| pair.iter().all(u8::is_ascii_digit))
}

/// A message of keysift with names of the file in it. Words that may be a secret are masked.
pub(crate) fn sentence(text: &str) -> String {
    masked_sentence(text, |_| false)
}

/// The same for a message about a finding. The words of the rule's own texts (`PostgreSQL`, `hostPID`) are shown.
pub(crate) fn sentence_of(text: &str, rule: &RuleMeta) -> String {
    let texts = [&rule.name, &rule.provider, &rule.why, &rule.fix];
    masked_sentence(text, |core| {
        let is_sign = |char: char| !char.is_ascii_alphanumeric();
        let mut words = texts.iter().flat_map(|text| text.split_whitespace());
        words.any(|word| word.trim_matches(is_sign) == core)
    })
}

fn masked_sentence(text: &str, is_own: impl Fn(&str) -> bool) -> String {
    /// In bytes. Names have no greatest length.
    const LONGEST: usize = 1000;
    let mut out = String::with_capacity(text.len());
    let mut left = LONGEST;
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        if piece.len() > left {
            out.push('…');
            break;
        }
        left -= piece.len();
        let core = word.trim_matches(|char: char| char.is_ascii_punctuation());
        if (harmless(word) || is_own(core)) && !holds_login(word) {
            out.push_str(word);
        } else {
            let at = word.find(core).unwrap_or_default();
            out.push_str(&word[..at]);
            out.push('…');
            out.push_str(&word[at + core.len()..]);
        }
        out.push_str(&piece[word.len()..]);
    }
    out
}

/// `scheme://user:password@host`.
fn holds_login(word: &str) -> bool {
    word.split_once("://").is_some_and(|(_, rest)| {
        rest.split(['/', '?', '#'])
            .next()
            .is_some_and(|host| host.contains('@'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of so many random texts of an alphabet would be shown.
    fn shown(alphabet: &[u8], len: usize) -> usize {
        let mut state = 0x2545_F491_4F6C_DD1Du64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(alphabet[(state >> 33) as usize % alphabet.len()])
        };
        (0..10_000)
            .filter(|_| harmless(&(0..len).map(|_| next()).collect::<String>()))
            .count()
    }

    #[test]
    fn names_of_algorithms_are_shown() {
        for text in [
            "a JSON Web Token signed with HS512",
            "The aescbc encryption key",
            "argon2id",
        ] {
            assert!(harmless(text), "{text}");
        }
    }

    #[test]
    fn random_texts_are_not_words() {
        const MIXED: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let marked = [MIXED, b"-_+/=!.#%"].concat();
        for (alphabet, len, most) in [
            (MIXED, 8, 60),
            (MIXED, 12, 5),
            (MIXED, 20, 0),
            (&MIXED[..52], 16, 5),
            (&MIXED[26..52], 8, 100),
            (&MIXED[26..52], 20, 5),
            (&MIXED[26..], 12, 5),
            (b"0123456789abcdef", 16, 10),
            (b"0123456789", 8, 0),
            (&marked, 20, 30),
        ] {
            let shown = shown(alphabet, len);
            assert!(
                shown <= most,
                "{shown} of 10,000 texts of {len} out of {} signs",
                alphabet.len()
            );
        }
    }

    #[test]
    fn names_and_sentences_are_words() {
        for text in [
            "spec.template.spec.containers[0].env",
            "automountServiceAccountToken",
            "kubernetes.io/service-account-token",
            "GITHUB_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "/var/run/secrets/kubernetes.io/serviceaccount/token",
            "rbac.authorization.k8s.io/v1beta1",
            "GitHub personal access token (classic) in",
            "nginx:1.25",
            "sha256",
            "x509",
            "utf8",
            "oauth2",
            "cluster-admin",
        ] {
            assert!(harmless(text), "{text}");
            assert_eq!(sentence(text), text);
        }
    }

    #[test]
    fn names_that_hold_a_secret_are_masked_in_sentences() {
        assert_eq!(
            sentence("`Xk7q2LmW9rTb` of `web` is in postgres://a:swordfish@db/x, 3 times"),
            "`…` of `web` is in …, 3 times"
        );
    }

    #[test]
    fn words_of_the_rule_itself_are_shown() {
        use keysift_finding::{Confidence, Severity};

        let mut rule = RuleMeta::new(
            "x",
            "PostgreSQL or MySQL URL with a password",
            Severity::High,
            Confidence::High,
        );
        "With `hostPID: true` processes of the node are visible.".clone_into(&mut rule.why);
        assert_eq!(sentence_of(&rule.name, &rule), rule.name);
        assert_eq!(
            sentence_of("`hostPID` in `Xk7q2LmW9rTb`, PostgreSQL", &rule),
            "`hostPID` in `…`, PostgreSQL"
        );
        // A login is masked, whatever the rule mentions.
        "for example postgres://u:w@h".clone_into(&mut rule.fix);
        assert_eq!(sentence_of("postgres://u:w@h", &rule), "…");
    }
}

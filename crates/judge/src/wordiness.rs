//! Measures how much a text looks like words, with a trigram model.

/// `16 * -log2 P(c | a, b)` for letters a, b, c (1 to 26; 0 is a word boundary), written by
/// `tables/make_trigrams.py`.
static TRIGRAMS: &[u8; 27 * 27 * 27] = include_bytes!("../tables/trigrams.bin");

/// The same for the words of many languages in Latin letters.
static LANGUAGES: &[u8; 27 * 27 * 27] = include_bytes!("../tables/languages.bin");

/// The surprise of the trigram model for the letters of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wordiness {
    /// Mean surprise in bits per letter and word end: English and identifiers have 2.5 to 4.8, random letters
    /// 5 to 9.
    pub bits: f32,
    /// The same for many languages: their words have less than 4.5.
    pub any: f32,
    /// The number of letters.
    pub letters: usize,
    /// How often a letter follows a digit or a digit a letter.
    pub turns: usize,
}

/// Measures a text. Words end where letters end, and before a capital after a lower case letter.
pub fn wordiness(text: &str) -> Wordiness {
    let (mut sum, mut any, mut steps, mut letters, mut turns) = (0u32, 0u32, 0u32, 0, 0);
    let (mut a, mut b) = (0usize, 0usize);
    let mut last = b' ';
    let mut step = |a: usize, b: usize, c: usize| {
        sum += u32::from(TRIGRAMS[(a * 27 + b) * 27 + c]);
        any += u32::from(LANGUAGES[(a * 27 + b) * 27 + c]);
        steps += 1;
    };
    for byte in text.bytes() {
        turns += usize::from(
            byte.is_ascii_alphabetic() && last.is_ascii_digit()
                || byte.is_ascii_digit() && last.is_ascii_alphabetic(),
        );
        let ends = !byte.is_ascii_alphabetic() || byte.is_ascii_uppercase() && last.is_ascii_lowercase();
        if ends && b != 0 {
            step(a, b, 0);
            (a, b) = (0, 0);
        }
        if byte.is_ascii_alphabetic() {
            let c = usize::from(byte.to_ascii_lowercase() - b'a') + 1;
            step(a, b, c);
            (a, b) = (b, c);
            letters += 1;
        }
        last = byte;
    }
    if b != 0 {
        step(a, b, 0);
    }
    let mean = |sum: u32| match steps {
        0 => 0.0,
        _ => sum as f32 / steps as f32 / 16.0,
    };
    Wordiness {
        bits: mean(sum),
        any: mean(any),
        letters,
        turns,
    }
}

/// The words of a text in lower case, split at other characters and between lower and upper case.
pub(crate) fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    each_part(text, |word| {
        words.push(word.to_owned());
        true
    });
    words
}

/// Calls `put` with every word of a text in lower case, until it returns false.
pub(crate) fn each_part(text: &str, mut put: impl FnMut(&str) -> bool) {
    let mut word = String::new();
    let mut last = ' ';
    for char in text.chars() {
        let ends = !char.is_ascii_alphabetic() || char.is_ascii_uppercase() && last.is_ascii_lowercase();
        if ends && !word.is_empty() {
            if !put(&word) {
                return;
            }
            word.clear();
        }
        if char.is_ascii_alphabetic() {
            word.push(char.to_ascii_lowercase());
        }
        last = char;
    }
    if !word.is_empty() {
        put(&word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_surprise_less_than_random_letters() {
        for word in [
            "password",
            "databaseConnection",
            "summer",
            "client_secret",
            "foobar",
            "placeholder",
        ] {
            assert!(wordiness(word).bits < 4.8, "{word} {:?}", wordiness(word));
        }
        for random in ["kqwzrtplm", "xvbnmqwrtz", "hgfdkjxq"] {
            assert!(wordiness(random).bits > 5.5, "{random} {:?}", wordiness(random));
        }
    }

    #[test]
    fn words_of_many_languages() {
        for word in [
            "wachtwoord",
            "salasana",
            "adgangskode",
            "slaptazodis",
            "heslo",
            "parool",
        ] {
            assert!(wordiness(word).any < 4.5, "{word} {:?}", wordiness(word));
        }
    }

    #[test]
    fn turns_and_letters_are_counted() {
        assert_eq!((wordiness("a1b2").turns, wordiness("a1b2").letters), (3, 2));
        assert_eq!(wordiness(""), Wordiness::default());
        assert_eq!(wordiness("1234").bits, 0.0);
    }
}

//! Evidence as features: what is true of a literal, its name and its place, each a kind in words.

use crate::{
    Judged,
    evidence::{File, Neighbors, Share, is_text},
    names::words,
    wordiness::wordiness,
};

/// Everything that is weighed about one literal.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'e> {
    /// The name it is given to.
    pub name: &'e str,
    /// The literal.
    pub text: &'e str,
    /// What the literal is by itself.
    pub judged: Judged,
    /// The grammar of the file, in a word.
    pub format: &'static str,
    /// Whether it stands in quotes.
    pub quoted: bool,
    /// Whether the words of its line only may be an assignment.
    pub loose: bool,
    /// Whether the place alone says that it is a secret.
    pub known: bool,
    /// In a comment, in a text that documents a program, outside of literals; empty for a literal.
    pub place: &'static str,
    /// Why the file may hold samples, by its path; empty if not.
    pub sample: &'static str,
    /// What the file is for.
    pub file: File,
    /// What stands around it.
    pub beside: Neighbors,
}

/// What is true of a literal: one thing, or two together.
pub type Feature = (&'static str, &'static str);

/// The kinds of places that the kind of a literal is weighed with.
fn setting(evidence: &Evidence<'_>) -> &'static str {
    let samples = matches!(
        evidence.sample,
        "among tests" | "among fixtures" | "among mocks" | "among test data"
    );
    match evidence.format {
        _ if evidence.file.language && evidence.format != "code" => "in a text of a user interface",
        _ if evidence.file.interface => "in the description of an interface",
        "text" => "in prose",
        "code" if samples || evidence.file.tests => "in a test",
        "code" => "in a program",
        _ if evidence.file.texts == Share::Most && evidence.beside.texts == Share::Most => {
            "in a text of a user interface"
        }
        _ if samples => "in data of tests",
        _ => "in configuration",
    }
}

/// All that is true, in a fixed order.
pub fn features(evidence: &Evidence<'_>) -> Vec<Feature> {
    let mut found: Vec<Feature> = Vec::with_capacity(48);
    let setting = setting(evidence);
    let mut put = |true_of_it: &'static str| {
        if !true_of_it.is_empty() {
            found.push((true_of_it, ""));
        }
    };
    put(evidence.judged.reason);
    put(setting);
    put(if crate::name(evidence.name) == crate::Name::Sensitive {
        ""
    } else {
        "a name that may be a secret's"
    });
    put(evidence.place);
    put(evidence.sample);
    name(evidence, &mut put);
    let inner = crate::base64_text(evidence.text);
    put(inner.as_ref().map_or("", |_| "a text in base64"));
    let text = inner.as_deref().unwrap_or(evidence.text);
    value(text, &mut put);
    words_in(evidence, &mut put);
    format(evidence, &mut put);
    beside(evidence, &mut put);
    found.push((evidence.judged.reason, setting));
    found.push((shape(text), setting));
    found.push((evidence.place, setting));
    found.push((head(evidence.name), setting));
    found.push((head(evidence.name), evidence.judged.reason));
    found.push((
        if evidence.quoted {
            "quoted"
        } else {
            "without quotes"
        },
        evidence.format,
    ));
    found.retain(|feature| !feature.0.is_empty());
    found
}

/// What the name's own last word says it is.
fn head(name: &str) -> &'static str {
    if crate::is_password(name) {
        return "a password by its name";
    }
    let words = words(name);
    let has = |sought: &str| words.iter().any(|word| word == sought);
    match () {
        () if has("secret") => "a secret by its name",
        () if has("key") => "a key by its name",
        () if has("token") || has("jwt") || has("bearer") => "a token by its name",
        () => "another name of a credential",
    }
}

fn name(evidence: &Evidence<'_>, put: &mut impl FnMut(&'static str)) {
    let name = evidence.name;
    put(head(name));
    put(match words(name).len() {
        0 | 1 => "a name of one word",
        2 => "a name of two words",
        3 => "a name of three words",
        _ => "a name of four words or more",
    });
    let has = |class: fn(char) -> bool| name.contains(class);
    put(match () {
        () if name.contains(' ') => "a name with blanks",
        () if !has(|char| char.is_lowercase()) => "a name in capitals",
        () if name.contains('.') => "a name with dots",
        () if name.contains('-') => "a name with dashes",
        () if name.contains('_') => "a name with underscores",
        () if has(|char| char.is_uppercase()) && name.starts_with(char::is_uppercase) => "a capitalised name",
        () if has(|char| char.is_uppercase()) => "a name in camel case",
        () => "a name in small letters",
    });
    if name.ends_with(|char: char| char.is_ascii_digit()) {
        put("a numbered name");
    }
    if evidence.known {
        put("a place for a secret");
    }
}

/// The classes of characters of a value.
fn shape(text: &str) -> &'static str {
    let has = |class: fn(&u8) -> bool| text.bytes().any(|byte| class(&byte));
    let (lower, upper, digit) = (
        has(u8::is_ascii_lowercase),
        has(u8::is_ascii_uppercase),
        has(u8::is_ascii_digit),
    );
    let marks = text
        .bytes()
        .any(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'-' | b'.'));
    match () {
        () if !text.is_ascii() => "letters outside ASCII",
        () if text.contains(char::is_whitespace) => "blanks in it",
        () if text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) && digit => {
            "hexadecimal digits"
        }
        () if marks && (digit || lower && upper) => "marks mixed in",
        () if marks => "letters of one case and marks",
        () if lower && upper && digit => "letters of both cases and digits",
        () if (lower || upper) && digit => "letters of one case and digits",
        () if lower && upper => "letters of both cases",
        () if lower => "small letters",
        () if upper => "capital letters",
        () => "digits alone",
    }
}

fn value(text: &str, put: &mut impl FnMut(&'static str)) {
    put(shape(text));
    put(match text.len() {
        0..6 => "less than 6 characters",
        6..8 => "6 or 7 characters",
        8..10 => "8 or 9 characters",
        10..16 => "10 to 15 characters",
        16..24 => "16 to 23 characters",
        24..40 => "24 to 39 characters",
        40..64 => "40 to 63 characters",
        _ => "64 characters or more",
    });
    let model = wordiness(text);
    put(match model.bits {
        _ if model.letters < 3 => "hardly a letter",
        bits if bits < 3.6 => "words without surprise",
        bits if bits < 4.2 => "words",
        bits if bits < 4.8 => "nearly words",
        bits if bits < 5.4 => "hardly words",
        bits if bits < 6.2 => "no words to speak of",
        _ => "letters without words",
    });
    put(match model.any {
        _ if model.letters < 3 => "",
        any if any < 3.6 => "a word of some language",
        any if any < 4.2 => "nearly a word of some language",
        any if any < 4.8 => "hardly a word of any language",
        any if any < 5.6 => "no word of any language",
        _ => "letters as no language has them",
    });
    put(match model.turns {
        0 => "letters and digits apart",
        1 => "one turn from letters to digits",
        2 => "two turns between letters and digits",
        3..6 => "some turns between letters and digits",
        _ => "many turns between letters and digits",
    });
    let vowels = text.bytes().filter(|byte| b"aeiouyAEIOUY".contains(byte)).count();
    if model.letters >= 4 {
        put(match vowels * 10 / model.letters {
            0 | 1 => "hardly a vowel",
            2 => "few vowels",
            3 | 4 => "vowels as words have them",
            _ => "many vowels",
        });
    }
    if is_text(text) {
        put("a text for people");
    }
    if text.ends_with(['.', '?', ':']) {
        put("ends as a sentence does");
    }
    marks(text, put);
}

/// Forms of versions, identifiers and other values that are no credentials by themselves.
fn marks(text: &str, put: &mut impl FnMut(&'static str)) {
    let parts: Vec<&str> = text
        .split(['-', '_', '.', ' ', ':', '/'])
        .filter(|part| !part.is_empty())
        .collect();
    if parts.len() >= 2
        && parts
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_alphabetic()))
    {
        put("words joined");
    }
    let core = text.trim_end_matches(|char: char| char.is_ascii_digit());
    if core.len() < text.len() && core.len() >= 3 && core.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        put("letters with a number behind");
    }
    if text.contains('@') && text.contains('.') {
        put("an address of mail");
    }
    if evenly(text) {
        put("counted digits or letters");
    }
    if text.ends_with('=') {
        put("padded as base64 is");
    }
    let mut seen: Vec<char> = text.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    if seen.len() * 3 <= text.chars().count() && text.len() <= 32 {
        put("few characters, again and again");
    }
}

/// Whether most of a text counts up or down, or stays: `123456`, `abc123`, `1111`.
fn evenly(text: &str) -> bool {
    let pairs = text
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].abs_diff(pair[1]) <= 1)
        .count();
    text.len() >= 4 && pairs * 3 >= (text.len() - 1) * 2
}

/// Words that samples and names of credentials are made of.
fn words_in(evidence: &Evidence<'_>, put: &mut impl FnMut(&'static str)) {
    const SECRETS: &[&str] = &["pass", "secret", "token", "key", "pwd", "cred", "auth"];
    const SAMPLES: &[&str] = &[
        "test", "dummy", "fake", "sample", "example", "demo", "mock", "foo", "bar", "my", "your", "some",
        "invalid", "wrong", "bad", "random", "change", "value", "string",
    ];
    let parts = words(evidence.text);
    let lower = evidence.text.to_ascii_lowercase();
    if SECRETS.iter().any(|word| lower.contains(word)) {
        put("a word for credentials in it");
    }
    if parts.iter().any(|part| SAMPLES.contains(&part.as_str())) {
        put("a word for samples in it");
    }
    let name = words(evidence.name);
    if parts.iter().any(|part| part.len() >= 3 && name.contains(part)) {
        put("a word of its name in it");
    }
}

fn format(evidence: &Evidence<'_>, put: &mut impl FnMut(&'static str)) {
    put(evidence.format);
    put(if evidence.quoted {
        "quoted"
    } else {
        "without quotes"
    });
    if evidence.loose {
        put("words of a text");
    }
    let file = evidence.file;
    put(match file.texts {
        Share::Unknown => "a file of few values",
        Share::None => "a file without texts for people",
        Share::Few => "a file with few texts for people",
        Share::Some => "a file with many texts for people",
        Share::Most => "a file of texts for people",
    });
    for (holds, what) in [
        (file.language, "a file for one language"),
        (file.tests, "a file that checks"),
        (file.deployed, "a manifest"),
        (file.template, "a template"),
    ] {
        put(if holds { what } else { "" });
    }
}

fn beside(evidence: &Evidence<'_>, put: &mut impl FnMut(&'static str)) {
    let beside = evidence.beside;
    put(match beside.texts {
        Share::Unknown => "few values beside it",
        Share::None => "no texts for people beside it",
        Share::Few => "few texts for people beside it",
        Share::Some => "many texts for people beside it",
        Share::Most => "texts for people beside it",
    });
    put(match beside.again {
        0 => "stands once",
        1 => "stands twice",
        2 | 3 => "stands three or four times",
        _ => "stands five times or more",
    });
    for (holds, what) in [
        (beside.user, "a user beside it"),
        (beside.host, "a host or an address beside it"),
        (beside.same, "the same value beside it"),
        (beside.checked, "on a line that checks"),
        (beside.long, "on a long line"),
        (beside.remark, "a comment on its line"),
        (beside.sample, "a comment that calls it a sample"),
    ] {
        put(if holds { what } else { "" });
    }
}

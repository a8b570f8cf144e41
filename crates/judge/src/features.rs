//! Extracts the features of a literal from its name, its characters, its file and its context.

use crate::{
    Feature, Judged, Likelihood, Name,
    evidence::{File, Share, is_text},
    lists::{CREDENTIAL_PARTS, SAMPLE_SIGNS},
    name_words::each_word,
    names::{NameFacts, facts},
    near::Neighbors,
    wordiness::wordiness,
    words::is_in,
};

/// The evidence about one literal.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'e> {
    /// The name that the literal is assigned to.
    pub name: &'e str,
    /// The literal.
    pub text: &'e str,
    /// The verdict on the literal alone.
    pub judged: Judged,
    /// The grammar of the file.
    pub format: Feature,
    /// Whether it is in quotes.
    pub quoted: bool,
    /// Whether it is an assignment only by the words of its line.
    pub loose: bool,
    /// Whether its place alone makes it a secret.
    pub known: bool,
    /// A comment, documentation or an expression; `None` for a literal.
    pub place: Option<Feature>,
    /// The reason why the path suggests samples.
    pub sample: Option<Feature>,
    /// The purpose of the file.
    pub file: File,
    /// The context.
    pub near: Neighbors,
}

/// One feature, or a pair: "looks generated" has another weight in a test than in configuration.
pub type Features = (Feature, Option<Feature>);

/// The kind of place, which is paired with the reason.
fn setting(evidence: &Evidence<'_>) -> Feature {
    let samples = matches!(
        evidence.sample,
        Some(Feature::AmongTests | Feature::AmongFixtures | Feature::AmongMocks | Feature::AmongTestData)
    );
    let file = evidence.file;
    match evidence.format {
        format if file.language && format != Feature::Code => Feature::InTexts,
        _ if file.interface => Feature::InInterface,
        Feature::Text => Feature::InProse,
        Feature::Code if samples || file.tests => Feature::InTest,
        Feature::Code => Feature::InProgram,
        _ if file.texts == Share::Most && evidence.near.texts == Share::Most => Feature::InTexts,
        _ if samples => Feature::InTestData,
        _ => Feature::InConfiguration,
    }
}

/// Calls `put` with every feature of a literal, in a fixed order.
pub(crate) fn each_feature(evidence: &Evidence<'_>, mut put: impl FnMut(Features)) {
    let known = facts(evidence.name);
    let setting = setting(evidence);
    let reason = evidence.judged.reason;
    let inner = crate::base64_text(evidence.text);
    let text = inner.as_deref().unwrap_or(evidence.text);
    let shape = shape(text);
    let mut one = |feature| put((feature, None));
    one(reason);
    one(setting);
    if known.verdict != Name::Sensitive {
        one(Feature::PossibleName);
    }
    evidence.place.into_iter().for_each(&mut one);
    evidence.sample.into_iter().for_each(&mut one);
    name(evidence, &known, &mut one);
    if inner.is_some() {
        one(Feature::Base64);
    }
    one(shape);
    value(text, &mut one);
    wording(evidence, &known, &mut one);
    format(evidence, &mut one);
    near(evidence, &mut one);
    put((reason, Some(setting)));
    put((shape, Some(setting)));
    if let Some(place) = evidence.place {
        put((place, Some(setting)));
    }
    put((known.head, Some(setting)));
    put((known.head, Some(reason)));
    if known.signs {
        put((Feature::SigningName, Some(setting)));
    }
    if known.passphrase {
        put((Feature::PassphraseName, Some(reason)));
    }
    put((quoting(evidence), Some(evidence.format)));
}

fn quoting(evidence: &Evidence<'_>) -> Feature {
    match evidence.quoted {
        true => Feature::Quoted,
        false => Feature::Bare,
    }
}

fn name(evidence: &Evidence<'_>, known: &NameFacts, one: &mut impl FnMut(Feature)) {
    let name = evidence.name;
    one(known.head);
    one(match known.words.len() {
        0 | 1 => Feature::OneWord,
        2 => Feature::TwoWords,
        3 => Feature::ThreeWords,
        _ => Feature::FourWords,
    });
    one(match () {
        () if name.contains(' ') => Feature::NameBlanks,
        () if !name.contains(char::is_lowercase) => Feature::NameCapitals,
        () if name.contains('.') => Feature::NameDots,
        () if name.contains('-') => Feature::NameDashes,
        () if name.contains('_') => Feature::NameUnderscores,
        () if name.starts_with(char::is_uppercase) => Feature::NameCapitalized,
        () if name.contains(char::is_uppercase) => Feature::NameCamel,
        () => Feature::NameSmall,
    });
    if name.ends_with(|char: char| char.is_ascii_digit()) {
        one(Feature::NameNumbered);
    }
    for (holds, feature) in [
        (evidence.known, Feature::KnownPlace),
        (known.signs, Feature::SigningName),
        (known.passphrase, Feature::PassphraseName),
    ] {
        if holds {
            one(feature);
        }
    }
}

/// The character classes of a value.
fn shape(text: &str) -> Feature {
    let (mut lower, mut upper, mut digit, mut marks, mut hex) = (false, false, false, false, true);
    for byte in text.bytes() {
        lower |= byte.is_ascii_lowercase();
        upper |= byte.is_ascii_uppercase();
        digit |= byte.is_ascii_digit();
        marks |= byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'-' | b'.');
        hex &= byte.is_ascii_hexdigit();
    }
    match () {
        () if !text.is_ascii() => Feature::NonAscii,
        () if text.contains(char::is_whitespace) => Feature::Blanks,
        () if text.len() >= 16 && hex && digit => Feature::Hexadecimal,
        () if marks && (digit || lower && upper) => Feature::MarksMixed,
        () if marks => Feature::OneCaseMarks,
        () if lower && upper && digit => Feature::BothCasesDigits,
        () if (lower || upper) && digit => Feature::OneCaseDigits,
        () if lower && upper => Feature::BothCases,
        () if lower => Feature::SmallLetters,
        () if upper => Feature::CapitalLetters,
        () => Feature::DigitsAlone,
    }
}

fn value(text: &str, one: &mut impl FnMut(Feature)) {
    one(match text.len() {
        0..6 => Feature::Below6,
        6..8 => Feature::Below8,
        8..10 => Feature::Below10,
        10..16 => Feature::Below16,
        16..24 => Feature::Below24,
        24..40 => Feature::Below40,
        40..64 => Feature::Below64,
        _ => Feature::From64,
    });
    let model = wordiness(text);
    one(match model.bits {
        _ if model.letters < 3 => Feature::HardlyALetter,
        bits if bits < 3.6 => Feature::PlainWords,
        bits if bits < 4.2 => Feature::Words,
        bits if bits < 4.8 => Feature::NearlyWords,
        bits if bits < 5.4 => Feature::HardlyWords,
        bits if bits < 6.2 => Feature::ScarcelyWords,
        _ => Feature::LettersWithoutWords,
    });
    if model.letters >= 3 {
        one(match model.any {
            any if any < 3.6 => Feature::ForeignWord,
            any if any < 4.2 => Feature::NearlyForeign,
            any if any < 4.8 => Feature::HardlyForeign,
            any if any < 5.6 => Feature::NotForeign,
            _ => Feature::NoLanguage,
        });
    }
    one(match model.turns {
        0 => Feature::NoTurns,
        1 => Feature::OneTurn,
        2 => Feature::TwoTurns,
        3..6 => Feature::SomeTurns,
        _ => Feature::ManyTurns,
    });
    if model.letters >= 4 {
        let vowels = text.bytes().filter(|byte| b"aeiouyAEIOUY".contains(byte)).count();
        one(match vowels * 10 / model.letters {
            0 | 1 => Feature::HardlyAVowel,
            2 => Feature::FewVowels,
            3 | 4 => Feature::WordVowels,
            _ => Feature::ManyVowels,
        });
    }
    if is_text(text) {
        one(Feature::Prose);
    }
    if text.ends_with(['.', '?', ':']) {
        one(Feature::SentenceEnd);
    }
    marks(text, one);
}

/// Shapes of versions, identifiers and other values that are not credentials by themselves.
fn marks(text: &str, one: &mut impl FnMut(Feature)) {
    let mut parts = text
        .split(['-', '_', '.', ' ', ':', '/'])
        .filter(|part| !part.is_empty());
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    if parts.next().is_some_and(letters) && parts.next().is_some_and(letters) && parts.all(letters) {
        one(Feature::JoinedWords);
    }
    let core = text.trim_end_matches(|char: char| char.is_ascii_digit());
    if core.len() < text.len() && core.len() >= 3 && letters(core) {
        one(Feature::LettersThenNumber);
    }
    if text.contains('@') && text.contains('.') {
        one(Feature::MailAddress);
    }
    if evenly(text) {
        one(Feature::Counted);
    }
    if text.ends_with('=') {
        one(Feature::Padded);
    }
    if text.len() <= 32 && different(text) * 3 <= text.chars().count() {
        one(Feature::FewCharacters);
    }
}

/// The number of different characters in a text.
fn different(text: &str) -> usize {
    if text.is_ascii() {
        let seen = text.bytes().fold(0u128, |seen, byte| seen | 1 << byte);
        return seen.count_ones() as usize;
    }
    let mut seen: Vec<char> = text.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len()
}

/// Returns whether most of a text counts up or down, or repeats: `123456`, `abc123`, `1111`.
fn evenly(text: &str) -> bool {
    let pairs = text
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].abs_diff(pair[1]) <= 1)
        .count();
    text.len() >= 4 && pairs * 3 >= (text.len() - 1) * 2
}

/// Words of which samples and names of credentials consist.
fn wording(evidence: &Evidence<'_>, known: &NameFacts, one: &mut impl FnMut(Feature)) {
    let (mut sample, mut own) = (false, false);
    each_word(evidence.text, |word| {
        sample |= is_in(SAMPLE_SIGNS, word);
        own |= word.len() >= 3 && known.words.iter().any(|part| **part == *word);
    });
    if names_credential(evidence.text) {
        one(Feature::CredentialWord);
    }
    if sample {
        one(Feature::SampleWord);
    }
    if own {
        one(Feature::OwnName);
    }
}

/// Returns whether a text contains a part of a word for a credential, in any case.
fn names_credential(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| {
        matches!(byte.to_ascii_lowercase(), b'a' | b'c' | b'k' | b'p' | b's' | b't')
            && CREDENTIAL_PARTS.iter().any(|word| {
                bytes
                    .get(at..at + word.len())
                    .is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
            })
    })
}

fn format(evidence: &Evidence<'_>, one: &mut impl FnMut(Feature)) {
    one(evidence.format);
    one(quoting(evidence));
    if evidence.loose {
        one(Feature::LooseWords);
    }
    let file = evidence.file;
    one(match file.texts {
        Share::Unknown => Feature::FewValues,
        Share::None => Feature::NoProse,
        Share::Few => Feature::LittleProse,
        Share::Some => Feature::MuchProse,
        Share::Most => Feature::MostlyProse,
    });
    for (holds, feature) in [
        (file.language, Feature::OneLanguage),
        (file.tests, Feature::Checks),
        (file.deployed, Feature::Manifest),
        (file.template, Feature::Template),
    ] {
        if holds {
            one(feature);
        }
    }
}

fn near(evidence: &Evidence<'_>, one: &mut impl FnMut(Feature)) {
    let near = evidence.near;
    one(match near.texts {
        Share::Unknown => Feature::FewNear,
        Share::None => Feature::NoProseNear,
        Share::Few => Feature::LittleProseNear,
        Share::Some => Feature::MuchProseNear,
        Share::Most => Feature::MostlyProseNear,
    });
    one(match near.copies {
        0 => Feature::Once,
        1 => Feature::Twice,
        2 | 3 => Feature::FourTimes,
        _ => Feature::FiveTimes,
    });
    for (holds, feature) in [
        (near.user, Feature::User),
        (near.host, Feature::Host),
        (near.local, Feature::Local),
        (near.same, Feature::SameValue),
        (near.checked, Feature::CheckLine),
        (near.long, Feature::LongLine),
        (near.commented, Feature::CommentBehind),
        (near.sample, Feature::SampleComment),
    ] {
        if holds {
            one(feature);
        }
    }
}

/// The kind of credential that a name refers to.
pub(crate) fn head(password: bool, words: &[Box<str>]) -> Feature {
    let has = |sought: &str| words.iter().any(|word| **word == *sought);
    match () {
        () if password => Feature::PasswordName,
        () if has("secret") => Feature::SecretName,
        () if has("key") => Feature::KeyName,
        () if has("token") || has("jwt") || has("bearer") => Feature::TokenName,
        () => Feature::OtherName,
    }
}

/// The first feature that decides regardless of all others.
pub(crate) fn decisive(evidence: &Evidence<'_>) -> Option<Feature> {
    let reason = evidence.judged.reason;
    // In such a place a word is not a value at all.
    let word = evidence.judged.likelihood == Likelihood::Doubtful
        && !evidence.quoted
        && !evidence.known
        && evidence.format == Feature::UnknownGrammar;
    match word {
        true => Some(Feature::LooseWord),
        false => reason.is_decisive().then_some(reason),
    }
}

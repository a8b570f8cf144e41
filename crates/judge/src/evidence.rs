//! The purpose of a file, and the kinds of its lines.

use std::{collections::BTreeSet, sync::LazyLock};

use memchr::{memchr, memmem::Finder, memrchr};

use crate::marks::CHECKS;

/// The share of lines or values with a property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Share {
    /// Too few were seen.
    #[default]
    Unknown,
    /// None.
    None,
    /// Less than a third.
    Few,
    /// Less than two thirds.
    Some,
    /// Two thirds or more.
    Most,
}

/// The minimum number for a share.
const FEWEST: usize = 3;

impl Share {
    pub(crate) fn of(part: usize, whole: usize) -> Self {
        match () {
            () if whole < FEWEST => Share::Unknown,
            () if part == 0 => Share::None,
            () if part * 3 < whole => Share::Few,
            () if part * 3 < whole * 2 => Share::Some,
            () => Share::Most,
        }
    }
}

/// The purpose of a file, from its path and text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// The path contains a language tag: `de.json`, `messages_nl.properties`, `locale/pt-BR/`.
    pub language: bool,
    /// The share of values that are text for people.
    pub texts: Share,
    /// It has assertions, as unit tests do.
    pub tests: bool,
    /// It describes a deployment: Kubernetes objects, compose services.
    pub deployed: bool,
    /// It is a template that another program fills in.
    pub template: bool,
    /// It describes an interface (OpenAPI), so its values are examples.
    pub interface: bool,
}

/// How much of a file is read to classify it, in bytes.
const LOOKED_AT: usize = 64 << 10;

impl File {
    /// Classifies a file.
    pub fn of(path: &str, text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(&text[..text.len().min(LOOKED_AT)]);
        let (mut values, mut texts) = (0, 0);
        let (mut api, mut kind, mut services, mut interface) = (false, false, false, false);
        for line in text.lines() {
            api |= line.starts_with("apiVersion:");
            kind |= line.starts_with("kind:");
            services |= line.starts_with("services:");
            interface |= ["swagger:", "openapi:", "  \"openapi\":", "  \"swagger\":"]
                .iter()
                .any(|start| line.starts_with(start));
            if let Some((_, value)) = pair(line) {
                values += 1;
                texts += usize::from(is_text(value));
            }
        }
        Self {
            language: has_language(path),
            texts: Share::of(texts, values),
            tests: has_lines_with(&ASSERTIONS, text.as_bytes()),
            deployed: api && kind || services,
            template: has_lines_with(HOLES.as_slice(), text.as_bytes()),
            interface,
        }
    }
}

/// The words of [`CHECKS`].
static ASSERTIONS: LazyLock<Vec<Finder<'static>>> =
    LazyLock::new(|| CHECKS.iter().map(Finder::new).collect());

/// The openings of expressions in templates.
static HOLES: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| ["{{", "<%"].map(Finder::new));

/// Returns whether at least [`FEWEST`] lines contain one of the words.
fn has_lines_with(words: &[Finder<'_>], text: &[u8]) -> bool {
    let mut lines = BTreeSet::new();
    for word in words {
        let mut from = 0;
        while let Some(at) = word.find(&text[from..]).map(|at| from + at) {
            lines.insert(memrchr(b'\n', &text[..at]));
            if lines.len() == FEWEST {
                return true;
            }
            let Some(rest) = memchr(b'\n', &text[at..]) else {
                break;
            };
            from = at + rest;
        }
    }
    false
}

/// The name and the value of a line that looks like an assignment.
pub fn pair(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.starts_with(['#', ';', '*']) || line.starts_with("//") {
        return None;
    }
    let line = line.trim_start_matches(['-', ' ']);
    let name_end = line.find([':', '=', '>'])?;
    let (name, value) = (line[..name_end].trim(), &line[name_end + 1..]);
    let name = name.trim_matches(['"', '\'', '<', '[', ']', '(']);
    if name.is_empty() || name.len() > 80 {
        return None;
    }
    let value = value.trim_start_matches([':', '=', '>', ' ', '\t']);
    let value = value.split("</").next().unwrap_or_default();
    let value = value.trim_matches([' ', '\t', ',', ';', '"', '\'', ')', '}', '{', '[', '`']);
    (!value.is_empty()).then_some((name, value))
}

/// Returns whether a value is text for people: a sentence, letters outside ASCII, or one capitalized word.
pub(crate) fn is_text(value: &str) -> bool {
    if value.contains(['=', '<', '>', '|', '\\', '/', '_', '`', ';']) {
        return false;
    }
    let mut words = value
        .split_whitespace()
        .map(|word| word.trim_matches(|char: char| char.is_ascii_punctuation()));
    let is_word = |word: &str| {
        let letters = word.chars().filter(|char| char.is_alphabetic()).count();
        letters > 0
            && !word.chars().any(|char| char.is_ascii_digit())
            && word.chars().skip(1).all(|char| {
                !char.is_uppercase() && (char.is_alphabetic() || matches!(char, '\'' | '-' | '’'))
            })
    };
    match value.split_whitespace().count() {
        0 => false,
        1 => words.next().is_some_and(|word| {
            is_word(word)
                && word.len() >= 2
                && (!word.is_ascii() || word.starts_with(|char: char| char.is_uppercase()) && word.len() >= 3)
        }),
        count => words.filter(|word| is_word(word)).count() * 3 >= count * 2,
    }
}

/// The languages of ISO 639-1.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu \
    fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky \
    la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd \
    se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// Returns whether one of the last two parts of a path is a language tag, or the file name ends in one.
fn has_language(path: &str) -> bool {
    let mut parts = path.rsplit(['/', '\\']);
    let file = parts.next().unwrap_or_default();
    let (stem, ending) = file.split_once('.').unwrap_or((file, ""));
    let inner = ending.rsplit_once('.').map(|(inner, _)| inner);
    let alone = |part: &str| is_tag(part.trim_start_matches("values-").trim_end_matches(".lproj"));
    let at_end = |stem: &str| {
        let cut = stem.match_indices(['_', '-']).map(|(at, _)| at + 1);
        is_tag(stem) || cut.into_iter().any(|at| is_tag(&stem[at..]))
    };
    !ending.is_empty() && at_end(stem) || inner.is_some_and(at_end) || parts.take(2).any(alone)
}

/// `de`, `pt-BR`, `zh_Hans`.
fn is_tag(text: &str) -> bool {
    let (language, region) = text
        .split_once(['_', '-'])
        .map_or((text, None), |(language, region)| (language, Some(region)));
    let known = (language.len() == 2 && LANGUAGES.split(' ').any(|known| known == language))
        || language.len() == 3 && region.is_some() && language.bytes().all(|byte| byte.is_ascii_lowercase());
    let fits = |region: &str| {
        matches!(region.len(), 2 | 4) && region.bytes().all(|byte| byte.is_ascii_alphabetic())
            || region.len() == 3 && region.bytes().all(|byte| byte.is_ascii_digit())
    };
    known
        && region.is_none_or(|region| {
            fits(region)
                || region
                    .split_once(['_', '-'])
                    .is_some_and(|(one, two)| fits(one) && fits(two))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_not_words_are_counted() {
        let has = |text: &str| has_lines_with(&ASSERTIONS, text.as_bytes());
        assert!(!has("assert(a)\nassert(b)\nx"));
        assert!(!has("it('should assert') && assert(expect(a))\n assert(b)"));
        assert!(has("assert(a)\nx\nit('b')\n\nEXPECT_EQ(c)"));
        assert!(has("should\r\nshould\r\nshould"));
        assert!(!has(""));
    }

    #[test]
    fn tags_of_languages() {
        for path in [
            "i18n/de.json",
            "a/messages_nl.properties",
            "lang/lang.pl-pl.json",
            "locale/pt-BR/x.yml",
            "res/values-fr/strings.xml",
            "tlh_AA.json",
            "strings.zh-Hans.json",
        ] {
            assert!(has_language(path), "{path}");
        }
        for path in [
            "values.yaml",
            "a/prod.env",
            "config/app.json",
            "k8s/db-secret.yaml",
            "src/main.go",
            "de",
        ] {
            assert!(!has_language(path), "{path}");
        }
    }

    #[test]
    fn texts_for_people() {
        for text in [
            "Enter your password",
            "Wachtwoord",
            "Změna hesla",
            "Forgot password?",
            "Új jelszó",
        ] {
            assert!(is_text(text), "{text}");
        }
        for text in [
            "true",
            "3306",
            "db.internal",
            "shop_user",
            "kQ7 zR4",
            "postgres",
            "a=b c",
        ] {
            assert!(!is_text(text), "{text}");
        }
    }

    #[test]
    fn what_a_file_is_for() {
        let texts = File::of(
            "i18n/de.json",
            "{\n\"a\": \"Neues Konto\",\n\"b\": \"Abbrechen\",\n\"c\": \"Bitte warten\"\n}".as_bytes(),
        );
        assert_eq!((texts.language, texts.texts), (true, Share::Most));
        let values = File::of("values.yaml", b"db:\n  host: pg\n  port: 5432\n  user: shop\n");
        assert_eq!((values.language, values.texts), (false, Share::None));
        assert!(File::of("a.yaml", b"apiVersion: v1\nkind: Pod\n").deployed);
    }
}

//! The words of an instruction: quotes and escapes.

use keysift_finding::Span;

use super::{Pair, Text};
use crate::shell::{Byte, Places, Reader};

/// The pairs of an instruction whose arguments stand at `places`.
pub(super) fn pairs(text: &[u8], places: &[usize], escape: u8, names_alone: bool) -> Vec<Pair> {
    let words = words(text, places, escape);
    let Some(first) = words.first() else {
        return Vec::new();
    };
    if !names_alone && assignment(first).is_none() {
        return legacy(text, places, escape).into_iter().collect();
    }
    words
        .iter()
        .map(|word| pair((text, escape), word, assignment(word)))
        .collect()
}

/// The index of the first `=` that is not quoted.
fn assignment(word: &[Byte]) -> Option<usize> {
    word.iter().position(|(byte, _, quoted)| *byte == b'=' && !quoted)
}

fn pair(file: (&[u8], u8), word: &[Byte], assignment: Option<usize>) -> Pair {
    let (name, value) = match assignment {
        Some(at) => (&word[..at], Some(value_of(file, &word[at + 1..], word[at].1 + 1))),
        None => (word, None),
    };
    let name = value_of(file, name, word.first().map_or(0, |(_, place, _)| *place));
    Pair {
        name: name.text,
        name_span: name.span,
        value: value.filter(|value| !value.text.is_empty() || assignment.is_some()),
    }
}

/// The text of a value, and its place with the escape before its first character: `\"x` without it is another value.
fn value_of((file, escape): (&[u8], u8), bytes: &[Byte], empty_at: usize) -> Text {
    let text: Vec<u8> = bytes.iter().map(|(byte, _, _)| *byte).collect();
    let span = match (bytes.first(), bytes.last()) {
        (Some((_, first, _)), Some((_, last, _))) => {
            let escaped = first.checked_sub(1).is_some_and(|before| file[before] == escape);
            Span::new(first - usize::from(escaped), last + 1)
        }
        _ => Span::new(empty_at, empty_at),
    };
    Text {
        text: String::from_utf8_lossy(&text).into_owned(),
        span,
    }
}

/// `ENV NAME the rest of the line`.
fn legacy(text: &[u8], places: &[usize], escape: u8) -> Option<Pair> {
    let blank = |place: &usize| text[*place].is_ascii_whitespace();
    let start = places.iter().position(|place| !blank(place))?;
    let len = places[start..].iter().take_while(|place| !blank(place)).count();
    let name = &places[start..start + len];
    let rest = &places[start + len..];
    let from = rest.iter().position(|place| !blank(place)).unwrap_or(rest.len());
    let to = rest
        .iter()
        .rposition(|place| !blank(place))
        .map_or(from, |last| last + 1);
    let mut value = Vec::new();
    let mut bytes = Reader::new(text, Places::List(&rest[from..to]), escape);
    while let Some(byte) = bytes.next() {
        value.extend(byte);
    }
    let name_span = Span::new(name[0], name[len - 1] + 1);
    let name = name.iter().map(|place| char::from(text[*place])).collect();
    let value = (to > from).then(|| value_of((text, escape), &value, rest[from]));
    Some(Pair {
        name,
        name_span,
        value,
    })
}

fn words(text: &[u8], places: &[usize], escape: u8) -> Vec<Vec<Byte>> {
    let mut words = Vec::new();
    let mut word: Option<Vec<Byte>> = None;
    let mut bytes = Reader::new(text, Places::List(places), escape);
    while let Some(byte) = bytes.next() {
        match byte {
            Some((byte, _, false)) if byte.is_ascii_whitespace() => words.extend(word.take()),
            byte => word.get_or_insert_default().extend(byte),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use crate::Dockerfile;

    fn pairs(text: &str) -> Vec<(String, Option<String>, Option<String>)> {
        let file = Dockerfile::parse(text.as_bytes());
        let all = file
            .instructions
            .iter()
            .flat_map(|instruction| instruction.pairs());
        all.map(|pair| {
            let raw = pair
                .value
                .as_ref()
                .map(|value| text[value.span.start..value.span.end].to_owned());
            (pair.name, pair.value.map(|value| value.text), raw)
        })
        .collect()
    }

    #[track_caller]
    fn one(text: &str, expected: &[(&str, Option<&str>)]) {
        let found: Vec<_> = pairs(text)
            .into_iter()
            .map(|(name, value, _)| (name, value))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn both_forms_quotes_and_escapes() {
        one("ENV A b c", &[("A", Some("b c"))]);
        one(
            "ENV A=b C=\"d e\" F='g h' I=j\\ k",
            &[
                ("A", Some("b")),
                ("C", Some("d e")),
                ("F", Some("g h")),
                ("I", Some("j k")),
            ],
        );
        one("ENV A=b=c", &[("A", Some("b=c"))]);
        one("ENV A=", &[("A", Some(""))]);
        one("ENV A", &[("A", None)]);
        one("ENV A=fo\\\no", &[("A", Some("foo"))]);
        one("ARG A B=1", &[("A", None), ("B", Some("1"))]);
        one("ENV", &[]);
        one("ENV A \"quoted text\"", &[("A", Some("quoted text"))]);
    }

    #[test]
    fn spans_are_those_of_the_value_without_its_quotes() {
        assert_eq!(pairs("ENV A=1 B=\"x y\"")[1].2.as_deref(), Some("x y"));
        assert_eq!(pairs("ENV A  some text ")[0].2.as_deref(), Some("some text"));
    }
}

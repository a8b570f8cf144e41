//! The context of a literal: words and values on the lines around it, copies of it.
//!
//! Literals come in text order, often many close together, so words and lines are read once and cached.

use std::ops::Range;

use memchr::{memchr, memchr3_iter, memrchr};

use crate::{
    copies::Copies,
    evidence::{Share, is_text, pair},
    marks::{Kind, Marks},
};

/// The context of a literal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neighbors {
    /// The share of the values on the lines around it that are text for people.
    pub texts: Share,
    /// A user or an account is named there.
    pub user: bool,
    /// A host, a port, an address or a database is named there.
    pub host: bool,
    /// Only the local machine is named there.
    pub local: bool,
    /// Another value there is equal, for example the user's name.
    pub same: bool,
    /// The number of copies near it, at most 4.
    pub copies: usize,
    /// Its line is an assertion.
    pub checked: bool,
    /// Its line is longer than people write.
    pub long: bool,
    /// Its line has a comment.
    pub commented: bool,
    /// The comment calls it a sample.
    pub sample: bool,
}

/// The number of lines read before and after a literal.
const LINES: usize = 6;

/// The number of bytes read before and after a literal.
const AROUND: usize = 2048;

/// Lines of more bytes are taken as generated.
const LONG: usize = 400;

/// The number of cached lines.
const REMEMBERED: usize = 64;

/// A line and the assignment on it.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    /// Its position; an empty range is unknown.
    start: usize,
    end: usize,
    /// The position of the value, if there is one.
    value: Option<(usize, usize)>,
    /// Whether the value is text for people.
    text: bool,
}

/// Reads the context of the literals of one text.
#[derive(Debug)]
pub struct Nearby<'t> {
    text: &'t [u8],
    marks: Marks,
    lines: Vec<Line>,
    copies: Copies,
    work: usize,
}

impl<'t> Nearby<'t> {
    /// Reads nothing yet.
    pub fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            marks: Marks::default(),
            lines: Vec::new(),
            copies: Copies::default(),
            work: 0,
        }
    }

    /// The number of bytes read since the last call.
    pub fn take_work(&mut self) -> usize {
        std::mem::take(&mut self.work)
    }

    /// The context of the literal at `place`.
    pub fn of(&mut self, place: Range<usize>) -> Neighbors {
        let text = self.text;
        let (from, to) = (
            place.start.saturating_sub(AROUND),
            text.len().min(place.end + AROUND),
        );
        let start = memrchr(b'\n', &text[from..place.start]).map_or(from, |at| from + at + 1);
        let end = memchr(b'\n', &text[place.end..to]).map_or(to, |at| place.end + at);
        let value = &text[place.clone()];
        let mut near = Neighbors {
            long: end - start > LONG,
            copies: self.copies.of(text, place.clone(), &mut self.work),
            ..Neighbors::default()
        };
        let (mut values, mut texts) = (0, 0);
        let mut count = |line: Line| {
            if let Some((start, end)) = line.value {
                values += 1;
                texts += usize::from(line.text);
                near.same |= text[start..end] == *value;
            }
        };
        let (mut first, mut last) = (start, end);
        for _ in 0..LINES {
            if first == from {
                break;
            }
            let end = first - 1;
            first = memrchr(b'\n', &text[from..end]).map_or(from, |at| from + at + 1);
            count(self.line(first, end));
        }
        for _ in 0..LINES {
            if last + 1 >= to {
                break;
            }
            let start = last + 1;
            last = memchr(b'\n', &text[start..to]).map_or(to, |at| start + at);
            count(self.line(start, last));
        }
        // A part of a generated line is no setting.
        if end - start <= LONG {
            count(read(text, start, place.start));
            count(read(text, place.end, end));
        }
        near.texts = Share::of(texts, values);
        self.work += last - first;
        self.words(&mut near, &place, first..last, start..end);
        near
    }

    /// Evaluates the words of `region` and of the line of the literal.
    fn words(
        &mut self,
        near: &mut Neighbors,
        place: &Range<usize>,
        region: Range<usize>,
        line: Range<usize>,
    ) {
        self.work += self.marks.look(self.text, region.clone());
        let comment = self.comment(near, place.end..line.end);
        for mark in self.marks.within(&region) {
            if mark.end > place.start && mark.start < place.end {
                continue;
            }
            match mark.kind {
                Kind::User => near.user = true,
                Kind::Host => near.host = true,
                Kind::Local => near.local = true,
                Kind::Check => near.checked |= line.start <= mark.start && mark.end <= place.start,
                Kind::Sample => {
                    near.sample |=
                        comment.is_some_and(|comment| comment <= mark.start) && mark.end <= line.end;
                }
            }
        }
    }

    /// Sets whether the rest of a line has a comment. Returns where a possible comment begins.
    fn comment(&self, near: &mut Neighbors, rest: Range<usize>) -> Option<usize> {
        let end = &self.text[rest.clone()];
        let mut comment = None;
        for at in memchr3_iter(b'#', b'/', b'<', end) {
            let before = at.checked_sub(1).map(|before| end[before]);
            let after = end.get(at + 1);
            near.commented |= match end[at] {
                b'#' => matches!(before, Some(b' ' | b'\t')),
                b'/' => after == Some(&b'*') || before == Some(b' ') && after == Some(&b'/'),
                _ => end[at..].starts_with(b"<!--"),
            };
            if comment.is_none() && end[at] != b'<' {
                comment = Some(rest.start + at + 1);
            }
            if near.commented && comment.is_some() {
                break;
            }
        }
        comment
    }

    /// The line, from the cache if it is there.
    fn line(&mut self, start: usize, end: usize) -> Line {
        if self.lines.is_empty() {
            self.lines.resize(REMEMBERED, Line::default());
        }
        let slot = (start.wrapping_mul(0x9E37_79B9) >> 16) % REMEMBERED;
        let known = &mut self.lines[slot];
        if (known.start, known.end) != (start, end) {
            *known = read(self.text, start, end);
        }
        *known
    }
}

/// Parses a line or a part of one.
fn read(text: &[u8], start: usize, end: usize) -> Line {
    let mut line = Line {
        start,
        end,
        ..Line::default()
    };
    let bytes = &text[start..end];
    let lossy = String::from_utf8_lossy(bytes);
    if let Some((_, value)) = pair(&lossy) {
        // In bytes that are not UTF-8 the position is unknown, so the value equals no other.
        let at = std::str::from_utf8(bytes).map_or(0, |_| value.as_ptr() as usize - lossy.as_ptr() as usize);
        let len = if at == 0 { 0 } else { value.len() };
        line.value = Some((start + at, start + at + len));
        line.text = is_text(value);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::WORDS;

    /// The context without any cache, for comparison with [`Nearby`].
    fn naive(text: &[u8], place: Range<usize>) -> Neighbors {
        let value = &text[place.clone()];
        let before = &text[place.start.saturating_sub(AROUND)..place.start];
        let behind = &text[place.end..text.len().min(place.end + AROUND)];
        let part = |text: &[u8]| text.split(|byte| *byte == b'\n').next().unwrap_or_default().len();
        let reversed: Vec<u8> = before.iter().rev().copied().collect();
        let long = part(&reversed) + value.len() + part(behind) > LONG;
        let (before, behind) = (String::from_utf8_lossy(before), String::from_utf8_lossy(behind));
        let start = before.rsplit('\n').next().unwrap_or_default();
        let end = behind.split('\n').next().unwrap_or_default();
        let comment = end
            .split_once(['#', '/'])
            .map_or(String::new(), |(_, rest)| rest.to_lowercase());
        let has = |kind: usize, text: &str| WORDS[kind].1.iter().any(|word| text.contains(word));
        let mut near = Neighbors {
            checked: has(4, start),
            long,
            commented: [" #", "\t#", " //", "<!--", "/*"]
                .iter()
                .any(|mark| end.contains(mark)),
            sample: has(3, &comment),
            copies: crate::copies::naive(text, place.clone()),
            ..Neighbors::default()
        };
        let lines = before
            .lines()
            .rev()
            .skip(usize::from(!start.is_empty()))
            .take(LINES);
        let (mut values, mut texts) = (0, 0);
        let own = [(start, long), (end, long)];
        let lines = lines.chain(behind.split('\n').skip(1).take(LINES));
        for (line, long) in lines.map(|line| (line, false)).chain(own) {
            let lower = line.to_ascii_lowercase();
            near.user |= has(0, &lower);
            near.host |= has(1, &lower);
            near.local |= has(2, &lower);
            if let Some((_, found)) = pair(line).filter(|_| !long) {
                values += 1;
                texts += usize::from(is_text(found));
                near.same |= found.as_bytes() == value;
            }
        }
        near.texts = Share::of(texts, values);
        near
    }

    /// Deterministic pseudo-random numbers.
    fn chance(state: &mut u64, below: usize) -> usize {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) as usize % below
    }

    #[test]
    fn the_cache_agrees_with_the_text() {
        const PIECES: &[&str] = &[
            "user: shop\n",
            "host = db",
            "\n",
            "\n\n",
            " # a fake one",
            "password: ",
            "localhost",
            "kQ7zR4mW",
            "shop",
            "assert x == ",
            "\"Neues Konto\"",
            "  a: \"Bitte warten\"\n",
            " // example",
            "x",
            "Ünï",
            "url=http://a/b",
            "\r\n",
            "\t",
            "; b=",
            "<!-- no -->",
            "it('",
            "a/b/c/#",
            "1234567890",
        ];
        let mut state = 7;
        for _ in 0..60 {
            let mut text = String::new();
            for _ in 0..chance(&mut state, 900) {
                text.push_str(PIECES[chance(&mut state, PIECES.len())]);
                if chance(&mut state, 40) == 0 {
                    text.push_str(&"y z=".repeat(chance(&mut state, 900)));
                }
            }
            let mut nearby = Nearby::new(text.as_bytes());
            let mut at = 0;
            while at < text.len() {
                let end = (at + 1 + chance(&mut state, 9)).min(text.len());
                assert_eq!(
                    nearby.of(at..end),
                    naive(text.as_bytes(), at..end),
                    "{at} {end} {text:?}"
                );
                at = match chance(&mut state, 30) {
                    0 => at / 2 + 1,
                    _ => end + chance(&mut state, 60),
                };
                if chance(&mut state, 200) == 0 {
                    break;
                }
            }
        }
    }

    #[test]
    fn what_is_near() {
        let text = b"host: pg\nuser: shop\npassword: shop\nmode: fast\n";
        let at = 30..34;
        assert_eq!(&text[at.clone()], b"shop");
        let near = Nearby::new(text).of(at);
        assert!(near.user && near.host && near.same && near.copies == 1);
        assert!(!Nearby::new(b"a: 1\npassword: x").of(15..16).user);
    }

    #[test]
    fn work_is_linear_in_the_text() {
        for line in ["var password0 = 'kQ7zR4mW';\n", "var password0='kQ7zR4mW';"] {
            let text = line.repeat(4000);
            let mut nearby = Nearby::new(text.as_bytes());
            for at in 0..4000 {
                nearby.of(at * line.len() + 15..at * line.len() + 23);
            }
            let work = nearby.take_work();
            assert!(work < 250 * text.len(), "{work}");
        }
    }
}

//! Words near literals that are evidence. Each part of a text is searched once.

use std::{ops::Range, sync::LazyLock};

/// The oldest of more words are dropped.
const MOST: usize = 1 << 16;

/// What a word is evidence of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    User,
    Host,
    Local,
    Sample,
    /// Matched with the case that code uses.
    Check,
}

pub(crate) const WORDS: &[(Kind, &[&str])] = &[
    (Kind::User, &["user", "login", "uid", "account", "email"]),
    (
        Kind::Host,
        &[
            "host", "port", "url", "uri", "server", "database", "endpoint", "address", "machine",
        ],
    ),
    (
        Kind::Local,
        &["localhost", "127.0.0.1", "0.0.0.0", "::1", "host.docker.internal"],
    ),
    (
        Kind::Sample,
        &[
            "fake",
            "dummy",
            "not real",
            "for test",
            "invalid",
            "example",
            "sample",
            "placeholder",
        ],
    ),
    (Kind::Check, CHECKS),
];

/// Calls and macros of assertions in unit tests.
pub(crate) const CHECKS: &[&str] = &[
    "assert",
    "expect(",
    "expect ",
    "@Test",
    "it('",
    "it(\"",
    "should",
    "t.Error",
    "t.Fatal",
    "[Test",
    "#[test",
    "EXPECT_",
    "describe(",
];

/// Words with the same start.
type WordList = Vec<(Kind, &'static [u8])>;

/// Words by their first two bytes, five bits of each.
static BY_START: LazyLock<Vec<WordList>> = LazyLock::new(|| {
    let mut by_start = vec![Vec::new(); 1 << 10];
    for (kind, words) in WORDS {
        for word in *words {
            let word = word.as_bytes();
            by_start[start_of(word[0], word[1])].push((*kind, word));
        }
    }
    by_start
});

fn start_of(first: u8, second: u8) -> usize {
    usize::from(first & 31) << 5 | usize::from(second & 31)
}

/// A word and its position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The words of a part of a text.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// The part that was searched.
    seen: Range<usize>,
    found: Vec<Mark>,
}

impl Marks {
    /// The words within `region`, which must have been searched.
    pub(crate) fn within(&self, region: &Range<usize>) -> impl Iterator<Item = &Mark> {
        let first = self.found.partition_point(|mark| mark.start < region.start);
        let end = region.end;
        self.found[first..]
            .iter()
            .take_while(move |mark| mark.start < end)
            .filter(move |mark| mark.end <= end)
    }

    /// Searches the part of `region` that was not searched before. Returns its size in bytes.
    pub(crate) fn look(&mut self, text: &[u8], region: Range<usize>) -> usize {
        let from = match self.seen.contains(&region.start) && self.found.len() < MOST {
            true => self.seen.end,
            false => {
                self.found.clear();
                self.seen = region.start..region.start;
                region.start
            }
        };
        let by_start = &*BY_START;
        for at in from..region.end.min(text.len().saturating_sub(1)) {
            for (kind, word) in &by_start[start_of(text[at], text[at + 1])] {
                let found = text.get(at..at + word.len()).is_some_and(|found| match kind {
                    Kind::Check => found == *word,
                    _ => found.eq_ignore_ascii_case(word),
                });
                if found {
                    self.found.push(Mark {
                        kind: *kind,
                        start: at,
                        end: at + word.len(),
                    });
                }
            }
        }
        self.seen.end = self.seen.end.max(region.end);
        region.end.saturating_sub(from)
    }
}

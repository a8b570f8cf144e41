//! Positions in a document: keysift counts characters from 1, the protocol counts UTF-16 code units from 0.

use keysift_finding::Position as Place;

use crate::protocol::Position;

/// The lines of a document.
#[derive(Debug)]
pub(crate) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(after).collect(),
        }
    }

    /// The line with this number, counted from 0, without its line break.
    pub(crate) fn line(&self, number: u32) -> &'t str {
        let number = number as usize;
        let Some(&start) = self.starts.get(number) else {
            return "";
        };
        let end = self.starts.get(number + 1).copied().unwrap_or(self.text.len());
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }

    /// The position of a finding, as the protocol counts.
    pub(crate) fn position(&self, place: Place) -> Position {
        let line = u32::try_from(place.line.saturating_sub(1)).unwrap_or(u32::MAX);
        let before = usize::try_from(place.column.saturating_sub(1)).unwrap_or(usize::MAX);
        let units: usize = self.line(line).chars().take(before).map(char::len_utf16).sum();
        Position {
            line,
            character: u32::try_from(units).unwrap_or(u32::MAX),
        }
    }

    /// The position after the last character.
    pub(crate) fn end(&self) -> Position {
        let line = u32::try_from(self.starts.len() - 1).unwrap_or(u32::MAX);
        let units = self.line(line).encode_utf16().count();
        Position {
            line,
            character: u32::try_from(units).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_become_code_units() {
        let lines = Lines::new("a\r\n😀x = 1\nä");
        for (line, column, wanted) in [
            (1, 2, (0, 1)),
            (2, 1, (1, 0)),
            (2, 2, (1, 2)),
            (3, 2, (2, 1)),
            (9, 9, (8, 0)),
        ] {
            let found = lines.position(Place { line, column });
            assert_eq!((found.line, found.character), wanted, "{line}:{column}");
        }
        assert_eq!(
            (lines.line(0), lines.line(1), lines.line(2)),
            ("a", "😀x = 1", "ä")
        );
        assert_eq!((lines.end().line, lines.end().character), (2, 1));
        assert_eq!(
            (Lines::new("a\n").end().line, Lines::new("a\n").end().character),
            (1, 0)
        );
    }
}

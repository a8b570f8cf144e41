//! Lines for a terminal: wrapped at its width, with styles and hyperlinks that take no room.

use std::{
    borrow::Cow,
    io::{self, Write},
    path::Path,
};

use anstyle::{AnsiColor, Style};
use keysift_finding::Severity;

use crate::{format::Screen, record::Record, sarif::percent};

pub(crate) const PATH: Style = Style::new().bold().underline();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const MARKED: Style = AnsiColor::Red.on_default().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();

pub(crate) fn color(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::Red.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Cyan.on_default(),
        Severity::Info => DIM,
    }
}

/// The narrowest terminal that lines are wrapped for.
const NARROWEST: usize = 40;

/// Where lines of text go.
pub(crate) struct Page<'w> {
    out: &'w mut dyn Write,
    screen: Screen,
}

impl<'w> Page<'w> {
    pub(crate) fn new(out: &'w mut dyn Write, screen: Screen) -> Self {
        Self { out, screen }
    }

    /// Characters that fit on a line, if it is a terminal's.
    pub(crate) fn width(&self) -> Option<usize> {
        self.screen.width.map(|width| width.max(NARROWEST))
    }

    /// Writes a line; if it is too long, it goes on in the next one, `indent` characters from the left.
    pub(crate) fn line(&mut self, indent: usize, text: &str) -> io::Result<()> {
        match self.width() {
            Some(width) => writeln!(self.out, "{}", wrapped(text, width, indent)),
            None => writeln!(self.out, "{text}"),
        }
    }

    /// Writes a line as it is.
    pub(crate) fn unwrapped(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A text that opens an address where terminals can do that (OSC 8).
    pub(crate) fn link<'t>(&self, text: &'t str, address: impl FnOnce() -> Option<String>) -> Cow<'t, str> {
        match self.screen.links.then(address).flatten() {
            Some(address) => format!("\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\").into(),
            None => text.into(),
        }
    }
}

/// Whether a terminal makes links of OSC 8 sequences, as far as its environment tells. Others show them as plain text at best, and as garbage
/// at worst.
pub fn has_links(variable: &dyn Fn(&str) -> Option<String>) -> bool {
    let is = |name: &str, values: &[&str]| {
        variable(name).is_some_and(|value| values.iter().any(|known| value.eq_ignore_ascii_case(known)))
    };
    let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    if let Some(forced) = variable("FORCE_HYPERLINK") {
        return !matches!(forced.as_str(), "" | "0" | "false");
    }
    if set("NO_COLOR") || is("TERM", &["dumb", ""]) || set("CI") {
        return false;
    }
    // GNOME's terminal and its relatives have them since 0.50.
    let vte = variable("VTE_VERSION").and_then(|version| version.parse::<u32>().ok());
    let programs = [
        "iTerm.app",
        "WezTerm",
        "vscode",
        "ghostty",
        "Hyper",
        "Tabby",
        "rio",
        "WarpTerminal",
    ];
    vte.is_some_and(|version| version >= 5000)
        || is("TERM_PROGRAM", &programs)
        || is("TERM", &["xterm-kitty", "alacritty", "foot", "xterm-ghostty"])
        || ["KONSOLE_VERSION", "WT_SESSION", "DOMTERM", "KITTY_WINDOW_ID"]
            .iter()
            .any(|name| set(name))
}

/// The address of a finding's file, if it is on disk.
pub(crate) fn file_address(record: &Record) -> Option<String> {
    let keysift_finding::Origin::File(location) = &*record.origin else {
        return None;
    };
    let path = std::path::absolute(location.on_disk()?).ok()?;
    Some(address_of(&path))
}

/// `file://` and the path, percent-encoded.
pub(crate) fn address_of(path: &Path) -> String {
    let path = percent(&path.to_string_lossy());
    format!("file://{}{path}", if path.starts_with('/') { "" } else { "/" })
}

/// The first page about a rule.
pub(crate) fn rule_address(record: &Record) -> Option<String> {
    let plain =
        |page: &&String| page.starts_with("https://") && !page.contains(|char: char| char.is_control());
    record.rule.references.iter().find(plain).cloned()
}

/// Breaks a line at spaces, so that no part is longer than `width` if its words allow it. Escape sequences take no room.
fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let indent = indent.min(width / 2);
    let mut out = String::with_capacity(text.len() + 16);
    let mut column = 0;
    // Spaces that are written when the next word fits on the line.
    let mut spaces = 0;
    for word in text.split_inclusive(' ') {
        let (word, space) = match word.strip_suffix(' ') {
            Some(word) => (word, 1),
            None => (word, 0),
        };
        let length = visible(word);
        let begins = column == 0 || column <= indent && out.ends_with(' ');
        if length > 0 && !begins && column + spaces + length > width {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else {
            out.extend(std::iter::repeat_n(' ', spaces));
            column += spaces;
        }
        out.push_str(word);
        column += length;
        spaces = space;
    }
    out
}

/// Characters that a text takes on a terminal: all but escape sequences.
fn visible(text: &str) -> usize {
    let mut chars = text.chars();
    let mut count = 0;
    while let Some(char) = chars.next() {
        if char != '\x1b' {
            count += 1;
            continue;
        }
        match chars.next() {
            // A hyperlink ends with its string terminator, a style with a letter.
            Some(']') => while chars.next().is_some_and(|char| char != '\\') {},
            _ => while chars.next().is_some_and(|char| !char.is_ascii_alphabetic()) {},
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_wrapped_at_words() {
        assert_eq!(
            wrapped("  1:2  one two three", 12, 7),
            "  1:2  one\n      two\n      three"
        );
        assert_eq!(wrapped("short", 40, 4), "short");
        assert_eq!(wrapped("averyveryverylongword", 8, 2), "averyveryverylongword");
        assert_eq!(wrapped("    two  spaces", 40, 4), "    two  spaces");
    }

    #[test]
    fn links_only_where_they_are_understood() {
        let links = |set: &[(&str, &str)]| {
            has_links(&|name| {
                let mut all = set.iter();
                all.find(|(known, _)| *known == name)
                    .map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(links(&[("VTE_VERSION", "6800")]) && links(&[("TERM_PROGRAM", "vscode")]));
        assert!(links(&[("FORCE_HYPERLINK", "1"), ("CI", "true")]));
        for set in [
            &[("TERM", "xterm-256color")][..],
            &[("TERM", "xterm-kitty"), ("CI", "true")],
            &[("VTE_VERSION", "6800"), ("FORCE_HYPERLINK", "0")],
            &[("VTE_VERSION", "4200")],
        ] {
            assert!(!links(set), "{set:?}");
        }
    }

    #[test]
    fn escape_sequences_take_no_room() {
        let styled = format!("{BOLD}abc{BOLD:#} \x1b]8;;https://example.org/a\x1b\\de\x1b]8;;\x1b\\ f");
        assert_eq!(visible(&styled), 8);
        assert!(!wrapped(&styled, 8, 0).contains('\n'));
        assert_eq!(wrapped(&styled, 7, 0).matches('\n').count(), 1);
    }

    #[test]
    fn every_word_of_a_line_is_kept() {
        let mut state = 7_u64;
        let mut next = |most: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % most
        };
        for _ in 0..300 {
            let words: Vec<String> = (0..next(20)).map(|_| "x".repeat(1 + next(12) as usize)).collect();
            let (width, indent) = (20 + next(60) as usize, next(12) as usize);
            let text = wrapped(&words.join(" "), width, indent);
            assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
            assert_eq!(text.split_whitespace().collect::<Vec<_>>(), words);
        }
    }
}

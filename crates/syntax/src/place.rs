//! The syntactic context of a span: from the grammar if there is one, otherwise from the line.

use keysift_finding::Span;

use crate::{Language, Tree, line::line_before};

/// The kind of text at a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The text of a string literal, or of a value of a configuration file.
    Literal,
    /// A comment: commented-out code, or prose.
    Comment,
    /// A string that is not used: the documentation of a module, a class, a function.
    Documentation,
    /// Code without a literal: names and operators.
    Code,
}

/// Returns the kind of text at `span`. `tree` is the parsed file, if there is one.
pub fn place(text: &[u8], span: Span, path: &str, tree: Option<&Tree>) -> Place {
    tree.and_then(|tree| tree.place(span))
        .unwrap_or_else(|| by_line(text, span, path))
}

/// Only clear comments count: a wrong one would suppress a finding.
fn by_line(text: &[u8], span: Span, path: &str) -> Place {
    let line = line_before(text, span.start).trim_ascii_start();
    match Language::is_comment(Language::of(path), line) {
        true => Place::Comment,
        false => Place::Literal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_by_their_line() {
        for (path, line, comment) in [
            ("a.ts", "// password = '@'", true),
            ("a.ts", "x = 1; password = '@'", false),
            ("a.cs", "  * password: @", true),
            ("a.sql", "-- IDENTIFIED BY '@'", true),
            ("a.xml", "<!-- <password>@</password> -->", true),
            (".env", "# PASSWORD=@", true),
            (".env", "PASSWORD=@", false),
            ("a.md", "# PASSWORD=@", false),
        ] {
            let at = line.find('@').unwrap();
            let found = place(line.as_bytes(), Span::new(at, at + 1), path, None);
            assert_eq!(found == Place::Comment, comment, "{path}: {line}");
        }
    }
}

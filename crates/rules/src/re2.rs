//! Translates regular expressions of RE2 (Go) to the syntax of the regex crate. They differ in characters
//! that only one of them treats as operators.

/// Rewrites an expression so that it has the same meaning.
pub(crate) fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    while let Some(char) = rest.chars().next() {
        let taken = match char {
            '\\' => escape(rest, &mut out),
            '[' => class(rest, &mut out),
            // A brace that is not a repetition count is literal.
            '{' if !counts(rest) => {
                out.push_str("\\{");
                1
            }
            char => {
                out.push(char);
                char.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    out
}

/// Copies an escape; returns its length.
fn escape(text: &str, out: &mut String) -> usize {
    let Some(next) = text[1..].chars().next() else {
        out.push('\\');
        return 1;
    };
    let len = 1 + next.len_utf8();
    // `\p{Greek}`, `\x{1F}`: the brace is part of the escape.
    if matches!(next, 'p' | 'P' | 'x')
        && text[len..].starts_with('{')
        && let Some(end) = text.find('}')
    {
        out.push_str(&text[..=end]);
        return end + 1;
    }
    // `\Q…\E`: the text between is literal.
    if next == 'Q' {
        let inside = text[2..].split("\\E").next().unwrap_or_default();
        out.push_str(&regex::escape(inside));
        return text.len().min(2 + inside.len() + 2);
    }
    match next {
        // The regex crate treats these as word boundaries.
        '<' | '>' => out.push(next),
        _ => out.push_str(&text[..len]),
    }
    len
}

/// Copies a class; returns its length. In RE2 a bracket in it is literal, and there are no set operations.
fn class(text: &str, out: &mut String) -> usize {
    let negated = text[1..].starts_with('^');
    let mut at = 1 + usize::from(negated);
    out.push_str(&text[..at]);
    let first = at;
    while let Some(char) = text[at..].chars().next() {
        let rest = &text[at..];
        at += match char {
            ']' if at > first => {
                out.push(']');
                return at + 1;
            }
            ']' => {
                out.push_str("\\]");
                1
            }
            '\\' => escape(rest, out),
            '[' if rest.starts_with("[:") && rest.contains(":]") => {
                let end = rest.find(":]").map_or(1, |end| end + 2);
                out.push_str(&rest[..end]);
                end
            }
            '[' => {
                out.push_str("\\[");
                1
            }
            '&' | '~' => {
                out.push('\\');
                out.push(char);
                1
            }
            char => {
                out.push(char);
                char.len_utf8()
            }
        };
    }
    at
}

/// Returns whether a brace begins a repetition count: `{2}`, `{2,}`, `{2,3}`.
fn counts(text: &str) -> bool {
    let Some((inside, _)) = text[1..].split_once('}') else {
        return false;
    };
    let (least, most) = inside.split_once(',').unwrap_or((inside, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

#[cfg(test)]
mod tests {
    use regex::bytes::RegexBuilder;

    use super::*;

    #[test]
    fn translated_expressions_match_like_go() {
        // An expression, a text that matches, one that does not.
        for (pattern, matched, other) in [
            (r"\Qa.b\E[0-9]", "a.b1", "axb1"),
            (r"x\Q(y", "x(y", "xy"),
            (r"^\$(?:\d+|{\d+})$", "${12}", "$x"),
            (r"a{b}", "a{b}", "ab"),
            (r"a{,3}b", "a{,3}b", "aab"),
            (r"x{2}y{1,}z{0,2}", "xxyz", "xyz"),
            (r"^[[a]+$", "[a[", "b"),
            (r"^[]a]+$", "]a]", "b"),
            (r"^[^]a]$", "b", "]"),
            (r"^[[:alpha:]_{]+$", "ab_{", "1"),
            (r"^[a&&b]+$", "a&b", "c"),
            (r"^[a~~b]+$", "~", "c"),
            (r"\<a\>", "<a>", "a"),
            (r"\x{41}{2}", "AA", "A1"),
            (r"{{ *\.Values", "{{ .Values", "{ .Values"),
            (r"^\{\}$", "{}", "{"),
        ] {
            let regex = RegexBuilder::new(&translated(pattern))
                .unicode(false)
                .build()
                .unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert!(regex.is_match(matched.as_bytes()), "{pattern} {matched}");
            assert!(!regex.is_match(other.as_bytes()), "{pattern} {other}");
        }
    }

    #[test]
    fn truncated_expressions_do_not_panic() {
        for pattern in [
            "\\",
            "[",
            "[^",
            "[a",
            "{",
            "a{",
            "\\p{",
            "\\x{",
            "[[:",
            "é{é}\\é[é",
        ] {
            translated(pattern);
        }
    }
}

//! Random names of every sign that means something somewhere: whatever they are, each language reads one plain text.

use keysift_report::{
    Csv, Dot, Escaped, GithubData, GithubProperty, Language, Markdown, Mermaid, Sarif, Terminal, Untrusted,
    Xml,
};

/// Signs that mean something to a language, and a few that mean nothing.
const SIGNS: &[&str] = &[
    "a",
    "B",
    "7",
    " ",
    "  ",
    "é",
    "日",
    "`",
    "``",
    "|",
    "\\",
    "\\|",
    "<",
    ">",
    "&",
    "\"",
    "'",
    "*",
    "_",
    "[",
    "]",
    "(",
    ")",
    "#",
    "##",
    "##vso[x]",
    "##[group]",
    "~",
    "!",
    "$",
    "@",
    "@team",
    "://",
    "https://x.y/z",
    "www.x.y",
    "mailto:a@b",
    "=",
    "+",
    "-",
    "- ",
    "1. ",
    ";",
    ";=1",
    ",",
    ",@x",
    ":",
    "::",
    "::error::x",
    "%",
    "%0A",
    "%25",
    "{",
    "}",
    "</script>",
    "<!--",
    "-->",
    "]]>",
    "<img src=x>",
    "&lt;",
    "&#60;",
    "#35;",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\0",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{85}",
    "\u{9b}2J",
    "\u{ad}",
    "\u{200b}",
    "\u{200d}",
    "\u{202e}",
    "\u{2028}",
    "\u{2066}",
    "\u{feff}",
    "\u{fffd}",
    "\u{e0041}",
    "＝1",
    "\\N",
];

/// Every sign alone, at each end and between, and many random rows of them.
fn names() -> impl Iterator<Item = String> {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut random = move |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let ordered = SIGNS.iter().flat_map(|sign| {
        [
            (*sign).to_owned(),
            format!("{sign}x"),
            format!("x{sign}"),
            format!("x{sign}y{sign}"),
        ]
    });
    let rows = (0..20_000).map(move |_| (0..1 + random(8)).map(|_| SIGNS[random(SIGNS.len())]).collect());
    ordered.chain(rows)
}

fn each<L: Language>(check: impl Fn(&str) -> bool) {
    for name in names() {
        let escaped: Escaped<L> = Untrusted::new(name.as_str()).to();
        let text = escaped.as_str();
        // No language needs a line break or a character that nobody sees; XML keeps the lines of a text.
        let odd = |char: char| {
            char.is_control() && (char != '\n' || !name.contains('\n'))
                || ('\u{200b}'..='\u{202e}').contains(&char)
        };
        assert!(!text.contains(odd), "{name:?} {text:?}");
        assert!(check(text), "{name:?} {text:?}");
    }
}

#[test]
fn terminals_and_build_services_are_told_nothing() {
    each::<Terminal>(|text| {
        let command = |rest: &str| {
            rest.trim_start_matches(|char: char| char.is_ascii_alphanumeric())
                .starts_with('[')
        };
        !text.contains('\n')
            && !text.trim_start().starts_with("::")
            && text.match_indices("##").all(|(at, _)| !command(&text[at + 2..]))
    });
}

#[test]
fn a_cell_of_csv_is_one_cell_and_no_formula() {
    each::<Csv>(|text| {
        let inner = match text.strip_prefix('"') {
            Some(rest) => {
                let Some(rest) = rest.strip_suffix('"') else {
                    return false;
                };
                if rest.replace("\"\"", "").contains('"') {
                    return false;
                }
                rest.replace("\"\"", "\"")
            }
            None if text.contains(['"', ',', '\n', ';']) => return false,
            None => text.to_owned(),
        };
        // Excel of other countries parts cells at semicolons.
        inner.split([';', ',']).all(|part| {
            let first = part.trim_start_matches([' ', '"']).chars().next();
            first.is_none_or(|first| !"=+-@＝＋－＠".contains(first))
        })
    });
}

/// Whether every `mark` begins a reference to a character, `mark` digits `;`.
fn references(text: &str, mark: &str) -> bool {
    text.split(mark).skip(1).all(|part| {
        part.split_once(';')
            .is_some_and(|(digits, _)| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

#[test]
fn markdown_finds_nothing_but_code() {
    each::<Markdown>(|text| {
        let rest = text.replace("<code>", "\u{1}").replace("</code>", "\u{2}");
        let mut open = false;
        let balanced = rest.chars().all(|char| match char {
            '\u{1}' => !std::mem::replace(&mut open, true),
            '\u{2}' => std::mem::replace(&mut open, false),
            char => !"<>|`*_[]@\\~\n".contains(char),
        });
        let first = rest.trim_start_matches(' ').chars().next();
        balanced
            && !open
            && references(&rest, "&#")
            && rest.matches('&').count() == rest.matches("&#").count()
            && !rest.contains("://")
            && !rest.to_lowercase().contains("www.")
            && first.is_none_or(|first| "&\u{1}".contains(first) || first.is_alphabetic())
    });
}

#[test]
fn xml_finds_text() {
    each::<Xml>(|text| {
        let known = |part: &str| {
            ["amp;", "lt;", "gt;", "quot;", "#39;"]
                .iter()
                .any(|known| part.starts_with(known))
        };
        !text.contains(['<', '>', '"', '\'']) && text.split('&').skip(1).all(known)
    });
}

/// Whether a backslash stands before each of `signs`, and before nothing but them and itself.
fn backslashed(text: &str, signs: &[char]) -> bool {
    let mut rest = text.chars();
    while let Some(sign) = rest.next() {
        let fine = match sign {
            '\\' => rest
                .next()
                .is_some_and(|next| next == '\\' || signs.contains(&next)),
            sign => !signs.contains(&sign),
        };
        if !fine {
            return false;
        }
    }
    true
}

#[test]
fn diagrams_find_labels() {
    each::<Mermaid>(|text| {
        !text.contains(['"', '<', '>', '`', '[', ']', '{', '|', '%', '&']) && references(text, "#")
    });
    each::<Dot>(|text| {
        text.strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .is_some_and(|inner| backslashed(inner, &['"']))
    });
}

#[test]
fn workflow_commands_are_one_line_each() {
    let percent = |text: &str| text.split('%').skip(1).all(|rest| rest.starts_with("25"));
    each::<GithubData>(|text| !text.contains(['\n', '\r']) && percent(text));
    each::<GithubProperty>(|text| !text.contains(['\n', '\r', ':', ',']));
}

#[test]
fn sarif_finds_no_link() {
    each::<Sarif>(|text| backslashed(text, &['[', ']']));
}

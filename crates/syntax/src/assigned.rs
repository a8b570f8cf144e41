//! The name to which a value is assigned.

use keysift_finding::Span;
use memchr::memrchr;

/// How far before the value the name may begin, in bytes.
const REACH: usize = 200;

/// The maximum length of a name, in bytes.
const LONGEST: usize = 80;

/// The name to which the value at `value` is assigned, from the text before it on its line: `name = "value"`,
/// `name: value`, `"name": "value"`, `name := value`, `--name value`, `name => value`, `<name>value`, `export
/// name=value`.
pub fn assigned_name(text: &[u8], value: Span) -> Option<Span> {
    let floor = value.start.saturating_sub(REACH);
    let floor = memrchr(b'\n', &text[floor..value.start]).map_or(floor, |newline| floor + newline + 1);
    let mut at = value.start;
    at = back_over(text, floor, at, |byte| {
        matches!(byte, b'"' | b'\'' | b'`' | b'(' | b'[' | b' ' | b'\t' | b'\\')
    });
    let operator = at;
    at = back_over(text, floor, at, |byte| matches!(byte, b'=' | b':' | b'>'));
    if at == operator {
        return flag(text, floor, operator);
    }
    at = back_over(text, floor, at, |byte| {
        matches!(
            byte,
            b'"' | b'\'' | b'`' | b']' | b')' | b' ' | b'\t' | b'\\' | b'+' | b'?'
        )
    });
    let end = at;
    at = back_over(text, floor, at, is_name);
    let joined = end + 1 == operator && text[end] == b':' && value.start == operator;
    if text[floor..at].ends_with(b"//") || joined && takes_login(&text[floor..at]) {
        // The user of `user:password`.
        return None;
    }
    let name = Span::new(
        at + text[at..end]
            .iter()
            .take_while(|byte| matches!(byte, b'-' | b'.'))
            .count(),
        end,
    );
    (!name.is_empty()
        && name.len() <= LONGEST
        && text[name.start..name.end].iter().any(u8::is_ascii_alphabetic))
    .then_some(name)
}

/// Returns whether a text ends with an option that takes `user:password` (curl, wget, HTTPie, ab).
fn takes_login(before: &[u8]) -> bool {
    let quotes = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b'\\');
    let len = before
        .iter()
        .rposition(|byte| !quotes(byte))
        .map_or(0, |at| at + 1);
    let option = before[..len].trim_ascii_end();
    let option = option.strip_suffix(b",").unwrap_or(option);
    let option = &option[..option
        .iter()
        .rposition(|byte| !quotes(byte))
        .map_or(0, |at| at + 1)];
    let word = option
        .rsplit(|byte| byte.is_ascii_whitespace() || quotes(byte) || *byte == b'[')
        .next();
    const OPTIONS: &[&[u8]] = &[
        b"-u",
        b"-U",
        b"-a",
        b"-A",
        b"--user",
        b"--proxy-user",
        b"--auth",
        b"--login",
    ];
    word.is_some_and(|word| OPTIONS.contains(&word))
}

/// `--name value`.
fn flag(text: &[u8], floor: usize, end: usize) -> Option<Span> {
    let start = back_over(text, floor, end, is_name);
    let dashes = text[start..end].iter().take_while(|byte| **byte == b'-').count();
    (dashes > 0 && end - start - dashes >= 2).then(|| Span::new(start + dashes, end))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80
}

fn back_over(text: &[u8], floor: usize, mut at: usize, class: impl Fn(u8) -> bool) -> usize {
    while at > floor && class(text[at - 1]) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_forms_of_an_assignment() {
        for (line, name) in [
            (r#"GITHUB_TOKEN=@"#, Some("GITHUB_TOKEN")),
            ("curl -u elastic:@ https://x", None),
            ("curl --user 'elastic:@' https://x", None),
            (r#"["curl", "-u", "elastic:@"]"#, None),
            ("curl -H X-Api-Key:@", Some("X-Api-Key")),
            ("- elastic:@", Some("elastic")),
            (r#"  "apiKey": "@""#, Some("apiKey")),
            (r#"token := "@""#, Some("token")),
            (r#"config['secret'] = '@'"#, Some("secret")),
            (r#"export A=1 DB_PASS="@""#, Some("DB_PASS")),
            (r#"password: @"#, Some("password")),
            (r#"<password>@"#, Some("password")),
            (r#"curl --token @"#, Some("token")),
            (r#":key => "@""#, Some("key")),
            (r#"//registry.npmjs.org/:_authToken=@"#, Some("_authToken")),
            (
                r#"spring.datasource.password=@"#,
                Some("spring.datasource.password"),
            ),
            (r#"url = "postgres://app:@"#, None),
            (r#"see @"#, None),
            (r#"@"#, None),
            (r#"= @"#, None),
        ] {
            let start = line.find('@').unwrap();
            let found = assigned_name(line.as_bytes(), Span::new(start, start + 1));
            assert_eq!(found.map(|span| &line[span.start..span.end]), name, "{line}");
        }
    }

    #[test]
    fn the_line_before_is_not_read() {
        assert_eq!(assigned_name(b"name:\nvalue", Span::new(6, 11)), None);
    }
}

//! Programs that take a secret as an option or an argument without its name: one table.

use keysift_finding::Span;

use super::{
    Entry, Reading, Syntax, Value,
    lines::{is_blank, line_around, skip_blanks},
    quotes::{Escapes, quoted},
    shell::word_at,
};
use crate::lexical::in_string;

/// Where a program takes its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SecretOption {
    /// `-p x` or `-p=x`.
    Apart(&'static str),
    /// `-px` alone: `-p` without more asks for it.
    Joined(&'static str),
    /// `-p x` or `-px`.
    Either(&'static str),
    /// The word right behind.
    Next,
    /// The last word, if an option has this letter.
    Last(char),
    /// `-u user%x`, `user/x@host`: behind this mark in the word behind the option, or in the first word.
    Behind(&'static str, char),
    /// The words that a pipe hands it: `echo x |`.
    Piped,
}

use SecretOption::{Apart, Behind, Either, Joined, Last, Next, Piped};

/// What leads to a command, what stands before it on the line (nothing: anything), and where the secret is. From the manual of each.
const COMMANDS: &[(&str, &str, SecretOption)] = &[
    ("docker login", "", Apart("-p")),
    ("podman login", "", Apart("-p")),
    ("buildah login", "", Apart("-p")),
    ("skopeo login", "", Apart("-p")),
    ("nerdctl login", "", Apart("-p")),
    ("auth login", "crane", Apart("-p")),
    ("registry login", "helm", Apart("-p")),
    ("oras login", "", Apart("-p")),
    ("oc login", "", Apart("-p")),
    ("az login", "", Apart("-p")),
    ("cf login", "", Apart("-p")),
    ("mysql -", "", Joined("-p")),
    ("mysql\",", "", Joined("-p")),
    ("mysqldump -", "", Joined("-p")),
    ("mysqldump\",", "", Joined("-p")),
    ("mysqladmin -", "", Joined("-p")),
    ("mysqlimport -", "", Joined("-p")),
    ("mariadb -", "", Joined("-p")),
    ("mariadb-dump -", "", Joined("-p")),
    ("redis-cli", "", Apart("-a")),
    ("sshpass", "", Either("-p")),
    ("mongosh ", "", Apart("-p")),
    ("mongo -", "", Apart("-p")),
    ("mongodump ", "", Apart("-p")),
    ("mongorestore ", "", Apart("-p")),
    ("mongoexport ", "", Apart("-p")),
    ("mongoimport ", "", Apart("-p")),
    ("ldapsearch ", "", Apart("-w")),
    ("ldapadd ", "", Apart("-w")),
    ("ldapmodify ", "", Apart("-w")),
    ("ldapdelete ", "", Apart("-w")),
    ("ldappasswd ", "", Apart("-w")),
    ("ldapwhoami ", "", Apart("-w")),
    ("sqlcmd ", "", Either("-P")),
    ("bcp ", "", Either("-P")),
    ("cqlsh ", "", Apart("-p")),
    ("ipmitool ", "", Apart("-P")),
    ("mosquitto_pub ", "", Apart("-P")),
    ("mosquitto_sub ", "", Apart("-P")),
    ("unzip -", "", Apart("-P")),
    ("twine upload", "", Apart("-p")),
    ("smbclient ", "", Behind("-U", '%')),
    ("sqlplus ", "", Behind("", '/')),
    ("impdp ", "", Behind("", '/')),
    ("expdp ", "", Behind("", '/')),
    ("lftp ", "", Behind("-u", ',')),
    ("pass ", "-store", Next),
    ("pass ", "-key", Next),
    ("pass ", "-deststore", Next),
    ("pass ", "-srcstore", Next),
    ("pass:", "-passin ", Next),
    ("pass:", "-passout ", Next),
    ("pass:", "-pass ", Next),
    ("pass:", "-password ", Next),
    ("secret_access_key ", "configure set aws_", Next),
    ("token ", "configure set aws_session_", Next),
    ("passwd ", "ht", Last('b')),
    ("passwd", "ch", Piped),
    ("passwd --stdin", "", Piped),
    ("password-stdin", "--", Piped),
    ("passwd -s", "smb", Piped),
];

/// The literals that lead here and are no words of names: the rule for passwords has them too.
pub const TRIGGERS: &[&str] = &[
    "docker login",
    "podman login",
    "buildah login",
    "skopeo login",
    "nerdctl login",
    "auth login",
    "registry login",
    "oras login",
    "oc login",
    "az login",
    "cf login",
    "mysql -",
    "mysql\",",
    "mysqldump -",
    "mysqldump\",",
    "mysqladmin -",
    "mysqlimport -",
    "mariadb -",
    "mariadb-dump -",
    "redis-cli",
    "sshpass",
    "mongosh ",
    "mongo -",
    "mongodump ",
    "mongorestore ",
    "mongoexport ",
    "mongoimport ",
    "ldapsearch ",
    "ldapadd ",
    "ldapmodify ",
    "ldapdelete ",
    "ldappasswd ",
    "ldapwhoami ",
    "sqlcmd ",
    "bcp ",
    "cqlsh ",
    "ipmitool ",
    "mosquitto_pub ",
    "mosquitto_sub ",
    "unzip -",
    "twine upload",
    "smbclient ",
    "sqlplus ",
    "impdp ",
    "expdp ",
    "lftp ",
];

/// How many words of a command are read.
const WORDS: usize = 60;

/// The secret of the command that a word leads to.
pub(crate) fn read<'t>(text: &'t [u8], word: Span, _syntax: Syntax) -> Reading<'t> {
    let first = text.get(word.start).copied().unwrap_or_default();
    for (trigger, before, takes) in COMMANDS {
        // Cheap: most words of names begin none of them.
        if trigger.as_bytes()[0] != first || !text[word.start..].starts_with(trigger.as_bytes()) {
            continue;
        }
        let Some(line) = line_around(text, word.start) else {
            return Reading::Unknown;
        };
        let lead = Span::new(line.start, word.start).of(text);
        let last = lead.last().copied().unwrap_or(b' ');
        let begins =
            !before.is_empty() || !last.is_ascii_alphanumeric() && !matches!(last, b'_' | b'-' | b'.');
        let fits = match takes {
            Next | Piped => lead.ends_with(before.as_bytes()),
            Last(_) => lead.ends_with(before.as_bytes()),
            _ => before.is_empty() || memchr::memmem::find(lead, before.as_bytes()).is_some(),
        };
        if !begins || !fits {
            continue;
        }
        let name = Span::new(
            word.start,
            word.start + trigger.trim_end_matches([' ', '-', ':', '"', ',']).len(),
        );
        if let Some(value) = secret(text, name, word.start + trigger.len(), line, *takes) {
            return Reading::one(Entry {
                known: true,
                ..value.named(name)
            });
        }
    }
    Reading::Unknown
}

fn secret<'t>(
    text: &'t [u8],
    name: Span,
    behind: usize,
    line: Span,
    takes: SecretOption,
) -> Option<Value<'t>> {
    if takes == Piped {
        return piped(text, name, line);
    }
    let words = words(text, name, behind, line, takes == Next);
    let value = match takes {
        Next => words.into_iter().next(),
        Last(letter) => {
            let batch = words
                .iter()
                .any(|word| word.text.starts_with(b"-") && word.text.contains(&(letter as u8)));
            let plain = words.iter().filter(|word| !word.text.starts_with(b"-")).count();
            words.into_iter().next_back().filter(|_| batch && plain >= 2)
        }
        Behind(option, mark) => {
            let at = words.iter().position(|word| {
                option.is_empty() && !word.text.starts_with(b"-") || *word.text == *option.as_bytes()
            })?;
            let whole = words.into_iter().nth(at + usize::from(!option.is_empty()))?;
            let raw = whole.span.of(text);
            let start = raw.iter().position(|byte| *byte == mark as u8)? + 1;
            // `-u app,'x'`: the quotes belong to no secret.
            if let Some(inner) = quoted(text, whole.span.start + start, Escapes::None, false)
                .filter(|inner| raw.get(start) == Some(&b'\'') && inner.end == whole.span.end)
            {
                return Some(inner);
            }
            let end = if mark == '/' {
                raw.iter().rposition(|byte| *byte == b'@').unwrap_or(raw.len())
            } else {
                raw.len()
            };
            (start < end)
                .then(|| Value::plain(text, Span::new(whole.span.start + start, whole.span.start + end)))
        }
        Apart(option) | Joined(option) | Either(option) => option_of(text, words, option.as_bytes(), takes),
        Piped => None,
    }?;
    (!value.text.is_empty() && !value.text.starts_with(b"-")).then_some(value)
}

/// The word that an option is given.
fn option_of<'t>(
    text: &'t [u8],
    words: Vec<Value<'t>>,
    option: &[u8],
    takes: SecretOption,
) -> Option<Value<'t>> {
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let Some(rest) = word.text.strip_prefix(option) else {
            continue;
        };
        if rest.is_empty() {
            if matches!(takes, Joined(_)) {
                continue;
            }
            return words.next();
        }
        let raw = word.span.of(text);
        let sign = usize::from(raw.get(option.len()) == Some(&b'='));
        if matches!(takes, Apart(_)) && sign == 0 {
            continue;
        }
        let skip = option.len() + sign;
        if !raw.starts_with(option) {
            continue;
        }
        let span = Span::new(word.span.start + skip, word.span.end);
        // `-p'x'`: the quotes belong to no secret.
        let escapes = match text.get(span.start) {
            Some(b'\'') => Escapes::None,
            _ => Escapes::Shell,
        };
        if let Some(inner) = quoted(text, span.start, escapes, false)
            .filter(|inner| matches!(text[span.start], b'"' | b'\'') && inner.end == span.end)
        {
            return Some(inner);
        }
        let mut value = Value::plain(text, span);
        value.text = word.text[skip..].to_vec().into();
        return Some(value);
    }
    None
}

/// The words behind a program: of a shell, also inside a string of another language, or of a list of strings.
fn words<'t>(text: &'t [u8], name: Span, behind: usize, line: Span, tight: bool) -> Vec<Value<'t>> {
    let listed = matches!(text.get(name.end), Some(b'"' | b'\''))
        && name.start > 0
        && text[name.start - 1] == text[name.end];
    let (mut at, mut end, mut found) = (if tight { behind } else { name.end }, line.end, Vec::new());
    if listed {
        at = name.end + 1;
        while found.len() < WORDS {
            at = skip_blanks(text, at, end);
            if text.get(at) != Some(&b',') || at >= end {
                break;
            }
            at = skip_blanks(text, at + 1, end);
            let Some(value) = quoted(text, at, Escapes::Unicode, false)
                .filter(|_| matches!(text.get(at), Some(b'"' | b'\'')))
            else {
                break;
            };
            at = value.end;
            found.push(value);
        }
        return found;
    }
    if in_string(text, name.start)
        && let Some(quote) = text[line.start..name.start]
            .iter()
            .rev()
            .find(|byte| matches!(byte, b'"' | b'\'' | b'`'))
        && let Some(len) = text[name.end..end].iter().position(|byte| byte == quote)
    {
        end = name.end + len;
    }
    // What is left of the trigger's own word, `mysql` before ` -`.
    while found.len() < WORDS {
        at = skip_blanks(text, at, end);
        // The command goes on in the next line.
        if text.get(at) == Some(&b'\\') && at + 1 >= end && end == line.end {
            let Some(next) = super::lines::next_line(text, end) else {
                break;
            };
            (at, end) = (next.start, next.end);
            if end - line.start > 4096 {
                break;
            }
            continue;
        }
        if at >= end || b";|&<>()#".contains(&text[at]) {
            break;
        }
        match word_at(text, at, end).filter(|word| word.end > at) {
            Some(word) => {
                at = word.end;
                found.push(word);
            }
            None => break,
        }
    }
    found
}

/// `echo x | program`: what is echoed; of `user:x` what stands behind the colon.
fn piped<'t>(text: &'t [u8], name: Span, line: Span) -> Option<Value<'t>> {
    let lead = Span::new(line.start, name.start).of(text);
    let pipe = line.start + lead.iter().rposition(|byte| *byte == b'|')?;
    let before = &text[line.start..pipe];
    let echo = ["echo ", "printf "]
        .iter()
        .filter_map(|word| memchr::memmem::rfind(before, word.as_bytes()).map(|at| at + word.len()))
        .max()?;
    let mut at = skip_blanks(text, line.start + echo, pipe);
    while text[at..pipe].starts_with(b"-") {
        at += text[at..pipe].iter().take_while(|byte| !is_blank(**byte)).count();
        at = skip_blanks(text, at, pipe);
    }
    let mut value = word_at(text, at, pipe)?;
    // `printf '%s' x`
    if value.text.starts_with(b"%s") {
        value = word_at(text, skip_blanks(text, value.end, pipe), pipe)?;
    }
    if text[name.start..].starts_with(b"passwd") && lead.ends_with(b"ch") {
        let colon = value.span.of(text).iter().position(|byte| *byte == b':')?;
        let span = Span::new(value.span.start + colon + 1, value.span.end);
        let quoting = value.quoting;
        value = Value::plain(text, span);
        value.quoting = quoting;
    }
    Some(value)
}

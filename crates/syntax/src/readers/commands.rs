//! Programs that take a secret as an option or argument without a name: one table.

use keysift_finding::Span;

use super::{
    Entry, Reading, Syntax, Value,
    lines::{is_blank, line_around, skip_blanks},
    quotes::{Escapes, quoted},
    shell::word_at,
};
use crate::lexical::in_string;

/// The position of the secret in a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SecretOption {
    /// `-p x` or `-p=x`.
    Separate(&'static str),
    /// `-px`; `-p` alone prompts.
    Joined(&'static str),
    /// `-p x` or `-px`.
    Either(&'static str),
    /// The next word.
    Next,
    /// The last word, if an option has this letter.
    Last(char),
    /// `-u user%x`, `user/x@host`: after this separator in the option's argument or the first word.
    AfterMark(&'static str, char),
    /// Standard input: `echo x |`.
    Piped,
}

use SecretOption::{AfterMark, Either, Joined, Last, Next, Piped, Separate};

/// The trigger of a command, the text that must precede it on the line (empty: anything), and the position of
/// the secret. From the manual of each program.
const COMMANDS: &[(&str, &str, SecretOption)] = &[
    ("docker login", "", Separate("-p")),
    ("podman login", "", Separate("-p")),
    ("buildah login", "", Separate("-p")),
    ("skopeo login", "", Separate("-p")),
    ("nerdctl login", "", Separate("-p")),
    ("auth login", "crane", Separate("-p")),
    ("registry login", "helm", Separate("-p")),
    ("oras login", "", Separate("-p")),
    ("oc login", "", Separate("-p")),
    ("az login", "", Separate("-p")),
    ("cf login", "", Separate("-p")),
    ("mysql -", "", Joined("-p")),
    ("mysql\",", "", Joined("-p")),
    ("mysqldump -", "", Joined("-p")),
    ("mysqldump\",", "", Joined("-p")),
    ("mysqladmin -", "", Joined("-p")),
    ("mysqlimport -", "", Joined("-p")),
    ("mariadb -", "", Joined("-p")),
    ("mariadb-dump -", "", Joined("-p")),
    ("redis-cli", "", Separate("-a")),
    ("sshpass", "", Either("-p")),
    ("mongosh ", "", Separate("-p")),
    ("mongo -", "", Separate("-p")),
    ("mongodump ", "", Separate("-p")),
    ("mongorestore ", "", Separate("-p")),
    ("mongoexport ", "", Separate("-p")),
    ("mongoimport ", "", Separate("-p")),
    ("ldapsearch ", "", Separate("-w")),
    ("ldapadd ", "", Separate("-w")),
    ("ldapmodify ", "", Separate("-w")),
    ("ldapdelete ", "", Separate("-w")),
    ("ldappasswd ", "", Separate("-w")),
    ("ldapwhoami ", "", Separate("-w")),
    ("sqlcmd ", "", Either("-P")),
    ("bcp ", "", Either("-P")),
    ("cqlsh ", "", Separate("-p")),
    ("ipmitool ", "", Separate("-P")),
    ("mosquitto_pub ", "", Separate("-P")),
    ("mosquitto_sub ", "", Separate("-P")),
    ("unzip -", "", Separate("-P")),
    ("twine upload", "", Separate("-p")),
    ("smbclient ", "", AfterMark("-U", '%')),
    ("sqlplus ", "", AfterMark("", '/')),
    ("impdp ", "", AfterMark("", '/')),
    ("expdp ", "", AfterMark("", '/')),
    ("lftp ", "", AfterMark("-u", ',')),
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

/// The triggers that are not words of names. The rule for passwords has them as literals too.
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

/// The bytes with which the commands begin. Most words of names begin with none of them.
static FIRST_BYTES: [bool; 256] = {
    let mut first = [false; 256];
    let mut command = 0;
    while command < COMMANDS.len() {
        first[COMMANDS[command].0.as_bytes()[0] as usize] = true;
        command += 1;
    }
    first
};

/// The maximum number of words that are read of a command.
const WORDS: usize = 60;

/// Reads the secret of the command that a word triggers.
pub(crate) fn read<'t>(text: &'t [u8], word: Span, _syntax: Syntax) -> Reading<'t> {
    let first = text.get(word.start).copied().unwrap_or_default();
    if !FIRST_BYTES[usize::from(first)] {
        return Reading::Unknown;
    }
    for (trigger, before, takes) in COMMANDS {
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
        AfterMark(option, mark) => {
            let at = words.iter().position(|word| {
                option.is_empty() && !word.text.starts_with(b"-") || *word.text == *option.as_bytes()
            })?;
            let whole = words.into_iter().nth(at + usize::from(!option.is_empty()))?;
            let raw = whole.span.of(text);
            let start = raw.iter().position(|byte| *byte == mark as u8)? + 1;
            // `-u app,'x'`: the quotes are not part of the secret.
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
        Separate(option) | Joined(option) | Either(option) => {
            option_of(text, words, option.as_bytes(), takes)
        }
        Piped => None,
    }?;
    (!value.text.is_empty() && !value.text.starts_with(b"-")).then_some(value)
}

/// The argument of an option.
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
        if matches!(takes, Separate(_)) && sign == 0 {
            continue;
        }
        let skip = option.len() + sign;
        if !raw.starts_with(option) {
            continue;
        }
        let span = Span::new(word.span.start + skip, word.span.end);
        // `-p'x'`: the quotes are not part of the secret.
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

/// The words after a program name: of a shell, also inside a string of another language, or of a list of
/// strings.
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
    // The rest of the trigger's word: `mysql` before ` -`.
    while found.len() < WORDS {
        at = skip_blanks(text, at, end);
        // The command continues on the next line.
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

/// `echo x | program`: what is echoed; of `user:x` the part after the colon.
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

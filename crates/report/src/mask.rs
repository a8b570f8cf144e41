//! What of a text may be shown. The rule: a literal is shown only if keysift's own judge calls it harmless; everything else that looks
//! like a value is masked, found or not. So a report needs no knowledge of other findings, of other windows of the file, or of the
//! rules that were off: what it does not know it does not print.
//!
//! Shown are names (in front of `=` and `:`), words of a language, marks, short numbers, references to values elsewhere, and literals
//! of names that are no secret's, if they are made of words.

use keysift_finding::Span;
use keysift_judge::{Name, Value, name, value};

use crate::{
    redact::{is_armour, label},
    words::{TINY, harmless},
};

/// The longest literal that the judge is asked about, in bytes.
const LONGEST: usize = 256;

/// Whether a literal may be shown under `named`; without a name it is an argument, an element of a list, a string of its own.
fn may_show(named: Option<&str>, text: &str) -> bool {
    if text.len() > LONGEST {
        return false;
    }
    let kind = value(text);
    let plain = kind == Value::Plain && text.bytes().filter(u8::is_ascii_digit).count() <= TINY;
    let elsewhere = matches!(
        kind,
        Value::Reference | Value::Empty | Value::Placeholder | Value::Path
    );
    if !harmless(text) {
        return false;
    }
    match named.filter(|named| !says_nothing(named)).map(name) {
        Some(Name::Harmless) => true,
        Some(_) => plain || elsewhere,
        // A word by itself may be a password; the name of a setting is none.
        None => plain || elsewhere || text.len() <= TINY || is_setting(text) || is_mount(text),
    }
}

/// Keys that hold the value of whatever a key beside them names: `{name: DB_PASSWORD, value: …}`.
fn says_nothing(key: &str) -> bool {
    const KEYS: &[&str] = &[
        "content",
        "contents",
        "data",
        "default",
        "defaultvalue",
        "string",
        "stringvalue",
        "text",
        "val",
        "value",
        "valuestring",
    ];
    let plain: String = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|char| char.to_ascii_lowercase())
        .collect();
    KEYS.contains(&plain.as_str())
}

/// `/var/run/docker.sock:/var/run/docker.sock:ro`: paths of a mount, of which each part is made of words.
fn is_mount(text: &str) -> bool {
    let mut parts = text.split(':');
    let is_path = |part: &str| part.starts_with('/') && part.len() > 1 && part[1..].contains('/');
    parts.next().is_some_and(is_path) && parts.all(|part| is_path(part) || part.len() <= TINY)
}

/// `DB_PASSWORD`: the name of a variable.
fn is_setting(text: &str) -> bool {
    text.contains('_')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The parts of `part` that must be masked beside the known `secrets`, sorted, apart from each other. `part` is a line, or a piece of
/// one: `cut` says whether it begins and whether it ends within the line. Where the beginning is not known every word that is no name
/// counts as a literal; a literal that goes on is one whose end is not known.
pub(crate) fn masked(text: &[u8], part: Span, cut: (bool, bool), secrets: &[Span]) -> Vec<Span> {
    let mut reader = Reader::new(text, part, cut, secrets);
    reader.read();
    reader.masked
}

/// Reads a line from its start to its end, for names, marks and literals of any language.
struct Reader<'t> {
    text: &'t [u8],
    secrets: &'t [Span],
    end: usize,
    at: usize,
    /// Whether a bare word may be a literal: the beginning of the line is not known.
    strict: bool,
    /// Whether the line goes on behind the end.
    goes_on: bool,
    /// The name that what comes next belongs to.
    named: Option<String>,
    /// Whether an `=` or `:` stands between.
    assigned: bool,
    /// Whether nothing was read since.
    fresh: bool,
    /// The end of the template action `{{ … }}` that contains `at`; 0 outside of one.
    action: usize,
    /// Whether the next literal is the name of a template.
    includes: bool,
    masked: Vec<Span>,
}

/// Functions of Helm and Sprig whose names do not look like words (<https://masterminds.github.io/sprig>).
const FUNCTIONS: &[&str] = &[
    "adler32sum",
    "b32dec",
    "b32enc",
    "b64dec",
    "b64enc",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "uuidv4",
];

/// Marks that end a bare word.
fn ends_word(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"'`()[]{},;<>|=&".contains(&byte)
}

impl<'t> Reader<'t> {
    fn new(text: &'t [u8], part: Span, (strict, goes_on): (bool, bool), secrets: &'t [Span]) -> Self {
        Self {
            text,
            secrets,
            end: part.end,
            at: part.start,
            strict,
            goes_on,
            named: None,
            assigned: false,
            fresh: false,
            action: 0,
            includes: false,
            masked: Vec::new(),
        }
    }

    fn read(&mut self) {
        while self.at < self.end {
            if self.at < self.action && self.expression() {
                continue;
            }
            match self.text[self.at] {
                b'-' if is_armour(&self.text[self.at..self.end]) => self.armour(),
                b'"' | b'\'' | b'`' => self.quoted(),
                b'{' if self.text[self.at..self.end].starts_with(b"{{") => self.open_action(),
                b'=' => self.assign(),
                b':' if self.named.is_some() && !self.assigned => self.assign(),
                // A list, an argument, a statement ends what a name says.
                b',' | b';' | b'}' | b']' | b'&' | b'|' => self.forget(),
                byte if ends_word(byte) => self.at += 1,
                _ => self.bare(),
            }
        }
    }

    /// Enters a template action, if it ends on this line.
    fn open_action(&mut self) {
        let rest = &self.text[self.at..self.end];
        if let Some(len) = rest.windows(2).position(|pair| pair == b"}}") {
            self.action = self.at + len;
        }
        self.at += 2;
    }

    /// Reads a name in a template action: by the grammar of templates a word without quotes is a function, a variable
    /// or a field, and no literal. Returns false, and reads nothing, if it is something else.
    fn expression(&mut self) -> bool {
        let rest = &self.text[self.at..self.action];
        let len = rest
            .iter()
            .position(|byte| ends_word(*byte))
            .unwrap_or(rest.len());
        let word = String::from_utf8_lossy(&rest[..len]).into_owned();
        let is_name = word
            .starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '.' | '$'))
            && word
                .chars()
                .all(|char| char.is_ascii_alphanumeric() || matches!(char, '.' | '$' | '_'));
        if !is_name || !harmless(&word) && !FUNCTIONS.contains(&word.as_str()) {
            return false;
        }
        self.includes = matches!(word.as_str(), "include" | "template" | "define" | "block");
        self.at += len;
        true
    }

    fn assign(&mut self) {
        self.assigned = self.named.is_some();
        self.fresh = true;
        self.at += 1;
    }

    fn forget(&mut self) {
        (self.named, self.assigned) = (None, false);
        self.at += 1;
    }

    fn mask(&mut self, start: usize, end: usize) {
        match self.masked.last_mut() {
            _ if start >= end => {}
            Some(last) if last.end == start => last.end = end,
            _ => self.masked.push(Span::new(start, end)),
        }
    }

    /// `-----BEGIN RSA PRIVATE KEY-----`: the label is shown, what follows it on the line is not.
    fn armour(&mut self) {
        let line = String::from_utf8_lossy(&self.text[self.at..self.end]);
        let label = label(&line).map_or(0, str::len);
        self.mask(self.at + label, self.end);
        self.at = self.end;
    }

    /// A literal between quotes, or to the end of the line if nothing closes it.
    fn quoted(&mut self) {
        let quote = self.text[self.at];
        let start = self.at + 1;
        // An apostrophe: `isn't`.
        let beside = |at: Option<usize>| {
            at.and_then(|at| self.text.get(at))
                .is_some_and(u8::is_ascii_alphabetic)
        };
        if quote == b'\'' && beside(self.at.checked_sub(1)) && beside(Some(start)) {
            self.at += 1;
            return;
        }
        let mut end = start;
        while end < self.end && self.text[end] != quote {
            end += 1 + usize::from(self.text[end] == b'\\');
        }
        let end = end.min(self.end);
        let closed = end < self.end;
        self.at = end + usize::from(closed);
        let inner = String::from_utf8_lossy(&self.text[start..end]).into_owned();
        if closed && self.is_key() && harmless(&inner) {
            (self.named, self.assigned) = (Some(inner), false);
            return;
        }
        let part = Span::new(start, end);
        let names_template = self.at <= self.action && std::mem::take(&mut self.includes) && harmless(&inner);
        if self.holds_secret(part) {
            // What stands around a known secret says where it leads: keys are shown, words are not.
            for span in masked(self.text, part, (true, true), self.secrets) {
                self.mask(span.start, span.end);
            }
        } else if !names_template
            && (!closed && (self.strict || self.goes_on) || !may_show(self.named.as_deref(), &inner))
        {
            self.mask(start, end);
        }
        self.read_value(part, &inner, true);
    }

    fn holds_secret(&self, part: Span) -> bool {
        let first = self.secrets.partition_point(|secret| secret.end <= part.start);
        self.secrets
            .get(first)
            .is_some_and(|secret| secret.overlaps(part))
    }

    /// A literal was read. Quotes end what a name says; without them it may go on. A literal that is itself the name of a secret names what follows: `<property name="password">X`.
    fn read_value(&mut self, part: Span, literal: &str, quoted: bool) {
        self.fresh = false;
        if self.is_name(part, literal) {
            self.name(literal);
        } else if quoted {
            (self.named, self.assigned) = (None, false);
        }
    }

    /// Whether a word is the name of a secret. A known secret that is not made of words is none, and the judge is not asked: of 100,000
    /// secrets each would push a name out of its memory.
    fn is_name(&self, part: Span, word: &str) -> bool {
        (!self.holds_secret(part) || harmless(word)) && name(word) == Name::Sensitive
    }

    /// Whether what was read is a name: an `=` or a `:` follows, and no comparison.
    fn is_key(&self) -> bool {
        let rest = &self.text[self.at..self.end];
        let rest = rest.trim_ascii_start();
        matches!(rest.first(), Some(b'=' | b':')) && !rest.starts_with(b"==") && !rest.starts_with(b"://")
    }

    /// A bare word: a name, a word of the language, a literal without quotes.
    fn bare(&mut self) {
        let start = self.at;
        let mut at = start;
        // Behind `-u` or `--password` a colon is no end: `admin:password`.
        let argument = self.sensitive() && !self.assigned;
        while at < self.end && !ends_word(self.text[at]) {
            let rest = &self.text[at..self.end];
            if rest.starts_with(b"://") {
                return self.url(start, at + 3);
            }
            // A colon ends a name, but for `::` of a path.
            if rest[0] == b':' && at > start && !argument && !rest.starts_with(b"::") {
                break;
            }
            at += if rest.starts_with(b"::") { 2 } else { 1 };
        }
        let at = at.min(self.end);
        self.at = at;
        let word = String::from_utf8_lossy(&self.text[start..at]).into_owned();
        let again = self.assigned && !self.fresh && self.text.get(self.at) == Some(&b'=');
        let attribute = matches!(self.text.get(self.at + 1), Some(b'"' | b'\''));
        if self.is_key() && (!self.assigned || again) && (!argument || attribute) && harmless(&word) {
            self.name(&word);
            return;
        }
        let shown = match &self.named {
            Some(named) if self.assigned || self.sensitive() => {
                let short = !self.assigned && word.len() <= TINY;
                short || may_show(Some(named), &word)
            }
            _ if (self.strict || self.goes_on && at == self.end) && word.len() > TINY => false,
            _ => harmless(&word),
        };
        if !shown {
            self.mask(start, at);
        }
        if self.assigned {
            self.read_value(Span::new(start, at), &word, false);
        } else {
            // `--password X`, `ENV DB_PASSWORD X`, `<password>X`: the next word is what the name names.
            if self.is_name(Span::new(start, at), word.trim_start_matches('-')) {
                self.name(&word);
            } else if matches!(word.as_str(), "-p" | "-u") {
                self.name("--password");
            } else if word.len() > TINY {
                self.named = None;
            }
        }
    }

    fn name(&mut self, word: &str) {
        let word = word.trim_start_matches(['-', '$', '.', '@', '/', '!', '*']);
        (self.named, self.assigned) = (Some(word.to_owned()), false);
    }

    fn sensitive(&self) -> bool {
        self.named
            .as_deref()
            .is_some_and(|named| name(named) != Name::Harmless)
    }

    /// A URL: who logs in is masked, whatever it looks like; the rest is read on as words.
    fn url(&mut self, start: usize, authority: usize) {
        let scheme = String::from_utf8_lossy(&self.text[start..authority]);
        if !harmless(&scheme) {
            self.mask(start, authority);
        }
        let rest = &self.text[authority..self.end];
        let space = rest
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || b"\"'`<>".contains(byte))
            .unwrap_or(rest.len());
        if let Some(sign) = rest[..space].iter().rposition(|byte| *byte == b'@') {
            self.mask(authority, authority + sign);
            self.at = authority + sign;
        } else {
            self.at = authority;
        }
    }
}

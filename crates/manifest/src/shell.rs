//! The words of shell commands with their places: the one reader of quotes and escapes, for scripts, `RUN`, `ENV` and `ARG`.

/// A byte of a word: its value, its place, and whether quotes or an escape took its meaning.
pub(crate) type Byte = (u8, usize, bool);

/// The places of the bytes that are read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Places<'a> {
    /// All of a text from an offset on.
    From(usize),
    /// Those that are listed: a Dockerfile's line goes on behind comments and continuation marks.
    List(&'a [usize]),
}

/// Reads bytes through quotes and escapes. An item is a byte, or nothing where a quote is (which still makes a word).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    text: &'a [u8],
    places: Places<'a>,
    escape: u8,
    at: usize,
    quote: Option<u8>,
}

impl<'a> Reader<'a> {
    /// A reader of the bytes at these places.
    pub(crate) fn new(text: &'a [u8], places: Places<'a>, escape: u8) -> Self {
        Self {
            text,
            places,
            escape,
            at: 0,
            quote: None,
        }
    }

    /// The place of the byte that comes next.
    fn place(&self) -> Option<usize> {
        match self.places {
            Places::From(start) => Some(start + self.at).filter(|place| *place < self.text.len()),
            Places::List(list) => list.get(self.at).copied(),
        }
    }

    pub(crate) fn next(&mut self) -> Option<Option<Byte>> {
        let place = self.place()?;
        let byte = self.text[place];
        self.at += 1;
        match (self.quote, byte) {
            (None, b'"' | b'\'') => {
                self.quote = Some(byte);
                Some(None)
            }
            (Some(quote), _) if byte == quote => {
                self.quote = None;
                Some(None)
            }
            (quote, _) if byte == self.escape && quote != Some(b'\'') && self.place().is_some() => {
                let escaped = self.place()?;
                self.at += 1;
                Some(Some((self.text[escaped], escaped, true)))
            }
            (quote, _) => Some(Some((byte, place, quote.is_some()))),
        }
    }
}

/// A word of a script: a slice of it, without the quotes around the whole word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word<'t> {
    pub(crate) text: &'t str,
    /// Where it begins in the script.
    pub(crate) start: usize,
}

impl<'t> Word<'t> {
    fn of(script: &'t str, start: usize, end: usize) -> Self {
        let text = &script[start..end];
        let quote = text
            .chars()
            .next()
            .filter(|first| matches!(first, '"' | '\'') && text.len() > 1);
        let inner = quote.and_then(|quote| {
            let inner = &text[1..];
            let inner = inner.strip_suffix(quote).unwrap_or(inner);
            (!inner.contains(quote)).then_some(inner)
        });
        match inner {
            Some(text) => Self {
                text,
                start: start + 1,
            },
            None => Self { text, start },
        }
    }
}

/// A simple command: its words, and the files that its output goes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Command<'t> {
    pub(crate) words: Vec<Word<'t>>,
    /// Targets of `>` and `>>`.
    pub(crate) writes: Vec<Word<'t>>,
    /// Whether another command reads its output.
    pub(crate) piped: bool,
}

impl<'t> Command<'t> {
    /// The program: the first word that assigns no variable.
    pub(crate) fn program(&self) -> &'t str {
        let first = self.words.iter().find(|word| !is_assignment(word.text));
        first.map_or("", |word| word.text.rsplit('/').next().unwrap_or_default())
    }
}

/// `NAME=…`
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// The words of a line: blanks, `;`, `|` and `&` separate them; a comment ends it.
pub(crate) fn words(line: &str) -> Vec<&str> {
    let all = tokens(line, false);
    all.into_iter()
        .filter_map(|token| match token {
            Token::Word(word) => Some(word.text),
            _ => None,
        })
        .collect()
}

/// The commands of a script, in order. What is in `$( )` stays within its word.
pub(crate) fn commands(script: &str) -> Vec<Command<'_>> {
    let mut all = Vec::new();
    let mut command = Command::default();
    let mut redirects = false;
    for token in tokens(script, true) {
        match token {
            Token::Word(word) if redirects => {
                command.writes.push(word);
                redirects = false;
            }
            Token::Word(word) => command.words.push(word),
            Token::Write => redirects = true,
            Token::End { piped } => {
                command.piped = piped;
                if !command.words.is_empty() {
                    all.push(std::mem::take(&mut command));
                }
                redirects = false;
            }
        }
    }
    if !command.words.is_empty() {
        all.push(command);
    }
    all
}

/// What a script is made of.
enum Token<'t> {
    Word(Word<'t>),
    /// `>` or `>>`.
    Write,
    /// `;`, `&&`, `||`, `|`, `&`, the end of a line.
    End {
        piped: bool,
    },
}

/// The tokens of a script; of `structure` only if it is asked for, so that a `>` or `(` is otherwise part of its word.
fn tokens(script: &str, structure: bool) -> Vec<Token<'_>> {
    let bytes = script.as_bytes();
    let mut found = Vec::new();
    let mut reader = Reader::new(bytes, Places::From(0), b'\\');
    let (mut start, mut depth) = (None::<usize>, 0_usize);
    let mut comment = false;
    loop {
        let at = reader.at;
        let Some(item) = reader.next() else { break };
        let (byte, quoted) = item.map_or((b'"', true), |(byte, _, quoted)| (byte, quoted));
        if comment {
            // Quotes in a comment open nothing.
            reader.quote = None;
            if bytes[at] != b'\n' {
                reader.at = at + 1;
                continue;
            }
            comment = false;
        }
        // A line that goes on: the escape and the line end are no part of any word.
        let continued = quoted && byte == b'\n' && bytes[at] == b'\\';
        let plain = !quoted && depth == 0;
        let separates = plain && (byte.is_ascii_whitespace() || matches!(byte, b';' | b'|' | b'&'))
            || plain && structure && byte == b'>'
            || continued;
        if !separates {
            if plain && byte == b'#' && start.is_none() {
                comment = true;
                continue;
            }
            if structure && !quoted {
                match byte {
                    b'(' if depth > 0 || at > 0 && bytes[at - 1] == b'$' => depth += 1,
                    b')' => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            start.get_or_insert(at);
            continue;
        }
        // `2>` and `&>` are part of the redirection.
        if let Some(from) = start.take()
            && !(byte == b'>' && bytes[from..at].iter().all(u8::is_ascii_digit))
        {
            found.push(Token::Word(Word::of(script, from, at)));
        }
        match byte {
            _ if continued => {}
            b'>' => found.push(Token::Write),
            b'\n' | b';' | b'|' => found.push(Token::End {
                piped: byte == b'|' && bytes.get(at + 1) != Some(&b'|') && (at == 0 || bytes[at - 1] != b'|'),
            }),
            b'&' if bytes.get(at + 1) != Some(&b'>') && (at == 0 || bytes[at - 1] != b'>') => {
                found.push(Token::End { piped: false });
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        found.push(Token::Word(Word::of(script, from, bytes.len())));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(script: &str) -> Vec<Vec<&str>> {
        commands(script)
            .into_iter()
            .map(|command| command.words.into_iter().map(|word| word.text).collect())
            .collect()
    }

    #[test]
    fn words_quotes_and_comments() {
        assert_eq!(
            words("curl -H 'Authorization: X y' \"http://a\" # it's over"),
            ["curl", "-H", "Authorization: X y", "http://a"]
        );
        assert_eq!(words("A=\"b c\" d\\ e; f|g"), ["A=\"b c\"", "d\\ e", "f", "g"]);
        assert_eq!(words("echo 'open"), ["echo", "open"]);
        assert_eq!(words("a > b"), ["a", ">", "b"]);
    }

    #[test]
    fn commands_with_what_they_write() {
        assert_eq!(
            read("a b && c; d || e | f\ng \\\n  h"),
            [
                vec!["a", "b"],
                vec!["c"],
                vec!["d"],
                vec!["e"],
                vec!["f"],
                vec!["g", "h"]
            ]
        );
        let all = commands("echo \"$T\" 2>/dev/null >> /root/x | tee y; X=$(cat /a b) run");
        assert_eq!(
            all[0].words.iter().map(|word| word.text).collect::<Vec<_>>(),
            ["echo", "$T"]
        );
        let writes: Vec<_> = all[0].writes.iter().map(|word| word.text).collect();
        assert_eq!((writes, all[0].piped), (vec!["/dev/null", "/root/x"], true));
        assert_eq!(all[2].words[0].text, "X=$(cat /a b)");
        assert_eq!((all[2].program(), all[1].program()), ("run", "tee"));
    }

    #[test]
    fn places_are_those_of_the_script() {
        let script = "é a 'b c' # x 'y\n d\"e\" # f";
        for word in commands(script).iter().flat_map(|command| &command.words) {
            assert_eq!(&script[word.start..word.start + word.text.len()], word.text);
        }
        assert_eq!(read(script), [vec!["é", "a", "b c"], vec!["d\"e\""]]);
    }

    #[test]
    fn any_bytes_are_read() {
        let mut state = 7_u64;
        for _ in 0..3000 {
            let text: String = (0..12)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    char::from(b"a $()\"'\\\n#;|&>=2"[(state >> 33) as usize % 16])
                })
                .collect();
            commands(&text);
            words(&text);
        }
    }
}

//! Messages on standard input and output.
//!
//! Not those of `lsp-server`: there a message that is no JSON ends the server, and a text with half of a surrogate pair, which editors in
//! JavaScript send while an emoji is edited, is one. A length that is too large aborts.

use std::{
    io::{self, BufRead, Read, Write},
    sync::{Arc, OnceLock},
    thread,
};

use lsp_server::{Connection, ErrorCode, Message};
use serde_json::json;

/// Bytes of a header line; those of editors have 60.
const LONGEST_HEADER: u64 = 4096;

/// The threads that read and write.
#[derive(Debug)]
pub(crate) struct Transport {
    writer: thread::JoinHandle<io::Result<()>>,
    /// Why nothing can be read anymore.
    unread: Arc<OnceLock<io::Error>>,
}

impl Transport {
    /// Connects a server to standard input and output.
    pub(crate) fn stdio() -> io::Result<(Connection, Self)> {
        let (server, Connection { sender, receiver }) = Connection::memory();
        let unread = Arc::new(OnceLock::new());
        let failed = Arc::clone(&unread);
        // Never joined: it may wait for a message that does not come.
        thread::Builder::new().spawn(move || {
            let read = read_all(&mut io::stdin().lock(), |message| sender.send(message).is_ok());
            // Before the channel closes, so that the server finds the reason.
            if let Err(error) = read {
                let _ = failed.set(error);
            }
            drop(sender);
        })?;
        let writer = thread::Builder::new().spawn(move || {
            receiver
                .iter()
                .try_for_each(|message| message.write(&mut io::stdout().lock()))
        })?;
        Ok((server, Self { writer, unread }))
    }

    /// Ends when everything is written, with the error of a thread. The connection must have been dropped.
    pub(crate) fn finish(self) -> io::Result<()> {
        let written = self.writer.join();
        written.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        match self.unread.get() {
            Some(error) => Err(io::Error::new(error.kind(), error.to_string())),
            None => Ok(()),
        }
    }
}

/// Reads messages until `exit`, or until `on_message` wants no more.
fn read_all(input: &mut impl BufRead, on_message: impl Fn(Message) -> bool) -> io::Result<()> {
    while let Some(read) = read(input)? {
        match read {
            Ok(message) => {
                let is_last = matches!(&message, Message::Notification(last) if last.method == "exit");
                if !on_message(message) || is_last {
                    break;
                }
            }
            Err(why) => refuse(&why)?,
        }
    }
    Ok(())
}

/// Answers a message that is none: its id is not known.
fn refuse(why: &str) -> io::Result<()> {
    let error = json!({"code": ErrorCode::ParseError as i32, "message": why});
    let text = json!({"jsonrpc": "2.0", "id": null, "error": error}).to_string();
    let mut out = io::stdout().lock();
    write!(out, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    out.flush()
}

/// The next message, or why it is none; `None` at the end.
///
/// # Errors
/// If it cannot be known where the next message begins.
fn read(input: &mut impl BufRead) -> io::Result<Option<Result<Message, String>>> {
    let Some(length) = length(input)? else {
        return Ok(None);
    };
    // Grows with what arrives, whatever the length says.
    let mut body = Vec::new();
    input.by_ref().take(length).read_to_end(&mut body)?;
    if body.len() as u64 != length {
        let why = format!("{} of {length} bytes of a message", body.len());
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
    }
    let message = serde_json::from_slice(&body).or_else(|error| {
        let text = String::from_utf8_lossy(&body);
        // The first error is that of the text that was sent.
        serde_json::from_str(&paired(&text)).map_err(|_| format!("no message: {error}"))
    });
    Ok(Some(message))
}

/// The length that the header of a message names; `None` at the end.
fn length(input: &mut impl BufRead) -> io::Result<Option<u64>> {
    let malformed = |line: &[u8]| {
        let why = format!("malformed header {:?}", String::from_utf8_lossy(line));
        io::Error::new(io::ErrorKind::InvalidData, why)
    };
    let (mut length, mut is_first) = (None, true);
    loop {
        let mut line = Vec::new();
        input.by_ref().take(LONGEST_HEADER).read_until(b'\n', &mut line)?;
        if line.is_empty() && is_first {
            return Ok(None);
        }
        is_first = false;
        let Some(text) = line
            .strip_suffix(b"\n")
            .and_then(|text| str::from_utf8(text).ok())
        else {
            return Err(malformed(&line));
        };
        let text = text.trim();
        if text.is_empty() {
            return length
                .map(Some)
                .ok_or_else(|| malformed(b"without Content-Length"));
        }
        let (name, value) = text.split_once(':').ok_or_else(|| malformed(&line))?;
        if name.eq_ignore_ascii_case("Content-Length") {
            length = Some(value.trim().parse().map_err(|_| malformed(&line))?);
        }
    }
}

/// A JSON text in which escapes of half a surrogate pair are U+FFFD, of the same length in UTF-16.
fn paired(text: &str) -> String {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(escape) = text[at..].find('\\') {
        out.push_str(&text[at..at + escape]);
        at += escape;
        let length = match (unit(at), unit(at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                out.push('\u{FFFD}');
                at += 6;
                continue;
            }
            // The backslash and the character behind it, which may be a backslash.
            _ => 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&text[at..at + length]);
        at += length;
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(body: &[u8]) -> Vec<u8> {
        let mut bytes = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }

    /// What is read of some bytes: methods of messages, `!` for one that is none, and how it ends.
    fn all(bytes: &[u8]) -> String {
        let (mut input, mut out) = (bytes, String::new());
        loop {
            match read(&mut input) {
                Ok(Some(Ok(Message::Notification(message)))) => out.push_str(&message.method),
                Ok(Some(Ok(_))) => out.push('?'),
                Ok(Some(Err(_))) => out.push('!'),
                Ok(None) => return out + " end",
                Err(error) => return format!("{out} {:?}", error.kind()),
            }
        }
    }

    #[test]
    fn what_is_no_message_is_skipped() {
        let message = |method: &str| framed(format!("{{\"method\":\"{method}\"}}").as_bytes());
        let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
        for bad in ["{nonsense", "[]", "", "1", "{\"method\":1}", &deep] {
            let bytes = [message("a"), framed(bad.as_bytes()), message("b")].concat();
            assert_eq!(all(&bytes), "a!b end", "{bad:.20}");
        }
        let latin = [framed(b"{\"method\":\"x\xff\"}"), message("b")].concat();
        assert_eq!(all(&latin), "x\u{FFFD}b end");
    }

    #[test]
    fn headers_as_clients_write_them() {
        for header in [
            "content-length: 14\r\n",
            "Content-Length:14\r\n",
            "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 14\r\n",
        ] {
            assert_eq!(
                all(format!("{header}\r\n{{\"method\":\"a\"}}").as_bytes()),
                "a end"
            );
        }
    }

    #[test]
    fn lengths_are_not_believed() {
        for length in ["99999999999999", "18446744073709551615"] {
            let bytes = format!("Content-Length: {length}\r\n\r\n{{}}");
            assert_eq!(all(bytes.as_bytes()), " UnexpectedEof");
        }
        let line = "x".repeat(1 << 20);
        for header in [
            "Content-Length: -5",
            "Content-Length: 99999999999999999999999",
            "hello",
            &line,
        ] {
            assert_eq!(
                all(format!("{header}\r\n\r\n{{}}").as_bytes()),
                " InvalidData",
                "{header:.30}"
            );
        }
        assert_eq!(all(b"Content-Length: 14"), " InvalidData");
        assert_eq!(all(b"\r\n\r\n"), " InvalidData");
    }

    #[test]
    fn half_pairs_are_replaced() {
        for (text, wanted) in [
            (r#""a""#, "a"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\ud83d""#, "\u{FFFD}"),
            (r#""\ude00x""#, "\u{FFFD}x"),
            (r#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
            (r#""\\ud83d""#, "\\ud83d"),
            (r#""\\\ud83dé""#, "\\\u{FFFD}é"),
            (r#""\uD83D\n\u00e9""#, "\u{FFFD}\né"),
        ] {
            let read: String = serde_json::from_str(&paired(text)).expect(text);
            assert_eq!(read, wanted, "{text}");
        }
        for broken in ["\\", "\\u", "\\ud83", "\"\\ud83d\\u", "é\\é"] {
            paired(broken);
        }
    }
}

//! Extracts the text in commits and tags from the raw objects. `git log` prints less: it truncates a message
//! at a NUL byte and omits tags that a merge contains.

use keysift_finding::date::date_time;

/// Headers of commits and tags that are generated and cannot contain text.
const GENERATED_HEADERS: &[&[u8]] = &[
    b"tree",
    b"parent",
    b"object",
    b"type",
    b"gpgsig",
    b"gpgsig-sha256",
    b"encoding",
];

/// Returns the text in a commit or tag: the message, then author and committer, then other headers.
pub(super) fn written(object: &[u8]) -> Vec<u8> {
    let (head, body) = parts(object);
    let mut text = body.to_vec();
    text.push(b'\n');
    let mut keep = false;
    for line in head.split(|byte| *byte == b'\n') {
        if let Some(more) = line.strip_prefix(b" ") {
            if keep {
                text.extend_from_slice(more);
                text.push(b'\n');
            }
            continue;
        }
        let at = memchr::memchr(b' ', line).unwrap_or(line.len());
        let (name, value) = (&line[..at], line.get(at + 1..).unwrap_or_default());
        keep = !name.is_empty() && !GENERATED_HEADERS.contains(&name);
        if keep {
            let value = match name {
                b"author" | b"committer" | b"tagger" => signature(value).0,
                _ => value,
            };
            let mut name = name.to_vec();
            name[..1].make_ascii_uppercase();
            text.extend_from_slice(&name);
            text.extend_from_slice(b": ");
            text.extend_from_slice(value);
            text.push(b'\n');
        }
    }
    text
}

/// Splits an object into headers and message.
fn parts(object: &[u8]) -> (&[u8], &[u8]) {
    match object.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&object[..at], &object[at + 2..]),
        None => (object, &[]),
    }
}

/// Splits a signature into name and address, seconds since 1970, and time zone.
fn signature(line: &[u8]) -> (&[u8], Option<(i64, &str)>) {
    let Some(at) = memchr::memrchr(b'>', line) else {
        return (line, None);
    };
    let when = std::str::from_utf8(&line[at + 1..]).unwrap_or_default().trim();
    let when = when
        .split_once(' ')
        .and_then(|(seconds, zone)| Some((seconds.parse().ok()?, zone)));
    match when {
        Some(when) => (&line[..=at], Some(when)),
        // Not a timestamp, so it is text like the rest.
        None => (line, None),
    }
}

/// An annotated tag.
pub(super) struct Tag {
    pub(super) object: String,
    pub(super) kind: String,
    name: String,
    pub(super) tagger: String,
    pub(super) date: String,
}

impl Tag {
    /// Parses the headers of a tag.
    pub(super) fn parse(object: &[u8]) -> Option<Self> {
        let (head, _) = parts(object);
        let header = |name: &str| {
            head.split(|byte| *byte == b'\n')
                .find_map(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b" "))
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (tagger, when) = signature(header("tagger").unwrap_or_default());
        let named = header("object")?;
        let hash = named.iter().all(u8::is_ascii_hexdigit) && !named.is_empty();
        hash.then(|| Self {
            object: text(named),
            kind: text(header("type").unwrap_or_default()),
            name: text(header("tag").unwrap_or_default()),
            tagger: text(tagger),
            date: when.map_or_else(String::new, |(seconds, zone)| iso(seconds, zone)),
        })
    }

    /// Returns the name to display: that of the reference, if there is one.
    pub(super) fn shown(&self, reference: &str) -> String {
        match reference.strip_prefix("refs/").unwrap_or(reference) {
            "" => format!("tags/{}", self.name),
            name => name.to_owned(),
        }
    }
}

/// Formats seconds since 1970 in a zone such as `+0130` as ISO 8601. Empty outside of the years 1970 to 9999.
fn iso(seconds: i64, zone: &str) -> String {
    let minutes: i64 = zone.parse().map_or(0, |zone: i64| zone / 100 * 60 + zone % 100);
    let local = minutes
        .checked_mul(60)
        .and_then(|shift| seconds.checked_add(shift));
    let Some(local) = local.and_then(date_time) else {
        return String::new();
    };
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    format!("{local}{sign}{hours:02}:{rest:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_commit_is_its_message_and_its_other_headers() {
        let commit = b"tree 1\nparent 2\nauthor A <a@b> 1700000000 +0100\ncommitter C <c@d> 1 +0000\nmergetag object 3\n type commit\n tag v1\n \n of the tag\ngpgsig BEGIN\n sealed\n\nwhy\0hidden\n";
        let text = String::from_utf8(written(commit)).unwrap();
        assert_eq!(
            text,
            "why\0hidden\n\nAuthor: A <a@b>\nCommitter: C <c@d>\nMergetag: object 3\ntype commit\ntag v1\n\nof the tag\n"
        );
        assert_eq!(written(b""), b"\n");
        assert_eq!(written(b"author nobody"), b"\nAuthor: nobody\n");
    }

    #[test]
    fn a_tag_names_what_it_is_for() {
        let tag = Tag::parse(b"object 12ab\ntype tag\ntag v1\ntagger T <t@u> 951782400 -0130\n\nmessage\n")
            .unwrap();
        assert_eq!(
            (tag.object.as_str(), tag.kind.as_str(), tag.tagger.as_str()),
            ("12ab", "tag", "T <t@u>")
        );
        assert_eq!(tag.date, "2000-02-28T22:30:00-01:30");
        assert_eq!(
            (tag.shown(""), tag.shown("refs/tags/a/b")),
            ("tags/v1".to_owned(), "tags/a/b".to_owned())
        );
        assert!(Tag::parse(b"tree 12ab\n\n").is_none() && Tag::parse(b"object --all\n\n").is_none());
        assert_eq!(iso(i64::MAX, "+0000"), "");
    }
}

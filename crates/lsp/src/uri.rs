//! Converts between `file:` URIs and paths.

use std::path::{Path, PathBuf};

/// The path of a `file:` URI; `None` for documents that are not files (`untitled:`, `git:`).
pub(crate) fn to_path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    // `file://HOST/SHARE` is a path on another machine, which only Windows opens.
    let at = rest.find('/')?;
    let path = decoded(&rest[at..])?;
    match &rest.as_bytes()[..at] {
        b"" | b"localhost" => Some(PathBuf::from(without_drive_slash(&path))),
        _ if cfg!(windows) => Some(PathBuf::from(format!("\\\\{}{path}", &rest[..at]))),
        _ => None,
    }
}

/// The `file:` URI of an absolute path.
pub(crate) fn of_path(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut uri = String::from(if text.starts_with('/') {
        "file://"
    } else {
        "file:///"
    });
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                uri.push(byte.into())
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// `/c:/x` is `c:/x`.
fn without_drive_slash(path: &str) -> &str {
    match path.as_bytes() {
        [b'/', drive, b':', ..] if drive.is_ascii_alphabetic() => &path[1..],
        _ => path,
    }
}

/// Decodes percent-encoding.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| byte == b'%');
        match digits.and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_back() {
        for path in ["/a/b.env", "/a b/ü#?%41[x]/c", "/", "/~x/.env"] {
            assert_eq!(
                to_path(&of_path(Path::new(path))),
                Some(PathBuf::from(path)),
                "{path}"
            );
        }
    }

    #[test]
    fn uris_as_editors_write_them() {
        for (uri, path) in [
            ("file:///home/u/a%20b.py", Some("/home/u/a b.py")),
            ("file:///c%3A/x/y.py", Some("c:/x/y.py")),
            ("file:///x/(a)[b].ts", Some("/x/(a)[b].ts")),
            ("file://localhost/x", Some("/x")),
            ("file:///100%", Some("/100%")),
            ("untitled:Untitled-1", None),
            ("git:/x/y?ref", None),
        ] {
            assert_eq!(to_path(uri), path.map(PathBuf::from), "{uri}");
        }
    }
}

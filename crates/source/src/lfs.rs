//! Detects Git LFS pointers: small text files that name content on another server.
//!
//! Format: the specification of Git LFS, docs/spec.md. The whole file must match: a file that only begins
//! like a pointer is scanned, so that nothing can be hidden behind a pointer's first line.

/// Maximum size of a pointer in bytes, from the specification.
const LONGEST: usize = 1024;

/// Values of the `version` line: the current one, the one before the rename to Git LFS, and that of the first
/// releases.
const VERSIONS: &[&str] = &[
    "https://git-lfs.github.com/spec/v1",
    "https://hawser.github.com/spec/v1",
    "http://git-media.io/v/2",
];

/// Returns whether a file is exactly a pointer.
pub(crate) fn is_pointer(content: &[u8]) -> bool {
    if content.len() > LONGEST || !content.starts_with(b"version http") {
        return false;
    }
    let Ok(text) = std::str::from_utf8(content) else {
        return false;
    };
    let digits =
        |text: &str, digit: fn(&u8) -> bool| !text.is_empty() && text.bytes().all(|byte| digit(&byte));
    let hash = |text: &str| {
        let hex = text.strip_prefix("sha256:");
        hex.is_some_and(|hex| hex.len() <= 64 && digits(hex, u8::is_ascii_hexdigit))
    };
    let (mut content, mut size) = (false, false);
    let mut lines = text.trim_end().lines();
    let version = lines.next().and_then(|line| line.strip_prefix("version "));
    let rest = lines.all(|line| match line.split_once(' ') {
        Some(("oid", value)) => {
            content = hash(value);
            content
        }
        Some(("size", value)) => {
            size = digits(value, u8::is_ascii_digit);
            size
        }
        // An extension: priority, name, and the hash of its input.
        Some((key, value)) => {
            let number = key.strip_prefix("ext-").and_then(|key| key.split_once('-'));
            number.is_some_and(|(number, name)| {
                digits(number, u8::is_ascii_digit) && digits(name, u8::is_ascii_alphanumeric) && hash(value)
            })
        }
        None => false,
    });
    rest && content && size && version.is_some_and(|version| VERSIONS.contains(&version))
}

#[cfg(test)]
mod tests {
    use super::is_pointer;

    #[test]
    fn pointers_and_what_looks_like_one() {
        let hash = "4d7a214614ab2935".repeat(4);
        let pointer =
            |version: &str, more: &str| format!("version {version}\n{more}oid sha256:{hash}\nsize 12345\n");
        let v1 = "https://git-lfs.github.com/spec/v1";
        assert!(is_pointer(pointer(v1, "").as_bytes()));
        assert!(is_pointer(
            pointer("https://hawser.github.com/spec/v1", "").as_bytes()
        ));
        assert!(is_pointer(
            pointer(v1, &format!("ext-0-foo sha256:{hash}\n")).as_bytes()
        ));
        for other in [
            pointer(v1, "") + "password = x\n",
            pointer(v1, "") + &"\n".repeat(1024),
            pointer(v1, "ext-0-foo anything\n"),
            pointer("https://git-lfs.github.com/spec/v1 password", ""),
            format!("version {v1}\n"),
            format!("version {v1}\noid sha256:{hash}\nsize secret\n"),
            format!("version {v1}\noid sha256:{hash}{hash}\nsize 1\n"),
        ] {
            assert!(!is_pointer(other.as_bytes()), "{other}");
        }
    }
}

//! What a file is by its first bytes: extensions are wrong too often.

/// Kinds of files that are no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// zip, and what is one: jar, war, apk, whl, docx.
    Zip,
    Tar,
    /// `ar`: static libraries, Debian packages.
    Ar,
    /// Compressed: gzip, zstd, xz, bzip2.
    Packed,
    /// Bytes whose strings can be read as they stand: SQLite, Java classes.
    Strings,
    /// A key store: Java's, KeePass.
    KeyStore,
    /// Anything else.
    Other,
}

/// The kind of a file that starts so; 262 bytes are enough.
pub(crate) fn kind(start: &[u8]) -> Kind {
    match start {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Kind::Zip,
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', ..] => Kind::Ar,
        [0x1F, 0x8B, 8, ..] | [0x28, 0xB5, 0x2F, 0xFD, ..] | [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => {
            Kind::Packed
        }
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Kind::Packed,
        [0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 1..=2, ..] | [0xCE, 0xCE, 0xCE, 0xCE, 0, 0, 0, 1..=2, ..] => {
            Kind::KeyStore
        }
        [3, 0xD9, 0xA2, 0x9A, 0x65 | 0x67, 0xFB, 0x4B, 0xB5, ..] => Kind::KeyStore,
        // A Java class has a version behind its mark; a fat Mach-O binary, which begins the same, a small number.
        [0xCA, 0xFE, 0xBA, 0xBE, 0, _, 0, 40..=255, ..] => Kind::Strings,
        _ if start.starts_with(b"SQLite format 3\0") => Kind::Strings,
        _ if start.get(257..262) == Some(b"ustar") => Kind::Tar,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_first_bytes() {
        for (start, expected) in [
            (&b"PK\x03\x04rest"[..], Kind::Zip),
            (b"!<arch>\ndebian-binary", Kind::Ar),
            (b"\xFE\xED\xFE\xED\0\0\0\x02", Kind::KeyStore),
            (b"\xCA\xFE\xBA\xBE\0\0\0\x3D", Kind::Strings),
            (b"\xCA\xFE\xBA\xBE\0\0\0\x02", Kind::Other),
            (b"BZh is a word", Kind::Other),
            (b"PKZIP", Kind::Other),
            (b"", Kind::Other),
        ] {
            assert_eq!(kind(start), expected, "{start:?}");
        }
    }
}

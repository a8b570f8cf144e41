//! Detects the type of a file by its first bytes, because extensions are often wrong.

use keysift_finding::keystore;

/// Types of files that are not text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// zip and formats based on it: jar, war, apk, whl, docx.
    Zip,
    Tar,
    /// `ar`: static libraries, Debian packages.
    Ar,
    /// Compressed: gzip, zstd, xz, bzip2.
    Packed,
    /// Bytes with readable strings: SQLite, Java classes.
    Strings,
    /// A keystore: Java, KeePass, PKCS#12.
    KeyStore,
    /// Anything else.
    Other,
}

/// Detects the type from the first bytes; 262 are enough.
pub(crate) fn kind(start: &[u8]) -> Kind {
    match start {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Kind::Zip,
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', ..] => Kind::Ar,
        [0x1F, 0x8B, 8, ..] | [0x28, 0xB5, 0x2F, 0xFD, ..] | [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => {
            Kind::Packed
        }
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Kind::Packed,
        // In a Java class the magic number is followed by the version (40 or higher), in a fat Mach-O binary
        // by a small count.
        [0xCA, 0xFE, 0xBA, 0xBE, 0, _, 0, 40..=255, ..] => Kind::Strings,
        _ if keystore(start).is_some() => Kind::KeyStore,
        _ if start.starts_with(b"SQLite format 3\0") => Kind::Strings,
        _ if start.get(257..262) == Some(b"ustar") => Kind::Tar,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_detected_by_their_first_bytes() {
        for (start, expected) in [
            (&b"PK\x03\x04rest"[..], Kind::Zip),
            (b"!<arch>\ndebian-binary", Kind::Ar),
            (b"\xFE\xED\xFE\xED\0\0\0\x02", Kind::KeyStore),
            (
                b"\x30\x82\x04\x1C\x02\x01\x03\x30\x82\x03\xD2\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01",
                Kind::KeyStore,
            ),
            (
                b"\x30\x82\x04\x1C\x02\x01\x00\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01",
                Kind::Other,
            ),
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

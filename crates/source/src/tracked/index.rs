//! Parses the file names in git's index. git is not started for this: it may not be installed, and it refuses
//! repositories of another user, which are common in CI containers.
//!
//! Format: gitformat-index(5), versions 2 to 4.

/// An entry of the index.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The path relative to the root of the work tree.
    pub(super) path: Vec<u8>,
    /// Whether it is a submodule.
    pub(super) submodule: bool,
}

/// Size in bytes of the stat data before an entry's object id.
const STAT: usize = 40;

/// Flag: two more bytes of flags follow.
const EXTENDED: u16 = 0x4000;

/// Value of the length field for names of this length or longer.
const LONG: usize = 0xFFF;

/// Parses the entries of an index; `Err` is the reason why it cannot be read. Object ids have 20 bytes
/// (SHA-1) or 32 (SHA-256). The index does not name the hash, but with the wrong length the parse fails.
pub(super) fn entries(index: &[u8]) -> Result<Vec<Entry>, &'static str> {
    let word = |at: usize| Some(u32::from_be_bytes(*index.get(at..)?.first_chunk()?));
    let (Some(version), Some(count)) = (word(4).filter(|_| index.starts_with(b"DIRC")), word(8)) else {
        return Err("git's index is damaged");
    };
    if !(2..=4).contains(&version) {
        return Err("git's index has an unsupported version");
    }
    let (all, rest) = [20, 32]
        .into_iter()
        .find_map(|hash| read(index, version, count, hash))
        .ok_or("git's index is damaged")?;
    // Extensions follow the entries: a signature of four bytes and a length each.
    let mut rest = rest;
    while let Some((name, body)) = rest.split_first_chunk::<4>() {
        let Some((length, body)) = body.split_first_chunk::<4>() else {
            break;
        };
        if name == b"link" {
            return Err("git's index is split");
        }
        let Some(next) = body.get(u32::from_be_bytes(*length) as usize..) else {
            break;
        };
        rest = next;
    }
    Ok(all)
}

/// Parses the entries; returns them and the rest of the data.
fn read(index: &[u8], version: u32, count: u32, hash: usize) -> Option<(Vec<Entry>, &[u8])> {
    let mut rest = index.get(12..)?;
    // An entry has at least 62 bytes, so the count in the header is limited by the file size.
    let mut all = Vec::with_capacity((count as usize).min(index.len() / 62));
    let mut path: Vec<u8> = Vec::new();
    for _ in 0..count {
        let start = rest;
        let mode = u32::from_be_bytes(*rest.get(24..)?.first_chunk()?);
        rest = rest.get(STAT + hash..)?;
        let (flags, after) = rest.split_first_chunk::<2>()?;
        let flags = u16::from_be_bytes(*flags);
        rest = match flags & EXTENDED {
            0 => after,
            _ => after.get(2..)?,
        };
        if version == 4 {
            let (cut, after) = number(rest)?;
            rest = after;
            path.truncate(path.len().checked_sub(cut)?);
        } else {
            path.clear();
        }
        let end = memchr::memchr(0, rest)?;
        path.extend_from_slice(&rest[..end]);
        let length = usize::from(flags) & LONG;
        if path.is_empty() || length != path.len().min(LONG) {
            return None;
        }
        rest = if version == 4 {
            &rest[end + 1..]
        } else {
            // Padded with one to eight zeros to a multiple of eight bytes.
            start.get(((start.len() - rest.len() + end) / 8 + 1) * 8..)?
        };
        // Object types: regular file, symbolic link, gitlink. A folder (sparse index) has no files in the
        // index.
        match mode >> 12 {
            0o10 | 0o12 | 0o16 => all.push(Entry {
                path: path.clone(),
                submodule: mode >> 12 == 0o16,
            }),
            0o04 => {}
            _ => return None,
        }
    }
    Some((all, rest))
}

/// Parses a variable-length number (7 bits a byte, most significant first; each further byte adds one), as
/// for offset deltas in packs.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_usize;
    for (at, byte) in bytes.iter().enumerate() {
        value = value.checked_shl(7)?.checked_add(usize::from(byte & 0x7F))?;
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
        value = value.checked_add(1).filter(|value| *value < 1 << 24)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(mode: u32, path: &[u8], hash: usize, tail: &[u8]) -> Vec<u8> {
        let mut bytes = vec![7; 24];
        bytes.extend(mode.to_be_bytes());
        bytes.resize(STAT + hash, 7);
        bytes.extend((path.len().min(LONG) as u16).to_be_bytes());
        bytes.extend(tail);
        bytes
    }

    fn header(version: u32, count: u32) -> Vec<u8> {
        [&b"DIRC"[..], &version.to_be_bytes(), &count.to_be_bytes()].concat()
    }

    #[test]
    fn entries_of_all_versions_and_hashes() {
        let names: [(u32, &[u8]); 3] = [
            (0o100644, b"a/b.env"),
            (0o160000, b"a/sub"),
            (0o120000, &[b'x'; 5000]),
        ];
        for hash in [20, 32] {
            let mut index = header(2, 3);
            for (mode, name) in names {
                let mut bytes = entry(mode, name, hash, name);
                bytes.resize((bytes.len() / 8 + 1) * 8, 0);
                index.extend(bytes);
            }
            index.extend([9; 32]);
            let all = entries(&index).unwrap();
            assert_eq!(
                all.iter().map(|entry| entry.path.as_slice()).collect::<Vec<_>>(),
                names.map(|(_, name)| name)
            );
            assert_eq!(
                all.iter().map(|entry| entry.submodule).collect::<Vec<_>>(),
                [false, true, false]
            );
            for cut in 0..index.len() - 40 {
                let _ = entries(&index[..cut]);
            }
        }
        // Version 4 has the number of bytes to remove from the previous name: after `a/b.env`, remove 5 and
        // add `sub`.
        let mut index = header(4, 2);
        index.extend(entry(0o100644, b"a/b.env", 20, b"\0a/b.env\0"));
        index.extend(entry(0o100644, b"a/sub", 20, b"\x05sub\0"));
        assert_eq!(entries(&index).unwrap()[1].path, b"a/sub");
        index.extend(b"link\0\0\0\0");
        assert_eq!(entries(&index), Err("git's index is split"));
        assert!(
            entries(b"").is_err()
                && entries(&header(5, 0)).is_err()
                && entries(&header(2, u32::MAX)).is_err()
        );
    }
}

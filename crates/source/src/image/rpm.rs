//! Reads the package list in `rpmdb.sqlite` (Fedora, RHEL 9 and later, Amazon Linux 2023). The other formats,
//! Berkeley DB and SUSE's ndb, are not supported.
//!
//! Formats: "Database File Format" of SQLite (sqlite.org/fileformat2.html), sections 1.3, 1.6 and 2; the
//! header structure of rpm (rpm-software-management.github.io, "RPM V4 Package format"). All table leaves are
//! read, and payloads that are not package headers are skipped. So the schema is not needed, and no loop
//! depends on values in the file.

/// A package and its files.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) files: Vec<String>,
}

/// Returns the packages of a database; empty if it is not valid.
pub(super) fn packages(database: &[u8]) -> Vec<Package> {
    let Some(pages) = Pages::of(database) else {
        return Vec::new();
    };
    (1..=pages.count())
        .flat_map(|number| pages.payloads(number))
        .filter_map(|payload| package(header(&payload)?))
        .collect()
}

/// Maximum size of a header in bytes. That of the kernel, with 10,000 files, has 2 MB.
const LARGEST: usize = 32 << 20;

fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(
        bytes.get(at..at + 2)?.try_into().ok()?,
    )))
}

fn be32(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(
        bytes.get(at..at.checked_add(4)?)?.try_into().ok()?,
    ))
    .ok()
}

/// Parses a variable-length integer of one to nine bytes; returns it and its length.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        if at == 8 {
            return Some((number << 8 | u64::from(*byte), 9));
        }
        number = number << 7 | u64::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            return Some((number, at + 1));
        }
    }
    None
}

/// The pages of an SQLite file.
struct Pages<'f> {
    file: &'f [u8],
    size: usize,
    /// Usable bytes of a page.
    usable: usize,
}

impl<'f> Pages<'f> {
    fn of(file: &'f [u8]) -> Option<Self> {
        if !file.starts_with(b"SQLite format 3\0") {
            return None;
        }
        let size = match be16(file, 16)? {
            1 => 65536,
            size => size,
        };
        let usable = size.checked_sub(usize::from(*file.get(20)?))?;
        (size.is_power_of_two() && size >= 512 && usable >= 480).then_some(Self { file, size, usable })
    }

    fn count(&self) -> usize {
        self.file.len() / self.size
    }

    fn page(&self, number: usize) -> Option<&'f [u8]> {
        let start = number.checked_sub(1)?.checked_mul(self.size)?;
        self.file.get(start..start.checked_add(self.size)?)
    }

    /// Returns the payloads of a page, if it is a table leaf.
    fn payloads(&self, number: usize) -> Vec<Vec<u8>> {
        const LEAF: u8 = 13;
        // The first page starts with the file header.
        let start = if number == 1 { 100 } else { 0 };
        let Some(page) = self.page(number).filter(|page| page.get(start) == Some(&LEAF)) else {
            return Vec::new();
        };
        let cells = be16(page, start + 3).unwrap_or(0);
        (0..cells)
            .filter_map(|cell| self.payload(page, be16(page, start + 8 + 2 * cell)?))
            .collect()
    }

    /// Returns the payload of a cell, including overflow pages.
    fn payload(&self, page: &[u8], at: usize) -> Option<Vec<u8>> {
        let cell = page.get(at..self.usable)?;
        let (length, first) = varint(cell)?;
        let (_, second) = varint(cell.get(first..)?)?;
        let rest = cell.get(first + second..)?;
        let length = usize::try_from(length).ok().filter(|length| *length <= LARGEST)?;
        let most = self.usable - 35;
        if length <= most {
            return rest.get(..length).map(<[u8]>::to_vec);
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let here = least + (length - least) % (self.usable - 4);
        let here = if here <= most { here } else { least };
        let mut payload = rest.get(..here)?.to_vec();
        let mut next = be32(rest, here)?;
        // Every page adds bytes, so a cycle terminates.
        while payload.len() < length {
            let page = self.page(next)?;
            let part = page.get(4..self.usable)?;
            payload.extend_from_slice(&part[..part.len().min(length - payload.len())]);
            next = be32(page, 0)?;
        }
        Some(payload)
    }
}

/// Returns the package header in a row: the bytes after the column types, if their lengths match a header.
fn header(row: &[u8]) -> Option<&[u8]> {
    let (columns, _) = varint(row)?;
    // The columns are a number and the header.
    let body = row.get(usize::try_from(columns).ok()?..)?;
    let fits = |header: &[u8]| {
        Some(
            be32(header, 0)?
                .checked_mul(16)?
                .checked_add(be32(header, 4)?)?
                .checked_add(8)?
                == header.len(),
        )
    };
    // The number is usually the row id, which takes no bytes; otherwise up to eight.
    (0..=8)
        .filter_map(|skip| body.get(skip..))
        .find(|header| header.len() > 8 && fits(header) == Some(true))
}

/// Returns the name and files of a package header.
fn package(header: &[u8]) -> Option<Package> {
    const NAME: usize = 1000;
    const FOLDER_NUMBERS: usize = 1116;
    const NAMES: usize = 1117;
    const FOLDERS: usize = 1118;
    let entries = be32(header, 0)?;
    let data = header.get(8 + 16 * entries..)?;
    let place = |tag: usize| {
        let entry = (0..entries)
            .map(|entry| 8 + 16 * entry)
            .find(|at| be32(header, *at) == Some(tag))?;
        Some((data.get(be32(header, entry + 8)?..)?, be32(header, entry + 12)?))
    };
    let texts = |tag: usize| -> Vec<&str> {
        let (bytes, count) = place(tag).unwrap_or_default();
        bytes
            .split(|byte| *byte == 0)
            .take(count)
            .map(|text| std::str::from_utf8(text).unwrap_or_default())
            .collect()
    };
    let folders = texts(FOLDERS);
    let (numbers, _) = place(FOLDER_NUMBERS).unwrap_or_default();
    let file = |(at, name): (usize, &str)| Some(format!("{}{name}", folders.get(be32(numbers, 4 * at)?)?));
    let files = texts(NAMES).into_iter().enumerate().filter_map(file).collect();
    Some(Package {
        name: (*texts(NAME).first()?).to_owned(),
        files,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a header with one file.
    fn header_of(name: &str, folder: &str, file: &str) -> Vec<u8> {
        let data = [
            name.as_bytes(),
            b"\0\0\0\0\0",
            folder.as_bytes(),
            b"\0",
            file.as_bytes(),
            b"\0",
        ]
        .concat();
        let number = name.len() + 1;
        let entries = [
            (1000, 6, 0),
            (1116, 4, number),
            (1117, 8, number + 4 + folder.len() + 1),
            (1118, 8, number + 4),
        ];
        let mut header = [
            4u32.to_be_bytes(),
            u32::try_from(data.len()).unwrap().to_be_bytes(),
        ]
        .concat();
        for (tag, kind, at) in entries {
            for field in [tag, kind, u32::try_from(at).unwrap(), 1] {
                header.extend(field.to_be_bytes());
            }
        }
        [header, data].concat()
    }

    #[test]
    fn a_header_names_its_files() {
        let header = header_of("bash", "/usr/bin/", "sh");
        let found = package(&header).unwrap();
        assert_eq!(
            (found.name.as_str(), found.files),
            ("bash", vec!["/usr/bin/sh".to_owned()])
        );
        // Two columns: a number without bytes, and a blob.
        let row = [&[3, 0, 0xFF][..], &header].concat();
        assert_eq!(super::header(&row), Some(&header[..]));
        assert_eq!(super::header(b"\x03\0\0nothing of the kind"), None);
    }

    #[test]
    fn numbers_of_every_length() {
        assert_eq!(varint(&[0x7F]), Some((127, 1)));
        assert_eq!(varint(&[0x81, 0]), Some((128, 2)));
        assert_eq!(varint(&[0xFF; 9]), Some((u64::MAX, 9)));
        assert_eq!(varint(&[0x80]), None);
    }

    #[test]
    fn damaged_databases_terminate() {
        let mut file = b"SQLite format 3\0\x02\x00\x01\x01\0".to_vec();
        file.resize(512 * 4, 0);
        // A leaf whose only cell overflows into itself.
        file[512] = 13;
        file[512 + 4] = 1;
        file[512 + 8] = 1;
        file[512 + 256..512 + 262].copy_from_slice(&[0x8F, 0xFF, 0xFF, 0x7F, 1, 0]);
        for at in 0..file.len() {
            for byte in [0, 1, 2, 13, 0x80, 0xFF] {
                let mut damaged = file.clone();
                damaged[at] = byte;
                packages(&damaged);
            }
        }
    }
}

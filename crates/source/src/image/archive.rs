//! An archive of images: the positions of its files, with links resolved.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use super::{describe::Documents, registry};
use crate::{
    Stop,
    read::{open, read_full},
    stop::StopReader,
    tar::{Kind, Link, Tar},
    unpack::{Codec, packing, unpacked},
};

/// Maximum size of a JSON file in bytes. A configuration with 10,000 lines of history fits.
pub(super) const LARGEST_JSON: u64 = 16 << 20;

/// Maximum number of bytes of JSON kept of one archive. All small JSON files are kept, because only later is
/// known which are needed.
const MOST_JSON: usize = 64 << 20;

/// Maximum number of links to follow.
const HOPS: usize = 16;

/// An archive of images.
pub(super) struct Archive {
    /// The path to display.
    pub(super) shown: PathBuf,
    pub(super) blobs: Blobs,
    /// Its small JSON files, by name.
    pub(super) files: HashMap<String, Vec<u8>>,
    /// The error that ended the index early, if any.
    pub(super) damage: Option<io::Error>,
}

/// How the blobs of an archive are read.
pub(super) enum Blobs {
    /// A folder.
    Folder(PathBuf),
    /// An uncompressed tar, which can be read at any offset.
    Seekable(PathBuf, Index),
    /// A compressed tar, which must be read from its start.
    Stream(PathBuf, Index),
    Registry(Box<registry::Repository>),
}

/// A file in a tar.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) offset: u64,
    pub(super) size: u64,
}

/// The files of a tar in order, by name, and its links.
#[derive(Default)]
pub(super) struct Index {
    pub(super) entries: Vec<Entry>,
    names: HashMap<String, usize>,
    links: HashMap<String, String>,
}

impl Index {
    /// Resolves a name to the index of a file. Of several files with the name it is the last; links are
    /// followed inside the archive.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        if let Some(at) = self.names.get(name) {
            return Some(*at);
        }
        let mut name = plain("", name)?;
        for _ in 0..HOPS {
            if let Some(at) = self.names.get(&name) {
                return Some(*at);
            }
            // A parent folder may be a link.
            let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
            let (end, target) = ends
                .filter_map(|end| Some((end, self.links.get(&name[..end])?)))
                .next()?;
            name = plain(target, &name[end..])?;
        }
        None
    }
}

/// Normalizes a path in an archive; `None` if it leaves the archive.
fn plain(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

impl Archive {
    /// Opens the archive at `path`, a folder or a tar.
    pub(super) fn open(path: &Path, shown: &Path, stop: &Stop) -> io::Result<Self> {
        let mut archive = Self {
            shown: shown.to_owned(),
            blobs: Blobs::Folder(path.to_owned()),
            files: HashMap::new(),
            damage: None,
        };
        if path.is_dir() {
            archive.folder(path)?;
            return Ok(archive);
        }
        let mut start = [0; 6];
        read_full(&mut open(path)?, &mut start)?;
        let file = open(path)?;
        archive.blobs = if packing(&start) == Codec::Plain {
            Blobs::Seekable(path.to_owned(), archive.index(Tar::seekable(file), stop)?)
        } else {
            let inside = unpacked(StopReader::new(file, stop))?;
            Blobs::Stream(path.to_owned(), archive.index(Tar::new(inside), stop)?)
        };
        Ok(archive)
    }

    /// Indexes all files, and keeps small JSON files.
    fn index<R: Read>(&mut self, mut tar: Tar<R>, stop: &Stop) -> io::Result<Index> {
        let mut index = Index::default();
        let mut kept = 0;
        loop {
            let entry = match stop
                .why()
                .map_or_else(|| tar.next(), |why| Err(io::Error::other(why)))
            {
                Ok(Some(entry)) => entry,
                Ok(None) => break,
                // Files before the damage are scanned.
                Err(error) if !index.entries.is_empty() => {
                    self.damage = Some(error);
                    break;
                }
                Err(error) => return Err(error),
            };
            let name = entry.path.to_string_lossy().into_owned();
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            let target = match &entry.link {
                Some(Link::Symbolic(target)) if target.starts_with('/') => plain("", target),
                Some(Link::Symbolic(target)) => plain(folder, target),
                Some(Link::Hard(target)) => plain("", target),
                None => None,
            };
            if let Some(target) = target {
                index.links.insert(name.clone(), target);
            }
            if entry.kind != Kind::File {
                continue;
            }
            index.names.insert(name.clone(), index.entries.len());
            index.entries.push(Entry {
                name: name.clone(),
                offset: entry.offset,
                size: entry.size,
            });
            if entry.size <= LARGEST_JSON.min(MOST_JSON.saturating_sub(kept) as u64)
                && let Some(text) = json(&mut tar)
            {
                kept += text.len();
                self.files.insert(name, text);
            } else {
                self.files.remove(&name);
            }
        }
        Ok(index)
    }

    /// Reads the small JSON files of an OCI layout in a folder.
    fn folder(&mut self, path: &Path) -> io::Result<()> {
        let mut kept = 0;
        for name in crate::list(path, usize::MAX) {
            let name = name.to_string_lossy().into_owned();
            let Some(path) = within(path, &name) else { continue };
            let mut file = open(&path)?;
            let most = LARGEST_JSON.min(MOST_JSON.saturating_sub(kept) as u64);
            if file.metadata()?.len() <= most
                && let Some(text) = json(&mut (&mut file).take(most))
            {
                kept += text.len();
                self.files.insert(name, text);
            }
        }
        Ok(())
    }

    /// Returns whether this looks like an archive of images, even if its manifests are invalid.
    pub(super) fn looks_like_images(&self) -> bool {
        let layer = |name: &str| name.ends_with("/layer.tar") || name.starts_with("blobs/sha256/");
        self.has("oci-layout")
            || match &self.blobs {
                Blobs::Seekable(_, index) | Blobs::Stream(_, index) => {
                    index.entries.iter().any(|entry| layer(&entry.name))
                }
                Blobs::Folder(_) | Blobs::Registry(_) => false,
            }
    }

    /// Returns the display name of a part of the archive.
    pub(super) fn part(&self, name: &str) -> String {
        format!("{}[{name}]", self.shown.display())
    }

    /// Opens a file.
    pub(super) fn read(&self, name: &str) -> io::Result<Box<dyn Read>> {
        match &self.blobs {
            Blobs::Folder(folder) => {
                let path = within(folder, name).ok_or(io::ErrorKind::NotFound)?;
                Ok(Box::new(open(&path)?))
            }
            Blobs::Seekable(path, index) => {
                let at = index.find(name).ok_or(io::ErrorKind::NotFound)?;
                at_entry(path, &index.entries[at])
            }
            Blobs::Stream(..) => Err(io::Error::other("a stream is read in its order")),
            Blobs::Registry(repository) => repository.open(name),
        }
    }

    /// Returns the files that no image references. Those of a tar are identified by index, because a name can
    /// occur twice.
    pub(super) fn others(&self, used: &HashSet<String>) -> Vec<(usize, String)> {
        match &self.blobs {
            Blobs::Folder(folder) => {
                let files = crate::list(folder, usize::MAX).into_iter();
                let names = files.map(|path| path.to_string_lossy().into_owned());
                names.filter(|name| !used.contains(name)).enumerate().collect()
            }
            Blobs::Seekable(_, index) | Blobs::Stream(_, index) => {
                let used: HashSet<usize> = used.iter().filter_map(|name| index.find(name)).collect();
                let all = index.entries.iter().enumerate();
                all.filter(|(at, _)| !used.contains(at))
                    .map(|(at, entry)| (at, entry.name.clone()))
                    .collect()
            }
            Blobs::Registry(_) => Vec::new(),
        }
    }

    /// Opens a file that no image references.
    pub(super) fn read_other(&self, at: usize, name: &str) -> io::Result<Box<dyn Read>> {
        match &self.blobs {
            Blobs::Seekable(path, index) => at_entry(path, &index.entries[at]),
            _ => self.read(name),
        }
    }
}

impl Documents for Archive {
    fn json(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(Vec::as_slice)
    }

    fn has(&self, name: &str) -> bool {
        match &self.blobs {
            Blobs::Folder(folder) => within(folder, name).is_some(),
            Blobs::Seekable(_, index) | Blobs::Stream(_, index) => index.find(name).is_some(),
            Blobs::Registry(repository) => repository.has(name) || self.files.contains_key(name),
        }
    }

    fn real(&self, name: &str) -> String {
        match &self.blobs {
            Blobs::Seekable(_, index) | Blobs::Stream(_, index) => {
                let found = index.find(name).map(|at| index.entries[at].name.clone());
                found.unwrap_or_else(|| name.to_owned())
            }
            Blobs::Folder(_) => plain("", name).unwrap_or_else(|| name.to_owned()),
            Blobs::Registry(_) => name.to_owned(),
        }
    }
}

fn at_entry(path: &Path, entry: &Entry) -> io::Result<Box<dyn Read>> {
    let mut file: File = open(path)?;
    file.seek(SeekFrom::Start(entry.offset))?;
    Ok(Box::new(file.take(entry.size)))
}

/// Reads a file if it begins like JSON.
fn json(reader: &mut impl Read) -> Option<Vec<u8>> {
    let mut text = vec![0; 64];
    let len = read_full(reader, &mut text).ok()?;
    text.truncate(len);
    let start = text
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(&text)
        .trim_ascii_start();
    if !matches!(start.first(), Some(b'{' | b'[')) {
        return None;
    }
    reader.read_to_end(&mut text).ok()?;
    Some(text)
}

/// Returns the path of a file if it is inside the folder with links resolved: names in an index are
/// untrusted.
fn within(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = fs::canonicalize(folder.join(name)).ok()?;
    (path.is_file() && path.starts_with(fs::canonicalize(folder).ok()?)).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_links_resolve_inside_the_archive() {
        let mut index = Index::default();
        for (at, name) in ["b/layer.tar", "c.json", "../odd"].into_iter().enumerate() {
            index.names.insert(name.to_owned(), at);
        }
        for (name, target) in [
            ("a/layer.tar", "b/layer.tar"),
            ("again", "a/layer.tar"),
            ("folder", "b"),
            ("round", "about"),
            ("about", "round"),
            ("deeper", "deeper/x"),
        ] {
            index.links.insert(name.to_owned(), target.to_owned());
        }
        for (name, expected) in [
            ("b/layer.tar", Some(0)),
            ("./b/../b/layer.tar", Some(0)),
            ("/b//layer.tar", Some(0)),
            ("again", Some(0)),
            ("folder/layer.tar", Some(0)),
            ("../odd", Some(2)),
            ("../c.json", None),
            ("round", None),
            ("deeper", None),
            ("b", None),
        ] {
            assert_eq!(index.find(name), expected, "{name}");
        }
        assert_eq!(plain("a/b", "../../../etc/passwd"), None);
    }
}

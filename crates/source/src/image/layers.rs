//! Scans a layer: files become blobs; names and whiteouts are kept to determine the final state of files.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use keysift_finding::{FileState, FileStatus, FileStatusCell, Layer, Origin, Skip};

use super::{
    Sink,
    describe::Image,
    owners::{self, PackageOwners},
};
use crate::{
    content::{Budget, Content},
    read::{ErrorAsEnd, read_full},
    tar::{self, Kind, Tar},
    unpack::unpacked,
};

/// The contents of a layer. Names are kept as hashes, so that a layer with a million files takes 8 MB.
#[derive(Default)]
pub(crate) struct Contents {
    names: HashSet<u64>,
    removed: HashSet<u64>,
    /// Folders with an opaque whiteout, which hides contents of lower layers.
    opaque: HashSet<u64>,
    /// Files whose status is still needed, usually because they have findings.
    pending: Vec<(PathBuf, FileStatusCell)>,
    owners: PackageOwners,
}

/// Maximum number of images in which the state of a file is reported.
const MOST_IMAGES: usize = 20;

static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

pub(super) fn hash(path: &Path) -> u64 {
    KEY.hash_one(path)
}

/// Scans a layer. The contents include what was read before an error.
pub(crate) fn scan(
    path: &Path,
    image: &Image,
    at: usize,
    reader: &mut dyn Read,
    sink: &Sink<'_>,
) -> (Contents, io::Result<()>) {
    let part = &image.layers[at];
    let layer = Arc::new(Layer {
        image: path.to_owned(),
        tag: image.tag.clone(),
        platform: image.platform.clone(),
        number: at + 1,
        of: image.layers.len(),
        diff_id: part.diff_id.to_string(),
        created_by: part.created_by.to_string(),
    });
    let mut contents = Contents::default();
    let result = match &part.artifact {
        Some(name) => whole(&layer, name, reader, &mut contents, sink),
        None => read(&layer, reader, &mut contents, sink),
    };
    (contents, result)
}

fn read(
    layer: &Arc<Layer>,
    reader: &mut dyn Read,
    contents: &mut Contents,
    sink: &Sink<'_>,
) -> io::Result<()> {
    let mut start = vec![0; 512];
    let mut inside = ErrorAsEnd::new(unpacked(reader)?);
    let len = read_full(&mut inside, &mut start)?;
    start.truncate(len);
    // An attestation is JSON instead of a tar.
    let json = start.first() == Some(&b'{');
    let archive = start.is_empty() || tar::is_archive(&start);
    let mut stream = io::Cursor::new(start).chain(inside);
    if json {
        whole(layer, "attestation.json", &mut stream, contents, sink)?;
        return stream.into_inner().1.result();
    }
    if !archive {
        // Other content is scanned as well.
        whole(layer, "layer", &mut stream, contents, sink)?;
        stream.into_inner().1.result()?;
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "not a layer: tar header with wrong checksum",
        ));
    }
    let result = files(layer, &mut Tar::new(&mut stream), contents, sink);
    // An error of the stream explains more than the resulting error of the archive.
    stream.into_inner().1.result().and(result)
}

/// Scans a blob that is not a tar, as one file.
fn whole(
    layer: &Arc<Layer>,
    name: &str,
    reader: &mut dyn Read,
    contents: &mut Contents,
    sink: &Sink<'_>,
) -> io::Result<()> {
    let (status, path) = (FileStatusCell::default(), PathBuf::from(name));
    file(layer, path.clone(), reader, &mut Vec::new(), &status, sink)?;
    contents.pending.push((path, status));
    Ok(())
}

/// Scans the files of a layer.
fn files(
    layer: &Arc<Layer>,
    tar: &mut Tar<impl Read>,
    contents: &mut Contents,
    sink: &Sink<'_>,
) -> io::Result<()> {
    let mut buffer = Vec::new();
    while let Some(entry) = tar.next()? {
        if let Some(why) = sink.content.stop.why() {
            return Err(io::Error::other(why));
        }
        let name = entry
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let parent = entry.path.parent().unwrap_or(Path::new(""));
        if name == ".wh..wh..opq" {
            contents.opaque.insert(hash(parent));
        } else if let Some(removed) = name.strip_prefix(".wh.") {
            contents.removed.insert(hash(&parent.join(removed)));
        } else if entry.kind != Kind::Directory {
            contents.names.insert(hash(&entry.path));
        }
        // A whiteout is empty. A file with its name and content is scanned.
        if entry.kind != Kind::File || name.starts_with(".wh.") && entry.size == 0 {
            continue;
        }
        if sink.content.max_file_bytes != 0 && entry.size > sink.content.max_file_bytes {
            (sink.content.skip)(Skip::TooLarge);
            continue;
        }
        let status = FileStatusCell::default();
        if owners::is_database(&entry.path) {
            // Parsed as a database, and scanned like any file.
            let text = contents.owners.read(&entry.path, tar)?;
            let mut all = io::Cursor::new(text).chain(&mut *tar);
            file(layer, entry.path.clone(), &mut all, &mut buffer, &status, sink)?;
        } else {
            file(layer, entry.path.clone(), tar, &mut buffer, &status, sink)?;
        }
        if status.is_awaited() {
            contents.pending.push((entry.path, status));
        }
    }
    Ok(())
}

/// Scans a file of a layer and everything in it.
fn file(
    layer: &Arc<Layer>,
    path: PathBuf,
    reader: &mut dyn Read,
    buffer: &mut Vec<u8>,
    status: &FileStatusCell,
    sink: &Sink<'_>,
) -> io::Result<()> {
    let origin = |member: &str| {
        let mut whole = path.clone().into_os_string();
        whole.push(member);
        Origin::Layer {
            layer: Arc::clone(layer),
            path: whole.into(),
            status: status.clone(),
        }
    };
    Content {
        origin: &origin,
        sink: sink.content,
        budget: &Budget::new(sink.work),
    }
    .read("", 0, reader, buffer)
}

/// Sets the status of all pending files: what the layers above did to them, in every image with their layer.
pub(crate) fn settle(images: &[Image], contents: &HashMap<String, Contents>) {
    let stacks: Vec<Vec<(usize, &Contents)>> = images.iter().map(|image| stack(image, contents)).collect();
    let mut owners: Vec<Option<PackageOwners>> = images.iter().map(|_| None).collect();
    let mut places: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
    for (number, image) in images.iter().enumerate() {
        for (at, part) in image.layers.iter().enumerate() {
            let having = places.entry(&part.blob).or_default();
            // A layer can be in an image twice, and in more images than a report should list.
            if having.len() < MOST_IMAGES && having.last().is_none_or(|(last, _)| *last != number) {
                having.push((number, at));
            }
        }
    }
    for (blob, layer) in contents.iter().filter(|(_, layer)| !layer.pending.is_empty()) {
        let having = places.get(blob.as_str()).map_or(&[][..], Vec::as_slice);
        let Some((first, at)) = having.first().copied() else {
            continue;
        };
        let owners = owners[first].get_or_insert_with(|| {
            let mut all = PackageOwners::default();
            stacks[first]
                .iter()
                .for_each(|(_, contents)| all.merge(&contents.owners));
            all
        });
        for (path, status) in &layer.pending {
            let state = final_state(path, &stacks[first], at);
            let others = having[1..]
                .iter()
                .map(|(number, at)| (images[*number].name(), final_state(path, &stacks[*number], *at)));
            let others = others.filter(|(_, other)| *other != state).collect();
            status.set(FileStatus {
                state,
                package: owners.of(path).map(str::to_owned),
                others,
            });
        }
    }
}

/// Returns the layers of an image that were read, with their indexes.
fn stack<'c>(image: &Image, contents: &'c HashMap<String, Contents>) -> Vec<(usize, &'c Contents)> {
    image
        .layers
        .iter()
        .enumerate()
        .filter_map(|(at, part)| Some((at, contents.get(&part.blob)?)))
        .collect()
}

/// Returns the final state of a file of a layer.
fn final_state(path: &Path, stack: &[(usize, &Contents)], layer: usize) -> FileState {
    let above = stack.iter().filter(|(at, _)| *at > layer);
    match above
        .filter_map(|(at, above)| above.verdict(path).map(|overwritten| (at + 1, overwritten)))
        .next()
    {
        None => FileState::Live,
        Some((number, true)) => FileState::Overwritten(number),
        Some((number, false)) => FileState::Deleted(number),
    }
}

impl Contents {
    /// Returns what this layer does to a file below it: `Some(true)` replaces it, `Some(false)` deletes it.
    fn verdict(&self, path: &Path) -> Option<bool> {
        if self.names.contains(&hash(path)) {
            return Some(true);
        }
        let folders = || {
            path.ancestors()
                .skip(1)
                .filter(|folder| !folder.as_os_str().is_empty())
        };
        let hidden = self.removed.contains(&hash(path))
            || folders().any(|folder| {
                let folder = hash(folder);
                // A file or link that replaces a folder hides its contents.
                self.removed.contains(&folder)
                    || self.opaque.contains(&folder)
                    || self.names.contains(&folder)
            })
            || self.opaque.contains(&hash(Path::new("")));
        hidden.then_some(false)
    }
}

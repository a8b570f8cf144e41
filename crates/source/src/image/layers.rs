//! One layer: its files become blobs, its names and whiteouts are kept for the verdict.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use keysift_finding::{Blob, Fate, Layer, Origin, Skip, State};

use super::{
    Sink,
    describe::Image,
    tar::{Kind, Tar},
    unpack::unpacked,
};
use crate::{
    read::{is_binary, read_full},
    windows::{WINDOW, each_window_here},
};

/// What a layer holds: names as hashes, so that a layer of a million files takes eight megabytes.
#[derive(Default)]
pub(crate) struct Contents {
    names: HashSet<u64>,
    removed: HashSet<u64>,
    /// Folders whose earlier contents are hidden.
    opaque: HashSet<u64>,
    /// Files that somebody keeps a place in.
    waiting: Vec<(PathBuf, Fate)>,
}

static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

fn hash(path: &Path) -> u64 {
    KEY.hash_one(path)
}

/// Bytes that decide whether a file is text.
const SNIFF: usize = 8 << 10;

/// Scans a layer. What was read before an error counts.
pub(crate) fn scan(path: &Path, image: &Image, at: usize, reader: &mut dyn Read, sink: &Sink<'_>) -> (Contents, io::Result<()>) {
    let part = &image.layers[at];
    let layer = Arc::new(Layer {
        image: path.to_owned(),
        tag: image.tag.clone(),
        platform: image.platform.clone(),
        number: at + 1,
        of: image.layers.len(),
        diff_id: part.diff_id.clone(),
        created_by: part.created_by.clone(),
    });
    let mut contents = Contents::default();
    let result = read(&layer, reader, &mut contents, sink);
    (contents, result)
}

fn read(layer: &Arc<Layer>, reader: &mut dyn Read, contents: &mut Contents, sink: &Sink<'_>) -> io::Result<()> {
    let mut start = vec![0; 512];
    let mut inside = unpacked(reader)?;
    let len = read_full(&mut inside, &mut start)?;
    start.truncate(len);
    // An attestation is JSON in the place of a layer.
    let json = start.first() == Some(&b'{');
    let mut stream = io::Cursor::new(start).chain(inside);
    let mut buffer = Vec::new();
    if json {
        let fate = Fate::default();
        file(layer, PathBuf::from("attestation.json"), &mut stream, &mut buffer, &fate, sink)?;
        contents.waiting.push((PathBuf::from("attestation.json"), fate));
        return Ok(());
    }
    let mut tar = Tar::new(stream);
    while let Some(entry) = tar.next()? {
        let name = entry.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let parent = entry.path.parent().unwrap_or(Path::new(""));
        if name == ".wh..wh..opq" {
            contents.opaque.insert(hash(parent));
            continue;
        }
        if let Some(removed) = name.strip_prefix(".wh.") {
            contents.removed.insert(hash(&parent.join(removed)));
            continue;
        }
        if entry.kind != Kind::Directory {
            contents.names.insert(hash(&entry.path));
        }
        if entry.kind != Kind::File {
            continue;
        }
        if sink.max_file_bytes != 0 && entry.size > sink.max_file_bytes {
            (sink.skip)(Skip::TooLarge);
            continue;
        }
        let fate = Fate::default();
        file(layer, entry.path.clone(), &mut tar, &mut buffer, &fate, sink)?;
        if fate.is_awaited() {
            contents.waiting.push((entry.path, fate));
        }
    }
    Ok(())
}

/// One file of a layer.
fn file(layer: &Arc<Layer>, path: PathBuf, reader: &mut impl Read, buffer: &mut Vec<u8>, fate: &Fate, sink: &Sink<'_>) -> io::Result<()> {
    if buffer.len() < WINDOW.min(256 << 10) + Blob::PADDING {
        buffer.resize((256 << 10) + Blob::PADDING, 0);
    }
    let mut len = read_full(reader, &mut buffer[..SNIFF])?;
    if is_binary(&buffer[..len]) && crate::utf16::order(&buffer[..len]).is_none() {
        (sink.skip)(Skip::Binary);
        return Ok(());
    }
    let origin = Origin::Layer { layer: Arc::clone(layer), path, fate: fate.clone() };
    while len < WINDOW {
        if buffer.len() < len + (64 << 10) + Blob::PADDING {
            buffer.resize((buffer.len() * 2).min(WINDOW) + Blob::PADDING, 0);
        }
        let end = (buffer.len() - Blob::PADDING).min(WINDOW);
        let read = read_full(reader, &mut buffer[len..end])?;
        len += read;
        if len < end {
            break;
        }
    }
    if len == WINDOW {
        let bytes = each_window_here(&origin, io::Cursor::new(&buffer[..len]).chain(reader), sink.on_blob)?;
        (sink.count)(bytes);
        return Ok(());
    }
    (sink.count)(len as u64);
    if let Some((order, mark)) = crate::utf16::order(&buffer[..len]).filter(|_| is_binary(&buffer[..len]) || buffer[0] >= 0xFE) {
        let mut text = Vec::new();
        crate::utf16::Utf16Reader::new(&buffer[mark..len], order).read_to_end(&mut text)?;
        let len = text.len();
        text.resize(len + Blob::PADDING, 0);
        (sink.on_blob)(&Blob::whole(&origin, &text, len));
        return Ok(());
    }
    buffer[len..len + Blob::PADDING].fill(0);
    (sink.on_blob)(&Blob::whole(&origin, buffer, len));
    Ok(())
}

/// Says of every file that somebody keeps a place in what the layers above did to it.
pub(crate) fn settle(layers: &[(usize, Contents)]) {
    for (index, (_, contents)) in layers.iter().enumerate() {
        for (path, fate) in &contents.waiting {
            let above = layers[index + 1..].iter();
            let state = above.filter_map(|(at, above)| above.verdict(path).map(|overwritten| (at + 1, overwritten))).next();
            fate.set(match state {
                None => State::Live,
                Some((number, true)) => State::Overwritten(number),
                Some((number, false)) => State::Deleted(number),
            });
        }
    }
}

impl Contents {
    /// What this layer does to a file below: `Some(true)` where it has another, `Some(false)` where it deletes it.
    fn verdict(&self, path: &Path) -> Option<bool> {
        if self.names.contains(&hash(path)) {
            return Some(true);
        }
        let folders = || path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        let hidden = self.removed.contains(&hash(path))
            || folders().any(|folder| {
                let folder = hash(folder);
                // A file or link in the place of a folder hides what was in it.
                self.removed.contains(&folder) || self.opaque.contains(&folder) || self.names.contains(&folder)
            })
            || self.opaque.contains(&hash(Path::new("")));
        hidden.then_some(false)
    }
}

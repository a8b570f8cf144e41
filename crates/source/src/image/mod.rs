//! Container images: `docker save`, `podman save`, OCI layouts as tar or folder, compressed or not. Everything is streamed; nothing is
//! unpacked to disk.
//!
//! The archive is read once for its small JSON files and the places of its blobs, then each layer once, several at a time where the file
//! can be read at an offset. What became of a file in the layers above is told when all were read. What no image names is read like the
//! files of any archive.

mod archive;
mod describe;
mod dockerfile;
mod json;
mod layers;
mod owners;
#[cfg(feature = "registry")]
mod registry;
#[cfg(not(feature = "registry"))]
#[path = "no_registry.rs"]
mod registry;
mod rpm;

use std::{
    collections::{HashMap, HashSet},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Mutex,
};

use keysift_finding::{Blob, Location, Origin, Skip, Unread};
use rayon::{ThreadPool, prelude::*};
use sha2::{Digest as _, Sha256};

use crate::{
    Base, Stop,
    content::{self, Budget, Content, Work},
    read::{open, read_full},
    stop::StopReader,
    tar::{Kind, Tar},
    unpack::{Codec, packing, unpacked},
    walk::why,
};
use archive::{Archive, Blobs};
use describe::{ArchiveDescription, Documents, Image};
use layers::Contents;

/// Where what is read goes.
pub(crate) struct Sink<'a> {
    pub(crate) content: content::Sink<'a>,
    /// None where the system gives no thread.
    pub(crate) pool: Option<&'a ThreadPool>,
    pub(crate) base: &'a Base,
    /// What was read of the archive, and what came out of the archives in it.
    pub(crate) work: &'a Work,
}

impl Sink<'_> {
    fn unread(&self, what: String, why: String) {
        (self.content.on_unread)(Unread { what, why });
    }
}

/// Whether a file may be an image: an archive by its first bytes.
pub(crate) fn may_be_image(path: &Path) -> bool {
    let mut start = [0; LOOK];
    let read = open(path).and_then(|mut file| read_full(&mut file, &mut start));
    read.is_ok_and(|read| starts_archive(&start[..read]))
}

/// Bytes that tell an archive.
const LOOK: usize = 512;

/// Whether an archive starts so.
pub(crate) fn starts_archive(start: &[u8]) -> bool {
    packing(start) != Codec::Plain || start.get(257..262) == Some(b"ustar")
}

/// Whether a folder is an OCI layout.
pub(crate) fn is_layout(folder: &Path) -> bool {
    folder.join("oci-layout").is_file() && folder.join("index.json").is_file()
}

/// Scans an image that lies at `path`, and is `shown` to people as another one. Whether it was one: an archive without a manifest is not.
pub(crate) fn scan(path: &Path, shown: &Path, sink: &Sink<'_>) -> io::Result<bool> {
    let archive = match Archive::open(path, shown, sink.content.stop) {
        // Compressed, and no tar at all.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            ) =>
        {
            return Ok(false);
        }
        other => other?,
    };
    Ok(images(archive, sink))
}

/// What a user writes before the name of an image in a registry.
const REMOTE: &str = "docker://";

/// The image in a registry that a user named.
pub(crate) fn remote(root: &Path) -> Option<&str> {
    root.to_str()?.strip_prefix(REMOTE)
}

/// Scans an image in a registry.
pub(crate) fn scan_remote(name: &str, platform: Option<&str>, sink: &Sink<'_>) -> io::Result<()> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let platform = platform.map_or_else(|| format!("linux/{architecture}"), str::to_owned);
    let (repository, files) = registry::fetch(name, &platform)?;
    let archive = Archive {
        shown: PathBuf::from(format!("{REMOTE}{name}")),
        blobs: Blobs::Registry(Box::new(repository)),
        files,
        damage: None,
    };
    images(archive, sink);
    Ok(())
}

/// Scans all images of an archive, from its small JSON files on. Whether there are any.
fn images(mut archive: Archive, sink: &Sink<'_>) -> bool {
    let described = describe::images(&archive);
    if described.images.is_empty() {
        // Broken manifests are told; what the archive holds is read as that of any other. Many things are called `manifest.json`.
        if archive.looks_like_images() {
            described
                .faults
                .iter()
                .for_each(|(name, why)| sink.unread(archive.part(name), (*why).to_owned()));
        }
        return false;
    }
    if let Some(error) = archive.damage.take() {
        sink.unread(archive.shown.display().to_string(), why(&error));
    }
    for (name, why) in &described.faults {
        sink.unread(archive.part(name), (*why).to_owned());
    }
    let mut configs = HashSet::new();
    for image in &described.images {
        if configs.insert(image.config.name.as_str()) {
            let text = dockerfile::dockerfile(&image.config.value);
            config(&archive, &image.tag, &text, sink);
        }
    }
    for (tag, text) in &described.notes {
        config(&archive, tag, text, sink);
    }
    names_and_contents(&archive, sink);
    layers(&archive, &described, sink);
    true
}

/// What the images of an archive have: what `--base` takes out of other images.
///
/// # Errors
/// If it is no image.
pub(crate) fn base(path: &Path) -> io::Result<Base> {
    let described = describe::images(&Archive::open(path, path, &Stop::default())?);
    if described.images.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "is not a container image",
        ));
    }
    let configs = described.images.iter();
    let texts = configs.map(|image| dockerfile::dockerfile(&image.config.value));
    let texts = texts.chain(described.notes.iter().map(|(_, text)| text.clone()));
    let lines = texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
    let layers = described.images.iter().flat_map(|image| &image.layers);
    Ok(Base {
        lines: lines.collect(),
        layers: layers.map(|layer| layer.diff_id.to_string()).collect(),
    })
}

/// The digest that a name of a blob promises.
fn promised(name: &str) -> Option<&str> {
    name.strip_prefix("blobs/sha256/")
        .filter(|digest| digest.len() == 64)
}

/// Manifests and configurations that are not what their names say.
fn names_and_contents(archive: &Archive, sink: &Sink<'_>) {
    for (name, text) in &archive.files {
        let digest = Digest::default();
        if let Err(why) = promised(name).map_or(Ok(()), |promised| digest.with(text).check(promised)) {
            sink.unread(archive.part(name), why);
        }
    }
}

/// SHA-256 of what passes by.
#[derive(Clone, Default)]
struct Digest(Sha256);

impl Digest {
    fn with(mut self, bytes: &[u8]) -> Self {
        self.0.update(bytes);
        self
    }

    fn check(self, promised: &str) -> Result<(), String> {
        let found: String = self
            .0
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        if found == promised {
            Ok(())
        } else {
            Err("digest mismatch: it was modified or damaged".to_owned())
        }
    }
}

/// A blob that is checked against its name while it is read.
struct Checked<'r> {
    inner: Box<dyn Read + 'r>,
    digest: Digest,
}

impl Read for Checked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.digest.0.update(&buffer[..read]);
        Ok(read)
    }
}

/// A configuration or a manifest, as a Dockerfile, without what the base says.
fn config(archive: &Archive, tag: &str, text: &str, sink: &Sink<'_>) {
    let own: String = text
        .lines()
        .filter(|line| !sink.base.lines.contains(*line))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut buffer = own.into_bytes();
    let len = buffer.len();
    buffer.resize(len + Blob::PADDING, 0);
    let origin = Origin::Config {
        image: archive.shown.clone(),
        tag: tag.to_owned(),
    };
    (sink.content.on_blob)(&Blob::whole(&origin, &buffer, len));
    (sink.content.count)(len as u64);
}

/// What of an archive is still to be read.
enum Task<'i> {
    /// A layer of an image, by its place.
    Layer(&'i Image, usize),
    /// A file that no image names, by its number and its name.
    Other(usize, String),
}

/// Reads each layer once, whichever images share it, and says of its files what became of them in each; and each file that is none.
fn layers(archive: &Archive, described: &ArchiveDescription, sink: &Sink<'_>) {
    let mut used = described.documents.clone();
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for image in &described.images {
        for (at, layer) in image.layers.iter().enumerate() {
            match archive.has(&layer.blob) && used.insert(layer.blob.clone()) {
                true if sink.base.layers.contains(&*layer.diff_id) => (sink.content.skip)(Skip::BaseLayer),
                true => tasks.push(Task::Layer(image, at)),
                false => {}
            }
        }
    }
    let others = archive.others(&used).into_iter();
    tasks.extend(others.map(|(at, name)| Task::Other(at, name)));
    let contents: Mutex<HashMap<String, Contents>> = Mutex::default();
    let take = |task: &Task<'_>, reader: &mut dyn Read| match task {
        Task::Layer(image, at) => {
            let found = layer(archive, image, *at, reader, sink);
            contents
                .lock()
                .unwrap_or_else(|poison| poison.into_inner())
                .insert(image.layers[*at].blob.clone(), found);
        }
        Task::Other(_, name) => other(archive, name, reader, sink),
    };
    let run = |task: &Task<'_>| {
        let reader = match task {
            Task::Layer(image, at) => archive.read(&image.layers[*at].blob),
            Task::Other(at, name) => archive.read_other(*at, name),
        };
        let mut reader = reader.unwrap_or_else(|error| Box::new(FailedReader(Some(error))));
        take(
            task,
            &mut StopReader::new(sink.work.counted(&mut *reader), sink.content.stop),
        );
    };
    match (&archive.blobs, sink.pool) {
        (Blobs::Stream(path, index), _) => stream(path, index, &tasks, &take, archive, sink),
        (_, Some(pool)) => pool.install(|| tasks.par_iter().for_each(run)),
        (_, None) => tasks.iter().for_each(run),
    }
    layers::settle(
        &described.images,
        &contents.into_inner().unwrap_or_else(|poison| poison.into_inner()),
    );
}

/// Scans a layer; what is wrong with it is told.
fn layer(archive: &Archive, image: &Image, at: usize, reader: &mut dyn Read, sink: &Sink<'_>) -> Contents {
    let (found, result) = match promised(&image.layers[at].blob) {
        Some(promised) => checked(&archive.shown, image, at, reader, promised, sink),
        None => layers::scan(&archive.shown, image, at, reader, sink),
    };
    if let Err(error) = result {
        sink.unread(archive.part(&format!("layer {}", at + 1)), why(&error));
    }
    found
}

/// A file of the archive that belongs to no image.
fn other(archive: &Archive, name: &str, reader: &mut dyn Read, sink: &Sink<'_>) {
    let image = match archive.shown.exists() {
        true => crate::locate(&archive.shown),
        false => Location::named(&archive.shown), // from standard input
    };
    let origin = |member: &str| Origin::File(image.member(&format!("!/{name}{member}")));
    let content = Content {
        origin: &origin,
        sink: sink.content,
        budget: &Budget::new(sink.work),
    };
    if let Err(error) = content.read("", 0, reader, &mut Vec::new()) {
        sink.unread(origin("").shown().display().to_string(), why(&error));
    }
}

/// Scans a layer and holds it to its digest; what it holds is scanned in any case.
fn checked(
    path: &Path,
    image: &Image,
    at: usize,
    reader: &mut dyn Read,
    promised: &str,
    sink: &Sink<'_>,
) -> (Contents, io::Result<()>) {
    let mut reader = Checked {
        inner: Box::new(reader),
        digest: Digest::default(),
    };
    let (found, result) = layers::scan(path, image, at, &mut reader, sink);
    // What stands behind the archive counts for the digest.
    let result = result.and_then(|()| io::copy(&mut reader, &mut io::sink()).map(drop));
    (
        found,
        result.and_then(|()| reader.digest.check(promised).map_err(io::Error::other)),
    )
}

/// A reader that only has an error to give.
struct FailedReader(Option<io::Error>);

impl Read for FailedReader {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// What takes a layer, or another file, and its bytes.
type LayerConsumer<'t> = dyn Fn(&Task<'_>, &mut dyn Read) + 't;

/// Reads the layers of a compressed archive, and its other files, in the order in which they stand.
fn stream(
    path: &Path,
    index: &archive::Index,
    tasks: &[Task<'_>],
    take: &LayerConsumer<'_>,
    archive: &Archive,
    sink: &Sink<'_>,
) {
    let place = |task: &Task<'_>| match task {
        Task::Layer(image, at) => index.find(&image.layers[*at].blob),
        Task::Other(at, _) => Some(*at),
    };
    let tasks: HashMap<usize, &Task<'_>> = tasks
        .iter()
        .filter_map(|task| Some((place(task)?, task)))
        .collect();
    let read = || -> io::Result<()> {
        let file = sink.work.counted(StopReader::new(open(path)?, sink.content.stop));
        let mut tar = Tar::new(unpacked(file)?);
        let mut number = 0;
        while let Some(entry) = tar.next()? {
            if entry.kind != Kind::File {
                continue;
            }
            if let Some(task) = tasks.get(&number) {
                take(task, &mut tar);
            }
            number += 1;
        }
        Ok(())
    };
    if let Err(error) = read() {
        sink.unread(archive.shown.display().to_string(), why(&error));
    }
}

//! Scans container images: `docker save`, `podman save`, OCI layouts as tar or folder, compressed or not.
//! Everything is streamed; nothing is unpacked to disk.
//!
//! The archive is read once for its small JSON files and the positions of its blobs, then each layer once,
//! several at a time if the file is seekable. The final state of files is known when all layers were read.
//! Files that no image references are scanned like those of any archive.

mod archive;
#[cfg(feature = "registry")]
mod credentials;
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
    error::why,
    read::{open, read_full},
    stop::StopReader,
    tar::{Kind, Tar},
    unpack::{Codec, packing, unpacked},
};
use archive::{Archive, Blobs};
use describe::{ArchiveDescription, Documents, Image};
use layers::Contents;

/// Callbacks and options for what is read.
pub(crate) struct Sink<'a> {
    pub(crate) content: content::Sink<'a>,
    /// `None` if the system allows no thread.
    pub(crate) pool: Option<&'a ThreadPool>,
    pub(crate) base: &'a Base,
    /// Bytes read of the archive, and bytes unpacked from archives in it.
    pub(crate) work: &'a Work,
}

impl Sink<'_> {
    fn unread(&self, what: String, why: String) {
        (self.content.on_unread)(Unread { what, why });
    }
}

/// Returns whether a file may be an image: an archive, by its first bytes.
pub(crate) fn may_be_image(path: &Path) -> bool {
    let mut start = [0; MAGIC_BYTES];
    let read = open(path).and_then(|mut file| read_full(&mut file, &mut start));
    read.is_ok_and(|read| starts_archive(&start[..read]))
}

/// Number of bytes needed to detect an archive.
const MAGIC_BYTES: usize = 512;

/// Returns whether these are the first bytes of an archive.
pub(crate) fn starts_archive(start: &[u8]) -> bool {
    packing(start) != Codec::Plain || start.get(257..262) == Some(b"ustar")
}

/// Returns whether a folder is an OCI layout.
pub(crate) fn is_layout(folder: &Path) -> bool {
    folder.join("oci-layout").is_file() && folder.join("index.json").is_file()
}

/// Scans an image at `path`; reports display `shown`. Returns `false` if it is not an image, because it has
/// no manifest.
pub(crate) fn scan(path: &Path, shown: &Path, sink: &Sink<'_>) -> io::Result<bool> {
    let archive = match Archive::open(path, shown, sink.content.stop) {
        // Compressed, but not a tar.
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

/// The prefix of an image in a registry.
const REMOTE: &str = "docker://";

/// Returns the name of an image in a registry, if `root` is one.
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

/// Scans all images of an archive; returns whether there are any.
fn images(mut archive: Archive, sink: &Sink<'_>) -> bool {
    let described = describe::images(&archive);
    if described.images.is_empty() {
        // Invalid manifests are reported only if the archive looks like one of images, because many other
        // files are called `manifest.json`. Its contents are scanned like any archive.
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
    verify_digests(&archive, sink);
    layers(&archive, &described, sink);
    true
}

/// Returns the contents of the images in an archive, which `--base` excludes from other images.
///
/// # Errors
/// If it is not an image.
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

/// Returns the digest in the name of a blob.
fn expected_digest(name: &str) -> Option<&str> {
    name.strip_prefix("blobs/sha256/")
        .filter(|digest| digest.len() == 64)
}

/// Reports manifests and configurations whose digest does not match their name.
fn verify_digests(archive: &Archive, sink: &Sink<'_>) {
    for (name, text) in &archive.files {
        let digest = Digest::default();
        if let Err(why) = expected_digest(name).map_or(Ok(()), |expected| digest.with(text).check(expected)) {
            sink.unread(archive.part(name), why);
        }
    }
}

/// Computes SHA-256 incrementally.
#[derive(Clone, Default)]
struct Digest(Sha256);

impl Digest {
    fn with(mut self, bytes: &[u8]) -> Self {
        self.0.update(bytes);
        self
    }

    fn check(self, expected: &str) -> Result<(), String> {
        let found: String = self
            .0
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        if found == expected {
            Ok(())
        } else {
            Err("digest mismatch: it was modified or damaged".to_owned())
        }
    }
}

/// A reader that computes the digest of a blob.
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

/// Scans a configuration or manifest, rendered as a Dockerfile, without the lines of the base image.
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

/// A part of an archive that has to be read.
enum Task<'i> {
    /// A layer of an image, by its index.
    Layer(&'i Image, usize),
    /// A file that no image references, by its index and name.
    Other(usize, String),
}

/// Reads each layer once, even if several images share it, and sets the status of its files in each image.
/// Then reads the files that no image references.
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
    let consume = |task: &Task<'_>, reader: &mut dyn Read| match task {
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
        consume(
            task,
            &mut StopReader::new(sink.work.counted(&mut *reader), sink.content.stop),
        );
    };
    match (&archive.blobs, sink.pool) {
        (Blobs::Stream(path, index), _) => stream(path, index, &tasks, &consume, archive, sink),
        (_, Some(pool)) => pool.install(|| tasks.par_iter().for_each(run)),
        (_, None) => tasks.iter().for_each(run),
    }
    layers::settle(
        &described.images,
        &contents.into_inner().unwrap_or_else(|poison| poison.into_inner()),
    );
}

/// Scans a layer; errors are reported as unread.
fn layer(archive: &Archive, image: &Image, at: usize, reader: &mut dyn Read, sink: &Sink<'_>) -> Contents {
    let (found, result) = match expected_digest(&image.layers[at].blob) {
        Some(expected) => checked(&archive.shown, image, at, reader, expected, sink),
        None => layers::scan(&archive.shown, image, at, reader, sink),
    };
    if let Err(error) = result {
        sink.unread(archive.part(&format!("layer {}", at + 1)), why(&error));
    }
    found
}

/// Scans a file of the archive that belongs to no image.
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

/// Scans a layer and verifies its digest. Findings are kept even if it does not match.
fn checked(
    path: &Path,
    image: &Image,
    at: usize,
    reader: &mut dyn Read,
    expected: &str,
    sink: &Sink<'_>,
) -> (Contents, io::Result<()>) {
    let mut reader = Checked {
        inner: Box::new(reader),
        digest: Digest::default(),
    };
    let (found, result) = layers::scan(path, image, at, &mut reader, sink);
    // Bytes after the end of the tar are part of the digest.
    let result = result.and_then(|()| io::copy(&mut reader, &mut io::sink()).map(drop));
    (
        found,
        result.and_then(|()| reader.digest.check(expected).map_err(io::Error::other)),
    )
}

/// A reader that returns one error.
struct FailedReader(Option<io::Error>);

impl Read for FailedReader {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// A function that receives a task and its content.
type LayerConsumer<'t> = dyn Fn(&Task<'_>, &mut dyn Read) + 't;

/// Reads the layers and other files of a compressed archive, in the order of the archive.
fn stream(
    path: &Path,
    index: &archive::Index,
    tasks: &[Task<'_>],
    consume: &LayerConsumer<'_>,
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
                consume(task, &mut tar);
            }
            number += 1;
        }
        Ok(())
    };
    if let Err(error) = read() {
        sink.unread(archive.shown.display().to_string(), why(&error));
    }
}

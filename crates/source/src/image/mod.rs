//! Container images: `docker save`, `podman save`, OCI layouts as tar or folder, compressed or not. Everything is streamed; nothing is
//! unpacked to disk.
//!
//! The archive is read once for its small JSON files and the places of its blobs, then each layer once, several at a time where the file
//! can be read at an offset. What became of a file in the layers above is told when all were read.

mod describe;
mod layers;
mod owners;
#[cfg(feature = "registry")]
mod registry;
mod rpm;

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Mutex,
};

use keysift_finding::{Blob, Origin, Skip, Unread};
use rayon::{ThreadPool, prelude::*};
use sha2::{Digest as _, Sha256};

use crate::tar::{Kind, Tar};
use crate::unpack::{Packing, packing, unpacked};
use crate::{Base, content};
use describe::Image;
use layers::Contents;

/// The largest JSON file that is read: a configuration with ten thousand lines of history.
const LARGEST_JSON: u64 = 16 << 20;

/// Where what is read goes.
pub(crate) struct Sink<'a> {
    pub(crate) content: content::Sink<'a>,
    pub(crate) pool: &'a ThreadPool,
    pub(crate) base: &'a Base,
}

/// Whether a file may be an image: an archive by its first bytes.
pub(crate) fn may_be_image(path: &Path) -> bool {
    let mut start = [0; LOOK];
    let read = File::open(path).and_then(|mut file| crate::read::read_full(&mut file, &mut start));
    read.is_ok_and(|read| starts_archive(&start[..read]))
}

/// Bytes that tell an archive.
pub(crate) const LOOK: usize = 512;

/// Whether an archive starts so.
pub(crate) fn starts_archive(start: &[u8]) -> bool {
    packing(start) != Packing::Plain || start.get(257..262) == Some(b"ustar")
}

/// Whether a folder is an OCI layout.
pub(crate) fn is_layout(folder: &Path) -> bool {
    folder.join("oci-layout").is_file() && folder.join("index.json").is_file()
}

/// An archive of images.
struct Archive {
    /// Its name for people.
    shown: PathBuf,
    blobs: Blobs,
}

/// Where the blobs of an archive are.
enum Blobs {
    /// A folder.
    Folder(PathBuf),
    /// A plain tar: offset and size of each file.
    Seekable(PathBuf, HashMap<String, (u64, u64)>),
    /// A compressed tar: it must be read from its start.
    Stream(PathBuf, HashSet<String>),
    #[cfg(feature = "registry")]
    Registry(Box<registry::Repository>),
}

impl Archive {
    fn has(&self, name: &str) -> bool {
        match &self.blobs {
            Blobs::Folder(folder) => within(folder, name).is_some(),
            Blobs::Seekable(_, places) => places.contains_key(name),
            Blobs::Stream(_, names) => names.contains(name),
            #[cfg(feature = "registry")]
            Blobs::Registry(repository) => repository.has(name),
        }
    }

    /// A part of it, for people.
    fn part(&self, name: &str) -> String {
        format!("{}[{name}]", self.shown.display())
    }
}

/// Scans an image that lies at `path`, and is `shown` to people as another one. Whether it was one: an archive without a manifest is not.
pub(crate) fn scan(path: &Path, shown: &Path, sink: &Sink<'_>) -> io::Result<bool> {
    let (blobs, files) = match opened(path) {
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
    Ok(images(
        &Archive {
            shown: shown.to_owned(),
            blobs,
        },
        &files,
        sink,
    ))
}

/// What a user writes before the name of an image in a registry.
const REMOTE: &str = "docker://";

/// The image in a registry that a user named.
pub(crate) fn remote(root: &Path) -> Option<&str> {
    root.to_str()?.strip_prefix(REMOTE)
}

/// Scans an image in a registry.
#[cfg(feature = "registry")]
pub(crate) fn scan_remote(name: &str, platform: Option<&str>, sink: &Sink<'_>) -> io::Result<()> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let platform = platform.map_or_else(|| format!("linux/{architecture}"), str::to_owned);
    let (repository, files) = registry::fetch(name, &platform)?;
    images(
        &Archive {
            shown: PathBuf::from(format!("{REMOTE}{name}")),
            blobs: Blobs::Registry(Box::new(repository)),
        },
        &files,
        sink,
    );
    Ok(())
}

/// Images in registries are read by builds that can open connections; this one cannot.
#[cfg(not(feature = "registry"))]
pub(crate) fn scan_remote(name: &str, _: Option<&str>, _: &Sink<'_>) -> io::Result<()> {
    Err(io::Error::other(format!(
        "this keysift opens no connections: build it with `--features registry`, or fetch the image first: skopeo copy docker://{name} oci-archive:image.tar"
    )))
}

/// Scans all images of an archive, from its small JSON files on. Whether there are any.
fn images(archive: &Archive, files: &HashMap<String, Vec<u8>>, sink: &Sink<'_>) -> bool {
    let (images, missing) = describe::images(files, &|name| archive.has(name));
    if images.is_empty() && missing.is_empty() {
        return false;
    }
    for name in missing {
        let why = "the image names it, the archive lacks it".to_owned();
        (sink.content.on_unread)(Unread {
            what: archive.part(&name),
            why,
        });
    }
    for image in &images {
        config(archive, image, sink);
    }
    names_and_contents(archive, files, sink);
    layers(archive, &images, sink);
    true
}

/// What the images of an archive have: what `--base` takes out of other images.
///
/// # Errors
/// If it is no image.
pub(crate) fn base(path: &Path) -> io::Result<Base> {
    let (blobs, files) = opened(path)?;
    let archive = Archive {
        shown: path.to_owned(),
        blobs,
    };
    let (images, _) = describe::images(&files, &|name| archive.has(name));
    if images.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "is no container image",
        ));
    }
    let lines = images
        .iter()
        .flat_map(|image| {
            describe::dockerfile(image)
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    Ok(Base {
        layers: images
            .into_iter()
            .flat_map(|image| image.layers)
            .map(|layer| layer.diff_id)
            .collect(),
        lines,
    })
}

/// The digest that a name of a blob promises.
fn promised(name: &str) -> Option<&str> {
    name.strip_prefix("blobs/sha256/")
        .filter(|digest| digest.len() == 64)
}

/// Manifests and configurations that are not what their names say.
fn names_and_contents(archive: &Archive, files: &HashMap<String, Vec<u8>>, sink: &Sink<'_>) {
    for (name, text) in files {
        let digest = Digest::default();
        if let Err(why) = promised(name).map_or(Ok(()), |promised| digest.with(text).check(promised)) {
            (sink.content.on_unread)(Unread {
                what: archive.part(name),
                why,
            });
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
            Err("its contents have another digest than its name: it was changed or damaged".to_owned())
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

/// The configuration of an image, as a Dockerfile, without what the base says.
fn config(archive: &Archive, image: &Image, sink: &Sink<'_>) {
    let text = describe::dockerfile(image);
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
        tag: image.tag.clone(),
    };
    (sink.content.on_blob)(&Blob::whole(&origin, &buffer, len));
    (sink.content.count)(len as u64);
}

/// Reads each layer once, whichever images share it, and says of its files what became of them in each.
fn layers(archive: &Archive, images: &[Image], sink: &Sink<'_>) {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut fresh: Vec<(&Image, usize)> = Vec::new();
    for (image, at) in images
        .iter()
        .flat_map(|image| (0..image.layers.len()).map(move |at| (image, at)))
    {
        let layer = &image.layers[at];
        match archive.has(&layer.blob) && seen.insert(&layer.blob) {
            true if sink.base.layers.contains(&layer.diff_id) => (sink.content.skip)(Skip::BaseLayer),
            true => fresh.push((image, at)),
            false => {}
        }
    }
    let contents: Mutex<HashMap<String, Contents>> = Mutex::default();
    let take = |(image, at): (&Image, usize), reader: &mut dyn Read| {
        let (found, error) = match promised(&image.layers[at].blob) {
            Some(promised) => checked(&archive.shown, image, at, reader, promised, sink),
            None => layers::scan(&archive.shown, image, at, reader, sink),
        };
        contents
            .lock()
            .unwrap_or_else(|poison| poison.into_inner())
            .insert(image.layers[at].blob.clone(), found);
        if let Err(error) = error {
            let what = archive.part(&format!("layer {}", at + 1));
            (sink.content.on_unread)(Unread {
                what,
                why: crate::walk::why(&error),
            });
        }
    };
    match &archive.blobs {
        Blobs::Stream(path, _) => stream(path, &fresh, &take, archive, sink),
        _ => sink.pool.install(|| {
            fresh
                .par_iter()
                .for_each(|(image, at)| match open(archive, &image.layers[*at].blob) {
                    Ok(mut reader) => take((image, *at), &mut *reader),
                    Err(error) => take((image, *at), &mut Broken(Some(error))),
                });
        }),
    }
    layers::settle(
        images,
        &contents.into_inner().unwrap_or_else(|poison| poison.into_inner()),
    );
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
struct Broken(Option<io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

fn open(archive: &Archive, name: &str) -> io::Result<Box<dyn Read>> {
    match &archive.blobs {
        Blobs::Folder(folder) => Ok(Box::new(File::open(
            within(folder, name).ok_or(io::ErrorKind::NotFound)?,
        )?)),
        Blobs::Seekable(path, places) => {
            let (offset, size) = places[name];
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(offset))?;
            Ok(Box::new(file.take(size)))
        }
        Blobs::Stream(..) => unreachable!("streams are read in their order"),
        #[cfg(feature = "registry")]
        Blobs::Registry(repository) => repository.open(name),
    }
}

/// What takes a layer: its image and its place there, and its bytes.
type Take<'t> = dyn Fn((&Image, usize), &mut dyn Read) + 't;

/// Reads the layers of a compressed archive in the order in which they stand.
fn stream(path: &Path, fresh: &[(&Image, usize)], take: &Take<'_>, archive: &Archive, sink: &Sink<'_>) {
    let read = || -> io::Result<()> {
        let mut tar = Tar::new(unpacked(File::open(path)?)?);
        while let Some(entry) = tar.next()? {
            let name = entry.path.to_string_lossy();
            if let Some(layer) = fresh.iter().find(|(image, at)| image.layers[*at].blob == name) {
                take(*layer, &mut tar);
            }
        }
        Ok(())
    };
    if let Err(error) = read() {
        (sink.content.on_unread)(Unread {
            what: archive.shown.display().to_string(),
            why: crate::walk::why(&error),
        });
    }
}

type Indexed = (Blobs, HashMap<String, Vec<u8>>);

fn opened(path: &Path) -> io::Result<Indexed> {
    if path.is_dir() { folder(path) } else { index(path) }
}

/// The names, places and small JSON files of a tar archive.
fn index(path: &Path) -> io::Result<Indexed> {
    let mut start = [0; 6];
    crate::read::read_full(&mut File::open(path)?, &mut start)?;
    let seekable = packing(&start) == Packing::Plain;
    let mut files = HashMap::new();
    let file = File::open(path)?;
    if seekable {
        let places = entries(Tar::seekable(file), &mut files)?;
        return Ok((Blobs::Seekable(path.to_owned(), places), files));
    }
    let places = entries(Tar::new(unpacked(file)?), &mut files)?;
    Ok((
        Blobs::Stream(path.to_owned(), places.into_keys().collect()),
        files,
    ))
}

/// The places of all files; those that are small JSON are kept.
fn entries<R: Read>(
    mut tar: Tar<R>,
    files: &mut HashMap<String, Vec<u8>>,
) -> io::Result<HashMap<String, (u64, u64)>> {
    let mut places = HashMap::new();
    loop {
        let entry = match tar.next() {
            Ok(Some(entry)) => entry,
            Ok(None) => break,
            // What stands before the damage is scanned; the reader of the layer that is cut tells the damage.
            Err(_) if !places.is_empty() => break,
            Err(error) => return Err(error),
        };
        if entry.kind != Kind::File {
            continue;
        }
        let name = entry.path.to_string_lossy().into_owned();
        places.insert(name.clone(), (entry.offset, entry.size));
        if entry.size <= LARGEST_JSON && (name.ends_with(".json") || name.starts_with("blobs/")) {
            let mut text = vec![0; 1];
            let json = tar.read_exact(&mut text).is_ok() && matches!(text[0], b'{' | b'[');
            if json && tar.read_to_end(&mut text).is_ok() {
                files.insert(name, text);
            }
        }
    }
    Ok(places)
}

/// A file of a folder, if it lies there: names in an index may lead elsewhere, and so may links.
fn within(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = fs::canonicalize(folder.join(name)).ok()?;
    (path.is_file() && path.starts_with(fs::canonicalize(folder).ok()?)).then_some(path)
}

/// The small JSON files of an OCI layout in a folder.
fn folder(path: &Path) -> io::Result<Indexed> {
    let mut files = HashMap::new();
    files.insert(
        "index.json".to_owned(),
        fs::read(within(path, "index.json").ok_or(io::ErrorKind::NotFound)?)?,
    );
    for algorithm in fs::read_dir(path.join("blobs"))?.filter_map(Result::ok) {
        for blob in fs::read_dir(algorithm.path())?.filter_map(Result::ok) {
            let name = format!(
                "blobs/{}/{}",
                algorithm.file_name().to_string_lossy(),
                blob.file_name().to_string_lossy()
            );
            let Some(path) = within(path, &name) else { continue };
            if fs::metadata(&path).is_ok_and(|metadata| metadata.len() <= LARGEST_JSON) {
                let text = fs::read(path)?;
                if text.first() == Some(&b'{') {
                    files.insert(name, text);
                }
            }
        }
    }
    Ok((Blobs::Folder(path.to_owned()), files))
}

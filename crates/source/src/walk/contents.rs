//! Reads files by type: text, archives, container images, keystores.

use std::{
    io::{self, Read},
    path::Path,
};

use keysift_finding::{Blob, Location, Origin, Skip, Unread};
use rayon::ThreadPool;

use super::{BUFFER, Walk, lock};
use crate::{
    content::{self, Kind, SNIFF},
    error::why,
    image, lfs,
    read::{self, Content, ErrorAsEnd},
    stdin::{Stdin, spooled},
    stop::StopReader,
    top::locate,
    utf16::{Utf8, is_text},
    windows::{self, WINDOW, each_window, each_window_here},
};

impl<B: Fn(&Blob<'_>) + Sync, U: Fn(Unread) + Sync> Walk<'_, B, U> {
    pub(super) fn file(&self, origin: Origin, path: &Path, limit: u64) {
        BUFFER.with_borrow_mut(|buffer| match read::read(path, buffer, limit) {
            Ok(Content::Text { start, end, .. }) if lfs::is_pointer(&buffer[start..end]) => {
                self.skip(Skip::LfsPointer);
            }
            Ok(Content::Text { start, end, read }) => {
                (self.on_blob)(&Blob::whole(&origin, &buffer[start..], end - start));
                self.count(read);
            }
            Ok(Content::Other) => match content::kind(&buffer[..buffer.len().min(512)]) {
                Kind::Other => self.skip(Skip::Binary),
                Kind::KeyStore => self.with_sink(false, |sink| self.content(&origin, path, sink)),
                // Archives that the user named are always opened.
                _ if self.options.archives || limit == 0 => {
                    self.with_sink(true, |sink| self.content(&origin, path, sink))
                }
                _ => self.skip(Skip::Archive),
            },
            Ok(Content::TooLarge) => self.skip(Skip::TooLarge),
            Ok(Content::Large) => lock(&self.large).push((origin, path.to_owned())),
            Err(error) => self.unread(path, &why(&error)),
        });
    }

    /// Scans the archives that the user named: container images, layer by layer. One that is not an image is
    /// read like other archives.
    pub(super) fn images(&self) {
        for path in std::mem::take(&mut *lock(&self.images)) {
            if self.stopped() {
                break;
            }
            self.image(&path, &path);
        }
    }

    /// Scans an archive at `path`; reports display `shown`.
    fn image(&self, path: &Path, shown: &Path) {
        self.with_sink(true, |content| {
            let sink = image::Sink {
                content,
                pool: self.pool(),
                base: &self.options.base,
                work: &content::Work::default(),
            };
            let scanned = match image::remote(path) {
                Some(name) => {
                    image::scan_remote(name, self.options.platform.as_deref(), &sink).map(|()| true)
                }
                None => image::scan(path, shown, &sink),
            };
            match scanned {
                Ok(true) => {}
                Ok(false) if path.is_dir() => self.folder(path),
                // An archive that is not an image.
                Ok(false) => self.content(
                    &Origin::File(match path == shown {
                        true => locate(path),
                        false => Location::named(shown), // a temporary file
                    }),
                    path,
                    content,
                ),
                Err(error) => self.unread(shown, &why(&error)),
            }
        });
    }

    /// Reads standard input: a text, a keystore, or an archive. An archive is stored in a temporary file
    /// first, because the index of an image is at its end.
    pub(super) fn stdin(&self) {
        let shown = Path::new("standard input");
        let read = Stdin::new(&self.options.stop).and_then(|mut reader| {
            let mut ending = ErrorAsEnd::new(&mut reader);
            let mut start = vec![0; SNIFF];
            let len = read::read_full(&mut ending, &mut start)?;
            start.truncate(len);
            let ended = ending.result();
            let kind = content::kind(&start);
            let whole = io::Cursor::new(&start).chain(reader);
            match kind {
                Kind::Other if !image::starts_archive(&start) => {
                    self.text(&Origin::Stdin, whole, self.pool()).and(ended)
                }
                Kind::KeyStore => self
                    .with_sink(true, |sink| self.contents(&Origin::Stdin, whole, sink))
                    .and(ended),
                _ => {
                    let (file, spooled) = spooled(whole)?;
                    self.image(file.path(), Path::new("-"));
                    ended.and(spooled)
                }
            }
        });
        if let Err(error) = read {
            self.unread(shown, &why(&error));
        }
    }

    /// Calls `with` with a sink for this walk; `archives` opens archives.
    fn with_sink<T>(&self, archives: bool, with: impl FnOnce(content::Sink<'_>) -> T) -> T {
        with(content::Sink {
            on_blob: &|blob| (self.on_blob)(blob),
            on_unread: &|unread| (self.on_unread)(unread),
            skip: &|reason| self.skip(reason),
            count: &|bytes| self.count(bytes),
            max_file_bytes: self.options.max_file_bytes,
            archives,
            stop: &self.options.stop,
        })
    }

    /// Reads a file that is not text: an archive, a keystore, or other bytes.
    fn content(&self, origin: &Origin, path: &Path, sink: content::Sink<'_>) {
        let read = read::open(path)
            .map(|file| StopReader::new(file, &self.options.stop))
            .and_then(|file| self.contents(origin, file, sink));
        if let Err(error) = read {
            self.unread(&origin.shown(), &why(&error));
        }
    }

    /// Reads the content of an archive, a keystore, or other bytes.
    fn contents(&self, origin: &Origin, reader: impl Read, sink: content::Sink<'_>) -> io::Result<()> {
        let member = |member: &str| match origin {
            Origin::File(location) => Origin::File(location.member(member)),
            other => other.clone(),
        };
        let work = content::Work::default();
        let content = content::Content {
            origin: &member,
            sink,
            budget: &content::Budget::new(&work),
        };
        content.read("", 0, &mut work.counted(reader), &mut Vec::new())
    }

    pub(super) fn large_files(&self) {
        let mut large = std::mem::take(&mut *lock(&self.large));
        large.sort();
        for (origin, path) in &large {
            if self.stopped() {
                break;
            }
            let read = read::open(path)
                .and_then(|file| self.text(origin, StopReader::new(file, &self.options.stop), self.pool()));
            if let Err(error) = read {
                self.unread(path, &why(&error));
            }
        }
    }

    /// Reads a text of unknown length: as a whole if it is small, otherwise in windows. Input before an error
    /// is scanned.
    fn text(&self, origin: &Origin, reader: impl Read + Send, pool: Option<&ThreadPool>) -> io::Result<()> {
        let mut reader = ErrorAsEnd::new(reader);
        let mut start = vec![0; SNIFF];
        let len = read::read_full(&mut reader, &mut start)?;
        start.truncate(len);
        if !is_text(&start) {
            self.skip(Skip::Binary);
            return reader.result();
        }
        let mut text = Utf8::new(start, &mut reader);
        let mut buffer = Vec::new();
        let len = read::fill(&mut buffer, 0, &mut text)?;
        if len < WINDOW {
            (self.on_blob)(&Blob::whole(origin, &buffer, len));
            self.count(len as u64);
            return reader.result();
        }
        let whole = buffer[..len].chain(text);
        let bytes = match pool {
            Some(pool) => each_window(
                origin,
                whole,
                windows::STREAMED,
                (pool, &self.buffers),
                self.on_blob,
            ),
            None => each_window_here(origin, whole, self.on_blob),
        };
        self.count(bytes?);
        reader.result()
    }
}

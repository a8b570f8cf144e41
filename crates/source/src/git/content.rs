//! Reads the content of a git object like that of a file.

use std::{io, sync::LazyLock};

use keysift_finding::{Blob, Origin, Skip, Unread};

use crate::{
    Stop,
    content::{self, Kind},
    read::is_binary,
    utf16,
    windows::{WINDOW, each_window_here},
};

/// Options for reading content.
pub(super) struct Reading<'a> {
    /// Skip larger files, also in archives; 0 means no limit.
    pub(super) max_file_bytes: u64,
    /// Open archives.
    pub(super) archives: bool,
    /// Ends the scan early.
    pub(super) stop: &'a Stop,
}

impl Default for Reading<'_> {
    fn default() -> Self {
        static NEVER: LazyLock<Stop> = LazyLock::new(Stop::default);
        Self {
            max_file_bytes: 0,
            archives: false,
            stop: &NEVER,
        }
    }
}

impl Reading<'_> {
    /// Reads only texts. Skipped and damaged content was already reported when it was new.
    pub(super) fn silent(&self, on_blob: &(dyn Fn(&Blob<'_>) + Sync), with: impl FnOnce(content::Sink<'_>)) {
        with(content::Sink {
            on_blob,
            on_unread: &|_| (),
            skip: &|_| (),
            count: &|_| (),
            max_file_bytes: self.max_file_bytes,
            archives: self.archives,
            stop: self.stop,
        });
    }
}

/// Passes on the texts of a content: usually one; several for an archive or a text larger than a window.
pub(super) fn read(origin: &dyn Fn(&str) -> Origin, bytes: Vec<u8>, sink: content::Sink<'_>) {
    let is_plain =
        utf16::order(&bytes).is_none() && !is_binary(&bytes) && !bytes.starts_with(b"\xEF\xBB\xBF");
    if is_plain && bytes.len() < WINDOW {
        // The usual case: a text, scanned without a copy.
        return text(&origin(""), bytes, sink);
    }
    if !sink.archives && !utf16::is_text(&bytes) {
        match content::kind(&bytes) {
            Kind::Other => return (sink.skip)(Skip::Binary),
            Kind::KeyStore => {}
            _ => return (sink.skip)(Skip::Archive),
        }
    }
    let work = content::Work::default();
    let content = content::Content {
        origin,
        sink,
        budget: &content::Budget::new(&work),
    };
    let read = content.read("", 0, &mut work.counted(io::Cursor::new(bytes)), &mut Vec::new());
    if let Err(error) = read {
        (sink.on_unread)(Unread {
            what: origin("").shown().display().to_string(),
            why: crate::error::why(&error),
        });
    }
}

/// Passes on bytes as text, in windows if there are many.
pub(super) fn text(origin: &Origin, mut bytes: Vec<u8>, sink: content::Sink<'_>) {
    let len = bytes.len();
    if len < WINDOW {
        bytes.resize(len + Blob::PADDING, 0);
        (sink.count)(len as u64);
        return (sink.on_blob)(&Blob::whole(origin, &bytes, len));
    }
    match each_window_here(origin, &bytes[..], sink.on_blob) {
        Ok(bytes) => (sink.count)(bytes),
        Err(error) => (sink.on_unread)(Unread {
            what: origin.shown().display().to_string(),
            why: crate::error::why(&error),
        }),
    }
}

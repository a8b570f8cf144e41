//! Splits long texts into overlapping windows.

use std::{
    io::{self, Read},
    sync::{Mutex, PoisonError, mpsc},
};

use keysift_finding::{Blob, Origin, Position, Span};
use rayon::ThreadPool;

use crate::read::read_full;

/// Window size in bytes.
pub(crate) const WINDOW: usize = 8 << 20;

/// Bytes that each window of a larger file adds. They fit in a core's cache while several readers pass over
/// them.
pub(crate) const STREAMED: usize = 1 << 20;

/// Bytes of context before and after the part that a window reports. No secret that rules describe is longer.
pub(crate) const OVERLAP: usize = 64 << 10;

/// A window that is ready to be scanned.
struct Window {
    buffer: Vec<u8>,
    len: usize,
    own: Span,
    start: Position,
}

/// Reads `reader` to its end and scans its windows on the threads of `pool` while this thread continues
/// reading. At most two windows more than the pool has threads are in memory. Returns the number of bytes
/// read.
pub(crate) fn each_window(
    origin: &Origin,
    mut reader: impl Read + Send,
    window: usize,
    (pool, buffers): (&ThreadPool, &Buffers),
    on_blob: &(impl Fn(&Blob<'_>) + Sync),
) -> io::Result<u64> {
    let (give_back, free) = mpsc::channel();
    for _ in 0..pool.current_num_threads() + 2 {
        let _ = give_back.send(buffers.take());
    }
    let mut cut = WindowCutter::default();
    let ended = pool.in_place_scope(|scope| {
        loop {
            let buffer: Vec<u8> = free
                .recv()
                .map_err(|_| io::Error::other("a scanning thread failed"))?;
            let Some(next) = cut.next(&mut reader, buffer, window)? else {
                break;
            };
            let give_back = give_back.clone();
            scope.spawn(move |_| {
                on_blob(&Blob::window(
                    origin,
                    &next.buffer,
                    next.len,
                    next.own,
                    next.start,
                ));
                let _ = give_back.send(next.buffer);
            });
        }
        Ok(cut.bytes)
    });
    free.try_iter().for_each(|buffer| buffers.give(buffer));
    ended
}

/// Window buffers, reused across files because the system clears every page of a new buffer.
#[derive(Debug, Default)]
pub(crate) struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    fn take(&self) -> Vec<u8> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
            .unwrap_or_default()
    }

    fn give(&self, buffer: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }
}

/// Reads `reader` to its end and scans its windows in this thread. Returns the number of bytes read.
pub(crate) fn each_window_here(
    origin: &Origin,
    mut reader: impl Read,
    on_blob: &dyn Fn(&Blob<'_>),
) -> io::Result<u64> {
    let mut cut = WindowCutter::default();
    let mut buffer = Vec::new();
    while let Some(next) = cut.next(&mut reader, buffer, STREAMED)? {
        on_blob(&Blob::window(
            origin,
            &next.buffer,
            next.len,
            next.own,
            next.start,
        ));
        buffer = next.buffer;
    }
    Ok(cut.bytes)
}

/// Cuts a stream into windows and keeps the overlap for the next one.
#[derive(Default)]
struct WindowCutter {
    /// The tail of the last window, starting `OVERLAP` bytes before the next window's own part.
    carry: Vec<u8>,
    /// Number of bytes of `carry` that an earlier window reported.
    seen: usize,
    start: Option<Position>,
    bytes: u64,
    ended: bool,
}

impl WindowCutter {
    fn next(
        &mut self,
        reader: &mut impl Read,
        mut buffer: Vec<u8>,
        window: usize,
    ) -> io::Result<Option<Window>> {
        if self.ended {
            return Ok(None);
        }
        let size = self.carry.len() + window;
        if buffer.len() < size + Blob::PADDING {
            buffer.resize(size + Blob::PADDING, 0);
        }
        buffer[..self.carry.len()].copy_from_slice(&self.carry);
        let read = read_full(reader, &mut buffer[self.carry.len()..size])?;
        let len = self.carry.len() + read;
        buffer[len..len + Blob::PADDING].fill(0);
        self.bytes += read as u64;
        self.ended = read < window;
        let start = *self.start.get_or_insert(Position::START);
        let own = Span::new(
            self.seen,
            if self.ended {
                len
            } else {
                len - OVERLAP.min(window / 2)
            },
        );
        let keep = own.end.saturating_sub(OVERLAP.min(window / 2));
        self.start = Some(start.after(&buffer[..keep]));
        self.carry = buffer[keep..len].to_vec();
        self.seen = own.end - keep;
        Ok(Some(Window {
            buffer,
            len,
            own,
            start,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_the_text_once_and_have_the_right_positions() {
        let text: Vec<u8> = (0..5000)
            .map(|n| if n % 37 == 0 { b'\n' } else { b'a' + (n % 23) as u8 })
            .collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        for window in [64, 100, 999, 4999, 5000, 5001] {
            let seen = Mutex::new(Vec::new());
            let ended = each_window(
                &Origin::Stdin,
                &text[..],
                window,
                (&pool, &Buffers::default()),
                &|blob: &Blob<'_>| {
                    let from = blob.start.after(&blob.bytes()[..blob.own.start]);
                    assert_eq!(
                        blob.buffer()[blob.bytes().len()..]
                            .iter()
                            .take(Blob::PADDING)
                            .max(),
                        Some(&0)
                    );
                    seen.lock()
                        .unwrap()
                        .push((from, blob.own.of(blob.bytes()).to_vec()));
                },
            );
            assert!(matches!(ended, Ok(5000)));
            let mut seen = seen.into_inner().unwrap();
            seen.sort();
            let mut place = Position::START;
            for (from, part) in &seen {
                assert_eq!(*from, place, "window {window}");
                place = place.after(part);
            }
            assert_eq!(
                seen.into_iter().flat_map(|(_, part)| part).collect::<Vec<_>>(),
                text,
                "window {window}"
            );
        }
    }
}

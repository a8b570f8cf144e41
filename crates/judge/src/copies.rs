//! Copies of a literal in the text around it.

use std::{collections::HashMap, ops::Range};

/// How far copies are searched before and after a literal, in bytes. Searching the whole file for each
/// literal would take quadratic time.
const NEAR: usize = 16 << 10;

/// Copies are counted up to this number.
const MOST: usize = 4;

/// The shortest value that is counted, in bytes. Shorter values occur everywhere.
const SHORTEST: usize = 4;

/// After this many literals an index is built; building it takes as long as about twenty searches.
const SEARCHED: usize = 16;

/// The number of lists in the index of a block.
const LISTS: usize = 1 << 10;

/// Counts the copies of literals in a text.
#[derive(Debug, Default)]
pub(crate) struct Copies {
    asked: usize,
    blocks: HashMap<usize, Block>,
}

/// The positions in a block of `NEAR` bytes, by the four bytes that begin there.
#[derive(Debug)]
struct Block {
    /// The end of each list in `places`.
    ends: Vec<u16>,
    places: Vec<u16>,
}

impl Copies {
    /// Counts the copies of the literal at `place` within [`NEAR`] bytes, at most [`MOST`]. Adds the number
    /// of bytes read to `work`.
    pub(crate) fn of(&mut self, text: &[u8], place: Range<usize>, work: &mut usize) -> usize {
        let value = &text[place.clone()];
        if value.len() < SHORTEST {
            return 0;
        }
        let from = place.start.saturating_sub(NEAR);
        let to = text.len().min(place.end + NEAR);
        self.asked += 1;
        let found = match self.asked <= SEARCHED {
            true => {
                *work += to - from;
                memchr::memmem::find_iter(&text[from..to], value)
                    .take(MOST + 1)
                    .count()
            }
            false => self.indexed(text, value, from..to, work),
        };
        found.saturating_sub(1)
    }

    /// Counts a value in a part of a text, at most [`MOST`] + 1 times.
    fn indexed(&mut self, text: &[u8], value: &[u8], part: Range<usize>, work: &mut usize) -> usize {
        let list = list_of(value);
        let (mut found, mut next) = (0, part.start);
        for number in part.start / NEAR..=(part.end - 1) / NEAR {
            let start = number * NEAR;
            let block = self.blocks.entry(number).or_insert_with(|| {
                *work += NEAR;
                Block::of(&text[start..text.len().min(start + NEAR + SHORTEST - 1)])
            });
            let first = list.checked_sub(1).map_or(0, |before| block.ends[before]);
            let places = &block.places[usize::from(first)..usize::from(block.ends[list])];
            *work += places.len();
            for at in places.iter().map(|at| start + usize::from(*at)) {
                if at >= next && at + value.len() <= part.end && text[at..].starts_with(value) {
                    next = at + value.len();
                    found += 1;
                    if found > MOST {
                        return found;
                    }
                }
            }
        }
        found
    }
}

impl Block {
    fn of(bytes: &[u8]) -> Self {
        let mut ends = vec![0u16; LISTS];
        bytes.windows(SHORTEST).for_each(|gram| ends[list_of(gram)] += 1);
        let mut total = 0;
        for end in &mut ends {
            // The beginning of the list, until it is filled.
            total += std::mem::replace(end, total);
        }
        let mut places = vec![0; usize::from(total)];
        for (at, gram) in (0u16..).zip(bytes.windows(SHORTEST)) {
            let end = &mut ends[list_of(gram)];
            places[usize::from(*end)] = at;
            *end += 1;
        }
        Self { ends, places }
    }
}

/// The list for these four bytes.
fn list_of(bytes: &[u8]) -> usize {
    let gram = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    gram.wrapping_mul(0x9E37_79B1) as usize >> 22 & (LISTS - 1)
}

/// Counts copies without an index, for comparison.
#[cfg(test)]
pub(crate) fn naive(text: &[u8], place: Range<usize>) -> usize {
    let value = &text[place.clone()];
    let part = &text[place.start.saturating_sub(NEAR)..text.len().min(place.end + NEAR)];
    match value.len() < SHORTEST {
        true => 0,
        false => memchr::memmem::find_iter(part, value)
            .count()
            .saturating_sub(1)
            .min(MOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_finds_what_a_search_finds() {
        for period in [1, 3, 7, 5000, 20_011] {
            let text: Vec<u8> = (0..100_000usize)
                .map(|at| (b'a' + (at % period % 23) as u8) ^ ((at % period / 700) as u8 & 3))
                .collect();
            let (mut copies, mut work) = (Copies::default(), 0);
            for at in (0..text.len() - 40).step_by(997) {
                for len in [4, 5, 17, 40] {
                    let place = at..at + len;
                    let found = copies.of(&text, place.clone(), &mut work);
                    assert_eq!(found, naive(&text, place), "{period} {at} {len}");
                }
            }
        }
    }
}

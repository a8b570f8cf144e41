//! The lookup tables of the stages: class tables, the four-gram bitmap, and literals by four-gram.

use std::collections::HashMap;

use crate::{
    context::ByteSet,
    literal::{Case, Literal},
    plan::{HALF, Plan, classes, window},
};

pub(crate) use crate::plan::SPAN;

/// Bits of a four-gram's hash. The bitmap has one bit for each value, 32 KiB. A literal of three bytes sets
/// 256 of them; with 16 bits, one in six positions that passed the classes survived. The whole search takes
/// 0.74 to 0.83 times as long with 18 bits, and 1 % less again with 19.
const HASH_BITS: u32 = 18;

/// Bits of the hash that select a chain of literals.
const CHAIN_BITS: u32 = 14;

/// End of a chain.
const NONE: u16 = u16::MAX;

/// Class tables of one half, by position: bit `b` of `classes[i][c]` is set if some literal of bucket `b` has
/// class `c` at position `i`.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Half {
    /// Indexed by the low five bits of a byte.
    pub(crate) classes: [[u8; 32]; SPAN],
    /// The lower 16 classes XOR the upper 16, for kernels with 16-byte shuffles.
    pub(crate) difference: [[u8; 16]; SPAN],
    /// Indexed by the low six bits, for the kernel with 64-byte permutations. This distinguishes digits from
    /// letters.
    pub(crate) wide: [[u8; 64]; SPAN],
}

/// A literal, prepared for comparison.
#[derive(Clone, Debug)]
struct Entry {
    /// The first eight bytes; letters of a caseless literal in lower case.
    head: u64,
    /// 0x20 at every letter of a caseless literal.
    fold: u64,
    /// 0xFF at every byte of the literal.
    mask: u64,
    len: u32,
    offset: u8,
    exact: bool,
    /// Number of context sets before and after the literal, and their position in [`Tables::context`], those
    /// before it first.
    before: u8,
    after: u8,
    context: u32,
}

/// An element of a chain.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// The fragment, folded like in [`hash`]. Most collisions differ here, so that their entries are not
    /// read. The fourth byte is 0 for a literal of three bytes; no folded byte is 0.
    gram: u32,
    literal: u16,
    next: u16,
}

/// All tables of a matcher.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    pub(crate) halves: Vec<Half>,
    pub(crate) bitmap: Box<[u8; 1 << (HASH_BITS - 3)]>,
    chains: Vec<u16>,
    nodes: Vec<Node>,
    entries: Vec<Entry>,
    bytes: Vec<Box<[u8]>>,
    /// Indexes of the sets of all contexts.
    context: Vec<u16>,
    /// The distinct sets.
    sets: Vec<ByteSet>,
}

/// Makes letters of both cases equal, and a few other bytes as well.
const FOLD: u32 = 0x2020_2020;

/// Mask of the first three bytes of a four-gram.
const THREE: u32 = 0x00FF_FFFF;

/// Returns the hash of a four-gram. OR 0x20 folds letters, but a few other bytes as well, so it is usable for
/// a hash and not for a comparison.
#[inline(always)]
pub(crate) fn hash(gram: u32) -> u32 {
    (gram | FOLD).wrapping_mul(0x9E37_79B1) >> (32 - HASH_BITS)
}

/// Returns the bit of a hash in the bitmap: 1 or 0.
#[inline(always)]
pub(crate) fn bit(bitmap: &[u8; 1 << (HASH_BITS - 3)], hash: u32) -> usize {
    usize::from(bitmap[(hash >> 3) as usize] >> (hash & 7) & 1)
}

impl Tables {
    pub(crate) fn new(literals: &[Literal], plan: &Plan) -> Self {
        let mut tables = Self {
            halves: vec![Half::EMPTY; plan.halves()],
            bitmap: Box::new([0; 1 << (HASH_BITS - 3)]),
            chains: vec![NONE; 1 << CHAIN_BITS],
            nodes: Vec::new(),
            entries: Vec::with_capacity(literals.len()),
            bytes: Vec::with_capacity(literals.len()),
            context: Vec::new(),
            sets: Vec::new(),
        };
        let mut numbers = HashMap::new();
        // Most sets are equal to the one before.
        let mut last: Option<(ByteSet, u16)> = None;
        for (index, (literal, place)) in literals.iter().zip(plan.places()).enumerate() {
            let window = window(literal, *place);
            let half = &mut tables.halves[usize::from(place.bucket) / HALF];
            half.add(&window, 1 << (usize::from(place.bucket) % HALF));
            let mut entry = Entry::new(&literal.bytes, literal.case, place.offset);
            entry.context = tables.context.len() as u32;
            entry.before = literal.context.before.len() as u8;
            entry.after = literal.context.after.len() as u8;
            for set in literal.context.before.iter().chain(&literal.context.after) {
                let number = match last {
                    Some((known, number)) if known == *set => number,
                    _ => *numbers.entry(*set).or_insert_with(|| {
                        tables.sets.push(*set);
                        (tables.sets.len() - 1) as u16
                    }),
                };
                last = Some((*set, number));
                tables.context.push(number);
            }
            tables.entries.push(entry);
            tables.bytes.push(match literal.case {
                Case::Ignore => literal.bytes.to_ascii_lowercase().into(),
                Case::Exact => literal.bytes.clone().into(),
            });
            tables.link(&window, index as u16);
        }
        tables.halves.iter_mut().for_each(Half::finish);
        tables
    }

    /// Adds the literal to the chain of every four-gram that its window can match: one, or one for each byte
    /// that may follow three.
    fn link(&mut self, gram: &[ByteSet; SPAN], literal: u16) {
        // Letters of both cases have the same hash, so that one byte for each of the first three positions is
        // enough.
        let first = |set: &ByteSet| set.iter().last().unwrap_or_default();
        let start = [first(&gram[0]), first(&gram[1]), first(&gram[2])];
        let last = first(&gram[3]);
        let one = gram[3].iter().all(|byte| (byte ^ last) & !FOLD as u8 == 0);
        let known = if one { u32::MAX } else { THREE };
        let folded = u32::from_le_bytes([start[0], start[1], start[2], last]) | FOLD;
        let mut hashes: Vec<u32> = gram[3]
            .iter()
            .map(|last| hash(u32::from_le_bytes([start[0], start[1], start[2], last])))
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        let mut chains: Vec<usize> = hashes
            .iter()
            .map(|hash| (hash >> (HASH_BITS - CHAIN_BITS)) as usize)
            .collect();
        chains.dedup();
        for hash in hashes {
            self.bitmap[(hash >> 3) as usize] |= 1 << (hash & 7);
        }
        for chain in chains {
            let next = std::mem::replace(&mut self.chains[chain], self.nodes.len() as u16);
            self.nodes.push(Node {
                gram: folded & known,
                literal,
                next,
            });
        }
    }

    /// Calls `on_literal` for every literal whose fragment is at `at` in `buffer[..len]`. Returns the number
    /// of literals compared.
    #[inline]
    pub(crate) fn verify(
        &self,
        buffer: &[u8],
        len: usize,
        at: usize,
        mut on_literal: impl FnMut(usize, usize),
    ) -> usize {
        let mut compared = 0;
        let gram = u32::from_le_bytes(buffer[at..at + 4].try_into().expect("four bytes"));
        let mut node = self.chains[(hash(gram) >> (HASH_BITS - CHAIN_BITS)) as usize];
        while node != NONE {
            let Node {
                gram: wanted,
                literal,
                next,
            } = self.nodes[usize::from(node)];
            node = next;
            let differ = (gram | FOLD) ^ wanted;
            if differ & THREE != 0 || differ != 0 && wanted > THREE {
                continue;
            }
            compared += 1;
            let entry = &self.entries[usize::from(literal)];
            let Some(start) = at.checked_sub(usize::from(entry.offset)) else {
                continue;
            };
            let head = u64::from_le_bytes(buffer[start..start + 8].try_into().expect("eight bytes"));
            if (head | entry.fold) & entry.mask == entry.head
                && start + entry.len as usize <= len
                && (entry.len <= 8 || self.rest_matches(usize::from(literal), entry, buffer, start))
                && self.fits(entry, &buffer[..len], start)
            {
                on_literal(usize::from(literal), start);
            }
        }
        compared
    }

    /// Compares a literal at `start` beyond its first eight bytes.
    fn rest_matches(&self, literal: usize, entry: &Entry, buffer: &[u8], start: usize) -> bool {
        let bytes = &self.bytes[literal][8..];
        let text = &buffer[start + 8..start + entry.len as usize];
        if entry.exact {
            text == bytes
        } else {
            text.eq_ignore_ascii_case(bytes)
        }
    }

    /// Returns whether the context of a literal at `start` matches.
    pub(crate) fn in_context(&self, literal: usize, text: &[u8], start: usize) -> bool {
        self.fits(&self.entries[literal], text, start)
    }

    #[inline]
    fn fits(&self, entry: &Entry, text: &[u8], start: usize) -> bool {
        let sets =
            &self.context[entry.context as usize..][..usize::from(entry.before) + usize::from(entry.after)];
        let (before, after) = sets.split_at(usize::from(entry.before));
        let behind = &text[start + entry.len as usize..];
        behind.len() >= after.len()
            && std::iter::zip(after, behind).all(|(set, byte)| self.sets[usize::from(*set)].contains(*byte))
            && std::iter::zip(before, text[..start].iter().rev())
                .all(|(set, byte)| self.sets[usize::from(*set)].contains(*byte))
    }

    /// Returns the size of the tables in bytes.
    pub(crate) fn size(&self) -> usize {
        size_of_val(&*self.halves)
            + self.bitmap.len()
            + size_of_val(&*self.chains)
            + size_of_val(&*self.nodes)
            + size_of_val(&*self.entries)
            + size_of_val(&*self.context)
            + size_of_val(&*self.sets)
            + self
                .bytes
                .iter()
                .map(|bytes| bytes.len() + size_of::<Box<[u8]>>())
                .sum::<usize>()
    }

    /// Maximum number of nodes in the chains.
    pub(crate) const MAX_NODES: usize = NONE as usize;

    /// Returns the number of nodes that a set of literals needs.
    pub(crate) fn nodes_of(literals: &[Literal]) -> usize {
        literals
            .iter()
            .map(|literal| if literal.bytes.len() == 3 { 256 } else { 1 })
            .sum()
    }
}

impl Half {
    const EMPTY: Half = Half {
        classes: [[0; 32]; SPAN],
        difference: [[0; 16]; SPAN],
        wide: [[0; 64]; SPAN],
    };

    fn finish(&mut self) {
        for (difference, classes) in self.difference.iter_mut().zip(&self.classes) {
            *difference = std::array::from_fn(|class| classes[class] ^ classes[class + 16]);
        }
    }

    fn add(&mut self, window: &[ByteSet; SPAN], bucket: u8) {
        for (at, set) in window.iter().enumerate() {
            let (five, six) = (classes(set), set.low_six());
            for (class, buckets) in self.classes[at].iter_mut().enumerate() {
                *buckets |= bucket * (five >> class & 1) as u8;
            }
            for (class, buckets) in self.wide[at].iter_mut().enumerate() {
                *buckets |= bucket * (six >> class & 1) as u8;
            }
        }
    }
}

impl Entry {
    fn new(bytes: &[u8], case: Case, offset: u8) -> Self {
        let (mut head, mut fold, mut mask) = ([0; 8], [0; 8], [0; 8]);
        for (at, byte) in bytes.iter().take(8).enumerate() {
            // Only letters are folded: `@` and `` ` `` differ by the same bit.
            let folded = case == Case::Ignore && byte.is_ascii_alphabetic();
            head[at] = if folded { byte | 0x20 } else { *byte };
            fold[at] = if folded { 0x20 } else { 0 };
            mask[at] = 0xFF;
        }
        Self {
            head: u64::from_le_bytes(head),
            fold: u64::from_le_bytes(fold),
            mask: u64::from_le_bytes(mask),
            len: bytes.len() as u32,
            offset,
            exact: case == Case::Exact,
            before: 0,
            after: 0,
            context: 0,
        }
    }
}

//! What the stages look things up in: class tables, the four-gram bitmap, and the literals by four-gram.

use std::collections::HashMap;

use crate::{
    context::ByteSet,
    matcher::{Case, Literal},
    plan::{HALF, Plan, classes, window},
};

pub(crate) use crate::plan::SPAN;

/// Bits of a four-gram's hash: the bitmap has one bit for each, 32 KiB. A literal of three bytes takes 256 of them, so that with 16 bits
/// one position of six that passed the classes survived; the whole search takes 0.74 to 0.83 times as long with 18, and a hundredth less
/// with 19.
const HASH_BITS: u32 = 18;

/// Bits of the hash that choose a chain of literals.
const CHAIN_BITS: u32 = 14;

/// No node.
const NONE: u16 = u16::MAX;

/// Class tables of one half, by position: bit `b` of `classes[i][c]` says that some literal of bucket `b` has class `c` at position `i`.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Half {
    /// By the low five bits of a byte.
    pub(crate) classes: [[u8; 32]; SPAN],
    /// The lower 16 classes XOR the upper 16: what a kernel with shuffles of 16 adds to the upper.
    pub(crate) difference: [[u8; 16]; SPAN],
    /// By the low six bits, for the kernel that can look those up: digits and letters are told apart.
    pub(crate) wide: [[u8; 64]; SPAN],
}

/// A literal, ready for comparison.
#[derive(Clone, Debug)]
struct Entry {
    /// Its first eight bytes, letters of a caseless literal in lower case.
    head: u64,
    /// 0x20 under every letter of a caseless literal.
    fold: u64,
    /// 0xFF under every byte that the literal has.
    mask: u64,
    len: u32,
    offset: u8,
    exact: bool,
    /// How many sets of its context stand before it and behind it, and where they begin in [`Tables::context`]: those before it first.
    before: u8,
    after: u8,
    context: u32,
}

/// A place in a chain.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// The fragment as [`hash`] folds it: most of what shares a chain differs here, and no entry is looked at. Of a literal of three, what
    /// may follow is left out; no folded byte is 0.
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
    /// The numbers of the sets of all contexts, one after the other.
    context: Vec<u16>,
    /// The sets, each once.
    sets: Vec<ByteSet>,
}

/// What makes letters of both cases equal, and a few other bytes too.
const FOLD: u32 = 0x2020_2020;

/// The first three bytes of a four-gram.
const THREE: u32 = 0x00FF_FFFF;

/// The hash of a four-gram whose letters are in lower case. OR 0x20 folds letters and a few other bytes too: good for a hash, never for a
/// comparison.
#[inline(always)]
pub(crate) fn hash(gram: u32) -> u32 {
    (gram | FOLD).wrapping_mul(0x9E37_79B1) >> (32 - HASH_BITS)
}

/// Whether the bitmap has the bit of a hash: 1 or 0.
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
        for (index, (literal, place)) in literals.iter().zip(plan.places()).enumerate() {
            let window = window(literal, *place);
            let half = &mut tables.halves[usize::from(place.bucket) / HALF];
            half.add(&window, 1 << (usize::from(place.bucket) % HALF));
            let mut entry = Entry::new(&literal.bytes, literal.case, place.offset);
            entry.context = tables.context.len() as u32;
            entry.before = literal.context.before.len() as u8;
            entry.after = literal.context.after.len() as u8;
            for set in literal.context.before.iter().chain(&literal.context.after) {
                let number = *numbers.entry(*set).or_insert_with(|| {
                    tables.sets.push(*set);
                    tables.sets.len() - 1
                });
                tables.context.push(number as u16);
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

    /// Leads every four-gram that a literal's window can hold to the literal: one, or one for each byte that may follow three.
    fn link(&mut self, gram: &[ByteSet; SPAN], literal: u16) {
        // Of letters in both cases the hash is the same, so that the first three places have one byte each.
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

    /// Reports every literal whose fragment stands at `at`, in `buffer[..len]`, and returns how many were compared.
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
                && (entry.len <= 8 || self.rest(usize::from(literal), entry, buffer, start))
                && self.fits(entry, &buffer[..len], start)
            {
                on_literal(usize::from(literal), start);
            }
        }
        compared
    }

    /// Whether all of a literal stands at `start`, of which the first eight bytes do.
    fn rest(&self, literal: usize, entry: &Entry, buffer: &[u8], start: usize) -> bool {
        let bytes = &self.bytes[literal][8..];
        let text = &buffer[start + 8..start + entry.len as usize];
        if entry.exact {
            text == bytes
        } else {
            text.eq_ignore_ascii_case(bytes)
        }
    }

    /// Whether the context of a literal that stands at `start` of a text is as it must be.
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

    /// Bytes that the tables take.
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

    /// How many nodes the chains can have.
    pub(crate) const MAX_NODES: usize = NONE as usize;

    /// How many nodes a set of literals needs.
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
            // Folding under letters only: `@` and `` ` `` differ by the same bit.
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

//! What the stages look things up in: class tables, the four-gram bitmap, and the literals by four-gram.

use crate::{
    matcher::Case,
    plan::{HALF, Plan, class, fragment},
};

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
    pub(crate) classes: [[u8; 32]; 4],
    /// The lower 16 classes XOR the upper 16: what a kernel with shuffles of 16 adds to the upper.
    pub(crate) difference: [[u8; 16]; 4],
    /// By the low six bits, for the kernel that can look those up: digits and letters are told apart.
    pub(crate) wide: [[u8; 64]; 4],
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
}

/// A place in a chain.
#[derive(Clone, Copy, Debug)]
struct Node {
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
}

/// The hash of a four-gram whose letters are in lower case. OR 0x20 folds letters and a few other bytes too: good for a hash, never for a
/// comparison.
#[inline(always)]
pub(crate) fn hash(gram: u32) -> u32 {
    (gram | 0x2020_2020).wrapping_mul(0x9E37_79B1) >> (32 - HASH_BITS)
}

/// Whether the bitmap has the bit of a hash: 1 or 0.
#[inline(always)]
pub(crate) fn bit(bitmap: &[u8; 1 << (HASH_BITS - 3)], hash: u32) -> usize {
    usize::from(bitmap[(hash >> 3) as usize] >> (hash & 7) & 1)
}

impl Tables {
    pub(crate) fn new(literals: &[(Vec<u8>, Case)], plan: &Plan) -> Self {
        let mut tables = Self {
            halves: vec![Half::EMPTY; plan.halves()],
            bitmap: Box::new([0; 1 << (HASH_BITS - 3)]),
            chains: vec![NONE; 1 << CHAIN_BITS],
            nodes: Vec::new(),
            entries: Vec::with_capacity(literals.len()),
            bytes: Vec::with_capacity(literals.len()),
        };
        for (index, ((bytes, case), place)) in literals.iter().zip(plan.places()).enumerate() {
            let fragment = fragment(bytes, *place);
            let half = &mut tables.halves[usize::from(place.bucket) / HALF];
            half.add(fragment, *case, 1 << (usize::from(place.bucket) % HALF));
            tables.entries.push(Entry::new(bytes, *case, place.offset));
            tables.bytes.push(match case {
                Case::Ignore => bytes.to_ascii_lowercase().into(),
                Case::Exact => bytes.clone().into(),
            });
            tables.link(fragment, index as u16);
        }
        tables.halves.iter_mut().for_each(Half::finish);
        tables
    }

    /// Leads every four-gram that a fragment can be to its literal: one, or one for each value of a fourth byte that is free.
    fn link(&mut self, fragment: [Option<u8>; 4], literal: u16) {
        let mut hashes: Vec<u32> = (0..=if fragment[3].is_some() { 0 } else { 255u8 })
            .map(|free| hash(u32::from_le_bytes(fragment.map(|byte| byte.unwrap_or(free)))))
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
            self.nodes.push(Node { literal, next });
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
            let Node { literal, next } = self.nodes[usize::from(node)];
            node = next;
            compared += 1;
            let entry = &self.entries[usize::from(literal)];
            let Some(start) = at.checked_sub(usize::from(entry.offset)) else {
                continue;
            };
            let head = u64::from_le_bytes(buffer[start..start + 8].try_into().expect("eight bytes"));
            if (head | entry.fold) & entry.mask == entry.head
                && start + entry.len as usize <= len
                && (entry.len <= 8
                    || self.rest(
                        usize::from(literal),
                        entry,
                        &buffer[start..start + entry.len as usize],
                    ))
            {
                on_literal(usize::from(literal), start);
            }
        }
        compared
    }

    /// Whether all of a literal stands here, of which the first eight bytes do.
    fn rest(&self, literal: usize, entry: &Entry, text: &[u8]) -> bool {
        let bytes = &*self.bytes[literal];
        if entry.exact {
            text[8..] == bytes[8..]
        } else {
            text[8..].eq_ignore_ascii_case(&bytes[8..])
        }
    }

    /// Bytes that the tables take.
    pub(crate) fn size(&self) -> usize {
        size_of_val(&*self.halves)
            + self.bitmap.len()
            + size_of_val(&*self.chains)
            + size_of_val(&*self.nodes)
            + size_of_val(&*self.entries)
            + self
                .bytes
                .iter()
                .map(|bytes| bytes.len() + size_of::<Box<[u8]>>())
                .sum::<usize>()
    }

    /// How many nodes the chains can have.
    pub(crate) const MAX_NODES: usize = NONE as usize;

    /// How many nodes a set of literals needs.
    pub(crate) fn nodes_of(literals: &[(Vec<u8>, Case)]) -> usize {
        literals
            .iter()
            .map(|(bytes, _)| if bytes.len() == 3 { 256 } else { 1 })
            .sum()
    }
}

impl Half {
    const EMPTY: Half = Half {
        classes: [[0; 32]; 4],
        difference: [[0; 16]; 4],
        wide: [[0; 64]; 4],
    };

    fn finish(&mut self) {
        for (difference, classes) in self.difference.iter_mut().zip(&self.classes) {
            *difference = std::array::from_fn(|class| classes[class] ^ classes[class + 16]);
        }
    }

    fn add(&mut self, fragment: [Option<u8>; 4], case: Case, bucket: u8) {
        for (at, byte) in fragment.into_iter().enumerate() {
            match byte {
                None => {
                    self.classes[at].iter_mut().for_each(|buckets| *buckets |= bucket);
                    self.wide[at].iter_mut().for_each(|buckets| *buckets |= bucket);
                }
                Some(byte) => {
                    self.classes[at][class(byte)] |= bucket;
                    self.wide[at][usize::from(byte & 0x3F)] |= bucket;
                    if case == Case::Ignore && byte.is_ascii_alphabetic() {
                        self.wide[at][usize::from((byte ^ 0x20) & 0x3F)] |= bucket;
                    }
                }
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
        }
    }
}

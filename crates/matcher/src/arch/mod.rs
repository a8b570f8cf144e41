//! The first stages of the sieve: they reduce a chunk of positions to the few that must be verified.
//!
//! A kernel is one function with its `target_feature`. Its loop over words of 64 positions calls only
//! intrinsics, and [`flatten`] and [`filter`], which use none and are always inlined.

#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::mem::MaybeUninit;

use crate::{
    Kernel,
    table::{Tables, bit, hash},
};

/// Positions of a chunk. Text, masks and positions fit in the first-level cache, together with the part of
/// the bitmap that text uses.
pub(crate) const CHUNK: usize = 4096;

/// Bytes that may be read after the last position of a chunk: the rest of a word of 64 positions, three more
/// for the fragment, and the rest of a vector load.
pub(crate) const OVERREAD: usize = 128;

/// Capacity for the positions of a chunk, and for those that are written unconditionally after the last one.
const CAPACITY: usize = CHUNK + 64;

/// The surviving positions of a chunk, relative to its start.
pub(crate) struct Survivors {
    positions: MaybeUninit<[u16; CAPACITY]>,
    candidates: MaybeUninit<[u16; CAPACITY]>,
    /// Number of positions that passed the classes.
    pub(crate) passed: usize,
    len: usize,
}

impl Survivors {
    /// The fields are written one by one: for a struct expression, the compiler clears the arrays as well,
    /// because one `memset` also writes the two zeros behind them.
    #[inline(always)]
    pub(crate) fn new() -> Self {
        let mut survivors = MaybeUninit::<Self>::uninit();
        let fields = survivors.as_mut_ptr();
        // SAFETY: the arrays may be uninitialized, and the other fields are written.
        unsafe {
            (&raw mut (*fields).passed).write(0);
            (&raw mut (*fields).len).write(0);
            survivors.assume_init()
        }
    }

    /// Returns the number of survivors.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Iterates over the survivors in the order of the text.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        let first = self.positions.as_ptr().cast::<u16>();
        // SAFETY: the first `len` positions were written by a kernel, which is at most the capacity.
        let positions = unsafe { std::slice::from_raw_parts(first, self.len) };
        positions.iter().map(|position| usize::from(*position))
    }
}

/// Calls a kernel for the number of halves in the tables.
macro_rules! by_halves {
    ($kernel:path, $tables:ident, $($argument:ident),*) => {{
        use $kernel as kernel;
        match $tables.halves.len() {
            1 => kernel::<1>($tables, $($argument),*),
            2 => kernel::<2>($tables, $($argument),*),
            _ => kernel::<3>($tables, $($argument),*),
        }
    }};
}

/// Sieves `count` positions from `at` on with a kernel. False candidates are possible, missed ones are not.
///
/// # Safety
/// `kernel` must be available, `count` at most [`CHUNK`], and `count + OVERREAD` bytes must be readable from `at`.
#[inline]
pub(crate) unsafe fn sieve(
    kernel: Kernel,
    tables: &Tables,
    at: *const u8,
    count: usize,
    out: &mut Survivors,
) {
    debug_assert!(count <= CHUNK);
    // SAFETY: the requirements of each kernel are those of this function.
    unsafe {
        match kernel {
            #[cfg(target_arch = "x86_64")]
            Kernel::Ssse3 => by_halves!(x86::ssse3, tables, at, count, out),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => by_halves!(x86::avx2, tables, at, count, out),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => by_halves!(x86::avx512, tables, at, count, out),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512Vbmi => by_halves!(x86::avx512vbmi, tables, at, count, out),
            #[cfg(target_arch = "aarch64")]
            Kernel::Neon => by_halves!(neon::neon, tables, at, count, out),
            _ => scalar(tables, at, count, out),
        }
    }
}

/// Returns a mask of the positions of a word, if `left` positions are left.
#[inline(always)]
fn last_word(left: usize) -> u64 {
    if left < 64 { (1 << left) - 1 } else { u64::MAX }
}

/// Writes the positions of a mask's bits from `out[len]` on and returns the new length. Eight positions are
/// written at a time, of which as many count as there are bits left; few masks of text have more than eight.
/// Additions wrap, here and in the loops of the kernels: they cannot overflow, and a check of each would
/// cost a branch.
///
/// # Safety
/// `len + 64` positions must be writable at `out`.
#[inline(always)]
unsafe fn flatten(mask: u64, first: u16, out: *mut u16, len: usize) -> usize {
    let count = mask.count_ones() as usize;
    let mut rest = mask;
    let mut written = 0usize;
    loop {
        let mut at = 0;
        while at < 8 {
            let position = first.wrapping_add(rest.trailing_zeros() as u16);
            // SAFETY: at most 64 positions are written after `len`, as the caller allows: eight for each
            // eight bits that were left.
            unsafe {
                out.add(len.wrapping_add(written).wrapping_add(at))
                    .write(position)
            };
            rest &= rest.wrapping_sub(1);
            at += 1;
        }
        written = written.wrapping_add(8);
        if written >= count {
            break;
        }
    }
    len.wrapping_add(count)
}

/// Keeps the candidates whose four-gram is in the bitmap: each is written, and counted only if it is in,
/// without a branch.
///
/// # Safety
/// `passed` candidates must have been written, and four bytes must be readable from each.
#[inline(always)]
unsafe fn filter(tables: &Tables, at: *const u8, passed: usize, out: &mut Survivors) {
    let mut len = 0usize;
    // SAFETY: `len` never exceeds the number of candidates read, so both arrays are used within their length.
    unsafe {
        let (candidates, positions) = (
            out.candidates.as_ptr().cast::<u16>(),
            out.positions.as_mut_ptr().cast::<u16>(),
        );
        let mut index = 0usize;
        while index < passed {
            let position = candidates.add(index).read();
            let gram = at
                .add(usize::from(position))
                .cast::<u32>()
                .read_unaligned()
                .to_le();
            positions.add(len).write(position);
            len = bit(&tables.bitmap, hash(gram)).wrapping_add(len);
            index = index.wrapping_add(1);
        }
    }
    out.len = len;
}

/// Computes one bit for each byte of `text` that is a token character (`[A-Za-z0-9+/=_-]`), 64 to a word, the
/// first in bit 0. Returns `false` if the kernel has no vector instructions for it.
///
/// # Panics
/// If `text` does not have 64 bytes for each word of `out`.
pub(crate) fn members(kernel: Kernel, text: &[u8], out: &mut [u64]) -> bool {
    assert!(
        text.len() == out.len() * 64 && kernel.is_available(),
        "64 bytes a word, and a kernel that runs here"
    );
    // SAFETY: the kernel is available, and 64 bytes are readable for each word.
    unsafe {
        match kernel {
            #[cfg(target_arch = "x86_64")]
            Kernel::Ssse3 => x86::members_ssse3(text, out),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => x86::members_avx2(text, out),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 | Kernel::Avx512Vbmi => x86::members_avx512(text, out),
            #[cfg(target_arch = "aarch64")]
            Kernel::Neon => neon::members(text, out),
            _ => return false,
        }
    }
    true
}

/// The kinds of token characters by the low half of a byte, one bit for each kind: `+ - /` (of `0x2?`),
/// digits, `A-O`, `P-Z`, `a-o`, `p-z`, `=`, `_`.
const LOW_KINDS: [u8; 16] = {
    let mut kinds = [0; 16];
    let mut low = 0;
    while low < 16 {
        kinds[low] |= if low == 0xB || low == 0xD || low == 0xF {
            1
        } else {
            0
        };
        kinds[low] |= if low < 10 { 2 } else { 0 };
        kinds[low] |= if low > 0 { 4 | 16 } else { 0 };
        kinds[low] |= if low <= 0xA { 8 | 32 } else { 0 };
        kinds[low] |= if low == 0xD { 64 } else { 0 };
        kinds[low] |= if low == 0xF { 128 } else { 0 };
        low += 1;
    }
    kinds
};

/// The kinds that occur with each high half. A byte is a token character if both halves allow the same kind.
const HIGH_KINDS: [u8; 16] = [0, 0, 1, 2 | 64, 4, 8 | 128, 16, 32, 0, 0, 0, 0, 0, 0, 0, 0];

/// Without vector instructions, the four-gram bitmap is the first stage.
///
/// # Safety
/// As [`sieve`].
unsafe fn scalar(tables: &Tables, at: *const u8, count: usize, out: &mut Survivors) {
    let mut len = 0usize;
    // SAFETY: `len` is at most `count`, and OVERREAD bytes are readable after every position.
    unsafe {
        let positions = out.positions.as_mut_ptr().cast::<u16>();
        for position in 0..count {
            let gram = at.add(position).cast::<u32>().read_unaligned().to_le();
            positions.add(len).write(position as u16);
            len = bit(&tables.bitmap, hash(gram)).wrapping_add(len);
        }
    }
    (out.passed, out.len) = (len, len);
}

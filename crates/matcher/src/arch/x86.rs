//! x86-64: byte shuffles of 16, 32 and 64 bytes, and the 64-byte permutation of VBMI.
//!
//! Each kernel is one function with its `target_feature`, written by a macro. Intrinsics that are called in a
//! closure, an iterator or a trait function are not inlined reliably, and never were in a build without LTO
//! (`tests/kernels.rs`).

use std::arch::x86_64::*;

use super::{HIGH_KINDS, LOW_KINDS, Survivors, filter, flatten, last_word};
use crate::table::{SPAN, Tables};

/// A kernel with shuffles of 16 bytes in lanes. With `x` the low five bits of a byte and `y = x + 0x70` (bit
/// 7 is set from class 16 on), `shuffle(upper, x) XOR shuffle(lower XOR upper, y)` is a lookup in 32 entries,
/// because a shuffle gives 0 where bit 7 of the index is set.
macro_rules! shuffles {
    ($name:ident, $members:ident, $features:literal, $vector:ty, $bytes:literal, $load:ident, $splat:ident, $zero:ident, $and:ident,
     $or:ident, $xor:ident, $add:ident, $shift:ident, $shuffle:ident, table: |$at:ident| $table:expr, non_zero: |$value:ident| $mask:expr) => {
        /// # Safety
        /// As [`super::sieve`], for a processor with these features.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $name<const HALVES: usize>(
            tables: &Tables,
            at: *const u8,
            count: usize,
            out: &mut Survivors,
        ) {
            let mut upper = [[$zero(); SPAN]; HALVES];
            let mut both = [[$zero(); SPAN]; HALVES];
            let mut half = 0;
            while half < HALVES {
                let mut place = 0;
                while place < SPAN {
                    // SAFETY: 16 bytes are read of tables of 16 and of the upper half of tables of 32.
                    unsafe {
                        let $at = tables.halves[half].classes[place].as_ptr().add(16);
                        upper[half][place] = $table;
                        let $at = tables.halves[half].difference[place].as_ptr();
                        both[half][place] = $table;
                    }
                    place += 1;
                }
                half += 1;
            }
            let (low, bias) = ($splat(0x1F), $splat(0x70));
            let candidates = out.candidates.as_mut_ptr().cast::<u16>();
            let mut passed = 0;
            let mut first = 0usize;
            while first < count {
                let mut mask = 0;
                let mut step = 0;
                while step < 64 {
                    // SAFETY: `OVERREAD` bytes after the last position are readable.
                    unsafe {
                        let window = at.add(first + step);
                        let x0 = $and($load(window.cast()), low);
                        let x1 = $and($load(window.add(1).cast()), low);
                        let x2 = $and($load(window.add(2).cast()), low);
                        let x3 = $and($load(window.add(3).cast()), low);
                        let (y0, y1) = ($add(x0, bias), $add(x1, bias));
                        let (y2, y3) = ($add(x2, bias), $add(x3, bias));
                        let mut any = $zero();
                        let mut half = 0;
                        while half < HALVES {
                            let (upper, both) = (&upper[half], &both[half]);
                            let b0 = $xor($shuffle(upper[0], x0), $shuffle(both[0], y0));
                            let b1 = $xor($shuffle(upper[1], x1), $shuffle(both[1], y1));
                            let b2 = $xor($shuffle(upper[2], x2), $shuffle(both[2], y2));
                            let b3 = $xor($shuffle(upper[3], x3), $shuffle(both[3], y3));
                            any = $or(any, $and($and(b0, b1), $and(b2, b3)));
                            half += 1;
                        }
                        let $value = any;
                        let found: u64 = $mask;
                        mask |= found << step;
                    }
                    step += $bytes;
                }
                mask &= last_word(count - first);
                // SAFETY: `flatten` writes at most 64 positions for each word of 64, and up to 64 after them;
                // the capacity is sufficient.
                passed = unsafe { flatten(mask, first as u16, candidates, passed) };
                first = first.wrapping_add(64);
            }
            out.passed = passed;
            // SAFETY: `passed` candidates were written; OVERREAD bytes are readable from each.
            unsafe { filter(tables, at, passed, out) };
        }

        /// # Safety
        /// As [`super::members`], for a processor with these features.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $members(text: &[u8], out: &mut [u64]) {
            // SAFETY: 16 bytes are read of constants of 16.
            let (low, high) = unsafe {
                let $at = LOW_KINDS.as_ptr();
                let low = $table;
                let $at = HIGH_KINDS.as_ptr();
                (low, $table)
            };
            let nibble = $splat(0x0F);
            let mut word = 0;
            while word < out.len() {
                let mut mask = 0;
                let mut step = 0;
                while step < 64 {
                    // SAFETY: the vector is within the 64 bytes of its word, which the text has.
                    unsafe {
                        let bytes = $load(text.as_ptr().add(word * 64 + step).cast());
                        let $value = $and(
                            $shuffle(low, bytes),
                            $shuffle(high, $and($shift::<4>(bytes), nibble)),
                        );
                        let found: u64 = $mask;
                        mask |= found << step;
                    }
                    step += $bytes;
                }
                out[word] = mask;
                word += 1;
            }
        }
    };
}

shuffles!(ssse3, members_ssse3, "ssse3", __m128i, 16, _mm_loadu_si128, _mm_set1_epi8, _mm_setzero_si128, _mm_and_si128,
    _mm_or_si128, _mm_xor_si128, _mm_add_epi8, _mm_srli_epi16, _mm_shuffle_epi8,
    table: |at| _mm_loadu_si128(at.cast()),
    non_zero: |value| u64::from(!_mm_movemask_epi8(_mm_cmpeq_epi8(value, _mm_setzero_si128())) as u16));
shuffles!(avx2, members_avx2, "avx2,bmi1,popcnt", __m256i, 32, _mm256_loadu_si256, _mm256_set1_epi8, _mm256_setzero_si256,
    _mm256_and_si256, _mm256_or_si256, _mm256_xor_si256, _mm256_add_epi8, _mm256_srli_epi16, _mm256_shuffle_epi8,
    table: |at| _mm256_broadcastsi128_si256(_mm_loadu_si128(at.cast())),
    non_zero: |value| u64::from(!_mm256_movemask_epi8(_mm256_cmpeq_epi8(value, _mm256_setzero_si256())) as u32));
shuffles!(avx512, members_avx512, "avx512f,avx512bw,avx512vl,bmi1,popcnt", __m512i, 64, _mm512_loadu_si512, _mm512_set1_epi8,
    _mm512_setzero_si512, _mm512_and_si512, _mm512_or_si512, _mm512_xor_si512, _mm512_add_epi8, _mm512_srli_epi16,
    _mm512_shuffle_epi8,
    table: |at| _mm512_broadcast_i32x4(_mm_loadu_si128(at.cast())),
    non_zero: |value| _mm512_test_epi8_mask(value, value));

/// Class tables of six bits for VBMI: one permutation looks up 64 bytes.
///
/// # Safety
/// As [`super::sieve`], for a processor with these features.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,bmi1,popcnt")]
pub(super) unsafe fn avx512vbmi<const HALVES: usize>(
    tables: &Tables,
    at: *const u8,
    count: usize,
    out: &mut Survivors,
) {
    let mut wide = [[_mm512_setzero_si512(); SPAN]; HALVES];
    let mut half = 0;
    while half < HALVES {
        let mut place = 0;
        while place < SPAN {
            // SAFETY: 64 bytes are read of a table of 64.
            wide[half][place] =
                unsafe { _mm512_loadu_si512(tables.halves[half].wide[place].as_ptr().cast()) };
            place += 1;
        }
        half += 1;
    }
    let candidates = out.candidates.as_mut_ptr().cast::<u16>();
    let mut passed = 0;
    let mut first = 0usize;
    while first < count {
        let mut any = _mm512_setzero_si512();
        // SAFETY: `OVERREAD` bytes after the last position are readable.
        unsafe {
            let window = at.add(first);
            let x0 = _mm512_loadu_si512(window.cast());
            let x1 = _mm512_loadu_si512(window.add(1).cast());
            let x2 = _mm512_loadu_si512(window.add(2).cast());
            let x3 = _mm512_loadu_si512(window.add(3).cast());
            let mut half = 0;
            while half < HALVES {
                let table = &wide[half];
                let b0 = _mm512_permutexvar_epi8(x0, table[0]);
                let b1 = _mm512_permutexvar_epi8(x1, table[1]);
                let b2 = _mm512_permutexvar_epi8(x2, table[2]);
                let b3 = _mm512_permutexvar_epi8(x3, table[3]);
                // 0x80 is the AND of three.
                let three = _mm512_ternarylogic_epi32::<0x80>(b0, b1, b2);
                // 0xF8 is the first OR (the second AND the third).
                any = _mm512_ternarylogic_epi32::<0xF8>(any, three, b3);
                half += 1;
            }
        }
        let mask = _mm512_test_epi8_mask(any, any) & last_word(count - first);
        // SAFETY: `flatten` writes at most 64 positions for each word of 64, and up to 64 after them; the
        // capacity is sufficient.
        passed = unsafe { flatten(mask, first as u16, candidates, passed) };
        first = first.wrapping_add(64);
    }
    out.passed = passed;
    // SAFETY: `passed` candidates were written; OVERREAD bytes are readable from each.
    unsafe { filter(tables, at, passed, out) };
}

//! x86-64: byte shuffles of 16, 32 and 64 bytes, and the 64-byte permutation of VBMI.

use std::arch::x86_64::*;

use super::{HIGH_KINDS, LOW_KINDS, Survivors, Words, chunk};
use crate::table::Tables;

/// A vector of bytes with a shuffle in lanes of 16.
trait Vector: Copy {
    /// Bytes of a vector.
    const BYTES: usize;

    /// # Safety
    /// For all: the processor must have the instruction set; `load` and `table` read their bytes.
    unsafe fn load(at: *const u8) -> Self;
    /// A table of 16 bytes in every lane.
    unsafe fn table(at: *const u8) -> Self;
    unsafe fn splat(byte: u8) -> Self;
    unsafe fn and(self, other: Self) -> Self;
    unsafe fn or(self, other: Self) -> Self;
    unsafe fn xor(self, other: Self) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    /// `self[index & 15]` of the same lane; 0 where bit 7 of the index is set.
    unsafe fn shuffle(self, index: Self) -> Self;
    /// The high half of each byte.
    unsafe fn high(self) -> Self;
    /// One bit for each byte that is not 0.
    unsafe fn non_zero(self) -> u64;
}

macro_rules! vector {
    ($type:ty, $bytes:literal, $load:ident, $splat:ident, $and:ident, $or:ident, $xor:ident, $add:ident, $shuffle:ident,
     shift: $shift:ident, table: |$at:ident| $table:expr, non_zero: |$value:ident| $mask:expr) => {
        impl Vector for $type {
            const BYTES: usize = $bytes;

            #[inline(always)]
            unsafe fn load(at: *const u8) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $load(at.cast()) }
            }
            #[inline(always)]
            unsafe fn table($at: *const u8) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $table }
            }
            #[inline(always)]
            unsafe fn splat(byte: u8) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $splat(byte as i8) }
            }
            #[inline(always)]
            unsafe fn and(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $and(self, other) }
            }
            #[inline(always)]
            unsafe fn or(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $or(self, other) }
            }
            #[inline(always)]
            unsafe fn xor(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $xor(self, other) }
            }
            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $add(self, other) }
            }
            #[inline(always)]
            unsafe fn shuffle(self, index: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $shuffle(self, index) }
            }
            #[inline(always)]
            unsafe fn high(self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $and($shift::<4>(self), $splat(0x0F)) }
            }
            #[inline(always)]
            unsafe fn non_zero(self) -> u64 {
                let $value = self;
                // SAFETY: the caller's promise.
                unsafe { $mask }
            }
        }
    };
}

vector!(__m128i, 16, _mm_loadu_si128, _mm_set1_epi8, _mm_and_si128, _mm_or_si128, _mm_xor_si128, _mm_add_epi8, _mm_shuffle_epi8,
    shift: _mm_srli_epi16, table: |at| _mm_loadu_si128(at.cast()),
    non_zero: |value| u64::from(!_mm_movemask_epi8(_mm_cmpeq_epi8(value, _mm_setzero_si128())) as u16));
vector!(__m256i, 32, _mm256_loadu_si256, _mm256_set1_epi8, _mm256_and_si256, _mm256_or_si256, _mm256_xor_si256, _mm256_add_epi8, _mm256_shuffle_epi8,
    shift: _mm256_srli_epi16, table: |at| _mm256_broadcastsi128_si256(_mm_loadu_si128(at.cast())),
    non_zero: |value| u64::from(!_mm256_movemask_epi8(_mm256_cmpeq_epi8(value, _mm256_setzero_si256())) as u32));
vector!(__m512i, 64, _mm512_loadu_si512, _mm512_set1_epi8, _mm512_and_si512, _mm512_or_si512, _mm512_xor_si512, _mm512_add_epi8, _mm512_shuffle_epi8,
    shift: _mm512_srli_epi16, table: |at| _mm512_broadcast_i32x4(_mm_loadu_si128(at.cast())),
    non_zero: |value| _mm512_test_epi8_mask(value, value));

/// Class tables for shuffles: the upper 16 classes, and the lower 16 XOR the upper, by half and position.
struct Shuffles<V, const HALVES: usize> {
    upper: [[V; 4]; HALVES],
    both: [[V; 4]; HALVES],
}

impl<V: Vector, const HALVES: usize> Words for Shuffles<V, HALVES> {
    #[inline(always)]
    unsafe fn new(tables: &Tables) -> Self {
        // SAFETY: 16 bytes are read; the instruction set is the caller's promise.
        let table = |bytes: &[u8]| unsafe { V::table(bytes[..16].as_ptr()) };
        Self {
            upper: std::array::from_fn(|half| {
                std::array::from_fn(|at| table(&tables.halves[half].classes[at][16..]))
            }),
            both: std::array::from_fn(|half| {
                std::array::from_fn(|at| table(&tables.halves[half].difference[at]))
            }),
        }
    }

    #[inline(always)]
    unsafe fn word(&self, at: *const u8) -> u64 {
        let mut mask = 0;
        // SAFETY: 64 + 3 bytes are read in vectors that end at most 3 bytes behind them; the instruction set is the caller's promise.
        unsafe {
            let (low, bias) = (V::splat(0x1F), V::splat(0x70));
            for step in 0..64 / V::BYTES {
                let at = at.add(step * V::BYTES);
                // The class of each byte, and the class with bit 7 set from 16 on: a shuffle by the first looks up the upper table whatever
                // bit 4 says, one by the second gives the difference to the lower table, or 0.
                let classes: [V; 4] = std::array::from_fn(|position| V::load(at.add(position)).and(low));
                let biased: [V; 4] = classes.map(|class| class.add(bias));
                let mut any: Option<V> = None;
                for half in 0..HALVES {
                    let buckets: [V; 4] = std::array::from_fn(|position| {
                        self.upper[half][position]
                            .shuffle(classes[position])
                            .xor(self.both[half][position].shuffle(biased[position]))
                    });
                    let all = buckets[0].and(buckets[1]).and(buckets[2].and(buckets[3]));
                    any = Some(any.map_or(all, |any| any.or(all)));
                }
                mask |= any.expect("a half").non_zero() << (step * V::BYTES % 64);
            }
        }
        mask
    }
}

/// Class tables of six bits for VBMI: one permutation looks up 64 bytes.
struct Permutations<const HALVES: usize> {
    tables: [[__m512i; 4]; HALVES],
}

impl<const HALVES: usize> Words for Permutations<HALVES> {
    #[inline(always)]
    unsafe fn new(tables: &Tables) -> Self {
        // SAFETY: 64 bytes are read from each table; the instruction set is the caller's promise.
        let table = |half: usize, at: usize| unsafe {
            _mm512_loadu_si512(tables.halves[half].wide[at].as_ptr().cast())
        };
        Self {
            tables: std::array::from_fn(|half| std::array::from_fn(|at| table(half, at))),
        }
    }

    #[inline(always)]
    unsafe fn word(&self, at: *const u8) -> u64 {
        // SAFETY: 67 bytes are read; the instruction set is the caller's promise.
        unsafe {
            let text: [__m512i; 4] =
                std::array::from_fn(|position| _mm512_loadu_si512(at.add(position).cast()));
            let mut any = _mm512_setzero_si512();
            for half in &self.tables {
                let buckets: [__m512i; 4] =
                    std::array::from_fn(|position| _mm512_permutexvar_epi8(text[position], half[position]));
                // 0x80 is the AND of three.
                let three = _mm512_ternarylogic_epi32::<0x80>(buckets[0], buckets[1], buckets[2]);
                // 0xF8 is the first OR (the second AND the third).
                any = _mm512_ternarylogic_epi32::<0xF8>(any, three, buckets[3]);
            }
            _mm512_test_epi8_mask(any, any)
        }
    }
}

macro_rules! kernel {
    ($name:ident, $features:literal, $words:ident $(<$vector:ty>)?) => {
        /// # Safety
        /// As [`super::sieve`], for a processor with these features.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $name(tables: &Tables, at: *const u8, count: usize, out: &mut Survivors) {
            // SAFETY: the caller's promise.
            unsafe {
                match tables.halves.len() {
                    1 => chunk::<$words<$($vector,)? 1>>(tables, at, count, out),
                    2 => chunk::<$words<$($vector,)? 2>>(tables, at, count, out),
                    _ => chunk::<$words<$($vector,)? 3>>(tables, at, count, out),
                }
            }
        }
    };
}

kernel!(ssse3, "ssse3", Shuffles<__m128i>);
kernel!(avx2, "avx2,bmi1,popcnt", Shuffles<__m256i>);
kernel!(avx512, "avx512f,avx512bw,avx512vl,bmi1,popcnt", Shuffles<__m512i>);
kernel!(
    avx512vbmi,
    "avx512f,avx512bw,avx512vl,avx512vbmi,bmi1,popcnt",
    Permutations
);

macro_rules! members {
    ($name:ident, $features:literal, $vector:ty) => {
        /// # Safety
        /// As [`super::members`], for a processor with these features.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $name(text: &[u8], out: &mut [u64]) {
            // SAFETY: each vector lies in the 64 bytes of its word, which the text has.
            unsafe {
                let (low, high) = (
                    <$vector>::table(LOW_KINDS.as_ptr()),
                    <$vector>::table(HIGH_KINDS.as_ptr()),
                );
                for (word, mask) in out.iter_mut().enumerate() {
                    *mask = 0;
                    for step in 0..64 / <$vector>::BYTES {
                        let bytes = <$vector>::load(text.as_ptr().add(word * 64 + step * <$vector>::BYTES));
                        let kinds = low.shuffle(bytes).and(high.shuffle(bytes.high()));
                        *mask |= kinds.non_zero() << (step * <$vector>::BYTES % 64);
                    }
                }
            }
        }
    };
}

members!(members_ssse3, "ssse3", __m128i);
members!(members_avx2, "avx2", __m256i);
members!(members_avx512, "avx512f,avx512bw,avx512vl", __m512i);

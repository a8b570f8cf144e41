//! 64-bit Arm: a lookup in two registers is a table of 32 classes.

use std::arch::aarch64::*;

use super::{HIGH_KINDS, LOW_KINDS, Survivors, Words, chunk};
use crate::table::Tables;

struct Lookups<const HALVES: usize> {
    tables: [[uint8x16x2_t; 4]; HALVES],
}

impl<const HALVES: usize> Words for Lookups<HALVES> {
    #[inline(always)]
    unsafe fn new(tables: &Tables) -> Self {
        let table = |half: usize, at: usize| {
            let classes = &tables.halves[half].classes[at];
            // SAFETY: 32 bytes are read; NEON is part of every 64-bit Arm processor.
            unsafe { uint8x16x2_t(vld1q_u8(classes.as_ptr()), vld1q_u8(classes.as_ptr().add(16))) }
        };
        Self {
            tables: std::array::from_fn(|half| std::array::from_fn(|at| table(half, at))),
        }
    }

    #[inline(always)]
    unsafe fn word(&self, at: *const u8) -> u64 {
        // SAFETY: 64 + 3 bytes are read.
        unsafe {
            let quarter = |step: usize| {
                let at = at.add(step * 16);
                let low = vdupq_n_u8(0x1F);
                let mut any = vdupq_n_u8(0);
                for half in &self.tables {
                    let bucket = |position: usize| {
                        vqtbl2q_u8(half[position], vandq_u8(vld1q_u8(at.add(position)), low))
                    };
                    any = vorrq_u8(
                        any,
                        vandq_u8(vandq_u8(bucket(0), bucket(1)), vandq_u8(bucket(2), bucket(3))),
                    );
                }
                any
            };
            non_zero([quarter(0), quarter(1), quarter(2), quarter(3)])
        }
    }
}

/// One bit for each of 64 bytes that is not 0.
///
/// # Safety
/// None beyond NEON, which every 64-bit Arm processor has.
#[inline(always)]
unsafe fn non_zero(quarters: [uint8x16_t; 4]) -> u64 {
    // SAFETY: 16 bytes are read from a constant of 16.
    unsafe {
        // Bit i of byte i in every group of eight, then the groups are added up.
        let bits = vld1q_u8([1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128].as_ptr());
        let [a, b, c, d] = quarters.map(|any| vandq_u8(vtstq_u8(any, any), bits));
        let halves = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
        vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(halves, halves)))
    }
}

/// # Safety
/// As [`super::members`].
pub(super) unsafe fn members(text: &[u8], out: &mut [u64]) {
    // SAFETY: each vector lies in the 64 bytes of its word, which the text has.
    unsafe {
        let (low, high) = (vld1q_u8(LOW_KINDS.as_ptr()), vld1q_u8(HIGH_KINDS.as_ptr()));
        for (word, mask) in out.iter_mut().enumerate() {
            let quarter = |step: usize| {
                let bytes = vld1q_u8(text.as_ptr().add(word * 64 + step * 16));
                vandq_u8(
                    vqtbl1q_u8(low, vandq_u8(bytes, vdupq_n_u8(0x0F))),
                    vqtbl1q_u8(high, vshrq_n_u8::<4>(bytes)),
                )
            };
            *mask = non_zero([quarter(0), quarter(1), quarter(2), quarter(3)]);
        }
    }
}

/// # Safety
/// As [`super::sieve`].
pub(super) unsafe fn neon(tables: &Tables, at: *const u8, count: usize, out: &mut Survivors) {
    // SAFETY: the caller's promise.
    unsafe {
        match tables.halves.len() {
            1 => chunk::<Lookups<1>>(tables, at, count, out),
            2 => chunk::<Lookups<2>>(tables, at, count, out),
            _ => chunk::<Lookups<3>>(tables, at, count, out),
        }
    }
}

//! 64-bit Arm: a table lookup in two registers has 32 entries, one for each class.

use std::arch::aarch64::*;

use super::{HIGH_KINDS, LOW_KINDS, Survivors, filter, flatten, last_word};
use crate::table::{SPAN, Tables};

/// Computes one bit for each of 64 bytes in four vectors that is not 0. A macro for the reason given in
/// `x86.rs`.
macro_rules! non_zero {
    ($bits:ident, $quarters:ident) => {{
        // Bit i of byte i in every group of eight; then the groups are added up.
        let a = vandq_u8(vtstq_u8($quarters[0], $quarters[0]), $bits);
        let b = vandq_u8(vtstq_u8($quarters[1], $quarters[1]), $bits);
        let c = vandq_u8(vtstq_u8($quarters[2], $quarters[2]), $bits);
        let d = vandq_u8(vtstq_u8($quarters[3], $quarters[3]), $bits);
        let halves = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
        vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(halves, halves)))
    }};
}

/// The bit that [`non_zero`] takes of each byte.
const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];

/// # Safety
/// As [`super::members`].
#[target_feature(enable = "neon")]
pub(super) unsafe fn members(text: &[u8], out: &mut [u64]) {
    // SAFETY: 16 bytes are read of constants of 16.
    let (low, high, bits) = unsafe {
        (
            vld1q_u8(LOW_KINDS.as_ptr()),
            vld1q_u8(HIGH_KINDS.as_ptr()),
            vld1q_u8(BITS.as_ptr()),
        )
    };
    let nibble = vdupq_n_u8(0x0F);
    let mut word = 0;
    while word < out.len() {
        let mut quarters = [vdupq_n_u8(0); 4];
        let mut step = 0;
        while step < 4 {
            // SAFETY: the vector is within the 64 bytes of its word, which the text has.
            let bytes = unsafe { vld1q_u8(text.as_ptr().add(word * 64 + step * 16)) };
            quarters[step] = vandq_u8(
                vqtbl1q_u8(low, vandq_u8(bytes, nibble)),
                vqtbl1q_u8(high, vshrq_n_u8::<4>(bytes)),
            );
            step += 1;
        }
        out[word] = non_zero!(bits, quarters);
        word += 1;
    }
}

/// # Safety
/// As [`super::sieve`].
#[target_feature(enable = "neon")]
pub(super) unsafe fn neon<const HALVES: usize>(
    tables: &Tables,
    at: *const u8,
    count: usize,
    out: &mut Survivors,
) {
    let none = vdupq_n_u8(0);
    let mut lookups = [[uint8x16x2_t(none, none); SPAN]; HALVES];
    let mut half = 0;
    while half < HALVES {
        let mut place = 0;
        while place < SPAN {
            let classes = tables.halves[half].classes[place].as_ptr();
            // SAFETY: 32 bytes are read of a table of 32.
            lookups[half][place] = unsafe { uint8x16x2_t(vld1q_u8(classes), vld1q_u8(classes.add(16))) };
            place += 1;
        }
        half += 1;
    }
    // SAFETY: 16 bytes are read of a constant of 16.
    let bits = unsafe { vld1q_u8(BITS.as_ptr()) };
    let low = vdupq_n_u8(0x1F);
    let candidates = out.candidates.as_mut_ptr().cast::<u16>();
    let mut passed = 0;
    let mut first = 0usize;
    while first < count {
        let mut quarters = [none; 4];
        let mut step = 0;
        while step < 4 {
            let mut place = 0;
            let mut classes = [none; SPAN];
            while place < SPAN {
                // SAFETY: `OVERREAD` bytes after the last position are readable.
                let bytes = unsafe { vld1q_u8(at.add(first + step * 16 + place)) };
                classes[place] = vandq_u8(bytes, low);
                place += 1;
            }
            let mut half = 0;
            while half < HALVES {
                let mut all = vqtbl2q_u8(lookups[half][0], classes[0]);
                let mut place = 1;
                while place < SPAN {
                    all = vandq_u8(all, vqtbl2q_u8(lookups[half][place], classes[place]));
                    place += 1;
                }
                quarters[step] = vorrq_u8(quarters[step], all);
                half += 1;
            }
            step += 1;
        }
        let mask = non_zero!(bits, quarters) & last_word(count - first);
        // SAFETY: `flatten` writes at most 64 positions for each word of 64, and up to 64 after them; the
        // capacity is sufficient.
        passed = unsafe { flatten(mask, first as u16, candidates, passed) };
        first = first.wrapping_add(64);
    }
    out.passed = passed;
    // SAFETY: `passed` candidates were written; OVERREAD bytes are readable from each.
    unsafe { filter(tables, at, passed, out) };
}

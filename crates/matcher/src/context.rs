//! Contexts of literals: sets of bytes that must precede and follow a literal.

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    /// The set of all bytes.
    pub const ANY: Self = Self([u64::MAX; 4]);

    /// Creates a set of one byte.
    pub fn of(byte: u8) -> Self {
        let mut set = Self::default();
        set.insert(byte, byte);
        set
    }

    /// Adds the bytes from `first` to `last`, inclusive.
    pub fn insert(&mut self, first: u8, last: u8) {
        for (number, word) in self.0.iter_mut().enumerate() {
            let start = number * 64;
            let (from, to) = (usize::from(first).max(start), usize::from(last).min(start + 63));
            if from <= to {
                *word |= (u64::MAX >> (63 - (to - from))) << (from - start);
            }
        }
    }

    /// Returns whether the set contains a byte.
    #[inline]
    pub fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte / 64)] >> (byte % 64) & 1 != 0
    }

    /// Returns whether all bytes are in another set.
    pub fn is_subset(&self, other: &Self) -> bool {
        std::iter::zip(self.0, other.0).all(|(own, other)| own & !other == 0)
    }

    /// Iterates over the bytes in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u8> {
        self.0.into_iter().enumerate().flat_map(|(word, mut bits)| {
            std::iter::from_fn(move || {
                let bit = bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
                (bit < 64).then(|| (word * 64) as u8 + bit as u8)
            })
        })
    }

    /// Returns the low six bits of all bytes, as one bit for each value. Folding the result once more gives
    /// the low five bits.
    pub(crate) fn low_six(&self) -> u64 {
        self.0.into_iter().fold(0, |all, word| all | word)
    }
}

/// The bytes required before and after a literal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Context {
    /// Sets for the bytes before the literal, the nearest first. Those before the start of the text always
    /// match.
    pub before: Vec<ByteSet>,
    /// Sets for the bytes after the literal. All of them must exist.
    pub after: Vec<ByteSet>,
}

impl Context {
    /// Maximum number of sets on either side.
    pub const MAX_LEN: usize = 255;

    /// Returns whether a literal between `before` and `after` is in this context.
    pub fn matches(&self, before: &[u8], after: &[u8]) -> bool {
        let all = |sets: &[ByteSet], mut bytes: std::slice::Iter<u8>, back: bool| {
            sets.iter()
                .all(|set| match if back { bytes.next_back() } else { bytes.next() } {
                    Some(byte) => set.contains(*byte),
                    None => back,
                })
        };
        all(&self.after, after.iter(), false) && all(&self.before, before.iter(), true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_inserted_whole() {
        for first in (0..=255).step_by(7) {
            for last in 0..=255 {
                let mut set = ByteSet::default();
                set.insert(first, last);
                let expected: Vec<u8> = (first..=last).collect();
                assert_eq!(set.iter().collect::<Vec<_>>(), expected, "{first}..={last}");
            }
        }
    }
}

//! What must stand around a literal for a hit: sets of bytes, place by place.

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    /// Every byte.
    pub const ANY: Self = Self([u64::MAX; 4]);

    /// One byte.
    pub fn of(byte: u8) -> Self {
        let mut set = Self::default();
        set.insert(byte, byte);
        set
    }

    /// Adds the bytes from `first` to `last`.
    pub fn insert(&mut self, first: u8, last: u8) {
        for byte in first..=last {
            self.0[usize::from(byte / 64)] |= 1 << (byte % 64);
        }
    }

    /// Whether the set has a byte.
    #[inline]
    pub fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte / 64)] >> (byte % 64) & 1 != 0
    }

    /// The bytes, in order.
    pub fn iter(&self) -> impl Iterator<Item = u8> {
        self.0.into_iter().enumerate().flat_map(|(word, mut bits)| {
            std::iter::from_fn(move || {
                let bit = bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
                (bit < 64).then(|| (word * 64) as u8 + bit as u8)
            })
        })
    }

    /// The low six bits of the bytes, a bit for each; folded once more, the low five.
    pub(crate) fn low_six(&self) -> u64 {
        self.0.into_iter().fold(0, |all, word| all | word)
    }
}

/// What must stand around a literal for it to be reported, as far as it must.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Context {
    /// Sets for the bytes before the literal, the nearest first. What would lie before the text's start is not asked for.
    pub before: Vec<ByteSet>,
    /// Sets for the bytes behind the literal, which must all be there.
    pub after: Vec<ByteSet>,
}

impl Context {
    /// The most sets on either side.
    pub const MAX_LEN: usize = 255;
}

//! Long runs of the characters that encoded secrets consist of: base64 of either alphabet, hex, and padding.
//!
//! With vector instructions, every byte is classified, 64 to a word of bits. Runs of `least` bits are found
//! by AND of the word with itself, shifted by 1, 2, 4, …, so that no branch depends on a byte. Without, one
//! byte in `least` is read, and a run is followed back from there.

use crate::{Kernel, arch};

/// A run `start..end`; the offsets count everything fed so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
    /// Whether it contains a digit.
    pub digits: bool,
    /// Whether it contains an upper-case letter.
    pub upper: bool,
    /// Whether it contains a lower-case letter.
    pub lower: bool,
}

impl Run {
    /// Returns the number of bytes.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Returns whether it has no bytes; never true for a reported run.
    pub fn is_empty(&self) -> bool {
        self.end == self.start
    }
}

/// Finds maximal runs of `[A-Za-z0-9+/=_-]` of a minimum length, in a text that is fed piece by piece.
///
/// ```
/// use keysift_matcher::RunFinder;
///
/// let mut runs = Vec::new();
/// let mut finder = RunFinder::new(8);
/// finder.feed(b"a key: dG9r", |run| runs.push(run));
/// finder.feed(b"ZW4= here", |run| runs.push(run));
/// finder.end(|run| runs.push(run));
/// assert_eq!((runs[0].start, runs[0].end, runs.len()), (7, 15, 1));
/// ```
#[derive(Clone, Debug)]
pub struct RunFinder {
    least: usize,
    kernel: Kernel,
    fed: usize,
    /// The run that reaches the end of the bytes fed so far.
    open: Option<Run>,
}

/// The kind of each byte: [`DIGIT`], [`UPPER`], [`LOWER`] or [`OTHER`]; 0 if it cannot be in a run.
static KIND: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' => UPPER,
            b'a'..=b'z' => LOWER,
            b'+' | b'/' | b'=' | b'_' | b'-' => OTHER,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};
const DIGIT: u8 = 1;
const UPPER: u8 = 2;
const LOWER: u8 = 4;
const OTHER: u8 = 8;

impl RunFinder {
    /// Creates a finder of runs of at least `least` bytes.
    ///
    /// # Panics
    /// If `least` is 0.
    pub fn new(least: usize) -> Self {
        Self::with_kernel(least, Kernel::best())
    }

    /// Like [`RunFinder::new`], with a given kernel.
    ///
    /// # Panics
    /// If `least` is 0, or the kernel is not available.
    pub fn with_kernel(least: usize, kernel: Kernel) -> Self {
        assert!(least > 0, "a run has a byte");
        assert!(kernel.is_available(), "the kernel {kernel} runs here");
        Self {
            least,
            kernel,
            fed: 0,
            open: None,
        }
    }

    /// Feeds the next piece; reports the runs that end in it.
    pub fn feed(&mut self, piece: &[u8], mut on_run: impl FnMut(Run)) {
        let mut at = 0;
        if self.open.is_some() {
            at = self.extend(piece, 0);
            if at == piece.len() {
                self.fed += piece.len();
                return;
            }
            self.close(&mut on_run);
        }
        let mut words = Words::new(self.kernel, self.least);
        while let Some(start) = if self.kernel == Kernel::Scalar {
            self.next_run(piece, at)
        } else {
            words.next_run(piece, at)
        } {
            self.open = Some(Run {
                start: self.fed + start,
                end: self.fed + start,
                digits: false,
                upper: false,
                lower: false,
            });
            at = match self.kernel {
                Kernel::Scalar => self.extend(piece, start),
                _ => self.cover(piece, start, words.run_end(piece, start)),
            };
            if at == piece.len() {
                break;
            }
            self.close(&mut on_run);
        }
        self.fed += piece.len();
    }

    /// Ends the text; reports the run that reaches its end.
    pub fn end(&mut self, mut on_run: impl FnMut(Run)) {
        self.close(&mut on_run);
    }

    /// Returns the start of the next run in `piece[at..]` that is long enough or reaches the end of the
    /// piece.
    ///
    /// A run of `least` bytes that starts at `at` covers `at + least - 1`. If that byte is in no run,
    /// everything up to it is skipped; otherwise the run is followed back to its start. So about one byte in
    /// `least` is read in text without runs.
    fn next_run(&self, piece: &[u8], mut at: usize) -> Option<usize> {
        loop {
            let probe = at + self.least - 1;
            if probe >= piece.len() {
                let tail = piece[at..]
                    .iter()
                    .rev()
                    .take_while(|byte| KIND[usize::from(**byte)] != 0)
                    .count();
                return (tail > 0).then(|| piece.len() - tail);
            }
            if KIND[usize::from(piece[probe])] == 0 {
                at = probe + 1;
                continue;
            }
            let back = piece[at..probe]
                .iter()
                .rev()
                .take_while(|byte| KIND[usize::from(**byte)] != 0)
                .count();
            if back == probe - at {
                return Some(at);
            }
            // The run starts after `at`, so it is long enough only if it extends further.
            at = probe - back;
        }
    }

    /// Extends the open run from `at` on; returns its end.
    fn extend(&mut self, piece: &[u8], mut at: usize) -> usize {
        let Some(run) = &mut self.open else { return at };
        let mut kinds = 0;
        while at < piece.len() && KIND[usize::from(piece[at])] != 0 {
            kinds |= KIND[usize::from(piece[at])];
            at += 1;
        }
        run.digits |= kinds & DIGIT != 0;
        run.upper |= kinds & UPPER != 0;
        run.lower |= kinds & LOWER != 0;
        run.end = self.fed + at;
        at
    }

    /// Extends the open run by `start..end`; returns the end.
    fn cover(&mut self, piece: &[u8], start: usize, end: usize) -> usize {
        if let Some(run) = &mut self.open {
            let kinds = kinds(&piece[start..end]);
            run.digits |= kinds & DIGIT != 0;
            run.upper |= kinds & UPPER != 0;
            run.lower |= kinds & LOWER != 0;
            run.end = self.fed + end;
        }
        end
    }

    fn close(&mut self, on_run: &mut impl FnMut(Run)) {
        if let Some(run) = self.open.take().filter(|run| run.len() >= self.least) {
            on_run(run);
        }
    }
}

/// Returns the kinds of bytes in a run, eight bytes at a time. Runs are short, so that a loop that the
/// compiler vectorizes spends most of its time on the bytes after the last whole vector.
fn kinds(run: &[u8]) -> u8 {
    const ONES: u64 = u64::MAX / 255;
    // The high bit of each byte of the result is set where the byte of `word`, which is ASCII, is in the range.
    let within = |word: u64, first: u8, last: u8| {
        word.wrapping_add(ONES * u64::from(0x80 - first)) & !word.wrapping_add(ONES * u64::from(0x7F - last))
    };
    let (mut digits, mut upper, mut lower) = (0, 0, 0);
    let mut add = |bytes: [u8; 8]| {
        let word = u64::from_le_bytes(bytes);
        digits |= within(word, b'0', b'9');
        upper |= within(word, b'A', b'Z');
        lower |= within(word, b'a', b'z');
    };
    let (words, rest) = run.as_chunks();
    words.iter().for_each(|word| add(*word));
    match run.last_chunk() {
        Some(last) => add(*last),
        None => {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            add(last);
        }
    }
    let kind = |found: u64, kind| if found & (ONES << 7) == 0 { 0 } else { kind };
    kind(digits, DIGIT) | kind(upper, UPPER) | kind(lower, LOWER)
}

/// Number of words that are classified at a time.
const BLOCK: usize = 64;

/// A piece of text as bits, block by block.
struct Words {
    kernel: Kernel,
    /// Number of consecutive bits that make a start. Longer minimum lengths are checked when the run is
    /// followed.
    need: u32,
    /// Offset of the first word's first byte.
    from: usize,
    /// The words of a block and the following word, into which a run may extend.
    masks: [u64; BLOCK + 1],
    /// Number of valid words.
    len: usize,
}

impl Words {
    fn new(kernel: Kernel, least: usize) -> Self {
        Self {
            kernel,
            need: least.min(64) as u32,
            from: 0,
            masks: [0; BLOCK + 1],
            len: 0,
        }
    }

    /// Returns the start of the next run in `piece[at..]` that is long enough or reaches the end of the
    /// piece.
    fn next_run(&mut self, piece: &[u8], at: usize) -> Option<usize> {
        let mut word_start = at / 64 * 64;
        while word_start < piece.len() {
            let index = (word_start - self.from) / 64;
            if word_start < self.from || index + 1 >= self.len {
                self.classify(piece, word_start);
                continue;
            }
            let (word, next) = (self.masks[index], self.masks[index + 1]);
            if self.need >= CERTAIN && !may_start(word, next) {
                word_start += 64;
                continue;
            }
            let mut starts = starts(word, next, self.need);
            if at > word_start {
                starts &= u64::MAX << (at - word_start);
            }
            if starts != 0 {
                return Some(word_start + starts.trailing_zeros() as usize);
            }
            word_start += 64;
        }
        let tail = piece[at..]
            .iter()
            .rev()
            .take_while(|byte| KIND[usize::from(**byte)] != 0)
            .count();
        (tail > 0).then(|| piece.len() - tail)
    }

    /// Returns the end of the run that contains `at`.
    fn run_end(&mut self, piece: &[u8], mut at: usize) -> usize {
        while at < piece.len() {
            let word_start = at / 64 * 64;
            let index = word_start.wrapping_sub(self.from) / 64;
            if word_start < self.from || index >= self.len {
                self.classify(piece, word_start);
                continue;
            }
            let ones = (self.masks[index] >> (at - word_start)).trailing_ones() as usize;
            at += ones;
            if at < word_start + 64 {
                break;
            }
        }
        at
    }

    /// Classifies the block that begins at `from`. The last word is padded with bytes that are in no run, and
    /// an empty word follows.
    fn classify(&mut self, piece: &[u8], from: usize) {
        let whole = ((piece.len() - from) / 64).min(BLOCK + 1);
        arch::members(
            self.kernel,
            &piece[from..from + whole * 64],
            &mut self.masks[..whole],
        );
        (self.from, self.len) = (from, whole);
        let rest = &piece[from + whole * 64..];
        if whole <= BLOCK {
            let mut last = [0; 64];
            last[..rest.len()].copy_from_slice(rest);
            let mut mask = [0];
            arch::members(self.kernel, &last, &mut mask);
            self.masks[whole] = mask[0];
            self.len += 1;
        }
        if self.len <= BLOCK {
            self.masks[self.len] = 0;
            self.len += 1;
        }
    }
}

/// Number of words that are classified at a time in [`Stream`].
const PART: usize = 64;

/// Like [`RunFinder`], for a kernel with vector instructions and a text in one padded buffer that becomes
/// available part by part.
#[derive(Debug)]
pub(crate) struct Stream {
    kernel: Kernel,
    least: usize,
    /// The shifts after which the AND of all results leaves the starts of long runs.
    steps: [u32; 6],
    /// Offset of the next word.
    at: usize,
    /// Length of the run that reaches the next word.
    open: usize,
}

impl Stream {
    pub(crate) fn new(kernel: Kernel, least: usize) -> Self {
        assert!(least > 0, "a run has a byte");
        let need = least.min(64) as u32;
        let (mut steps, mut have) = ([0; 6], 1);
        for step in &mut steps {
            *step = have.min(need - have);
            have += *step;
        }
        Self {
            kernel,
            least,
            steps,
            at: 0,
            open: 0,
        }
    }

    /// Continues up to the last whole word before `to`; reports the runs that end before it.
    pub(crate) fn feed(&mut self, text: &[u8], to: usize, mut on_run: impl FnMut(Run)) {
        let mut masks = [0; PART];
        while self.at + 64 <= to {
            let count = ((to - self.at) / 64).min(PART);
            let part = &text[self.at..self.at + count * 64];
            arch::members(self.kernel, part, &mut masks[..count]);
            for mask in &masks[..count] {
                self.word(*mask, text, &mut on_run);
            }
        }
    }

    /// Processes the rest of the text, which is shorter than a word.
    pub(crate) fn end(mut self, text: &[u8], mut on_run: impl FnMut(Run)) {
        self.feed(text, text.len(), &mut on_run);
        let (mut last, mut mask) = ([0; 64], [0]);
        let rest = &text[self.at..];
        last[..rest.len()].copy_from_slice(rest);
        arch::members(self.kernel, &last, &mut mask);
        // Less than a word is left; the zeros after it close a run at the end.
        self.word(mask[0], text, &mut on_run);
    }

    /// Processes the next word. Runs are rare, and the code before their report has no branch.
    #[inline]
    fn word(&mut self, mask: u64, text: &[u8], on_run: &mut impl FnMut(Run)) {
        let from = self.at;
        self.at += 64;
        let (more, last) = (mask.trailing_ones(), mask.leading_ones());
        let whole = more == 64;
        let open = self.open + more as usize;
        // A run that reaches the end of the word may continue in the next.
        self.open = if whole { open } else { last as usize };
        if open >= self.least && !whole {
            self.report(text, from + more as usize - open, from + more as usize, on_run);
        }
        let inner = if whole {
            0
        } else {
            mask & (u64::MAX << (more & 63)) & (u64::MAX >> (last & 63))
        };
        let mut starts = inner;
        for step in self.steps {
            starts &= starts >> step;
        }
        while starts != 0 {
            let start = starts.trailing_zeros();
            let len = (inner >> start).trailing_ones();
            self.report(text, from + start as usize, from + (start + len) as usize, on_run);
            starts &= u64::MAX.checked_shl(start + len).unwrap_or_default();
        }
    }

    #[inline]
    fn report(&self, text: &[u8], start: usize, end: usize, on_run: &mut impl FnMut(Run)) {
        if end - start >= self.least {
            let kinds = kinds(&text[start..end]);
            on_run(Run {
                start,
                end,
                digits: kinds & DIGIT != 0,
                upper: kinds & UPPER != 0,
                lower: kinds & LOWER != 0,
            });
        }
    }
}

/// A run of this length fills one of the eight aligned bytes of a word, wherever it starts.
const CERTAIN: u32 = 15;

/// Returns whether a run of at least [`CERTAIN`] bytes may start in a word. In text, this skips most words.
fn may_start(word: u64, next: u64) -> bool {
    const ONES: u64 = u64::MAX / 255;
    // A byte of ones is a byte of zeros in the complement.
    let gaps = !word;
    gaps.wrapping_sub(ONES) & word & (ONES << 7) != 0 || word >> 57 != 0 && next & 0xFF == 0xFF
}

/// Returns the bits of a word at which `need` consecutive bits are set, in it and the next word.
fn starts(word: u64, next: u64, need: u32) -> u64 {
    let mut bits = u128::from(word) | u128::from(next) << 64;
    let mut have = 1;
    while have < need {
        let step = have.min(need - have);
        bits &= bits >> step;
        have += step;
    }
    bits as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches byte by byte; simple enough to be trusted as an oracle.
    fn naive(text: &[u8], least: usize) -> Vec<Run> {
        let member = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(byte);
        let mut runs = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let len = text[at..].iter().take_while(|byte| member(byte)).count();
            if len >= least {
                let run = &text[at..at + len];
                runs.push(Run {
                    start: at,
                    end: at + len,
                    digits: run.iter().any(u8::is_ascii_digit),
                    upper: run.iter().any(u8::is_ascii_uppercase),
                    lower: run.iter().any(u8::is_ascii_lowercase),
                });
            }
            at += len.max(1);
        }
        runs
    }

    #[test]
    fn agrees_with_the_naive_search_for_any_pieces() {
        let mut state = 1u64;
        let mut random = |bound: u64| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 33) % bound
        };
        for _ in 0..if cfg!(miri) { 20 } else { 3000 } {
            let most = [300, 300, 300, 9000][random(4) as usize];
            let len = random(most) as usize;
            let text: Vec<u8> = (0..len)
                .map(|_| {
                    if random(if len.is_multiple_of(2) { 14 } else { 70 }) == 0 {
                        b" .\n\x80\xFF;"[random(6) as usize]
                    } else {
                        b"aZ09+/=_-x"[random(10) as usize]
                    }
                })
                .collect();
            let (least, longest_piece) = (1 + random(90) as usize, [90, 400, 9000][random(3) as usize]);
            for kernel in Kernel::ALL.iter().filter(|kernel| kernel.is_available()) {
                let (mut runs, mut finder, mut at) = (Vec::new(), RunFinder::with_kernel(least, *kernel), 0);
                while at < text.len() {
                    let piece = (random(longest_piece) as usize).min(text.len() - at);
                    finder.feed(&text[at..at + piece], |run| runs.push(run));
                    at += piece;
                }
                finder.end(|run| runs.push(run));
                assert_eq!(
                    runs,
                    naive(&text, least),
                    "{kernel}, least {least}: {}",
                    String::from_utf8_lossy(&text)
                );
            }
        }
    }
}

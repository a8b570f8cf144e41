//! The matcher: literals, plan, tables, and the search.

use crate::{
    Context, Kernel, Plan,
    arch::{self, CHUNK, OVERREAD, Survivors},
    error::Error,
    guard::{Automaton, Cost, Guard},
    literal::{Case, Found, Hit, Literal},
    runs::{RunFinder, Stream},
    table::Tables,
};

/// Number of bytes required after the text for [`Matcher::find_padded`].
pub const PADDING: usize = OVERREAD;

/// The work of a search: the number of positions or literals that reach each stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Positions that pass the class tables.
    pub passed: usize,
    /// Positions whose four-gram is in the bitmap.
    pub survivors: usize,
    /// Literals compared.
    pub compared: usize,
    /// Occurrences of literals.
    pub hits: usize,
}

/// Collects literals and builds a [`Matcher`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    literals: Vec<Literal>,
    plan: Option<Plan>,
    kernel: Option<Kernel>,
}

impl Builder {
    /// Minimum length of a literal in bytes; shorter ones occur in nearly every text.
    pub const MIN_LEN: usize = 3;

    /// Maximum length of a literal in bytes.
    pub const MAX_LEN: usize = 255;

    /// Adds a literal and returns its number, counting from 0.
    pub fn literal(&mut self, bytes: &[u8], case: Case) -> usize {
        self.literal_in(bytes, case, Context::default())
    }

    /// Like [`Builder::literal`], but reports the literal only where its context matches. The nearest bytes
    /// are part of the literal's window, so that a short literal in a narrow context costs no more than a
    /// long one.
    pub fn literal_in(&mut self, bytes: &[u8], case: Case, context: Context) -> usize {
        self.literals.push(Literal {
            bytes: bytes.to_vec(),
            case,
            context,
        });
        self.literals.len() - 1
    }

    /// Uses this kernel instead of the best one.
    pub fn kernel(&mut self, kernel: Kernel) -> &mut Self {
        self.kernel = Some(kernel);
        self
    }

    /// Uses a plan from [`Builder::make_plan`] for the literals added first. Literals added later are planned
    /// in [`Builder::build`].
    pub fn plan(&mut self, plan: Plan) -> &mut Self {
        self.plan = Some(plan);
        self
    }

    /// Plans the literals added so far.
    ///
    /// # Errors
    /// If a literal has a wrong length, or there are too many.
    pub fn make_plan(&self) -> Result<Plan, Error> {
        self.check()?;
        Ok(Plan::new(&self.literals))
    }

    /// Builds the matcher with the requested kernel, or the one named by the environment variable
    /// [`Kernel::VARIABLE`], or the best one.
    ///
    /// # Errors
    /// If a literal has an invalid length, there are too many, the plan does not match, or the kernel is not
    /// available.
    pub fn build(mut self) -> Result<Matcher, Error> {
        self.check()?;
        let kernel = match (self.kernel, std::env::var(Kernel::VARIABLE)) {
            (Some(kernel), _) => kernel,
            (None, Ok(name)) => Kernel::named(&name).ok_or(Error::Kernel(name))?,
            (None, Err(_)) => Kernel::best(),
        };
        if !kernel.is_available() {
            return Err(Error::Kernel(kernel.name().to_owned()));
        }
        let plan = match self.plan.take() {
            None => Plan::new(&self.literals),
            Some(plan) if plan.fits(&self.literals) => plan.extended(&self.literals),
            Some(_) => return Err(Error::Plan),
        };
        let tables = Tables::new(&self.literals, &plan);
        let lengths = self.literals.iter().map(|literal| literal.bytes.len());
        let longest = lengths.max().unwrap_or_default();
        let contexts = self.literals.iter().map(|literal| literal.context.before.len());
        let furthest = contexts.max().unwrap_or_default();
        Ok(Matcher {
            tables,
            plan,
            literals: self.literals,
            longest,
            furthest,
            kernel,
            automaton: Automaton::default(),
        })
    }

    /// Returns the number of literals.
    pub fn len(&self) -> usize {
        self.literals.len()
    }

    /// Returns whether there are no literals.
    pub fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }

    fn check(&self) -> Result<(), Error> {
        let right = |len: usize| (Self::MIN_LEN..=Self::MAX_LEN).contains(&len);
        let wide = |context: &Context| context.before.len().max(context.after.len()) > Context::MAX_LEN;
        if let Some(literal) = self.literals.iter().position(|literal| wide(&literal.context)) {
            return Err(Error::Context(literal));
        }
        match self
            .literals
            .iter()
            .position(|literal| !right(literal.bytes.len()))
        {
            Some(literal) => Err(Error::Length(literal)),
            None if Tables::nodes_of(&self.literals) >= Tables::MAX_NODES => Err(Error::TooMany),
            None => Ok(()),
        }
    }
}

/// A set of literals, ready for searching. Threads can share it.
#[derive(Clone, Debug)]
pub struct Matcher {
    tables: Tables,
    plan: Plan,
    literals: Vec<Literal>,
    longest: usize,
    /// The longest context before a literal.
    furthest: usize,
    kernel: Kernel,
    automaton: Automaton,
}

impl Matcher {
    /// Returns a builder of an empty set.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Returns the number of literals.
    pub fn len(&self) -> usize {
        self.literals.len()
    }

    /// Returns whether the set has no literals.
    pub fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }

    /// Returns the kernel in use.
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// Returns the plan in use.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns the size of the tables in bytes, without the literals' vectors and the automaton.
    pub fn size(&self) -> usize {
        self.tables.size()
    }

    /// Reports every occurrence of every literal, including overlapping ones, in no particular order.
    pub fn find_all(&self, haystack: &[u8], mut on_hit: impl FnMut(Hit)) {
        if self.literals.is_empty() {
            return;
        }
        // All but the last bytes are searched in place; the end is copied to a buffer with padding.
        let direct = haystack.len().saturating_sub(PADDING) / CHUNK * CHUNK;
        let mut here = |found| {
            if let Found::Hit(hit) = found {
                on_hit(hit);
            }
        };
        self.find_in(haystack, haystack.len(), 0, direct, None, &mut here);
        let from = direct.saturating_sub(self.longest + self.furthest);
        let mut tail = Vec::with_capacity(haystack.len() - from + PADDING);
        tail.extend_from_slice(&haystack[from..]);
        let len = tail.len();
        tail.resize(len + PADDING, 0);
        self.find_in(&tail, len, direct - from, len, None, &mut |found| {
            if let Found::Hit(Hit { literal, start }) = found {
                here(Found::Hit(Hit {
                    literal,
                    start: start + from,
                }));
            }
        });
    }

    /// Like [`Matcher::find_all`], for the first `len` bytes of a buffer with at least [`PADDING`] more
    /// bytes. Nothing is copied. The content of the padding does not matter.
    ///
    /// # Panics
    /// If the buffer is shorter.
    pub fn find_padded(&self, buffer: &[u8], len: usize, mut on_hit: impl FnMut(Hit)) {
        assert!(
            buffer.len() >= len + PADDING,
            "{PADDING} bytes of padding must follow the text"
        );
        if !self.literals.is_empty() {
            self.find_in(buffer, len, 0, len, None, &mut |found| {
                if let Found::Hit(hit) = found {
                    on_hit(hit);
                }
            });
        }
    }

    /// Like [`Matcher::find_padded`], and also reports runs of at least `least` token characters, like
    /// [`RunFinder`]. Each part of the text is searched for both while it is in the first-level cache. Runs
    /// are reported in the order of the text, hits in no particular order.
    ///
    /// # Panics
    /// If the buffer is shorter, or `least` is 0.
    pub fn find_with_runs(&self, buffer: &[u8], len: usize, least: usize, mut on_found: impl FnMut(Found)) {
        assert!(
            buffer.len() >= len + PADDING,
            "{PADDING} bytes of padding must follow the text"
        );
        if self.kernel == Kernel::Scalar || self.literals.is_empty() {
            self.find_padded(buffer, len, |hit| on_found(Found::Hit(hit)));
            let mut finder = RunFinder::with_kernel(least, self.kernel);
            finder.feed(&buffer[..len], |run| on_found(Found::Run(run)));
            finder.end(|run| on_found(Found::Run(run)));
            return;
        }
        let mut stream = Stream::new(self.kernel, least);
        self.find_in(buffer, len, 0, len, Some(&mut stream), &mut on_found);
        stream.end(&buffer[..len], |run| on_found(Found::Run(run)));
    }

    /// Like [`Matcher::find_padded`], for the literals that start in `from..to`, and possibly some that start
    /// just before or after it.
    ///
    /// # Panics
    /// If the buffer is shorter, or `to` is beyond `len`.
    pub fn find_starts(
        &self,
        buffer: &[u8],
        len: usize,
        from: usize,
        to: usize,
        mut on_hit: impl FnMut(Hit),
    ) {
        assert!(
            buffer.len() >= len + PADDING && to <= len,
            "{PADDING} bytes of padding must follow the text"
        );
        if self.literals.is_empty() {
            return;
        }
        // A literal is found at its fragment, which begins at most this far behind its start.
        let to = len.min(to + self.longest.saturating_sub(3));
        self.find_in(buffer, len, from, to, None, &mut |found| {
            if let Found::Hit(hit) = found {
                on_hit(hit);
            }
        });
    }

    /// Counts the work of searching a buffer, stage by stage. The buffer is padded as for
    /// [`Matcher::find_padded`]. For benches, and for tests that must not depend on the speed of the machine;
    /// does not use the automaton.
    ///
    /// # Panics
    /// If the buffer is shorter.
    pub fn work(&self, buffer: &[u8], len: usize) -> Work {
        assert!(
            buffer.len() >= len + PADDING,
            "{PADDING} bytes of padding must follow the text"
        );
        let mut survivors = Survivors::new();
        let mut work = Work::default();
        let mut on_hit = 0;
        for at in (0..len).step_by(CHUNK) {
            let count = CHUNK.min(len - at);
            // SAFETY: as in `find_in`.
            unsafe {
                arch::sieve(
                    self.kernel,
                    &self.tables,
                    buffer.as_ptr().add(at),
                    count,
                    &mut survivors,
                )
            };
            work.passed += survivors.passed;
            work.survivors += survivors.len();
            for position in survivors.iter() {
                work.compared += self.tables.verify(buffer, len, at + position, |_, _| on_hit += 1);
            }
        }
        work.hits = on_hit;
        work
    }

    /// Reports the first occurrence of each literal. The buffer is padded as for [`Matcher::find_padded`].
    ///
    /// # Panics
    /// If the buffer is shorter.
    pub fn find_first_of_each(&self, buffer: &[u8], len: usize, mut on_hit: impl FnMut(Hit)) {
        let mut seen = vec![false; self.literals.len()];
        self.find_padded(buffer, len, |hit| {
            if !std::mem::replace(&mut seen[hit.literal], true) {
                on_hit(hit);
            }
        });
    }

    /// Reports every literal of `buffer[..len]` whose fragment is in `from..to`, and the runs that end there.
    /// At least [`PADDING`] bytes follow `to`.
    fn find_in(
        &self,
        buffer: &[u8],
        len: usize,
        from: usize,
        to: usize,
        mut stream: Option<&mut Stream>,
        on_found: &mut impl FnMut(Found),
    ) {
        debug_assert!(buffer.len() >= to + PADDING || from == to);
        let mut survivors = Survivors::new();
        let mut guard = Guard::default();
        let mut at = from;
        while at < to {
            let count = CHUNK.min(to - at);
            // SAFETY: `build` checked that the kernel is available, and `count + OVERREAD` bytes of the
            // buffer follow `at`.
            unsafe {
                arch::sieve(
                    self.kernel,
                    &self.tables,
                    buffer.as_ptr().add(at),
                    count,
                    &mut survivors,
                )
            };
            let mut compared = 0;
            for position in survivors.iter() {
                compared += self.verify(buffer, len, at + position, on_found);
            }
            at += count;
            let cost = Cost {
                positions: count,
                passed: survivors.passed,
                survivors: survivors.len(),
                compared,
            };
            let stretch_end = to.min(at + guard.stretch(cost, &self.automaton) * CHUNK);
            if stretch_end > at && self.find_hostile(buffer, len, at, stretch_end, on_found) {
                at = stretch_end;
            }
            if let Some(stream) = &mut stream {
                stream.feed(&buffer[..len], at, |run| on_found(Found::Run(run)));
            }
        }
    }

    /// Reports the literals whose fragment is at a position; returns the number of literals compared.
    #[inline]
    fn verify(&self, buffer: &[u8], len: usize, at: usize, on_found: &mut impl FnMut(Found)) -> usize {
        self.tables.verify(buffer, len, at, |literal, start| {
            on_found(Found::Hit(Hit { literal, start }))
        })
    }

    /// Like [`Matcher::find_in`], with the automaton.
    fn find_hostile(
        &self,
        buffer: &[u8],
        len: usize,
        from: usize,
        to: usize,
        on_found: &mut impl FnMut(Found),
    ) -> bool {
        let first = from.saturating_sub(self.longest);
        let end = len.min(to + self.longest);
        self.automaton.find(
            &self.literals,
            self.plan.places(),
            &buffer[first..end.max(first)],
            |hit, offset| {
                let start = first + hit.start;
                // Report each occurrence once, at the position of its fragment, like the sieve.
                if (from..to).contains(&(start + offset))
                    && self.tables.in_context(hit.literal, &buffer[..len], start)
                {
                    on_found(Found::Hit(Hit { start, ..hit }));
                }
            },
        )
    }
}

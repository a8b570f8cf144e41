//! The matcher: literals, plan and tables, and the way of a text through them.

use std::fmt;

use crate::{
    Context, Kernel, Plan,
    arch::{self, CHUNK, OVERREAD, Survivors},
    guard::{Automaton, Cost, Guard},
    runs::{Run, RunFinder, Stream},
    table::Tables,
};

/// Bytes that must stand behind a text for [`Matcher::find_padded`].
pub const PADDING: usize = OVERREAD;

/// Whether the ASCII letters of a literal match in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Case {
    /// The literal's bytes, exactly.
    Exact,
    /// ASCII letters match in either case.
    Ignore,
}

/// One occurrence of one literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hit {
    /// The number [`Builder::literal`] returned.
    pub literal: usize,
    /// Offset of its first byte in the haystack.
    pub start: usize,
}

/// A literal, or a long run of token characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A literal.
    Hit(Hit),
    /// A run.
    Run(Run),
}

/// A literal as it was added.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    pub(crate) bytes: Vec<u8>,
    pub(crate) case: Case,
    pub(crate) context: Context,
}

/// Why a set of literals cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A literal is shorter than [`Builder::MIN_LEN`] or longer than [`Builder::MAX_LEN`]; the number is the literal's.
    Length(usize),
    /// A context has more than [`Context::MAX_LEN`] sets on a side; the number is the literal's.
    Context(usize),
    /// Too many literals, or too many different sets in their contexts.
    TooMany,
    /// The plan is not for these literals.
    Plan,
    /// This machine does not run the kernel that was asked for, or there is none of that name.
    Kernel(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Length(literal) => {
                write!(
                    f,
                    "literal {literal} is not between {} and {} bytes long",
                    Builder::MIN_LEN,
                    Builder::MAX_LEN
                )
            }
            Error::Context(literal) => {
                write!(
                    f,
                    "the context of literal {literal} is longer than {} bytes",
                    Context::MAX_LEN
                )
            }
            Error::TooMany => write!(f, "too many literals"),
            Error::Plan => write!(f, "the plan is not for these literals"),
            Error::Kernel(name) => write!(f, "the kernel `{name}` is not available on this machine"),
        }
    }
}

impl std::error::Error for Error {}

/// What a search costs: how many positions or literals each stage hands to the next.
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

/// Collects literals.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    literals: Vec<Literal>,
    plan: Option<Plan>,
    kernel: Option<Kernel>,
}

impl Builder {
    /// The least length of a literal, in bytes: anything shorter stands in nearly every text.
    pub const MIN_LEN: usize = 3;

    /// The greatest length of a literal, in bytes.
    pub const MAX_LEN: usize = 255;

    /// Adds a literal and returns its number. Literals are numbered from 0 in the order they are added.
    pub fn literal(&mut self, bytes: &[u8], case: Case) -> usize {
        self.literal_in(bytes, case, Context::default())
    }

    /// As [`Builder::literal`], for a literal that is reported only where what stands around it is as `context` says. The nearest bytes are
    /// looked at together with the literal's own, so that a short literal in a narrow context costs no more than a long one.
    pub fn literal_in(&mut self, bytes: &[u8], case: Case, context: Context) -> usize {
        self.literals.push(Literal {
            bytes: bytes.to_vec(),
            case,
            context,
        });
        self.literals.len() - 1
    }

    /// Demands a kernel instead of the best.
    pub fn kernel(&mut self, kernel: Kernel) -> &mut Self {
        self.kernel = Some(kernel);
        self
    }

    /// Uses a plan that [`Builder::make_plan`] made for the literals added first; those added after them are planned when it is built.
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

    /// Builds the matcher, with the kernel demanded, or the one that the variable [`Kernel::VARIABLE`] names, or the best.
    ///
    /// # Errors
    /// If a literal has a wrong length, there are too many, the plan is not theirs, or the kernel is not to be had.
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

/// A set of literals, ready to be searched for. Cheap to share between threads.
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
    /// An empty set.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Number of literals.
    pub fn len(&self) -> usize {
        self.literals.len()
    }

    /// Whether the set holds no literal.
    pub fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }

    /// The kernel that runs.
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// The plan that is used.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Bytes that the tables take, without the literals' own vectors and the automaton for hostile texts.
    pub fn size(&self) -> usize {
        self.tables.size()
    }

    /// Reports every occurrence of every literal, overlapping ones too, in no particular order.
    pub fn find_all(&self, haystack: &[u8], mut on_hit: impl FnMut(Hit)) {
        if self.literals.is_empty() {
            return;
        }
        // All but the last bytes are searched where they are; the end is copied to where zeros can stand behind it.
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

    /// As [`Matcher::find_all`], for the first `len` bytes of a buffer that has at least [`PADDING`] more: nothing is copied. What the
    /// padding holds does not matter.
    ///
    /// # Panics
    /// If the buffer is shorter.
    pub fn find_padded(&self, buffer: &[u8], len: usize, mut on_hit: impl FnMut(Hit)) {
        assert!(
            buffer.len() >= len + PADDING,
            "{PADDING} bytes of padding stand behind the text"
        );
        if !self.literals.is_empty() {
            self.find_in(buffer, len, 0, len, None, &mut |found| {
                if let Found::Hit(hit) = found {
                    on_hit(hit);
                }
            });
        }
    }

    /// As [`Matcher::find_padded`], and the runs of at least `least` token characters too, as [`RunFinder`] finds them: each part of the
    /// text is looked at for both while it is in the nearest cache. Runs come in the order of the text, hits in none.
    ///
    /// # Panics
    /// If the buffer is shorter, or `least` is 0.
    pub fn find_with_runs(&self, buffer: &[u8], len: usize, least: usize, mut on_found: impl FnMut(Found)) {
        assert!(
            buffer.len() >= len + PADDING,
            "{PADDING} bytes of padding stand behind the text"
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

    /// Counts what searching a buffer costs, stage by stage. Takes a buffer as [`Matcher::find_padded`] does. For benches and for tests of
    /// speed that must not depend on the machine; never uses the automaton.
    ///
    /// # Panics
    /// If the buffer is shorter.
    pub fn work(&self, buffer: &[u8], len: usize) -> Work {
        assert!(
            buffer.len() >= len + PADDING,
            "{PADDING} bytes of padding stand behind the text"
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

    /// Reports the first occurrence of each literal that occurs. Takes a buffer as [`Matcher::find_padded`] does.
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

    /// Reports every literal of `buffer[..len]` whose fragment stands in `from..to`, and the runs that end there; [`PADDING`] bytes stand
    /// behind `to` at least.
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
            // SAFETY: the kernel is available (`build` saw to it), and `count + OVERREAD` bytes of the buffer stand behind `at`.
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

    /// Reports the literals whose fragment stands at a position, and returns how many were compared.
    #[inline]
    fn verify(&self, buffer: &[u8], len: usize, at: usize, on_found: &mut impl FnMut(Found)) -> usize {
        self.tables.verify(buffer, len, at, |literal, start| {
            on_found(Found::Hit(Hit { literal, start }))
        })
    }

    /// As [`Matcher::find_in`], by the automaton.
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
                // Each occurrence once: where its fragment stands, as the sieve reports it.
                if (from..to).contains(&(start + offset))
                    && self.tables.in_context(hit.literal, &buffer[..len], start)
                {
                    on_found(Found::Hit(Hit { start, ..hit }));
                }
            },
        )
    }
}

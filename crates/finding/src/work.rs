//! How much work one text may cause, and how much it did.
//!
//! Aliases of YAML, encodings inside encodings and texts in other forms can ask for any amount of work. Everything that expands asks one
//! [`Work`] of the text first. It counts what is done (nodes visited, bytes looked at, bytes decoded), not what is found, so that a text
//! in which nothing is found costs no more than another. What was left out is known at its end and reported: nothing is cut in silence.

use std::{
    cell::Cell,
    fmt,
    ops::{Add, AddAssign},
    rc::Rc,
    sync::Arc,
};

/// How often a node of a parsed tree may be visited on average. Reading a tree takes up to six visits of each node (the largest number of
/// walks over one file); the rest is for aliases and merge keys. `serde_yaml` bounds the same ratio by 100 for a single walk.
const VISITS_PER_NODE: u64 = 10;

/// Visits that every text may cause, however small it is: what 8 MB of real manifests with aliases need beyond the ratio, ten times over.
const FREE_VISITS: u64 = 10_000;

/// Bytes of a scalar that count as one more node: a long text that is named a thousand times is copied and judged a thousand times.
const BYTES_PER_NODE: usize = 64;

/// After so many units of work somebody is asked whether to go on: less than a millisecond of searching.
const ASK_AFTER: u64 = 1 << 16;

/// The answer to the question whether to end early, asked from within a text.
#[derive(Clone)]
pub struct Cancel(Arc<dyn Fn() -> Option<&'static str> + Send + Sync>);

impl Cancel {
    /// Asks `why`, which says why to end, if there is a reason. It is asked often: about once in a millisecond.
    pub fn new(why: impl Fn() -> Option<&'static str> + Send + Sync + 'static) -> Self {
        Self(Arc::new(why))
    }

    /// Why to end, if there is a reason.
    pub fn why(&self) -> Option<&'static str> {
        (self.0)()
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Cancel")
    }
}

/// What was done, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Nodes of parsed trees that were visited; long scalars count as several.
    pub nodes: u64,
    /// Bytes that were looked at: windows of patterns, candidates, lines.
    pub bytes: u64,
    /// Bytes that were decoded, unpacked or written in another form.
    pub decoded: u64,
}

impl Counts {
    /// All of it as one number.
    pub fn total(self) -> u64 {
        self.nodes + self.bytes + self.decoded
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            nodes: self.nodes + other.nodes,
            bytes: self.bytes + other.bytes,
            decoded: self.decoded + other.decoded,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// The work of one text. All clones are the same counter.
#[derive(Clone, Debug)]
pub struct Work(Rc<State>);

#[derive(Debug)]
struct State {
    nodes: Cell<u64>,
    bytes: Cell<u64>,
    decoded: Cell<u64>,
    /// How many nodes may be visited.
    visits: Cell<u64>,
    /// How many bytes may still be decoded.
    room: Cell<usize>,
    /// Work since somebody was asked.
    since: Cell<u64>,
    cancel: Option<Cancel>,
    stopped: Cell<Option<&'static str>>,
    cut: Cell<Option<&'static str>>,
}

impl Work {
    /// How many bytes are decoded for one text, all in all.
    pub const ROOM: usize = 1 << 20;

    /// The work of a text that nobody has looked at.
    pub fn new(cancel: Option<Cancel>) -> Self {
        Self(Rc::new(State {
            nodes: Cell::new(0),
            bytes: Cell::new(0),
            decoded: Cell::new(0),
            visits: Cell::new(FREE_VISITS),
            room: Cell::new(Self::ROOM),
            since: Cell::new(0),
            cancel,
            stopped: Cell::new(None),
            cut: Cell::new(None),
        }))
    }

    /// The weight of a node: a scalar by its length, everything else is 1.
    pub fn weight(bytes: usize) -> u64 {
        1 + (bytes / BYTES_PER_NODE) as u64
    }

    /// A tree of this weight was parsed: it may be visited.
    pub fn allow(&self, weight: u64) {
        let more = weight.saturating_mul(VISITS_PER_NODE);
        self.0.visits.set(self.0.visits.get().saturating_add(more));
    }

    /// Counts the visit of a node. `false`: it must not be visited, the budget is used up or the run ends.
    pub fn visit(&self, weight: u64) -> bool {
        let state = &*self.0;
        let nodes = state.nodes.get().saturating_add(weight);
        if nodes > state.visits.get() {
            self.cut(
                "its aliases or merge keys expand far beyond its size: its structure was analyzed in part",
            );
            return false;
        }
        state.nodes.set(nodes);
        self.ask(16 * weight)
    }

    /// Counts bytes that are looked at. `false`: the run ends.
    pub fn bytes(&self, bytes: usize) -> bool {
        self.0.bytes.set(self.0.bytes.get().saturating_add(bytes as u64));
        self.ask(bytes as u64 + 16)
    }

    /// How many bytes may still be decoded.
    pub fn room(&self) -> usize {
        self.0.room.get()
    }

    /// Counts bytes that were decoded and take room; more than there is room for is cut, and known.
    pub fn decoded(&self, bytes: usize) {
        let state = &*self.0;
        state
            .decoded
            .set(state.decoded.get().saturating_add(bytes as u64));
        state.room.set(state.room.get().saturating_sub(bytes));
        self.ask(bytes as u64);
    }

    /// Something is left out, for this reason; the first reason is kept.
    pub fn cut(&self, why: &'static str) {
        self.0.cut.set(self.0.cut.get().or(Some(why)));
    }

    /// What was left out, and why.
    pub fn was_cut(&self) -> Option<&'static str> {
        self.0.cut.get()
    }

    /// Why the run ends within this text, if it does. Known since somebody was asked last.
    pub fn stopped(&self) -> Option<&'static str> {
        self.0.stopped.get()
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        Counts {
            nodes: self.0.nodes.get(),
            bytes: self.0.bytes.get(),
            decoded: self.0.decoded.get(),
        }
    }

    fn ask(&self, units: u64) -> bool {
        let state = &*self.0;
        let since = state.since.get().saturating_add(units);
        if since < ASK_AFTER {
            state.since.set(since);
            return state.stopped.get().is_none();
        }
        state.since.set(0);
        if state.stopped.get().is_none() {
            state
                .stopped
                .set(state.cancel.as_ref().and_then(|cancel| (cancel.0)()));
        }
        state.stopped.get().is_none()
    }
}

impl Default for Work {
    fn default() -> Self {
        Self::new(None)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn visits_are_bounded_by_what_was_parsed_and_the_cut_is_known() {
        let work = Work::default();
        work.allow(100);
        let visits = (0..1_000_000).take_while(|_| work.visit(1)).count() as u64;
        assert_eq!(visits, FREE_VISITS + 100 * VISITS_PER_NODE);
        assert_eq!(work.counts().nodes, visits);
        assert!(work.was_cut().is_some());
        work.allow(1); // the next document has its own
        assert!(work.visit(VISITS_PER_NODE));
        assert!(!work.visit(1));
    }

    #[test]
    fn somebody_is_asked_after_some_work_and_never_again() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let work = Work::new(Some(Cancel::new(move || {
            (count.fetch_add(1, Ordering::Relaxed) == 2).then_some("over")
        })));
        let steps = (0..1_000_000).take_while(|_| work.bytes(1000)).count() as u64;
        assert!(steps * 1000 < 4 * ASK_AFTER, "{steps}");
        assert_eq!((work.stopped(), asked.load(Ordering::Relaxed)), (Some("over"), 3));
        assert!(!work.visit(1) && !work.bytes(1 << 20));
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }
}

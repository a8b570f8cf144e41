//! A work budget for one text.
//!
//! YAML aliases, nested encodings and rewritten texts can multiply the work that a text causes. Everything
//! that expands charges the [`Work`] of the text first. It counts what is done (nodes visited, bytes
//! searched, bytes decoded) and not what is found, so that a text without findings is bounded too. What
//! exceeds the budget is left out and reported, never dropped silently.

use std::{
    cell::Cell,
    fmt,
    ops::{Add, AddAssign},
    rc::Rc,
    sync::Arc,
};

/// Average number of visits allowed for each node of a parsed tree. Reading a tree takes up to six visits of
/// each node (the largest number of walks over one file); the rest is for aliases and merge keys.
/// `serde_yaml` bounds the same ratio by 100 for a single walk.
const VISITS_PER_NODE: u64 = 10;

/// Visits allowed for every text, however small: ten times what 8 MB of real manifests with aliases need
/// beyond the ratio.
const FREE_VISITS: u64 = 10_000;

/// Bytes of a scalar that count as one more node: a long text with a thousand aliases is copied and judged a
/// thousand times.
const BYTES_PER_NODE: usize = 64;

/// Units of work between two checks for cancellation; less than a millisecond of searching.
const CHECK_INTERVAL: u64 = 1 << 16;

/// A callback that can end the scan in the middle of a text.
#[derive(Clone)]
pub struct Cancel(Arc<dyn Fn() -> Option<&'static str> + Send + Sync>);

impl Cancel {
    /// Wraps `why`, which returns the reason to end the scan, if there is one. It is called about once a
    /// millisecond.
    pub fn new(why: impl Fn() -> Option<&'static str> + Send + Sync + 'static) -> Self {
        Self(Arc::new(why))
    }

    /// Returns the reason to end the scan, if there is one.
    pub fn why(&self) -> Option<&'static str> {
        (self.0)()
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Cancel")
    }
}

/// Counters of the work done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Visited nodes of parsed trees; a long scalar counts as several.
    pub nodes: u64,
    /// Searched bytes: windows of patterns, candidates, lines.
    pub bytes: u64,
    /// Decoded, unpacked or rewritten bytes.
    pub decoded: u64,
}

impl Counts {
    /// Returns the sum of all counters.
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

/// The work budget of one text. Clones share the counters.
#[derive(Clone, Debug)]
pub struct Work(Rc<State>);

#[derive(Debug)]
struct State {
    nodes: Cell<u64>,
    bytes: Cell<u64>,
    decoded: Cell<u64>,
    /// Number of nodes that may be visited in total.
    visits: Cell<u64>,
    /// Number of bytes that may still be decoded.
    decode_left: Cell<usize>,
    /// Units of work since the last check for cancellation.
    since: Cell<u64>,
    cancel: Option<Cancel>,
    stopped: Cell<Option<&'static str>>,
    cut: Cell<Option<&'static str>>,
}

impl Work {
    /// Bytes that may be decoded for one text in total.
    pub const MAX_DECODED: usize = 1 << 20;

    /// Creates the budget of a text.
    pub fn new(cancel: Option<Cancel>) -> Self {
        Self(Rc::new(State {
            nodes: Cell::new(0),
            bytes: Cell::new(0),
            decoded: Cell::new(0),
            visits: Cell::new(FREE_VISITS),
            decode_left: Cell::new(Self::MAX_DECODED),
            since: Cell::new(0),
            cancel,
            stopped: Cell::new(None),
            cut: Cell::new(None),
        }))
    }

    /// Returns the weight of a node: 1, plus the length for a scalar.
    pub fn weight(bytes: usize) -> u64 {
        1 + (bytes / BYTES_PER_NODE) as u64
    }

    /// Adds the visits that a parsed tree of this weight may cause.
    pub fn allow(&self, weight: u64) {
        let more = weight.saturating_mul(VISITS_PER_NODE);
        self.0.visits.set(self.0.visits.get().saturating_add(more));
    }

    /// Counts the visit of a node. Returns `false` if it must not be visited, because the budget is exhausted
    /// or the scan ends.
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
        self.check_cancel(16 * weight)
    }

    /// Counts searched bytes. Returns `false` if the scan ends.
    pub fn bytes(&self, bytes: usize) -> bool {
        self.0.bytes.set(self.0.bytes.get().saturating_add(bytes as u64));
        self.check_cancel(bytes as u64 + 16)
    }

    /// Returns how many bytes may still be decoded.
    pub fn decode_left(&self) -> usize {
        self.0.decode_left.get()
    }

    /// Counts decoded bytes and charges them to the budget.
    pub fn decoded(&self, bytes: usize) {
        let state = &*self.0;
        state
            .decoded
            .set(state.decoded.get().saturating_add(bytes as u64));
        state
            .decode_left
            .set(state.decode_left.get().saturating_sub(bytes));
        self.check_cancel(bytes as u64);
    }

    /// Records that something is left out, and why. The first reason is kept.
    pub fn cut(&self, why: &'static str) {
        self.0.cut.set(self.0.cut.get().or(Some(why)));
    }

    /// Returns why something was left out, if anything was.
    pub fn was_cut(&self) -> Option<&'static str> {
        self.0.cut.get()
    }

    /// Returns why the scan ends within this text, if it does, as of the last check.
    pub fn stopped(&self) -> Option<&'static str> {
        self.0.stopped.get()
    }

    /// Returns the counters so far.
    pub fn counts(&self) -> Counts {
        Counts {
            nodes: self.0.nodes.get(),
            bytes: self.0.bytes.get(),
            decoded: self.0.decoded.get(),
        }
    }

    fn check_cancel(&self, units: u64) -> bool {
        let state = &*self.0;
        let since = state.since.get().saturating_add(units);
        if since < CHECK_INTERVAL {
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
    fn visits_are_bounded_by_the_parsed_nodes_and_a_cut_is_recorded() {
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
    fn cancellation_is_checked_after_some_work_and_not_after_it_was_seen() {
        let checks = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&checks);
        let work = Work::new(Some(Cancel::new(move || {
            (count.fetch_add(1, Ordering::Relaxed) == 2).then_some("over")
        })));
        let steps = (0..1_000_000).take_while(|_| work.bytes(1000)).count() as u64;
        assert!(steps * 1000 < 4 * CHECK_INTERVAL, "{steps}");
        assert_eq!(
            (work.stopped(), checks.load(Ordering::Relaxed)),
            (Some("over"), 3)
        );
        assert!(!work.visit(1) && !work.bytes(1 << 20));
        assert_eq!(checks.load(Ordering::Relaxed), 3);
    }
}

//! A multi-literal matcher: reports every occurrence of every literal of a set, in one pass over the text.
//!
//! ```
//! use keysift_matcher::{Case, Matcher};
//!
//! let mut builder = Matcher::builder();
//! let prefix = builder.literal(b"ghp_", Case::Exact);
//! let word = builder.literal(b"hunter", Case::Ignore);
//! let matcher = builder.build().expect("two literals of three bytes and more");
//!
//! let mut hits = Vec::new();
//! matcher.find_all(b"Hunter ghp_ GHP_", |hit| hits.push((hit.literal, hit.start)));
//! hits.sort();
//! assert_eq!(hits, [(prefix, 7), (word, 0)]);
//! ```
//!
//! The engine is a *class sieve*: it looks for four bytes of each literal, by five-bit classes, in groups of
//! sixteen buckets, with byte shuffles. A bitmap of exact four-grams and a comparison follow. `README.md`
//! illustrates it. It is designed for hundreds to a few thousand literals of three bytes or more, and for
//! text in which few of them occur. Text with many occurrences is passed to an aho-corasick automaton, chunk
//! by chunk.
//!
//! [`RunFinder`] finds other candidates: long runs of the characters that encoded secrets consist of.

mod arch;
mod context;
mod error;
mod guard;
mod kernel;
mod literal;
mod matcher;
mod model;
mod plan;
mod runs;
mod table;

pub use context::{ByteSet, Context};
pub use error::Error;
pub use kernel::Kernel;
pub use literal::{Case, Found, Hit};
pub use matcher::{Builder, Matcher, PADDING, Work};
pub use plan::Plan;
pub use runs::{Run, RunFinder};

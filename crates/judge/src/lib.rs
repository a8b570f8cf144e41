//! Decides whether a *name* is sensitive and whether a *value* is a secret.
//!
//! Pure functions that return reasons. All crates use this one implementation, so that a Dockerfile's `ENV`,
//! a Deployment's `env:` and a line of code are judged alike.

mod code;
mod copies;
mod credential;
mod defaults;
mod encodings;
mod entropy;
mod envelopes;
mod evidence;
mod feature;
mod features;
mod lists;
mod marks;
mod name_words;
mod names;
mod near;
mod paths;
mod placeholders;
mod references;
mod urls;
mod values;
mod weigh;
mod wordiness;
mod words;

pub use credential::{Judged, Likelihood, credential, is_dense, unnamed};
pub use defaults::{is_default_secret, well_known};
pub use encodings::{base64_text, base64_wrapped};
pub use entropy::shannon_bits;
pub use evidence::{File, Share, pair};
pub use feature::Feature;
pub use features::{Evidence, Features};
pub use names::{Name, describes, is_password, name, signs};
pub use near::{Nearby, Neighbors};
pub use paths::{PACKAGED, is_secrets_file, is_test_path, lockfile, sample_path};
pub use placeholders::{asks, inert};
pub use urls::url_password;
pub use values::{Value, looks_random, value};
pub use weigh::{Odds, Term, terms, weigh};
pub use wordiness::{Wordiness, wordiness};

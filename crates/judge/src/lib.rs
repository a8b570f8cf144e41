//! Is this *name* sensitive, is this *value* a secret?
//!
//! Pure functions with reasons, and one implementation for all rooms: a Dockerfile's `ENV`, a Deployment's `env:` and a line of code
//! are judged alike.

mod credential;
mod entropy;
mod evidence;
mod features;
mod names;
mod paths;
mod values;
mod weigh;
mod wordiness;
mod words;

pub use credential::{
    Judged, Likelihood, base64_text, base64_wrapped, credential, is_decisive, is_dense, is_password, unnamed,
};
pub use entropy::shannon_bits;
pub use evidence::{File, Neighbors, Share};
pub use features::{Evidence, Feature, features};
pub use names::{Name, describes, name, signs};
pub use paths::{PACKAGED, lockfile, sample_path};
pub use values::{Value, asks, inert, is_default_secret, looks_random, url_password, value, well_known};
pub use weigh::{Term, Weighed, weigh};
pub use wordiness::{Wordiness, wordiness};

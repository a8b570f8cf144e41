//! keysift in an editor: findings of open documents as diagnostics, quick fixes, and the rule page on hover.
//!
//! [`serve`] implements the language server protocol on standard input and output. Each document is scanned
//! as the file it will be after saving, with the settings of its project: the nearest `keysift.toml`, ignore
//! files, `.keysift-baseline`. Checks across files see only one document; `keysift scan` reports the rest.

mod actions;
mod diagnostics;
mod hover;
mod lines;
mod project;
mod protocol;
mod server;
mod transport;
mod uri;

pub use project::Options;
pub use server::{Error, serve, serve_on};

//! keysift in an editor: the findings of open documents as diagnostics, quick fixes for them, and the page of a rule on hover.
//!
//! [`serve`] speaks the language server protocol on standard input and output. Each document is scanned as the file that it will be when it
//! is saved, with the settings of its project: the nearest `keysift.toml`, its ignore files, `.keysift-baseline`. Checks across files see one
//! document only; `keysift scan` reports the rest.

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

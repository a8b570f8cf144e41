//! YAML and JSON documents as trees whose scalars have positions.

mod build;
mod cursor;
mod json;
mod mask;
mod plain;
mod quoted;
mod stream;
mod tree;
mod walk;

pub(crate) use build::Builder;
pub(crate) use cursor::Cursor;
pub(crate) use tree::{Id, Node, Scalar, Tree};

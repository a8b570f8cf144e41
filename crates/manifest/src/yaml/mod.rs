//! YAML and JSON with places: documents as trees whose scalars know where they stand.

mod build;
mod cursor;
mod json;
mod mask;
mod tree;
mod walk;

pub(crate) use cursor::Cursor;
pub(crate) use tree::{Id, Node, Scalar, Tree};

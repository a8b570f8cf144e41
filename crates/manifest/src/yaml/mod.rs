//! YAML and JSON with places: documents as trees whose scalars know where they stand.

mod mask;
mod tree;
mod walk;

pub(crate) use tree::{Id, Node, Scalar, Tree};

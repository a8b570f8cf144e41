//! Checks of CI pipelines.

mod artifact_secret;
mod pull_request_target;
mod secret_build_arg;
mod secret_logged;

pub(crate) use artifact_secret::ArtifactSecret;
pub(crate) use pull_request_target::PullRequestTarget;
pub(crate) use secret_build_arg::CiBuildArg;
pub(crate) use secret_logged::CiLogged;

use crate::yaml::{Node, Scalar, Tree};

/// All scalars of a pipeline, each with the key that it is under; the items of a list with the key of the list.
fn scalars(tree: &Tree) -> Vec<(&str, &Scalar)> {
    let mut found = Vec::new();
    let mut walk = tree.walk(tree.documents.iter().copied(), "");
    while let Some((node, key)) = walk.next() {
        match tree.node(node) {
            Node::Scalar(scalar) => found.push((key, scalar)),
            Node::Sequence(_) => walk.below(node, key),
            Node::Mapping(_) => {
                for (key, value) in tree.entries(node).into_iter().rev() {
                    walk.enter(value, key.text.as_str());
                }
            }
        }
    }
    found
}

//! `helm-secret-to-non-secret`.

use keysift_finding::Span;

use crate::yaml::{Scalar, Tree};
use crate::{Check, Found, Object};

/// `helm-secret-to-non-secret`.
pub(crate) struct SecretToNonSecret;

impl Check for SecretToNonSecret {
    fn page(&self) -> &'static str {
        include_str!("secret_to_non_secret.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        let mut look = |name: &str, scalar: &Scalar, what: &str| {
            if let Some((span, path)) = sensitive_expression(tree, scalar)
                .filter(|_| keysift_judge::name(name) != keysift_judge::Name::Harmless || scalar.block)
            {
                found.at(span, format!("sensitive value `{path}` is rendered into {what}"));
            }
        };
        if object.is("", "ConfigMap") {
            let what = object.shown();
            for (key, value) in tree
                .get(object.root, "data")
                .map(|data| tree.entries(data))
                .unwrap_or_default()
            {
                if let Some(scalar) = tree.scalar(value) {
                    look(&key.text, scalar, &what);
                }
            }
        }
        for workload in crate::workload::workloads(*object) {
            for entry in workload
                .containers
                .iter()
                .flat_map(|container| tree.list(container.node, "env"))
            {
                if let (Some(name), Some(scalar)) = (
                    tree.text(*entry, "name"),
                    tree.get(*entry, "value").and_then(|value| tree.scalar(value)),
                ) {
                    look(name, scalar, "a container's environment");
                }
            }
        }
    }
}

/// The first `.Values.….password` that an expression puts out, with its place.
fn sensitive_expression<'t>(tree: &'t Tree, scalar: &Scalar) -> Option<(Span, &'t str)> {
    let raw = tree.raw(scalar.span);
    let mut at = 0;
    while let Some(open) = raw[at..].find("{{").map(|found| at + found) {
        let close = raw[open..].find("}}").map_or(raw.len(), |found| open + found);
        let action = &raw[open..close];
        at = close;
        let control = [
            "if",
            "with",
            "range",
            "else",
            "end",
            "checksum",
            "sha256sum",
            "include",
            "template",
            "required",
        ]
        .iter()
        .any(|word| {
            action
                .split(|char: char| !char.is_ascii_alphanumeric())
                .any(|part| part == *word)
        });
        let Some(start) = action.find(".Values.").filter(|_| !control) else {
            continue;
        };
        let path = &action[start..];
        let path = &path[..path
            .find(|char: char| !char.is_ascii_alphanumeric() && !"._-".contains(char))
            .unwrap_or(path.len())];
        let last = path.rsplit('.').next().unwrap_or_default();
        if keysift_judge::name(last) == keysift_judge::Name::Sensitive
            && !crate::collect::is_schema_reference(last, "")
        {
            let from = scalar.span.start + open + start;
            return Some((Span::new(from, from + path.len()), path));
        }
    }
    None
}

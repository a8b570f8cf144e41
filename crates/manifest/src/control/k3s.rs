//! The configuration of k3s and RKE2.

use std::borrow::Cow;

use super::{ARGUMENTS, Component, Setting, Settings, Source, added};
use crate::yaml::{Cursor, Tree};

/// Whether a text is the configuration of k3s or RKE2.
pub(crate) fn is_k3s(text: &[u8]) -> bool {
    let keys = ARGUMENTS.iter().map(|(key, _)| *key);
    keys.chain(["secrets-encryption"])
        .any(|key| memchr::memmem::find_iter(text, key).any(|at| text.get(at + key.len()) == Some(&b':')))
}

/// What the configuration of k3s or RKE2 hands on to components.
pub(crate) fn of_k3s(tree: &Tree) -> Vec<Settings<'_>> {
    let mut found = Vec::new();
    for root in &tree.documents {
        let root = tree.at(*root);
        for (key, component) in ARGUMENTS {
            let node = root.get(key);
            let list: Vec<_> = node
                .items()
                .chain(Some(node))
                .filter_map(Cursor::scalar)
                .map(|scalar| added(&scalar.text, scalar.span, tree.raw(scalar.span)))
                .collect();
            let switch = root.get("secrets-encryption").scalar();
            let switch = switch
                .filter(|_| *component == Component::ApiServer)
                .map(|scalar| Setting {
                    name: Cow::Borrowed("secrets-encryption"),
                    value: Some(Cow::Borrowed(&scalar.text)),
                    span: scalar.span,
                    raw: tree.raw(scalar.span),
                    own: Some(scalar.span),
                });
            if !list.is_empty() || switch.is_some() {
                found.push(Settings {
                    component: *component,
                    source: Source::Partial,
                    at: list.first().map_or_else(|| root.span(), |setting| setting.span),
                    list: list.into_iter().chain(switch).collect(),
                });
            }
        }
    }
    found
}

//! `EncryptionConfiguration`: what encrypts Secrets, and with which key.

use keysift_judge::{Value, value};

use crate::yaml::Id;
use crate::{Check, Found, Object};

/// An entry, and its providers by name.
type ActiveEncryption<'t> = (Id, Vec<(&'t str, Id)>);

/// The entries of an EncryptionConfiguration that decide about Secrets: the first that matches.
fn deciding<'t>(object: &Object<'t>) -> Option<Option<ActiveEncryption<'t>>> {
    let tree = object.tree;
    if !matches!(object.kind, "EncryptionConfiguration" | "EncryptionConfig") {
        return None;
    }
    let entry = tree.list(object.root, "resources").iter().find(|entry| {
        tree.texts(**entry, "resources")
            .iter()
            .any(|name| matches!(*name, "secrets" | "*." | "*.*"))
    });
    Some(entry.map(|entry| {
        let providers = tree
            .list(*entry, "providers")
            .iter()
            .flat_map(|provider| tree.entries(*provider));
        (
            *entry,
            providers
                .map(|(name, value)| (name.text.as_str(), value))
                .collect(),
        )
    }))
}

/// `encryption-identity-first`.
pub(crate) struct IdentityFirst;

impl Check for IdentityFirst {
    fn page(&self) -> &'static str {
        include_str!("encryption_identity_first.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        match deciding(object) {
            None => {}
            Some(None) => drop(found.at(
                object.kind_span(),
                "No entry covers Secrets: they are stored unencrypted in etcd",
            )),
            Some(Some((entry, providers)))
                if providers.first().is_none_or(|(name, _)| *name == "identity") =>
            {
                let list = tree.get(entry, "providers");
                let span = list.map_or_else(|| tree.span(entry), |list| tree.span(list));
                found.at(
                    span,
                    "`identity` is the first provider, which is used for writing: Secrets are stored unencrypted in etcd",
                );
            }
            Some(Some(_)) => {}
        }
    }
}

/// `encryption-key-committed`.
pub(crate) struct EncryptionKey;

impl Check for EncryptionKey {
    fn page(&self) -> &'static str {
        include_str!("encryption_key_committed.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let tree = object.tree;
        if !matches!(object.kind, "EncryptionConfiguration" | "EncryptionConfig") {
            return;
        }
        for entry in tree.list(object.root, "resources") {
            for (name, provider) in tree
                .list(*entry, "providers")
                .iter()
                .flat_map(|provider| tree.entries(*provider))
            {
                for key in tree.list(provider, "keys") {
                    let Some(secret) = tree.get(*key, "secret").and_then(|secret| tree.scalar(secret)) else {
                        continue;
                    };
                    if value(&secret.text) == Value::Literal {
                        let detail = found
                            .at(
                                secret.span,
                                format!(
                                    "The {} encryption key `{}` is hard-coded: it decrypts every Secret in etcd and its backups",
                                    name.text,
                                    tree.text(*key, "name").unwrap_or("?")
                                ),
                            )
                            .secret();
                        // Secrets of the Kubernetes documentation, as base64 of their texts.
                        let inner = keysift_judge::base64_text(&secret.text);
                        if inner.is_some_and(|text| {
                            matches!(
                                text.as_str(),
                                "secret is secure" | "this is password" | "abcdefghijklmnopqrstuvwxyz123456"
                            )
                        }) {
                            detail.note("a well-known key from the documentation");
                        }
                    }
                }
            }
        }
    }
}

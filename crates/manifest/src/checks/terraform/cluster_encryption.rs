//! `managed-cluster-secrets-encryption`.

use crate::{
    Check, File, Found, Language, Object, TerraformFile,
    hcl::{Block, Body, Expr},
};

/// `managed-cluster-secrets-encryption`.
pub(crate) struct ClusterEncryption;

/// Whether the cluster of a resource encrypts Secrets with a key of its owner; `None` for other resources.
fn is_encrypted(block: &Block<'_>) -> Option<bool> {
    let body = &block.body;
    match *block.labels.first()? {
        // A `dynamic` block may be there.
        "aws_eks_cluster" => Some(has(body, "encryption_config")),
        "google_container_cluster" => {
            let state = body
                .blocks("database_encryption")
                .find_map(|inner| inner.body.get("state"));
            Some(match state.and_then(Expr::text) {
                Some(state) => state.raw != "DECRYPTED",
                None => {
                    state.is_some()
                        || body
                            .blocks("dynamic")
                            .any(|block| block.labels == ["database_encryption"])
                }
            })
        }
        "azurerm_kubernetes_cluster" => Some(has(body, "key_management_service")),
        _ => None,
    }
}

fn has(body: &Body<'_>, kind: &str) -> bool {
    body.blocks(kind).next().is_some() || body.blocks("dynamic").any(|block| block.labels == [kind])
}

/// Returns the message for a cluster.
fn message(cluster: &str) -> String {
    format!("Secrets of {cluster} are not encrypted with a key of its owner")
}

impl Check for ClusterEncryption {
    fn page(&self) -> &'static str {
        include_str!("cluster_encryption.md")
    }

    fn terraform(&self, file: &TerraformFile<'_>, found: &mut Found<'_>) {
        for block in file.body.blocks("resource") {
            if is_encrypted(block) == Some(false) {
                found.at(block.head, message(&block.shown()));
            }
        }
    }

    /// eksctl's configuration.
    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let eks = object.kind == "ClusterConfig" && object.api.starts_with("eksctl.io/");
        if eks && !object.cursor().path(&["secretsEncryption", "keyARN"]).exists() {
            found.at(object.kind_span(), message(&object.shown()));
        }
    }

    /// CloudFormation.
    fn file(&self, file: &File<'_>, found: &mut Found<'_>) {
        if file.language != Language::CloudFormation {
            return;
        }
        for root in &file.tree.documents {
            for (name, resource) in file.tree.at(*root).get("Resources").entries() {
                let kind = resource.get("Type");
                let encrypted = resource.path(&["Properties", "EncryptionConfig"]).exists();
                if kind.is("AWS::EKS::Cluster") && !encrypted {
                    found.at(kind.span(), message(&format!("resource `{}`", name.text)));
                }
            }
        }
    }
}

//! Checks of Terraform and OpenTofu.

mod cluster_encryption;
mod output_not_sensitive;
mod provisioner_secret;
mod variable_not_sensitive;

pub(crate) use cluster_encryption::ClusterEncryption;
pub(crate) use output_not_sensitive::OutputNotSensitive;
pub(crate) use provisioner_secret::ProvisionerSecret;
pub(crate) use variable_not_sensitive::VariableNotSensitive;

use crate::hcl::{Body, Expr};

/// Whether a variable or output is marked: `sensitive = true`, or not stored at all.
fn is_marked(body: &Body<'_>) -> bool {
    ["sensitive", "ephemeral"]
        .iter()
        .any(|name| body.get(name).is_some_and(Expr::is_true))
}

/// Attributes that hold the secret of a resource whose type says that it is one: `random_password.db.result`.
const CONTENT: &[&str] = &[
    "result",
    "value",
    "data",
    "data_json",
    "secret_string",
    "secret_data",
    "plaintext",
    "payload",
];

/// Attributes that hold credentials whatever they are called.
const CREDENTIALS: &[&str] = &[
    "kube_config_raw",
    "kube_admin_config_raw",
    "kube_config",
    "kube_admin_config",
    "kubeconfig",
];

/// Whether a reference (`random_password.db.result`, `var.token`) is to a secret, by the names in it.
fn is_secret_reference(reference: &str) -> bool {
    let parts: Vec<&str> = reference
        .split(['.', '[', ']'])
        .filter(|part| {
            !part.is_empty()
                && !part.starts_with(|char: char| char.is_ascii_digit() || char == '*' || char == '"')
        })
        .collect();
    let Some((last, before)) = parts.split_last().filter(|(_, before)| !before.is_empty()) else {
        return false;
    };
    let sensitive = |name: &str| keysift_judge::name(name) == keysift_judge::Name::Sensitive;
    // Both of a pair, so that one can be replaced: `primary_access_key`.
    let of_pair = ["primary_", "secondary_"]
        .iter()
        .any(|start| last.starts_with(start))
        && last.ends_with("_key");
    if of_pair || CREDENTIALS.contains(last) || last.ends_with("connection_string") || sensitive(last) {
        return true;
    }
    CONTENT.contains(last)
        && before.iter().any(|part| {
            sensitive(part)
                || part
                    .split('_')
                    .any(|word| matches!(word, "secret" | "password" | "credential"))
        })
}

/// The references in an expression: words with dots in them.
fn references(source: &str) -> impl Iterator<Item = &str> {
    let is_part = |char: char| char.is_alphanumeric() || "._-[]*\"".contains(char);
    source
        .split(move |char| !is_part(char))
        .filter(|word| word.contains('.') && word.starts_with(|char: char| char.is_alphabetic()))
}

/// The secret that an expression puts out, if there is one.
fn secret_in<'t>(value: &Expr<'t>) -> Option<&'t str> {
    match value {
        Expr::Other(source, _) => references(source).find(|reference| is_secret_reference(reference)),
        Expr::Text(text) => text
            .raw
            .split("${")
            .skip(1)
            .filter_map(|part| part.split('}').next())
            .flat_map(references)
            .find(|reference| is_secret_reference(reference)),
        Expr::List(items) => items.iter().find_map(secret_in),
        Expr::Object(entries) => entries.iter().find_map(|entry| secret_in(&entry.value)),
        // A digest is not what was digested.
        Expr::Call { name, .. }
            if name.contains("sha") || name.contains("md5") || name.contains("length") =>
        {
            None
        }
        Expr::Call { arguments, .. } => arguments.iter().find_map(secret_in),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_to_secrets() {
        for reference in [
            "random_password.db.result",
            "aws_db_instance.main.password",
            "azurerm_kubernetes_cluster.k.kube_config_raw",
            "data.azurerm_key_vault_secret.s.value",
            "var.api_token",
            "azurerm_storage_account.a[0].primary_access_key",
        ] {
            assert!(is_secret_reference(reference), "{reference}");
        }
        for reference in [
            "aws_secretsmanager_secret.s.arn",
            "aws_db_instance.main.endpoint",
            "password",
            "random_pet.p.id",
        ] {
            assert!(!is_secret_reference(reference), "{reference}");
        }
    }
}

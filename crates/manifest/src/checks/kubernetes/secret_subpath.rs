//! `k8s-secret-subpath`.

use std::collections::HashMap;

use crate::{Check, Found, Workload};

/// `k8s-secret-subpath`: one finding for each workload.
pub(crate) struct SecretSubPath;

impl Check for SecretSubPath {
    fn page(&self) -> &'static str {
        include_str!("secret_subpath.md")
    }

    fn workload(&self, workload: &Workload<'_>, found: &mut Found<'_>) {
        let tree = workload.tree();
        let secrets: HashMap<&str, &str> = workload
            .cursor()
            .list("volumes")
            .filter_map(|volume| {
                Some((
                    volume.get("name").str()?,
                    volume.path(&["secret", "secretName"]).str()?,
                ))
            })
            .collect();
        let containers = workload.containers.iter();
        let mounts = containers.flat_map(|container| tree.at(container.node).list("volumeMounts"));
        let mut single = mounts.filter_map(|mount| {
            let secret = secrets.get(mount.get("name").str()?)?;
            let path = ["subPath", "subPathExpr"]
                .iter()
                .find_map(|key| mount.get(key).scalar())?;
            // Whether a chart uses it, its values decide.
            (!path.text.contains("{{")).then_some((path, *secret))
        });
        let Some((path, secret)) = single.next() else {
            return;
        };
        let more = match single.count() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        found.at(
            path.span,
            format!(
                "File `{}` of Secret `{secret}`{more} in {} keeps its value when the Secret is rotated",
                path.text,
                workload.object.shown()
            ),
        );
    }
}

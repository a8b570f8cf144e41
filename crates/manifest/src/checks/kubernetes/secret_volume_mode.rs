//! `k8s-secret-volume-mode`.

use crate::{Check, Found, Workload};

/// `k8s-secret-volume-mode`.
pub(crate) struct VolumeMode;

impl Check for VolumeMode {
    fn page(&self) -> &'static str {
        include_str!("secret_volume_mode.md")
    }

    fn workload(&self, workload: &Workload<'_>, found: &mut Found<'_>) {
        let tree = workload.tree();
        for volume in tree.list(workload.spec, "volumes") {
            let holders = [tree.get(*volume, "secret"), tree.get(*volume, "projected")];
            for holder in holders.into_iter().flatten() {
                let items = tree
                    .list(holder, "items")
                    .iter()
                    .filter_map(|item| tree.get(*item, "mode"));
                for mode in tree.get(holder, "defaultMode").into_iter().chain(items) {
                    let Some(scalar) = tree.scalar(mode) else { continue };
                    if let Some(why) = wrong_mode(&scalar.text) {
                        let detail = found.at(
                            scalar.span,
                            format!(
                                "File mode {} of a Secret volume in {}: {why}",
                                scalar.text,
                                workload.object.shown()
                            ),
                        );
                        if why.starts_with("a decimal") {
                            detail.mend(scalar.span, format!("0{}", scalar.text));
                        }
                    }
                }
            }
        }
    }
}

/// What is wrong with a mode as YAML reads it: `0400` and `0o400` are octal, `400` is decimal.
fn wrong_mode(text: &str) -> Option<String> {
    if matches!(
        text,
        "400" | "440" | "600" | "640" | "644" | "664" | "666" | "700" | "755" | "777"
    ) {
        let decimal: u32 = text.parse().ok()?;
        return Some(format!(
            "a decimal number, which is octal {decimal:04o}; write 0{text}"
        ));
    }
    let octal = text
        .strip_prefix("0o")
        .or_else(|| text.strip_prefix('0').filter(|rest| !rest.is_empty()));
    let mode = match octal {
        Some(digits) => u32::from_str_radix(digits, 8).ok()?,
        None => text.parse().ok()?,
    };
    (mode & 0o002 != 0).then(|| "world-writable".to_owned())
}

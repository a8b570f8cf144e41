//! `compose-privileged-secret-access`.

use crate::checks::kubernetes::credential_path;
use crate::{Check, File, Found, Language};

/// `compose-privileged-secret-access`.
pub(crate) struct ComposeMounts;

impl Check for ComposeMounts {
    fn page(&self) -> &'static str {
        include_str!("privileged_secret_access.md")
    }

    fn file(&self, file: &File<'_>, found: &mut Found<'_>) {
        if file.language != Language::Compose {
            return;
        }
        let tree = file.tree;
        let services = tree
            .documents
            .iter()
            .filter_map(|root| tree.get(*root, "services"))
            .flat_map(|services| tree.entries(services));
        for (name, service) in services.collect::<Vec<_>>() {
            if tree
                .text(service, "image")
                .is_some_and(|image| image.contains("socket-proxy"))
            {
                continue;
            }
            for volume in tree.list(service, "volumes") {
                let source = match tree.scalar(*volume) {
                    Some(scalar) => Some((scalar.text.split(':').next().unwrap_or_default(), scalar.span)),
                    None => tree
                        .get(*volume, "source")
                        .and_then(|source| tree.scalar(source))
                        .map(|scalar| (scalar.text.as_str(), scalar.span)),
                };
                let Some((path, span)) = source.filter(|(path, _)| path.starts_with(['/', '~', '$'])) else {
                    continue;
                };
                if let Some(why) = credential_path(path) {
                    found.at(
                        span,
                        format!(
                            "host path `{path}` is mounted into service `{}`: {why}",
                            name.text
                        ),
                    );
                }
            }
        }
    }
}

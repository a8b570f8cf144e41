//! Environment files that hold secrets.

use crate::graph::At;
use crate::{Check, Cluster, ClusterFound};

/// `kustomize-secretgenerator-file` and `compose-env-file-committed`: a file that another names, and that holds secrets.
pub(crate) struct EnvFiles {
    pub(crate) page: &'static str,
    pub(crate) kustomize: bool,
}

impl Check for EnvFiles {
    fn page(&self) -> &'static str {
        self.page
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        for (file, facts) in cluster.files.iter().enumerate() {
            for named in facts
                .env_files
                .iter()
                .filter(|named| named.kustomize == self.kustomize)
            {
                // `name=path` gives the key its own name.
                let path = named.path.rsplit('=').next().unwrap_or(&named.path);
                let Some(holds) = cluster.named(file, path).and_then(|facts| facts.holds.as_ref()) else {
                    continue;
                };
                found.at(
                    At {
                        file,
                        span: named.span,
                    },
                    format!("`{path}` is committed and contains a hard-coded `{holds}`"),
                );
            }
        }
    }
}

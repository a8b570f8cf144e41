//! Checks of how long and how far a secret reaches: tokens, refreshing, sealing; and of pipelines that print one.

use keysift_finding::{Severity, Span};

use crate::{Check, File, Found, Language, Object, Workload, yaml::Node};

/// `sealedsecret-wide-scope`.
pub(super) struct WideScope;

impl Check for WideScope {
    fn page(&self) -> &'static str {
        include_str!("gitops/sealedsecret_wide_scope.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        if object.kind != "SealedSecret" {
            return;
        }
        let tree = object.tree;
        for (annotation, scope) in [
            (
                "sealedsecrets.bitnami.com/cluster-wide",
                "cluster-wide scope: it can be unsealed in any namespace",
            ),
            (
                "sealedsecrets.bitnami.com/namespace-wide",
                "namespace-wide scope: it can be unsealed under any name in its namespace",
            ),
        ] {
            let places: [&[&str]; 2] = [
                &["metadata", "annotations"],
                &["spec", "template", "metadata", "annotations"],
            ];
            let set = places
                .iter()
                .filter_map(|path| tree.path(object.root, path))
                .filter_map(|all| tree.get(all, annotation));
            if let Some(scalar) = set
                .filter_map(|id| tree.scalar(id))
                .find(|scalar| scalar.text == "true")
            {
                found.at(
                    scalar.span,
                    format!(
                        "{} has {scope}, by anyone who may create a SealedSecret there",
                        object.shown()
                    ),
                );
            }
        }
    }
}

/// `eso-refresh-disabled`.
pub(super) struct RefreshDisabled;

impl Check for RefreshDisabled {
    fn page(&self) -> &'static str {
        include_str!("gitops/eso_refresh_disabled.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        if !matches!(object.kind, "ExternalSecret" | "ClusterExternalSecret") {
            return;
        }
        let tree = object.tree;
        let specs = [&["spec"][..], &["spec", "externalSecretSpec"]].map(|path| tree.path(object.root, path));
        for (key, off) in [
            ("refreshInterval", &["0", "0s", "0m", "0h"][..]),
            ("refreshPolicy", &["CreatedOnce"]),
        ] {
            let mut set = specs
                .iter()
                .flatten()
                .filter_map(|spec| tree.get(*spec, key))
                .filter_map(|id| tree.scalar(id));
            if let Some(scalar) = set.find(|scalar| off.contains(&scalar.text.as_str())) {
                found.at(
                    scalar.span,
                    format!(
                        "{} is never refreshed: a rotated value does not reach the cluster",
                        object.shown()
                    ),
                );
            }
        }
    }
}

/// `k8s-projected-token-lifetime`.
pub(super) struct TokenLifetime;

/// A day and thirty, in seconds.
const DAY: u64 = 86_400;

impl Check for TokenLifetime {
    fn page(&self) -> &'static str {
        include_str!("kubernetes/projected_token_lifetime.md")
    }

    fn workload(&self, workload: &Workload<'_>, found: &mut Found<'_>) {
        let tree = workload.tree();
        for volume in tree.list(workload.spec, "volumes") {
            let sources = tree
                .path(*volume, &["projected", "sources"])
                .map(|list| tree.afforded(list))
                .unwrap_or_default();
            for token in sources
                .iter()
                .filter_map(|source| tree.get(*source, "serviceAccountToken"))
            {
                let Some(scalar) = tree
                    .get(token, "expirationSeconds")
                    .and_then(|id| tree.scalar(id))
                else {
                    continue;
                };
                let Some(seconds) = scalar.text.parse::<u64>().ok().filter(|seconds| *seconds > DAY) else {
                    continue;
                };
                let detail = found.at(
                    scalar.span,
                    format!(
                        "projected token of {} is valid for {} days",
                        workload.object.shown(),
                        seconds / DAY
                    ),
                );
                let detail = detail.mend(scalar.span, "3600");
                if seconds <= 30 * DAY {
                    detail.severity(Severity::Low, "30 days at most");
                }
            }
        }
    }
}

/// `ci-secret-logged`.
pub(super) struct CiLogged;

/// Where in a script a secret is printed into the log: `echo` and `printf` that go nowhere else, and every variable at once beside a secret.
fn printed(script: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in script.split_inclusive('\n') {
        let trimmed = line.trim();
        let prints = ["echo ", "printf ", "Write-Host ", "Write-Output "]
            .iter()
            .any(|command| trimmed.starts_with(command));
        // What is piped, kept or masked is not shown.
        let elsewhere =
            trimmed.contains(['>', '|']) || trimmed.contains("::add-mask::") || trimmed.contains("base64");
        let secret = trimmed.find("${{").is_some_and(|open| {
            let inside = trimmed[open + 3..].split("}}").next().unwrap_or_default().trim();
            // `secrets.X != ''` asks whether it is there.
            inside.starts_with("secrets.") && !inside.contains(['=', '&', ' '])
        });
        if prints && secret && !elsewhere {
            let start = at + line.find(trimmed).unwrap_or_default();
            found.push((start, start + trimmed.len()));
        }
        at += line.len();
    }
    found
}

impl Check for CiLogged {
    fn page(&self) -> &'static str {
        include_str!("ci/secret_logged.md")
    }

    fn file(&self, file: &File<'_>, found: &mut Found<'_>) {
        if file.language != Language::Pipeline {
            return;
        }
        let tree = file.tree;
        let mut walk = tree.walk(tree.documents.iter().copied(), ());
        while let Some((node, ())) = walk.next() {
            if let Node::Mapping(entries) = tree.node(node) {
                for (key, value) in entries {
                    let run = tree.scalar(*key).is_some_and(|key| key.text == "run");
                    let Some(scalar) = tree.scalar(*value).filter(|_| run) else {
                        continue;
                    };
                    for (start, end) in printed(tree.raw(scalar.span)) {
                        found.at(
                            Span::new(scalar.span.start + start, scalar.span.start + end),
                            "a secret is printed to the build log",
                        );
                    }
                }
            }
            walk.below(node, ());
        }
    }
}

//! `helm-secret-to-non-secret`.

use keysift_finding::Span;
use keysift_judge::Name;

use crate::yaml::{Scalar, Tree};
use crate::{
    Check, Cluster, ClusterFound, Found, Object, Workload,
    graph::{At, Rendered, chart},
};

/// `helm-secret-to-non-secret`.
pub(crate) struct SecretToNonSecret;

/// A value outside of Secrets, with its name and what it is in.
type Place<'t> = (&'t str, &'t Scalar, String);

/// The data of a ConfigMap, and the environment of containers.
fn places<'t>(object: &Object<'t>, workloads: &[Workload<'t>]) -> Vec<Place<'t>> {
    let tree = object.tree;
    let mut found: Vec<Place<'t>> = Vec::new();
    if object.is("", "ConfigMap") {
        let data = object.cursor().get("data").entries().into_iter();
        let scalars =
            data.filter_map(|(key, value)| Some((key.text.as_str(), value.scalar()?, object.shown())));
        found.extend(scalars);
    }
    let entries = workloads
        .iter()
        .flat_map(|workload| &workload.containers)
        .flat_map(|container| tree.list(container.node, "env"));
    for entry in entries {
        let value = tree.get(*entry, "value").and_then(|value| tree.scalar(value));
        if let (Some(name), Some(scalar)) = (tree.text(*entry, "name"), value) {
            found.push((name, scalar, "a container's environment".to_owned()));
        }
    }
    found
}

/// The values of the chart that an object shows and whose names are not those of secrets: only the values tell whether one is.
pub(crate) fn rendered(object: &Object<'_>, workloads: &[Workload<'_>]) -> Vec<Rendered> {
    let mut found = Vec::new();
    for (_, scalar, what) in places(object, workloads) {
        for (span, path) in expressions(object.tree, scalar) {
            if !is_sensitive(path) {
                found.push(Rendered {
                    path: path.trim_start_matches(".Values.").to_owned(),
                    span,
                    what: what.clone(),
                });
            }
        }
    }
    found
}

impl Check for SecretToNonSecret {
    fn page(&self) -> &'static str {
        include_str!("secret_to_non_secret.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        for (name, scalar, what) in places(object, &crate::workload::workloads(*object)) {
            let named = keysift_judge::name(name);
            let shown = expressions(object.tree, scalar).into_iter().find(|(_, path)| {
                let last = path.rsplit('.').next().unwrap_or_default();
                let plain = !keysift_judge::describes(last) && !crate::collect::is_schema_reference(last, "");
                // `REDIS_URL` describes a place, but a password in a URL is one.
                let described = keysift_judge::describes(name) && !scalar.text.contains("://");
                let password = keysift_judge::is_password(last) && !described;
                plain
                    && (is_sensitive(path) && (named != Name::Harmless || scalar.block || password)
                        || named == Name::Sensitive)
            });
            if let Some((span, path)) = shown {
                let detail = found.at(span, format!("Sensitive value `{path}` is rendered into {what}"));
                if !is_sensitive(path) {
                    detail.lower(2, "only the name under which it is rendered suggests a secret");
                }
            }
        }
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        for (file, facts) in cluster
            .files
            .iter()
            .enumerate()
            .filter(|(_, facts)| !facts.rendered.is_empty())
        {
            let values = format!("{}/values.yaml", chart(&facts.path));
            let Some(values) = cluster.at_path(&values) else {
                continue;
            };
            for rendered in &facts.rendered {
                let secrets = &cluster.files[values].chart_values;
                let Some((path, span)) = secrets.iter().find(|(path, _)| *path == rendered.path) else {
                    continue;
                };
                let place = At {
                    file: values,
                    span: *span,
                };
                found
                    .at(
                        At {
                            file,
                            span: rendered.span,
                        },
                        format!(
                            "Value `{path}` of the chart holds a secret and is rendered into {}",
                            rendered.what
                        ),
                    )
                    .elsewhere(cluster.place(place, "the secret"));
            }
        }
    }
}

/// Whether the last name of a path is that of a secret.
fn is_sensitive(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default();
    keysift_judge::name(last) == Name::Sensitive && !crate::collect::is_schema_reference(last, "")
}

/// Words of actions that put out nothing, or something made from the value.
const OTHERS: &[&str] = &[
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
    "empty",
    "not",
    "eq",
    "ternary",
    "hasKey",
    "bcrypt",
    "htpasswd",
    "len",
];

/// The values that the expressions of a scalar put out, with their places: `.Values.db.password`.
fn expressions<'t>(tree: &'t Tree, scalar: &Scalar) -> Vec<(Span, &'t str)> {
    let raw = tree.raw(scalar.span);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = raw[at..].find("{{").map(|found| at + found) {
        let close = raw[open..].find("}}").map_or(raw.len(), |found| open + found);
        let action = &raw[open..close];
        at = close;
        let mut words = action.split(|char: char| !char.is_ascii_alphanumeric());
        let Some(start) = action
            .find(".Values.")
            .filter(|_| !words.any(|word| OTHERS.contains(&word)))
        else {
            continue;
        };
        let path = &action[start..];
        let end = path.find(|char: char| !char.is_ascii_alphanumeric() && !"._-".contains(char));
        let path = &path[..end.unwrap_or(path.len())];
        let from = scalar.span.start + open + start;
        found.push((Span::new(from, from + path.len()), path));
    }
    found
}

//! The control plane as files describe it: flags of the API server, in static pods, in kubeadm's configuration.

use keysift_finding::Span;

use crate::{
    Object, Workload,
    yaml::{Id, Tree},
};

/// The flags that an API server is started with.
#[derive(Clone, Debug)]
pub(crate) struct Flags<'t> {
    /// Name without dashes, value if there is one, place.
    list: Vec<(&'t str, Option<&'t str>, Span)>,
    /// Where the API server is named: the place for what is missing.
    pub(crate) at: Span,
    tree: &'t Tree,
}

impl<'t> Flags<'t> {
    /// The value and place of a flag.
    pub(crate) fn get(&self, name: &str) -> Option<(Option<&'t str>, Span)> {
        self.list
            .iter()
            .find(|(flag, _, _)| *flag == name)
            .map(|(_, value, span)| (*value, *span))
    }

    /// The place of a part of what stands at a span.
    pub(crate) fn part(&self, span: Span, part: &str) -> Option<Span> {
        let at = span.start + self.tree.raw(span).find(part)?;
        Some(Span::new(at, at + part.len()))
    }

    /// Whether a flag is set.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// The flags in the words of a command: `--k=v` and `--k v`.
fn words<'t>(words: &[(&'t str, Span)]) -> Vec<(&'t str, Option<&'t str>, Span)> {
    let mut flags = Vec::new();
    for (at, (word, span)) in words.iter().enumerate() {
        let Some(flag) = word.strip_prefix("--") else {
            continue;
        };
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (
                flag,
                words
                    .get(at + 1)
                    .map(|(next, _)| *next)
                    .filter(|next| !next.starts_with('-')),
            ),
        };
        flags.push((name, value, *span));
    }
    flags
}

/// The flags of the API server that a pod runs, from its command and its arguments.
pub(crate) fn of_pod<'t>(workload: &Workload<'t>) -> Option<Flags<'t>> {
    workload.containers.iter().find_map(|container| {
        let command = container.command();
        let (_, at) = command
            .iter()
            .find(|(word, _)| *word == "kube-apiserver" || word.ends_with("/kube-apiserver"))?;
        Some(Flags {
            list: words(&command),
            at: *at,
            tree: container.tree,
        })
    })
}

/// The flags of the API server in kubeadm's ClusterConfiguration: `extraArgs` as a mapping, and as a list since v1beta4.
pub(crate) fn of_kubeadm<'t>(object: &Object<'t>) -> Option<Flags<'t>> {
    let tree: &'t Tree = object.tree;
    let root = match object.kind {
        "ClusterConfiguration" => object.root,
        "KubeadmControlPlane" => tree.path(
            object.root,
            &["spec", "kubeadmConfigSpec", "clusterConfiguration"],
        )?,
        _ => return None,
    };
    let server = tree.get(root, "apiServer")?;
    let extra = tree.get(server, "extraArgs");
    let of = |id: Id| tree.scalar(id).map(|scalar| (scalar.text.as_str(), scalar.span));
    let mut list: Vec<_> = extra
        .map(|extra| tree.entries(extra))
        .unwrap_or_default()
        .into_iter()
        .map(|(key, value)| (key.text.as_str(), of(value).map(|value| value.0), key.span))
        .collect();
    for item in extra.map(|extra| tree.afforded(extra)).unwrap_or_default() {
        if let Some((name, span)) = tree.get(*item, "name").and_then(of) {
            list.push((name, tree.text(*item, "value"), span));
        }
    }
    Some(Flags {
        list,
        at: tree.span(server),
        tree,
    })
}

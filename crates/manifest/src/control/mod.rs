//! The control plane as files describe it: what API server, controller manager, kubelet and etcd are started with, in static pods, kubeadm's
//! configuration, the kubelet's own, systemd units, k3s and RKE2.

mod k3s;
mod kubespray;
mod unit;

use std::borrow::Cow;

use keysift_finding::Span;

use crate::{
    Container, Object, Workload, shell,
    yaml::{Cursor, Tree},
};

pub(crate) use k3s::{is_k3s, of_k3s};
pub(crate) use kubespray::of_kubespray;
pub(crate) use unit::{is_unit, of_unit};

/// A program of the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Component {
    ApiServer,
    ControllerManager,
    Kubelet,
    Etcd,
}

impl Component {
    /// By the name of its program, with or without a folder.
    fn of_program(word: &str) -> Option<Self> {
        match word.rsplit('/').next()? {
            "kube-apiserver" | "apiserver" => Some(Self::ApiServer),
            "kube-controller-manager" | "controller-manager" => Some(Self::ControllerManager),
            "kubelet" => Some(Self::Kubelet),
            "etcd" => Some(Self::Etcd),
            _ => None,
        }
    }

    /// As messages name it.
    pub(crate) fn shown(self) -> &'static str {
        match self {
            Self::ApiServer => "API server",
            Self::ControllerManager => "Controller manager",
            Self::Kubelet => "Kubelet",
            Self::Etcd => "etcd",
        }
    }
}

/// Where settings are written, which decides what a missing one means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The whole command line: a missing flag has its default.
    Command,
    /// A KubeletConfiguration: a missing field has its default.
    KubeletConfig,
    /// Flags that are added to those of kubeadm, which sets neither encryption nor audit.
    Kubeadm,
    /// Flags that are added to others, which the file does not show.
    Partial,
}

/// One setting, under the name of its flag.
#[derive(Clone, Debug)]
pub(crate) struct Setting<'t> {
    name: Cow<'t, str>,
    pub(crate) value: Option<Cow<'t, str>>,
    pub(crate) span: Span,
    /// As it stands in the file.
    raw: &'t str,
    /// Where the value is by itself, if it can be replaced there.
    pub(crate) own: Option<Span>,
}

impl Setting<'_> {
    /// The place of a part of the setting.
    pub(crate) fn part(&self, part: &str) -> Option<Span> {
        let at = self.span.start + self.raw.find(part)?;
        Some(Span::new(at, at + part.len()))
    }

    /// The place of its value.
    pub(crate) fn value_span(&self) -> Option<Span> {
        let value = self.value.as_deref().filter(|value| !value.is_empty())?;
        self.own.or_else(|| {
            let at = self.raw.rfind(value)?;
            Some(Span::new(
                self.span.start + at,
                self.span.start + at + value.len(),
            ))
        })
    }
}

/// What a component is started with.
#[derive(Clone, Debug)]
pub struct Settings<'t> {
    pub(crate) component: Component,
    pub(crate) source: Source,
    list: Vec<Setting<'t>>,
    /// Where the component is named: the place for what is missing.
    pub(crate) at: Span,
}

impl<'t> Settings<'t> {
    /// A setting by the name of its flag; of several the last, as the programs read them.
    pub(crate) fn get(&self, name: &str) -> Option<&Setting<'t>> {
        self.list.iter().rev().find(|setting| setting.name == name)
    }

    /// The value of a setting.
    pub(crate) fn value(&self, name: &str) -> Option<(&str, &Setting<'t>)> {
        let setting = self.get(name)?;
        Some((setting.value.as_deref()?, setting))
    }

    /// Whether a flag is set.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Whether a missing setting is known to be missing.
    pub(crate) fn is_complete(&self) -> bool {
        match self.source {
            // What its file says is not known here.
            Source::Command => self.component != Component::Kubelet || !self.has("config"),
            Source::KubeletConfig => true,
            Source::Kubeadm | Source::Partial => false,
        }
    }

    /// Whether a flag that no installer sets by itself is known to be missing.
    pub(crate) fn is_whole(&self) -> bool {
        self.source == Source::Kubeadm || self.is_complete()
    }
}

/// A word of a command: what it means, its place, and how it is written.
type Word<'t> = (&'t str, Span, &'t str);

/// The flags among words: `--k=v` and `--k v`.
fn flags<'t>(words: &[Word<'t>]) -> Vec<Setting<'t>> {
    let mut found = Vec::new();
    for (at, (word, span, raw)) in words.iter().enumerate() {
        let Some(flag) = word.strip_prefix("--") else {
            continue;
        };
        let next = words.get(at + 1).filter(|(next, ..)| !next.starts_with('-'));
        let (name, value, own) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.trim_matches(['"', '\''])), None),
            None => (flag, next.map(|(next, ..)| *next), next.map(|(_, span, _)| *span)),
        };
        found.push(Setting {
            name: name.into(),
            value: value.map(Cow::Borrowed),
            span: *span,
            raw,
            own,
        });
    }
    found
}

/// The components that a command starts: it, and those that k3s and RKE2 start with `--kube-apiserver-arg` and the like.
fn of_words<'t>(words: &[Word<'t>]) -> Vec<Settings<'t>> {
    let mut found = Vec::new();
    for (at, (word, span, _)) in words.iter().enumerate() {
        if let Some(component) = Component::of_program(word).filter(|_| !word.starts_with('-')) {
            found.push(Settings {
                component,
                source: Source::Command,
                list: flags(&words[at..]),
                at: *span,
            });
            break;
        }
        if matches!(word.rsplit('/').next(), Some("k3s" | "rke2" | "k3d")) {
            let given = flags(&words[at..]);
            for (flag, component) in ARGUMENTS {
                let list: Vec<_> = given
                    .iter()
                    .filter(|setting| setting.name == *flag)
                    .filter_map(|setting| {
                        let Some(Cow::Borrowed(value)) = setting.value else {
                            return None;
                        };
                        Some(added(value, setting.own.unwrap_or(setting.span), setting.raw))
                    })
                    .collect();
                if !list.is_empty() {
                    found.push(Settings {
                        component: *component,
                        source: Source::Partial,
                        list,
                        at: *span,
                    });
                }
            }
            break;
        }
    }
    found
}

/// How k3s and RKE2 call the flags that they hand on.
const ARGUMENTS: &[(&str, Component)] = &[
    ("kube-apiserver-arg", Component::ApiServer),
    ("kube-controller-manager-arg", Component::ControllerManager),
    ("kubelet-arg", Component::Kubelet),
    ("etcd-arg", Component::Etcd),
];

/// `name=value`, a flag without its dashes.
fn added<'t>(text: &'t str, span: Span, raw: &'t str) -> Setting<'t> {
    let text = text.trim_start_matches("--");
    let (name, value) = text
        .split_once('=')
        .map_or((text, None), |(name, value)| (name, Some(value)));
    Setting {
        name: name.into(),
        value: value.map(Cow::Borrowed),
        span,
        raw,
        own: None,
    }
}

/// What the containers of a pod start.
pub(crate) fn of_pod<'t>(workload: &Workload<'t>) -> Vec<Settings<'t>> {
    let mut found = Vec::new();
    for container in &workload.containers {
        let words = words_of(container);
        let mentions = |(word, ..): &Word<'_>| {
            ["kube", "etcd", "apiserver", "controller-manager", "k3s", "rke2"]
                .iter()
                .any(|part| word.contains(part))
        };
        if words.iter().any(mentions) {
            found.extend(of_words(&words));
        }
    }
    // Not every etcd holds the Secrets of a cluster.
    found.retain(|settings| settings.component != Component::Etcd || is_of_cluster(workload));
    found
}

/// Whether a pod is a part of the control plane.
fn is_of_cluster(workload: &Workload<'_>) -> bool {
    let labels = workload.object.cursor().path(&["metadata", "labels"]);
    workload.object.namespace() == Some("kube-system")
        || labels.get("tier").is("control-plane")
        || labels.get("component").is("etcd")
}

/// The words of a container's command; a script among them is read as a shell reads it.
fn words_of<'t>(container: &Container<'t>) -> Vec<Word<'t>> {
    let tree = container.tree;
    let node = tree.at(container.node);
    let items = ["command", "args"].into_iter().flat_map(|key| {
        let list = node.get(key);
        // A single string is what other systems take for a command.
        let one = Some(list).filter(|list| list.scalar().is_some());
        list.items().chain(one)
    });
    let mut words: Vec<Word<'t>> = Vec::new();
    for scalar in items.filter_map(Cursor::scalar) {
        let raw = tree.raw(scalar.span);
        if !scalar.text.trim().contains(char::is_whitespace) {
            words.push((&scalar.text, scalar.span, raw));
            continue;
        }
        for word in shell::commands(raw).iter().flat_map(|command| &command.words) {
            let start = scalar.span.start + word.start;
            words.push((word.text, Span::new(start, start + word.text.len()), word.text));
        }
    }
    words
}

/// What an object that is no workload says about components.
pub(crate) fn of_object<'t>(object: &Object<'t>) -> Vec<Settings<'t>> {
    let root = object.cursor();
    match object.kind {
        "ClusterConfiguration" => of_cluster_configuration(object.tree, root),
        "KubeadmControlPlane" | "KubeadmControlPlaneTemplate" | "KubeadmConfig" | "KubeadmConfigTemplate" => {
            let spec = root.get("spec");
            let inner = [
                &["kubeadmConfigSpec"][..],
                &["template", "spec", "kubeadmConfigSpec"],
                &["template", "spec"],
                &[],
            ];
            let Some(spec) = inner
                .iter()
                .map(|path| spec.path(path))
                .find(|spec| spec.exists())
            else {
                return Vec::new();
            };
            let mut found = of_cluster_configuration(object.tree, spec.get("clusterConfiguration"));
            for key in ["initConfiguration", "joinConfiguration"] {
                found.extend(of_registration(object.tree, spec.get(key)));
            }
            found
        }
        "InitConfiguration" | "JoinConfiguration" => of_registration(object.tree, root).into_iter().collect(),
        "KubeletConfiguration" => vec![of_kubelet_configuration(object)],
        _ => Vec::new(),
    }
}

fn of_cluster_configuration<'t>(tree: &'t Tree, root: Cursor<'t>) -> Vec<Settings<'t>> {
    let places: [(&[&str], Component); 3] = [
        (&["apiServer"], Component::ApiServer),
        (&["controllerManager"], Component::ControllerManager),
        (&["etcd", "local"], Component::Etcd),
    ];
    let sections = places
        .into_iter()
        .map(|(path, component)| (root.path(path), component));
    sections
        .filter(|(section, _)| section.exists())
        .map(|(section, component)| Settings {
            component,
            source: Source::Kubeadm,
            list: extra(tree, section.get("extraArgs")),
            at: section.span(),
        })
        .collect()
}

fn of_registration<'t>(tree: &'t Tree, root: Cursor<'t>) -> Option<Settings<'t>> {
    let extra_args = root.path(&["nodeRegistration", "kubeletExtraArgs"]);
    extra_args.exists().then(|| Settings {
        component: Component::Kubelet,
        source: Source::Kubeadm,
        list: extra(tree, extra_args),
        at: extra_args.span(),
    })
}

/// `extraArgs` as a mapping, and as a list since v1beta4.
fn extra<'t>(tree: &'t Tree, node: Cursor<'t>) -> Vec<Setting<'t>> {
    let setting = |name: &'t str, span: Span, value: Cursor<'t>| Setting {
        name: name.into(),
        value: value.str().map(Cow::Borrowed),
        span,
        raw: tree.raw(span),
        own: value.scalar().map(|scalar| scalar.span),
    };
    let entries = node.entries().into_iter();
    let mut found: Vec<_> = entries
        .map(|(key, value)| setting(&key.text, key.span, value))
        .collect();
    for item in node.items() {
        if let Some(name) = item.get("name").scalar() {
            found.push(setting(&name.text, name.span, item.get("value")));
        }
    }
    found
}

/// Fields of a KubeletConfiguration under the names of their flags.
const FIELDS: &[(&[&str], &str)] = &[
    (&["authentication", "anonymous", "enabled"], "anonymous-auth"),
    (&["authentication", "x509", "clientCAFile"], "client-ca-file"),
    (&["authorization", "mode"], "authorization-mode"),
    (&["readOnlyPort"], "read-only-port"),
    (&["rotateCertificates"], "rotate-certificates"),
    (&["serverTLSBootstrap"], "rotate-server-certificates"),
    (&["tlsCertFile"], "tls-cert-file"),
    (&["tlsPrivateKeyFile"], "tls-private-key-file"),
    (&["tlsMinVersion"], "tls-min-version"),
    (
        &["featureGates", "RotateKubeletServerCertificate"],
        "RotateKubeletServerCertificate",
    ),
];

fn of_kubelet_configuration<'t>(object: &Object<'t>) -> Settings<'t> {
    let root = object.cursor();
    let fields = FIELDS.iter().filter_map(|(path, flag)| {
        let scalar = root.path(path).scalar()?;
        Some((*flag, scalar))
    });
    let lists = root.list("tlsCipherSuites").filter_map(Cursor::scalar);
    let lists = lists.map(|scalar| ("tls-cipher-suites", scalar));
    // Patches and configurations that others complete have no authentication of their own.
    let source = match root.get("authentication").exists() {
        true => Source::KubeletConfig,
        false => Source::Partial,
    };
    Settings {
        component: Component::Kubelet,
        source,
        list: fields
            .chain(lists)
            .map(|(flag, scalar)| Setting {
                name: Cow::Borrowed(flag),
                value: Some(Cow::Borrowed(&scalar.text)),
                span: scalar.span,
                raw: object.tree.raw(scalar.span),
                own: Some(scalar.span),
            })
            .collect(),
        at: object.kind_span(),
    }
}

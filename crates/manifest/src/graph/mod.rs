//! All objects of the input together: who is bound to what, and who can read which Secret.

mod facts;
mod rights;
mod view;

use std::collections::BTreeMap;

use keysift_finding::{Elsewhere, Finding, Span};

pub use facts::Facts;
pub(crate) use facts::{Binding, EnvFile, Pod, Role, Route, Rule, Service, Subject};
pub(crate) use rights::{Grant, Rights};
pub use view::{NodeState, View};

use crate::{
    Surroundings,
    around::{folder, join},
    check::ClusterFound,
    checks,
};

/// The facts of all files.
#[derive(Debug)]
pub struct Cluster {
    pub(crate) files: Vec<Facts>,
    /// Roles by name: file and number, so that ten thousand bindings ask ten thousand times, not a hundred million.
    roles: std::collections::HashMap<String, Vec<(usize, usize)>>,
    bound: std::collections::HashSet<String>,
}

/// A role that a binding gives: one of the files', or one that every cluster has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given<'c> {
    Role(usize, &'c Role),
    Builtin(&'static str),
    Unknown,
}

impl Cluster {
    /// The cluster of these files.
    pub fn new(mut files: Vec<Facts>) -> Self {
        let key = |facts: &Facts| {
            facts
                .path
                .trim_start_matches("./")
                .trim_start_matches('/')
                .to_owned()
        };
        files.sort_by_cached_key(key);
        let mut roles: std::collections::HashMap<String, Vec<(usize, usize)>> =
            std::collections::HashMap::new();
        let mut bound = std::collections::HashSet::new();
        for (file, facts) in files.iter().enumerate() {
            for (number, role) in facts.roles.iter().enumerate() {
                roles.entry(role.name.clone()).or_default().push((file, number));
            }
            let subjects = facts.bindings.iter().flat_map(|binding| &binding.subjects);
            bound.extend(
                subjects
                    .filter(|subject| subject.kind == "ServiceAccount")
                    .map(|subject| subject.name.clone()),
            );
        }
        Self { files, roles, bound }
    }

    /// What the checks say about all of it, by file: its path, and findings in it.
    pub fn findings(&self, around: &dyn Surroundings) -> Vec<(String, Vec<Finding>)> {
        let mut findings: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
        for (check, meta) in checks::CHECKS.iter().zip(checks::METAS.iter()) {
            check.cluster(self, &mut ClusterFound::new(meta, self, around, &mut findings));
        }
        findings.into_iter().collect()
    }

    /// A place, as another finding points at it.
    pub(crate) fn place(&self, at: At, message: impl Into<String>) -> Elsewhere {
        let facts = &self.files[at.file];
        Elsewhere {
            path: facts.path.clone(),
            line: facts.line(at.span),
            message: message.into(),
        }
    }

    /// All Services, with the file each stands in.
    pub(crate) fn services(&self) -> impl Iterator<Item = (usize, &Service)> {
        self.files
            .iter()
            .enumerate()
            .flat_map(|(file, facts)| facts.services.iter().map(move |service| (file, service)))
    }

    /// All routes, with the file each stands in.
    pub(crate) fn routes(&self) -> impl Iterator<Item = (usize, &Route)> {
        self.files
            .iter()
            .enumerate()
            .flat_map(|(file, facts)| facts.routes.iter().map(move |route| (file, route)))
    }

    /// The workloads that a Service leads to.
    pub(crate) fn behind<'c>(&'c self, service: &'c Service) -> impl Iterator<Item = (usize, &'c Pod)> {
        let selects = |pod: &Pod| {
            !service.selector.is_empty() && service.selector.iter().all(|label| pod.labels.contains(label))
        };
        self.pods()
            .filter(move |(_, pod)| selects(pod) && same_namespace(&service.namespace, &pod.namespace))
    }

    /// All bindings, with the file each stands in.
    pub(crate) fn bindings(&self) -> impl Iterator<Item = (usize, &Binding)> {
        self.files
            .iter()
            .enumerate()
            .flat_map(|(file, facts)| facts.bindings.iter().map(move |binding| (file, binding)))
    }

    /// All roles, with the file each stands in.
    pub(crate) fn roles(&self) -> impl Iterator<Item = (usize, &Role)> {
        self.files
            .iter()
            .enumerate()
            .flat_map(|(file, facts)| facts.roles.iter().map(move |role| (file, role)))
    }

    /// All workloads, with the file each stands in.
    pub(crate) fn pods(&self) -> impl Iterator<Item = (usize, &Pod)> {
        self.files
            .iter()
            .enumerate()
            .flat_map(|(file, facts)| facts.pods.iter().map(move |pod| (file, pod)))
    }

    /// The role that a binding gives: of several of that name the one whose file is nearest.
    pub(crate) fn given(&self, file: usize, binding: &Binding) -> Given<'_> {
        let near = |other: usize| shared(&self.files[file].path, &self.files[other].path);
        let fits = |role: &Role| {
            role.cluster == binding.role_cluster
                && (role.cluster
                    || role.namespace.is_none()
                    || binding.namespace.is_none()
                    || role.namespace == binding.namespace)
        };
        let candidates = self
            .roles
            .get(&binding.role)
            .into_iter()
            .flatten()
            .map(|(file, number)| (*file, &self.files[*file].roles[*number]));
        let template = binding.role.contains("{{");
        let found = candidates
            .filter(|(_, role)| fits(role))
            // The same expression in two charts is two names.
            .filter(|(other, _)| {
                !template || chart(&self.files[*other].path) == chart(&self.files[file].path)
            })
            .max_by_key(|(other, _)| near(*other));
        match found {
            Some((file, role)) => Given::Role(file, role),
            None if binding.role_cluster => {
                rights::builtin(&binding.role).map_or(Given::Unknown, Given::Builtin)
            }
            None => Given::Unknown,
        }
    }

    /// What a role allows, with the roles it collects.
    pub(crate) fn rights<'c>(&'c self, given: &Given<'c>) -> Rights<'c> {
        match given {
            Given::Role(file, role) => {
                let mut rules: Vec<(usize, &Rule)> = role.rules.iter().map(|rule| (*file, rule)).collect();
                for labels in role.aggregates.iter().filter(|labels| !labels.is_empty()) {
                    let collected = self.roles().filter(|(_, other)| {
                        other.cluster && labels.iter().all(|label| other.labels.contains(label))
                    });
                    rules.extend(
                        collected.flat_map(|(file, other)| other.rules.iter().map(move |rule| (file, rule))),
                    );
                }
                Rights::Rules(rules)
            }
            Given::Builtin(name) => Rights::Builtin(name),
            Given::Unknown => Rights::Rules(Vec::new()),
        }
    }

    /// The file that another names, if it is in the input.
    pub(crate) fn named(&self, file: usize, path: &str) -> Option<&Facts> {
        let full = join(folder(&self.files[file].path), path);
        let full = full.trim_start_matches('/');
        self.files
            .binary_search_by(|facts| {
                facts
                    .path
                    .trim_start_matches("./")
                    .trim_start_matches('/')
                    .cmp(full)
            })
            .ok()
            .map(|at| &self.files[at])
    }

    /// Whether any binding names this service account.
    pub(crate) fn is_bound(&self, account: &str) -> bool {
        self.bound.contains(account)
    }
}

/// Whether two objects may be in one namespace: one that names none is where it is applied.
pub(crate) fn same_namespace(one: &Option<String>, other: &Option<String>) -> bool {
    one.is_none() || other.is_none() || one == other
}

/// How many folders two paths share.
pub(crate) fn shared(one: &str, other: &str) -> usize {
    let folders = |path: &str| {
        path.rsplit_once('/')
            .map_or(String::new(), |(folder, _)| folder.to_owned())
    };
    let (one, other) = (folders(one), folders(other));
    one.split('/')
        .zip(other.split('/'))
        .take_while(|(one, other)| one == other)
        .count()
}

/// The folder of the chart that a template belongs to.
pub(crate) fn chart(path: &str) -> &str {
    path.find("/templates/")
        .or_else(|| path.rfind('/'))
        .map_or("", |at| &path[..at])
}

/// A place in one of the files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    pub(crate) file: usize,
    pub(crate) span: Span,
}

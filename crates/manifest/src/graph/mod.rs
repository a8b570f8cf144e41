//! All objects of the input together: who is bound to what, and who can read which Secret.

mod facts;
mod index;
mod rights;
mod view;

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap, HashSet},
    rc::Rc,
};

use keysift_finding::{Elsewhere, Finding, Span};

pub use facts::Facts;
pub(crate) use facts::{Account, Binding, EnvFile, Pod, Role, Route, Rule, Secret, Service, Subject};
pub(crate) use index::ObjectsByName;
pub(crate) use index::Place;
pub(crate) use rights::{Grant, Permissions};
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
    /// Roles by name and namespace; cluster roles and templates have keys of their own.
    roles: ObjectsByName,
    accounts: ObjectsByName,
    /// Workloads by the account they run as.
    pods: ObjectsByName,
    /// Routes by the Services they name.
    routes: ObjectsByName,
    /// Workloads and cluster roles by each of their labels.
    labelled_pods: HashMap<(String, String), Vec<Place>>,
    labelled_roles: HashMap<(String, String), Vec<Place>>,
    /// Secrets, all of them and by namespace.
    secrets: HashMap<Option<String>, Vec<Place>>,
    bound: HashSet<String>,
    /// The namespaces for which the input makes accounts.
    managed: HashSet<String>,
    /// What roles, and roles with some labels, allow; once somebody asked.
    allowed: RefCell<HashMap<Place, Allowed>>,
    collected: RefCell<HashMap<Labels, AggregatedRoles>>,
    /// How many objects were looked at for others.
    steps: Cell<u64>,
}

/// The roles that have some labels, and what they allow together.
type AggregatedRoles = (Rc<[Place]>, Allowed);

/// Labels with their values.
type Labels = Vec<(String, String)>;

/// What rules allow: the first that lets read all Secrets, by its role and number; whether one is a wildcard; whether all are public.
#[derive(Clone, Copy, Debug)]
struct Allowed {
    reads: Option<(Place, usize)>,
    wild: bool,
    public: bool,
}

impl Allowed {
    const NOTHING: Self = Self {
        reads: None,
        wild: false,
        public: true,
    };

    fn and(self, other: Self) -> Self {
        Self {
            reads: self.reads.or(other.reads),
            wild: self.wild || other.wild,
            public: self.public && other.public,
        }
    }
}

/// The file of a finding of a check across files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InFile {
    /// One with facts, by [`Facts::id`]; the finding's span is one of [`Facts::places`].
    Facts(usize),
    /// One that the check read through [`Surroundings::read`].
    Read(String),
}

/// A role that a binding gives: one of the files', or one that every cluster has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GrantedRole<'c> {
    Role(Place, &'c Role),
    Builtin(&'static str),
    Unknown,
}

/// The name by which roles are kept: cluster roles apart, and those of templates by their chart, as the same expression in two charts is
/// two names.
fn role_key(cluster: bool, name: &str, path: &str) -> String {
    let chart = if name.contains("{{") { chart(path) } else { "" };
    format!("{}\0{chart}\0{name}", if cluster { "cluster" } else { "" })
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
        let mut cluster = Self {
            files: Vec::new(),
            roles: ObjectsByName::default(),
            accounts: ObjectsByName::default(),
            pods: ObjectsByName::default(),
            routes: ObjectsByName::default(),
            labelled_pods: HashMap::new(),
            labelled_roles: HashMap::new(),
            secrets: HashMap::new(),
            bound: HashSet::new(),
            managed: HashSet::new(),
            allowed: RefCell::default(),
            collected: RefCell::default(),
            steps: Cell::new(0),
        };
        for (file, facts) in files.iter().enumerate() {
            cluster.index(file, facts);
        }
        cluster.files = files;
        cluster
    }

    /// Adds the objects of a file to all that is asked by name.
    fn index(&mut self, file: usize, facts: &Facts) {
        for (number, role) in facts.roles.iter().enumerate() {
            let place = (file, number);
            let namespace = role.namespace.as_deref().filter(|_| !role.cluster);
            self.roles
                .add(&role_key(role.cluster, &role.name, &facts.path), namespace, place);
            for label in role.labels.iter().filter(|_| role.cluster) {
                self.labelled_roles.entry(label.clone()).or_default().push(place);
            }
        }
        for (number, account) in facts.accounts.iter().enumerate() {
            self.accounts
                .add(&account.name, account.namespace.as_deref(), (file, number));
            self.managed.extend(account.namespace.clone());
        }
        for (number, pod) in facts.pods.iter().enumerate() {
            if let Some(account) = &pod.account {
                self.pods.add(account, pod.namespace.as_deref(), (file, number));
            }
            for label in &pod.labels {
                self.labelled_pods
                    .entry(label.clone())
                    .or_default()
                    .push((file, number));
            }
        }
        for (number, route) in facts.routes.iter().enumerate() {
            for backend in &route.backends {
                self.routes
                    .add(backend, route.namespace.as_deref(), (file, number));
            }
        }
        for (number, secret) in facts.secrets.iter().enumerate() {
            self.secrets
                .entry(secret.namespace.clone())
                .or_default()
                .push((file, number));
        }
        let subjects = facts.bindings.iter().flat_map(|binding| &binding.subjects);
        self.bound.extend(
            subjects
                .filter(|subject| subject.kind == "ServiceAccount")
                .map(|subject| subject.name.clone()),
        );
    }

    /// How many objects were looked at for others, in all: a test holds it to the number of objects.
    pub fn steps(&self) -> u64 {
        self.steps.get()
    }

    fn step(&self) {
        self.steps.set(self.steps.get() + 1);
    }

    /// What the checks say about all of it, by file.
    pub fn findings(&self, around: &dyn Surroundings) -> Vec<(InFile, Vec<Finding>)> {
        let mut findings: BTreeMap<InFile, Vec<Finding>> = BTreeMap::new();
        for (check, meta) in checks::CHECKS.iter().zip(checks::METAS.iter()) {
            check.cluster(self, &mut ClusterFound::new(meta, self, around, &mut findings));
        }
        findings.into_iter().collect()
    }

    /// A place, as another finding points at it.
    pub(crate) fn place(&self, at: At, message: impl Into<String>) -> Elsewhere {
        let facts = &self.files[at.file];
        Elsewhere::new(&facts.path, facts.line(at.span), message)
    }

    /// All Services, with the file each stands in.
    pub(crate) fn services(&self) -> impl Iterator<Item = (usize, &Service)> {
        self.files
            .iter()
            .enumerate()
            .flat_map(|(file, facts)| facts.services.iter().map(move |service| (file, service)))
    }

    /// The routes that lead to a Service, with the file each stands in.
    pub(crate) fn routes_to<'c>(&'c self, service: &'c Service) -> impl Iterator<Item = (usize, &'c Route)> {
        self.routes
            .like(&service.name, service.namespace.as_deref())
            .inspect(|_| self.step())
            .map(|(file, number)| (file, &self.files[file].routes[number]))
    }

    /// The workloads that a Service leads to.
    pub(crate) fn behind<'c>(&'c self, service: &'c Service) -> impl Iterator<Item = (usize, &'c Pod)> {
        // Those with its rarest label: the others are compared.
        let rarest = rarest(&self.labelled_pods, &service.selector);
        rarest
            .iter()
            .inspect(|_| self.step())
            .map(|(file, number)| (*file, &self.files[*file].pods[*number]))
            .filter(move |(_, pod)| {
                service.selector.iter().all(|label| pod.labels.contains(label))
                    && same_namespace(&service.namespace, &pod.namespace)
            })
    }

    /// The workloads that run as an account, in order.
    pub(crate) fn running_as(
        &self,
        account: &str,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = (Place, &Pod)> {
        self.pods
            .like(account, namespace)
            .inspect(|_| self.step())
            .map(|place| (place, &self.files[place.0].pods[place.1]))
    }

    /// The accounts of a name that may be in a namespace.
    pub(crate) fn accounts_like(
        &self,
        name: &str,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = &Account> {
        self.accounts
            .like(name, namespace)
            .inspect(|_| self.step())
            .map(|(file, number)| &self.files[file].accounts[number])
    }

    /// The accounts of a name in exactly a namespace, and those that name none.
    pub(crate) fn accounts_in(&self, name: &str, namespace: Option<&str>) -> impl Iterator<Item = &Account> {
        self.accounts
            .exactly(name, namespace)
            .inspect(|_| self.step())
            .map(|(file, number)| &self.files[file].accounts[number])
    }

    /// Whether the input makes accounts for a namespace.
    pub(crate) fn manages(&self, namespace: Option<&str>) -> bool {
        namespace.is_some_and(|namespace| self.managed.contains(namespace))
    }

    /// The Secrets of a namespace, with the file each stands in.
    pub(crate) fn secrets_of(&self, namespace: &Option<String>) -> impl Iterator<Item = (usize, &Secret)> {
        let places = self.secrets.get(namespace).map_or(&[][..], Vec::as_slice);
        places
            .iter()
            .inspect(|_| self.step())
            .map(|(file, number)| (*file, &self.files[*file].secrets[*number]))
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
    pub(crate) fn given(&self, file: usize, binding: &Binding) -> GrantedRole<'_> {
        let path = &self.files[file].path;
        let near = |other: usize| {
            self.step();
            shared(path, &self.files[other].path)
        };
        let key = role_key(binding.role_cluster, &binding.role, path);
        let namespace = binding.namespace.as_deref().filter(|_| !binding.role_cluster);
        let found = self
            .roles
            .lists(&key, namespace)
            .into_iter()
            .filter_map(|list| index::nearest(list, file, near))
            .max();
        match found {
            Some((_, place)) => GrantedRole::Role(place, self.role(place)),
            None if binding.role_cluster => {
                rights::builtin(&binding.role).map_or(GrantedRole::Unknown, GrantedRole::Builtin)
            }
            None => GrantedRole::Unknown,
        }
    }

    pub(crate) fn role(&self, (file, number): Place) -> &Role {
        &self.files[file].roles[number]
    }

    /// What a role allows, with the roles it collects.
    pub(crate) fn rights<'c>(&'c self, given: &GrantedRole<'c>) -> Permissions<'c> {
        match given {
            GrantedRole::Role(place, role) => {
                let known = self.allowed.borrow().get(place).copied();
                let allowed = known.unwrap_or_else(|| {
                    let selectors = role.aggregates.iter();
                    let allowed = selectors.fold(self.own(*place), |allowed, labels| {
                        allowed.and(self.collect(labels).1)
                    });
                    self.allowed.borrow_mut().insert(*place, allowed);
                    allowed
                });
                let rule = |(place, number): (Place, usize)| (place.0, &self.role(place).rules[number]);
                Permissions {
                    reads: allowed.reads.map(|found| Some(rule(found))),
                    wild: allowed.wild,
                    public: allowed.public,
                }
            }
            GrantedRole::Builtin(name) => rights::of_builtin(name),
            GrantedRole::Unknown => Permissions {
                reads: None,
                wild: false,
                public: true,
            },
        }
    }

    /// What the rules of a role itself allow.
    fn own(&self, place: Place) -> Allowed {
        let rules = &self.role(place).rules;
        self.steps.set(self.steps.get() + rules.len() as u64);
        Allowed {
            reads: rules
                .iter()
                .position(Rule::reads_secrets)
                .map(|number| (place, number)),
            wild: rules.iter().any(Rule::is_wild),
            public: rules.iter().all(Rule::is_public),
        }
    }

    /// The cluster roles with some labels, and what they allow together.
    fn collect(&self, labels: &[(String, String)]) -> (Rc<[Place]>, Allowed) {
        if let Some(known) = self.collected.borrow().get(labels) {
            return known.clone();
        }
        let rarest = rarest(&self.labelled_roles, labels)
            .iter()
            .copied()
            .inspect(|_| self.step());
        let places: Rc<[Place]> = rarest
            .filter(|place| {
                labels
                    .iter()
                    .all(|label| self.role(*place).labels.contains(label))
            })
            .collect();
        let allowed = places
            .iter()
            .fold(Allowed::NOTHING, |allowed, place| allowed.and(self.own(*place)));
        let collected = (places, allowed);
        self.collected
            .borrow_mut()
            .insert(labels.to_vec(), collected.clone());
        collected
    }

    /// The roles whose rules a role has: itself, and those it collects; but for those that were asked for before.
    pub(crate) fn sources<'c>(
        &'c self,
        place: Place,
        role: &'c Role,
        asked: &mut RequestedRoles<'c>,
    ) -> Vec<Place> {
        let mut found: Vec<Place> = asked.roles.insert(place).then_some(place).into_iter().collect();
        for labels in &role.aggregates {
            if asked.labels.insert(labels) {
                let (places, _) = self.collect(labels);
                found.extend(places.iter().filter(|place| asked.roles.insert(**place)));
            }
        }
        found
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

/// The roles and the labels of roles that somebody asked for.
#[derive(Debug, Default)]
pub(crate) struct RequestedRoles<'c> {
    roles: HashSet<Place>,
    labels: HashSet<&'c [(String, String)]>,
}

/// The objects that have the rarest of some labels; nothing where there are no labels.
fn rarest<'c>(
    by_label: &'c HashMap<(String, String), Vec<Place>>,
    labels: &[(String, String)],
) -> &'c [Place] {
    let lists = labels
        .iter()
        .map(|label| by_label.get(label).map_or(&[][..], Vec::as_slice));
    lists.min_by_key(|list| list.len()).unwrap_or_default()
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

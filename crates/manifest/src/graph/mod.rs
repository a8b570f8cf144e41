//! All objects of the input together: who is bound to what, and who can read which Secret.

mod environments;
mod facts;
mod index;
mod rights;
mod view;

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::{BTreeMap, HashMap, HashSet},
    rc::Rc,
};

use keysift_finding::{Elsewhere, Finding, Span};

use environments::Environments;
pub use facts::Facts;
pub(crate) use facts::{
    Account, Binding, EnvFile, Pod, Rendered, Role, Route, Rule, Secret, Service, Subject,
};
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
    /// Secrets, by namespace, and under `None` all of them.
    secrets: HashMap<Option<String>, Vec<Place>>,
    /// Bindings by the accounts that they name; their namespaces are compared where it matters.
    bound: ObjectsByName,
    environments: Environments,
    /// The first binding that gives each role, once somebody asked.
    granted: OnceCell<HashMap<Place, RoleBindings>>,
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
    Builtin(&'c str),
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
            bound: ObjectsByName::default(),
            environments: Environments::default(),
            granted: OnceCell::new(),
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
            // Under no namespace all of them.
            let keys = secret.namespace.iter().cloned().map(Some).chain([None]);
            keys.for_each(|key| self.secrets.entry(key).or_default().push((file, number)));
        }
        for (number, binding) in facts.bindings.iter().enumerate() {
            for subject in binding
                .subjects
                .iter()
                .filter(|subject| subject.kind == "ServiceAccount")
            {
                self.bound.add(&subject.name, None, (file, number));
            }
        }
        self.environments.add(facts);
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

    /// Of findings that are the same in copies of one object (a folder for each environment or provider) keeps the first, with the places
    /// of the others.
    pub fn merge_copies(&self, findings: &mut [(InFile, Vec<Finding>)]) {
        /// Enough to see that there are others.
        const SHOWN: usize = 10;
        let files: HashMap<usize, usize> = self
            .files
            .iter()
            .enumerate()
            .map(|(file, facts)| (facts.id, file))
            .collect();
        let mut first: HashMap<(String, String), (usize, usize, usize)> = HashMap::new();
        let mut others: Vec<(usize, usize, Elsewhere)> = Vec::new();
        // In the order of the paths: that of the findings depends on threads.
        let mut order: Vec<(usize, usize)> = findings
            .iter()
            .enumerate()
            .filter_map(|(at, (place, _))| match place {
                InFile::Facts(id) => Some((*files.get(id)?, at)),
                InFile::Read(_) => None,
            })
            .collect();
        order.sort_unstable();
        for (file, at) in order {
            let list = &mut findings[at].1;
            let mut number = 0;
            list.retain(|finding| {
                let key = (finding.rule.id.clone(), finding.message.clone());
                let known = *first.entry(key).or_insert((at, number, file));
                let path = &self.files[known.2].path;
                // A message about permissions names their object, and a folder and one in it cannot both define one object of a cluster.
                // But an expression may be another name in each chart.
                let is_named = finding.rule.id.starts_with("rbac-")
                    && !finding.message.contains("{{")
                    && is_within(path, &self.files[file].path);
                let is_copy = known.2 != file
                    && (is_named || !self.environments.together(path, &self.files[file].path));
                if is_copy {
                    let place = At {
                        file,
                        span: finding.span,
                    };
                    others.push((
                        known.0,
                        known.1,
                        self.place(place, "the same in a copy of the object"),
                    ));
                }
                number += usize::from(!is_copy);
                !is_copy
            });
        }
        let mut shown: HashMap<(usize, usize), usize> = HashMap::new();
        for (at, number, place) in others {
            let count = shown.entry((at, number)).or_default();
            *count += 1;
            if *count <= SHOWN {
                findings[at].1[number].elsewhere.push(place);
            }
        }
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

    /// Of objects in the order of the files those near a file, which may be in one cluster with it; the nearest first. Files that share
    /// folders are next to each other in that order, so a few on both sides are enough.
    fn near<'c>(&'c self, lists: [&'c [Place]; 2], file: usize) -> impl Iterator<Item = Place> + 'c {
        const BOTH_SIDES: usize = 32;
        let path = &self.files[file].path;
        let mut found: Vec<(usize, Place)> = lists
            .into_iter()
            .flat_map(|list| {
                let at = list.partition_point(|place| place.0 < file);
                &list[at.saturating_sub(BOTH_SIDES)..(at + BOTH_SIDES).min(list.len())]
            })
            .inspect(|_| self.step())
            .filter(|place| self.environments.together(path, &self.files[place.0].path))
            .map(|place| {
                (
                    2 * shared(path, &self.files[place.0].path) + usize::from(place.0 == file),
                    *place,
                )
            })
            .collect();
        found.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
        found.into_iter().map(|(_, place)| place)
    }

    /// The routes that lead to a Service, with the file each stands in.
    pub(crate) fn routes_to<'c>(
        &'c self,
        file: usize,
        service: &'c Service,
    ) -> impl Iterator<Item = (usize, &'c Route)> {
        self.near(
            self.routes.lists(&service.name, service.namespace.as_deref()),
            file,
        )
        .map(|(file, number)| (file, &self.files[file].routes[number]))
    }

    /// The workloads that a Service leads to.
    pub(crate) fn behind<'c>(
        &'c self,
        file: usize,
        service: &'c Service,
    ) -> impl Iterator<Item = (usize, &'c Pod)> {
        // Those with its rarest label: the others are compared.
        let rarest = rarest(&self.labelled_pods, &service.selector);
        self.near([rarest, &[]], file)
            .map(|(file, number)| (file, &self.files[file].pods[number]))
            .filter(move |(_, pod)| {
                service.selector.iter().all(|label| pod.labels.contains(label))
                    && same_namespace(&service.namespace, &pod.namespace)
            })
    }

    /// The workloads that run as an account which a file names, in order.
    pub(crate) fn running_as(
        &self,
        file: usize,
        account: &str,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = (Place, &Pod)> {
        self.near(self.pods.lists(account, namespace), file)
            .map(|place| (place, &self.files[place.0].pods[place.1]))
    }

    /// The accounts of a name that may be in a namespace.
    pub(crate) fn accounts_like(
        &self,
        file: usize,
        name: &str,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = &Account> {
        self.near(self.accounts.lists(name, namespace), file)
            .map(|(file, number)| &self.files[file].accounts[number])
    }

    /// The accounts of a name in exactly a namespace, and those that name none.
    pub(crate) fn accounts_in(
        &self,
        file: usize,
        name: &str,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = &Account> {
        self.near(self.accounts.exact_lists(name, namespace), file)
            .map(|(file, number)| &self.files[file].accounts[number])
    }

    /// Whether the input makes accounts for a namespace.
    pub(crate) fn manages(&self, namespace: Option<&str>) -> bool {
        namespace.is_some_and(|namespace| self.managed.contains(namespace))
    }

    /// Secrets that are in one cluster with a file, of a namespace or of all; the nearest first.
    pub(crate) fn secrets_near(
        &self,
        file: usize,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = (usize, &Secret)> {
        let places = self
            .secrets
            .get(&namespace.map(str::to_owned))
            .map_or(&[][..], Vec::as_slice);
        self.near([places, &[]], file)
            .map(|(file, number)| (file, &self.files[file].secrets[number]))
    }

    /// All bindings, with the file each stands in.
    pub(crate) fn bindings(&self) -> impl Iterator<Item = (usize, &Binding)> {
        self.files
            .iter()
            .enumerate()
            .flat_map(|(file, facts)| facts.bindings.iter().map(move |binding| (file, binding)))
    }

    /// All roles, with their places.
    pub(crate) fn roles(&self) -> impl Iterator<Item = (Place, &Role)> {
        self.files.iter().enumerate().flat_map(|(file, facts)| {
            let roles = facts.roles.iter().enumerate();
            roles.map(move |(number, role)| ((file, number), role))
        })
    }

    /// All workloads, with the file each stands in.
    pub(crate) fn pods(&self) -> impl Iterator<Item = (usize, &Pod)> {
        self.files
            .iter()
            .enumerate()
            .flat_map(|(file, facts)| facts.pods.iter().map(move |pod| (file, pod)))
    }

    /// The role that a binding gives: of several of that name the one whose file is nearest.
    pub(crate) fn given<'c>(&'c self, file: usize, binding: &'c Binding) -> GrantedRole<'c> {
        let path = &self.files[file].path;
        let near = |other: usize| {
            self.step();
            2 * shared(path, &self.files[other].path) + usize::from(other == file)
        };
        let key = role_key(binding.role_cluster, &binding.role, path);
        let namespace = binding.namespace.as_deref().filter(|_| !binding.role_cluster);
        let found = self
            .roles
            .lists(&key, namespace)
            .into_iter()
            .filter_map(|list| index::nearest(list, file, near))
            .max()
            .filter(|(_, place)| self.environments.together(path, &self.files[place.0].path));
        match found {
            Some((_, place)) => GrantedRole::Role(place, self.role(place)),
            None if rights::is_builtin(&binding.role) => GrantedRole::Builtin(&binding.role),
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
        self.beside(file, path).map(|at| &self.files[at])
    }

    /// The number of a file whose path is relative to another.
    pub(crate) fn beside(&self, file: usize, path: &str) -> Option<usize> {
        self.at_path(&join(folder(&self.files[file].path), path))
    }

    /// The number of a file by its path.
    pub(crate) fn at_path(&self, path: &str) -> Option<usize> {
        let full = path.trim_start_matches("./").trim_start_matches('/');
        self.files
            .binary_search_by(|facts| {
                facts
                    .path
                    .trim_start_matches("./")
                    .trim_start_matches('/')
                    .cmp(full)
            })
            .ok()
    }

    /// The bindings that name a service account and may be in one cluster with a file, the nearest first.
    pub(crate) fn bindings_of(&self, file: usize, account: &str) -> impl Iterator<Item = Place> {
        self.near(self.bound.lists(account, None), file)
    }

    /// Who is given a role, itself or as a part of one that collects it. A binding for the whole cluster counts before one of a namespace.
    pub(crate) fn granted(&self, place: Place) -> Option<&RoleBindings> {
        let map = self.granted.get_or_init(|| {
            let mut map: HashMap<Place, RoleBindings> = HashMap::new();
            for wide in [true, false] {
                let mut asked = RequestedRoles::default();
                let all = self.files.iter().enumerate();
                let all = all.flat_map(|(file, facts)| (0..facts.bindings.len()).map(move |at| (file, at)));
                for first in all.filter(|(file, at)| self.files[*file].bindings[*at].cluster == wide) {
                    let binding = &self.files[first.0].bindings[first.1];
                    let GrantedRole::Role(place, role) = self.given(first.0, binding) else {
                        continue;
                    };
                    let new = RoleBindings { first, more: 0 };
                    map.entry(place)
                        .and_modify(|known| known.more += 1)
                        .or_insert(new);
                    for source in self.sources(place, role, &mut asked) {
                        map.entry(source).or_insert(new);
                    }
                }
            }
            map
        });
        map.get(&place)
    }
}

/// The bindings that give a role.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoleBindings {
    first: Place,
    /// How many others there are.
    pub(crate) more: usize,
}

impl RoleBindings {
    /// The first of them.
    pub(crate) fn binding<'c>(&self, cluster: &'c Cluster) -> (usize, &'c Binding) {
        (self.first.0, &cluster.files[self.first.0].bindings[self.first.1])
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
    let (one, other) = (index::known(one.as_deref()), index::known(other.as_deref()));
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

/// Whether the folder of one path is the other's, or one in it.
fn is_within(outer: &str, inner: &str) -> bool {
    let rest = folder(inner).strip_prefix(folder(outer));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder(outer).is_empty())
}

/// A place in one of the files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    pub(crate) file: usize,
    pub(crate) span: Span,
}

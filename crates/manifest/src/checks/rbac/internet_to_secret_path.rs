//! `internet-to-secret-path`.

use std::collections::{HashMap, HashSet};

use keysift_finding::{Elsewhere, Severity};

use super::handles_secrets;
use crate::{
    Check, Cluster, ClusterFound,
    graph::{At, Binding, Place, Pod, Service, same_namespace},
    object::named,
};

/// `internet-to-secret-path`.
pub(crate) struct InternetToSecret;

/// A binding that lets an account read Secrets.
struct SecretReader<'c> {
    at: At,
    binding: &'c Binding,
    trusted: bool,
}

/// Whether a workload is given the token of its account.
fn has_token(cluster: &Cluster, file: usize, pod: &Pod) -> bool {
    let name = pod.account.as_deref().unwrap_or("default");
    let account = cluster.accounts_like(file, name, pod.namespace.as_deref()).next();
    pod.projected
        || pod
            .automount
            .or(account.and_then(|account| account.automount))
            .unwrap_or(true)
}

/// The bindings that let accounts read Secrets, by file and number.
struct SecretReaders(HashSet<Place>);

impl SecretReaders {
    fn of(cluster: &Cluster) -> Self {
        let numbered = cluster.files.iter().enumerate().flat_map(|(file, facts)| {
            let bindings = facts.bindings.iter().enumerate();
            bindings.map(move |(number, binding)| ((file, number), binding))
        });
        let reads = |(place, binding): &(Place, &Binding)| {
            let given = cluster.given(place.0, binding);
            cluster.rights(&given).reads_secrets().is_some()
        };
        Self(numbered.filter(reads).map(|(place, _)| place).collect())
    }

    /// The first binding through which a workload reads Secrets.
    fn reads<'c>(&self, cluster: &'c Cluster, file: usize, pod: &Pod) -> Option<SecretReader<'c>> {
        let name = pod.account.as_deref().unwrap_or("default");
        let bindings = cluster.bindings_of(file, name);
        bindings
            .filter(|place| self.0.contains(place))
            .find_map(|(file, number)| {
                let binding = &cluster.files[file].bindings[number];
                let subject = binding.subjects.iter().find(|subject| {
                    let namespace = subject.namespace.as_ref().or(binding.namespace.as_ref());
                    let same = same_namespace(&namespace.cloned(), &pod.namespace);
                    subject.kind == "ServiceAccount" && subject.name == name && same
                })?;
                Some(SecretReader {
                    at: At {
                        file,
                        span: binding.role_span,
                    },
                    binding,
                    trusted: handles_secrets(subject),
                })
            })
    }
}

impl Check for InternetToSecret {
    fn page(&self) -> &'static str {
        include_str!("internet_to_secret_path.md")
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        let readers = SecretReaders::of(cluster);
        if readers.0.is_empty() {
            return;
        }
        // Services of a file with one selector lead to the same workloads.
        type Selected<'c> = (usize, &'c [(String, String)], Option<&'c str>);
        let mut behind: HashMap<Selected<'_>, Option<(usize, &Pod)>> = HashMap::new();
        for (file, service) in cluster.services() {
            let Some((door, mut way)) = door(cluster, file, service) else {
                continue;
            };
            let first = || {
                cluster.behind(file, service).find(|(file, pod)| {
                    readers.reads(cluster, *file, pod).is_some() && has_token(cluster, *file, pod)
                })
            };
            let found_pod = *behind
                .entry((file, &service.selector, service.namespace.as_deref()))
                .or_insert_with(first);
            if let Some(((pod_file, pod), reads)) =
                found_pod.and_then(|found| Some((found, readers.reads(cluster, found.0, found.1)?)))
            {
                way.push(cluster.place(
                    At {
                        file: pod_file,
                        span: pod.span,
                    },
                    format!(
                        "{} serves it and mounts the token",
                        named(&pod.kind, &pod.name, pod.namespace.as_deref())
                    ),
                ));
                way.push(cluster.place(
                    reads.at,
                    format!(
                        "binding `{}` grants role `{}` to its service account",
                        reads.binding.name, reads.binding.role
                    ),
                ));
                tell(door, service, pod, &reads, &way, found);
            }
        }
    }
}

/// Where a Service is reached from outside: itself, or through a route.
fn door(cluster: &Cluster, file: usize, service: &Service) -> Option<(At, Vec<Elsewhere>)> {
    if service.exposed {
        return Some((
            At {
                file,
                span: service.span,
            },
            Vec::new(),
        ));
    }
    let (route_file, route) = cluster.routes_to(file, service).next()?;
    let leads = cluster.place(
        At {
            file,
            span: service.span,
        },
        format!(
            "{} routes to Service `{}`",
            named(&route.kind, &route.name, route.namespace.as_deref()),
            service.name
        ),
    );
    Some((
        At {
            file: route_file,
            span: route.span,
        },
        vec![leads],
    ))
}

fn tell(
    door: At,
    service: &Service,
    pod: &Pod,
    reads: &SecretReader<'_>,
    way: &[Elsewhere],
    found: &mut ClusterFound<'_>,
) {
    let what = if reads.binding.cluster {
        "all Secrets in the cluster"
    } else {
        "all Secrets in its namespace"
    };
    let who = named(&pod.kind, &pod.name, pod.namespace.as_deref());
    let mut detail = found.at(
        door,
        format!(
            "Attack path: Service `{}` exposes {who}, whose service account token can read {what}",
            service.name
        ),
    );
    for place in way {
        detail = detail.elsewhere(place.clone());
    }
    if reads.trusted {
        detail.severity(
            Severity::Medium,
            "the name suggests a controller that may need this: verify",
        );
    } else if !reads.binding.cluster {
        detail.severity(Severity::High, "limited to one namespace");
    }
}

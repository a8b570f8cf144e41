//! `internet-to-secret-path`.

use std::collections::HashMap;

use keysift_finding::{Elsewhere, Severity};

use crate::checks::rbac::handles_secrets;
use crate::graph::{At, Binding, ObjectsByName, Pod, Service};
use crate::object::named;
use crate::{Check, Cluster, ClusterFound};

/// `internet-to-secret-path`.
pub(crate) struct InternetToSecret;

/// A binding that lets an account read Secrets.
struct SecretReader<'c> {
    at: At,
    binding: &'c Binding,
    trusted: bool,
}

/// Whether a workload is given the token of its account.
fn has_token(cluster: &Cluster, pod: &Pod) -> bool {
    let name = pod.account.as_deref().unwrap_or("default");
    let account = cluster.accounts_like(name, pod.namespace.as_deref()).next();
    pod.projected
        || pod
            .automount
            .or(account.and_then(|account| account.automount))
            .unwrap_or(true)
}

/// The bindings that let accounts read Secrets, and their subjects by name.
struct SecretReaders<'c> {
    bindings: Vec<(usize, &'c Binding)>,
    /// The binding's number here, and the subject's in it.
    subjects: ObjectsByName,
}

impl<'c> SecretReaders<'c> {
    fn of(cluster: &'c Cluster) -> Self {
        let reads = |(file, binding): &(usize, &Binding)| {
            cluster
                .rights(&cluster.given(*file, binding))
                .reads_secrets()
                .is_some()
        };
        let bindings: Vec<_> = cluster.bindings().filter(reads).collect();
        let mut subjects = ObjectsByName::default();
        for (number, (_, binding)) in bindings.iter().enumerate() {
            for (at, subject) in binding.subjects.iter().enumerate() {
                if subject.kind == "ServiceAccount" {
                    let namespace = subject.namespace.as_deref().or(binding.namespace.as_deref());
                    subjects.add(&subject.name, namespace, (number, at));
                }
            }
        }
        Self { bindings, subjects }
    }

    /// The first binding through which a workload reads Secrets.
    fn reads(&self, pod: &Pod) -> Option<SecretReader<'c>> {
        let name = pod.account.as_deref().unwrap_or("default");
        let (number, at) = self.subjects.like(name, pod.namespace.as_deref()).next()?;
        let (file, binding) = self.bindings[number];
        Some(SecretReader {
            at: At {
                file,
                span: binding.role_span,
            },
            binding,
            trusted: handles_secrets(&binding.subjects[at]),
        })
    }
}

impl Check for InternetToSecret {
    fn page(&self) -> &'static str {
        include_str!("internet_to_secret_path.md")
    }

    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        let readers = SecretReaders::of(cluster);
        if readers.bindings.is_empty() {
            return;
        }
        // Services with one selector lead to the same workloads.
        type Selected<'c> = (&'c [(String, String)], Option<&'c str>);
        let mut behind: HashMap<Selected<'_>, Option<(usize, &Pod)>> = HashMap::new();
        for (file, service) in cluster.services() {
            let Some((door, mut way)) = door(cluster, file, service) else {
                continue;
            };
            let first = || {
                cluster
                    .behind(service)
                    .find(|(_, pod)| readers.reads(pod).is_some() && has_token(cluster, pod))
            };
            let found_pod = *behind
                .entry((&service.selector, service.namespace.as_deref()))
                .or_insert_with(first);
            if let Some(((pod_file, pod), reads)) =
                found_pod.and_then(|found| Some((found, readers.reads(found.1)?)))
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
    let (route_file, route) = cluster.routes_to(service).next()?;
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
            "attack path: Service `{}` exposes {who}, whose service account token can read {what}",
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

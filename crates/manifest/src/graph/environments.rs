//! Which files describe one cluster. Copies of an object in sibling folders (`dev/`, `prod/`, a folder for each provider) belong to different
//! clusters, although name and namespace are the same: what is in one of these folders is not joined with what is in the other.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{Facts, chart};
use crate::around::{folder, join};

/// The folders that hold copies of the same objects.
#[derive(Debug, Default)]
pub(crate) struct Environments {
    /// Objects at and below each path: kind, namespace and name, hashed.
    defined: HashMap<u64, HashSet<u64>>,
    /// What each kustomization applies together with its own folder, by the folder.
    includes: HashMap<String, Vec<String>>,
    /// Whether two neighbours hold copies, once somebody asked.
    known: RefCell<HashMap<(u64, u64), bool>>,
}

/// Two neighbours hold copies if one object in this many of the smaller is in both: a single Secret that two parts of a cluster define is
/// not enough to separate them.
const SHARE: usize = 4;

/// How many kustomizations may include each other.
const DEPTH: usize = 4;

fn hash(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// The objects of a file that tell one cluster from another.
fn objects(facts: &Facts) -> impl Iterator<Item = u64> {
    let roles = facts
        .roles
        .iter()
        .map(|role| hash((role.cluster, &role.namespace, &role.name)));
    let bindings = facts.bindings.iter();
    let bindings = bindings.map(|binding| hash(("b", binding.cluster, &binding.namespace, &binding.name)));
    let accounts = facts
        .accounts
        .iter()
        .map(|account| hash(("a", &account.namespace, &account.name)));
    let pods = facts
        .pods
        .iter()
        .map(|pod| hash(("p", &pod.kind, &pod.namespace, &pod.name)));
    let services = facts
        .services
        .iter()
        .map(|service| hash(("s", &service.namespace, &service.name)));
    roles.chain(bindings).chain(accounts).chain(pods).chain(services)
}

/// The offsets at which the folders of a path end, and its whole length.
fn ends(path: &str) -> impl Iterator<Item = usize> {
    path.match_indices('/').map(|(at, _)| at).chain([path.len()])
}

impl Environments {
    /// Adds what a file defines.
    pub(crate) fn add(&mut self, facts: &Facts) {
        let path = join("", &facts.path);
        let own: Vec<u64> = objects(facts).collect();
        if !own.is_empty() {
            for end in ends(&path) {
                self.defined.entry(hash(&path[..end])).or_default().extend(&own);
            }
        }
        if !facts.includes.is_empty() {
            let base = folder(&path);
            let list = facts.includes.iter().map(|path| join(base, path));
            self.includes.entry(base.to_owned()).or_default().extend(list);
        }
    }

    /// Whether two files may describe one cluster.
    pub(crate) fn together(&self, one: &str, other: &str) -> bool {
        let (one, other) = (join("", one), join("", other));
        if one == other || one.contains("/templates/") && chart(&one) == chart(&other) {
            return true;
        }
        let (left, right) = part(&one, &other);
        let key = (hash(left), hash(right));
        if !self.rivals(key) {
            return true;
        }
        self.includes(&one, &other, DEPTH) || self.includes(&other, &one, DEPTH) || self.listed(&one, &other)
    }

    fn rivals(&self, key: (u64, u64)) -> bool {
        let key = (key.0.min(key.1), key.0.max(key.1));
        if let Some(known) = self.known.borrow().get(&key) {
            return *known;
        }
        let rival = match (self.defined.get(&key.0), self.defined.get(&key.1)) {
            (Some(one), Some(other)) => {
                let (few, many) = if one.len() < other.len() {
                    (one, other)
                } else {
                    (other, one)
                };
                let shared = few.iter().filter(|object| many.contains(object)).count();
                shared * SHARE >= few.len() && shared > 0
            }
            _ => false,
        };
        self.known.borrow_mut().insert(key, rival);
        rival
    }

    /// Whether a kustomization above the one file applies the other.
    fn includes(&self, one: &str, other: &str, depth: usize) -> bool {
        depth > 0
            && ends(one).any(|end| {
                let listed = self.includes.get(&one[..end]).into_iter().flatten();
                listed.take(64).any(|path| {
                    within(other, path)
                        || self.includes.contains_key(path) && self.goes(path, other, depth - 1)
                })
            })
    }

    /// Whether the kustomization in a folder applies a file.
    fn goes(&self, from: &str, other: &str, depth: usize) -> bool {
        let listed = self.includes.get(from).into_iter().flatten().take(64);
        depth > 0
            && listed
                .into_iter()
                .any(|path| within(other, path) || self.goes(path, other, depth - 1))
    }

    /// Whether one kustomization names both files: an object and its patch.
    fn listed(&self, one: &str, other: &str) -> bool {
        let mut lists = ends(one).filter_map(|end| self.includes.get(&one[..end]));
        lists.any(|list| list.iter().any(|path| path == one) && list.iter().any(|path| path == other))
    }
}

/// Whether a path is a folder or file, or below it.
fn within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder.is_empty())
}

/// The first folders or files on which two paths differ.
fn part<'p>(one: &'p str, other: &'p str) -> (&'p str, &'p str) {
    let same = one
        .bytes()
        .zip(other.bytes())
        .take_while(|(one, other)| one == other)
        .count();
    let start = one.as_bytes()[..same]
        .iter()
        .rposition(|byte| *byte == b'/')
        .map_or(0, |at| at + 1);
    let upto = |path: &'p str| {
        let end = path.as_bytes()[start..].iter().position(|byte| *byte == b'/');
        &path[..end.map_or(path.len(), |end| start + end)]
    };
    (upto(one), upto(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_part_at_the_first_folder_that_differs() {
        assert_eq!(part("a/dev/x/y.yaml", "a/prod/z.yaml"), ("a/dev", "a/prod"));
        assert_eq!(part("a/b.yaml", "a/bc.yaml"), ("a/b.yaml", "a/bc.yaml"));
        assert_eq!(part("é/1", "è/1"), ("é", "è"));
        assert!(within("a/b/c", "a/b") && within("a", "a") && within("a/b", "") && !within("a/bc", "a/b"));
    }
}

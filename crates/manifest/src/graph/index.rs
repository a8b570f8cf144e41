//! Objects by name and namespace: joins ask here instead of looking at all objects for each, so that n bindings and n roles are n
//! questions and not n times n.

use std::collections::HashMap;

/// An object: the number of its file, and its number among those of its kind there.
pub(crate) type Place = (usize, usize);

/// Objects of one kind, each list in the order of the files.
#[derive(Debug, Default)]
pub(crate) struct ObjectsByName {
    all: HashMap<String, Vec<Place>>,
    within: HashMap<(String, Option<String>), Vec<Place>>,
}

impl ObjectsByName {
    /// Adds an object; they come in the order of the files.
    pub(crate) fn add(&mut self, name: &str, namespace: Option<&str>, place: Place) {
        let namespace = known(namespace);
        for list in [
            self.all.entry(name.to_owned()).or_default(),
            self.within
                .entry((name.to_owned(), namespace.map(str::to_owned)))
                .or_default(),
        ] {
            // A route names the same Service on several paths.
            if list.last() != Some(&place) {
                list.push(place);
            }
        }
    }

    /// Those of this name that may be in a namespace, as two lists: one that names no namespace is where it is applied.
    pub(crate) fn lists(&self, name: &str, namespace: Option<&str>) -> [&[Place]; 2] {
        let within = |namespace: Option<&str>| {
            self.within
                .get(&(name.to_owned(), namespace.map(str::to_owned)))
                .map_or(&[][..], Vec::as_slice)
        };
        match known(namespace) {
            None => [self.all.get(name).map_or(&[][..], Vec::as_slice), &[]],
            some => [within(some), within(None)],
        }
    }

    /// Those of this name in exactly this namespace, and those that name none.
    pub(crate) fn exact_lists(&self, name: &str, namespace: Option<&str>) -> [&[Place]; 2] {
        match known(namespace) {
            None => [
                self.within
                    .get(&(name.to_owned(), None))
                    .map_or(&[][..], Vec::as_slice),
                &[],
            ],
            some => self.lists(name, some),
        }
    }
}

/// A namespace that is written out; an expression of a template is any.
pub(crate) fn known(namespace: Option<&str>) -> Option<&str> {
    namespace.filter(|namespace| !namespace.contains("{{"))
}

/// Of a list the last of those whose file is nearest to a file. Files are in the order of their paths, in which those that share a folder
/// stand together: the nearest are beside the file's own place.
pub(crate) fn nearest(list: &[Place], file: usize, near: impl Fn(usize) -> usize) -> Option<(usize, Place)> {
    let at = list.partition_point(|place| place.0 < file);
    let beside = [at.checked_sub(1), Some(at)].into_iter().flatten();
    let best = beside
        .filter_map(|index| list.get(index))
        .map(|place| near(place.0))
        .max()?;
    let behind = at + list[at..].partition_point(|place| near(place.0) >= best);
    Some((best, list[behind.checked_sub(1)?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_asked_by_name_and_namespace() {
        let mut index = ObjectsByName::default();
        index.add("a", Some("x"), (0, 0));
        index.add("a", None, (1, 0));
        index.add("a", Some("y"), (2, 0));
        index.add("a", Some("x"), (3, 1));
        index.add("b", None, (4, 0));
        assert_eq!(index.lists("a", Some("x")), [&[(0, 0), (3, 1)][..], &[(1, 0)]]);
        assert_eq!(index.lists("a", None)[0], [(0, 0), (1, 0), (2, 0), (3, 1)]);
        assert_eq!(index.exact_lists("a", None), [&[(1, 0)][..], &[]]);
        assert!(index.lists("c", None)[0].is_empty());
    }

    #[test]
    fn the_nearest_is_found_without_looking_at_all() {
        let paths = ["a/x/1", "a/x/2", "a/y/1", "a/y/2", "b/1"];
        let shared = |one: &str, other: &str| {
            let folders = |path: &str| path.split('/').count() - 1;
            one.split('/')
                .zip(other.split('/'))
                .take(folders(one).min(folders(other)))
                .take_while(|(one, other)| one == other)
                .count()
        };
        for list in [vec![0, 1, 2, 3, 4], vec![0, 2, 4], vec![4], vec![1, 3]] {
            let list: Vec<Place> = list.into_iter().map(|file| (file, 0)).collect();
            for file in 0..paths.len() {
                let near = |other: usize| shared(paths[file], paths[other]);
                let slow = list.iter().max_by_key(|place| near(place.0)).copied();
                assert_eq!(
                    nearest(&list, file, near).map(|found| found.1),
                    slow,
                    "{file} {list:?}"
                );
            }
        }
    }
}

//! Maps files of an image to packages, from the databases of dpkg, apk and rpm in its layers.
//!
//! Formats: dpkg-query(1), `info/NAME.list`; apk-tools, "apk spec", the installed database; for rpm see
//! `rpm`.

use std::{
    collections::HashMap,
    io::{self, Read},
    path::Path,
};

use super::{layers::hash, rpm};

/// Maximum size of a database, in bytes.
const LARGEST: u64 = 64 << 20;

/// Files and the packages that own them. Paths are kept as hashes.
#[derive(Debug, Default)]
pub(crate) struct PackageOwners {
    packages: Vec<String>,
    files: HashMap<u64, u32>,
}

/// Returns the package whose file list has this path.
fn dpkg_list(path: &Path) -> Option<String> {
    let folder = path.parent()?;
    let name = path.file_name()?.to_str()?.strip_suffix(".list")?;
    (folder == Path::new("var/lib/dpkg/info")).then(|| name.split(':').next().unwrap_or(name).to_owned())
}

fn is_apk(path: &Path) -> bool {
    path == Path::new("lib/apk/db/installed") || path == Path::new("usr/lib/apk/db/installed")
}

fn is_rpm(path: &Path) -> bool {
    path == Path::new("var/lib/rpm/rpmdb.sqlite") || path == Path::new("usr/lib/sysimage/rpm/rpmdb.sqlite")
}

/// Returns whether a path is a package database.
pub(crate) fn is_database(path: &Path) -> bool {
    is_apk(path) || is_rpm(path) || dpkg_list(path).is_some()
}

impl PackageOwners {
    /// Reads a database, up to the size limit; returns the bytes read.
    pub(crate) fn read(&mut self, path: &Path, reader: &mut dyn Read) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        reader.take(LARGEST).read_to_end(&mut bytes)?;
        if is_rpm(path) {
            rpm::packages(&bytes)
                .into_iter()
                .for_each(|package| self.add(package.name, package.files.into_iter()));
            return Ok(bytes);
        }
        let text = String::from_utf8_lossy(&bytes);
        match dpkg_list(path) {
            Some(package) => {
                let files: Vec<&str> = text.lines().collect();
                self.add(package, files.into_iter().map(str::to_owned));
            }
            None => self.apk(&text),
        }
        Ok(bytes)
    }

    /// Parses apk's format: `P:` is a package, `F:` a folder of it, `R:` a file in that folder.
    fn apk(&mut self, text: &str) {
        for block in text.split("\n\n") {
            let (mut package, mut folder, mut files) = ("", "", Vec::new());
            for line in block.lines() {
                match line.split_at_checked(2) {
                    Some(("P:", name)) => package = name,
                    Some(("F:", name)) => folder = name,
                    Some(("R:", name)) => files.push(format!("{folder}/{name}")),
                    _ => {}
                }
            }
            self.add(package.to_owned(), files.into_iter());
        }
    }

    fn add(&mut self, package: String, files: impl Iterator<Item = String>) {
        let number = u32::try_from(self.packages.len()).unwrap_or(u32::MAX);
        self.packages.push(package);
        // Files in `etc` belong to a package, but contain settings of the user.
        let files = files.filter(|file| !file.trim_start_matches('/').starts_with("etc/"));
        self.files
            .extend(files.map(|file| (hash(Path::new(file.trim_start_matches('/'))), number)));
    }

    /// Adds the packages of another layer; on conflict, they win.
    pub(crate) fn merge(&mut self, other: &Self) {
        let base = u32::try_from(self.packages.len()).unwrap_or(u32::MAX);
        self.packages.extend(other.packages.iter().cloned());
        self.files.extend(
            other
                .files
                .iter()
                .map(|(file, number)| (*file, number.saturating_add(base))),
        );
    }

    /// Returns the package that owns a file.
    pub(crate) fn of(&self, path: &Path) -> Option<&str> {
        self.files
            .get(&hash(path))
            .and_then(|number| self.packages.get(*number as usize))
            .map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_own_what_their_databases_list() {
        let mut owners = PackageOwners::default();
        owners
            .read(
                Path::new("var/lib/dpkg/info/python3:amd64.list"),
                &mut &b"/.\n/usr/lib/a.py\n/etc/python.conf\n"[..],
            )
            .unwrap();
        owners
            .read(
                Path::new("lib/apk/db/installed"),
                &mut &b"C:Q1\nP:musl\nF:lib\nR:ld.so\nZ:x\n\nP:ssl\nF:usr/lib\nR:key.pem\n"[..],
            )
            .unwrap();
        for (path, package) in [
            ("usr/lib/a.py", Some("python3")),
            ("etc/python.conf", None),
            ("lib/ld.so", Some("musl")),
            ("usr/lib/key.pem", Some("ssl")),
        ] {
            assert_eq!(owners.of(Path::new(path)), package, "{path}");
        }
        assert!(
            is_database(Path::new("lib/apk/db/installed")) && !is_database(Path::new("var/lib/dpkg/status"))
        );
    }
}

//! `compose-privileged-secret-access`.

use crate::{
    Check, File, Found, Language,
    checks::kubernetes::{HostAccess, host_access},
    yaml::{Cursor, Scalar},
};

/// `compose-privileged-secret-access`.
pub(crate) struct ComposeMounts;

/// The parts of `SOURCE:TARGET:OPTIONS`; a colon in `${NAME:-default}` separates nothing.
fn parts(volume: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let separates = move |char: char| {
        match char {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        char == ':' && depth == 0
    };
    volume.split(separates).collect()
}

/// The source of a volume and whether it is mounted read-only; of both forms.
fn source<'t>(volume: Cursor<'t>) -> Option<(&'t str, &'t Scalar, bool)> {
    if let Some(scalar) = volume.scalar() {
        let parts = parts(&scalar.text);
        let read_only = parts
            .get(2)
            .is_some_and(|options| options.split(',').any(|option| option == "ro"));
        return Some((parts[0], scalar, read_only));
    }
    let scalar = volume.get("source").scalar()?;
    Some((&scalar.text, scalar, volume.get("read_only").is("true")))
}

/// What `${X:-default}` is where nobody sets the variable; of other texts, the text.
fn default_of(path: &str) -> &str {
    let inner = path.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let default = inner.and_then(|inner| inner.split_once(":-").or_else(|| inner.split_once('-')));
    default.map_or(path, |(_, default)| default)
}

impl Check for ComposeMounts {
    fn page(&self) -> &'static str {
        include_str!("privileged_secret_access.md")
    }

    fn file(&self, file: &File<'_>, found: &mut Found<'_>) {
        if file.language != Language::Compose {
            return;
        }
        let roots = file.tree.documents.iter().map(|root| file.tree.at(*root));
        for (name, service) in roots.flat_map(|root| root.get("services").entries()) {
            if service
                .get("image")
                .str()
                .is_some_and(|image| image.contains("socket-proxy"))
            {
                continue;
            }
            for (path, scalar, read_only) in service.list("volumes").filter_map(source) {
                if !path.starts_with(['/', '~', '$']) {
                    continue;
                }
                let Some(access) = host_access(default_of(path)) else {
                    continue;
                };
                let detail = found.at(
                    scalar.span,
                    format!(
                        "Host path `{path}` is mounted into service `{}`: {}",
                        name.text,
                        access.shown()
                    ),
                );
                if matches!(access, HostAccess::Processes | HostAccess::Root) && read_only {
                    detail.lower(1, "mounted read-only, as monitoring agents do");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{default_of, parts};

    #[test]
    fn defaults_of_variables() {
        for (path, expected) in [
            ("${X:-~/.ssh}", "~/.ssh"),
            ("${X-/a}", "/a"),
            ("${HOME}/.aws", "${HOME}/.aws"),
            ("/a", "/a"),
        ] {
            assert_eq!(default_of(path), expected);
        }
    }

    #[test]
    fn colons_of_defaults_separate_nothing() {
        assert_eq!(parts("/a:/b:ro"), ["/a", "/b", "ro"]);
        assert_eq!(parts("/home/${U:-ada}/x:/c"), ["/home/${U:-ada}/x", "/c"]);
        assert_eq!(parts("${X:?set ${Y:-it}}:/c"), ["${X:?set ${Y:-it}}", "/c"]);
        assert_eq!(parts("data"), ["data"]);
    }
}

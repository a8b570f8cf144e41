//! Checks of compose files and pipelines.

use keysift_finding::{Finding, Span};
use keysift_judge::{Name, name};

use super::workloads::credential_path;
use crate::{Check, File, Found, Language};

/// The longest expression of a pipeline that is read, in bytes.
const LONGEST_EXPRESSION: usize = 1024;

/// `ci-secret-build-arg`.
pub(super) struct CiBuildArg;

impl CiBuildArg {
    /// Lines of a script or of `build-args` that hand a secret to a build.
    fn text(text: &str, start: usize, arguments: bool, found: &mut Found<'_>) {
        for line in text.split_inclusive('\n') {
            let at = start + (line.as_ptr() as usize - text.as_ptr() as usize);
            for (offset, part) in Self::parts(line, arguments) {
                let Some((key, value)) = part.split_once('=') else {
                    continue;
                };
                let secret = value.contains("secrets.")
                    || value.trim_matches(['"', '\'']).starts_with('$') && name(key) == Name::Sensitive;
                if secret && value.trim() != "\"\"" && !value.contains("secrets.GITHUB_TOKEN_PUBLIC") {
                    let span = Span::new(at + offset, at + offset + key.len());
                    found.at(
                        span,
                        format!(
                            "build argument `{key}` stores a CI secret in the image history and provenance"
                        ),
                    );
                }
            }
        }
    }

    /// `NAME=value` behind each `--build-arg`, or the line itself.
    fn parts(line: &str, arguments: bool) -> Vec<(usize, &str)> {
        if arguments {
            let trimmed = line.trim();
            return vec![(line.find(trimmed).unwrap_or_default(), trimmed)];
        }
        let mut found = Vec::new();
        let mut rest = 0;
        while let Some(at) = line[rest..]
            .find("--build-arg")
            .map(|at| rest + at + "--build-arg".len())
        {
            let behind = line[at..].trim_start_matches(['=', ' ', '"', '\'']);
            let offset = line.len() - behind.len();
            // An expression has blanks in it; one that does not end soon is none.
            let first = behind.find(' ').unwrap_or(behind.len());
            let near = keysift_finding::head(behind, LONGEST_EXPRESSION);
            let end = match behind[..first].contains("${{") {
                true => near.find("}}").map_or(near.len(), |close| close + 2),
                false => behind.find(char::is_whitespace).unwrap_or(behind.len()),
            };
            found.push((offset, &behind[..end]));
            rest = at;
        }
        found
    }
}

impl Check for CiBuildArg {
    fn page(&self) -> &'static str {
        include_str!("ci/secret_build_arg.md")
    }

    fn file(&self, file: &File<'_>, found: &mut Found<'_>) {
        if file.language != Language::Pipeline {
            return;
        }
        let tree = file.tree;
        let mut walk = tree.walk(tree.documents.iter().copied(), ());
        while let Some((node, ())) = walk.next() {
            for (key, value) in tree.entries(node) {
                if let Some(scalar) = tree.scalar(value) {
                    match key.text.as_str() {
                        "run" | "script" => {
                            Self::text(tree.raw(scalar.span), scalar.span.start, false, found)
                        }
                        "build-args" | "build_args" => {
                            Self::text(tree.raw(scalar.span), scalar.span.start, true, found)
                        }
                        _ => {}
                    }
                }
                walk.enter(value, ());
            }
            for item in tree.afforded(node) {
                match tree.scalar(*item) {
                    Some(scalar) => Self::text(tree.raw(scalar.span), scalar.span.start, false, found),
                    None => walk.enter(*item, ()),
                }
            }
        }
    }
}

/// `compose-privileged-secret-access`.
pub(super) struct ComposeMounts;

impl Check for ComposeMounts {
    fn page(&self) -> &'static str {
        include_str!("compose/privileged_secret_access.md")
    }

    fn file(&self, file: &File<'_>, found: &mut Found<'_>) {
        if file.language != Language::Compose {
            return;
        }
        let tree = file.tree;
        let services = tree
            .documents
            .iter()
            .filter_map(|root| tree.get(*root, "services"))
            .flat_map(|services| tree.entries(services));
        for (name, service) in services.collect::<Vec<_>>() {
            if tree
                .text(service, "image")
                .is_some_and(|image| image.contains("socket-proxy"))
            {
                continue;
            }
            for volume in tree.list(service, "volumes") {
                let source = match tree.scalar(*volume) {
                    Some(scalar) => Some((scalar.text.split(':').next().unwrap_or_default(), scalar.span)),
                    None => tree
                        .get(*volume, "source")
                        .and_then(|source| tree.scalar(source))
                        .map(|scalar| (scalar.text.as_str(), scalar.span)),
                };
                let Some((path, span)) = source.filter(|(path, _)| path.starts_with(['/', '~', '$'])) else {
                    continue;
                };
                if let Some(why) = credential_path(path) {
                    found.at(
                        span,
                        format!(
                            "host path `{path}` is mounted into service `{}`: {why}",
                            name.text
                        ),
                    );
                }
            }
        }
    }
}

/// `file-credential-committed`.
pub(super) struct KeyStore;

impl Check for KeyStore {
    fn page(&self) -> &'static str {
        include_str!("files/file_credential_committed.md")
    }
}

/// What a key store is, by its first bytes.
pub(crate) fn key_store(text: &[u8]) -> Option<&'static str> {
    match text {
        [0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, ..] => Some("Java keystore"),
        [0xCE, 0xCE, 0xCE, 0xCE, 0, 0, 0, ..] => Some("Java keystore (JCEKS)"),
        [3, 0xD9, 0xA2, 0x9A, 0x65 | 0x67, 0xFB, 0x4B, 0xB5, ..] => Some("KeePass database"),
        [0x30, rest @ ..] if is_pkcs12(rest) => Some("PKCS#12 keystore"),
        _ => None,
    }
}

/// Whether PKCS#12 goes on behind the mark of a sequence: its length, version 3, and a sequence that holds data of PKCS#7.
fn is_pkcs12(rest: &[u8]) -> bool {
    const PKCS7: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07];
    let version = match rest.first() {
        Some(length @ 0x81..=0x84) => 1 + usize::from(length - 0x80),
        _ => 1,
    };
    let data = rest
        .get(version..)
        .and_then(|rest| rest.strip_prefix(&[2, 1, 3, 0x30]));
    data.is_some_and(|data| {
        data[..data.len().min(20)]
            .windows(PKCS7.len())
            .any(|part| part == PKCS7)
    })
}

/// Reports a key store; stores of other people's certificates hold no secret.
pub(crate) fn told_key_store(path: &std::path::Path, text: &[u8], findings: &mut Vec<Finding>) {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let Some(what) = key_store(text).filter(|_| !name.contains("trust") && !name.contains("cacerts")) else {
        return;
    };
    let number = super::CHECKS
        .iter()
        .position(|check| check.page() == KeyStore.page())
        .expect("it is listed");
    Found::new(&super::METAS[number], findings)
        .at(Span::new(0, text.len().min(4)), format!("{what} committed"));
}

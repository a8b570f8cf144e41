//! `ci-secret-build-arg`.

use keysift_finding::Span;
use keysift_judge::{Name, name};

use crate::{Check, File, Found, Language};

/// The longest expression of a pipeline that is read, in bytes.
const LONGEST_EXPRESSION: usize = 1024;

/// `ci-secret-build-arg`.
pub(crate) struct CiBuildArg;

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
                            "Build argument `{key}` stores a CI secret in the image history and provenance"
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
        include_str!("secret_build_arg.md")
    }

    fn file(&self, file: &File<'_>, found: &mut Found<'_>) {
        if file.language != Language::Pipeline {
            return;
        }
        for (key, scalar) in super::scalars(file.tree) {
            let arguments = matches!(key, "build-args" | "build_args");
            Self::text(file.tree.raw(scalar.span), scalar.span.start, arguments, found);
        }
    }
}

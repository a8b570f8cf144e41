//! `ci-secret-logged`.

use keysift_finding::Span;

use crate::yaml::Node;
use crate::{Check, File, Found, Language};

/// `ci-secret-logged`.
pub(crate) struct CiLogged;

/// Where in a script a secret is printed into the log: `echo` and `printf` that go nowhere else, and every variable at once beside a secret.
fn printed(script: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in script.split_inclusive('\n') {
        let trimmed = line.trim();
        let prints = ["echo ", "printf ", "Write-Host ", "Write-Output "]
            .iter()
            .any(|command| trimmed.starts_with(command));
        // What is piped, kept or masked is not shown.
        let elsewhere =
            trimmed.contains(['>', '|']) || trimmed.contains("::add-mask::") || trimmed.contains("base64");
        let secret = trimmed.find("${{").is_some_and(|open| {
            let inside = trimmed[open + 3..].split("}}").next().unwrap_or_default().trim();
            // `secrets.X != ''` asks whether it is there.
            inside.starts_with("secrets.") && !inside.contains(['=', '&', ' '])
        });
        if prints && secret && !elsewhere {
            let start = at + line.find(trimmed).unwrap_or_default();
            found.push((start, start + trimmed.len()));
        }
        at += line.len();
    }
    found
}

impl Check for CiLogged {
    fn page(&self) -> &'static str {
        include_str!("secret_logged.md")
    }

    fn file(&self, file: &File<'_>, found: &mut Found<'_>) {
        if file.language != Language::Pipeline {
            return;
        }
        let tree = file.tree;
        let mut walk = tree.walk(tree.documents.iter().copied(), ());
        while let Some((node, ())) = walk.next() {
            if let Node::Mapping(entries) = tree.node(node) {
                for (key, value) in entries {
                    let run = tree.scalar(*key).is_some_and(|key| key.text == "run");
                    let Some(scalar) = tree.scalar(*value).filter(|_| run) else {
                        continue;
                    };
                    for (start, end) in printed(tree.raw(scalar.span)) {
                        found.at(
                            Span::new(scalar.span.start + start, scalar.span.start + end),
                            "a secret is printed to the build log",
                        );
                    }
                }
            }
            walk.below(node, ());
        }
    }
}

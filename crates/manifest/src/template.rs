//! Literals inside the expressions of templates: `default "x"`, `"x" | b64enc`. The name is the key that the expression fills.

use std::cell::OnceCell;

use keysift_finding::Span;

use crate::{
    FieldKind, Literal,
    yaml::{Node, Tree},
};

/// The literals inside expressions that fill a value.
pub(crate) fn literals(tree: &Tree) -> Vec<Literal<'_>> {
    let mut found = Vec::new();
    for node in tree.nodes() {
        let Node::Mapping(entries) = node else { continue };
        let named = OnceCell::new();
        for (key, value) in entries {
            let (Some(key), Some(scalar)) = (tree.scalar(*key), tree.scalar(*value)) else {
                continue;
            };
            if !scalar.text.contains("{{") {
                continue;
            }
            // The place of the entry's name in a list of variables.
            let name = if key.text == "value" {
                *named.get_or_init(|| {
                    entries.iter().find_map(|(key, value)| {
                        (tree.scalar(*key)?.text == "name")
                            .then(|| tree.scalar(*value))
                            .flatten()
                    })
                })
            } else {
                Some(key)
            };
            let Some(name) = name else { continue };
            let raw = tree.raw(scalar.span);
            for at in defaults(raw) {
                let span = Span::new(scalar.span.start + at.start, scalar.span.start + at.end);
                let value = &raw[at.start..at.end];
                found.push(Literal::new(
                    FieldKind::Template,
                    &*name.text,
                    value,
                    span,
                    "a Helm template",
                ));
            }
        }
    }
    found
}

/// The literals of an expression that become its value: behind `default`, and before `| b64enc` or `| quote`.
fn defaults(expression: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(open) = expression[rest..].find('"').map(|at| rest + at) {
        let Some(close) = expression[open + 1..].find('"').map(|at| open + 1 + at) else {
            break;
        };
        let before = expression[..open].trim_end();
        let behind = expression[close + 1..].trim_start();
        let first = before.ends_with("{{") || before.ends_with("{{-");
        let encoded = first
            && ["| b64enc", "| quote", "| toString"]
                .iter()
                .any(|filter| behind.starts_with(filter));
        if before.ends_with("default") || encoded {
            found.push(Span::new(open + 1, close));
        }
        rest = close + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_that_become_the_value() {
        let read = |text: &str| {
            defaults(text)
                .into_iter()
                .map(|span| text[span.start..span.end].to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            read(r#"{{ .Values.password | default "kq7zr" | b64enc }}"#),
            ["kq7zr"]
        );
        assert_eq!(read(r#"{{ "kq7zr" | b64enc | quote }}"#), ["kq7zr"]);
        assert_eq!(read(r#"{{ default "kq7zr" .Values.password }}"#), ["kq7zr"]);
        assert!(
            read(r#"{{ include "chart.name" . }}{{ required "password is required" .Values.p }}"#).is_empty()
        );
    }
}

//! Patches that are lists of operations (JSON 6902): the literals that they put into objects.

use std::borrow::Cow;

use crate::{
    FieldKind, Literal,
    collect::{describes, is_schema_reference},
    yaml::{Cursor, Scalar, Tree},
};

fn literal<'t>(carrier: FieldKind, name: Cow<'t, str>, scalar: &'t Scalar) -> Literal<'t> {
    Literal::of_scalar(carrier, name, scalar, "a patch")
}

/// The literals of all operations that add something.
pub(crate) fn literals(tree: &Tree) -> Vec<Literal<'_>> {
    let mut found = Vec::new();
    for operation in tree.documents.iter().flat_map(|root| tree.at(*root).items()) {
        let adds = operation
            .get("op")
            .str()
            .is_some_and(|op| matches!(op, "add" | "replace"));
        let Some(path) = operation.get("path").str().filter(|_| adds) else {
            continue;
        };
        // `~1` is a slash within a name.
        let mut parts = path
            .rsplit('/')
            .map(|part| part.replace("~1", "/").replace("~0", "~"));
        let last = parts.next().unwrap_or_default();
        let environment = path.contains("/env/") || path.ends_with("/env");
        let secret = path.starts_with("/data/") || path.starts_with("/stringData/");
        let carrier = match (environment, secret) {
            (true, _) => FieldKind::Env,
            (_, true) => FieldKind::ConfigMap,
            _ => FieldKind::CustomResource,
        };
        below(operation.get("value"), Cow::Owned(last), carrier, 8, &mut found);
    }
    found
}

fn below<'t>(
    value: Cursor<'t>,
    name: Cow<'t, str>,
    carrier: FieldKind,
    depth: usize,
    found: &mut Vec<Literal<'t>>,
) {
    if depth == 0 {
        return;
    }
    if let Some(scalar) = value.scalar() {
        if !scalar.tagged && !scalar.block && !describes(&name) && !is_schema_reference(&name, &scalar.text) {
            found.push(literal(carrier, name, scalar));
        }
        return;
    }
    // `{name: X, value: y}`
    if let (Some(name), Some(scalar)) = (value.get("name").str(), value.get("value").scalar()) {
        found.push(literal(FieldKind::Env, Cow::Borrowed(name), scalar));
        return;
    }
    for item in value.items() {
        below(item, name.clone(), carrier, depth - 1, found);
    }
    for (key, value) in value.entries() {
        below(value, Cow::Borrowed(&key.text), carrier, depth - 1, found);
    }
}

#[cfg(test)]
mod tests {
    use keysift_finding::Work;

    use super::*;

    #[test]
    fn values_under_the_names_of_their_paths() {
        let text = "- op: add\n  path: /spec/template/spec/containers/0/env/-\n  value: {name: DB_PASSWORD, value: kq7zr}\n- {op: replace, path: /data/api~1token, value: w4x}\n- {op: remove, path: /data/password, value: x}\n- {op: test, path: /a, value: x}\n- op: add\n  path: /spec/auth\n  value: {user: u, list: [{password: p}]}\n";
        let tree = Tree::parse(text.as_bytes(), &Work::default());
        let found: Vec<_> = literals(&tree)
            .iter()
            .map(|literal| (literal.name.to_string(), literal.value.to_string()))
            .collect();
        let expected = [
            ("DB_PASSWORD", "kq7zr"),
            ("api/token", "w4x"),
            ("user", "u"),
            ("password", "p"),
        ];
        assert_eq!(
            found,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }
}

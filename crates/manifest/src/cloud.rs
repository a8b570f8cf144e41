//! Templates of cloud services: CloudFormation, Azure Resource Manager and Bicep, task definitions of ECS, Serverless, Pulumi.

use std::borrow::Cow;

use keysift_finding::Span;

use crate::{
    CHECKS, FieldKind, Found, Literal, Outcome, checks,
    collect::{describes, field_name, is_env, is_schema_reference},
    document,
    yaml::{Id, Node, Scalar, Tree},
};

fn literal<'t>(name: Cow<'t, str>, scalar: &'t Scalar, owner: &str) -> Literal<'t> {
    Literal::of_scalar(FieldKind::Cloud, name, scalar, owner.to_owned())
}

/// `{name: X, value: y}`, in the spellings of the services.
fn pair(tree: &Tree, node: Id) -> Option<(&str, &Scalar)> {
    let first = |keys: &[&str]| {
        let found = keys.iter().find_map(|key| tree.get(node, key))?;
        tree.scalar(found).filter(|scalar| !scalar.tagged)
    };
    let name = first(&["name", "Name", "Key", "key", "ParameterKey"])?;
    let value = first(&["value", "Value", "ParameterValue", "secureValue", "OptionValue"])?;
    Some((&name.text, value))
}

/// The environments of containers in a task definition.
pub(crate) fn containers(tree: &Tree) -> Vec<Literal<'_>> {
    let mut found = Vec::new();
    let mut walk = tree.walk(tree.documents.iter().copied(), false);
    while let Some((node, inside)) = walk.next() {
        if let Some((name, value)) = pair(tree, node).filter(|_| inside) {
            found.push(literal(Cow::Borrowed(name), value, "a container definition"));
        }
        match tree.node(node) {
            Node::Mapping(entries) => entries.iter().rev().for_each(|(key, value)| {
                walk.enter(*value, is_env(tree.scalar(*key)));
            }),
            _ => walk.below(node, inside),
        }
    }
    found
}

/// Every scalar of a template under the name that its key, or its parameter, gives it.
pub(crate) fn literals(tree: &Tree) -> Vec<Literal<'_>> {
    let mut found = Vec::new();
    let mut walk = tree.walk(tree.documents.iter().copied(), None::<&str>);
    while let Some((node, parent)) = walk.next() {
        let Node::Mapping(entries) = tree.node(node) else {
            walk.below(node, parent);
            continue;
        };
        if let Some((name, value)) = pair(tree, node) {
            found.push(literal(Cow::Borrowed(name), value, "the template"));
        }
        for (key, value) in entries.iter().rev() {
            let Some(key) = tree.scalar(*key) else { continue };
            if describes(&key.text)
                || matches!(
                    key.text.as_str(),
                    "Metadata" | "Outputs" | "outputs" | "Description"
                )
            {
                continue;
            }
            match tree.scalar(*value).filter(|scalar| !scalar.tagged) {
                Some(scalar) => found.extend(field(tree, key, scalar, parent)),
                None => walk.enter(*value, Some(&key.text)),
            }
        }
    }
    found
}

/// The literal of a field; a text of several lines has those of its lines.
fn field<'t>(
    tree: &'t Tree,
    key: &'t Scalar,
    scalar: &'t Scalar,
    parent: Option<&'t str>,
) -> Vec<Literal<'t>> {
    if scalar.block {
        let lines = document::plain_lines(tree.raw(scalar.span));
        return lines
            .map(|line| Literal::of_line(FieldKind::CloudText, line, scalar.span.start, "the template"))
            .collect();
    }
    let expression = scalar.text.starts_with('[') && scalar.text.ends_with(']');
    if expression || is_schema_reference(&key.text, &scalar.text) {
        return Vec::new();
    }
    // Pulumi writes `project:name`.
    let own = key.text.rsplit(':').next().unwrap_or_default();
    let name = match (own, parent) {
        ("Default" | "defaultValue", Some(parameter)) => Cow::Borrowed(parameter),
        _ => field_name(own, parent),
    };
    vec![literal(name, scalar, "the template")]
}

/// A declaration of Bicep: `param name type = 'default'`, `output name type = expression`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declaration<'t> {
    /// `param` or `output`.
    pub(crate) word: &'t str,
    pub(crate) name: &'t str,
    pub(crate) name_span: Span,
    /// What is behind the name: the type, and a value.
    pub(crate) rest: &'t str,
    pub(crate) rest_start: usize,
    /// Whether `@secure()` is above it.
    pub(crate) secure: bool,
}

/// A Bicep file.
#[derive(Clone, Copy, Debug)]
pub struct BicepFile<'t> {
    pub(crate) declarations: &'t [Declaration<'t>],
}

/// The parameters and outputs of a Bicep file.
pub(crate) fn declarations(text: &str) -> Vec<Declaration<'_>> {
    let mut found = Vec::new();
    let (mut at, mut secure) = (0, false);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let code = line.trim();
        if code.starts_with("@secure(") || code.starts_with("@sys.secure(") {
            secure = true;
            continue;
        }
        // Other decorators and comments may be in between.
        if code.starts_with('@') || code.starts_with("//") {
            continue;
        }
        let mut words = code.splitn(3, char::is_whitespace);
        if let (Some(word @ ("param" | "output")), Some(name), Some(rest)) =
            (words.next(), words.next(), words.next())
        {
            let place = |part: &str| start + (part.as_ptr() as usize - line.as_ptr() as usize);
            found.push(Declaration {
                word,
                name,
                name_span: Span::new(place(name), place(name) + name.len()),
                rest: rest.trim(),
                rest_start: place(rest.trim()),
                secure,
            });
        }
        secure = false;
    }
    found
}

/// Runs the checks of a Bicep file.
pub(crate) fn check_bicep(text: &[u8]) -> Outcome {
    let mut outcome = Outcome::default();
    let Ok(text) = std::str::from_utf8(text) else {
        return outcome;
    };
    let mut literals: Vec<Literal<'_>> = Vec::new();
    let declared = declarations(text);
    for declaration in declared.iter().filter(|declaration| declaration.word == "param") {
        let value = declaration.rest.split_once("= '").and_then(|(before, rest)| {
            let end = rest.find('\'')?;
            Some((before.len() + 3, &rest[..end]))
        });
        if let Some((at, value)) = value.filter(|(_, value)| !value.contains("${")) {
            literals.push(text_literal(
                declaration.name,
                value,
                declaration.rest_start + at,
                "a parameter",
            ));
        }
    }
    // `property: 'value'`.
    let properties = document::lines(text).filter(|line| {
        text.as_bytes().get(line.at.wrapping_sub(1)) == Some(&b'\'') && !line.value.contains("${")
    });
    literals.extend(properties.map(|line| text_literal(line.name, line.value, line.at, "the template")));
    crate::judge(&literals, &mut outcome.findings);
    let file = BicepFile {
        declarations: &declared,
    };
    for (check, meta) in CHECKS.iter().zip(checks::METAS.iter()) {
        check.bicep(&file, &mut Found::new(meta, &mut outcome.findings));
    }
    outcome
}

fn text_literal<'t>(name: &'t str, value: &'t str, at: usize, owner: &'t str) -> Literal<'t> {
    Literal::new(
        FieldKind::Cloud,
        name,
        value,
        Span::new(at, at + value.len()),
        owner,
    )
}

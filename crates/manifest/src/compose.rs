//! Compose files, Helm values, kustomizations and CI pipelines: their literals.

use std::borrow::Cow;

use keysift_finding::Span;

use crate::{
    FieldKind, Language, Literal,
    collect::{describes, field_name, is_schema_reference},
    command,
    graph::EnvFile,
    yaml::{Cursor, Id, Node, Scalar, Tree},
};

/// `NAME=value` in one scalar: the name, and a literal with the place of the value.
fn assigned<'t>(
    carrier: FieldKind,
    scalar: &'t Scalar,
    owner: impl Into<Cow<'t, str>>,
) -> Option<Literal<'t>> {
    let (name, value) = scalar.text.split_once('=')?;
    let mut found = Literal::of_scalar(carrier, name, scalar, owner);
    found.value = Cow::Borrowed(value);
    let offset = if scalar.span.len() == scalar.text.len() {
        name.len() + 1
    } else {
        0
    };
    found.span.start += offset;
    Some(found)
}

/// Entries of `environment` and of `args`: a mapping, or a list of `NAME=value`.
fn pairs<'t>(tree: &'t Tree, node: Id, carrier: FieldKind, owner: &str, found: &mut Vec<Literal<'t>>) {
    for (key, value) in tree.entries(node) {
        if let Some(scalar) = tree.scalar(value).filter(|scalar| !scalar.tagged) {
            found.push(Literal::of_scalar(carrier, &*key.text, scalar, owner.to_owned()));
        }
    }
    found.extend(
        tree.afforded(node)
            .iter()
            .filter_map(|item| tree.scalar(*item))
            .filter_map(|scalar| assigned(carrier, scalar, owner.to_owned())),
    );
}

/// The literals of a compose file.
pub(crate) fn compose(tree: &Tree) -> Vec<Literal<'_>> {
    let mut found = Vec::new();
    let services = tree
        .documents
        .iter()
        .filter_map(|root| tree.get(*root, "services"))
        .flat_map(|services| tree.entries(services));
    for (name, service) in services.collect::<Vec<_>>() {
        let owner = format!("service `{}`", name.text);
        if let Some(environment) = tree.get(service, "environment") {
            pairs(tree, environment, FieldKind::ComposeEnv, &owner, &mut found);
        }
        if let Some(args) = tree.path(service, &["build", "args"]) {
            pairs(tree, args, FieldKind::ComposeArg, &owner, &mut found);
        }
        let words = |id: Id| match tree.scalar(id) {
            Some(scalar) => vec![scalar],
            None => tree
                .afforded(id)
                .iter()
                .filter_map(|item| tree.scalar(*item))
                .collect(),
        };
        let commands = [&["command"][..], &["entrypoint"], &["healthcheck", "test"]];
        for list in commands
            .iter()
            .filter_map(|path| tree.path(service, path))
            .map(words)
        {
            let list: Vec<_> = list
                .into_iter()
                .map(|scalar| command::Word::of(tree, scalar))
                .collect();
            let credentials = command::credentials(&list).into_iter();
            found.extend(credentials.map(|credential| {
                Literal::of_credential(FieldKind::ComposeCommand, credential, owner.clone())
            }));
        }
    }
    found
}

/// The variables that are handed to services under the names of passwords: `POSTGRES_PASSWORD: ${DB_PW}`.
pub(crate) fn variables(literals: &[Literal<'_>]) -> Vec<String> {
    let environment = literals.iter().filter(|literal| {
        literal.carrier == FieldKind::ComposeEnv && keysift_judge::is_password(&literal.name)
    });
    let named = environment.filter_map(|literal| {
        let inner = literal
            .value
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'));
        let name = inner.or_else(|| literal.value.strip_prefix('$'))?;
        let end = name.find(|char: char| !char.is_ascii_alphanumeric() && char != '_');
        Some(name[..end.unwrap_or(name.len())].to_owned())
    });
    named.collect()
}

/// The literals of a kustomization's generators.
pub(crate) fn kustomization(tree: &Tree) -> Vec<Literal<'_>> {
    let mut found = Vec::new();
    for root in &tree.documents {
        for (key, carrier) in [
            ("secretGenerator", FieldKind::KustomizeSecret),
            ("configMapGenerator", FieldKind::KustomizeConfig),
        ] {
            for generator in tree.list(*root, key) {
                let owner = format!("{key} `{}`", tree.text(*generator, "name").unwrap_or("?"));
                let literals = tree
                    .list(*generator, "literals")
                    .iter()
                    .filter_map(|item| tree.scalar(*item));
                found.extend(literals.filter_map(|scalar| assigned(carrier, scalar, owner.clone())));
            }
        }
    }
    found
}

/// The environment files that a compose file or a kustomization names.
pub(crate) fn env_files(tree: &Tree, language: Language) -> Vec<EnvFile> {
    let mut found = Vec::new();
    let mut add = |id: Id, kustomize: bool| {
        let scalar = tree
            .scalar(id)
            .or_else(|| tree.get(id, "path").and_then(|path| tree.scalar(path)));
        found.extend(scalar.map(|scalar| EnvFile {
            path: scalar.text.clone(),
            span: scalar.span,
            kustomize,
        }));
    };
    for root in &tree.documents {
        match language {
            Language::Compose => {
                for (_, service) in tree
                    .get(*root, "services")
                    .map(|services| tree.entries(services))
                    .unwrap_or_default()
                {
                    match tree.get(service, "env_file") {
                        Some(list) if !tree.items(list).is_empty() => {
                            tree.afforded(list).iter().for_each(|item| add(*item, false))
                        }
                        Some(one) => add(one, false),
                        None => {}
                    }
                }
            }
            Language::Kustomization => {
                let generators = tree.list(*root, "secretGenerator").iter();
                let files = generators.flat_map(|generator| {
                    tree.list(*generator, "envs")
                        .iter()
                        .chain(tree.list(*generator, "files"))
                        .copied()
                        .chain(tree.get(*generator, "env"))
                });
                files.for_each(|file| add(file, true));
            }
            _ => {}
        }
    }
    found
}

/// Build contexts of services with their Dockerfiles, relative to the context.
pub(crate) fn builds(tree: &Tree) -> Vec<(String, String)> {
    let services = tree
        .documents
        .iter()
        .filter_map(|root| tree.get(*root, "services"))
        .flat_map(|services| tree.entries(services));
    let builds = services.filter_map(|(_, service)| tree.get(service, "build"));
    let build = |build: Id| match tree.scalar(build) {
        Some(context) => (context.text.clone(), "Dockerfile".to_owned()),
        None => {
            let text = |key: &str, default: &str| tree.text(build, key).unwrap_or(default).to_owned();
            (text("context", "."), text("dockerfile", "Dockerfile"))
        }
    };
    builds
        .map(build)
        .filter(|(context, _)| !context.contains(['$', ':']))
        .collect()
}

/// The files and folders that a kustomization applies: resources, components, patches.
pub(crate) fn includes(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for root in &tree.documents {
        let root = tree.at(*root);
        for key in [
            "resources",
            "bases",
            "components",
            "patchesStrategicMerge",
            "crds",
        ] {
            found.extend(root.list(key).filter_map(Cursor::str).map(str::to_owned));
        }
        for key in ["patches", "patchesJson6902"] {
            found.extend(
                root.list(key)
                    .filter_map(|patch| patch.get("path").str())
                    .map(str::to_owned),
            );
        }
    }
    found.retain(|path| !path.contains(['\n', '?']) && !path.contains("://"));
    found
}

/// The paths of a SOPS policy, each with whether only some keys are encrypted.
pub(crate) fn promises(tree: &Tree) -> Vec<(String, bool)> {
    let rules = tree
        .documents
        .iter()
        .flat_map(|root| tree.list(*root, "creation_rules"));
    let partly = |rule: Id| {
        tree.get(rule, "encrypted_regex")
            .or_else(|| tree.get(rule, "encrypted_suffix"))
            .is_some()
    };
    rules
        .filter_map(|rule| Some((tree.text(*rule, "path_regex")?.to_owned(), partly(*rule))))
        .collect()
}

/// The literals of Helm values: every scalar, under the name its path gives it.
pub(crate) fn values(tree: &Tree) -> Vec<Literal<'_>> {
    let mut found = Vec::new();
    let mut walk = tree.walk(tree.documents.iter().copied(), None::<&str>);
    while let Some((node, parent)) = walk.next() {
        match tree.node(node) {
            Node::Mapping(entries) => {
                if let (Some(name), Some(scalar)) = (
                    tree.text(node, "name"),
                    tree.get(node, "value").and_then(|value| tree.scalar(value)),
                ) {
                    found.push(Literal::of_scalar(
                        FieldKind::Values,
                        name,
                        scalar,
                        "the Helm values",
                    ));
                }
                for (key, value) in entries.iter().rev() {
                    let Some(key) = tree.scalar(*key).filter(|key| !describes(&key.text)) else {
                        continue;
                    };
                    match tree.scalar(*value).filter(|scalar| !scalar.tagged) {
                        Some(scalar) if !scalar.block && !is_schema_reference(&key.text, &scalar.text) => {
                            found.push(Literal::of_scalar(
                                FieldKind::Values,
                                field_name(&key.text, parent),
                                scalar,
                                "the Helm values",
                            ));
                        }
                        _ => walk.enter(*value, Some(&key.text)),
                    }
                }
            }
            _ => walk.below(node, parent),
        }
    }
    found
}

/// The paths of the values in which some places are: `db.password`. Lists have no paths that templates name.
pub(crate) fn paths(tree: &Tree, places: &[Span]) -> Vec<(String, Span)> {
    /// Deeper values are nobody's chart.
    const DEPTH: usize = 12;
    let mut found = Vec::new();
    let mut todo: Vec<(Id, String, usize)> = match places {
        [] => Vec::new(),
        _ => tree
            .documents
            .iter()
            .map(|root| (*root, String::new(), 0))
            .collect(),
    };
    while let Some((node, path, depth)) = todo.pop() {
        for (key, value) in tree.entries(node) {
            let path = match path.as_str() {
                "" => key.text.clone(),
                path => format!("{path}.{}", key.text),
            };
            match tree.scalar(value) {
                Some(scalar) => {
                    let within =
                        |place: &&Span| scalar.span.start <= place.start && place.end <= scalar.span.end;
                    found.extend(places.iter().find(within).map(|place| (path, *place)));
                }
                None if depth < DEPTH => todo.push((value, path, depth + 1)),
                None => {}
            }
        }
    }
    found
}

/// The variables of a CI pipeline: mappings under `env`, `environment`, `variables`, at any depth.
pub(crate) fn pipeline(tree: &Tree) -> Vec<Literal<'_>> {
    let mut found = Vec::new();
    let mut walk = tree.walk(tree.documents.iter().copied(), ());
    while let Some((node, ())) = walk.next() {
        for (key, value) in tree.entries(node).into_iter().rev() {
            // A service that lives as long as the job: its password opens nothing.
            if key.text == "services" {
                continue;
            }
            if matches!(key.text.as_str(), "env" | "environment" | "variables") {
                pairs(tree, value, FieldKind::Ci, "the pipeline", &mut found);
                // Azure's list of `{name, value}`, and GitLab's `{value, description}`.
                let listed = tree
                    .at(value)
                    .items()
                    .filter_map(|item| Some((item.get("name").str()?, item.get("value").scalar()?)));
                let described = tree
                    .at(value)
                    .entries()
                    .into_iter()
                    .filter_map(|(key, entry)| Some((key.text.as_str(), entry.get("value").scalar()?)));
                for (name, scalar) in listed.chain(described).collect::<Vec<_>>() {
                    found.push(Literal::of_scalar(FieldKind::Ci, name, scalar, "the pipeline"));
                }
            }
            walk.enter(value, ());
        }
        if !tree.items(node).is_empty() {
            walk.below(node, ());
        }
    }
    found
}

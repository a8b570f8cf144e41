//! Checks of literals: one implementation for all, distinguished by what contains the literal.

use std::collections::HashSet;

use keysift_finding::{Confidence, Severity, Span};
use keysift_judge::well_known;

use crate::{Check, Cluster, ClusterFound, FieldKind, Found, Leak, Literal, graph::At};

/// A literal secret in a carrier.
pub(super) struct Carried {
    pub(super) page: &'static str,
    pub(super) carriers: &'static [FieldKind],
    /// What stands before and behind the name; then comes the place.
    pub(super) says: (&'static str, &'static str),
}

impl Check for Carried {
    fn page(&self) -> &'static str {
        self.page
    }

    fn literal(&self, literal: &Literal<'_>, leak: Leak, found: &mut Found<'_>) {
        if !matches!(leak, Leak::Secret { .. } | Leak::Declared) || !self.carriers.contains(&literal.carrier)
        {
            return;
        }
        let (before, behind) = self.says;
        let is_command = matches!(
            literal.carrier,
            FieldKind::Args | FieldKind::ComposeCommand | FieldKind::Probe | FieldKind::DockerRun
        );
        // An option (`curl -u`, `--requirepass`) has no name to show.
        let what = match is_command && literal.name == "password" {
            true => "Hard-coded password".to_owned(),
            false => format!("{before} `{}`", literal.name),
        };
        let detail = found.at(literal.span, format!("{what} {behind} {}", literal.place()));
        leak.say(match reference(literal) {
            Some((span, with)) => detail.suggest(span, with),
            None => detail,
        });
    }
}

/// What can stand in the place of a literal, once the value is where it belongs.
fn reference(literal: &Literal<'_>) -> Option<(Span, String)> {
    let name: String = literal
        .name
        .chars()
        .map(|char| {
            if char.is_ascii_alphanumeric() {
                char.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    // Only where the value stands as it is: nothing else is put in its place unseen.
    let plain = literal.span.len() == literal.value.len();
    match literal.carrier {
        FieldKind::Env => {
            let key = literal.name.to_ascii_lowercase().replace('_', "-");
            let owner = literal
                .owner
                .split(" in namespace ")
                .next()
                .and_then(|owner| owner.split('`').nth(1))
                .filter(|owner| !owner.contains(['{', '$']))
                .unwrap_or("app");
            literal.field.map(|span| {
                (
                    span,
                    format!("valueFrom: {{secretKeyRef: {{name: {owner}, key: {key}}}}}"),
                )
            })
        }
        FieldKind::ComposeEnv if plain => Some((literal.span, format!("${{{name}:?{name} is required}}"))),
        _ => None,
    }
}

/// `weak-default-credential`.
pub(super) struct WeakDefault;

impl Check for WeakDefault {
    fn page(&self) -> &'static str {
        include_str!("values/weak_default.md")
    }

    fn literal(&self, literal: &Literal<'_>, leak: Leak, found: &mut Found<'_>) {
        if leak != Leak::Weak
            || matches!(
                literal.carrier,
                FieldKind::Ci
                    | FieldKind::DockerArg
                    | FieldKind::CustomResourceText
                    | FieldKind::Ansible
                    | FieldKind::AnsibleCommand
            )
        {
            return;
        }
        // A default that runs when nobody sets the variable: require the variable instead.
        let default = literal
            .value
            .strip_prefix("${")
            .and_then(|rest| rest.split_once(":-"));
        let default = default.map(|(variable, rest)| (variable, rest.trim_end_matches('}')));
        let value = default.map_or(&*literal.value, |(_, value)| value);
        let what = if well_known(value) {
            "a well-known value"
        } else {
            "its own name"
        };
        let why = match default {
            Some((variable, _)) => format!("falls back to {what} when `{variable}` is unset"),
            None => format!("is set to {what}"),
        };
        let detail = found.at(
            literal.span,
            format!("`{}` {why}, in {}", literal.name, literal.place()),
        );
        let variable = default.map(|(variable, _)| variable);
        if let Some(variable) = variable
            .filter(|_| literal.carrier == FieldKind::ComposeEnv && literal.span.len() == literal.value.len())
        {
            detail.mend(literal.span, format!("${{{variable}:?{variable} is required}}"));
        } else if literal.carrier == FieldKind::Values {
            detail.severity(Severity::Low, "a chart default: an installation may override it");
        }
    }

    /// `.env` beside a compose file is where compose looks for `${X}`.
    fn cluster(&self, cluster: &Cluster, found: &mut ClusterFound<'_>) {
        for (compose, facts) in cluster
            .files
            .iter()
            .enumerate()
            .filter(|(_, facts)| !facts.variables.is_empty())
        {
            let Some(file) = cluster.beside(compose, ".env") else {
                continue;
            };
            for (name, span) in &cluster.files[file].weak {
                if facts.variables.contains(name) {
                    let compose = facts.path.rsplit('/').next().unwrap_or_default();
                    found.at(
                        At { file, span: *span },
                        format!(
                            "`{name}` is set to a well-known value, which `{compose}` gives to a service"
                        ),
                    );
                }
            }
        }
    }
}

/// `credential-url`.
pub(super) struct CredentialUrl;

impl Check for CredentialUrl {
    fn page(&self) -> &'static str {
        include_str!("values/credential_url.md")
    }

    fn literal(&self, literal: &Literal<'_>, leak: Leak, found: &mut Found<'_>) {
        if leak != Leak::Url || literal.carrier == FieldKind::DockerAdd {
            return;
        }
        let mut span = literal.span;
        // Where the text stands as it is read, the password alone is guilty.
        if let Some((start, end)) =
            keysift_judge::url_password(&literal.value).filter(|_| span.len() == literal.value.len())
        {
            span = Span::new(span.start + start, span.start + end);
        }
        let detail = found.at(
            span,
            format!("Password in the URL `{}`, in {}", literal.name, literal.place()),
        );
        detail.secret();
    }
}

/// `docker-arg-secret`: a literal default, or a name alone.
pub(super) struct ArgSecret;

impl Check for ArgSecret {
    fn page(&self) -> &'static str {
        include_str!("docker/arg_secret.md")
    }

    fn literal(&self, literal: &Literal<'_>, leak: Leak, found: &mut Found<'_>) {
        if literal.carrier == FieldKind::DockerArg && leak != Leak::Url {
            leak.say(found.at(
                literal.span,
                format!("Hard-coded secret: `{}` has a default value, readable in the Dockerfile and in the image history", literal.owner),
            ));
        }
    }

    fn instruction(&self, instruction: &crate::Instruction<'_>, found: &mut Found<'_>) {
        if instruction.keyword != "ARG" {
            return;
        }
        for pair in instruction.pairs() {
            if pair.value.is_none() && keysift_judge::name(&pair.name) == keysift_judge::Name::Sensitive {
                found
                    .at(
                        pair.name_span,
                        format!("`ARG {}` stores a secret in the image history", pair.name),
                    )
                    .severity(
                        Severity::Medium,
                        "no default: the value is passed with `--build-arg`",
                    )
                    .doubt(
                        Confidence::Medium,
                        "only the name of the build argument suggests a secret",
                    );
            }
        }
    }
}

/// `docker-env-secret`: a literal, or the value of a build argument.
pub(super) struct EnvSecret;

/// The variable that a value is: `$X`, `${X}`, `${X:-}`.
fn variable(value: &str) -> Option<&str> {
    let rest = value.strip_prefix('$')?;
    let rest = rest
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap_or(rest);
    let name = rest.split([':', '-']).next()?;
    let plain = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain.then_some(name)
}

impl Check for EnvSecret {
    fn page(&self) -> &'static str {
        include_str!("docker/env_secret.md")
    }

    fn literal(&self, literal: &Literal<'_>, leak: Leak, found: &mut Found<'_>) {
        if literal.carrier == FieldKind::DockerEnv && matches!(leak, Leak::Secret { .. }) {
            leak.say(found.at(
                literal.span,
                format!(
                    "Hard-coded secret: `{}` is stored in the image configuration",
                    literal.owner
                ),
            ));
        }
    }

    fn dockerfile(&self, file: &crate::Dockerfile<'_>, found: &mut Found<'_>) {
        let mut arguments = HashSet::new();
        for instruction in &file.instructions {
            match instruction.keyword.as_str() {
                "ARG" => arguments.extend(instruction.pairs().into_iter().map(|pair| pair.name)),
                "ENV" => {
                    for pair in instruction.pairs() {
                        let Some(value) = &pair.value else { continue };
                        let Some(argument) = variable(&value.text).filter(|name| arguments.contains(*name))
                        else {
                            continue;
                        };
                        if keysift_judge::name(&pair.name) == keysift_judge::Name::Sensitive {
                            found
                                .at(
                                    value.span,
                                    format!(
                                        "`ENV {}` stores the value of build argument `{argument}` in the image configuration",
                                        pair.name
                                    ),
                                )
                                .lower(1, "the value is passed with `--build-arg`")
                                .doubt(Confidence::Medium, "only the name of the variable suggests a secret");
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

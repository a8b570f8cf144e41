//! The audit policy: what is logged of requests for Secrets.

use crate::yaml::Id;
use crate::{Check, Found, Object};

/// A verb, and the level of the first rule that matches it, with the place of that level.
type Level<'t> = (&'static str, Option<(&'t str, Id)>);

/// The rules of an audit policy, and what the first that matches a verb on Secrets says.
fn audit_levels<'t>(object: &Object<'t>) -> Option<Vec<Level<'t>>> {
    let tree = object.tree;
    if object.kind != "Policy" || !object.api.starts_with("audit.k8s.io") {
        return None;
    }
    const VERBS: &[&str] = &["get", "list", "watch", "create", "update", "patch", "delete"];
    let matches = |rule: Id, verb: &str| {
        let verbs = tree.texts(rule, "verbs");
        // Rules for some users, namespaces or URLs say nothing about the rest.
        let narrow = ["users", "userGroups", "namespaces", "nonResourceURLs"]
            .iter()
            .any(|key| !tree.list(rule, key).is_empty());
        let resources = tree.list(rule, "resources");
        let covers = |entry: &Id| {
            let names = tree.texts(*entry, "resources");
            tree.text(*entry, "group").unwrap_or_default().is_empty()
                && tree.list(*entry, "resourceNames").is_empty()
                && (names.is_empty() || names.iter().any(|name| matches!(*name, "secrets" | "*")))
        };
        !narrow
            && (verbs.is_empty() || verbs.iter().any(|known| *known == verb || *known == "*"))
            && (resources.is_empty() || resources.iter().any(covers))
    };
    let rules = tree.list(object.root, "rules");
    let first = |verb: &str| {
        let rule = rules.iter().find(|rule| matches(**rule, verb))?;
        let level = tree.get(*rule, "level")?;
        Some((tree.scalar(level)?.text.as_str(), level))
    };
    Some(VERBS.iter().map(|verb| (*verb, first(verb))).collect())
}

/// `audit-logs-secret-bodies`.
pub(crate) struct AuditBodies;

impl Check for AuditBodies {
    fn page(&self) -> &'static str {
        include_str!("audit_logs_secret_bodies.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let levels = audit_levels(object).unwrap_or_default();
        let mut told = Vec::new();
        for (verb, (level, id)) in levels
            .iter()
            .filter_map(|(verb, level)| level.map(|level| (verb, level)))
        {
            if matches!(level, "Request" | "RequestResponse") && !told.contains(&id) {
                told.push(id);
                found.at(
                    object.tree.span(id),
                    format!(
                        "Audit level {level} logs Secret values (first rule that matches `{verb}` on Secrets)"
                    ),
                );
            }
        }
    }
}

/// `audit-ignores-secrets`.
pub(crate) struct AuditIgnores;

impl Check for AuditIgnores {
    fn page(&self) -> &'static str {
        include_str!("audit_ignores_secrets.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let Some(levels) = audit_levels(object) else {
            return;
        };
        let silent: Vec<_> = levels
            .iter()
            .filter(|(_, level)| level.is_none_or(|(level, _)| level == "None"))
            .collect();
        let Some((_, first)) = silent.first() else { return };
        let verbs: Vec<_> = silent.iter().map(|(verb, _)| *verb).collect();
        let span = first.map_or_else(|| object.kind_span(), |(_, id)| object.tree.span(id));
        found.at(
            span,
            format!("Access to Secrets is not audited for {}", verbs.join(", ")),
        );
    }
}

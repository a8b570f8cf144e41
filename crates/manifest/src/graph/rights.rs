//! What a role allows. Semantics: <https://kubernetes.io/docs/reference/access-authn-authz/rbac/>.

use super::facts::Rule;

/// The rules behind a binding.
#[derive(Clone, Debug)]
pub(crate) enum Rights<'c> {
    /// Rules of the files, each with its file.
    Rules(Vec<(usize, &'c Rule)>),
    /// A role that every cluster has.
    Builtin(&'static str),
}

/// A right on a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// On every object.
    All,
    /// On named ones.
    Named,
}

/// Roles that every cluster has, of those that matter here.
pub(crate) fn builtin(name: &str) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        "cluster-admin",
        "admin",
        "edit",
        "view",
        "system:discovery",
        "system:basic-user",
        "system:public-info-viewer",
        "system:auth-delegator",
        "system:controller:generic-garbage-collector",
        "system:kube-controller-manager",
        "system:kube-scheduler",
        "system:node",
        "system:node-proxier",
        "system:persistent-volume-provisioner",
        "system:kube-dns",
        "system:monitoring",
    ];
    NAMES.iter().find(|known| **known == name).copied()
}

const READ: &[&str] = &["get", "list", "watch"];

impl Rule {
    /// Whether the rule allows one of the verbs on a resource of a group; on named objects only, if it says names.
    pub(crate) fn grants(&self, group: &str, resource: &str, verbs: &[&str]) -> Option<Grant> {
        let has = |list: &[String], what: &str| list.iter().any(|item| item == "*" || item == what);
        let kind = resource.split('/').next().unwrap_or_default();
        let sub = resource.split_once('/').map(|(_, sub)| format!("*/{sub}"));
        let resources = self.resources.iter().any(|item| {
            item == "*"
                || item == resource
                || item == "*/*"
                || sub.as_ref() == Some(item)
                || resource.contains('/') && *item == format!("{kind}/*")
        });
        let yes = has(&self.groups, group) && resources && verbs.iter().any(|verb| has(&self.verbs, verb));
        yes.then_some(if self.names.is_empty() {
            Grant::All
        } else {
            Grant::Named
        })
    }

    /// Whether the rule allows to read Secrets without naming them.
    pub(crate) fn reads_secrets(&self) -> bool {
        self.grants("", "secrets", READ) == Some(Grant::All)
    }
}

impl<'c> Rights<'c> {
    /// The first rule that lets read all Secrets, with its file; a built-in role has none to show.
    pub(crate) fn reads_secrets(&self) -> Option<Option<(usize, &'c Rule)>> {
        match self {
            Rights::Rules(rules) => rules
                .iter()
                .find(|(_, rule)| rule.reads_secrets())
                .map(|found| Some(*found)),
            Rights::Builtin(name) => matches!(
                *name,
                "cluster-admin" | "admin" | "edit" | "system:kube-controller-manager"
            )
            .then_some(None),
        }
    }

    /// Whether it is nothing but what everybody may have: discovery, questions about oneself, health.
    pub(crate) fn is_public(&self) -> bool {
        match self {
            Rights::Rules(rules) => rules.iter().all(|(_, rule)| {
                rule.resources.is_empty()
                    || rule
                        .resources
                        .iter()
                        .all(|resource| resource.starts_with("selfsubject"))
            }),
            Rights::Builtin(name) => matches!(
                *name,
                "system:discovery" | "system:basic-user" | "system:public-info-viewer"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use keysift_finding::Span;

    use super::*;

    fn rule(groups: &str, resources: &str, verbs: &str, names: &str) -> Rule {
        let list = |text: &str| {
            text.split(' ')
                .filter(|word| !word.is_empty() && *word != "-")
                .map(|word| {
                    if word == "core" {
                        String::new()
                    } else {
                        word.to_owned()
                    }
                })
                .collect()
        };
        Rule {
            groups: list(groups),
            resources: list(resources),
            verbs: list(verbs),
            names: list(names),
            span: Span::default(),
        }
    }

    #[test]
    fn what_rules_allow() {
        assert!(rule("core", "secrets", "get", "").reads_secrets());
        assert!(rule("core apps", "pods secrets", "create watch", "").reads_secrets());
        assert!(rule("*", "*", "*", "").reads_secrets());
        assert!(rule("core", "*/*", "list", "").reads_secrets());
        assert!(!rule("core", "secrets", "get", "db").reads_secrets());
        assert!(!rule("core", "secrets", "create delete", "").reads_secrets());
        assert!(!rule("apps", "secrets", "get", "").reads_secrets());
        assert!(!rule("apps", "*", "*", "").reads_secrets());
        assert!(!rule("core", "configmaps", "get", "").reads_secrets());
        assert_eq!(
            rule("core", "serviceaccounts/*", "create", "").grants("", "serviceaccounts/token", &["create"]),
            Some(Grant::All)
        );
        assert_eq!(
            rule("core", "pods", "create", "").grants("", "pods/exec", &["create"]),
            None
        );
    }
}

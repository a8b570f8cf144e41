//! What a role allows. Semantics: <https://kubernetes.io/docs/reference/access-authn-authz/rbac/>.

use super::facts::Rule;

/// What the rules behind a binding allow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Permissions<'c> {
    /// The first rule that lets read all Secrets, with its file; a role that every cluster has shows none.
    pub(super) reads: Option<Option<(usize, &'c Rule)>>,
    pub(super) wild: bool,
    pub(super) public: bool,
}

/// What a role that every cluster has allows.
pub(super) fn of_builtin(name: &str) -> Permissions<'static> {
    Permissions {
        reads: matches!(
            name,
            "cluster-admin"
                | "admin"
                | "edit"
                | "system:kube-controller-manager"
                | "system:controller:generic-garbage-collector"
                | "system:controller:namespace-controller"
                | "system:controller:resourcequota-controller"
        )
        .then_some(None),
        wild: false,
        public: matches!(
            name,
            "system:discovery" | "system:basic-user" | "system:public-info-viewer"
        ),
    }
}

/// A right on a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// On every object.
    All,
    /// On named ones.
    Named,
}

/// Whether every cluster has a role of this name: those for people, and those of the system and of kubeadm.
pub(crate) fn is_builtin(name: &str) -> bool {
    matches!(
        name,
        "cluster-admin" | "admin" | "edit" | "view" | "extension-apiserver-authentication-reader"
    ) || ["system:", "kubeadm:"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
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

    /// The verbs that the rule names of some, on a resource of a group; only where it is not limited to named objects.
    pub(crate) fn verbs_on(&self, group: &str, resource: &str, verbs: &[&str]) -> Vec<&str> {
        if self.grants(group, resource, verbs) != Some(Grant::All) {
            return Vec::new();
        }
        let named = self.verbs.iter().map(String::as_str);
        named
            .filter(|verb| *verb == "*" || verbs.contains(verb))
            .collect()
    }

    /// The verbs that the rule names of some, on one object that it is limited to.
    pub(crate) fn verbs_on_object(
        &self,
        group: &str,
        resource: &str,
        object: &str,
        verbs: &[&str],
    ) -> Vec<&str> {
        let named = self.names.iter().any(|name| name == object);
        if !named || self.grants(group, resource, verbs).is_none() {
            return Vec::new();
        }
        let own = self.verbs.iter().map(String::as_str);
        own.filter(|verb| *verb == "*" || verbs.contains(verb)).collect()
    }

    /// Whether it is a wildcard that covers Secrets.
    pub(crate) fn is_wild(&self) -> bool {
        let star = |list: &[String]| list.iter().any(|item| item == "*");
        let core = self.groups.iter().any(|group| group.is_empty() || group == "*");
        let resources = self
            .resources
            .iter()
            .any(|resource| resource == "*" || resource == "*/*");
        let secrets = resources || self.resources.iter().any(|resource| resource == "secrets");
        core && self.names.is_empty() && (resources && self.reads_secrets() || star(&self.verbs) && secrets)
    }

    /// Whether it is nothing but what everybody may have: discovery, questions about oneself, health.
    pub(crate) fn is_public(&self) -> bool {
        self.resources
            .iter()
            .all(|resource| resource.starts_with("selfsubject"))
    }
}

impl<'c> Permissions<'c> {
    /// The first rule that lets read all Secrets, with its file; a built-in role has none to show.
    pub(crate) fn reads_secrets(&self) -> Option<Option<(usize, &'c Rule)>> {
        self.reads
    }

    /// Whether a wildcard among the rules covers Secrets.
    pub(crate) fn is_wild(&self) -> bool {
        self.wild
    }

    /// Whether it is nothing but what everybody may have.
    pub(crate) fn is_public(&self) -> bool {
        self.public
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

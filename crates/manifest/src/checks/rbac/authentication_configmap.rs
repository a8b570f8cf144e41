//! `rbac-authentication-configmap`.

use keysift_finding::Span;

use crate::{Check, Found, Object};

/// `rbac-authentication-configmap`: identities of a cloud that become cluster administrators.
pub(crate) struct AuthenticationConfigMap;

/// The group whose members RBAC does not check.
const MASTERS: &str = "system:masters";

impl Check for AuthenticationConfigMap {
    fn page(&self) -> &'static str {
        include_str!("authentication_configmap.md")
    }

    fn object(&self, object: &Object<'_>, found: &mut Found<'_>) {
        let root = object.cursor();
        let message = |key: &str| format!("`{key}` in {} maps to group `{MASTERS}`", object.shown());
        if object.is("", "ConfigMap") && object.name() == Some("aws-auth") {
            for key in ["mapRoles", "mapUsers", "mapAccounts"] {
                let Some(scalar) = root.path(&["data", key]).scalar() else {
                    continue;
                };
                let raw = object.tree.raw(scalar.span);
                let mut line = 0;
                for text in raw.split_inclusive('\n') {
                    let mapped = text.split('#').next().unwrap_or_default();
                    if let Some(at) = mapped.find(MASTERS) {
                        let start = scalar.span.start + line + at;
                        found.at(Span::new(start, start + MASTERS.len()), message(key));
                    }
                    line += text.len();
                }
            }
        }
        // eksctl's own way to write the same.
        if object.kind == "ClusterConfig" {
            for mapping in root.list("iamIdentityMappings") {
                for group in mapping.list("groups").filter(|group| group.is(MASTERS)) {
                    found.at(group.span(), message("iamIdentityMappings"));
                }
            }
        }
    }
}

//! All checks.

mod apiserver;
mod carried;
mod ci;
mod compose;
pub(crate) mod docker;
mod files;
mod gitops;
mod helm;
mod kubernetes;
mod kustomize;
mod rbac;
mod values;

use std::sync::{Arc, LazyLock};

use keysift_finding::RuleMeta;

use crate::{Check, FieldKind, Page};
use apiserver::{AuditBodies, AuditIgnores, EncryptionKey, IdentityFirst, KubeletOpen, OfFlags};
use carried::{ArgSecret, Carried, CredentialUrl, EnvSecret, WeakDefault};
use ci::{CiBuildArg, CiLogged};
use compose::ComposeMounts;
use docker::{AddUrl, ContextLeak, CopyCredential, DeletedLater, MountPersisted, MultistageCopy, OsPassword};
use files::KeyStore;
use gitops::{DecryptionKey, RefreshDisabled, SecretZero, SopsPartial, SopsRule, WideScope};
use helm::SecretToNonSecret;
use kubernetes::{
    Automount, BootstrapToken, EnvFromConfigMap, HostPath, Kubeconfig, LastApplied, SaTokenSecret,
    SecretEnvFrom, SecretEnvRef, SharedPid, TokenLifetime, VolumeMode,
};
use kustomize::EnvFiles;
use rbac::{
    BoundRights, ClusterAdmin, Dangling, DefaultBound, Everyone, InternetToSecret, ReadSecrets, Wildcard,
};
use values::ValueReuse;

macro_rules! carried {
    ($page:literal, $carriers:expr, $before:literal, $behind:literal) => {
        &Carried {
            page: include_str!($page),
            carriers: &$carriers,
            says: ($before, $behind),
        }
    };
}

macro_rules! flags {
    ($page:literal, $look:ident) => {
        &OfFlags {
            page: include_str!($page),
            look: apiserver::flags::$look,
        }
    };
}

macro_rules! rights {
    ($page:literal, $rights:ident, $wide:literal, $says:literal) => {
        &BoundRights {
            page: include_str!($page),
            rights: rbac::$rights,
            says: $says,
            wide: $wide,
        }
    };
}

/// Every check. A test holds this list and the folder together.
pub const CHECKS: &[&dyn Check] = &[
    &ArgSecret,
    &EnvSecret,
    carried!(
        "docker/run_secret_literal.md",
        [FieldKind::DockerRun],
        "hard-coded secret",
        "is stored in the image history by"
    ),
    carried!(
        "docker/label_secret.md",
        [FieldKind::DockerLabel],
        "hard-coded secret",
        "is readable in the image configuration:"
    ),
    &CopyCredential,
    &DeletedLater,
    &MountPersisted,
    &AddUrl,
    &MultistageCopy,
    &ContextLeak,
    &OsPassword,
    carried!(
        "kubernetes/env_literal.md",
        [FieldKind::Env],
        "hard-coded secret",
        "in the environment of"
    ),
    carried!(
        "kubernetes/configmap_secret.md",
        [FieldKind::ConfigMap, FieldKind::ConfigMapText],
        "plaintext secret",
        "in"
    ),
    carried!(
        "kubernetes/secret_manifest_plaintext.md",
        [FieldKind::Secret, FieldKind::SecretText],
        "unencrypted value of",
        "in"
    ),
    carried!(
        "kubernetes/cr_inline_secret.md",
        [FieldKind::CustomResource, FieldKind::CustomResourceText],
        "hard-coded secret",
        "in"
    ),
    carried!(
        "kubernetes/secret_in_args.md",
        [FieldKind::Args],
        "hard-coded secret",
        "on the command line of"
    ),
    carried!(
        "kubernetes/probe_lifecycle_secret.md",
        [FieldKind::Probe],
        "hard-coded secret",
        "in a probe or lifecycle hook of"
    ),
    carried!(
        "helm/values_secret.md",
        [FieldKind::Values],
        "hard-coded secret",
        "in"
    ),
    carried!(
        "helm/template_literal_secret.md",
        [FieldKind::Template],
        "hard-coded default for",
        "in"
    ),
    carried!(
        "compose/env_literal.md",
        [FieldKind::ComposeEnv],
        "hard-coded secret",
        "in the environment of"
    ),
    carried!(
        "compose/build_arg_secret.md",
        [FieldKind::ComposeArg],
        "hard-coded secret",
        "in a build argument of"
    ),
    carried!(
        "compose/command_secret.md",
        [FieldKind::ComposeCommand],
        "hard-coded secret",
        "on the command line of"
    ),
    carried!(
        "kustomize/secretgenerator_literal.md",
        [FieldKind::KustomizeSecret],
        "hard-coded secret",
        "in"
    ),
    carried!(
        "kustomize/configmapgenerator_secret.md",
        [FieldKind::KustomizeConfig],
        "hard-coded secret",
        "in"
    ),
    carried!("ci/literal_secret.md", [FieldKind::Ci], "hard-coded secret", "in"),
    &WeakDefault,
    &CredentialUrl,
    &SecretEnvRef,
    &SecretEnvFrom,
    &HostPath,
    &VolumeMode,
    &EnvFromConfigMap,
    &SharedPid,
    &Automount,
    &SaTokenSecret,
    &BootstrapToken,
    &Kubeconfig,
    &LastApplied,
    &SopsPartial,
    &DecryptionKey,
    &SecretZero,
    &SecretToNonSecret,
    &ReadSecrets {
        page: include_str!("rbac/read_secrets_cluster.md"),
        cluster: true,
    },
    &ReadSecrets {
        page: include_str!("rbac/read_secrets_namespace.md"),
        cluster: false,
    },
    &Wildcard,
    &ClusterAdmin,
    &Everyone,
    rights!(
        "rbac/identity_escalation.md",
        ESCALATION,
        false,
        "can impersonate others or escalate privileges"
    ),
    rights!("rbac/exec.md", EXEC, false, "can run commands in pods"),
    rights!(
        "rbac/nodes_proxy.md",
        NODES_PROXY,
        true,
        "can access the kubelet API of every node"
    ),
    &DefaultBound,
    &Dangling,
    &InternetToSecret,
    &ValueReuse,
    &SopsRule,
    &EnvFiles {
        page: include_str!("kustomize/secretgenerator_file.md"),
        kustomize: true,
    },
    &EnvFiles {
        page: include_str!("compose/env_file_committed.md"),
        kustomize: false,
    },
    flags!("apiserver/no_encryption_config.md", no_encryption),
    flags!("apiserver/experimental_encryption_flag.md", experimental_flag),
    flags!("apiserver/static_credentials_file.md", static_credentials),
    flags!("apiserver/authorization_mode.md", authorization),
    flags!("apiserver/no_audit.md", no_audit),
    flags!("apiserver/anonymous_auth.md", anonymous),
    &IdentityFirst,
    &EncryptionKey,
    &KubeletOpen,
    &AuditBodies,
    &AuditIgnores,
    &CiBuildArg,
    &ComposeMounts,
    &KeyStore,
    &WideScope,
    &RefreshDisabled,
    &TokenLifetime,
    &CiLogged,
];

/// What the checks say of themselves, in the order of [`CHECKS`].
pub(crate) static METAS: LazyLock<Vec<Arc<RuleMeta>>> = LazyLock::new(|| {
    CHECKS
        .iter()
        .map(|check| Arc::new(Page::parse(check.page()).expect("a test reads every page").meta))
        .collect()
});

/// Whether a text is a literal that is no placeholder.
fn is_literal(text: &str) -> bool {
    keysift_judge::value(text) == keysift_judge::Value::Literal && keysift_judge::inert(text).is_none()
}

pub(crate) use docker::{broad_sources as docker_sources, literals as docker_literals};
pub(crate) use files::{key_store, told_key_store};

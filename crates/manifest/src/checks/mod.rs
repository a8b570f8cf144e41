//! All checks.

mod ansible;
mod apiserver;
mod carried;
mod ci;
mod cloud;
mod compose;
pub(crate) mod docker;
mod files;
mod gitops;
mod helm;
mod kubernetes;
mod kustomize;
mod rbac;
mod terraform;
mod values;

use std::sync::{Arc, LazyLock};

use keysift_finding::RuleMeta;

use crate::{Check, FieldKind, Page};
use ansible::NoLogMissing;
use apiserver::{AuditBodies, AuditIgnores, ControlPlane, EncryptionKey, IdentityFirst, OfFlags};
use carried::{ArgSecret, Carried, CredentialUrl, EnvSecret, WeakDefault};
use ci::{ArtifactSecret, CiBuildArg, CiLogged, PullRequestTarget};
use cloud::{ArmParameter, CfnParameter, OutputSecret};
use compose::ComposeMounts;
use docker::{AddUrl, ContextLeak, CopyCredential, DeletedLater, MountPersisted, MultistageCopy, OsPassword};
use files::{KeyStore, TerraformState};
use gitops::{DecryptionKey, RefreshDisabled, SecretZero, SopsPartial, SopsRule, WideScope};
use helm::SecretToNonSecret;
use kubernetes::{
    Automount, BootstrapToken, EnvFromConfigMap, HostPath, Kubeconfig, LastApplied, SaTokenSecret,
    SecretEnvFrom, SecretEnvRef, SecretSubPath, SharedPid, TokenLifetime, VolumeMode,
};
use kustomize::EnvFiles;
use rbac::{
    AuthenticationConfigMap, ClusterAdmin, Dangling, DefaultBound, Everyone, InternetToSecret, ReadSecrets,
    RolePermissions, Wildcard,
};
use terraform::{ClusterEncryption, OutputNotSensitive, ProvisionerSecret, VariableNotSensitive};
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

macro_rules! control_plane {
    ($page:literal, $rows:ident) => {
        &ControlPlane {
            page: include_str!($page),
            rows: apiserver::settings::$rows,
        }
    };
}

macro_rules! permissions {
    ($page:literal, $permissions:ident, $says:literal) => {
        &RolePermissions {
            page: include_str!($page),
            permissions: rbac::$permissions,
            says: $says,
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
        "Hard-coded secret",
        "is stored in the image history by"
    ),
    carried!(
        "docker/label_secret.md",
        [FieldKind::DockerLabel],
        "Hard-coded secret",
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
        "Hard-coded secret",
        "in the environment of"
    ),
    carried!(
        "kubernetes/configmap_secret.md",
        [FieldKind::ConfigMap, FieldKind::ConfigMapText],
        "Plaintext secret",
        "in"
    ),
    carried!(
        "kubernetes/secret_manifest_plaintext.md",
        [FieldKind::Secret, FieldKind::SecretText],
        "Unencrypted value of",
        "in"
    ),
    carried!(
        "kubernetes/cr_inline_secret.md",
        [FieldKind::CustomResource, FieldKind::CustomResourceText],
        "Hard-coded secret",
        "in"
    ),
    carried!(
        "kubernetes/secret_in_args.md",
        [FieldKind::Args],
        "Hard-coded secret",
        "on the command line of"
    ),
    carried!(
        "kubernetes/probe_lifecycle_secret.md",
        [FieldKind::Probe],
        "Hard-coded secret",
        "in a probe or lifecycle hook of"
    ),
    carried!(
        "helm/values_secret.md",
        [FieldKind::Values],
        "Hard-coded secret",
        "in"
    ),
    carried!(
        "helm/template_literal_secret.md",
        [FieldKind::Template],
        "Hard-coded value of",
        "in"
    ),
    carried!(
        "compose/env_literal.md",
        [FieldKind::ComposeEnv],
        "Hard-coded secret",
        "in the environment of"
    ),
    carried!(
        "compose/build_arg_secret.md",
        [FieldKind::ComposeArg],
        "Hard-coded secret",
        "in a build argument of"
    ),
    carried!(
        "compose/command_secret.md",
        [FieldKind::ComposeCommand],
        "Hard-coded secret",
        "on the command line of"
    ),
    carried!(
        "kustomize/secretgenerator_literal.md",
        [FieldKind::KustomizeSecret],
        "Hard-coded secret",
        "in"
    ),
    carried!(
        "kustomize/configmapgenerator_secret.md",
        [FieldKind::KustomizeConfig],
        "Hard-coded secret",
        "in"
    ),
    carried!("ci/literal_secret.md", [FieldKind::Ci], "Hard-coded secret", "in"),
    carried!(
        "terraform/literal_secret.md",
        [
            FieldKind::Terraform,
            FieldKind::TerraformText,
            FieldKind::TerraformCommand
        ],
        "Hard-coded secret",
        "in"
    ),
    carried!(
        "cloud/literal_secret.md",
        [FieldKind::Cloud, FieldKind::CloudText],
        "Hard-coded secret",
        "in"
    ),
    carried!(
        "ansible/plaintext_secret.md",
        [FieldKind::Ansible, FieldKind::AnsibleCommand],
        "Hard-coded secret",
        "in"
    ),
    &WeakDefault,
    &CredentialUrl,
    &SecretEnvRef,
    &SecretEnvFrom,
    &HostPath,
    &VolumeMode,
    &SecretSubPath,
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
    permissions!(
        "rbac/identity_escalation.md",
        ESCALATION,
        "impersonate others or escalate privileges"
    ),
    permissions!("rbac/exec.md", EXEC, "reach into running pods"),
    permissions!(
        "rbac/nodes_proxy.md",
        NODES_PROXY,
        "access the kubelet API of every node"
    ),
    permissions!("rbac/secret_write.md", SECRET_WRITE, "change Secrets"),
    permissions!(
        "rbac/workload_create.md",
        WORKLOADS,
        "run pods, which may mount any Secret of their namespace"
    ),
    permissions!(
        "rbac/admission_webhooks.md",
        WEBHOOKS,
        "have every request sent to a webhook, Secrets among them"
    ),
    permissions!(
        "rbac/pv_hostpath.md",
        VOLUMES,
        "create volumes of any directory of a node"
    ),
    &AuthenticationConfigMap,
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
    control_plane!("apiserver/static_credentials_file.md", STATIC_CREDENTIALS),
    flags!("apiserver/authorization_mode.md", authorization),
    flags!("apiserver/no_audit.md", no_audit),
    control_plane!("apiserver/anonymous_auth.md", ANONYMOUS),
    control_plane!("apiserver/insecure_port.md", INSECURE_PORT),
    control_plane!("apiserver/admission_plugins.md", ADMISSION),
    control_plane!("apiserver/service_account_keys.md", SERVICE_ACCOUNTS),
    control_plane!("apiserver/token_extension.md", TOKEN_EXTENSION),
    control_plane!("apiserver/kubelet_tls.md", KUBELET_LINK),
    control_plane!("apiserver/control_plane_tls.md", TLS),
    control_plane!("apiserver/etcd_tls.md", ETCD_LINK),
    control_plane!("apiserver/audit_log_retention.md", AUDIT_LOG),
    control_plane!("apiserver/etcd_client_tls.md", ETCD_CLIENT),
    control_plane!("apiserver/etcd_peer_tls.md", ETCD_PEER),
    control_plane!("apiserver/certificate_rotation_off.md", ROTATION),
    control_plane!("apiserver/controller_manager_credentials.md", CONTROLLER_MANAGER),
    &IdentityFirst,
    &EncryptionKey,
    control_plane!("apiserver/kubelet_open.md", KUBELET_OPEN),
    &AuditBodies,
    &AuditIgnores,
    &CiBuildArg,
    &ComposeMounts,
    &KeyStore,
    &WideScope,
    &RefreshDisabled,
    &TokenLifetime,
    &CiLogged,
    &PullRequestTarget,
    &ArtifactSecret,
    &TerraformState,
    &OutputNotSensitive,
    &VariableNotSensitive,
    &ProvisionerSecret,
    &ClusterEncryption,
    &CfnParameter,
    &ArmParameter,
    &OutputSecret,
    &NoLogMissing,
];

/// What the checks say of themselves, in the order of [`CHECKS`].
pub(crate) static METAS: LazyLock<Vec<Arc<RuleMeta>>> = LazyLock::new(|| {
    CHECKS
        .iter()
        .map(|check| Arc::new(Page::parse(check.page()).expect("a test reads every page").meta))
        .collect()
});

/// What a check of the list is described by.
fn meta(check: &dyn Check) -> &'static Arc<RuleMeta> {
    let number = CHECKS.iter().position(|listed| listed.page() == check.page());
    &METAS[number.expect("it is listed")]
}

/// Whether a text is a literal that is no placeholder.
fn is_literal(text: &str) -> bool {
    keysift_judge::value(text) == keysift_judge::Value::Literal && keysift_judge::inert(text).is_none()
}

pub(crate) use docker::{broad_sources as docker_sources, literals as docker_literals};
pub(crate) use files::{is_state, report_keystore, report_state};
pub(crate) use helm::rendered;

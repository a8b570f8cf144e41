//! Checks of Kubernetes objects and pods.

mod automount_token;
mod bootstrap_token;
mod hostpath_credential_dir;
mod kubeconfig_embedded_credential;
mod projected_token_lifetime;
mod sa_token_secret;
mod secret_env_ref;
mod secret_envfrom;
mod secret_last_applied;
mod secret_subpath;
mod secret_volume_mode;
mod sensitive_env_from_configmap;
mod shared_pid_with_secret_env;

pub(crate) use automount_token::Automount;
pub(crate) use bootstrap_token::BootstrapToken;
pub(crate) use hostpath_credential_dir::HostPath;
pub(crate) use hostpath_credential_dir::{HostAccess, host_access};
pub(crate) use kubeconfig_embedded_credential::Kubeconfig;
pub(crate) use projected_token_lifetime::TokenLifetime;
pub(crate) use sa_token_secret::SaTokenSecret;
pub(crate) use secret_env_ref::SecretEnvRef;
pub(crate) use secret_envfrom::SecretEnvFrom;
pub(crate) use secret_last_applied::LastApplied;
pub(crate) use secret_subpath::SecretSubPath;
pub(crate) use secret_volume_mode::VolumeMode;
pub(crate) use sensitive_env_from_configmap::EnvFromConfigMap;
pub(crate) use shared_pid_with_secret_env::SharedPid;

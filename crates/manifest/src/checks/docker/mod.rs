//! Checks of Dockerfiles.

mod add_credential_url;
mod commands;
mod context_leak;
mod copies;
mod copy_credential_file;
mod multistage_secret_copy;
mod os_password;
mod secret_deleted_later;
mod secret_mount_persisted;

pub(crate) use add_credential_url::AddUrl;
pub(crate) use commands::literals;
pub(crate) use context_leak::ContextLeak;
pub(crate) use copies::{broad_sources, credential_file};
use copies::{file_name, sources, words};
pub(crate) use copy_credential_file::CopyCredential;
pub(crate) use multistage_secret_copy::MultistageCopy;
pub(crate) use os_password::OsPassword;
pub(crate) use secret_deleted_later::DeletedLater;
pub(crate) use secret_mount_persisted::MountPersisted;

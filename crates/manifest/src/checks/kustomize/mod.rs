//! Checks of kustomizations.

mod env_files;

pub(crate) use env_files::EnvFiles;

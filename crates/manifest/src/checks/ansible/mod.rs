//! Checks of Ansible.

mod no_log_missing;

pub(crate) use no_log_missing::NoLogMissing;

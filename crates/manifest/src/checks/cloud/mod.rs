//! Checks of templates of cloud services.

mod arm_output_secret;
mod parameters;

pub(crate) use arm_output_secret::OutputSecret;
pub(crate) use parameters::{ArmParameter, CfnParameter};

//! Checks of the control plane: API server, encryption at rest, audit, kubelet.

mod audit;
mod encryption;
pub(crate) mod flags;
pub(crate) mod settings;

pub(crate) use audit::{AuditBodies, AuditIgnores};
pub(crate) use encryption::{EncryptionKey, IdentityFirst};
pub(crate) use flags::OfFlags;
pub(crate) use settings::ControlPlane;

//! Kubernetes objects.

mod env_literal;

pub(super) use env_literal::EnvLiteral;

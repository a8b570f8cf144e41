//! Checks of values wherever they are.

mod value_reuse;

pub(crate) use value_reuse::ValueReuse;

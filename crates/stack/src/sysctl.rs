//! Settings under their Linux names.

/// The settings of one stack.
#[derive(Clone, Debug, Default)]
pub struct Sysctls {}

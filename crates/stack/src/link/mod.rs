//! The link: frames with MAC addresses on them.

pub(crate) mod egress;
pub(crate) mod ingress;

//! TCP among computers: which connection a segment belongs to, listeners and their queues.
//!
//! The machine itself is the crate `tcp`; here it meets addresses, ports and the other connections.

pub(crate) mod egress;
pub(crate) mod ingress;

/// The TCP layer's state of one computer.
#[derive(Debug, Default)]
pub(crate) struct Tcp {}

//! UDP: datagrams between ports.

pub(crate) mod egress;
pub(crate) mod ingress;

/// The UDP layer's state of one computer.
#[derive(Debug, Default)]
pub(crate) struct Udp {}

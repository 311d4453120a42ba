//! IP: addresses, routes, fragments, forwarding.

pub(crate) mod egress;
pub(crate) mod ingress;
pub(crate) mod route;

/// The network layer's state of one computer.
#[derive(Debug, Default)]
pub(crate) struct Ip {}

//! ICMP: echo, and word of packets that died.

pub(crate) mod egress;
pub(crate) mod ingress;

/// The rate limits of one computer's ICMP.
#[derive(Debug, Default)]
pub(crate) struct Icmp {}

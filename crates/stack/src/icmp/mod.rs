//! ICMP: echo, and word of packets that died.

pub(crate) mod egress;
pub(crate) mod ingress;
mod limit;

use base::Rng;

use limit::Limits;

/// The ICMP layer's state of one computer: how much it may say.
#[derive(Debug)]
pub(crate) struct Icmp {
    limits: Limits,
}

impl Icmp {
    /// Nothing said yet.
    pub(crate) fn new(mut rng: Rng) -> Self {
        Self {
            limits: Limits::new(&mut rng),
        }
    }
}

//! What lies at the front of a frame.

/// Which header comes first: what kind of link the bytes come from or go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkType {
    /// Ethernet II.
    Ethernet,
    /// IPv4 or IPv6 at once, as on a TUN device.
    RawIp,
}

//! Where packets go next.

use core::net::IpAddr;

use wire::IpNet;

use crate::interface::InterfaceId;

/// A way to a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Which destinations it is for; `0.0.0.0/0` is the default route.
    pub network: IpNet,
    /// Who passes packets on; `None` when the network is on the link itself.
    pub gateway: Option<IpAddr>,
    /// Where they leave.
    pub iface: InterfaceId,
    /// Preferred source address.
    pub source: Option<IpAddr>,
    /// Among routes with the same prefix the lowest wins.
    pub metric: u32,
}

//! Datagrams that wait to be sent.

use super::Udp;
use crate::packet::Outbound;

/// The next datagram of any socket.
pub(crate) fn poll(_udp: &mut Udp) -> Option<Outbound> {
    None
}

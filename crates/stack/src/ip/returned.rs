//! A packet that was on its way to the link and could not be sent.

use super::header_of;
use crate::ip_header::Header;
use crate::ip_header::transport_of;
use crate::packet::{Packet, Routed};

/// Bytes of the largest run of extension headers that is looked through.
const MAX_EXTENSIONS: usize = 1280;

/// Takes the header off again, so that the packet's sender can be told about it. `None` for what
/// does not parse.
pub(crate) fn returned(routed: Routed) -> Option<Packet> {
    let Routed { way, mut frame } = routed;
    let (header, header_len) = header_of(&mut frame).ok()?;
    let mut packet = Packet::taken_off(way.iface, way.cast, &header, header_len, frame);
    if matches!(header, Header::V6(_)) {
        let have = packet.frame.len().min(MAX_EXTENSIONS);
        let front = packet.frame.contiguous(have);
        let (protocol, len, later) = transport_of(packet.protocol, front)?;
        packet.header.extend_from_slice(&front[..len]);
        packet.frame.pull(len);
        packet.protocol = protocol;
        packet.later_fragment = later;
    }
    Some(packet)
}

//! A packet that was on its way to the link and could not be sent.

use super::header_of;
use crate::packet::{Packet, Routed};

/// Takes the header off again, so that the packet's sender can be told about it. `None` for what
/// does not parse.
pub(crate) fn returned(routed: Routed) -> Option<Packet> {
    let Routed { way, mut frame } = routed;
    let (header, header_len) = header_of(&mut frame).ok()?;
    Some(Packet::taken_off(
        way.iface, way.cast, &header, header_len, frame,
    ))
}

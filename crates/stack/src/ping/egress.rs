//! Echo requests that wait to be sent.

use base::{ChecksumState, Frame};
use wire::Protocol;
use wire::icmpv4::{CHECKSUM_OFFSET, HEADER_LEN, Message};

use super::{Echo, Ping};
use crate::packet::Outbound;

/// The next echo request of any socket, in the order in which they were sent.
pub(crate) fn poll(ping: &mut Ping) -> Option<Outbound> {
    let Echo { seq, unsent } = ping.outbox.pop_front()?;
    ping.sockets.discharge(&unsent);
    let ident = unsent.from.port();
    let mut frame = Frame::new(unsent.payload);
    Message::EchoRequest { ident, seq }.emit(frame.push_header(HEADER_LEN));
    // ICMP sums no pseudo-header, and the field is zero.
    frame.checksum = ChecksumState::Partial {
        start: 0,
        offset: CHECKSUM_OFFSET as u16,
    };
    Some(Outbound {
        src: Some(unsent.from.ip()),
        dst: unsent.to.ip(),
        protocol: Protocol::ICMP,
        ttl: unsent.ttl,
        traffic_class: unsent.tos,
        dont_fragment: unsent.dont_fragment,
        iface: None,
        frame,
    })
}

//! Echo requests that wait to be sent.

use core::net::IpAddr;

use base::{ChecksumState, Frame};
use wire::icmpv4::{CHECKSUM_OFFSET, HEADER_LEN};
use wire::{Protocol, icmpv4, icmpv6};

use super::{Echo, Ping};
use crate::packet::{Outbound, owe_checksum};
use crate::zone;

/// The next echo request of any socket, in the order in which they were sent.
pub(crate) fn poll(ping: &mut Ping) -> Option<Outbound> {
    let Echo { seq, unsent } = ping.outbox.pop_front()?;
    ping.sockets.discharge(&unsent);
    let ident = unsent.from.port();
    let mut frame = Frame::new(unsent.payload);
    let (src, dst) = (unsent.from.ip(), unsent.to.ip());
    let header = frame.push_header(HEADER_LEN);
    let protocol = match dst {
        IpAddr::V4(_) => {
            icmpv4::Message::EchoRequest { ident, seq }.emit(header);
            // ICMP sums no pseudo-header, and the field is zero.
            frame.checksum = ChecksumState::Partial {
                start: 0,
                offset: CHECKSUM_OFFSET as u16,
            };
            Protocol::ICMP
        }
        IpAddr::V6(_) => {
            icmpv6::Message::EchoRequest { ident, seq }.emit(header);
            owe_checksum(&mut frame, src, dst, Protocol::ICMPV6, CHECKSUM_OFFSET);
            Protocol::ICMPV6
        }
    };
    Some(Outbound {
        src: Some(src),
        dst,
        protocol,
        ttl: unsent.ttl,
        traffic_class: unsent.tos,
        discover: unsent.discover,
        iface: unsent.iface.or_else(|| zone::of(unsent.to)),
        longest: unsent.longest,
        options: unsent.options,
        frame,
    })
}

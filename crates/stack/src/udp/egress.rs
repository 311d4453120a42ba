//! Datagrams that wait to be sent.

use base::Frame;
use wire::Protocol;
use wire::udp::{CHECKSUM_OFFSET, HEADER_LEN, Header};

use super::Udp;
use crate::packet::{Outbound, owe_checksum};
use crate::zone;

/// The next datagram of any socket, in the order in which they were sent; and whether members of
/// its group on this host hear it, if it goes to one.
pub(crate) fn poll(udp: &mut Udp) -> Option<(Outbound, bool)> {
    let unsent = udp.outbox.pop_front()?;
    if udp.outbox.is_empty() && udp.outbox.capacity() > 64 {
        udp.outbox = alloc::collections::VecDeque::new();
    }
    udp.sockets.discharge(&unsent);
    let header = Header {
        src_port: unsent.from.port(),
        dst_port: unsent.to.port(),
        payload_len: unsent.payload.len(),
        has_checksum: true,
    };
    let mut frame = Frame::new(unsent.payload);
    frame.segment_size = unsent.segment_size;
    header.emit(frame.push_header(HEADER_LEN));
    let (src, dst) = (unsent.from.ip(), unsent.to.ip());
    owe_checksum(&mut frame, src, dst, Protocol::UDP, CHECKSUM_OFFSET);
    let echo = unsent.echo;
    let outbound = Outbound {
        src: Some(src),
        dst,
        protocol: Protocol::UDP,
        ttl: unsent.ttl,
        traffic_class: unsent.tos,
        discover: unsent.discover,
        iface: unsent.iface.or_else(|| zone::of(unsent.to)),
        longest: unsent.longest,
        options: unsent.options,
        frame,
    };
    Some((outbound, echo))
}

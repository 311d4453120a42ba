//! What strangers send who hear the two: segments with numbers near the right ones, and ICMP errors.
//! They can end a connection, but never change what is read.

use base::Frame;
use wire::{Protocol, ethernet, icmpv4, icmpv6, tcp};

use super::end::mac;
use super::path;
use super::world::World;
use crate::plain;

/// Where the packet begins.
const IP: usize = ethernet::HEADER_LEN;

/// MTUs that a router may claim.
const MTUS: [u16; 8] = [0, 68, 552, 1000, 1279, 1280, 1499, 9000];

impl World {
    /// A segment of a stranger who has seen the last one from `from`: bare.
    pub(super) fn forge(&mut self, from: usize, kind: u8) {
        let heard = self.cables[from].heard.clone();
        let Some((mut frame, tcp)) = heard.and_then(bare_segment) else {
            return;
        };
        // No SYN: with the numbers of one who is heard it would open a connection in his name. No
        // URG: it would take a byte out of its place.
        let flags = [0x10, 0x14, 0x04, 0x18, 0x12, 0x11, 0x00, 0x19][usize::from(kind & 7)];
        frame[tcp + 13] = flags;
        let nudge = u32::from(kind >> 4).wrapping_sub(8).wrapping_mul(700);
        let at = if kind & 8 == 0 { tcp + 4 } else { tcp + 8 };
        let number = u32::from_be_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]]);
        frame[at..at + 4].copy_from_slice(&number.wrapping_add(nudge).to_be_bytes());
        plain::mend_packet(&mut frame[IP..]);
        // A reset at the right number, a FIN ahead of its turn, word of what was never sent: any
        // may end what it is about, and whatever is under way besides.
        self.excuse_all();
        for stream in &mut self.streams {
            stream.broken = true;
        }
        self.deliver(1 - from, Frame::from(frame));
    }

    /// An ICMP error about the last packet of end `to`, which goes there.
    pub(super) fn complain(&mut self, to: usize, kind: u8) {
        let Some(heard) = &self.cables[to].heard else {
            return;
        };
        let packet = &heard[IP..];
        let mtu = MTUS[usize::from(kind >> 3) % MTUS.len()];
        let error = match packet.first().map(|first| first >> 4) {
            Some(4) => path::error_v4(packet, complaint_v4(kind, mtu)),
            Some(6) => path::error_v6(packet, complaint_v6(kind, mtu)),
            _ => None,
        };
        // A path may become narrow: that is no reason to end. All others are, for a call at least.
        if kind & 7 > 2 {
            self.excuse_all();
        }
        if let Some(error) = error {
            self.deliver(to, path::frame(mac(to), &error));
        }
    }
}

fn complaint_v4(kind: u8, mtu: u16) -> icmpv4::Message {
    use icmpv4::{Message, Unreachable};
    let why = match kind & 7 {
        0..=2 => Unreachable::FragmentationNeeded { next_hop_mtu: mtu },
        3 => Unreachable::Port,
        4 => Unreachable::Host,
        5 => return Message::TtlExceeded,
        6 => return Message::ParameterProblem { pointer: 9 },
        _ => Unreachable::Protocol,
    };
    Message::DestinationUnreachable(why)
}

fn complaint_v6(kind: u8, mtu: u16) -> icmpv6::Message {
    use icmpv6::{Message, Problem, Unreachable};
    let why = match kind & 7 {
        0..=2 => return Message::PacketTooBig { mtu: mtu.into() },
        3 => Unreachable::Port,
        4 => Unreachable::Address,
        5 => return Message::HopLimitExceeded,
        6 => {
            let (problem, pointer) = (Problem::UnknownNextHeader, 6);
            return Message::ParameterProblem { problem, pointer };
        }
        _ => Unreachable::Prohibited,
    };
    Message::DestinationUnreachable(why)
}

/// The frame cut down to the headers of a segment without options and data, and where TCP's begins.
fn bare_segment(mut frame: Vec<u8>) -> Option<(Vec<u8>, usize)> {
    let (header, protocol, len_at, counted) = match frame.get(IP)? {
        0x45 => (20, 9, 2, 40u16),
        first if first >> 4 == 6 => (40, 6, 4, 20),
        _ => return None,
    };
    let tcp = IP + header;
    if frame.len() < tcp + tcp::MIN_HEADER_LEN || frame[IP + protocol] != Protocol::TCP.0 {
        return None;
    }
    frame.truncate(tcp + tcp::MIN_HEADER_LEN);
    frame[IP + len_at..IP + len_at + 2].copy_from_slice(&counted.to_be_bytes());
    frame[tcp + 12] = 5 << 4;
    Some((frame, tcp))
}

//! What a stranger on the cable hears.
//!
//! A blind sender never gets past the handshake. This one reads what the stack sends, so that the
//! script's segments can continue the conversation: their numbers then count from it.

use wire::{EtherType, MacAddr, Protocol, ethernet, ipv4, tcp};

use crate::plain;

/// The stack's side of the last conversation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Peer {
    /// The stack's port.
    port: u16,
    /// The stranger's.
    own_port: u16,
    /// What the stack sends next.
    theirs: u32,
    /// What the stack expects next.
    ours: u32,
}

impl Peer {
    /// Remembers where the conversation stands, if the frame is of one.
    pub(super) fn hear(&mut self, frame: &[u8]) {
        let Ok((link, at)) = ethernet::Header::parse(frame) else {
            return;
        };
        let packet = &frame[at..];
        let Ok((ip, at)) = ipv4::Header::parse(packet, packet.len()) else {
            return;
        };
        if link.ethertype != EtherType::IPV4 || ip.protocol != Protocol::TCP || ip.is_fragment() {
            return;
        }
        let Ok((segment, len)) = tcp::Header::parse(&packet[at..]) else {
            return;
        };
        let control = &segment.control;
        let payload = ip.payload_len.saturating_sub(len);
        *self = Self {
            port: segment.src_port,
            own_port: segment.dst_port,
            theirs: (control.seq + control.segment_len(payload)).0,
            ours: control.ack.0,
        };
    }

    /// Puts a script's frame to the stack's card, and with `relate` lets its segment follow on what
    /// was heard: its numbers are added to the conversation's, and ports of 0 become its ports.
    pub(super) fn aim(&self, frame: &mut [u8], card: MacAddr, relate: bool) {
        if frame.len() < ethernet::HEADER_LEN {
            return;
        }
        // Unless it is for all.
        if frame[0] & 1 == 0 {
            frame[..6].copy_from_slice(&card.0);
        }
        let packet = &mut frame[ethernet::HEADER_LEN..];
        let Some(header) = plain::ipv4_header(packet) else {
            return;
        };
        let is_tcp = packet[9] == Protocol::TCP.0;
        let segment = &mut packet[header..];
        if !relate || !is_tcp || segment.len() < tcp::MIN_HEADER_LEN {
            return;
        }
        for (at, port) in [(0, self.own_port), (2, self.port)] {
            if segment[at..at + 2] == [0, 0] {
                segment[at..at + 2].copy_from_slice(&port.to_be_bytes());
            }
        }
        for (at, base) in [(4, self.ours), (8, self.theirs)] {
            let field = &mut segment[at..at + 4];
            let offset = u32::from_be_bytes([field[0], field[1], field[2], field[3]]);
            field.copy_from_slice(&base.wrapping_add(offset).to_be_bytes());
        }
    }
}

//! The congestion mark on a frame (RFC 3168 §5).

use base::Frame;
use wire::{EtherType, ethernet, ip::Ecn, vlan};

/// Where the traffic class lies in a frame.
enum Place {
    V4,
    V6,
}

/// Marks a frame CE, if its sender can make something of that. Whether it is marked now.
///
/// A frame of several segments is marked as a whole: each of them is then.
pub(crate) fn mark(frame: &mut Frame) -> bool {
    let bytes = frame.contiguous(ethernet::HEADER_LEN + vlan::TAG_LEN + 20);
    let ip = if vlan::is_tagged(bytes) {
        ethernet::HEADER_LEN + vlan::TAG_LEN
    } else {
        ethernet::HEADER_LEN
    };
    let Some(&[a, b, version, class, ..]) = bytes.get(ip - 2..) else {
        return false;
    };
    let place = match EtherType(u16::from_be_bytes([a, b])) {
        EtherType::IPV4 if version >> 4 == 4 => Place::V4,
        EtherType::IPV6 if version >> 4 == 6 => Place::V6,
        _ => return false,
    };
    let (bits, marked) = match place {
        Place::V4 => (class, class | 3),
        // RFC 8200 §3: the class lies across two bytes, its last four bits in front of the label.
        Place::V6 => (class >> 4, class | 0x30),
    };
    match Ecn::from_bits(bits) {
        Ecn::NotEct => return false,
        Ecn::Ce => return true,
        Ecn::Ect0 | Ecn::Ect1 => {}
    }
    let sum = match place {
        Place::V4 => bytes
            .get(ip + 10..ip + 12)
            .map(|sum| u16::from_be_bytes([sum[0], sum[1]])),
        Place::V6 => Some(0),
    };
    let Some(sum) = sum else {
        return false;
    };
    if !frame.overwrite(ip + 1, &[marked]) {
        return false;
    }
    if matches!(place, Place::V4) {
        // RFC 1624 §3, equation 3: the sum follows what has changed.
        let word = |class| u32::from(u16::from_be_bytes([version, class]));
        let new = u32::from(!sum) + (!word(class) & 0xffff) + word(marked);
        let new = (new & 0xffff) + (new >> 16);
        let new = !((new & 0xffff) + (new >> 16)) as u16;
        return frame.overwrite(ip + 10, &new.to_be_bytes());
    }
    true
}

//! Targets on the parsers of the crate `wire`.
//!
//! All hold them to the contract that its front page states: `parse` never panics and refuses with
//! a true reason; what it accepts, `emit` writes again; how the bytes are cut makes no difference.

mod v6;

pub use self::v6::{icmpv6, ipv6, ipv6_chain, offload};

use crate::plain;
use wire::bpdu::Bpdu;
use wire::dissect::LayerView;
use wire::membership::{self, Message};
use wire::tcp::options;
use wire::{
    EtherType, LinkType, MacAddr, Malformed, Protocol, arp, ethernet, icmpv4, ipv4, ndp, rip, tcp,
    udp, vlan,
};

type Parsed<T> = Result<(T, usize), Malformed>;

/// Any bytes as an Ethernet header.
///
/// # Panics
/// When the parser breaks its contract.
pub fn ethernet(bytes: &[u8]) {
    let parsed = ethernet::Header::parse(bytes);
    holds_for_prefixes(bytes, &parsed, ethernet::Header::parse);
    let Some((header, len)) = accepted(bytes, parsed) else {
        return;
    };
    assert_eq!(len, header.header_len());
    assert_eq!(emitted(len, |out| header.emit(out)), bytes[..len]);
}

/// Any bytes as an 802.1Q tag, and as a frame whose tag is taken off and put on again.
///
/// # Panics
/// When the parser breaks its contract.
pub fn vlan(bytes: &[u8]) {
    let parsed = vlan::Tag::parse(bytes);
    holds_for_prefixes(bytes, &parsed, vlan::Tag::parse);
    let mut frame = base::Frame::from(bytes.to_vec());
    if let Ok(Some(tag)) = vlan::take_tag(&mut frame) {
        vlan::put_tag(&mut frame, &tag);
    }
    assert_eq!(frame.to_vec(), bytes);
    let Some((tag, len)) = accepted(bytes, parsed) else {
        return;
    };
    assert_eq!(len, tag.header_len());
    assert_eq!(emitted(len, |out| tag.emit(out)), bytes[..len]);
}

/// Any bytes as a BPDU, and as a frame that may hold one. Of later versions not every byte is kept.
///
/// # Panics
/// When the parser breaks its contract.
pub fn bpdu(bytes: &[u8]) {
    let parsed = Bpdu::parse(bytes);
    holds_for_prefixes(bytes, &parsed, Bpdu::parse);
    let _ = Bpdu::of_frame(bytes);
    let Some((bpdu, len)) = accepted(bytes, parsed) else {
        return;
    };
    assert_eq!(len, bpdu.header_len());
    let again = emitted(len, |out| bpdu.emit(out));
    assert_eq!(Bpdu::parse(&again), Ok((bpdu, len)));
}

/// Any bytes as an ARP packet.
///
/// # Panics
/// When the parser breaks its contract.
pub fn arp(bytes: &[u8]) {
    let parsed = arp::Packet::parse(bytes);
    holds_for_prefixes(bytes, &parsed, arp::Packet::parse);
    let Some((packet, len)) = accepted(bytes, parsed) else {
        return;
    };
    assert_eq!(len, packet.header_len());
    assert_eq!(emitted(len, |out| packet.emit(out)), bytes[..len]);
}

/// Any bytes as an IPv4 header; one whose checksum alone is wrong, once more with it mended.
///
/// # Panics
/// When the parser breaks its contract.
pub fn ipv4(bytes: &[u8]) {
    let parse = |front: &[u8]| ipv4::Header::parse(front, bytes.len());
    let parsed = parse(bytes);
    holds_for_prefixes(bytes, &parsed, parse);
    // A quotation may be cut short, and its checksum be what a router left of it.
    let quoted = ipv4::Header::parse_quoted(bytes);
    if parsed.is_ok() {
        assert_eq!(quoted, parsed);
    }
    if let Err(Malformed::Checksum { .. }) = parsed {
        return ipv4(&plain::with_header_checksum(bytes));
    }
    let Some((header, len)) = accepted(bytes, parsed) else {
        return;
    };
    assert_eq!(len, header.header_len());
    assert!(len + header.payload_len <= bytes.len());
    assert!(header.fragment_offset.is_multiple_of(8));
    // RFC 791: a datagram is at most 65,535 bytes, of which 20 are a header.
    assert!(usize::from(header.fragment_offset) + header.payload_len <= 65_515);
    let out = emitted(len, |out| header.emit(out));
    assert_eq!(
        wire::checksum::checksum(&out),
        0,
        "a wrong checksum was emitted"
    );
    // The reserved flag (RFC 791 §3.1: must be zero) is not kept, which the checksum then tells.
    let reserved = bytes[6] & 0x80 != 0;
    if !reserved {
        // A sum of all ones is written as zero and means the same.
        assert_eq!(without(&out, 10), without(&bytes[..len], 10));
    }
    assert_eq!(ipv4::Header::parse(&out, bytes.len()), Ok((header, len)));
}

/// Any bytes as an ICMP message.
///
/// # Panics
/// When the parser breaks its contract.
pub fn icmpv4(bytes: &[u8]) {
    let parsed = icmpv4::Message::parse(bytes);
    holds_for_prefixes(bytes, &parsed, icmpv4::Message::parse);
    let Some((message, len)) = accepted(bytes, parsed) else {
        return;
    };
    assert_eq!(len, message.header_len());
    let out = emitted(len, |out| message.emit(out));
    assert_eq!(out[..2], bytes[..2], "type or code changed");
    assert_eq!(out[2..4], [0, 0], "the checksum is the caller's");
    assert_eq!(icmpv4::Message::parse(&out), Ok((message, len)));
    // RFC 792: these ask or answer, all other types that it defines report.
    if matches!(bytes[0], 0 | 8 | 13..=16) {
        assert!(!message.is_error());
    }
    if matches!(bytes[0], 3 | 4 | 5 | 11 | 12) {
        assert!(message.is_error());
    }
}

/// Any bytes as a DHCP message.
///
/// # Panics
/// When the parser breaks its contract.
pub fn dhcp(bytes: &[u8]) {
    let Some((message, len)) = accepted(bytes, wire::dhcp::Message::parse(bytes)) else {
        return;
    };
    assert_eq!(len, bytes.len());
    let out = emitted(message.header_len(), |out| message.emit(out));
    assert_eq!(out[..44], with_one_flag(bytes), "the fixed fields");
    let again = wire::dhcp::Message::parse(&out).map(|(again, _)| again);
    assert_eq!(again.as_ref(), Ok(&message));
    // Cramped, it says the same.
    for most in [300, 400, 548, 1200] {
        if let Some(out) = message.within(most) {
            assert!(out.len() <= most.max(300));
            let again = wire::dhcp::Message::parse(&out).map(|(again, _)| again);
            assert_eq!(again.as_ref(), Ok(&message));
        }
    }
    let _ = (message.kind(), message.mac());
    for (code, _) in message.options.iter() {
        let options = &message.options;
        let _ = (options.addresses(code), options.text(code));
        let _ = (options.number8(code), options.number16(code));
        let _ = (options.number32(code), options.address(code));
    }
}

/// DHCP's fixed fields as they are written: of the flags one, and nothing behind the address.
fn with_one_flag(bytes: &[u8]) -> Vec<u8> {
    let mut fixed = bytes[..44].to_vec();
    (fixed[10], fixed[11]) = (fixed[10] & 0x80, 0);
    fixed[28 + usize::from(bytes[2])..].fill(0);
    fixed
}

/// Any bytes as an IGMP message.
///
/// # Panics
/// When the parser breaks its contract.
pub fn igmp(bytes: &[u8]) {
    let Some((message, len)) = accepted(bytes, membership::igmp::parse(bytes)) else {
        return;
    };
    assert_eq!(len, message.igmp_len());
    let out = emitted(len, |out| message.emit_igmp(out));
    assert_eq!(out[0], bytes[0], "the type changed");
    assert_eq!(out[2..4], [0, 0], "the checksum is the caller's");
    assert_eq!(membership::igmp::parse(&out), Ok((message, len)));
    membership_holds(&message, len);
}

/// Any bytes as an MLD message.
///
/// # Panics
/// When the parser breaks its contract.
pub fn mld(bytes: &[u8]) {
    let Some((message, len)) = accepted(bytes, membership::mld::parse(bytes)) else {
        return;
    };
    assert_eq!(len, message.mld_len());
    let out = emitted(len, |out| message.emit_mld(out));
    assert_eq!(out[0], bytes[0], "the type changed");
    assert_eq!(out[2..4], [0, 0], "the checksum is the caller's");
    assert_eq!(membership::mld::parse(&out), Ok((message, len)));
    membership_holds(&message, len);
}

/// Any bytes as a message of RIP version 2.
///
/// # Panics
/// When the parser breaks its contract.
pub fn rip(bytes: &[u8]) {
    let Some((message, len)) = accepted(bytes, rip::v2::parse(bytes)) else {
        return;
    };
    assert_eq!(len, bytes.len());
    let proof = match message.authentication {
        Some(rip::Authentication::Password(password)) => rip::v2::Proof::Password(password),
        Some(rip::Authentication::Digest { key, sequence, .. }) => {
            rip::v2::Proof::Digest { key, sequence }
        }
        Some(rip::Authentication::Other(_)) | None => rip::v2::Proof::None,
    };
    let again = |entries: &[_]| {
        let out = rip::v2::emit(message.command, proof, entries);
        let (read, _) = rip::v2::parse(&out).expect("what is written can be read");
        assert_eq!(read.authentication.is_some(), proof != rip::v2::Proof::None);
        read.entries().collect()
    };
    rip_holds(&message, again);
}

/// Any bytes as a message of RIPng.
///
/// # Panics
/// When the parser breaks its contract.
pub fn ripng(bytes: &[u8]) {
    let Some((message, len)) = accepted(bytes, rip::ng::parse(bytes)) else {
        return;
    };
    assert_eq!(len, bytes.len());
    let again = |entries: &[_]| {
        let out = rip::ng::emit(message.command, entries);
        let (read, _) = rip::ng::parse(&out).expect("what is written can be read");
        read.entries().collect()
    };
    rip_holds(&message, again);
}

/// The entries that make sense can be written `again`, and then all make sense.
fn rip_holds(
    message: &rip::Message<'_>,
    again: impl FnOnce(&[rip::Entry]) -> Vec<Result<rip::Entry, Malformed>>,
) {
    let entries: Vec<_> = message.entries().filter_map(Result::ok).collect();
    for entry in &entries {
        assert!((1..=rip::INFINITY).contains(&entry.metric), "{entry:?}");
        assert_eq!(entry.network, entry.network.trunc());
    }
    let read: Result<Vec<_>, _> = again(&entries).into_iter().collect();
    assert_eq!(read.as_ref(), Ok(&entries));
}

/// What a message says of groups can be walked through and written again.
fn membership_holds(message: &Message<'_>, len: usize) {
    match message {
        Message::Query(query) => assert_eq!(query.sources.iter().count(), query.sources.len()),
        Message::Records(records) => {
            let all: Vec<_> = records.iter().collect();
            assert_eq!(all.len(), usize::from(records.count()));
            let mut out = Vec::new();
            for record in all {
                let sources: Vec<_> = record.sources.iter().collect();
                assert_eq!(sources.len(), record.sources.len());
                record
                    .kind
                    .append(&mut out, record.group, sources.into_iter());
            }
            // Auxiliary data is not kept.
            assert!(out.len() + 8 <= len);
        }
        _ => {}
    }
}

/// Any bytes as a message of Neighbour Discovery with its options.
///
/// # Panics
/// When the parser breaks its contract.
pub fn ndp(bytes: &[u8]) {
    let parsed = ndp::Message::parse(bytes);
    holds_for_prefixes(bytes, &parsed, ndp::Message::parse);
    let Some((message, len)) = accepted(bytes, parsed) else {
        return;
    };
    assert_eq!(len, message.header_len());
    let out = emitted(len, |out| message.emit(out));
    assert_eq!(out[..2], bytes[..2], "type or code changed");
    assert_eq!(out[2..4], [0, 0], "the checksum is the caller's");
    assert_eq!(ndp::Message::parse(&out), Ok((message, len)));
    let options = &bytes[len..];
    let seen: Vec<_> = ndp::options::iter(options).collect();
    let mut again = Vec::new();
    seen.iter().for_each(|option| option.append(&mut again));
    assert_eq!(ndp::options::check(&again), Ok(()));
    assert_eq!(ndp::options::iter(&again).collect::<Vec<_>>(), seen);
    assert!(again.len() <= options.len());
    match ndp::options::check(options) {
        Ok(()) => assert!(options.len().is_multiple_of(8)),
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
}

/// Any bytes as a UDP header.
///
/// # Panics
/// When the parser breaks its contract.
pub fn udp(bytes: &[u8]) {
    let parse = |front: &[u8]| udp::Header::parse(front, bytes.len());
    let parsed = parse(bytes);
    holds_for_prefixes(bytes, &parsed, parse);
    let Some((header, len)) = accepted(bytes, parsed) else {
        return;
    };
    assert_eq!(len, header.header_len());
    assert!(len + header.payload_len <= bytes.len());
    assert_ne!(header.dst_port, 0);
    assert_eq!(header.has_checksum, bytes[6..8] != [0, 0]);
    let out = emitted(len, |out| header.emit(out));
    assert_eq!(out, without(&bytes[..len], 6));
}

/// Any bytes as a TCP header.
///
/// # Panics
/// When the parser breaks its contract.
pub fn tcp(bytes: &[u8]) {
    let parsed = tcp::Header::parse(bytes);
    holds_for_prefixes(bytes, &parsed, tcp::Header::parse);
    let Some((mut header, len)) = accepted(bytes, parsed) else {
        return;
    };
    // Options that mean nothing are not written again.
    let emitted_len = header.header_len();
    assert!((tcp::MIN_HEADER_LEN..=60).contains(&emitted_len) && emitted_len.is_multiple_of(4));
    let out = emitted(emitted_len, |out| header.emit(out));
    // The ports, both numbers, the window and the urgent pointer stay where they were.
    assert_eq!(out[..12], bytes[..12]);
    assert_eq!(out[14..16], bytes[14..16]);
    assert_eq!(out[18..20], bytes[18..20]);
    assert_eq!(out[16..18], [0, 0], "the checksum is the caller's");
    // RFC 9293 §3.1: three reserved bits; all nine flags are kept.
    assert_eq!(out[12] & 1, bytes[12] & 1);
    assert_eq!(out[13], bytes[13]);
    tcp_options(&bytes[tcp::MIN_HEADER_LEN..len]);
    cut_sack(&mut header.control.options);
    assert_eq!(tcp::Header::parse(&out), Ok((header, emitted_len)));
}

/// Any bytes as TCP options.
///
/// # Panics
/// When the parser breaks its contract.
pub fn tcp_options(bytes: &[u8]) {
    let mut room = bytes.len();
    for option in options::iter(bytes) {
        // Kind and length take two bytes; what is inside cannot be more than was there.
        let taken = 2 + match option {
            options::TcpOption::Mss(_) => 2,
            options::TcpOption::WindowScale(_) => 1,
            options::TcpOption::SackPermitted => 0,
            options::TcpOption::Sack(blocks) => blocks.len() * 8,
            options::TcpOption::Timestamps(_) => 8,
            options::TcpOption::FastOpen(option) => {
                option.cookie.len() + if option.experimental { 2 } else { 0 }
            }
            options::TcpOption::AccEcn(option) => option.counters.len() * 3,
            options::TcpOption::Unknown { data, .. } => data.len(),
        };
        assert!(taken <= room, "options give more than was there");
        room -= taken;
    }
    let gathered = tcp::Options::parse(bytes);
    assert!(gathered.len() <= tcp::MAX_OPTIONS_LEN && gathered.len().is_multiple_of(4));
    assert_eq!(gathered.is_empty(), gathered == tcp::Options::default());
}

/// Any bytes under the Internet checksum, against the sum as RFC 1071 §1 defines it.
///
/// # Panics
/// When a sum is wrong, or depends on how the bytes were cut.
pub fn checksum(bytes: &[u8]) {
    let expected = plain::checksum(bytes);
    assert_eq!(wire::checksum::checksum(bytes), expected);
    // Parts at any lengths: the first byte says how long they are.
    let part = bytes.first().map_or(1, |&first| usize::from(first % 9) + 1);
    let mut sum = wire::checksum::Checksum::new();
    bytes.chunks(part).for_each(|chunk| sum.add(chunk));
    assert_eq!(sum.finish(), expected);
    // RFC 1624: a changed word, without summing all again.
    if let [old0, old1, new0, new1, rest @ ..] = bytes {
        let (old, new) = (
            u16::from_be_bytes([*old0, *old1]),
            u16::from_be_bytes([*new0, *new1]),
        );
        let before: Vec<u8> = [&[*old0, *old1], rest].concat();
        let after: Vec<u8> = [&[*new0, *new1], rest].concat();
        let updated = wire::checksum::update(plain::checksum(&before), old, new);
        // All zeros and all ones are the same number in one's complement (RFC 1624 §3).
        assert_eq!(updated % 0xffff, plain::checksum(&after) % 0xffff);
    }
}

/// Any text as a MAC address.
///
/// # Panics
/// When what was read is not written the same.
pub fn mac(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(mac) = text.parse::<MacAddr>() {
        assert_eq!(text.len(), 17);
        assert_eq!(mac.to_string(), text.to_lowercase().replace('-', ":"));
        assert_eq!(mac.to_string().parse(), Ok(mac));
    }
}

/// Any bytes as a whole frame, each header read where the one before says that it is.
///
/// # Panics
/// When a parser breaks its contract.
pub fn frame(bytes: &[u8]) {
    ethernet(bytes);
    let Ok((ethernet, len)) = ethernet::Header::parse(bytes) else {
        return;
    };
    let inner = &bytes[len..];
    match ethernet.ethertype {
        EtherType::ARP => arp(inner),
        EtherType::IPV4 => packet(inner),
        EtherType::IPV6 => v6::packet(inner),
        _ => {}
    }
}

fn packet(bytes: &[u8]) {
    ipv4(bytes);
    // Also behind a wrong checksum: a mutated header would hide all that is inside.
    let mended = plain::with_header_checksum(bytes);
    let Ok((header, len)) = ipv4::Header::parse(&mended, mended.len()) else {
        return;
    };
    let inner = &mended[len..len + header.payload_len];
    match header.protocol {
        Protocol::ICMP => {
            icmpv4(inner);
            // What died is quoted behind an error's header, cut short.
            if let Ok((message, len)) = icmpv4::Message::parse(inner)
                && message.is_error()
            {
                ipv4(&inner[len..]);
            }
        }
        Protocol::UDP => udp(inner),
        Protocol::TCP => tcp(inner),
        _ => {}
    }
}

/// Any bytes, peeled: as a frame, and as an IP packet.
///
/// # Panics
/// When a byte is in no layer or in two, or a field outside its layer.
pub fn dissect(bytes: &[u8]) {
    for link in [LinkType::Ethernet, LinkType::RawIp] {
        let mut at = 0;
        for layer in wire::dissect::dissect(link, bytes) {
            assert_eq!(layer.range.start, at, "{layer:?}");
            at = layer.range.end;
            check_layer(&layer);
        }
        assert_eq!(at, bytes.len(), "bytes in no layer");
    }
}

fn check_layer(layer: &LayerView) {
    let mut before = layer.range.start;
    for field in &layer.fields {
        assert!(
            field.range.start >= before,
            "fields out of order: {layer:?}"
        );
        before = field.range.start;
        assert!(
            field.range.end <= layer.range.end,
            "{field:?} reaches out of {:?}",
            layer.range
        );
        // What it says must be sayable; flags may say nothing.
        let _ = field.value.to_string();
    }
    if let Some(malformed) = layer.malformed {
        assert!(!malformed.to_string().is_empty());
    }
}

/// What was accepted; a refusal is checked to be true.
fn accepted<T>(bytes: &[u8], parsed: Parsed<T>) -> Option<(T, usize)> {
    match parsed {
        Ok((meaning, len)) => {
            assert!(len <= bytes.len(), "a header of more bytes than there are");
            Some((meaning, len))
        }
        Err(refusal) => {
            if let Malformed::Truncated { need, have, .. } = refusal {
                assert!(need > have && have <= bytes.len(), "{refusal}");
            }
            assert!(!refusal.to_string().is_empty());
            None
        }
    }
}

/// Bytes behind a header change nothing: any front part of the bytes gives the same, or the word
/// that it is too short.
fn holds_for_prefixes<T: PartialEq + std::fmt::Debug>(
    bytes: &[u8],
    whole: &Parsed<T>,
    parse: impl Fn(&[u8]) -> Parsed<T>,
) {
    // Beyond 60 bytes no header reaches.
    for end in 0..bytes.len().min(64) {
        let part = parse(&bytes[..end]);
        match &part {
            Err(Malformed::Truncated { need, have, .. }) => assert!(need > have),
            _ if matches!(whole, Err(Malformed::Truncated { .. })) => {
                assert!(
                    part.is_err(),
                    "{end} bytes are enough, {} are not",
                    bytes.len()
                );
            }
            _ => assert_eq!(&part, whole, "of {} bytes, {end}", bytes.len()),
        }
    }
}

fn emitted(len: usize, emit: impl Fn(&mut [u8])) -> Vec<u8> {
    // Whatever was in the buffer is overwritten.
    let (mut zeros, mut ones) = (vec![0; len], vec![0xff; len]);
    emit(&mut zeros);
    emit(&mut ones);
    assert_eq!(zeros, ones, "emit left bytes as they were");
    zeros
}

/// `bytes` with the two at `field` zero.
fn without(bytes: &[u8], field: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[field..field + 2].fill(0);
    bytes
}

/// Leaves out the SACK blocks that `emit` has no room for.
fn cut_sack(options: &mut tcp::Options) {
    let mut others = options.clone();
    others.sack.clear();
    let room = tcp::MAX_OPTIONS_LEN - others.len();
    // Two NOPs, kind and length stand before the blocks (RFC 2018 §3).
    options.sack.truncate(room.saturating_sub(4) / 8);
}

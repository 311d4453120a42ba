//! The targets on IPv6's headers, and on what cuts large frames.

use base::{ChecksumState, Frame};
use wire::ipv6::{self, Chain, MAX_EXTENSIONS, fragment, options::Options, routing};
use wire::{LinkType, Malformed, Protocol, ethernet, icmpv6, offload};

use super::{accepted, emitted, holds_for_prefixes};

/// Any bytes as an IPv6 header.
///
/// # Panics
/// When the parser breaks its contract.
pub fn ipv6(bytes: &[u8]) {
    let parse = |front: &[u8]| ipv6::Header::parse(front, bytes.len());
    let parsed = parse(bytes);
    holds_for_prefixes(bytes, &parsed, parse);
    let quoted = ipv6::Header::parse_quoted(bytes);
    match &parsed {
        // A quotation may be cut short.
        Err(Malformed::Length { found, have, .. }) => {
            assert!(found > have);
            assert!(quoted.is_ok());
        }
        other => assert_eq!(&quoted, other),
    }
    let Some((header, len)) = accepted(bytes, parsed) else {
        return;
    };
    assert_eq!(len, header.header_len());
    assert!(len + header.payload_len <= bytes.len());
    // RFC 8200 §3: every bit of the header means something.
    assert_eq!(emitted(len, |out| header.emit(out)), bytes[..len]);
    assert_eq!(header.ecn().bits(), bytes[1] >> 4 & 3);
}

/// Any bytes as a chain of extension headers, of which the first byte names the first.
///
/// # Panics
/// When the walk leaves the bytes, goes on for too long, or a header's own parser sees it otherwise.
pub fn ipv6_chain(bytes: &[u8]) {
    let Some((&first, bytes)) = bytes.split_first() else {
        return;
    };
    let mut chain = Chain::new(Protocol(first), bytes);
    let (mut at, mut next, mut count) = (0, Protocol(first), 0);
    while let Some(step) = chain.next() {
        let extension = match step {
            Ok(extension) => extension,
            Err(refusal) => {
                let layer = ipv6::Kind::of(next).map(ipv6::Kind::layer);
                assert_eq!(Some(layer_of(refusal)), layer, "{refusal}");
                assert!(chain.next().is_none(), "a refusal ends the walk");
                break;
            }
        };
        count += 1;
        assert!(count <= MAX_EXTENSIONS, "it goes on for too long");
        assert_eq!(extension.at, at);
        assert_eq!(Some(extension.kind), ipv6::Kind::of(next));
        // RFC 8200 §4: multiples of 8, one at least.
        assert!(extension.len >= 8 && extension.len.is_multiple_of(8));
        at += extension.len;
        let header = &bytes[extension.at..at];
        assert_eq!(extension.next_header, Protocol(header[0]));
        next = extension.next_header;
        match extension.kind {
            ipv6::Kind::HopByHop | ipv6::Kind::Destination => {
                options(extension.kind.layer(), header);
            }
            ipv6::Kind::Fragment => fragment_holds(header),
            ipv6::Kind::Routing => {
                let parsed = routing::Header::parse(header);
                let (route, len) = parsed.expect("the walk accepted it");
                assert_eq!(len, header.len());
                assert_eq!((route.kind, route.segments_left), (header[2], header[3]));
            }
        }
        assert_eq!((chain.len(), chain.next_header()), (at, next));
    }
    assert_eq!(chain.is_empty(), at == 0);
    assert!(at <= bytes.len());
    // The parsers hold for themselves as well, whatever the first byte says.
    let parsed = routing::Header::parse(bytes);
    holds_for_prefixes(bytes, &parsed, routing::Header::parse);
    accepted(bytes, parsed);
    let parsed = fragment::Header::parse(bytes);
    holds_for_prefixes(bytes, &parsed, fragment::Header::parse);
    accepted(bytes, parsed);
}

fn layer_of(refusal: Malformed) -> wire::Layer {
    match refusal {
        Malformed::Truncated { layer, .. }
        | Malformed::Version { layer, .. }
        | Malformed::HeaderLength { layer, .. }
        | Malformed::Length { layer, .. }
        | Malformed::Checksum { layer }
        | Malformed::Field { layer, .. } => layer,
    }
}

fn fragment_holds(header: &[u8]) {
    let parsed = fragment::Header::parse(header);
    let (part, len) = parsed.expect("the walk accepted it");
    assert_eq!(len, fragment::HEADER_LEN);
    assert!(part.offset.is_multiple_of(8));
    assert_eq!(part.is_atomic(), part.offset == 0 && header[3] & 1 == 0);
    let out = emitted(len, |out| part.emit(out));
    assert_eq!(fragment::Header::parse(&out), Ok((part, len)));
    // The reserved byte and the two reserved bits are not kept.
    assert_eq!(out[3], header[3] & !6);
}

/// Every option lies behind the one before, and together they fill the header, or one is refused.
fn options(layer: wire::Layer, header: &[u8]) {
    let mut options = Options::new(layer, header);
    let mut at = 2;
    while let Some(step) = options.next() {
        match step {
            Ok(option) => {
                assert_eq!((option.at, option.kind), (at, header[at]));
                at = options.at();
                let before = option.at + usize::from(option.kind != ipv6::options::PAD1) * 2;
                let before = before.max(option.at + 1);
                assert_eq!(option.data, &header[before..at]);
                // RFC 8200 §4.2: the two highest bits decide.
                let skipped = option.unrecognized() == ipv6::options::Unrecognized::Skip;
                assert_eq!(skipped, option.kind < 0x40);
            }
            Err(Malformed::Length { found, have, .. }) => {
                assert!(found > have);
                assert!(options.next().is_none(), "a refusal ends the list");
                return;
            }
            Err(refusal) => panic!("{refusal}"),
        }
    }
    assert_eq!(at, header.len());
}

/// Any bytes as an ICMPv6 message.
///
/// # Panics
/// When the parser breaks its contract.
pub fn icmpv6(bytes: &[u8]) {
    let parsed = icmpv6::Message::parse(bytes);
    holds_for_prefixes(bytes, &parsed, icmpv6::Message::parse);
    let Some((message, len)) = accepted(bytes, parsed) else {
        return;
    };
    assert_eq!(len, message.header_len());
    assert_eq!(message.kind_and_code(), (bytes[0], bytes[1]));
    let out = emitted(len, |out| message.emit(out));
    assert_eq!(out[..2], bytes[..2], "type or code changed");
    assert_eq!(out[2..4], [0, 0], "the checksum is the caller's");
    assert_eq!(icmpv6::Message::parse(&out), Ok((message, len)));
    // RFC 4443 §2.1: the highest bit says which they are.
    assert_eq!(message.is_error(), bytes[0] < 128);
}

/// Any bytes as a large frame to be cut: the first byte says what link it is on, the next two how
/// much a segment carries.
///
/// # Panics
/// When the parts are not the whole, or one is too long.
pub fn offload(bytes: &[u8]) {
    let [flags, high, low, bytes @ ..] = bytes else {
        return;
    };
    let link = [LinkType::Ethernet, LinkType::RawIp][usize::from(flags & 1)];
    let mut frame = Frame::from(bytes.to_vec());
    let size = u16::from_be_bytes([*high, *low]);
    frame.segment_size = size.try_into().ok();
    frame.accurate_ecn = flags & 2 != 0;
    frame.checksum = ChecksumState::Partial {
        start: size,
        offset: u16::from(*flags),
    };
    let mut whole = frame.clone();
    offload::finish_checksum(&mut whole);
    assert_eq!(whole.len(), bytes.len());
    let parts = match offload::segments(link, frame) {
        Ok(parts) => parts,
        Err(refusal) => {
            assert!(size > 0, "there was nothing to cut");
            assert!(!refusal.to_string().is_empty());
            return;
        }
    };
    let promised = parts.len();
    let parts: Vec<Frame> = parts.collect();
    assert_eq!(parts.len(), promised);
    if size == 0 {
        assert_eq!(parts[0].to_vec(), bytes);
        return;
    }
    cut_holds(link, &parts, size.into(), bytes);
}

/// Every part has the whole's addresses and ports, a number that follows on the one before, and
/// no more data than it may; all data is there.
fn cut_holds(link: LinkType, parts: &[Frame], size: usize, whole: &[u8]) {
    let (mut expected, mut data) = (None, Vec::new());
    for (number, part) in parts.iter().enumerate() {
        let mut part = part.clone();
        offload::finish_checksum(&mut part);
        let bytes = part.to_vec();
        let ip = match link {
            LinkType::Ethernet => ethernet::HEADER_LEN,
            LinkType::RawIp => 0,
        };
        let tcp = ip
            + match bytes[ip] >> 4 {
                4 => usize::from(bytes[ip] & 15) * 4,
                _ => 40,
            };
        let front = tcp + usize::from(bytes[tcp + 12] >> 4) * 4;
        assert_eq!(bytes[tcp..tcp + 4], whole[tcp..tcp + 4]);
        let seq = &bytes[tcp + 4..tcp + 8];
        let seq = u32::from_be_bytes([seq[0], seq[1], seq[2], seq[3]]);
        assert_eq!(seq, expected.unwrap_or(seq));
        let carried = bytes.len() - front;
        let last = number + 1 == parts.len();
        assert!(
            carried == size || last && carried <= size,
            "{carried} bytes"
        );
        expected = Some(seq.wrapping_add(carried as u32));
        data.extend_from_slice(&bytes[front..]);
        if number == 0 {
            assert_eq!(bytes[..ip], whole[..ip]);
        }
    }
    // The link's padding behind it goes.
    let front = parts[0].len() - data.len().min(size);
    assert!(whole[front..].starts_with(&data));
}

/// A whole packet of IPv6, each header read where the one before says that it is.
pub(super) fn packet(bytes: &[u8]) {
    ipv6(bytes);
    let Ok((header, len)) = ipv6::Header::parse(bytes, bytes.len()) else {
        return;
    };
    let inner = &bytes[len..len + header.payload_len];
    let mut chained = vec![header.next_header.0];
    chained.extend_from_slice(inner);
    ipv6_chain(&chained);
    let mut chain = Chain::new(header.next_header, inner);
    if chain.by_ref().any(|step| step.is_err()) {
        return;
    }
    let inner = &inner[chain.len()..];
    match chain.next_header() {
        Protocol::UDP => super::udp(inner),
        Protocol::TCP => super::tcp(inner),
        Protocol::ICMPV6 => {
            icmpv6(inner);
            match inner.first() {
                Some(130..=132 | 143) => super::mld(inner),
                Some(133..=137) => super::ndp(inner),
                // What died is quoted behind an error's header, cut short.
                Some(..128) if inner.len() > icmpv6::HEADER_LEN => {
                    ipv6(&inner[icmpv6::HEADER_LEN..]);
                }
                _ => {}
            }
        }
        _ => {}
    }
}

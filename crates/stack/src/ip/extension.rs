//! IPv6's extension headers, one by one in their order (RFC 8200 §4).

use base::Frame;
use wire::icmpv6::Problem;
use wire::ipv6::fragment::Header as FragmentHeader;
use wire::ipv6::options::{self, Ipv6Option, Options, Unrecognized};
use wire::ipv6::{self, Chain, HEADER_LEN, Kind, MAX_EXTENSIONS, routing};
use wire::{Malformed, Protocol};

use super::Refused;
use super::reassembly::Fragment;
use crate::icmp_message::IcmpMessage;
use crate::packet::{Cast, Packet};
use crate::verdict::{DropReason, Verdict};

/// What an IPv6 packet turned out to be.
#[derive(Debug)]
pub(crate) enum Opened {
    /// A transport's header is at the front.
    Whole(Packet),
    /// A part of one, its Fragment header taken off.
    Part(Fragment, Packet),
}

impl Refused {
    /// Something in an IPv6 packet makes no sense.
    const fn problem(reason: DropReason, problem: Problem, pointer: usize) -> Self {
        Self {
            reason,
            message: Some(IcmpMessage::problem(problem, pointer)),
        }
    }
}

/// Takes the extension headers off, up to the transport's or to a Fragment header of a packet that
/// came in parts. What is taken off is kept with the header, for an ICMP error to quote.
///
/// # Errors
///
/// A named drop, with the parameter problem that RFC 8200 prescribes.
pub(crate) fn open(mut packet: Packet) -> Verdict<Opened> {
    for _ in 0..MAX_EXTENSIONS {
        let Some(kind) = Kind::of(packet.protocol) else {
            return Ok(Opened::Whole(packet));
        };
        match step(&mut packet, kind) {
            Ok(None) => {}
            Ok(Some(fragment)) => return Ok(Opened::Part(fragment, packet)),
            Err(refused) => return Err(refused.of(packet)),
        }
    }
    let reason = DropReason::TooManyExtensions;
    match Kind::of(packet.protocol) {
        None => Ok(Opened::Whole(packet)),
        Some(_) => Err(reason.into()),
    }
}

/// Takes the Fragment header off that is right behind the IPv6 header. Of a packet that is whole all the
/// same (RFC 6946) it is kept with the header.
///
/// # Errors
///
/// Those of [`open`].
pub(crate) fn open_fragment(mut packet: Packet) -> Verdict<Opened> {
    match step(&mut packet, Kind::Fragment) {
        Ok(None) => Ok(Opened::Whole(packet)),
        Ok(Some(fragment)) => Ok(Opened::Part(fragment, packet)),
        Err(refused) => Err(refused.of(packet)),
    }
}

/// Whether a packet is a part of one, and says so behind other extension headers; the IPv6 header is at
/// the front of `frame`.
pub(crate) fn hides_fragment(first: Protocol, header_len: usize, frame: &mut Frame) -> bool {
    if Kind::of(first).is_none() {
        return false;
    }
    let have = frame.len();
    let front = frame.contiguous(have.min(header_len + MAX_CHAIN));
    let Some(behind) = front.get(header_len..) else {
        return false;
    };
    let mut chain = Chain::new(first, behind);
    chain.any(|extension| {
        extension.is_ok_and(|extension| {
            let header = FragmentHeader::parse(&behind[extension.at..]);
            extension.kind == Kind::Fragment && header.is_ok_and(|(header, _)| !header.is_atomic())
        })
    })
}

/// Takes one extension header off; `Some` when it says that the packet is a part of one.
fn step(packet: &mut Packet, kind: Kind) -> Result<Option<Fragment>, Refused> {
    let at = packet.header.len();
    if kind == Kind::HopByHop && at != HEADER_LEN {
        // RFC 8200 §4.1: immediately behind the IPv6 header or nowhere.
        return Err(Refused::problem(
            DropReason::BadField(kind.layer()),
            Problem::UnknownNextHeader,
            packet.next_header_at,
        ));
    }
    let have = packet.frame.len();
    let fixed = packet.frame.contiguous(8);
    let len = match (kind, fixed) {
        (Kind::Fragment, _) => 8,
        (_, [_, words, ..]) => (usize::from(*words) + 1) * 8,
        _ => 8,
    };
    let bytes = packet.frame.contiguous(len.min(have));
    let extension =
        Chain::new(packet.protocol, bytes)
            .next()
            .unwrap_or(Err(Malformed::Truncated {
                layer: kind.layer(),
                need: len,
                have,
            }))?;
    let bytes = &bytes[..extension.len];
    let fragment = match kind {
        Kind::HopByHop | Kind::Destination => {
            check_options(kind, bytes, at, packet.cast)?;
            None
        }
        Kind::Routing => {
            check_routing(bytes, at)?;
            None
        }
        Kind::Fragment => {
            let (header, _) = FragmentHeader::parse(bytes)?;
            (!header.is_atomic()).then_some(header)
        }
    };
    packet.header.extend_from_slice(bytes);
    packet.frame.pull(extension.len);
    packet.protocol = extension.next_header;
    let names = core::mem::replace(&mut packet.next_header_at, at);
    match fragment {
        Some(header) => part(packet, &header, names).map(Some),
        None => Ok(None),
    }
}

/// A part of a packet: is it one that reassembly can use?
fn part(packet: &mut Packet, header: &FragmentHeader, names: usize) -> Result<Fragment, Refused> {
    packet.later_fragment = header.offset != 0;
    let len = packet.frame.len();
    if header.more && (!len.is_multiple_of(8) || len == 0) {
        // RFC 8200 §4.5: the pointer is at the payload length.
        return Err(Refused::problem(
            DropReason::BadFragment,
            Problem::ErroneousField,
            4,
        ));
    }
    if usize::from(header.offset) + len > ipv6::MAX_PAYLOAD {
        return Err(Refused::problem(
            DropReason::TooLong,
            Problem::ErroneousField,
            packet.next_header_at + 2,
        ));
    }
    if header.offset == 0 && !holds_all_headers(packet) {
        // RFC 8200 §4.5, RFC 7112 §5.
        return Err(Refused::problem(
            DropReason::IncompleteHeaderChain,
            Problem::IncompleteChain,
            0,
        ));
    }
    Ok(Fragment::of_v6(header, packet.next_header_at, names))
}

/// Whether the first fragment reaches into the transport's header, as far as each needs.
fn holds_all_headers(packet: &mut Packet) -> bool {
    let have = packet.frame.len();
    let front = packet.frame.contiguous(have.min(MAX_CHAIN));
    let mut chain = Chain::new(packet.protocol, front);
    let sound = chain.by_ref().all(|extension| extension.is_ok());
    let transport = match chain.next_header() {
        Protocol::TCP => wire::tcp::MIN_HEADER_LEN,
        Protocol::UDP => wire::udp::HEADER_LEN,
        Protocol::ICMPV6 => wire::icmpv6::HEADER_LEN,
        _ => 0,
    };
    sound && have >= chain.len() + transport
}

/// Bytes in which the headers behind a first Fragment header are looked for.
const MAX_CHAIN: usize = 1280;

/// RFC 8200 §4.2: what becomes of options that are not known here, the type's high bits say.
fn check_options(kind: Kind, bytes: &[u8], at: usize, cast: Cast) -> Result<(), Refused> {
    for option in Options::new(kind.layer(), bytes) {
        let option = option.map_err(|malformed| {
            Refused::problem(malformed.into(), Problem::ErroneousField, at + 1)
        })?;
        check_option(kind, &option, at, cast)?;
    }
    Ok(())
}

fn check_option(kind: Kind, option: &Ipv6Option<'_>, at: usize, cast: Cast) -> Result<(), Refused> {
    let known = match option.kind {
        options::PAD1 | options::PADN => true,
        options::ROUTER_ALERT => kind == Kind::HopByHop,
        options::TUNNEL_LIMIT => kind == Kind::Destination,
        _ => false,
    };
    if known {
        return Ok(());
    }
    // RFC 2675: jumbograms are not spoken here, which is what an unknown option is.
    let reason = match option.kind {
        options::JUMBO => DropReason::Jumbogram,
        _ => DropReason::UnknownIpv6Option,
    };
    let complains = match option.unrecognized() {
        Unrecognized::Skip => return Ok(()),
        Unrecognized::Discard => false,
        Unrecognized::Complain => true,
        Unrecognized::ComplainIfUnicast => cast == Cast::Unicast,
    };
    let problem = IcmpMessage::problem(Problem::UnknownOption, at + option.at);
    Err(Refused {
        reason,
        message: complains.then_some(problem),
    })
}

/// RFC 8200 §4.4: a route that is not known is ignored once it has been gone, and refused before;
/// type 0 is as one not known (RFC 5095 §3).
fn check_routing(bytes: &[u8], at: usize) -> Result<(), Refused> {
    let (header, _) = routing::Header::parse(bytes)?;
    if header.segments_left == 0 {
        return Ok(());
    }
    Err(Refused::problem(
        DropReason::SourceRouted,
        Problem::ErroneousField,
        at + 2,
    ))
}

/// Looks at the options for every node on the way of a packet that is about to be forwarded; its
/// IPv6 header is at the front of `frame`.
pub(super) fn check_hop_by_hop(frame: &mut Frame) -> Result<(), Refused> {
    let have = frame.len() - HEADER_LEN;
    let front = frame.contiguous(HEADER_LEN + 8);
    let len = front
        .get(HEADER_LEN + 1)
        .map_or(8, |words| (usize::from(*words) + 1) * 8);
    let bytes = &frame.contiguous(HEADER_LEN + len.min(have))[HEADER_LEN..];
    if let Some(extension) = Chain::new(Protocol::HOP_BY_HOP, bytes).next() {
        let bytes = &bytes[..extension?.len];
        check_options(Kind::HopByHop, bytes, HEADER_LEN, Cast::Unicast)?;
    }
    Ok(())
}

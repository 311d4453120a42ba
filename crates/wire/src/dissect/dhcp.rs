//! DHCP behind UDP.

use alloc::string::String;

use super::table::Row;
use super::terms::{FieldId as F, LayerKind, Meaning as M};
use super::view::{FieldView, Value};
use super::walk::{Next, Walk};
use crate::dhcp::{self, FIXED_LEN, Message, options as code};
use crate::udp;

const FIXED: &[Row] = &[
    Row::number(F::DhcpOp, 0, 1).means(|op| match op {
        1 => Some(M::BootRequest),
        2 => Some(M::BootReply),
        _ => None,
    }),
    Row::number(F::DhcpHardwareType, 1, 1).means(|kind| (kind == 1).then_some(M::Ethernet)),
    Row::number(F::DhcpHardwareLength, 2, 1),
    Row::number(F::DhcpHops, 3, 1),
    Row::hex(F::DhcpTransaction, 4, 4),
    Row::number(F::DhcpSeconds, 8, 2),
    Row::hex(F::DhcpFlags, 10, 2).means(|flags| (flags & 0x8000 != 0).then_some(M::Broadcast)),
    Row::ipv4(F::DhcpClientAddress, 12),
    Row::ipv4(F::DhcpYourAddress, 16),
    Row::ipv4(F::DhcpServerAddress, 20),
    Row::ipv4(F::DhcpRelayAddress, 24),
    Row::mac(F::DhcpClientMac, 28),
    Row::bytes(F::DhcpServerName, 44, 64),
    Row::bytes(F::DhcpFile, 108, 128),
    Row::hex(F::DhcpCookie, 236, 4),
];

/// Where the fields that may hold options lie.
const SNAME: (usize, usize) = (44, 64);
const FILE: (usize, usize) = (108, 128);

/// How an option's value is shown.
#[derive(Clone, Copy)]
enum Show {
    Number,
    Kind,
    Addresses,
    Text,
    Bytes,
}

/// Whether a datagram is one, by its ports; of a fragment and a quote only the front is there.
pub(super) fn is_it(walk: &Walk<'_>, header: &udp::Header) -> bool {
    let known = |port| matches!(port, dhcp::SERVER_PORT | dhcp::CLIENT_PORT);
    let whole = walk.datagram.unchecked.is_none() && !walk.quoted();
    whole && header.payload_len > 0 && known(header.src_port) && known(header.dst_port)
}

pub(super) fn dhcp(walk: &mut Walk<'_>) -> Next {
    let rest = walk.rest();
    walk.layer(LayerKind::Dhcp, FIXED, rest.len());
    let overload = options(walk, FIXED_LEN, rest.len());
    for (bit, (from, len)) in [(1, FILE), (2, SNAME)] {
        if overload & bit != 0 {
            options(walk, from, from + len);
        }
    }
    if let Err(malformed) = Message::parse(rest) {
        return walk.refuse(malformed);
    }
    Next::Data
}

/// The options that lie from `at` on; gives what they say of other fields that hold some.
fn options(walk: &mut Walk<'_>, mut at: usize, end: usize) -> u8 {
    let mut overload = 0;
    let end = end.min(walk.rest().len());
    while at < end {
        let rest = &walk.rest()[at..end];
        let len = match rest {
            [0, ..] => {
                at += 1;
                continue;
            }
            [] | [255, ..] | [_] => break,
            [_, len, ..] => usize::from(*len),
        };
        let Some(value) = rest.get(2..2 + len) else {
            break;
        };
        if let ([code::OVERLOAD, ..], [which]) = (rest, value) {
            overload = *which;
        }
        option(walk, at, rest[0], value);
        at += 2 + len;
    }
    overload
}

fn option(walk: &mut Walk<'_>, at: usize, code: u8, bytes: &[u8]) {
    let (id, show) = known(code);
    let from = walk.at() + at;
    let mut put = |range, value, meaning| {
        walk.push(FieldView {
            id,
            range,
            value,
            meaning,
        });
    };
    let whole = from..from + 2 + bytes.len();
    let number = || bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
    let raw = || Value::Bytes(bytes.to_vec());
    match (show, bytes.len()) {
        (Show::Kind, 1) => put(whole, Value::Number(number()), kind(number())),
        (Show::Number, 1 | 2 | 4) => put(whole, Value::Number(number()), None),
        (Show::Text, 1..) => {
            let text = core::str::from_utf8(bytes).map(String::from);
            put(whole, text.map_or_else(|_| raw(), Value::Text), None);
        }
        (Show::Addresses, len) if len >= 4 && len % 4 == 0 => {
            let (addresses, _) = bytes.as_chunks::<4>();
            for (number, octets) in addresses.iter().enumerate() {
                let at = from + 2 + number * 4;
                // Code and length belong to the first.
                let start = if number == 0 { from } else { at };
                let address = core::net::Ipv4Addr::from(*octets);
                put(start..at + 4, Value::Ip(address.into()), None);
            }
        }
        // With its code, which no other field shows.
        (Show::Bytes, _) if id == F::DhcpOption => {
            let mut all = alloc::vec::Vec::from([code, bytes.len() as u8]);
            all.extend(bytes);
            put(whole, Value::Bytes(all), None);
        }
        _ => put(whole, raw(), None),
    }
}

const fn known(option: u8) -> (F, Show) {
    match option {
        code::SUBNET_MASK => (F::DhcpSubnetMask, Show::Addresses),
        code::ROUTER => (F::DhcpRouter, Show::Addresses),
        code::DNS => (F::DhcpNameServer, Show::Addresses),
        code::HOST_NAME => (F::DhcpHostName, Show::Text),
        code::DOMAIN => (F::DhcpDomain, Show::Text),
        code::MTU => (F::DhcpMtu, Show::Number),
        code::BROADCAST_ADDRESS => (F::DhcpBroadcast, Show::Addresses),
        code::REQUESTED_ADDRESS => (F::DhcpRequested, Show::Addresses),
        code::LEASE_TIME => (F::DhcpLeaseTime, Show::Number),
        code::OVERLOAD => (F::DhcpOverload, Show::Number),
        code::MESSAGE_TYPE => (F::DhcpMessageType, Show::Kind),
        code::SERVER_ID => (F::DhcpServerId, Show::Addresses),
        code::PARAMETERS => (F::DhcpParameters, Show::Bytes),
        code::MESSAGE => (F::DhcpMessage, Show::Text),
        code::MAX_SIZE => (F::DhcpMaxSize, Show::Number),
        code::RENEWAL_TIME => (F::DhcpRenewal, Show::Number),
        code::REBINDING_TIME => (F::DhcpRebinding, Show::Number),
        code::VENDOR_CLASS => (F::DhcpVendorClass, Show::Text),
        code::CLIENT_ID => (F::DhcpClientId, Show::Bytes),
        code::RELAY_AGENT => (F::DhcpRelayAgent, Show::Bytes),
        code::DOMAIN_SEARCH => (F::DhcpDomainSearch, Show::Bytes),
        _ => (F::DhcpOption, Show::Bytes),
    }
}

fn kind(number: u64) -> Option<M> {
    use dhcp::Kind;
    Some(match Kind::of(u8::try_from(number).ok()?)? {
        Kind::Discover => M::DhcpDiscover,
        Kind::Offer => M::DhcpOffer,
        Kind::Request => M::DhcpRequest,
        Kind::Decline => M::DhcpDecline,
        Kind::Ack => M::DhcpAck,
        Kind::Nak => M::DhcpNak,
        Kind::Release => M::DhcpRelease,
        Kind::Inform => M::DhcpInform,
    })
}

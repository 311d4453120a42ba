//! ICMPv6 messages, against RFC 4443's pictures.

use base::Frame;
use wire::icmpv6::{Message, Problem, Unreachable};
use wire::{Protocol, checksum};

/// Type, code and bytes 4 to 7, and what they mean.
const KNOWN: [([u8; 8], Message); 8] = [
    (
        [1, 4, 0, 0, 0, 0, 0, 0],
        Message::DestinationUnreachable(Unreachable::Port),
    ),
    (
        [1, 6, 0, 0, 0, 0, 0, 0],
        Message::DestinationUnreachable(Unreachable::RejectRoute),
    ),
    (
        [2, 0, 0, 0, 0, 0, 5, 0],
        Message::PacketTooBig { mtu: 1280 },
    ),
    ([3, 0, 0, 0, 0, 0, 0, 0], Message::HopLimitExceeded),
    ([3, 1, 0, 0, 0, 0, 0, 0], Message::ReassemblyTimeExceeded),
    (
        [4, 2, 0, 0, 0, 0, 0, 42],
        Message::ParameterProblem {
            problem: Problem::UnknownOption,
            pointer: 42,
        },
    ),
    (
        [128, 0, 0, 0, 0x12, 0x34, 0, 1],
        Message::EchoRequest {
            ident: 0x1234,
            seq: 1,
        },
    ),
    (
        [129, 0, 0, 0, 0x12, 0x34, 0, 1],
        Message::EchoReply {
            ident: 0x1234,
            seq: 1,
        },
    ),
];

#[test]
fn every_message_is_read_and_written_as_section_4443_draws_it() {
    for (bytes, message) in KNOWN {
        assert_eq!(Message::parse(&bytes), Ok((message, 8)));
        let mut out = [0xff; 8];
        message.emit(&mut out);
        assert_eq!(out, bytes);
        // RFC 4443 §2.1: the highest bit tells information from errors.
        assert_eq!(message.is_error(), bytes[0] & 0x80 == 0);
    }
}

#[test]
fn the_checksum_covers_the_pseudo_header() {
    // Linux's echo request from ::1 to ::1, identifier 1, sequence number 1, no data.
    let mut message = vec![0; 8];
    Message::EchoRequest { ident: 1, seq: 1 }.emit(&mut message);
    let localhost = core::net::Ipv6Addr::LOCALHOST.into();
    let sum = |bytes: &[u8]| {
        let frame = Frame::new(bytes.to_vec().into());
        checksum::transport(&frame, localhost, localhost, Protocol::ICMPV6)
    };
    // 1 + 1 for the addresses, 8 for the length, 58 for the next header, 0x8000 + 1 + 1.
    assert_eq!(sum(&message), !(2 + 8 + 58 + 0x8002));
    let right = sum(&message).to_be_bytes();
    message[2..4].copy_from_slice(&right);
    assert_eq!(sum(&message), 0);
}

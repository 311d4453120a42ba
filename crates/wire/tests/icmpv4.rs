//! ICMP messages.

mod packets;

use proptest::prelude::*;
use wire::icmpv4::{Message, Unreachable};
use wire::{Layer, Malformed};

fn emit(message: Message) -> [u8; 8] {
    let mut out = [0xee; 8];
    message.emit(&mut out);
    out
}

#[test]
fn a_ping_as_linux_sends_it() {
    let bytes = &packets::bytes(packets::ECHO)[34..];
    let (message, len) = Message::parse(bytes).unwrap();
    let ident = 0x4b00;
    assert_eq!((message, len), (Message::EchoRequest { ident, seq: 1 }, 8));
    assert_eq!(wire::checksum::checksum(bytes), 0);
    assert!(!message.is_error());
    let mut expected = bytes[..8].to_vec();
    expected[2..4].fill(0);
    assert_eq!(emit(message)[..], expected);
}

#[test]
fn an_error_as_linux_sends_it() {
    let bytes = &packets::bytes(packets::PORT_UNREACHABLE)[34..];
    let (message, _) = Message::parse(bytes).unwrap();
    assert_eq!(message, Message::DestinationUnreachable(Unreachable::Port));
    assert_eq!(wire::checksum::checksum(bytes), 0);
    assert!(message.is_error());
}

#[test]
fn types_and_codes_by_their_numbers() {
    // RFC 792; RFC 1191 §4 for the MTU.
    let cases = [
        (
            Message::EchoReply {
                ident: 0x1234,
                seq: 0x5678,
            },
            [0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78],
        ),
        (
            Message::EchoRequest { ident: 1, seq: 2 },
            [8, 0, 0, 0, 0, 1, 0, 2],
        ),
        (
            Message::DestinationUnreachable(Unreachable::Net),
            [3, 0, 0, 0, 0, 0, 0, 0],
        ),
        (
            Message::DestinationUnreachable(Unreachable::Host),
            [3, 1, 0, 0, 0, 0, 0, 0],
        ),
        (
            Message::DestinationUnreachable(Unreachable::Protocol),
            [3, 2, 0, 0, 0, 0, 0, 0],
        ),
        (
            Message::DestinationUnreachable(Unreachable::Port),
            [3, 3, 0, 0, 0, 0, 0, 0],
        ),
        (
            Message::DestinationUnreachable(Unreachable::FragmentationNeeded {
                next_hop_mtu: 1400,
            }),
            [3, 4, 0, 0, 0, 0, 0x05, 0x78],
        ),
        (
            Message::DestinationUnreachable(Unreachable::SourceRoute),
            [3, 5, 0, 0, 0, 0, 0, 0],
        ),
        (
            Message::DestinationUnreachable(Unreachable::Other(13)),
            [3, 13, 0, 0, 0, 0, 0, 0],
        ),
        (Message::TtlExceeded, [11, 0, 0, 0, 0, 0, 0, 0]),
        (Message::ReassemblyTimeExceeded, [11, 1, 0, 0, 0, 0, 0, 0]),
        (
            Message::ParameterProblem { pointer: 20 },
            [12, 0, 0, 0, 20, 0, 0, 0],
        ),
        (
            Message::Redirect {
                scope: 1,
                gateway: [10, 0, 0, 1].into(),
            },
            [5, 1, 0, 0, 10, 0, 0, 1],
        ),
        (
            Message::Other {
                kind: 5,
                code: 4,
                rest: [10, 0, 0, 1],
            },
            [5, 4, 0, 0, 10, 0, 0, 1],
        ),
    ];
    for (message, bytes) in cases {
        assert_eq!(emit(message), bytes);
        assert_eq!(Message::parse(&bytes), Ok((message, 8)));
        // RFC 1122 §3.2.2: no error about an error.
        assert_eq!(message.is_error(), !matches!(bytes[0], 0 | 8));
    }
}

#[test]
fn seven_bytes_are_too_few() {
    let layer = Layer::Icmpv4;
    let refusal = Message::parse(&[8; 7]).unwrap_err();
    assert_eq!(
        refusal,
        Malformed::Truncated {
            layer,
            need: 8,
            have: 7
        }
    );
}

proptest! {
    #[test]
    fn reads_what_it_wrote(bytes: [u8; 8]) {
        // Every header is some message; written and read again it is the same.
        let (message, len) = Message::parse(&bytes).unwrap();
        prop_assert_eq!(len, 8);
        prop_assert_eq!(Message::parse(&emit(message)), Ok((message, 8)));
        prop_assert_eq!(&emit(message)[..2], &bytes[..2]);
    }
}

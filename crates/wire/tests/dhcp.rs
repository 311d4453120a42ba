//! DHCP's messages: the frame, options long and spread, and what is refused.

use std::net::Ipv4Addr;

use wire::dhcp::{Kind, Message, Op, options as code};
use wire::dissect::{FieldId as F, LayerKind, dissect};
use wire::{Layer, LinkType, MacAddr, Malformed};

const MAC: MacAddr = MacAddr([2, 0, 0, 0, 0, 1]);

/// A DHCPDISCOVER as RFC 2131 §2 and §3 lay it out, written by hand: options 53, 50 and 55.
fn discover() -> Vec<u8> {
    let mut bytes = vec![1, 1, 6, 0, 0x39, 3, 0xf3, 0x26, 0, 7, 0x80, 0];
    bytes.extend([0; 16]);
    bytes.extend([2, 0, 0, 0, 0, 1]);
    bytes.extend([0; 10 + 64 + 128]);
    bytes.extend([0x63, 0x82, 0x53, 0x63]);
    bytes.extend([53, 1, 1, 0, 0, 50, 4, 10, 0, 0, 9, 55, 2, 1, 3, 255]);
    bytes
}

fn emitted(message: &Message) -> Vec<u8> {
    let mut out = vec![0xaa; message.header_len()];
    message.emit(&mut out);
    out
}

#[test]
fn a_question_is_read_and_written() {
    let bytes = discover();
    let (message, len) = Message::parse(&bytes).unwrap();
    assert_eq!(len, bytes.len());
    assert_eq!(message.op, Op::Request);
    assert_eq!(message.kind(), Some(Kind::Discover));
    assert_eq!((message.xid, message.secs), (0x3903_f326, 7));
    assert!(message.broadcast);
    assert_eq!(message.mac(), Some(MAC));
    let wish = message.options.address(code::REQUESTED_ADDRESS);
    assert_eq!(wish, Some(Ipv4Addr::new(10, 0, 0, 9)));
    assert_eq!(message.options.get(code::PARAMETERS), Some(&[1, 3][..]));
    // RFC 1542 §2.1: no shorter than BOOTP's.
    let out = emitted(&message);
    assert_eq!(out.len(), 300);
    assert_eq!(Message::parse(&out).unwrap().0, message);
    assert_eq!(out[..240], bytes[..240]);
}

#[test]
fn an_option_in_pieces_is_one() {
    // RFC 3396 §5: the pieces of an option are joined in the order in which they stand.
    let mut message = Message::request(1, MAC);
    let long: Vec<u8> = (0..600_u32).map(|n| n as u8).collect();
    message.options.set(code::DOMAIN_SEARCH, long.clone());
    message.options.set(code::VENDOR_CLASS, *b"x");
    let out = emitted(&message);
    // 255 + 255 + 90, each behind its code and length.
    assert_eq!(out[240..242], [119, 255]);
    assert_eq!(out[240 + 257..240 + 259], [119, 255]);
    assert_eq!(out[240 + 514..240 + 516], [119, 90]);
    let (read, _) = Message::parse(&out).unwrap();
    assert_eq!(read.options.get(code::DOMAIN_SEARCH), Some(&long[..]));
    assert_eq!(read, message);
}

#[test]
fn what_no_longer_fits_goes_into_the_other_fields() {
    let mut message = Message::request(1, MAC);
    message.options.set(code::MESSAGE_TYPE, [5]);
    message.options.set(code::HOST_NAME, vec![b'h'; 250]);
    message.options.set(code::DOMAIN, vec![b'd'; 100]);
    message.options.set(code::VENDOR_CLASS, vec![b'v'; 50]);
    // 300 bytes leave 60 for options: overload, the type, and no more.
    assert_eq!(message.within(300), None);
    message.options.remove(code::HOST_NAME);
    let out = message.within(300).unwrap();
    assert_eq!(out.len(), 300);
    // Behind the cookie: 52 says that both fields hold options; then the type, and the end.
    assert_eq!(out[240..247], [52, 1, 3, 53, 1, 5, 255]);
    assert_eq!(out[108..110], [15, 100], "the file's field comes first");
    assert_eq!(out[44..46], [60, 50], "the server name's is the last");
    assert_eq!(Message::parse(&out).unwrap().0, message);
    // A name that stands in its field leaves no room there.
    message.sname = b"server".to_vec();
    assert_eq!(message.within(300), None);
    let (read, _) = Message::parse(&emitted(&message)).unwrap();
    assert_eq!(read.sname, b"server");
}

#[test]
fn an_option_may_lie_over_several_fields() {
    let mut bytes = discover();
    bytes.truncate(240);
    bytes.extend([52, 1, 3, 12, 2, b'a', b'b', 255]);
    bytes[108..113].copy_from_slice(&[12, 1, b'c', 255, 99]);
    bytes[44..49].copy_from_slice(&[12, 1, b'd', 52, 9]);
    // 52 has no meaning in those fields, and here it runs beyond its own.
    let refused = Message::parse(&bytes).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(refused.0.options.get(12), Some(&b"abcd"[..]));
}

#[test]
fn refusals_have_reasons() {
    let layer = Layer::Dhcp;
    let field = |field| Err(Malformed::Field { layer, field });
    let parse = |bytes: &[u8]| Message::parse(bytes).map(drop);
    let bytes = discover();
    let with = |at: usize, byte: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = byte;
        parse(&bytes)
    };
    let (need, have) = (240, 239);
    let short = Malformed::Truncated { layer, need, have };
    assert_eq!(parse(&bytes[..239]), Err(short));
    assert_eq!(parse(&bytes[..240]), Ok(()), "no option at all");
    assert_eq!(with(0, 3), field("op"));
    assert_eq!(with(2, 17), field("hlen"));
    assert_eq!(with(239, 0), field("magic cookie"));
    // The list of parameters claims to be longer than what is there.
    let (found, have) = (2 + 200, 5);
    assert_eq!(
        with(252, 200),
        Err(Malformed::Length { layer, found, have })
    );
    let mut overloaded = bytes.clone();
    overloaded[240..243].copy_from_slice(&[52, 1, 4]);
    assert_eq!(parse(&overloaded), field("Option Overload"));
}

#[test]
fn values_of_another_length_are_none() {
    let mut message = Message::request(1, MAC);
    message.options.set(code::ROUTER, [10, 0, 0, 1, 10, 0, 0]);
    message.options.set(code::LEASE_TIME, [0, 0, 1]);
    message.options.set(code::MESSAGE_TYPE, [9]);
    message.options.set(code::HOST_NAME, *b"a\0b");
    message.options.set(code::DOMAIN, *b"lab\0");
    assert!(message.options.addresses(code::ROUTER).is_empty());
    assert_eq!(message.options.number32(code::LEASE_TIME), None);
    assert_eq!(message.kind(), None);
    assert_eq!(message.options.text(code::HOST_NAME), None);
    assert_eq!(message.options.text(code::DOMAIN), Some("lab"));
    message.hlen = 16;
    assert_eq!(message.mac(), None);
}

#[test]
fn it_is_taken_apart_behind_udp() {
    let message = discover();
    let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0];
    packet.extend([255; 4]);
    packet.extend([0, 68, 0, 67]);
    packet.extend(((8 + message.len()) as u16).to_be_bytes());
    packet.extend([0, 0]);
    packet.extend(&message);
    let len = (packet.len() as u16).to_be_bytes();
    packet[2..4].copy_from_slice(&len);
    let layers = dissect(LinkType::RawIp, &packet);
    let kinds: Vec<_> = layers.iter().map(|layer| layer.kind).collect();
    assert_eq!(kinds, [LayerKind::Ipv4, LayerKind::Udp, LayerKind::Dhcp]);
    let dhcp = &layers[2];
    assert_eq!(dhcp.range, 28..packet.len());
    assert_eq!(dhcp.malformed, None);
    let said = |id| dhcp.field(id).map(|field| field.value.to_string());
    assert_eq!(said(F::DhcpTransaction).as_deref(), Some("0x3903f326"));
    assert_eq!(said(F::DhcpRequested).as_deref(), Some("10.0.0.9"));
    let kind = dhcp.field(F::DhcpMessageType).unwrap();
    assert_eq!(kind.range, 28 + 240..28 + 243);
    let meaning = kind.meaning.map(|meaning| meaning.to_string());
    assert_eq!(meaning.as_deref(), Some("DHCPDISCOVER"));

    packet[28 + 239] = 0;
    let layers = dissect(LinkType::RawIp, &packet);
    assert!(layers[2].malformed.is_some());
}

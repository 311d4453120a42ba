//! What IPv6 says of itself, in both languages: messages of the wire's own writing.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use services::words::Lang;
use wire::LinkType;

use super::ipv6::between;
use super::{Packet, summary};

const ROUTER: &str = "fe800000000000000000000000000001";
const HOST: &str = "fd000000000000000000000000000002";
const NOBODY: &str = "00000000000000000000000000000000";
const ALL: &str = "ff020000000000000000000000000001";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

/// An Ethernet frame with an IPv6 packet of a next header, with its ICMPv6 checksum filled in where
/// the message begins right behind.
fn frame(from: &str, to: &str, next: u8, payload: &str) -> Packet {
    let mut payload = bytes(payload);
    let (from, to) = (bytes(from), bytes(to));
    if next == 58 {
        // RFC 4443 section 2.3: over the pseudo-header and the message.
        let pseudo: Vec<u8> = [
            &from[..],
            &to,
            &(payload.len() as u32).to_be_bytes(),
            &[0, 0, 0, 58],
        ]
        .concat();
        let words = pseudo.chunks(2).chain(payload.chunks(2));
        let sum = words.fold(0u32, |sum, pair| {
            sum + u32::from(pair[0]) * 256 + u32::from(*pair.get(1).unwrap_or(&0))
        });
        let folded = (sum & 0xffff) + (sum >> 16);
        let folded = (folded & 0xffff) + (folded >> 16);
        payload[2..4].copy_from_slice(&(!(folded as u16)).to_be_bytes());
    }
    let mut frame = bytes("333300000001 020000000001 86dd 60000000");
    frame.extend((payload.len() as u16).to_be_bytes());
    frame.extend([next, 255]);
    frame.extend(from.into_iter().chain(to).chain(payload));
    Packet::new(LinkType::Ethernet, frame)
}

fn said(from: &str, to: &str, message: &str) -> [String; 2] {
    let packet = frame(from, to, 58, message);
    assert!(packet.is_sound(), "{packet:?}");
    [Lang::English, Lang::Chinese].map(|lang| summary(&packet, None, lang).text)
}

#[test]
fn neighbours_and_routers_are_told_in_words() {
    // RFC 4861 section 4: types 133 to 137, with the options of section 4.6.
    let target = |rest: &str| format!("8700 0000 00000000 {HOST} {rest}");
    assert_eq!(
        said(ROUTER, ALL, &target("0101 020000000001")),
        [
            "who has fd00::2? tell fe80::1",
            "谁是 fd00::2?请告诉 fe80::1"
        ]
    );
    assert_eq!(
        said(NOBODY, "ff0200000000000000000001ff000002", &target("")),
        ["does anybody have fd00::2?", "有谁在用 fd00::2 吗?"]
    );
    let answer = format!("8800 0000 60000000 {HOST} 0201 02000000000a");
    assert_eq!(
        said(HOST, ROUTER, &answer),
        [
            "fd00::2 is at 02:00:00:00:00:0a",
            "fd00::2 的 MAC 是 02:00:00:00:00:0a"
        ]
    );
    let unasked = answer.replace("60000000", "20000000");
    assert_eq!(
        said(HOST, ALL, &unasked)[0],
        "all hear: fd00::2 is at 02:00:00:00:00:0a"
    );
    assert_eq!(
        said(
            NOBODY,
            "ff020000000000000000000000000002",
            "8500 0000 00000000"
        ),
        ["is there a router?", "这里有路由器吗?"]
    );
    let prefix = "0304 40c0 00278d00 00093a80 00000000 fd000000000000000000000000000000";
    assert_eq!(
        said(
            ROUTER,
            ALL,
            &format!("8600 0000 4000 0708 00000000 00000000 {prefix}")
        ),
        [
            "fe80::1 is a router to everywhere  fd00::/64",
            "fe80::1 是通往各处的路由器  fd00::/64"
        ]
    );
    let none = said(ROUTER, ALL, "8600 0000 4000 0000 00000000 00000000");
    assert_eq!(none[0], "fe80::1 is a router, to no other network");
    let redirect = format!("8900 0000 00000000 fe800000000000000000000000000009 {HOST}");
    assert_eq!(
        said(ROUTER, HOST, &redirect)[0],
        "better send what is for fd00::2 to fe80::9"
    );
}

#[test]
fn groups_are_told_in_words_and_the_headers_between_are_named() {
    let group = "ff0200000000000000000001ff000002";
    // RFC 3810 section 5.2: one record each.
    for (record, english, chinese) in [
        (
            "0400 0000",
            "listens to ff02::1:ff00:2",
            "在听 ff02::1:ff00:2",
        ),
        (
            "0300 0000",
            "listens to ff02::1:ff00:2 no more",
            "不再听 ff02::1:ff00:2",
        ),
    ] {
        let report = format!("8f00 0000 0000 0001 {record} {group}");
        let to = "ff020000000000000000000000000016";
        assert_eq!(
            said("fe800000000000000000000000000001", to, &report),
            [english, chinese]
        );
        // As it is sent: behind a Hop-by-Hop header with a Router Alert and padding (RFC 2711).
        let whole = frame(ROUTER, to, 0, &format!("3a00 0502 0000 0100 {report}"));
        let text = summary(&whole, None, Lang::English).text;
        assert!(text.ends_with(english), "{text}");
        let said = summary(&whole, None, Lang::English);
        assert_eq!(
            between(&whole, said.kind),
            ["[IPv6 Hop-by-Hop Options: Router Alert (MLD message)]"]
        );
    }
    let query = format!("8200 0000 0064 0000 {NOBODY} 027d 0000");
    assert_eq!(
        said(ROUTER, ALL, &query),
        ["who listens to which group?", "谁在听哪些组?"]
    );
}

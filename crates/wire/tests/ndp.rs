//! Neighbour Discovery's messages and options, against the drawings of their RFCs.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use core::net::Ipv6Addr;

use base::Duration;
use wire::ndp::options::{NdOption, PrefixInformation, check, iter};
use wire::ndp::{Message, Preference, RouterAdvertisement, solicited_node};
use wire::{Layer, MacAddr, Malformed};

fn addr(text: &str) -> Ipv6Addr {
    text.parse().unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

/// Reads the front, checks that it is written the same, and gives it with the options' bytes.
fn read(text: &str) -> (Message, Vec<u8>) {
    let bytes = hex(text);
    let (message, len) = Message::parse(&bytes).unwrap();
    assert_eq!(len, message.header_len());
    let mut out = vec![0xee; len];
    message.emit(&mut out);
    assert_eq!(out, bytes[..len]);
    (message, bytes[len..].to_vec())
}

#[test]
fn a_neighbor_solicitation() {
    // RFC 4861 §4.3.
    let (message, options) =
        read("87 00 0000 00000000 fe80 0000 0000 0000 0000 0000 0000 0001  01 01 020000000001");
    let target = addr("fe80::1");
    assert_eq!(message, Message::NeighborSolicitation { target });
    let mac = MacAddr([2, 0, 0, 0, 0, 1]);
    assert!(iter(&options).eq([NdOption::SourceLinkLayer(mac)]));
}

#[test]
fn a_neighbor_advertisement_and_each_of_its_flags() {
    // RFC 4861 §4.4: R, S and O are the first three bits.
    for (bits, flags) in [
        ("80", (true, false, false)),
        ("40", (false, true, false)),
        ("20", (false, false, true)),
    ] {
        let text =
            format!("8800 0000 {bits}000000 20010db8000000000000000000000001 0201 020000000001");
        let (message, options) = read(&text);
        let (router, solicited, override_) = flags;
        let target = addr("2001:db8::1");
        let expected = Message::NeighborAdvertisement {
            router,
            solicited,
            override_,
            target,
        };
        assert_eq!(message, expected);
        let mac = MacAddr([2, 0, 0, 0, 0, 1]);
        assert!(iter(&options).eq([NdOption::TargetLinkLayer(mac)]));
    }
}

#[test]
fn a_router_advertisement_with_all_that_it_can_say() {
    // RFC 4861 §4.2 and §4.6; RFC 4191 §2.2 and §2.3; RFC 8106 §5.
    let (message, options) = read(
        "86 00 0000 40 88 0708 00007530 000003e8 \
         05 01 0000 00000578 \
         03 04 40 c0 00015180 00003840 00000000 20010db8000000000000000000000000 \
         18 03 30 18 ffffffff 20010db8000100000000000000000000 \
         18 02 30 10 00000708 20010db800010000 \
         19 03 0000 00000708 20010db8000000000000000000000035 \
         1f 02 0000 00000708 03 6c616e 00 000000",
    );
    let expected = RouterAdvertisement {
        hop_limit: Some(64),
        managed: true,
        other: false,
        preference: Preference::High,
        lifetime: Duration::from_secs(1800),
        reachable_time: Some(Duration::from_secs(30)),
        retrans_timer: Some(Duration::from_secs(1)),
    };
    assert_eq!(message, Message::RouterAdvertisement(expected));
    check(&options).unwrap();
    let seconds = |n| Some(Duration::from_secs(n));
    let server = addr("2001:db8::35").octets();
    let route = |preference, lifetime| NdOption::Route {
        prefix: "2001:db8:1::/48".parse().unwrap(),
        preference,
        lifetime,
    };
    let all = [
        NdOption::Mtu(1400),
        NdOption::Prefix(PrefixInformation {
            prefix: "2001:db8::/64".parse().unwrap(),
            on_link: true,
            autonomous: true,
            valid_lifetime: seconds(86_400),
            preferred_lifetime: seconds(14_400),
        }),
        route(Some(Preference::Low), None),
        // The reserved preference.
        route(None, seconds(1800)),
        NdOption::Rdnss {
            lifetime: seconds(1800),
            servers: &[server],
        },
        NdOption::Dnssl {
            lifetime: seconds(1800),
            domains: b"\x03lan\0\0\0\0",
        },
    ];
    assert_eq!(iter(&options).collect::<Vec<_>>(), all);
    let mut again = Vec::new();
    all.iter().for_each(|option| option.append(&mut again));
    // The route whose prefix took more room than it needs is written shorter.
    assert_eq!(again.len(), options.len() - 8);
    assert!(iter(&again).eq(all));
}

#[test]
fn what_a_router_leaves_open() {
    let (message, _) = read("86 00 0000 00 00 0000 00000000 00000000");
    assert_eq!(
        message,
        Message::RouterAdvertisement(RouterAdvertisement::default())
    );
    // RFC 4191 §2.2: the reserved preference is the medium one.
    let reserved = hex("86 00 0000 00 10 0000 00000000 00000000");
    let (message, _) = Message::parse(&reserved).unwrap();
    assert_eq!(
        message,
        Message::RouterAdvertisement(RouterAdvertisement::default())
    );
}

#[test]
fn a_redirect() {
    let (message, options) = read(
        "89 00 0000 00000000 fe800000000000000000000000000001 20010db8000000000000000000000009 \
         04 02 0000 00000000 6000000000003a40",
    );
    let expected = Message::Redirect {
        target: addr("fe80::1"),
        destination: addr("2001:db8::9"),
    };
    assert_eq!(message, expected);
    let quoted = hex("6000000000003a40");
    assert!(iter(&options).eq([NdOption::RedirectedHeader(&quoted)]));
}

#[test]
fn refusals() {
    let layer = Layer::Ndp;
    let target = "fe800000000000000000000000000001";
    let group = "ff020000000000000000000000000001";
    let cases = [
        (
            "87000000",
            Malformed::Truncated {
                layer,
                need: 8,
                have: 4,
            },
        ),
        (
            "8700 0000 00000000 fe80",
            Malformed::Truncated {
                layer,
                need: 24,
                have: 10,
            },
        ),
        (
            "8000 0000 00000000",
            Malformed::Version { layer, found: 128 },
        ),
        (
            &format!("8701 0000 00000000 {target}"),
            Malformed::Field {
                layer,
                field: "Code",
            },
        ),
        (
            &format!("8700 0000 00000000 {group}"),
            Malformed::Field {
                layer,
                field: "Target Address",
            },
        ),
        (
            &format!("8800 0000 00000000 {group}"),
            Malformed::Field {
                layer,
                field: "Target Address",
            },
        ),
        (
            &format!("8900 0000 00000000 {target} {group}"),
            Malformed::Field {
                layer,
                field: "Destination Address",
            },
        ),
    ];
    for (text, refusal) in cases {
        assert_eq!(Message::parse(&hex(text)), Err(refusal), "{text}");
    }
    // RFC 4861 §4.6: an option of length 0 spoils the whole message.
    let zero = Malformed::HeaderLength { layer, found: 0 };
    assert_eq!(check(&hex("0100020000000001")), Err(zero));
    let beyond = Malformed::Length {
        layer,
        found: 16,
        have: 8,
    };
    assert_eq!(check(&hex("0102020000000001")), Err(beyond));
    assert_eq!(iter(&hex("0102020000000001")).count(), 0);
}

#[test]
fn where_a_neighbor_is_asked_for() {
    // The example of RFC 4291 §2.7.1, and RFC 2464 §7.
    let group = solicited_node(addr("4037::01:800:200e:8c6c"));
    assert_eq!(group, addr("ff02::1:ff0e:8c6c"));
    assert_eq!(
        MacAddr::multicast_v6(group).to_string(),
        "33:33:ff:0e:8c:6c"
    );
}

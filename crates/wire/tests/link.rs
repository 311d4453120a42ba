//! MAC addresses, Ethernet and ARP.

mod packets;

use core::net::Ipv4Addr;

use proptest::prelude::*;
use wire::arp::{self, Operation};
use wire::ethernet::{self, Header};
use wire::{EtherType, Layer, MacAddr, Malformed};

fn mac() -> impl Strategy<Value = MacAddr> {
    any::<[u8; 6]>().prop_map(MacAddr)
}

#[test]
fn mac_addresses_by_their_bits() {
    let mac = |s: &str| s.parse::<MacAddr>().unwrap();
    assert!(mac("ff:ff:ff:ff:ff:ff").is_broadcast());
    assert!(mac("ff:ff:ff:ff:ff:ff").is_multicast());
    assert!(mac("01-00-5e-00-00-fb").is_multicast());
    assert!(!mac("01:00:5e:00:00:fb").is_unicast());
    assert!(!MacAddr::ZERO.is_unicast());
    assert!(mac("02:00:00:00:00:01").is_local());
    assert!(!mac("00:1b:21:3c:4d:5e").is_local());
    assert!(mac("00:1b:21:3c:4d:5e").is_unicast());
    // RFC 1112 §6.4: the low 23 bits, so 224.128.0.251 shares the address of 224.0.0.251.
    let group = |a| MacAddr::multicast_v4(Ipv4Addr::new(224, a, 0, 251)).to_string();
    assert_eq!(group(0), "01:00:5e:00:00:fb");
    assert_eq!(group(128), "01:00:5e:00:00:fb");
    for wrong in [
        "",
        "02:00:00:00:00",
        "02:00:00:00:00:01:02",
        "2:0:0:0:0:1",
        "02:00:00:00:00:0g",
        "+2:00:00:00:00:01",
    ] {
        assert!(wrong.parse::<MacAddr>().is_err(), "{wrong}");
    }
}

#[test]
fn a_question_as_linux_asks_it() {
    let bytes = packets::bytes(packets::ARP_REQUEST);
    let (header, len) = Header::parse(&bytes).unwrap();
    assert_eq!((header.ethertype, len), (EtherType::ARP, 14));
    assert!(header.dst.is_broadcast());
    let (packet, len) = arp::Packet::parse(&bytes[14..]).unwrap();
    assert_eq!(len, 28);
    let expected = arp::Packet {
        operation: Operation::Request,
        sender_mac: header.src,
        sender_ip: Ipv4Addr::new(172, 16, 10, 10),
        target_mac: MacAddr::ZERO,
        target_ip: Ipv4Addr::new(172, 16, 10, 12),
    };
    assert_eq!(packet, expected);
    let mut out = [0xee; 42];
    header.emit(&mut out);
    packet.emit(&mut out[14..]);
    assert_eq!(out[..], bytes[..]);
}

#[test]
fn what_is_not_about_ipv4_over_ethernet_is_refused() {
    let good = &packets::bytes(packets::ARP_REQUEST)[14..];
    let with = |at: usize, value: u8| {
        let mut bytes = good.to_vec();
        bytes[at] = value;
        arp::Packet::parse(&bytes).map(|_| ()).unwrap_err()
    };
    let layer = Layer::Arp;
    assert_eq!(with(1, 6), Malformed::Version { layer, found: 6 });
    assert_eq!(
        with(2, 0x86),
        Malformed::Version {
            layer,
            found: 0x8600
        }
    );
    assert_eq!(with(4, 8), Malformed::Version { layer, found: 8 });
    assert_eq!(with(5, 16), Malformed::Version { layer, found: 16 });
    assert_eq!(
        with(8, 3),
        Malformed::Field {
            layer,
            field: "ar$sha"
        }
    );
    let short = arp::Packet::parse(&good[..27]).unwrap_err();
    assert_eq!(
        short,
        Malformed::Truncated {
            layer,
            need: 28,
            have: 27
        }
    );
}

#[test]
fn an_ieee_802_3_length_is_not_a_type() {
    let mut bytes = packets::bytes(packets::UDP);
    let parse = |bytes: &[u8]| Header::parse(bytes).map(|(h, _)| h.ethertype);
    bytes[12..14].copy_from_slice(&1535u16.to_be_bytes());
    let layer = Layer::Ethernet;
    assert_eq!(
        parse(&bytes),
        Err(Malformed::Version { layer, found: 1535 })
    );
    assert!(ethernet::addresses(&bytes).is_some());
    bytes[12..14].copy_from_slice(&1536u16.to_be_bytes());
    assert_eq!(parse(&bytes), Ok(EtherType(1536)));
    let short = Malformed::Truncated {
        layer,
        need: 14,
        have: 13,
    };
    assert_eq!(parse(&bytes[..13]), Err(short));
    assert_eq!(ethernet::addresses(&bytes[..13]), None);
}

proptest! {
    #[test]
    fn mac_addresses_read_as_they_are_written(mac in mac()) {
        prop_assert_eq!(mac.to_string().parse(), Ok(mac));
    }

    #[test]
    fn generated_addresses_are_nobodys(bits: u64) {
        let mac = MacAddr::local(bits);
        prop_assert!(mac.is_unicast() && mac.is_local());
    }

    #[test]
    fn ethernet_reads_what_it_wrote(dst in mac(), src in mac(), ethertype in 0x600u16..) {
        let header = Header { dst, src, ethertype: EtherType(ethertype) };
        let mut out = [0xee; 14];
        header.emit(&mut out);
        prop_assert_eq!(Header::parse(&out), Ok((header, 14)));
        prop_assert_eq!(ethernet::addresses(&out), Some((dst, src)));
    }

    #[test]
    fn arp_reads_what_it_wrote(
        operation: u16, sender_mac in mac(), target_mac in mac(), ips: [[u8; 4]; 2],
    ) {
        prop_assume!(!sender_mac.is_multicast());
        let operation = match operation {
            1 => Operation::Request,
            2 => Operation::Reply,
            other => Operation::Other(other),
        };
        let [sender_ip, target_ip] = ips.map(Ipv4Addr::from);
        let packet = arp::Packet { operation, sender_mac, sender_ip, target_mac, target_ip };
        let mut out = [0xee; 28];
        packet.emit(&mut out);
        prop_assert_eq!(arp::Packet::parse(&out), Ok((packet, 28)));
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok((_, len)) = Header::parse(&bytes) {
            prop_assert!(len <= bytes.len());
        }
        if let Ok((_, len)) = arp::Packet::parse(&bytes) {
            prop_assert!(len <= bytes.len());
        }
    }
}

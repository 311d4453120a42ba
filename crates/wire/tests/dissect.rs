//! Packets peeled for people.

mod packets;
mod peeled;

use std::collections::BTreeSet;

use peeled::{kinds, text};
use proptest::prelude::*;
use wire::dissect::{FieldId, LayerKind, LayerView, Meaning, Unchecked, Verdict, dissect};
use wire::{Layer, LinkType, Malformed};

fn peel(bytes: &[u8]) -> Vec<LayerView> {
    dissect(LinkType::Ethernet, bytes)
}

#[test]
fn a_syn_field_by_field() {
    let layers = peel(&packets::bytes(packets::SYN));
    let expected = "\
ethernet dst=02:00:00:00:00:02 (locally administered) src=02:00:00:00:00:01 (locally administered) type=0x0800 (IPv4)
ipv4 version=4 ihl=5 (20 bytes) dscp=0 ecn=0 (Not-ECT) length=60 id=0x8cd9 df=1 mf=0 offset=0 (0 bytes) ttl=64 protocol=6 (TCP) checksum=0x41ad src=172.16.10.10 dst=172.16.10.11 Good
tcp src=46384 dst=9000 seq=1658785654 ack=0 offset=10 (40 bytes) flags=SYN window=64240 checksum=0xf6de urgent=0 mss=1460 sack_permitted=0402 tsval=3139757092 tsecr=0 nop=1 scale=10 Good
";
    assert_eq!(text(&layers), expected);
}

#[test]
fn sack_blocks_and_two_control_bits() {
    let layers = peel(&packets::bytes(packets::TWO_SACKS));
    let tcp = text(&layers[2..]);
    assert!(tcp.contains("sack=1031-1036 sack=1011-1016 Good"), "{tcp}");
    let layers = peel(&packets::bytes(packets::SYN_ACK));
    assert!(text(&layers).contains("flags=SYN, ACK"));
    let flags = layers[2].field(FieldId::TcpFlags).unwrap();
    assert_eq!(flags.range, 46..48);
}

#[test]
fn an_arp_question_and_its_padding() {
    let mut bytes = packets::bytes(packets::ARP_REQUEST);
    bytes.resize(60, 0);
    let layers = peel(&bytes);
    assert_eq!(
        kinds(&layers),
        [LayerKind::Ethernet, LayerKind::Arp, LayerKind::Padding]
    );
    let expected = "arp hrd=1 (Ethernet) pro=0x0800 (IPv4) hln=6 pln=4 op=1 (request) \
        sha=02:00:00:00:00:01 (locally administered) spa=172.16.10.10 \
        tha=00:00:00:00:00:00 tpa=172.16.10.12\n";
    assert_eq!(text(&layers[1..2]), expected);
    assert_eq!(layers[2].range, 42..60);
}

#[test]
fn a_datagram_and_its_data() {
    let bytes = packets::bytes(packets::UDP);
    let layers = peel(&bytes);
    let expected = "udp src=40000 dst=9000 length=13 checksum=0x9063 Good\ndata bytes=68656c6c6f\n";
    assert_eq!(text(&layers[2..]), expected);
    // The same as from a TUN device.
    let raw = dissect(LinkType::RawIp, &bytes[14..]);
    assert_eq!(text(&raw), text(&layers[1..]));
    assert_eq!(raw[0].range, 0..20);
}

/// A datagram of UDP over IPv4 between these ports.
fn datagram(ports: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = packets::bytes(packets::UDP);
    bytes.truncate(42);
    bytes[16..18].copy_from_slice(&(28 + data.len() as u16).to_be_bytes());
    bytes[24..26].fill(0);
    let sum = wire::checksum::checksum(&bytes[14..34]);
    bytes[24..26].copy_from_slice(&sum.to_be_bytes());
    bytes[34..36].copy_from_slice(&ports.to_be_bytes());
    bytes[36..38].copy_from_slice(&ports.to_be_bytes());
    bytes[38..40].copy_from_slice(&(8 + data.len() as u16).to_be_bytes());
    bytes[40..42].fill(0);
    bytes.extend_from_slice(data);
    bytes
}

#[test]
fn what_routers_tell_each_other() {
    use wire::rip::{Command, Entry, ng, v2};
    let entries = [
        Entry {
            network: "10.1.0.0/16".parse().unwrap(),
            next_hop: Some("10.0.0.9".parse().unwrap()),
            tag: 7,
            metric: 16,
        },
        Entry {
            network: "2001:db8::/32".parse().unwrap(),
            next_hop: Some("fe80::9".parse().unwrap()),
            tag: 0,
            metric: 2,
        },
    ];
    let password = v2::Proof::Password(*b"sesame\0\0\0\0\0\0\0\0\0\0");
    let told = v2::emit(Command::Response, password, &entries);
    let layers = peel(&datagram(520, &told));
    let expected = "rip command=2 (Response) version=2 family=65535 (Authentication) \
        type=2 (Simple Password) password=736573616d6500000000000000000000 family=2 (IPv4) tag=7 \
        address=10.1.0.0 mask=255.255.0.0 next_hop=10.0.0.9 metric=16 (infinity)\n";
    assert_eq!(text(&layers[3..]), expected);
    // The digest, behind the entries; and what is behind the datagram.
    let digest = v2::Proof::Digest {
        key: 1,
        sequence: 9,
    };
    let mut bytes = datagram(520, &v2::emit(Command::Request, digest, &[]));
    bytes.push(0);
    let layers = peel(&bytes);
    let expected = "rip command=1 (Request) version=2 family=65535 (Authentication) \
        type=3 (Cryptographic Authentication) packet_length=24 key=1 length=16 sequence=9 \
        data=ffff000100000000000000000000000000000000\npadding bytes=00\n";
    assert_eq!(text(&layers[3..]), expected);

    let told = ng::emit(Command::Response, &entries);
    let layers = peel(&datagram(521, &told));
    let expected = "ripng command=2 (Response) version=1 next_hop=fe80::9 prefix=2001:db8:: tag=0 \
        prefix_length=32 metric=2\n";
    assert_eq!(text(&layers[3..]), expected);
    let layers = peel(&datagram(520, &told[..30]));
    let refused = "[RIP header needs 44 bytes, 30 are there]\n";
    assert!(text(&layers[3..4]).ends_with(refused), "{layers:?}");
}

#[test]
fn an_error_and_the_packet_that_it_is_about() {
    let layers = peel(&packets::bytes(packets::PORT_UNREACHABLE));
    use LayerKind::{Data, Ethernet, Icmpv4, Ipv4, Udp};
    assert_eq!(kinds(&layers), [Ethernet, Ipv4, Icmpv4, Ipv4, Udp, Data]);
    let quoted: Vec<_> = layers.iter().map(|layer| layer.quoted).collect();
    assert_eq!(quoted, [false, false, false, true, true, true]);
    let icmp = "icmp type=3 (Destination Unreachable) code=3 (port unreachable) \
        checksum=0x95ee rest=00000000 Good\n";
    assert_eq!(text(&layers[2..3]), icmp);
    assert_eq!(
        layers[4].checksum,
        Some(Verdict::NotChecked(Unchecked::Absent))
    );
    let field = layers[4].field(FieldId::UdpChecksum).unwrap();
    assert_eq!(field.meaning, Some(Meaning::NoChecksum));
    assert!(layers.iter().all(|layer| layer.malformed.is_none()));
}

#[test]
fn an_error_that_quotes_eight_bytes_is_not_malformed() {
    // RFC 792: the header and 64 bits. The quoted length fields say more than is there.
    let syn = packets::bytes(packets::SYN);
    let mut bytes = packets::bytes(packets::PORT_UNREACHABLE)[..42].to_vec();
    bytes.extend_from_slice(&syn[14..42]);
    bytes[16..18].copy_from_slice(&56u16.to_be_bytes());
    bytes[24..26].fill(0);
    let sum = wire::checksum::checksum(&bytes[14..34]);
    bytes[24..26].copy_from_slice(&sum.to_be_bytes());
    bytes[36..38].fill(0);
    let sum = wire::checksum::checksum(&bytes[34..]);
    bytes[36..38].copy_from_slice(&sum.to_be_bytes());
    let layers = peel(&bytes);
    assert!(
        layers.iter().all(|layer| layer.malformed.is_none()),
        "{layers:?}"
    );
    let tcp = &layers[4];
    assert_eq!(tcp.kind, LayerKind::Tcp);
    assert_eq!(
        text(&layers[4..]),
        "tcp src=46384 dst=9000 seq=1658785654\n"
    );
}

#[test]
fn wrong_checksums_and_the_right_ones() {
    let good = packets::bytes(packets::UDP);
    let verdicts = |bytes: &[u8]| -> Vec<_> {
        peel(bytes)
            .iter()
            .filter_map(|layer| layer.checksum)
            .collect()
    };
    let mut bytes = good.clone();
    bytes[25] ^= 1;
    bytes[40] ^= 1;
    let right = [
        Verdict::Bad { right: 0x41bf },
        Verdict::Bad { right: 0x9063 },
    ];
    assert_eq!(verdicts(&bytes), right);
    // The layers below are shown all the same.
    assert_eq!(peel(&bytes).len(), 4);
    let mut bytes = packets::bytes(packets::ECHO);
    bytes[37] ^= 1;
    assert_eq!(
        verdicts(&bytes),
        [Verdict::Good, Verdict::Bad { right: 0x84ca }]
    );
}

#[test]
fn a_fragment_is_not_judged() {
    let mut bytes = packets::bytes(packets::UDP);
    bytes[20] = 0x20;
    let layers = peel(&bytes);
    assert_eq!(layers[2].kind, LayerKind::Udp);
    assert_eq!(
        layers[2].checksum,
        Some(Verdict::NotChecked(Unchecked::Fragment))
    );
    // Behind the first there is no transport header.
    bytes[21] = 0x10;
    let expected = [LayerKind::Ethernet, LayerKind::Ipv4, LayerKind::Data];
    assert_eq!(kinds(&peel(&bytes)), expected);
}

#[test]
fn where_and_why_a_stack_would_refuse() {
    let good = packets::bytes(packets::SYN);
    let trouble = |bytes: &[u8]| {
        let layers = peel(bytes);
        let at = layers.iter().position(|layer| layer.malformed.is_some());
        at.map(|at| (layers[at].kind, layers[at].malformed))
    };
    assert_eq!(trouble(&good), None);
    let cut = Malformed::Truncated {
        layer: Layer::Ipv4,
        need: 20,
        have: 3,
    };
    assert_eq!(trouble(&good[..17]), Some((LayerKind::Ipv4, Some(cut))));
    let mut bytes = good.clone();
    bytes[46] = 0x10;
    let short = Malformed::HeaderLength {
        layer: Layer::Tcp,
        found: 4,
    };
    assert_eq!(trouble(&bytes), Some((LayerKind::Tcp, Some(short))));
    // A capture that was cut short: the rest is shown as far as it goes, and not judged.
    let layers = peel(&good[..60]);
    let long = Malformed::Length {
        layer: Layer::Ipv4,
        found: 60,
        have: 46,
    };
    assert_eq!(layers[1].malformed, Some(long));
    assert_eq!(layers[2].kind, LayerKind::Tcp);
    // An option that reaches beyond the header.
    bytes = good;
    bytes[55] = 99;
    let tcp = text(&peel(&bytes)[2..]);
    assert!(tcp.contains(" bad=0263"), "{tcp}");
}

#[test]
fn an_unknown_type_is_data() {
    let mut bytes = packets::bytes(packets::UDP);
    bytes[12..14].copy_from_slice(&[0x88, 0xcc]);
    let layers = peel(&bytes);
    assert_eq!(kinds(&layers), [LayerKind::Ethernet, LayerKind::Data]);
    assert_eq!(layers[1].range, 14..bytes.len());
}

#[test]
fn keys_are_unique() {
    let fields: BTreeSet<_> = FieldId::ALL.iter().map(|id| id.key()).collect();
    assert_eq!(fields.len(), FieldId::ALL.len());
    let meanings: BTreeSet<_> = Meaning::ALL.iter().map(|id| id.key()).collect();
    assert_eq!(meanings.len(), Meaning::ALL.len());
    let layers: BTreeSet<_> = LayerKind::ALL.iter().map(|id| id.key()).collect();
    assert_eq!(layers.len(), LayerKind::ALL.len());
}

/// A captured frame with some bytes changed and perhaps an end missing.
fn mangled() -> impl Strategy<Value = Vec<u8>> {
    let frame = prop::sample::select(vec![
        packets::ARP_REQUEST,
        packets::ECHO,
        packets::UDP,
        packets::PORT_UNREACHABLE,
        packets::SYN,
        packets::TWO_SACKS,
    ]);
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (frame, changes, 0usize..100).prop_map(|(hex, changes, len)| {
        let mut bytes = packets::bytes(hex);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(len);
        bytes
    })
}

fn check(link: LinkType, bytes: &[u8]) -> Result<(), TestCaseError> {
    let layers = dissect(link, bytes);
    let mut at = 0;
    for layer in &layers {
        prop_assert_eq!(
            layer.range.start,
            at,
            "each begins where the one before it ends"
        );
        at = layer.range.end;
        for field in &layer.fields {
            prop_assert!(layer.range.start <= field.range.start);
            prop_assert!(field.range.end <= layer.range.end);
        }
    }
    prop_assert_eq!(at, bytes.len(), "no byte is left out");
    // Eight extension headers at most, and as many in a packet that is quoted.
    prop_assert!(layers.len() <= 24);
    Ok(())
}

proptest! {
    #[test]
    fn every_byte_is_in_one_layer(bytes in mangled()) {
        check(LinkType::Ethernet, &bytes)?;
        check(LinkType::RawIp, bytes.get(14..).unwrap_or_default())?;
    }

    #[test]
    fn arbitrary_bytes_are_peeled(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        check(LinkType::Ethernet, &bytes)?;
        check(LinkType::RawIp, &bytes)?;
    }
}

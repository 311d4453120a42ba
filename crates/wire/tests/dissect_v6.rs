//! IPv6, what it carries, and groups of both versions, peeled for people. The packets were made by
//! hand of the RFCs' pictures; fe80::1 sends them.

mod peeled;

use peeled::{kinds, text};
use proptest::prelude::*;
use wire::dissect::{FieldId, LayerKind, LayerView, Unchecked, Verdict, dissect};
use wire::{Layer, LinkType, Malformed};

/// A ping.
const ECHO6: &str = "60000000000c3a40fe800000000000000000000000000001fe800000000000000000000000000002800091a8 \
    1234000770696e67";
/// A SYN from port 40000 to port 80.
const SYN6: &str = "6000000000140640fe800000000000000000000000000001fe8000000000000000000000000000029c400050 \
    000003e8000000005002fa0018650000";
/// A port is unreachable, of a datagram from ::2.
const UNREACH6: &str = "60000000003d3a40fe800000000000000000000000000001fe80000000000000000000000000000201049050 \
    0000000060000000000d1140fe800000000000000000000000000002fe800000000000000000000000000001 \
    23280007000d9bce68656c6c6f";
/// 1280 bytes would fit; the quoted packet is cut short.
const TOOBIG: &str = "6000000000383a40fe800000000000000000000000000001fe8000000000000000000000000000020200ce2b \
    0000050060000000000d1140fe800000000000000000000000000002fe800000000000000000000000000001 \
    23280007000d9bce";
/// Who has fe80::2?
const NS: &str = "6000000000203afffe800000000000000000000000000001ff0200000000000000000001ff00000287007a97 \
    00000000fe8000000000000000000000000000020101020000000001";
/// A router with an MTU, a prefix and a name server.
const RA: &str = "6000000000503afffe800000000000000000000000000001ff0200000000000000000000000000018600baac \
    40c8070800007530000003e805010000000005dc030440c0ffffffff000038400000000020010db800000000 \
    000000000000000019030000000004b020010db8000000000000000000000053";
/// MLDv2: ff02::fb from 2001:db8::9 is joined.
const MLD2: &str = "6000000000340001fe800000000000000000000000000001ff0200000000000000000000000000163a000502 \
    000001008f00413c0000000104000001ff0200000000000000000000000000fb20010db80000000000000000 \
    00000009";
/// MLDv1: who listens?
const MLDQ1: &str = "6000000000200001fe800000000000000000000000000001ff0200000000000000000000000000013a000502 \
    0000010082007c3f03e8000000000000000000000000000000000000";
/// A datagram with a source route that ends at 2001:db8::c.
const ROUTE: &str = "6000000000212b40fe800000000000000000000000000001fe80000000000000000000000000000211020001 \
    0000000020010db800000000000000000000000c0005000600095b8a78";
/// A fragment that is the whole.
const ATOMIC: &str = "6000000000182c40fe800000000000000000000000000001fe80000000000000000000000000000211000000 \
    0000000900050006001071296162636465666768";
/// IGMPv3: 239.1.2.3 is joined.
const IGMP3: &str =
    "46c000280000400001024ddfac100a0ae0000016940400002200e8f90000000104000000ef010203";
/// IGMPv3: who listens to 172.16.10.9 in all groups?
const IGMPQ3: &str =
    "46c000280000400001024dfdac100a01e00000019404000011642e04000000000a7d0001ac100a09";

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |c: u8| (c as char).to_digit(16).unwrap_or(0) as u8;
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|c| digit(c[0]) << 4 | digit(c[1]))
        .collect()
}

fn peel(bytes: &[u8]) -> Vec<LayerView> {
    dissect(LinkType::RawIp, bytes)
}

/// Without the fixed header, whose fields the first test shows.
fn inner(hex: &str) -> String {
    text(&peel(&bytes(hex))[1..])
}

#[test]
fn a_ping_field_by_field() {
    let layers = peel(&bytes(ECHO6));
    let expected = "\
ipv6 version=6 dscp=0 ecn=0 (Not-ECT) flow=0x000000 length=12 next=58 (ICMPv6) hops=64 src=fe80::1 dst=fe80::2
icmpv6 type=128 (Echo Request) code=0 checksum=0x91a8 id=4660 seq=7 Good
data bytes=70696e67
";
    assert_eq!(text(&layers), expected);
    assert_eq!(
        layers[0].field(FieldId::Ipv6Destination).unwrap().range,
        24..40
    );
    // Class 0xb9 and a flow label (RFC 8200 §3), and the same behind a link's header.
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x86, 0xdd];
    frame.extend(bytes(ECHO6));
    frame[14..18].copy_from_slice(&[0x6b, 0x91, 0x23, 0x45]);
    frame.extend([0; 4]);
    let layers = dissect(LinkType::Ethernet, &frame);
    use LayerKind::{Data, Ethernet, Icmpv6, Ipv6, Padding};
    assert_eq!(kinds(&layers), [Ethernet, Ipv6, Icmpv6, Data, Padding]);
    let header = text(&layers[1..2]);
    assert!(
        header.contains("dscp=46 ecn=1 (ECT(1)) flow=0x012345"),
        "{header}"
    );
}

#[test]
fn transports_are_judged_with_the_pseudo_header() {
    let tcp = "tcp src=40000 dst=80 seq=1000 ack=0 offset=5 (20 bytes) flags=SYN window=64000 \
        checksum=0x1865 urgent=0 Good\n";
    assert_eq!(inner(SYN6), tcp);
    let mut wrong = bytes(SYN6);
    wrong[57] ^= 1;
    let right = Some(Verdict::Bad { right: 0x1865 });
    assert_eq!(peel(&wrong)[1].checksum, right);
    let mut wrong = bytes(ECHO6);
    // A bit of the source's address.
    wrong[23] ^= 2;
    assert_eq!(
        peel(&wrong)[1].checksum,
        Some(Verdict::Bad { right: 0x91a6 })
    );
    // RFC 8200 §8.1: a datagram without a checksum is refused.
    let mut none = bytes(ATOMIC);
    none[54..56].fill(0);
    let udp = &peel(&none)[2];
    assert_eq!(udp.checksum, Some(Verdict::NotChecked(Unchecked::Absent)));
    let (layer, field) = (Layer::Udp, "Checksum");
    assert_eq!(udp.malformed, Some(Malformed::Field { layer, field }));
}

#[test]
fn errors_and_the_packets_that_they_are_about() {
    let expected = "\
icmpv6 type=1 (Destination Unreachable) code=4 (port unreachable) checksum=0x9050 rest=00000000 Good
ipv6 version=6 dscp=0 ecn=0 (Not-ECT) flow=0x000000 length=13 next=17 (UDP) hops=64 src=fe80::2 dst=fe80::1
udp src=9000 dst=7 length=13 checksum=0x9bce Good
data bytes=68656c6c6f
";
    assert_eq!(inner(UNREACH6), expected);
    let quoted: Vec<_> = peel(&bytes(UNREACH6))
        .iter()
        .map(|layer| layer.quoted)
        .collect();
    assert_eq!(quoted, [false, false, true, true, true]);
    // One that is cut short is not malformed.
    let expected = "\
icmpv6 type=2 (Packet Too Big) code=0 checksum=0xce2b mtu=1280 Good
ipv6 version=6 dscp=0 ecn=0 (Not-ECT) flow=0x000000 length=13 next=17 (UDP) hops=64 src=fe80::2 dst=fe80::1
udp src=9000 dst=7 length=13 checksum=0x9bce NotChecked(Incomplete)
";
    assert_eq!(inner(TOOBIG), expected);
}

#[test]
fn neighbours_and_routers() {
    let asked = "icmpv6 type=135 (Neighbor Solicitation) code=0 checksum=0x7a97 target=fe80::2 \
        slla=02:00:00:00:00:01 (locally administered) Good\n";
    assert_eq!(inner(NS), asked);
    let router = "icmpv6 type=134 (Router Advertisement) code=0 checksum=0xbaac hops=64 managed=1 \
        other=1 preference=1 (High) lifetime=1800 reachable=30000 retrans=1000 mtu=1500 \
        prefix_length=64 on_link=1 autonomous=1 valid=4294967295 (infinity) preferred=14400 \
        prefix=2001:db8:: lifetime=1200 rdnss=2001:db8::53 Good\n";
    assert_eq!(inner(RA), router);
    let refusal = |bytes: &[u8]| peel(bytes)[1].malformed;
    let layer = Layer::Ndp;
    // RFC 4861 §7.1.1: it came through a router; an option of length 0; a target that is a group.
    let mut through = bytes(NS);
    through[7] = 254;
    let field = "Hop Limit";
    assert_eq!(refusal(&through), Some(Malformed::Field { layer, field }));
    let mut empty = bytes(NS);
    empty[65] = 0;
    let found = 0;
    assert_eq!(
        refusal(&empty),
        Some(Malformed::HeaderLength { layer, found })
    );
    assert!(text(&peel(&empty)).contains("bad=0100020000000001"));
    let mut group = bytes(NS);
    group[48] = 0xff;
    let field = "Target Address";
    assert_eq!(refusal(&group), Some(Malformed::Field { layer, field }));
}

#[test]
fn listeners_of_both_versions_of_ip() {
    let expected = "\
ipv6.hop_by_hop next=58 (ICMPv6) length=0 alert=0 (MLD message) padn=0100
icmpv6 type=143 (Version 2 Multicast Listener Report) code=0 checksum=0x413c records=1 type=4 \
        (CHANGE_TO_EXCLUDE_MODE) aux_len=0 (0 bytes) sources=1 group=ff02::fb source=2001:db8::9 Good
";
    assert_eq!(inner(MLD2), expected);
    let query = inner(MLDQ1);
    let said = "icmpv6 type=130 (Multicast Listener Query) code=0 checksum=0x7c3f \
        max_response=1000 group=:: Good\n";
    assert!(query.ends_with(said), "{query}");
    let report = "igmp type=34 (Version 3 Membership Report) max_response=0 checksum=0xe8f9 \
        records=1 type=4 (CHANGE_TO_EXCLUDE_MODE) aux_len=0 (0 bytes) sources=0 group=239.1.2.3 \
        Good\n";
    assert_eq!(inner(IGMP3), report);
    let query = "igmp type=17 (Membership Query) max_response=100 checksum=0x2e04 group=0.0.0.0 \
        suppress=1 robustness=2 interval=125 sources=1 source=172.16.10.9 Good\n";
    assert_eq!(inner(IGMPQ3), query);
    // Two records are announced, one is there.
    let mut short = bytes(IGMP3);
    short[31] = 2;
    let why = Malformed::Length {
        layer: Layer::Igmp,
        found: 2,
        have: 8,
    };
    assert_eq!(peel(&short)[1].malformed, Some(why));
    assert_eq!(
        peel(&short)[1].checksum,
        Some(Verdict::Bad { right: 0xe8f8 })
    );
}

#[test]
fn the_last_address_of_a_route_is_in_the_pseudo_header() {
    let expected = "\
ipv6.routing next=17 (UDP) length=2 type=0 (Source Route) left=1 data=0000000020010db800000000000000000000000c
udp src=5 dst=6 length=9 checksum=0x5b8a Good
data bytes=78
";
    assert_eq!(inner(ROUTE), expected);
    let mut unknown = bytes(ROUTE);
    unknown[42] = 253;
    assert_eq!(
        peel(&unknown)[2].checksum,
        Some(Verdict::NotChecked(Unchecked::Route))
    );
}

#[test]
fn fragments_are_not_judged_unless_they_are_the_whole() {
    let expected = "\
ipv6.fragment next=17 (UDP) offset=0 (0 bytes) more=0 id=0x00000009
udp src=5 dst=6 length=16 checksum=0x7129 Good
data bytes=6162636465666768
";
    assert_eq!(inner(ATOMIC), expected);
    let mut first = bytes(ATOMIC);
    first[43] = 1;
    let layers = peel(&first);
    assert_eq!(
        layers[2].checksum,
        Some(Verdict::NotChecked(Unchecked::Fragment))
    );
    assert_eq!(layers[1].malformed, None);
    let mut later = first.clone();
    later[43] = 9;
    use LayerKind::{Data, Fragment, Ipv6};
    assert_eq!(kinds(&peel(&later)), [Ipv6, Fragment, Data]);
    // RFC 8200 §4.5: 15 bytes with more to come; 16 bytes beyond the longest packet.
    let refusal = |bytes: &[u8], field| {
        let layer = Layer::Fragment;
        assert_eq!(
            peel(bytes)[1].malformed,
            Some(Malformed::Field { layer, field })
        );
    };
    let mut odd = first.clone();
    odd.pop();
    odd[5] -= 1;
    refusal(&odd, "Payload Length");
    later[42..44].copy_from_slice(&[0xff, 0xf8]);
    refusal(&later, "Fragment Offset");
}

#[test]
fn extension_headers_that_a_stack_refuses() {
    let refusals = |bytes: &[u8]| -> Vec<_> {
        peel(bytes)
            .iter()
            .filter_map(|layer| layer.malformed)
            .collect()
    };
    // An option of 9 bytes in a header with room for 4.
    let mut long = bytes(MLDQ1);
    long[43] = 9;
    let layer = Layer::HopByHop;
    let (found, have) = (9, 4);
    assert_eq!(refusals(&long), [Malformed::Length { layer, found, have }]);
    // A header that reaches beyond the packet.
    let mut beyond = bytes(MLDQ1);
    beyond[41] = 9;
    let (need, have) = (80, 32);
    assert!(
        refusals(&beyond).contains(&Malformed::Truncated { layer, need, have }),
        "{beyond:?}"
    );
    // RFC 8200 §4.1: hop-by-hop options behind another header.
    let mut chain = vec![0x60, 0, 0, 0, 0, 16, 60, 64];
    chain.extend(&bytes(MLDQ1)[8..40]);
    chain.extend([0, 0, 1, 4, 0, 0, 0, 0, 59, 0, 1, 4, 0, 0, 0, 0]);
    let field = "Next Header";
    assert_eq!(refusals(&chain), [Malformed::Field { layer, field }]);
    // No more than eight of them.
    let mut flood = vec![0x60, 0, 0, 0, 0, 80, 60, 64];
    flood.extend(&bytes(MLDQ1)[8..40]);
    (0..10).for_each(|_| flood.extend([60, 0, 1, 4, 0, 0, 0, 0]));
    let layer = Layer::Destination;
    assert_eq!(refusals(&flood), [Malformed::Field { layer, field }]);
    assert_eq!(peel(&flood).len(), 11);
}

/// One of the packets above with some bytes changed and perhaps an end missing.
fn mangled() -> impl Strategy<Value = Vec<u8>> {
    let packet = prop::sample::select(vec![
        ECHO6, SYN6, UNREACH6, TOOBIG, NS, RA, MLD2, MLDQ1, ROUTE, ATOMIC, IGMP3, IGMPQ3,
    ]);
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (packet, changes, 0usize..140).prop_map(|(hex, changes, len)| {
        let mut bytes = bytes(hex);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(len);
        bytes
    })
}

proptest! {
    #[test]
    fn every_byte_is_in_one_layer(bytes in mangled()) {
        let mut at = 0;
        for layer in peel(&bytes) {
            prop_assert_eq!(layer.range.start, at);
            at = layer.range.end;
            let mut before = layer.range.start;
            for field in &layer.fields {
                prop_assert!(before <= field.range.start, "{:?}", layer);
                prop_assert!(field.range.end <= layer.range.end, "{:?}", layer);
                before = field.range.start;
            }
        }
        prop_assert_eq!(at, bytes.len(), "no byte is left out");
    }
}

/// A segment of TCP over IPv6 with these flags and options, the checksum left alone.
fn segment(flags: u16, options: &[u8]) -> Vec<u8> {
    let words = 5 + options.len().div_ceil(4);
    let mut bytes = bytes(SYN6);
    bytes[4..6].copy_from_slice(&((words * 4) as u16).to_be_bytes());
    bytes[52..54].copy_from_slice(&((words as u16) << 12 | flags).to_be_bytes());
    bytes.extend(options);
    bytes.resize(40 + words * 4, 1);
    bytes
}

fn tcp_of(bytes: &[u8]) -> String {
    let text = text(&peel(bytes)[1..2]);
    let (_, options) = text.split_once("flags=").unwrap_or_default();
    let words = options.split(' ');
    let told = words.filter(|word| {
        !["window", "checksum", "urgent"]
            .iter()
            .any(|w| word.starts_with(w))
    });
    let told: Vec<_> = told.take_while(|word| *word != "Bad").collect();
    told.join(" ")
}

/// RFC 9768: AE is the bit above CWR (§3.1.1), and the option has up to three counters of 24 bits, in
/// one of two orders (§3.2.3).
#[test]
fn accurate_ecn_by_its_flag_and_its_counters() {
    // The first SYN asks with AE, CWR and ECE.
    assert_eq!(tcp_of(&segment(0x1c2, &[])), "SYN, ECE, CWR, AE");
    let order_0 = [172, 11, 0, 0, 1, 0, 1, 0, 1, 0, 0];
    assert_eq!(
        tcp_of(&segment(0x110, &order_0)),
        "ACK, AE accecn=172 e0b=1 ceb=256 e1b=65536 nop=1"
    );
    let order_1 = [174, 11, 0, 0, 1, 0, 1, 0, 1, 0, 0];
    assert_eq!(
        tcp_of(&segment(0x010, &order_1)),
        "ACK accecn=174 e1b=1 ceb=256 e0b=65536 nop=1"
    );
    // The last may be left out, and so all.
    assert_eq!(
        tcp_of(&segment(0x010, &[174, 5, 0xff, 0xff, 0xff])),
        "ACK accecn=174 e1b=16777215 nop=1 nop=1 nop=1"
    );
    assert_eq!(
        tcp_of(&segment(0x010, &[172, 2])),
        "ACK accecn=172 nop=1 nop=1"
    );
    // A part of a counter says nothing.
    assert_eq!(
        tcp_of(&segment(0x010, &[172, 7, 0, 0, 9, 1, 2])),
        "ACK accecn=172 e0b=9 nop=1"
    );
    // A length of which the header has not enough is none.
    assert_eq!(
        tcp_of(&segment(0x010, &[172, 11, 0, 0])),
        "ACK bad=ac0b0000"
    );
}

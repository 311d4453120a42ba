//! What capture files have in a link's place, and tags.

mod packets;
mod peeled;

use peeled::{kinds, text};
use proptest::prelude::*;
use wire::dissect::{Front, LayerKind, dissect_from};

/// An IPv4 packet, out of a frame.
fn ip() -> Vec<u8> {
    packets::bytes(packets::UDP)[14..].to_vec()
}

fn behind(front: &[u8]) -> Vec<u8> {
    [front, &ip()].concat()
}

#[test]
fn a_tag_in_a_tag() {
    let mut frame = packets::bytes(packets::UDP);
    frame.splice(12..12, [0x88, 0xa8, 0x00, 0x64, 0x81, 0x00, 0x70, 0x0a]);
    let layers = dissect_from(Front::Ethernet, &frame);
    let tag = LayerKind::Vlan;
    assert_eq!(
        kinds(&layers)[..4],
        [LayerKind::Ethernet, tag, tag, LayerKind::Ipv4]
    );
    assert_eq!(
        text(&layers[1..3]),
        "vlan pcp=0 dei=0 id=100 type=0x8100 (802.1Q VLAN tag)\n\
         vlan pcp=3 dei=1 id=10 type=0x0800 (IPv4)\n"
    );
}

#[test]
fn cooked_captures_of_both_versions() {
    let first = behind(&[0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0]);
    let layers = dissect_from(Front::Cooked, &first);
    assert_eq!(
        text(&layers[..1]),
        "cooked packet=4 (sent by us) hardware=1 (Ethernet) address_length=6 \
         address=0200000000010000 protocol=0x0800 (IPv4)\n"
    );
    assert_eq!(layers[1].kind, LayerKind::Ipv4);
    let front = [8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0];
    let layers = dissect_from(Front::Cooked2, &behind(&front));
    assert!(text(&layers[..1]).contains("interface=3 "), "{layers:?}");
    assert_eq!(layers[1].kind, LayerKind::Ipv4);
}

#[test]
fn loopback_in_both_orders() {
    for front in [[2, 0, 0, 0], [0, 0, 0, 2]] {
        let layers = dissect_from(Front::Loopback, &behind(&front));
        assert_eq!(kinds(&layers)[..2], [LayerKind::Loopback, LayerKind::Ipv4]);
    }
    for family in [10, 24, 28, 30] {
        let layers = dissect_from(Front::Loopback, &[family, 0, 0, 0, 0x60]);
        assert_eq!(layers[1].kind, LayerKind::Ipv6);
    }
    let layers = dissect_from(Front::Loopback, &[9, 0, 0, 0, 1]);
    assert_eq!(kinds(&layers), [LayerKind::Loopback, LayerKind::Data]);
}

proptest! {
    #[test]
    fn every_byte_is_in_one_layer(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        for front in [Front::Ethernet, Front::RawIp, Front::Cooked, Front::Cooked2, Front::Loopback] {
            for cut in 0..=bytes.len() {
                let layers = dissect_from(front, &bytes[..cut]);
                let mut at = 0;
                for layer in layers {
                    prop_assert_eq!(layer.range.start, at);
                    at = layer.range.end;
                }
                prop_assert_eq!(at, cut);
            }
        }
    }
}

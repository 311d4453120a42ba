//! What switches put on the wire: 802.1Q tags and BPDUs.

mod peeled;

use base::Frame;
use proptest::prelude::*;
use wire::bpdu::{self, Bpdu, BridgeId, Config, Flags, PortRole};
use wire::dissect::{LayerKind, dissect};
use wire::vlan::{Tag, VlanId, is_tagged, put_tag, take_tag};
use wire::{Layer, LinkType, MacAddr, Malformed};

/// A frame from 02:00:00:00:00:01 to all, of EtherType 0x88b5, tagged for VLAN 10 with priority 5.
const TAGGED: &[u8] = &[
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x81, 0x00, 0xa0, 0x0a, 0x88, 0xb5, 7, 7,
];

/// IEEE 802.1Q-2022, figure 9-1: three bits, one, and twelve.
#[test]
fn a_tag_lies_as_the_standard_has_it() {
    let (tag, len) = Tag::parse(&TAGGED[12..]).unwrap();
    assert_eq!((tag.priority, tag.drop_eligible, len), (5, false, 4));
    assert_eq!(tag.vlan.map(VlanId::get), Some(10));
    let all = [0x81, 0x00, 0xff, 0xfe];
    let (tag, _) = Tag::parse(&all).unwrap();
    assert_eq!((tag.priority, tag.drop_eligible), (7, true));
    assert_eq!(tag.vlan.map(VlanId::get), Some(4094));
    let mut out = [0; 4];
    tag.emit(&mut out);
    assert_eq!(out, all);
    // Table 9-2: 0 tells the priority alone, 4095 is for nobody.
    assert_eq!(
        Tag::parse(&[0x81, 0, 0x60, 0]).map(|(tag, _)| tag.vlan),
        Ok(None)
    );
    let (layer, field) = (Layer::Vlan, "VID");
    assert_eq!(
        Tag::parse(&[0x81, 0, 0x0f, 0xff]),
        Err(Malformed::Field { layer, field })
    );
    let found = 0x0800;
    assert_eq!(
        Tag::parse(&[8, 0, 0, 1]),
        Err(Malformed::Version { layer, found })
    );
    let (need, have) = (4, 3);
    assert_eq!(
        Tag::parse(&[0x81, 0, 0]),
        Err(Malformed::Truncated { layer, need, have })
    );
    assert_eq!(
        [0, 1, 4094, 4095].map(|n| VlanId::new(n).is_some()),
        [false, true, true, false]
    );
}

#[test]
fn a_tag_is_taken_out_and_put_in_again() {
    let mut frame = Frame::from(TAGGED.to_vec());
    assert!(is_tagged(&frame.to_vec()));
    let tag = take_tag(&mut frame).unwrap().unwrap();
    let bare = [&TAGGED[..12], &TAGGED[16..]].concat();
    assert_eq!(frame.to_vec(), bare);
    assert_eq!(take_tag(&mut frame), Ok(None));
    put_tag(&mut frame, &tag);
    assert_eq!(frame.to_vec(), TAGGED);
    // Neither does harm to what is too short for it.
    for len in 0..16 {
        let mut short = Frame::from(TAGGED[..len].to_vec());
        assert_ne!(take_tag(&mut short).map(|tag| tag.is_some()), Ok(true));
        assert_eq!(short.len(), len);
    }
    let mut runt = Frame::from(vec![1; 11]);
    put_tag(&mut runt, &tag);
    assert_eq!(runt.len(), 11);
}

/// A rapid BPDU as IEEE 802.1D-2004, figure 9-3, lays it out: from a root of priority 4096, port 2.
const RAPID: &[u8] = &[
    0x00, 0x00, 0x02, 0x02, 0x3c, 0x10, 0x00, 6, 0, 0, 0, 0, 1, 0, 0, 0x4e, 0x20, 0x80, 0x00, 6, 0,
    0, 0, 0, 2, 0x80, 0x02, 0x01, 0x00, 0x14, 0x00, 0x02, 0x00, 0x0f, 0x00, 0x00,
];

fn config() -> Config {
    let id = |priority, last| BridgeId {
        priority,
        mac: MacAddr([6, 0, 0, 0, 0, last]),
    };
    Config {
        flags: Flags(0x3c),
        root: id(4096, 1),
        cost: 20_000,
        bridge: id(32768, 2),
        port: 0x8002,
        age: 256,
        max_age: 20 * 256,
        hello: 2 * 256,
        forward_delay: 15 * 256,
    }
}

#[test]
fn a_bpdu_lies_as_the_standard_has_it() {
    let (bpdu, len) = Bpdu::parse(RAPID).unwrap();
    assert_eq!((bpdu, len), (Bpdu::Rapid(config()), 36));
    assert_eq!(config().flags.role(), PortRole::Designated);
    assert!(config().flags.has(Flags::FORWARDING) && !config().flags.has(Flags::PROPOSAL));
    let mut out = [0xaa; 36];
    bpdu.emit(&mut out);
    assert_eq!(out, RAPID);
    // Figure 9-1 and 9-2.
    let mut old = RAPID[..35].to_vec();
    (old[2], old[3]) = (0, 0);
    assert_eq!(Bpdu::parse(&old), Ok((Bpdu::Config(config()), 35)));
    assert_eq!(Bpdu::parse(&[0, 0, 0, 0x80]), Ok((Bpdu::Notice, 4)));
    let frame = Bpdu::Rapid(config()).frame(MacAddr([6, 0, 2, 0, 0, 2]));
    assert_eq!(
        frame[..17],
        *b"\x01\x80\xc2\0\0\0\x06\0\x02\0\0\x02\0\x27\x42\x42\x03"
    );
    assert_eq!(frame.len(), 60);
    assert_eq!(Bpdu::of_frame(&frame), Some(Ok(Bpdu::Rapid(config()))));
    assert_eq!(Bpdu::of_frame(TAGGED), None);
}

/// IEEE 802.1D-2004 §9.3.4.
#[test]
fn every_refusal_of_a_bpdu_has_its_reason() {
    let layer = Layer::Bpdu;
    let wrong = |at: usize, byte: u8| {
        let mut bytes = RAPID.to_vec();
        bytes[at] = byte;
        Bpdu::parse(&bytes)
    };
    assert_eq!(wrong(1, 1), Err(Malformed::Version { layer, found: 1 }));
    assert_eq!(
        wrong(3, 3),
        Err(Malformed::Version {
            layer,
            found: 0x0203
        })
    );
    let field = "Message Age";
    assert_eq!(wrong(27, 20), Err(Malformed::Field { layer, field }));
    // A later version is read as this one.
    assert!(matches!(wrong(2, 3), Ok((Bpdu::Rapid(_), 36))));
    for have in 0..36 {
        let cut = Bpdu::parse(&RAPID[..have]);
        assert!(matches!(cut, Err(Malformed::Truncated { have: h, .. }) if h == have));
    }
    let mut frame = Bpdu::Notice.frame(MacAddr::local(1));
    frame[13] = 200;
    let (found, have) = (200, 46);
    assert_eq!(
        Bpdu::of_frame(&frame),
        Some(Err(Malformed::Length { layer, found, have }))
    );
    frame[13] = 7;
    frame[14] = 0xaa;
    assert!(matches!(
        Bpdu::of_frame(&frame),
        Some(Err(Malformed::Version { .. }))
    ));
}

#[test]
fn a_bpdu_is_peeled() {
    let frame = Bpdu::Rapid(config()).frame(MacAddr([6, 0, 2, 0, 0, 2]));
    let layers = dissect(LinkType::Ethernet, &frame);
    let kinds = [
        LayerKind::Ethernet,
        LayerKind::Llc,
        LayerKind::Bpdu,
        LayerKind::Padding,
    ];
    assert_eq!(peeled::kinds(&layers), kinds);
    let text = peeled::text(&layers);
    for part in [
        "length=39",
        "dsap=0x42 (spanning tree)",
        "type=0x02 (Rapid Spanning Tree)",
        "role=3 (designated)",
        "cost=20000",
        "max_age=5120",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(layers.iter().all(|layer| layer.malformed.is_none()));
    let notice = Bpdu::Notice.frame(MacAddr::local(1));
    let text = peeled::text(&dissect(LinkType::Ethernet, &notice));
    assert!(
        text.contains("Topology Change Notification") && !text.contains("cost"),
        "{text}"
    );
    let mut reserved = TAGGED.to_vec();
    (reserved[14], reserved[15]) = (0x0f, 0xff);
    let text = peeled::text(&dissect(LinkType::Ethernet, &reserved));
    assert!(
        text.contains("[802.1Q field VID holds an illegal value]"),
        "{text}"
    );
}

proptest! {
    #[test]
    fn whatever_comes_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = Tag::parse(&bytes);
        let _ = dissect(LinkType::Ethernet, &bytes);
        if let Ok((bpdu, len)) = Bpdu::parse(&bytes) {
            let mut out = vec![0; len];
            bpdu.emit(&mut out);
            prop_assert_eq!(Bpdu::parse(&out), Ok((bpdu, len)));
        }
        let mut frame = bytes.clone();
        if frame.len() >= 6 {
            frame[..6].copy_from_slice(&bpdu::GROUP.0);
        }
        let _ = Bpdu::of_frame(&frame);
        let mut tagged = Frame::from(bytes);
        let before = tagged.to_vec();
        if let Ok(Some(tag)) = take_tag(&mut tagged) {
            put_tag(&mut tagged, &tag);
            prop_assert_eq!(tagged.to_vec(), before);
        }
    }
}

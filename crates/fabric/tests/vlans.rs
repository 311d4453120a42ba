//! VLANs on switches: IEEE 802.1Q's access ports and trunks.

mod world;

use base::Frame;
use fabric::{Channel, DropReason, Fabric, NodeId, PortId, SwitchConfig, VlanPort};
use wire::vlan::{Tag, VlanId, put_tag, take_tag};
use world::{Star, frame, star};

fn id(number: u16) -> VlanId {
    VlanId::new(number).unwrap_or(VlanId::DEFAULT)
}

fn access(vlan: u16) -> VlanPort {
    VlanPort::Access(id(vlan))
}

fn trunk(allowed: &[u16], native: Option<u16>) -> VlanPort {
    VlanPort::Trunk {
        allowed: allowed.iter().map(|vlan| id(*vlan)).collect(),
        native: native.map(id),
    }
}

/// A switch with a tap at each of these ports.
fn switch(ports: &[VlanPort]) -> (Fabric, Star) {
    let mut net = Fabric::new(1);
    let switch = net.add_switch("switch", SwitchConfig::default());
    let star = star(&mut net, switch, ports.len(), &Channel::PERFECT);
    for (port, vlans) in star.ports.iter().zip(ports) {
        net.set_vlans(*port, vlans.clone());
    }
    (net, star)
}

fn tagged(src: u64, dst: u64, vlan: u16) -> Frame {
    let mut frame = frame(src, dst, 64);
    put_tag(&mut frame, &Tag::of(id(vlan)));
    frame
}

/// What each tap has got: the VLANs of the tags, 0 for none.
fn heard(net: &mut Fabric, star: &Star) -> Vec<Vec<u16>> {
    net.run_until_idle();
    let all = |tap: &NodeId| {
        std::iter::from_fn(|| net.take(*tap))
            .map(|mut frame| {
                let tag = take_tag(&mut frame).unwrap_or(None);
                assert_eq!(frame.len(), 64, "the frame is whole without its tag");
                tag.and_then(|tag| tag.vlan).map_or(0, VlanId::get)
            })
            .collect()
    };
    star.taps.iter().map(all).collect()
}

fn died(net: &Fabric, port: PortId) -> Vec<(DropReason, u64)> {
    let at = net.ledger().iter().filter(|(at, _, _)| *at == port);
    at.map(|(_, reason, count)| (reason, count)).collect()
}

#[test]
fn frames_stay_in_their_vlan_and_bear_its_tag_on_a_trunk() {
    let (mut net, star) = switch(&[access(10), access(10), access(20), trunk(&[10, 20], None)]);
    net.put(star.taps[0], frame(1, 0, 64));
    assert_eq!(heard(&mut net, &star), [vec![], vec![0], vec![], vec![10]]);
    net.put(star.taps[3], tagged(4, 0, 20));
    assert_eq!(heard(&mut net, &star), [vec![], vec![], vec![0], vec![]]);
    // Learnt: to one only.
    net.put(star.taps[1], frame(2, 1, 64));
    assert_eq!(heard(&mut net, &star), [vec![0], vec![], vec![], vec![]]);
    assert_eq!(net.ledger().total(), 0);
}

#[test]
fn an_address_is_learnt_in_its_vlan_alone() {
    let (mut net, star) = switch(&[access(10), access(10), access(20), trunk(&[10, 20], None)]);
    net.put(star.taps[0], frame(1, 0, 64));
    let _ = heard(&mut net, &star);
    // The same address in the other VLAN is somebody not seen yet: to all there, and no further.
    net.put(star.taps[2], frame(3, 1, 64));
    assert_eq!(heard(&mut net, &star), [vec![], vec![], vec![], vec![20]]);
}

/// IEEE 802.1Q-2022 §6.9.1: untagged and priority-tagged frames are in the port's VLAN.
#[test]
fn what_bears_no_tag_is_in_the_native_vlan() {
    let (mut net, star) = switch(&[trunk(&[10], Some(99)), trunk(&[10, 99], None), access(99)]);
    net.put(star.taps[0], frame(1, 0, 64));
    assert_eq!(heard(&mut net, &star), [vec![], vec![99], vec![0]]);
    net.put(star.taps[1], tagged(2, 0, 99));
    assert_eq!(heard(&mut net, &star), [vec![0], vec![], vec![0]]);
    let mut urgent = frame(1, 0, 64);
    let tag = Tag {
        priority: 5,
        drop_eligible: true,
        vlan: None,
    };
    put_tag(&mut urgent, &tag);
    net.put(star.taps[0], urgent);
    net.run_until_idle();
    let mut passed = net.take(star.taps[1]).unwrap();
    let kept = take_tag(&mut passed).unwrap().unwrap();
    assert_eq!(
        (kept.priority, kept.drop_eligible, kept.vlan),
        (5, true, Some(id(99)))
    );
    assert!(net.take(star.taps[2]).is_some());
}

#[test]
fn every_refusal_has_its_name() {
    let (mut net, star) = switch(&[access(10), trunk(&[10, 30], None), access(20)]);
    net.put(star.taps[0], tagged(1, 0, 10));
    net.put(star.taps[1], tagged(2, 0, 20));
    net.put(star.taps[1], frame(2, 0, 64));
    // VLAN 4095 is for nobody.
    let mut nobody = tagged(2, 0, 10);
    assert!(nobody.overwrite(14, &[0x0f, 0xff]));
    net.put(star.taps[1], nobody);
    net.put(star.taps[1], tagged(2, 0, 30));
    assert_eq!(heard(&mut net, &star), [vec![], vec![], Vec::<u16>::new()]);
    assert_eq!(
        died(&net, star.ports[0]),
        [(DropReason::TagOnAccessPort, 1)]
    );
    assert_eq!(
        died(&net, star.ports[1]),
        [
            (DropReason::VlanNotAllowed, 1),
            (DropReason::NoNativeVlan, 1),
            (DropReason::BadTag, 1),
            (DropReason::VlanEmpty, 1),
        ]
    );
}

#[test]
fn a_switch_that_was_told_nothing_is_blind_to_tags() {
    let mut net = Fabric::new(1);
    let switch = net.add_switch("switch", SwitchConfig::default());
    let star = star(&mut net, switch, 2, &Channel::PERFECT);
    net.put(star.taps[0], tagged(1, 0, 10));
    assert_eq!(heard(&mut net, &star), [vec![], vec![10]]);
}

#[test]
fn ports_of_which_nothing_was_said_are_in_vlan_1() {
    let mut net = Fabric::new(1);
    let switch = net.add_switch("switch", SwitchConfig::default());
    let star = star(&mut net, switch, 3, &Channel::PERFECT);
    net.set_vlans(star.ports[0], access(1));
    net.put(star.taps[0], frame(1, 0, 64));
    assert_eq!(heard(&mut net, &star), [vec![], vec![0], vec![0]]);
}

/// IEEE 802.3 §3.2.7: four bytes more with a tag, and no more.
#[test]
fn a_tag_does_not_make_a_packet_too_large() {
    let (mut net, star) = switch(&[access(10), trunk(&[10], None)]);
    net.put(star.taps[0], frame(1, 0, 1514));
    net.run_until_idle();
    let got = net.take(star.taps[1]).map(|frame| frame.len());
    assert_eq!(got, Some(1518));
    let mut large = frame(1, 0, 1515);
    put_tag(&mut large, &Tag::of(id(10)));
    net.put(star.taps[1], large);
    net.run_until_idle();
    assert_eq!(net.ledger().of(DropReason::MtuExceeded), 1);
}

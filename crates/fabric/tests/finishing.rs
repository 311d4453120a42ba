//! What a link does last: large frames are cut, owed checksums are finished, and a capture sees it.

mod world;

use core::net::Ipv4Addr;
use core::num::NonZeroU16;
use std::sync::{Arc, Mutex};

use base::{ChecksumState, Frame, Payload};
use fabric::{Channel, Corrupt, DropReason, Sighting, What};
use wire::dissect::{Verdict, dissect};
use wire::tcp::{Control, Flags, SeqNumber};
use wire::{EtherType, LinkType, MacAddr, Protocol, checksum, ethernet, ipv4, tcp};
use world::pair;

const SRC: Ipv4Addr = Ipv4Addr::new(172, 16, 10, 10);
const DST: Ipv4Addr = Ipv4Addr::new(172, 16, 10, 11);

/// A frame of TCP with `len` bytes of data that owes its checksum.
fn segment(len: usize) -> Frame {
    let mut frame = Frame::new(Payload::from(vec![7; len]));
    let control = Control {
        seq: SeqNumber(u32::MAX - 2000),
        flags: Flags::ACK | Flags::PSH,
        ..Control::default()
    };
    let header = tcp::Header {
        src_port: 1000,
        dst_port: 2000,
        control,
    };
    header.emit(frame.push_header(20));
    let sum = checksum::Checksum::pseudo_header(SRC.into(), DST.into(), Protocol::TCP, len + 20);
    assert!(frame.overwrite(16, &sum.partial().to_be_bytes()));
    frame.checksum = ChecksumState::Partial {
        start: 0,
        offset: 16,
    };
    ipv4::Header::new(SRC, DST, Protocol::TCP, len + 20).emit(frame.push_header(20));
    let ethernet = ethernet::Header {
        dst: MacAddr::local(2),
        src: MacAddr::local(1),
        ethertype: EtherType::IPV4,
    };
    ethernet.emit(frame.push_header(14));
    frame
}

fn large() -> Frame {
    let mut frame = segment(4000);
    frame.segment_size = NonZeroU16::new(1460);
    frame
}

fn all_good(frame: &Frame) -> bool {
    let layers = dissect(LinkType::Ethernet, &frame.to_vec());
    let verdicts: Vec<_> = layers.iter().filter_map(|layer| layer.checksum).collect();
    verdicts == [Verdict::Good; 2]
}

#[test]
fn a_large_frame_is_cut_and_every_checksum_is_right() {
    let (mut net, a, b, _) = pair(1, &Channel::PERFECT);
    net.put(a, large());
    net.put(a, segment(10));
    net.run_until_idle();
    let got: Vec<_> = std::iter::from_fn(|| net.take(b)).collect();
    let lens: Vec<_> = got.iter().map(Frame::len).collect();
    assert_eq!(lens, [1514, 1514, 1134, 64]);
    assert!(got.iter().all(all_good));
    assert!(got.iter().all(|f| f.checksum == ChecksumState::Verified));
    assert!(got.iter().all(|f| f.segment_size.is_none()));
}

#[test]
fn a_link_with_offload_takes_it_as_it_is() {
    let channel = Channel {
        offload: true,
        ..Channel::PERFECT
    };
    let (mut net, a, b, _) = pair(1, &channel);
    net.put(a, large());
    net.run_until_idle();
    let got = net.take(b).unwrap();
    assert_eq!((got.len(), got.segment_size), (4054, NonZeroU16::new(1460)));
    assert!(matches!(
        got.checksum,
        ChecksumState::Partial { start: 34, .. }
    ));
}

#[test]
fn segments_larger_than_the_link_are_dropped_and_not_cut_smaller() {
    let channel = Channel {
        mtu: 1400,
        ..Channel::PERFECT
    };
    let (mut net, a, b, _) = pair(1, &channel);
    net.put(a, large());
    net.run_until_idle();
    assert_eq!(
        std::iter::from_fn(|| net.take(b)).count(),
        1,
        "the last is short"
    );
    assert_eq!(net.ledger().of(DropReason::MtuExceeded), 2);
}

#[test]
fn what_cannot_be_cut_is_dropped_for_that() {
    let (mut net, a, b, _) = pair(1, &Channel::PERFECT);
    let mut nonsense = Frame::from(vec![0; 3000]);
    nonsense.segment_size = NonZeroU16::new(1460);
    net.put(a, nonsense);
    net.run_until_idle();
    assert!(net.take(b).is_none());
    assert_eq!(net.ledger().of(DropReason::NotCuttable), 1);
}

#[test]
fn a_flipped_bit_in_a_finished_frame_is_found() {
    let channel = Channel {
        corrupt: Corrupt(1.0),
        offload: true,
        ..Channel::PERFECT
    };
    let (mut net, a, b, _) = pair(1, &channel);
    for _ in 0..500 {
        net.put(a, segment(100));
    }
    net.put(a, large());
    net.run_until_idle();
    let got: Vec<_> = std::iter::from_fn(|| net.take(b)).collect();
    assert_eq!(got.len(), 503);
    for frame in got {
        assert_eq!(frame.checksum, ChecksumState::Unverified);
        // What a stack would do: read each header, then judge the sum.
        let bytes = frame.to_vec();
        let intact = bytes[14..] == segment_like(&bytes)[14..];
        let Ok((ip, len)) = ipv4::Header::parse(&bytes[14..], bytes.len() - 14) else {
            assert!(!intact);
            continue;
        };
        let mut transport = frame;
        transport.pull(14 + len);
        let (src, dst) = (ip.src.into(), ip.dst.into());
        let good = checksum::transport_ok(&transport, src, dst, Protocol::TCP);
        assert_eq!(
            good, intact,
            "only a flip in the Ethernet header goes unseen"
        );
    }
}

/// The frame of [`segment`] or of a part of [`large`] that has this length, as it was sent.
fn segment_like(bytes: &[u8]) -> Vec<u8> {
    let (mut net, a, b, _) = pair(1, &Channel::PERFECT);
    net.put(a, segment(100));
    net.put(a, large());
    net.run_until_idle();
    let candidates: Vec<_> = std::iter::from_fn(|| net.take(b))
        .map(|f| f.to_vec())
        .collect();
    let differing = |c: &&Vec<u8>| {
        c.iter().zip(bytes).filter(|(a, b)| a != b).count() + c.len().abs_diff(bytes.len()) * 1000
    };
    candidates
        .iter()
        .min_by_key(differing)
        .cloned()
        .unwrap_or_default()
}

#[test]
fn observers_see_both_ends_and_every_death() {
    let mut channel = Channel::PERFECT;
    channel.loss = fabric::Loss::Frames(vec![1]);
    let (mut net, a, _, link) = pair(1, &channel);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&seen);
    net.set_observer(move |s: &Sighting<'_>| {
        assert_ne!(s.frame.len(), 0);
        writer
            .lock()
            .unwrap()
            .push((s.port, s.what, s.frame.len(), all_good(s.frame)));
    });
    net.put(a, large());
    net.run_until_idle();
    assert!(net.take_observer().is_some());
    let [from, to] = net.ends(link);
    let received = What::Received { corrupted: false };
    let expected = [
        (from, What::Sent, 1514, true),
        (from, What::Sent, 1514, true),
        (from, What::Dropped(DropReason::Lost), 1514, true),
        (from, What::Sent, 1134, true),
        (to, received, 1514, true),
        (to, received, 1134, true),
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}

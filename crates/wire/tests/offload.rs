//! Cutting large frames and finishing checksums, against segments built one by one.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::num::NonZeroU16;

use base::{Bytes, ChecksumState, Frame, Payload};
use proptest::prelude::*;
use wire::offload::{finish_checksum, segments};
use wire::tcp::{Control, Flags, Options, SeqNumber, Timestamps};
use wire::{
    EtherType, Layer, LinkType, MacAddr, Malformed, Protocol, ethernet, ipv4, ipv6, tcp, udp,
};

const SRC: Ipv4Addr = Ipv4Addr::new(172, 16, 10, 10);
const DST: Ipv4Addr = Ipv4Addr::new(101, 100, 200, 11);

#[derive(Clone, Debug)]
struct Shape {
    link: LinkType,
    ip_options: usize,
    ident: u16,
    header: tcp::Header,
    data: Vec<u8>,
    pieces: Vec<usize>,
    size: u16,
}

fn shape() -> impl Strategy<Value = Shape> {
    let header = (any::<u32>(), 0u16..0x200, any::<bool>(), any::<[u16; 4]>());
    let data = prop::collection::vec(any::<u8>(), 0..6000);
    let pieces = prop::collection::vec(1usize..2000, 0..6);
    let rest = (any::<bool>(), 0usize..=10, any::<u16>(), 1u16..2000);
    (header, data, pieces, rest).prop_map(|(h, data, pieces, (eth, opts, ident, size))| {
        let (seq, flags, stamps, [src_port, dst_port, window, urgent]) = h;
        let timestamps = stamps.then_some(Timestamps {
            value: seq,
            echo: !seq,
        });
        let options = Options {
            timestamps,
            ..Options::default()
        };
        let control = Control {
            seq: SeqNumber(seq),
            ack: SeqNumber(seq ^ 0x5555),
            flags: Flags::from_bits_truncate(flags),
            window,
            urgent,
            options,
        };
        Shape {
            link: if eth {
                LinkType::Ethernet
            } else {
                LinkType::RawIp
            },
            ip_options: opts * 4,
            ident,
            header: tcp::Header {
                src_port: src_port.max(1),
                dst_port: dst_port.max(1),
                control,
            },
            data,
            pieces,
            size,
        }
    })
}

/// A frame built header by header, its checksum computed over everything.
fn build(shape: &Shape, ident: u16, header: &tcp::Header, data: Payload) -> Frame {
    let mut frame = Frame::new(data);
    header.emit(frame.push_header(header.header_len()));
    let sum = wire::checksum::transport(&frame, SRC.into(), DST.into(), Protocol::TCP);
    assert!(frame.overwrite(tcp::CHECKSUM_OFFSET, &sum.to_be_bytes()));
    let mut ip = ipv4::Header::new(SRC, DST, Protocol::TCP, frame.len());
    ip.dont_fragment = true;
    ip.identification = ident;
    ip.options = (0..shape.ip_options).map(|_| 1).collect();
    ip.emit(frame.push_header(ip.header_len()));
    if shape.link == LinkType::Ethernet {
        let ethernet = ethernet::Header {
            dst: MacAddr::local(2),
            src: MacAddr::local(1),
            ethertype: EtherType::IPV4,
        };
        ethernet.emit(frame.push_header(ethernet.header_len()));
    }
    frame
}

fn large(shape: &Shape) -> Frame {
    let mut data = Payload::new();
    let mut rest = &shape.data[..];
    for len in &shape.pieces {
        let (piece, behind) = rest.split_at((*len).min(rest.len()));
        data.push(Bytes::copy_from_slice(piece));
        rest = behind;
    }
    data.push(Bytes::copy_from_slice(rest));
    let mut frame = build(shape, shape.ident, &shape.header, data);
    frame.segment_size = NonZeroU16::new(shape.size);
    frame
}

/// What a stack without offload would have sent: one frame a segment.
fn one_by_one(shape: &Shape) -> Vec<Frame> {
    let mut chunks: Vec<_> = shape.data.chunks(shape.size.into()).collect();
    if chunks.is_empty() {
        chunks.push(&[]);
    }
    let count = chunks.len();
    let mut frames = Vec::new();
    for (n, chunk) in chunks.into_iter().enumerate() {
        let mut header = shape.header.clone();
        header.control.seq += n as u32 * u32::from(shape.size);
        if n > 0 {
            header.control.flags -= Flags::CWR;
        }
        if n + 1 < count {
            header.control.flags -= Flags::FIN | Flags::PSH;
        }
        let ident = shape.ident.wrapping_add(n as u16);
        frames.push(build(shape, ident, &header, Payload::copy_from(chunk)));
    }
    frames
}

proptest! {
    #[test]
    fn a_cut_frame_is_what_separate_segments_would_be(shape in shape()) {
        let cut = segments(shape.link, large(&shape)).unwrap();
        let expected = one_by_one(&shape);
        prop_assert_eq!(cut.len(), expected.len());
        for (mut segment, expected) in cut.zip(expected) {
            let owes = matches!(segment.checksum, ChecksumState::Partial { .. });
            prop_assert!(owes);
            prop_assert_eq!(segment.segment_size, None);
            finish_checksum(&mut segment);
            prop_assert_eq!(segment.checksum, ChecksumState::Verified);
            prop_assert_eq!(segment.to_vec(), expected.to_vec());
        }
    }

    #[test]
    fn the_payload_is_referred_to_and_not_copied(shape in shape()) {
        let frame = large(&shape);
        let held: Vec<_> = frame.payload().slices().iter().map(|s| s.as_ptr_range()).collect();
        for segment in segments(shape.link, frame).unwrap() {
            for slice in segment.payload().slices() {
                let range = slice.as_ptr_range();
                prop_assert!(held.iter().any(|h| h.start <= range.start && range.end <= h.end));
            }
        }
    }

    #[test]
    fn arbitrary_bytes_are_cut_or_refused(
        mut bytes in prop::collection::vec(any::<u8>(), 0..200),
        looks_right in any::<bool>(),
        size in 1u16..100,
    ) {
        if looks_right && bytes.len() > 23 {
            bytes[12..15].copy_from_slice(&[8, 0, 0x45]);
            bytes[23] = 6;
        }
        for link in [LinkType::Ethernet, LinkType::RawIp] {
            let mut frame = Frame::from(bytes.clone());
            frame.segment_size = NonZeroU16::new(size);
            if let Ok(cut) = segments(link, frame) {
                prop_assert!(cut.count() <= bytes.len().max(1));
            }
        }
    }

    #[test]
    fn an_owed_checksum_may_say_nonsense(
        bytes in prop::collection::vec(any::<u8>(), 0..80), start: u16, offset: u16,
    ) {
        let mut frame = Frame::from(bytes.clone());
        frame.checksum = ChecksumState::Partial { start, offset };
        finish_checksum(&mut frame);
        let inside = usize::from(start) + usize::from(offset) + 2 <= bytes.len();
        let known = if inside { ChecksumState::Verified } else { ChecksumState::Unverified };
        prop_assert_eq!(frame.checksum, known);
    }
}

#[test]
fn a_frame_of_one_segment_passes_unchanged() {
    let shape = Shape {
        link: LinkType::Ethernet,
        ip_options: 0,
        ident: 7,
        header: tcp::Header {
            src_port: 1,
            dst_port: 2,
            control: Control::default(),
        },
        data: b"hello".to_vec(),
        pieces: vec![],
        size: 1460,
    };
    let mut frame = large(&shape);
    frame.segment_size = None;
    let same: Vec<_> = segments(shape.link, frame.clone()).unwrap().collect();
    assert_eq!(same.len(), 1);
    assert_eq!(same[0].to_vec(), frame.to_vec());
    assert_eq!(same[0].checksum, ChecksumState::Unverified);
}

#[test]
fn a_udp_checksum_of_zero_is_sent_as_all_ones() {
    // The source port is chosen so that the sum of everything is 0xffff (RFC 768).
    let addrs: [IpAddr; 2] = [SRC.into(), DST.into()];
    let mut pseudo = wire::checksum::Checksum::pseudo_header(addrs[0], addrs[1], Protocol::UDP, 8);
    pseudo.add(&[0, 9, 0, 8]);
    let mut header = udp::Header {
        src_port: 0,
        dst_port: 9,
        payload_len: 0,
        has_checksum: true,
    };
    header.src_port = !pseudo.partial();
    let mut frame = Frame::new(Payload::new());
    header.emit(frame.push_header(8));
    let sum = wire::checksum::Checksum::pseudo_header(addrs[0], addrs[1], Protocol::UDP, 8);
    assert!(frame.overwrite(udp::CHECKSUM_OFFSET, &sum.partial().to_be_bytes()));
    frame.checksum = ChecksumState::Partial {
        start: 0,
        offset: 6,
    };
    finish_checksum(&mut frame);
    assert_eq!(frame.to_vec()[6..], [0xff, 0xff]);
    assert!(wire::checksum::transport_ok(
        &frame,
        addrs[0],
        addrs[1],
        Protocol::UDP
    ));
    frame.checksum = ChecksumState::Unverified;
    assert!(wire::checksum::transport_ok(
        &frame,
        addrs[0],
        addrs[1],
        Protocol::UDP
    ));
}

#[test]
fn what_is_not_tcp_is_not_cut() {
    let refusal = |bytes: &[u8], link| {
        let mut frame = Frame::from(bytes.to_vec());
        frame.segment_size = NonZeroU16::new(100);
        segments(link, frame).map(|_| ()).unwrap_err()
    };
    let mut packet = [0u8; 60];
    (packet[0], packet[9]) = (0x45, 17);
    let found = |layer, found| Malformed::Version { layer, found };
    assert_eq!(refusal(&packet, LinkType::RawIp), found(Layer::Ipv4, 17));
    packet[0] = 0x35;
    assert_eq!(refusal(&packet, LinkType::RawIp), found(Layer::Ipv4, 3));
    // UDP, and a Fragment header with TCP behind it.
    for next in [17, 44] {
        (packet[0], packet[6]) = (0x60, next);
        let refused = found(Layer::Ipv6, next.into());
        assert_eq!(refusal(&packet, LinkType::RawIp), refused);
    }
    (packet[12], packet[13]) = (0x08, 0x06);
    assert_eq!(
        refusal(&packet, LinkType::Ethernet),
        found(Layer::Ethernet, 0x0806)
    );
}

#[test]
fn ipv6_is_cut_into_segments_built_one_by_one() {
    let src = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    let dst = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2);
    let control = Control {
        seq: SeqNumber(0xffff_ff00),
        ack: SeqNumber(7),
        flags: Flags::ACK | Flags::PSH | Flags::FIN,
        window: 500,
        urgent: 0,
        options: Options::default(),
    };
    let built = |control: Control, data: &[u8]| {
        let header = tcp::Header {
            src_port: 1,
            dst_port: 2,
            control,
        };
        let mut frame = Frame::new(Bytes::copy_from_slice(data).into());
        header.emit(frame.push_header(header.header_len()));
        let sum = wire::checksum::transport(&frame, src.into(), dst.into(), Protocol::TCP);
        assert!(frame.overwrite(tcp::CHECKSUM_OFFSET, &sum.to_be_bytes()));
        let ip = ipv6::Header::new(src, dst, Protocol::TCP, frame.len());
        ip.emit(frame.push_header(ipv6::HEADER_LEN));
        frame
    };
    let data: Vec<u8> = (0..3000u32).map(|n| n as u8).collect();
    let mut large = built(control.clone(), &data);
    large.segment_size = NonZeroU16::new(1440);
    let cut = segments(LinkType::RawIp, large).unwrap();
    let mut expected = Vec::new();
    for (n, chunk) in data.chunks(1440).enumerate() {
        let mut control = control.clone();
        control.seq += 1440 * n as u32;
        if n < 2 {
            control.flags = Flags::ACK;
        }
        expected.push(built(control, chunk).to_vec());
    }
    let finished = |mut frame: Frame| {
        finish_checksum(&mut frame);
        frame.to_vec()
    };
    assert_eq!(cut.map(finished).collect::<Vec<_>>(), expected);
}

/// RFC 768: UDP's sum of 0 is sent as all ones; RFC 1624 §3: no other sum is ever that.
#[test]
fn a_sum_of_zero_is_all_ones_in_udp_alone() {
    for (offset, expected) in [(udp::CHECKSUM_OFFSET, [0xff, 0xff]), (16, [0, 0])] {
        let mut bytes = vec![0; 22];
        bytes[20..].copy_from_slice(&[0xff, 0xff]);
        let mut frame = Frame::from(bytes);
        frame.checksum = ChecksumState::Partial {
            start: 0,
            offset: offset as u16,
        };
        finish_checksum(&mut frame);
        assert_eq!(frame.to_vec()[offset..offset + 2], expected);
        assert_eq!(frame.checksum, ChecksumState::Verified);
    }
}

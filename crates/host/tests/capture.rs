//! Captures: what stands in the file, and what a stranger reads there.

#![allow(
    clippy::unwrap_used,
    reason = "tests; clippy only knows functions marked as such"
)]

use std::path::Path;
use std::process::Command;

use base::{Duration, Frame, Instant};
use host::testing::skip;
use host::{Capture, Direction, Observer, Recorder};
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketOption;
use pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionOption;
use pcap_file::pcapng::{Block, PcapNgReader};
use stack::InterfaceId;
use wire::LinkType;

/// 2024-02-29 12:00:00 UTC.
const ORIGIN: Duration = Duration::from_secs(1_709_208_000);

/// An ARP question: who has 10.0.0.2? tell 10.0.0.1.
const ARP: [u8; 42] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0,
    0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2,
];

/// An echo request, id 1, sequence 7, without data: 10.0.0.1 → 10.0.0.2.
const ECHO: [u8; 28] = [
    0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0x66, 0xde, 10, 0, 0, 1, 10, 0, 0, 2, 8, 0, 0xf7, 0xf7, 0,
    1, 0, 7,
];

fn capture() -> Vec<u8> {
    let mut capture = Capture::new(Vec::new(), ORIGIN).unwrap();
    let eth = capture
        .add_interface("alice/eth0", LinkType::Ethernet)
        .unwrap();
    let tun = capture.add_interface("tun0", LinkType::RawIp).unwrap();
    let arp = Frame::from(ARP.to_vec());
    capture
        .frame(
            eth,
            Instant::from_nanos(1),
            Some(Direction::Out),
            &arp,
            None,
        )
        .unwrap();
    capture
        .frame(
            eth,
            Instant::from_nanos(2),
            None,
            &arp,
            Some("died: 队列满了"),
        )
        .unwrap();
    let echo = Frame::from(ECHO.to_vec());
    capture
        .frame(tun, Instant::from_secs(1), Some(Direction::In), &echo, None)
        .unwrap();
    capture.into_inner().unwrap()
}

#[test]
fn says_who_when_and_which_way() {
    let bytes = capture();
    assert_eq!(bytes, capture(), "the same frames, the same bytes");
    // draft-ietf-opsawg-pcapng §4.1: a section header, little-endian, version 1.0.
    assert_eq!(bytes[..4], [0x0a, 0x0d, 0x0d, 0x0a]);
    assert_eq!(bytes[8..16], [0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0]);

    let mut reader = PcapNgReader::new(&bytes[..]).unwrap();
    let mut names = Vec::new();
    let mut packets = Vec::new();
    while let Some(block) = reader.next_block() {
        match block.unwrap() {
            Block::InterfaceDescription(it) => {
                for option in &it.options {
                    match option {
                        InterfaceDescriptionOption::IfName(name) => {
                            names.push((name.to_string(), u32::from(it.linktype)));
                        }
                        InterfaceDescriptionOption::IfTsResol(unit) => assert_eq!(*unit, 9),
                        other => panic!("{other:?}"),
                    }
                }
            }
            Block::EnhancedPacket(it) => packets.push(it.into_owned()),
            other => panic!("{other:?}"),
        }
    }
    // LINKTYPE_ETHERNET is 1, LINKTYPE_RAW 101.
    assert_eq!(
        names,
        [("alice/eth0".to_owned(), 1), ("tun0".to_owned(), 101)]
    );
    let [first, second, third] = &packets[..] else {
        panic!("{packets:?}");
    };
    assert_eq!(first.timestamp.as_nanos(), 1_709_208_000_000_000_001);
    assert_eq!(first.data, &ARP[..]);
    assert_eq!(first.options, [EnhancedPacketOption::Flags(2)]);
    assert_eq!(
        second.options,
        [EnhancedPacketOption::Comment("died: 队列满了".into())]
    );
    assert_eq!(third.interface_id, 1);
    assert_eq!(third.options, [EnhancedPacketOption::Flags(1)]);
}

#[test]
fn a_comment_is_cut_between_characters() {
    let mut capture = Capture::new(Vec::new(), Duration::ZERO).unwrap();
    let eth = capture.add_interface("eth0", LinkType::Ethernet).unwrap();
    let frame = Frame::from(ARP.to_vec());
    // Three bytes a character: 65,535 is a multiple of three, 65,534 behind one byte is not.
    let long = format!("x{}", "话".repeat(30_000));
    capture
        .frame(eth, Instant::ZERO, None, &frame, Some(&long))
        .unwrap();
    let bytes = capture.into_inner().unwrap();
    let mut reader = PcapNgReader::new(&bytes[..]).unwrap();
    let mut lengths = Vec::new();
    while let Some(block) = reader.next_block() {
        if let Block::EnhancedPacket(it) = block.unwrap() {
            lengths.extend(it.options.iter().map(|option| match option {
                EnhancedPacketOption::Comment(text) => text.len(),
                other => panic!("{other:?}"),
            }));
        }
    }
    assert_eq!(lengths, [1 + 21_844 * 3]);
}

#[test]
fn tshark_reads_it() {
    if Command::new("tshark").arg("--version").output().is_err() {
        return skip("tshark_reads_it", "there is no tshark");
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.pcapng");
    std::fs::write(&path, capture()).unwrap();
    let output = Command::new("tshark")
        .args([
            "-r",
            path.to_str().unwrap(),
            "-T",
            "fields",
            "-E",
            "separator=|",
        ])
        .args(["-o", "ip.check_checksum:TRUE"])
        .args(
            "frame.time_epoch frame.interface_name frame.packet_flags_direction frame.comment \
               arp.dst.proto_ipv4 icmp.seq icmp.checksum.status ip.checksum.status"
                .split_whitespace()
                .flat_map(|field| ["-e", field]),
        )
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    // Checksum status 1 is "good".
    let expected = "\
1709208000.000000001|alice/eth0|0x00000002||10.0.0.2|||
1709208000.000000002|alice/eth0||died: 队列满了|10.0.0.2|||
1709208001.000000000|tun0|0x00000001|||7|1|1
";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}

#[test]
fn a_recorder_records_the_interfaces_that_it_knows() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("b.pcapng");
    let recorder = Recorder::create(&path).unwrap();
    recorder
        .add_interface(InterfaceId::LOOPBACK, "lo", LinkType::RawIp)
        .unwrap();
    let mut looks_on: Box<dyn Observer> = Box::new(recorder.clone());
    let frame = Frame::from(ECHO.to_vec());
    looks_on.frame(Instant::ZERO, InterfaceId::LOOPBACK, Direction::In, &frame);
    let before = std::fs::metadata(&path).unwrap().len();
    looks_on.idle();
    let after = std::fs::metadata(&path).unwrap().len();
    assert!(
        after > before,
        "what was held back is written when all is quiet"
    );
    recorder.finish().unwrap();
}

#[test]
fn a_full_disk_stops_the_recording_and_nothing_else() {
    let recorder = Recorder::create(Path::new("/dev/full")).unwrap();
    recorder
        .add_interface(InterfaceId::LOOPBACK, "lo", LinkType::RawIp)
        .unwrap();
    let mut looks_on = recorder.clone();
    let frame = Frame::from(ECHO.to_vec());
    looks_on.idle();
    looks_on.frame(Instant::ZERO, InterfaceId::LOOPBACK, Direction::In, &frame);
    let error = recorder.finish().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    recorder.finish().unwrap();
}

#[test]
fn says_which_file_cannot_be_written() {
    let error = Recorder::create(Path::new("/no/such/folder/a.pcapng")).unwrap_err();
    assert!(
        error.to_string().contains("/no/such/folder/a.pcapng"),
        "{error}"
    );
}

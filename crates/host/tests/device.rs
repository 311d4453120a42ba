//! TAP and TUN devices, with the kernel on the other side.

#![allow(
    clippy::unwrap_used,
    reason = "tests; clippy only knows functions marked as such"
)]

use std::io;
use std::net::UdpSocket;
use std::os::fd::AsFd;
use std::process::Command;

use base::Frame;
use host::device::{Device, Kind, OpenError, Scratch};
use host::testing::{shell, skip};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Waits until `flags` hold of the device; a bounded while, so that a test fails instead of hangs.
fn wait_for(device: &Device, flags: PollFlags) {
    let limit = Timespec {
        tv_sec: 20,
        tv_nsec: 0,
    };
    let mut fds = [PollFd::from_borrowed_fd(device.as_fd(), flags)];
    assert_eq!(poll(&mut fds, Some(&limit)).unwrap(), 1, "nothing came");
}

/// The next frame for which `wanted` holds.
fn receive_until(device: &Device, wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut scratch = Scratch::default();
    loop {
        match device.receive(&mut scratch) {
            Ok(frame) => {
                let bytes = frame.to_vec();
                if wanted(&bytes) {
                    return bytes;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                wait_for(device, PollFlags::IN);
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn refuses_names_that_no_device_can_have() {
    for name in ["", "far-too-long-for-a-device", "a/b", "tap%d"] {
        let error = Device::open(Kind::Tap, name).unwrap_err();
        assert!(
            matches!(error, OpenError::BadName { .. }),
            "{name}: {error}"
        );
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}

/// In a user namespace of its own, but not in a network of its own, nobody administers anything.
#[test]
fn says_how_to_get_a_device_when_not_permitted() {
    const TEST: &str = "says_how_to_get_a_device_when_not_permitted";
    if std::env::var_os("LANDLINE_POWERLESS").is_some() {
        let error = Device::open(Kind::Tap, "tap0").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
        let expected = "sudo ip tuntap add dev tap0 mode tap user $USER";
        assert!(
            error.to_string().contains(expected) || matches!(error, OpenError::TunForbidden),
            "{error}"
        );
        println!("the powerless were told");
        return;
    }
    let output = Command::new("unshare")
        .arg("-U")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env("LANDLINE_POWERLESS", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    if said.is_empty() {
        let reason = String::from_utf8_lossy(&output.stderr);
        return skip(TEST, &format!("no user namespace: {reason}"));
    }
    assert!(said.contains("the powerless were told"), "{output:?}");
}

host::in_own_network! {
    fn creates_a_tap_and_brings_it_up() {
        let tap = Device::open(Kind::Tap, "tap0").unwrap();
        assert_eq!((tap.kind(), tap.name()), (Kind::Tap, "tap0"));
        assert!(tap.is_up().unwrap());
        assert_eq!(tap.mtu().unwrap(), 1500);
        tap.set_mtu(9000).unwrap();
        assert_eq!(tap.mtu().unwrap(), 9000);
        assert!(shell("ip -details link show tap0").contains("tun type tap"));
        drop(tap);
        // Nobody made it but we: it is gone with us.
        shell("! ip link show tap0");
    }

    fn attaches_to_a_tap_that_is_there_and_leaves_it_there() {
        shell("ip tuntap add dev tap7 mode tap");
        let tap = Device::open(Kind::Tap, "tap7").unwrap();
        assert!(!tap.is_up().unwrap(), "what others made is not brought up");
        drop(tap);
        shell("ip link show tap7");
    }

    fn says_what_is_wrong_with_a_device() {
        let first = Device::open(Kind::Tap, "tap0").unwrap();
        let error = Device::open(Kind::Tap, "tap0").unwrap_err();
        assert!(matches!(error, OpenError::Busy { .. }), "{error}");
        drop(first);

        shell("ip tuntap add dev tun0 mode tun");
        let error = Device::open(Kind::Tap, "tun0").unwrap_err();
        assert!(matches!(error, OpenError::OtherKind { .. }), "{error}");
        let error = Device::open(Kind::Tap, "lo").unwrap_err();
        assert!(matches!(error, OpenError::OtherKind { .. }), "{error}");
    }

    fn carries_frames_both_ways() {
        let tap = Device::open(Kind::Tap, "tap0").unwrap();
        shell("ip address add 10.9.0.1/24 dev tap0
               ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev tap0");
        let socket = UdpSocket::bind("10.9.0.1:4000").unwrap();
        socket.send_to(b"down the cable", "10.9.0.2:5000").unwrap();
        let frame = receive_until(&tap, |frame| frame.ends_with(b"down the cable"));
        assert_eq!(frame.len(), 14 + 20 + 8 + 14);
        assert_eq!(frame[..6], [2, 0, 0, 0, 0, 2]);

        // The same back: swap the cards, the addresses and the ports. No checksum changes.
        let mut back = frame.clone();
        back[..6].copy_from_slice(&frame[6..12]);
        back[6..12].copy_from_slice(&frame[..6]);
        back[26..30].copy_from_slice(&frame[30..34]);
        back[30..34].copy_from_slice(&frame[26..30]);
        back[34..36].copy_from_slice(&frame[36..38]);
        back[36..38].copy_from_slice(&frame[34..36]);
        tap.send(&Frame::from(back)).unwrap();
        let mut buf = [0; 64];
        let (length, from) = socket.recv_from(&mut buf).unwrap();
        assert_eq!(&buf[..length], b"down the cable");
        assert_eq!(from, "10.9.0.2:5000".parse().unwrap());
    }

    fn sends_frames_of_many_pieces() {
        let tun = Device::open(Kind::Tun, "tun0").unwrap();
        tun.set_mtu(4000).unwrap();
        shell("ip address add 10.9.0.1 peer 10.9.0.2 dev tun0");
        let socket = UdpSocket::bind("10.9.0.1:4000").unwrap();
        for pieces in [1, 2, 17, 1500] {
            let data: Vec<u8> = (0..pieces).map(|n| n as u8).collect();
            let mut payload = base::Payload::new();
            for byte in &data {
                payload.push(base::Bytes::copy_from_slice(&[*byte]));
            }
            let mut frame = Frame::new(payload);
            let (src, dst) = ("10.9.0.2".parse().unwrap(), "10.9.0.1".parse().unwrap());
            let udp = frame.push_header(8);
            udp[..2].copy_from_slice(&5000u16.to_be_bytes());
            udp[2..4].copy_from_slice(&4000u16.to_be_bytes());
            udp[4..6].copy_from_slice(&(8 + pieces as u16).to_be_bytes());
            let sum = wire::checksum::transport(&frame, src, dst, wire::Protocol::UDP);
            assert!(frame.overwrite(6, &sum.to_be_bytes()));
            let total = 20 + frame.len() as u16;
            let ip = frame.push_header(20);
            ip[0] = 0x45;
            ip[2..4].copy_from_slice(&total.to_be_bytes());
            ip[8..10].copy_from_slice(&[64, 17]);
            ip[12..20].copy_from_slice(&[10, 9, 0, 2, 10, 9, 0, 1]);
            let sum = wire::checksum::checksum(ip);
            ip[10..12].copy_from_slice(&sum.to_be_bytes());

            tun.send(&frame).unwrap();
            let mut buf = [0; 4096];
            let length = socket.recv(&mut buf).unwrap();
            assert_eq!(buf[..length], data, "{pieces} pieces");
        }
    }

    fn says_that_a_device_is_gone() {
        let tap = Device::open(Kind::Tap, "tap0").unwrap();
        shell("ip link delete tap0");
        wait_for(&tap, PollFlags::ERR);
        let error = tap.receive(&mut Scratch::default()).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(77), "EBADFD: {error}");
        let error = tap.send(&Frame::from(vec![0; 60])).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(77), "EBADFD: {error}");
    }

    fn says_that_a_device_is_down() {
        let tap = Device::open(Kind::Tap, "tap0").unwrap();
        shell("ip link set tap0 down");
        let error = tap.send(&Frame::from(vec![0; 60])).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(5), "EIO: {error}");
    }
}

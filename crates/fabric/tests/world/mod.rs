//! Frames and small networks for the tests.

#![allow(dead_code, reason = "each test file uses what it needs")]

pub(crate) mod bulk;
pub(crate) mod lans;
pub(crate) mod programs;

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use base::{Frame, Instant, Payload};
use fabric::{Channel, Fabric, LinkId, NodeId, PortId, Sighting};
use wire::{EtherType, MacAddr, ethernet};

/// An Ethernet frame of `len` bytes in all, from and to the cards of these numbers; 0 is all.
pub(crate) fn frame(src: u64, dst: u64, len: usize) -> Frame {
    let mac = |n| match n {
        0 => MacAddr::BROADCAST,
        n => MacAddr::local(n),
    };
    let mut frame = Frame::new(Payload::from(vec![0xa5; len - ethernet::HEADER_LEN]));
    let header = ethernet::Header {
        dst: mac(dst),
        src: mac(src),
        // IEEE 802 local experimental EtherType 1.
        ethertype: EtherType(0x88b5),
    };
    header.emit(frame.push_header(ethernet::HEADER_LEN));
    frame
}

/// A frame that carries its number.
pub(crate) fn numbered(n: u32, len: usize) -> Frame {
    let mut frame = frame(1, 2, len);
    assert!(frame.overwrite(14, &n.to_be_bytes()));
    frame
}

/// The number that a frame carries.
pub(crate) fn number(frame: &Frame) -> u32 {
    let bytes = frame.to_vec();
    u32::from_be_bytes([bytes[14], bytes[15], bytes[16], bytes[17]])
}

/// Two taps and one link between them.
pub(crate) fn pair(seed: u64, channel: &Channel) -> (Fabric, NodeId, NodeId, LinkId) {
    let mut net = Fabric::new(seed);
    let (a, b) = (net.add_tap("a"), net.add_tap("b"));
    let (port_a, port_b) = (net.add_port(a), net.add_port(b));
    let link = net
        .connect(port_a, port_b, channel)
        .unwrap_or_else(|e| panic!("{e}"));
    (net, a, b, link)
}

/// A node, and taps around it, each at a link of its own with this channel.
pub(crate) fn star(net: &mut Fabric, hub: NodeId, taps: usize, channel: &Channel) -> Star {
    let mut star = Star {
        taps: Vec::new(),
        ports: Vec::new(),
        links: Vec::new(),
    };
    for n in 0..taps {
        let tap = net.add_tap(&format!("tap{n}"));
        let (inner, outer) = (net.add_port(hub), net.add_port(tap));
        let link = net
            .connect(inner, outer, channel)
            .unwrap_or_else(|e| panic!("{e}"));
        star.taps.push(tap);
        star.ports.push(inner);
        star.links.push(link);
    }
    star
}

/// What [`star`] built.
pub(crate) struct Star {
    pub(crate) taps: Vec<NodeId>,
    /// The inner node's.
    pub(crate) ports: Vec<PortId>,
    pub(crate) links: Vec<LinkId>,
}

impl Star {
    /// Which taps have got how many frames; they are taken.
    pub(crate) fn got(&self, net: &mut Fabric) -> Vec<usize> {
        net.run_until_idle();
        let count = |tap| std::iter::from_fn(|| net.take(tap)).count();
        self.taps.iter().copied().map(count).collect()
    }
}

/// Everything that arrived at a tap, with the time that it was taken.
pub(crate) fn arrivals(net: &mut Fabric, tap: NodeId) -> Vec<(Instant, Frame)> {
    let mut all = Vec::new();
    while net.step() {
        while let Some(frame) = net.take(tap) {
            all.push((net.now(), frame));
        }
    }
    all
}

/// Writes down everything that is seen, a line each.
pub(crate) fn transcript(net: &mut Fabric) -> Arc<Mutex<String>> {
    let transcript = Arc::new(Mutex::new(String::new()));
    let writer = Arc::clone(&transcript);
    net.set_observer(move |seen: &Sighting<'_>| {
        let mut text = writer.lock().unwrap_or_else(|e| e.into_inner());
        let bytes = seen.frame.to_vec();
        let sum = wire::checksum::checksum(&bytes);
        let (at, port, what) = (seen.at.as_nanos(), seen.port, seen.what);
        let _ = writeln!(text, "{at} {port:?} {what:?} {} {sum:04x}", bytes.len());
    });
    transcript
}

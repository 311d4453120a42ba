//! A stack that is not ours, behind a TAP or TUN device, in real time.
//!
//! The script plays the far host: on a TAP device it answers for its address (ARP, RFC 826;
//! Neighbour Discovery, RFC 4861 §7.2) and learns the other's from what comes.

use std::io;
use std::net::IpAddr;
use std::time::Instant;

use base::{Duration, Frame, Payload};
use host::device::{Device, Kind, Scratch};
use host::kernel::{Interest, wait};
use wire::checksum::Checksum;

use super::config::Config;
use crate::via::{Tap, Via};

/// The far host's own address on Ethernet: locally administered.
const OWN: [u8; 6] = [2, 0, 0, 0, 0, 1];
const BROADCAST: [u8; 6] = [0xff; 6];

/// Who makes a script's system calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// We, on this machine's kernel, which is the stack under test.
    Kernel,
    /// Somebody else, as the script has it.
    Nobody,
}

/// The device, and what is known of who is behind it.
pub(crate) struct Foreign {
    device: Device,
    scratch: Scratch,
    began: Instant,
    /// The address that the script plays, and the one under test.
    own: IpAddr,
    peer: IpAddr,
    /// Where on Ethernet the stack under test is.
    peer_mac: Option<[u8; 6]>,
    pub(crate) caller: Caller,
    /// The kernel's network is ours alone: its settings are the script's to change.
    pub(crate) may_set: bool,
}

impl Foreign {
    /// Opens the device that `via` names, or makes a network for the script alone.
    pub(crate) fn open(via: &Via, packets_only: bool, config: &Config) -> Result<Self, String> {
        let say = |error: &dyn std::fmt::Display| error.to_string();
        let device = match via {
            Via::Ours => return Err("no device".to_owned()),
            Via::Kernel => own_network(config).map_err(|e| say(&e))?,
            Via::Tap(Tap { kind, name, .. }) => Device::open(*kind, name).map_err(|e| say(&e))?,
        };
        Ok(Self {
            device,
            scratch: Scratch::default(),
            began: Instant::now(),
            own: config.remote,
            peer: config.local,
            peer_mac: None,
            caller: if packets_only {
                Caller::Nobody
            } else {
                Caller::Kernel
            },
            may_set: *via == Via::Kernel,
        })
    }

    /// The script's time 0 is now. What came before is not looked at.
    pub(crate) fn begin(&mut self) {
        if self.device.kind() == Kind::Tap {
            self.ask();
        }
        let _ = self.receive();
        self.began = Instant::now();
    }

    /// Something between 0 and 20,000, another one each time.
    pub(crate) fn fresh_port(&self) -> u16 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        if self.may_set {
            return 0;
        }
        now.map_or(0, |now| (now.as_millis() % 20_000) as u16)
    }

    /// Since then.
    pub(crate) fn elapsed(&self) -> Duration {
        Duration::from_nanos(u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    /// Waits until so long after the begin, or for a packet.
    pub(crate) fn wait(&self, until: Duration) {
        let deadline = self.began + std::time::Duration::from_nanos(until.as_nanos());
        // A wait that fails is a short one.
        let _ = wait(&self.device, Interest::Read, Some(deadline));
    }

    /// The IP packets that came from the stack under test.
    pub(crate) fn receive(&mut self) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        while let Ok(frame) = self.device.receive(&mut self.scratch) {
            let bytes = frame.to_vec();
            match self.device.kind() {
                Kind::Tun => packets.push(bytes),
                Kind::Tap => packets.extend(self.unwrap(&bytes)),
            }
        }
        packets
    }

    /// Gives the stack under test an IP packet. One that the device does not take is lost, as on
    /// any cable; the script misses its answer.
    pub(crate) fn send(&mut self, packet: &[u8]) {
        let bytes = match self.device.kind() {
            Kind::Tun => packet.to_vec(),
            Kind::Tap => {
                let kind = if self.peer.is_ipv4() { 0x0800 } else { 0x86dd };
                frame(self.peer_mac.unwrap_or(BROADCAST), kind, packet)
            }
        };
        self.put(&bytes);
    }

    fn put(&self, bytes: &[u8]) {
        let _ = self.device.send(&Frame::new(Payload::copy_from(bytes)));
    }

    /// An IP packet out of an Ethernet frame; questions for our address are answered.
    fn unwrap(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let source: [u8; 6] = *bytes.get(6..)?.first_chunk()?;
        let kind = u16::from_be_bytes(*bytes.get(12..)?.first_chunk()?);
        let payload = bytes.get(14..)?;
        match kind {
            0x0806 => self.arp(payload),
            0x86dd if payload.get(40) == Some(&135) && payload.get(6) == Some(&58) => {
                self.solicited(payload, source);
            }
            0x0800 | 0x86dd => {
                self.peer_mac = Some(source);
                // Short frames are padded: the header says how long the packet is.
                let len = match payload.first()? >> 4 {
                    4 => usize::from(u16::from_be_bytes(*payload.get(2..)?.first_chunk()?)),
                    _ => 40 + usize::from(u16::from_be_bytes(*payload.get(4..)?.first_chunk()?)),
                };
                return payload.get(..len).map(<[u8]>::to_vec);
            }
            _ => {}
        }
        None
    }

    /// RFC 826: who asks or tells is learned, who asks for us is told.
    fn arp(&mut self, packet: &[u8]) {
        let (IpAddr::V4(own), IpAddr::V4(peer)) = (self.own, self.peer) else {
            return;
        };
        let Some(body) = packet.first_chunk::<28>() else {
            return;
        };
        if body[14..18] != peer.octets() {
            return;
        }
        let mut mac = [0; 6];
        mac.copy_from_slice(&body[8..14]);
        self.peer_mac = Some(mac);
        if body[7] == 1 && body[24..28] == own.octets() {
            self.put(&frame(
                mac,
                0x0806,
                &arp(2, own.octets(), mac, peer.octets()),
            ));
        }
    }

    /// Asks where the stack under test is, and waits a moment for the answer.
    fn ask(&mut self) {
        if let (IpAddr::V4(own), IpAddr::V4(peer)) = (self.own, self.peer) {
            let question = arp(1, own.octets(), [0; 6], peer.octets());
            self.put(&frame(BROADCAST, 0x0806, &question));
        }
        let limit = Instant::now() + std::time::Duration::from_secs(1);
        while self.peer_mac.is_none() && Instant::now() < limit && self.own.is_ipv4() {
            let _ = wait(&self.device, Interest::Read, Some(limit));
            let _ = self.receive();
        }
    }

    /// RFC 4861 §7.2.4: a solicitation for our address is answered.
    fn solicited(&mut self, packet: &[u8], source: [u8; 6]) {
        let IpAddr::V6(own) = self.own else { return };
        let (Some(asker), Some(target)) = (packet.get(8..24), packet.get(48..64)) else {
            return;
        };
        if target != own.octets() {
            return;
        }
        self.peer_mac = Some(source);
        // Solicited and Override, the target, and its link-layer address.
        let mut message = vec![136, 0, 0, 0, 0x60, 0, 0, 0];
        message.extend_from_slice(&own.octets());
        message.extend_from_slice(&[2, 1]);
        message.extend_from_slice(&OWN);
        let mut sixteen = [0; 16];
        sixteen.copy_from_slice(asker);
        let to = IpAddr::V6(sixteen.into());
        let mut sum = Checksum::pseudo_header(self.own, to, wire::Protocol::ICMPV6, message.len());
        sum.add(&message);
        message[2..4].copy_from_slice(&sum.finish().to_be_bytes());
        let mut answer = vec![0x60, 0, 0, 0, 0, message.len() as u8, 58, 255];
        answer.extend_from_slice(&own.octets());
        answer.extend_from_slice(asker);
        answer.extend(message);
        self.put(&frame(source, 0x86dd, &answer));
    }
}

/// A device in a network of this thread's own, with the script's addresses.
fn own_network(config: &Config) -> io::Result<Device> {
    host::namespace::enter_network()?;
    let device = Device::open(Kind::Tun, "tun0").map_err(io::Error::other)?;
    device.set_mtu(config.mtu)?;
    let Config { local, prefix, .. } = config;
    let (family, nodad) = if config.ipv6 {
        ("-6", " nodad")
    } else {
        ("-4", "")
    };
    shell(&format!(
        "ip link set lo up; ip link set tun0 up; ip {family} address add {local}/{prefix} dev tun0{nodad}; \
         ip {family} route add default dev tun0"
    ))?;
    // Linux's own default, whatever this machine's is: a namespace may choose it by route alone.
    let chosen = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_congestion_control");
    if chosen.is_ok_and(|name| name.trim() != "cubic") {
        // Where there is no CUBIC the machine's own stays.
        let _ = shell(&format!(
            "ip {family} route change default dev tun0 congctl cubic"
        ));
    }
    Ok(device)
}

/// Runs commands, and gives what they complain of.
pub(crate) fn shell(commands: &str) -> io::Result<()> {
    let ran = std::process::Command::new("sh")
        .args(["-ec", commands])
        .stdin(std::process::Stdio::null())
        .output()?;
    if ran.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&ran.stderr).trim().to_owned();
    Err(io::Error::other(complaint))
}

/// An Ethernet frame from us.
fn frame(to: [u8; 6], kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = to.to_vec();
    bytes.extend_from_slice(&OWN);
    bytes.extend_from_slice(&kind.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// RFC 826: a question (1) or an answer (2).
fn arp(operation: u8, own: [u8; 4], mac: [u8; 6], peer: [u8; 4]) -> Vec<u8> {
    let mut bytes = vec![0, 1, 8, 0, 6, 4, 0, operation];
    bytes.extend_from_slice(&OWN);
    bytes.extend_from_slice(&own);
    bytes.extend_from_slice(&mac);
    bytes.extend_from_slice(&peer);
    bytes
}

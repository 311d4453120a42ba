//! A network in parts: hosts of different groups do not hear each other, whatever lies between.

use std::collections::BTreeMap;
use std::net::IpAddr;

use base::Frame;
use wire::ethernet;

use crate::fabric::Fabric;
use crate::ids::HostId;

/// Who is in which group.
#[derive(Debug)]
pub(crate) struct Partition {
    hosts: BTreeMap<HostId, usize>,
    addresses: BTreeMap<IpAddr, usize>,
}

impl Partition {
    /// Whether a frame that arrives at `host` comes from a host of another group, by the address
    /// that its packet names as its source, or ARP as its sender (RFC 826).
    pub(crate) fn cuts(&self, host: HostId, frame: &mut Frame) -> bool {
        let Some(group) = self.hosts.get(&host) else {
            return false;
        };
        let source = source(frame);
        let other = source.and_then(|source| self.addresses.get(&source));
        other.is_some_and(|other| other != group)
    }
}

fn source(frame: &mut Frame) -> Option<IpAddr> {
    const UP_TO: usize = ethernet::HEADER_LEN + 24;
    let wanted = UP_TO.min(frame.len());
    let bytes = frame.contiguous(wanted);
    let packet = bytes.get(ethernet::HEADER_LEN..)?;
    let v4 = |at: usize| -> Option<IpAddr> {
        let bytes: [u8; 4] = packet.get(at..at + 4)?.try_into().ok()?;
        Some(bytes.into())
    };
    match bytes.get(12..14)? {
        [0x08, 0x00] => v4(12),
        [0x08, 0x06] => v4(14),
        [0x86, 0xdd] => {
            let bytes: [u8; 16] = packet.get(8..24)?.try_into().ok()?;
            Some(bytes.into())
        }
        _ => None,
    }
}

impl Fabric {
    /// Parts the network, in the place of how it was parted before: hosts of one group do not hear
    /// those of another. Who is in none hears everybody. A host's addresses are those that it has
    /// now.
    pub fn partition(&mut self, groups: &[Vec<HostId>]) {
        let mut partition = Partition {
            hosts: BTreeMap::new(),
            addresses: BTreeMap::new(),
        };
        for (group, hosts) in groups.iter().enumerate() {
            for host in hosts {
                partition.hosts.insert(*host, group);
                let cards = self.stack(*host).interfaces().iter();
                let addresses = cards.filter(|card| card.mac().is_some());
                for address in addresses.flat_map(stack::Interface::addresses) {
                    partition.addresses.insert(address.addr(), group);
                }
            }
        }
        self.partition = Some(partition);
    }

    /// Makes the network whole again.
    pub fn heal(&mut self) {
        self.partition = None;
    }
}

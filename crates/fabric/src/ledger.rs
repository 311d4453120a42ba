//! The drop ledger: every frame that died between hosts, by place and named reason.
//!
//! What dies inside a host is counted by its stack.

use core::fmt;
use std::collections::BTreeMap;

use crate::ids::PortId;

/// Why a frame died.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// Nothing is plugged in where it was to leave.
    Unplugged,
    /// The link is down, or went down while it was under way.
    LinkDown,
    /// It is larger than the link takes.
    MtuExceeded,
    /// It stood for several segments, and its headers did not say how to cut it.
    NotCuttable,
    /// The queue in front of the link is full.
    QueueFull,
    /// The queue is long on average, and the frame could not be marked instead (RED).
    QueueEarly,
    /// Frames have waited too long, and this one could not be marked instead (CoDel).
    QueueSlow,
    /// The link lost it, as it was told to.
    Lost,
    /// More frames are under way than a link holds that has a delay and no rate.
    WireFull,
    /// A switch found no Ethernet addresses at its front.
    Runt,
    /// A switch was given a group address as its source, which nobody can have.
    BadSourceMac,
    /// A switch knows its destination on the side that it came from.
    SameSide,
    /// It bears a tag, and the switch's port is for those who know nothing of VLANs.
    TagOnAccessPort,
    /// Its VLAN does not pass the switch's port.
    VlanNotAllowed,
    /// It bears no tag, and the switch's port has no VLAN for such.
    NoNativeVlan,
    /// Its tag names a VLAN that there cannot be.
    BadTag,
    /// It is in a VLAN in which no other port of the switch is.
    VlanEmpty,
    /// The switch's port does not forward: the spanning tree goes another way, or not yet this one.
    PortBlocked,
    /// A message between switches that cannot be read, or was damaged on the way.
    BadBpdu,
    /// Frames go round in a circle: more passed switches and hubs in one instant than can be meant.
    Storm,
    /// Nobody fetches what arrives at the tap.
    TapFull,
    /// The network is parted, and it comes from another part.
    Partitioned,
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unplugged => "nothing is plugged in",
            Self::LinkDown => "the link is down",
            Self::MtuExceeded => "larger than the link's MTU",
            Self::NotCuttable => "a large frame that cannot be cut",
            Self::QueueFull => "the link's queue is full",
            Self::QueueEarly => "the link's queue is long on average",
            Self::QueueSlow => "frames wait too long in the link's queue",
            Self::Lost => "lost on the link",
            Self::WireFull => "too many frames under way",
            Self::Runt => "too short for Ethernet",
            Self::BadSourceMac => "a group address as source",
            Self::SameSide => "its destination is where it came from",
            Self::TagOnAccessPort => "a VLAN tag on an access port",
            Self::VlanNotAllowed => "its VLAN does not pass the port",
            Self::NoNativeVlan => "no VLAN tag, and the port has no native VLAN",
            Self::BadTag => "its VLAN tag names no VLAN",
            Self::VlanEmpty => "nobody else is in its VLAN",
            Self::PortBlocked => "the spanning tree does not lead through the port",
            Self::BadBpdu => "a BPDU that cannot be read",
            Self::Storm => "it goes round in a circle",
            Self::TapFull => "nobody fetches what arrives at the tap",
            Self::Partitioned => "the network is parted",
        })
    }
}

/// How many frames died where and of what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger(BTreeMap<(PortId, DropReason), u64>);

impl Ledger {
    pub(crate) fn count(&mut self, port: PortId, reason: DropReason) {
        *self.0.entry((port, reason)).or_insert(0) += 1;
    }

    /// How many died at a port of one reason.
    #[must_use]
    pub fn at(&self, port: PortId, reason: DropReason) -> u64 {
        self.0.get(&(port, reason)).copied().unwrap_or(0)
    }

    /// How many died of one reason anywhere.
    #[must_use]
    pub fn of(&self, reason: DropReason) -> u64 {
        self.iter()
            .filter_map(|(_, why, count)| (why == reason).then_some(count))
            .sum()
    }

    /// How many died in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Every place and reason that occurred, with its count, in the order of the ports.
    pub fn iter(&self) -> impl Iterator<Item = (PortId, DropReason, u64)> + '_ {
        self.0
            .iter()
            .map(|(&(port, reason), &count)| (port, reason, count))
    }
}

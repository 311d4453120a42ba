//! A learning switch (IEEE 802.1D §7): it sends a frame where its destination was last seen, and
//! everywhere when it does not know; within the frame's VLAN, and along the spanning tree.

use base::{Duration, Frame, Instant, Rng};
use wire::bpdu::{self, Bpdu};
use wire::ethernet;
use wire::vlan::{Tag, VlanId, take_tag};

use super::learning::Learning;
use super::tree::{Bridge, SpanningTree};
use super::vlan::{Exit, VlanPort};
use crate::ledger::DropReason;

/// A switch to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SwitchConfig {
    /// Addresses that it remembers at most.
    pub table_size: usize,
    /// After how long it forgets an address that it does not hear from.
    pub ageing: Duration,
    /// Whether it takes part in the spanning tree, and how. Without that, two switches with two
    /// cables between them pass a frame round for ever.
    pub spanning_tree: Option<SpanningTree>,
}

impl Default for SwitchConfig {
    /// 8192 addresses, and the standard's 300 seconds (IEEE 802.1D, table 7-5); no spanning tree.
    fn default() -> Self {
        Self {
            table_size: 8192,
            ageing: Duration::from_secs(300),
            spanning_tree: None,
        }
    }
}

/// Where a frame goes; with the tag that says in which VLAN it is, where the switch knows of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forward {
    /// To one port.
    To(u32, Option<Tag>),
    /// To every port but the one it came from.
    Flood(Option<Tag>),
    /// Nowhere: it was for the switch itself.
    Taken,
    /// Nowhere.
    Drop(DropReason),
}

/// A switch: between its ports and its table stand the VLANs and the spanning tree.
#[derive(Debug)]
pub(crate) struct Switch {
    learning: Learning,
    /// By number of the port, as far as they were told; empty while it is blind to VLANs.
    vlans: Vec<VlanPort>,
    pub(crate) bridge: Option<Box<Bridge>>,
}

impl Switch {
    /// `number` is its place among the nodes.
    pub(crate) fn new(config: SwitchConfig, number: usize, now: Instant, rng: &mut Rng) -> Self {
        let bridge = |tree| Box::new(Bridge::new(tree, number, now));
        Self {
            learning: Learning::new(config.table_size, config.ageing, rng),
            vlans: Vec::new(),
            bridge: config.spanning_tree.map(bridge),
        }
    }

    /// Says which VLANs are at a port.
    pub(crate) fn set_vlans(&mut self, port: u32, vlans: VlanPort) {
        let index = port as usize;
        if self.vlans.len() <= index {
            self.vlans.resize(index + 1, UNTOLD);
        }
        self.vlans[index] = vlans;
        self.learning.clear();
    }

    /// Learns from a frame that came in at a port, and says where it goes.
    pub(crate) fn forward(&mut self, now: Instant, port: u32, frame: &mut Frame) -> Forward {
        // Not `Header::parse`: a switch passes on what it cannot read, such as IEEE 802.3 lengths.
        let Some((dst, src)) = ethernet::addresses(frame.contiguous(ethernet::HEADER_LEN)) else {
            return Forward::Drop(DropReason::Runt);
        };
        if src.is_multicast() {
            return Forward::Drop(DropReason::BadSourceMac);
        }
        if let Some(bridge) = &mut self.bridge {
            if dst == bpdu::GROUP {
                // A card would have seen by the check sequence what a link did to the frame.
                let heard = Bpdu::of_frame(&head(frame)).and_then(Result::ok);
                let Some(bpdu) = heard.filter(|_| !frame.damaged) else {
                    return Forward::Drop(DropReason::BadBpdu);
                };
                bridge.receive(port, bpdu);
                return Forward::Taken;
            }
            if !bridge.learns(port) {
                return Forward::Drop(DropReason::PortBlocked);
            }
        }
        let tag = match self.admit(port, frame) {
            Ok(tag) => tag,
            Err(reason) => return Forward::Drop(reason),
        };
        let vlan = tag.and_then(|tag| tag.vlan);
        self.learning.learn(now, (src, vlan), port);
        if self
            .bridge
            .as_ref()
            .is_some_and(|bridge| !bridge.forwards(port))
        {
            return Forward::Drop(DropReason::PortBlocked);
        }
        if dst.is_multicast() {
            return Forward::Flood(tag);
        }
        match self.learning.port_of(now, (dst, vlan)) {
            Some(known) if known == port => Forward::Drop(DropReason::SameSide),
            Some(known) => Forward::To(known, tag),
            None => Forward::Flood(tag),
        }
    }

    /// Takes the tag off a frame, and says in which VLAN it is; nothing while the switch is blind to
    /// them.
    fn admit(&self, port: u32, frame: &mut Frame) -> Result<Option<Tag>, DropReason> {
        if self.vlans.is_empty() {
            return Ok(None);
        }
        let tag = take_tag(frame).map_err(|_| DropReason::BadTag)?;
        self.vlans_at(port).admit(tag).map(Some)
    }

    fn vlans_at(&self, port: u32) -> &VlanPort {
        self.vlans.get(port as usize).unwrap_or(&UNTOLD)
    }

    /// How a frame leaves by a port, if at all.
    pub(crate) fn exit(&self, port: u32, tag: Option<Tag>) -> Exit {
        if self
            .bridge
            .as_ref()
            .is_some_and(|bridge| !bridge.forwards(port))
        {
            return Exit::Shut(DropReason::PortBlocked);
        }
        match tag {
            None => Exit::AsItIs,
            Some(tag) => self.vlans_at(port).exit(tag),
        }
    }

    /// One of its links went down: what it learnt may no longer hold.
    pub(crate) fn link_down(&mut self) {
        self.learning.clear();
    }

    /// Forgets who was seen at a port.
    pub(crate) fn forget(&mut self, port: u32) {
        self.learning.forget(port);
    }
}

/// What is at ports of which nothing was said, on a switch that was told of VLANs.
const UNTOLD: VlanPort = VlanPort::Access(VlanId::DEFAULT);

/// The front of a frame, as long as a BPDU can be: its bytes may lie in several pieces.
fn head(frame: &Frame) -> [u8; ethernet::MIN_LEN] {
    let mut head = [0; ethernet::MIN_LEN];
    frame.copy_to(&mut head);
    head
}

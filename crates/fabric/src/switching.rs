//! What the fabric does for its switches: VLANs, and the spanning tree's cables, time and messages.

use base::Instant;

use crate::fabric::Fabric;
use crate::ids::{Direction, LinkId, NodeId, PortId};
use crate::node::{Kind, Plug, Switch, VlanPort};

impl Fabric {
    /// Says which VLANs are at a port of a switch, and with tags or without; at other ports that
    /// means nothing.
    pub fn set_vlans(&mut self, port: PortId, vlans: VlanPort) {
        let number = self.cables.ports[port.index()].number;
        if let Some(switch) = self.switch_mut(self.node_of(port)) {
            switch.set_vlans(number, vlans);
        }
    }

    /// Whether frames pass a port: the spanning tree of its switch leads through it. Always, where
    /// there is none.
    #[must_use]
    pub fn forwards(&self, port: PortId) -> bool {
        let number = self.cables.ports[port.index()].number;
        match &self.nodes[self.node_of(port).index()].kind {
            Kind::Switch(switch) => {
                let bridge = switch.bridge.as_ref();
                bridge.is_none_or(|bridge| bridge.forwards(number))
            }
            Kind::Host(_) | Kind::Hub | Kind::Tap(_) => true,
        }
    }

    fn switch_mut(&mut self, node: NodeId) -> Option<&mut Switch> {
        match &mut self.nodes[node.index()].kind {
            Kind::Switch(switch) => Some(switch),
            Kind::Host(_) | Kind::Hub | Kind::Tap(_) => None,
        }
    }

    /// Tells the switches at a link's ends what is plugged in now.
    pub(crate) fn tell_switches(&mut self, link: LinkId) {
        let ends = self.ends(link);
        for (own, far, out) in [
            (ends[0], ends[1], Direction::There),
            (ends[1], ends[0], Direction::Back),
        ] {
            let plug = self.is_up(link).then(|| {
                let far = &self.nodes[self.node_of(far).index()].kind;
                let rate = self.channel(link, out).rate;
                Plug {
                    cost: Plug::cost_of(rate.map(crate::Rate::as_bits)),
                    edge: matches!(far, Kind::Host(_)),
                    point_to_point: !matches!(far, Kind::Hub),
                }
            });
            let (now, node) = (self.now(), self.node_of(own));
            let number = self.cables.ports[own.index()].number;
            if let Some(switch) = self.switch_mut(node)
                && let Some(bridge) = &mut switch.bridge
            {
                bridge.plug(now, number, plug);
                self.settle_switch(node);
            }
        }
    }

    /// The second of a switch is over.
    pub(crate) fn tick(&mut self, node: NodeId, now: Instant) {
        if let Some(switch) = self.switch_mut(node)
            && let Some(bridge) = &mut switch.bridge
        {
            bridge.tick(now);
            self.settle_switch(node);
        }
    }

    /// Does what the spanning tree wants of a switch: forgets, sends, and sets its clock.
    pub(crate) fn settle_switch(&mut self, node: NodeId) {
        let place = &mut self.nodes[node.index()];
        let Kind::Switch(switch) = &mut place.kind else {
            return;
        };
        while let Some(port) = switch
            .bridge
            .as_mut()
            .and_then(|bridge| bridge.poll_flush())
        {
            switch.forget(port);
        }
        let Some(bridge) = &mut switch.bridge else {
            return;
        };
        self.ticks.set(node.0, bridge.deadline());
        while let Some((number, frame)) = bridge.poll_transmit() {
            if let Some(port) = place.ports.get(number as usize) {
                self.cables.send(*port, frame);
            }
        }
    }
}

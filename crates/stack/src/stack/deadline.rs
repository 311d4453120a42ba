//! Whose time has come?

use base::Instant;

use crate::interface::InterfaceId;
use crate::stack::Stack;
use crate::tcp::deadline::Suspect;
use crate::timer::TimerKey;
use crate::{ip, multicast, neighbor, tcp};

impl Stack {
    /// When to call [`on_deadline`](Self::on_deadline) at the latest; `None` when nothing waits
    /// for time to pass. Not before everything owed was fetched by
    /// [`poll_transmit`](Self::poll_transmit).
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Lets every deadline that has come take effect. What is then owed,
    /// [`poll_transmit`](Self::poll_transmit) sends.
    pub fn on_deadline(&mut self, now: Instant) {
        while let Some(key) = self.timers.expire(now) {
            match key {
                TimerKey::Neighbor(slot) => {
                    let Self {
                        neighbors,
                        timers,
                        sysctls,
                        ..
                    } = self;
                    let failed =
                        neighbor::deadline::neighbor(neighbors, timers, sysctls, now, slot);
                    if let Some(neighbor) = failed {
                        self.neighbor_failed(now, neighbor);
                    }
                }
                TimerKey::Claim(slot) => {
                    let (neighbors, timers) = (&mut self.neighbors, &mut self.timers);
                    if let Some(claimed) = neighbor::deadline::claim(neighbors, timers, now, slot) {
                        self.claimed(claimed);
                    }
                }
                TimerKey::Group(slot) => {
                    let (multicast, timers) = (&mut self.multicast, &mut self.timers);
                    multicast::deadline::group(multicast, timers, now, slot);
                }
                TimerKey::Listener(iface, v6) => {
                    multicast::deadline::listener(&mut self.multicast, now, iface, v6);
                }
                TimerKey::Autoconf(iface) => self.autoconf_due(now, InterfaceId(iface)),
                TimerKey::Advertise(iface) => self.advertise_due(now, InterfaceId(iface)),
                TimerKey::Gateways => self.ask_gateways(now),
                TimerKey::Reassembly(slot) => {
                    if let Some(stop) = self.ip.reassembly.expire(&mut self.timers, slot) {
                        self.settle(stop);
                    }
                }
                TimerKey::Flow(slot) => {
                    let Self { guard, timers, .. } = self;
                    if let Some(guard) = guard {
                        guard.expire(timers, now, slot);
                    }
                }
                TimerKey::Tcp(slot) => {
                    let (tcp, mut env) = self.tcp_in(now);
                    if let Some(suspect) = tcp::deadline::fire(tcp, &mut env, slot) {
                        self.suspect(now, suspect);
                    }
                }
            }
        }
    }

    /// A connection hears nothing though it should (R1 of RFC 9293 §3.8.3): its next hop is doubted.
    fn suspect(&mut self, now: Instant, suspect: Suspect) {
        let Self {
            ip,
            interfaces,
            neighbors,
            timers,
            ..
        } = self;
        let Suspect { src, dst, iface } = suspect;
        if let Ok(choice) = ip::egress::select(ip, interfaces, now, dst, Some(src), iface) {
            let (iface, addr) = (choice.iface, choice.next_hop);
            neighbor::confirm::suspect(neighbors, timers, neighbor::Key { iface, addr });
        }
    }
}

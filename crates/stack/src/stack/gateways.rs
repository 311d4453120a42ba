//! Which way our packets take: gateways that fall silent, and better ways that routers show.

use core::net::Ipv4Addr;

use base::{Duration, Instant};
use wire::Protocol;

use crate::ip::redirect::{self, Said};
use crate::neighbor::{self, Key};
use crate::packet::IcmpError;
use crate::stack::Stack;
use crate::timer::TimerKey;
use crate::verdict::{DropReason, Verdict};
use crate::{ping, tcp, udp};

/// So often a gateway that is silent is asked whether it is back.
const ASK_AGAIN: Duration = Duration::from_secs(60);

impl Stack {
    /// A neighbour does not answer: if it is a gateway, others take its place, and it is asked again
    /// from time to time.
    pub(super) fn neighbor_failed(&mut self, now: Instant, key: Key) {
        let Self { ip, timers, .. } = self;
        if ip.next_hop_failed(now, key.iface, key.addr) && ip.gateways.timer.is_none() {
            let timer = timers.arm(now + ASK_AGAIN, TimerKey::Gateways);
            ip.gateways.timer = Some(timer);
        }
    }

    /// Asks the gateways that are silent whether they are back.
    pub(super) fn ask_gateways(&mut self, now: Instant) {
        self.ip.gateways.timer = None;
        self.revive_gateways();
        let Self {
            ip,
            neighbors,
            timers,
            sysctls,
            ..
        } = self;
        for (iface, addr) in ip.gateways.silent() {
            let key = Key { iface, addr };
            // A full cache asks another time.
            let _ = neighbor::egress::probe(neighbors, timers, sysctls, now, key);
        }
        if !ip.gateways.all_alive() {
            let timer = timers.arm(now + ASK_AGAIN, TimerKey::Gateways);
            ip.gateways.timer = Some(timer);
        }
    }

    /// A neighbour was heard: gateways that are known again count as alive.
    pub(crate) fn revive_gateways(&mut self) {
        let Self { ip, neighbors, .. } = self;
        if ip.gateways.all_alive() {
            return;
        }
        let known = |key| neighbors.mac_of(key).is_some();
        ip.gateways
            .revive_those(|iface, addr| known(Key { iface, addr }));
    }

    /// A router of IPv4 shows a better way for a packet (RFC 1122 §3.2.2.2). It is believed if it
    /// quotes a packet that a socket here may have sent.
    pub(crate) fn redirected_v4(
        &mut self,
        now: Instant,
        gateway: Ipv4Addr,
        error: &IcmpError,
    ) -> Verdict<()> {
        let known = match error.protocol {
            Protocol::TCP => tcp::ingress::knows(&self.tcp, error),
            Protocol::UDP => udp::ingress::knows(&self.udp, error),
            Protocol::ICMP => ping::ingress::knows(&self.ping, error),
            _ => false,
        };
        if !known || !self.ip.addresses.is_ours(error.src) {
            return Err(DropReason::IcmpForNobody.into());
        }
        self.redirected(
            now,
            Said {
                iface: error.iface,
                from: error.from,
                dst: error.dst,
                to: gateway.into(),
            },
        )
    }

    /// A router of IPv6 shows a better way (RFC 4861 §8.3).
    pub(crate) fn redirected_v6(
        &mut self,
        now: Instant,
        iface: crate::InterfaceId,
        shown: &neighbor::ndp::Redirect,
    ) -> Verdict<()> {
        self.redirected(
            now,
            Said {
                iface,
                from: shown.from.into(),
                dst: shown.destination.into(),
                to: shown.target.into(),
            },
        )?;
        let key = Key {
            iface,
            addr: shown.target.into(),
        };
        let Self {
            neighbors,
            timers,
            sysctls,
            ..
        } = self;
        let router = shown.target != shown.destination;
        neighbor::ndp::heard_of(neighbors, timers, sysctls, now, (key, shown.mac), router);
        Ok(())
    }

    fn redirected(&mut self, now: Instant, said: Said) -> Verdict<()> {
        let Self {
            ip,
            interfaces,
            sysctls,
            ..
        } = self;
        let route = redirect::judge(ip, interfaces, sysctls, now, &said)?;
        ip.redirects.learn(sysctls, now, said, &route);
        Ok(())
    }
}

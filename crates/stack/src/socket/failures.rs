//! From word of a packet that died to what its socket says of it.

use core::net::SocketAddr;

use base::{Instant, Payload};
use wire::Protocol;

use super::Errno;
use super::common::Common;
use super::datagrams::Envelope;
use super::errors::Failure;
use super::message::{ExtendedError, Origin};
use crate::icmp_message::IcmpMessage;
use crate::packet::{Discover, IcmpError};
use crate::verdict::{DropReason, Verdict};
use crate::zone;

impl IcmpError {
    /// As it waits in the socket whose packet died: to whom that went, and without the bytes of its
    /// transport header.
    pub(crate) fn failure(
        &self,
        now: Instant,
        errno: Errno,
        (to, skip): (SocketAddr, usize),
    ) -> Failure {
        let (kind, code, info) = self.message.numbers();
        let mut payload = self.quoted.clone();
        payload.advance(skip.min(payload.len()));
        Failure {
            error: ExtendedError {
                errno,
                origin: match self.message {
                    IcmpMessage::V4(_) => Origin::Icmp,
                    IcmpMessage::V6(_) => Origin::Icmp6,
                },
                kind,
                code,
                info,
                offender: Some(self.from),
            },
            to,
            payload,
            envelope: Some(Envelope {
                to: zone::named(self.src, 0, self.iface),
                iface: self.iface,
                hops: self.hops,
                traffic_class: self.traffic_class,
                at: now,
            }),
        }
    }
}

impl Common {
    /// A packet of this socket's died on its way: whether the socket hears of it, as Linux's
    /// `__udp4_lib_err` and `ping_err` have it. `packet` is to whom it went and the bytes of its
    /// transport header, `knows` whether the socket could tell which peer is meant, and `limit` what
    /// its errors may cost.
    pub(crate) fn on_undelivered(
        &mut self,
        now: Instant,
        error: &IcmpError,
        packet: (SocketAddr, usize),
        knows: bool,
        limit: u32,
    ) -> Verdict<bool> {
        let (errno, mut fatal) = Errno::from_icmp(&error.message).ok_or(DropReason::UnknownIcmp)?;
        if error.message.mtu().is_some() {
            let discover = self.discover_to(error.dst);
            match error.protocol {
                _ if error.dst.is_ipv4() && discover == Discover::Dont => return Ok(false),
                // Over IPv4 the program hears even what IP does not believe.
                Protocol::UDP if error.dst.is_ipv6() && !discover.hears_routers() => {
                    return Ok(false);
                }
                Protocol::UDP => fatal = discover != Discover::Dont,
                // A path of IPv6 that is narrow is no lasting error to a ping.
                Protocol::ICMPV6 => fatal = false,
                _ => {}
            }
        }
        if self.queues_errors(error.dst) {
            // One that finds no room is the socket's error all the same.
            self.queue_error(error.failure(now, errno, packet), limit);
        } else if !knows || !(fatal || error.from == error.src) {
            return Ok(false);
        }
        self.error = Some(errno);
        Ok(true)
    }

    /// Whether IP may learn from word of a narrow path (Linux's `ip_sk_accept_pmtu`; what is said of
    /// pings of IPv6 is always believed).
    pub(crate) fn may_teach(&self, error: &IcmpError) -> Result<(), DropReason> {
        let narrow = error.message.mtu().is_some() && error.protocol != Protocol::ICMPV6;
        if narrow && !self.discover_to(error.dst).hears_routers() {
            return Err(DropReason::IcmpMtuPassedOver);
        }
        Ok(())
    }

    /// This host itself would not send to `to` (Linux's `ip_local_error`). `info` is the MTU, where
    /// it was too long.
    pub(crate) fn refused(&mut self, errno: Errno, to: SocketAddr, info: u32, limit: u32) {
        if !self.queues_errors(to.ip()) {
            return;
        }
        let error = ExtendedError {
            errno,
            origin: Origin::Local,
            kind: 0,
            code: 0,
            info,
            offender: None,
        };
        let failure = Failure {
            error,
            to,
            payload: Payload::new(),
            envelope: None,
        };
        self.queue_error(failure, limit);
    }
}

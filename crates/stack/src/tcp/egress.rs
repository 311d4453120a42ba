//! Connections that owe a segment.

use base::{Frame, Payload};
use tcp::Connection;
use wire::Protocol;
use wire::tcp::{CHECKSUM_OFFSET, Control, Header};

use super::flow::Flow;
use super::open::mss_of;
use super::row::{Role, Row};
use super::small::Kept;
use super::{Env, Tcp, is_over};
use crate::packet::{Discover, Outbound, owe_checksum};
use crate::socket::common::Flags;
use crate::sysctl::Sysctls;

/// The low two bits of the traffic class (RFC 3168 §5).
const ECN_BITS: u8 = 3;

/// The next segment of any connection on the ready list. They take turns.
pub(crate) fn poll(tcp: &mut Tcp, env: &mut Env<'_>) -> Option<Outbound> {
    tcp.sender = None;
    while let Some(kept) = tcp.ready.pop_front() {
        let slot = match Kept::unpack(kept) {
            Kept::Row(slot) => slot,
            Kept::Caller(slot) => match tcp.poll_caller(env, slot) {
                Some(outbound) => return Some(outbound),
                None => continue,
            },
            Kept::Rest(slot) => match tcp.poll_rest(env, slot) {
                Some(outbound) => return Some(outbound),
                None => continue,
            },
        };
        let Some(row) = tcp.rows.get_mut(slot) else {
            continue;
        };
        if let Some(outbound) = row.poll(env) {
            // It may owe more, and says so when its turn comes again.
            tcp.ready.push_back(slot);
            tcp.sender = Some(slot);
            tcp.arm(env, slot);
            return Some(outbound);
        }
        row.common.flags -= Flags::READY;
        let news = row.connection().map(Connection::poll_events);
        tcp.arm(env, slot);
        if news.is_some_and(|news| !news.is_empty()) {
            tcp.announce(slot);
        }
        tcp.retire_if_over(env, slot);
    }
    None
}

/// The segment that [`poll`] gave last goes a way that takes packets of `mtu` bytes: those after it
/// become as large as that lets them, be it less or more (RFC 1191 §6.4, RFC 8201 §5.3).
pub(crate) fn routed(tcp: &mut Tcp, mtu: usize) {
    if let Some((_, mss, connection)) = latest(tcp, mtu) {
        connection.set_path_mss(mss);
    }
}

/// That segment was too large for the way, or would have been cut into such; it goes again in
/// smaller ones.
pub(crate) fn refused(tcp: &mut Tcp, env: &mut Env<'_>, mtu: usize) {
    if let Some((slot, mss, connection)) = latest(tcp, mtu) {
        connection.refused_by_path(env.now, &env.sysctls.tcp, mss);
        tcp.arm(env, slot);
    }
}

/// Whether segments of the connection that [`poll`] asked last are larger than `mtu` lets them be.
pub(crate) fn exceeds(tcp: &mut Tcp, mtu: usize) -> bool {
    latest(tcp, mtu).is_some_and(|(_, mss, connection)| connection.exceeds(mss))
}

/// The connection whose segment [`poll`] gave last, and what `mtu` leaves of each for data. There is
/// none behind a segment of those that are half-way in or in TIME-WAIT.
fn latest(tcp: &mut Tcp, mtu: usize) -> Option<(u32, u16, &mut Connection)> {
    let slot = tcp.sender?;
    let row = tcp.rows.get_mut(slot)?;
    let options = row.common.ip_options_len(row.remote.addr);
    let mss = mss_of(mtu - options, row.local);
    Some((slot, mss, row.connection()?))
}

impl Tcp {
    /// The SYN-ACK of one that is half-way in, if it owes one.
    fn poll_caller(&mut self, env: &Env<'_>, slot: u32) -> Option<Outbound> {
        let caller = self.callers.get_mut(slot)?;
        caller.ready = false;
        let control = caller.half_open.poll_transmit(env.now, &env.sysctls.tcp)?;
        let mut outbound = segment(&caller.flow, control, Payload::new());
        // As the program wants it of the listener.
        let door = self.rows.get(caller.listener.0)?;
        let to = caller.flow.remote.addr;
        outbound.iface = outbound.iface.or_else(|| door.common.device());
        outbound.ttl = door.common.hops_to(to);
        outbound.discover = door.common.discover_to(to);
        outbound.traffic_class = door.common.traffic_class_to(to) & !ECN_BITS;
        Some(outbound)
    }

    /// The RST for what is left of a connection, which [`Tcp::reset_all`] alone owes; it is forgotten.
    fn poll_rest(&mut self, env: &mut Env<'_>, slot: u32) -> Option<Outbound> {
        let flow = self.rests.get(slot)?.flow;
        let reset = self.forget_rest(env, slot)?.reset(env.now)?;
        Some(answer(env.sysctls, &flow, reset))
    }

    /// What a connection owed is paid: if nobody holds it, it may be over.
    fn retire_if_over(&mut self, env: &mut Env<'_>, slot: u32) {
        let over = self
            .rows
            .get_mut(slot)
            .and_then(Row::connection)
            .is_some_and(|connection| is_over(connection));
        if over {
            self.retire(env, slot);
        }
    }
}

impl Row {
    fn poll(&mut self, env: &Env<'_>) -> Option<Outbound> {
        let flow = self.flow();
        let (control, payload, segment_size, (mark, accurate)) = match &mut self.role {
            Role::Connection(connection) => {
                let one = connection.largest_segment();
                let most = one.max(self.segmentation as usize);
                let out = connection.poll_transmit(env.now, &env.sysctls.tcp, most)?;
                let mark = (out.ecn, out.accurate_ecn);
                (out.control, out.payload, out.segment_size, mark)
            }
            Role::Fresh(_) | Role::Listener(_) => return None,
        };
        let mut outbound = segment(&flow, control, payload);
        outbound.frame.segment_size = segment_size;
        outbound.frame.accurate_ecn = accurate;
        outbound.iface = outbound.iface.or_else(|| self.common.device());
        outbound.ttl = self.common.hops_to(flow.remote.addr);
        outbound.discover = self.common.discover_to(flow.remote.addr);
        outbound.options = self.common.ip_options_to(flow.remote.addr);
        // The program has the DSCP, TCP the ECN bits.
        outbound.traffic_class =
            self.common.traffic_class_to(flow.remote.addr) & !ECN_BITS | mark.bits();
        Some(outbound)
    }
}

/// An answer that belongs to no connection: a RST, a challenge ACK.
pub(super) fn answer(sysctls: &Sysctls, flow: &Flow, control: Control) -> Outbound {
    let mut outbound = segment(flow, control, Payload::new());
    outbound.ttl = Some(sysctls.ip_default_ttl);
    outbound
}

/// Puts the TCP header on. The checksum is owed: the way out pays it or leaves it to the device.
fn segment(flow: &Flow, control: Control, payload: Payload) -> Outbound {
    let Flow { local, remote } = *flow;
    let header = Header {
        src_port: local.port,
        dst_port: remote.port,
        control,
    };
    let mut frame = Frame::new(payload);
    let len = header.header_len();
    header.emit(frame.push_header(len));
    owe_checksum(
        &mut frame,
        local.addr,
        remote.addr,
        Protocol::TCP,
        CHECKSUM_OFFSET,
    );
    Outbound {
        src: Some(local.addr),
        dst: remote.addr,
        protocol: Protocol::TCP,
        ttl: None,
        traffic_class: 0,
        // RFC 1191 §3: the path's MTU is found out.
        discover: Discover::Do,
        iface: remote.exit(),
        longest: None,
        options: None,
        frame,
    }
}

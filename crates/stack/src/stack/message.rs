//! `sendmsg` and `recvmsg`: bytes with what belongs to them, and the errors that wait.

use alloc::vec;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use base::{Duration, Instant, Payload};

use crate::packet::Choice;
use crate::socket::ancillary::Asked;
use crate::socket::common::{Common, Flags};
use crate::socket::datagrams::Envelope;
use crate::socket::message::Collector;
use crate::socket::{
    Address, Cmsg, Errno, IpOptions, Message, MessageFlags, PktInfo, PktInfo6, ReceivedBytes,
    RecvFlags, SendFlags, SocketId, Transport,
};
use crate::stack::Stack;

impl Stack {
    /// As [`send_to`](Self::send_to), or without an address as [`send_with`](Self::send_with), in the
    /// way that `control` asks for (sendmsg(2)): [`Cmsg::PktInfo`], [`Cmsg::Ttl`], [`Cmsg::Tos`],
    /// [`Cmsg::PktInfo6`], [`Cmsg::HopLimit`], [`Cmsg::TrafficClass`]. Streams pass over all of them.
    ///
    /// # Errors
    ///
    /// As those, and
    /// - [`Errno::EINVAL`] for what cannot be asked of that socket, and for a source of IPv6 that is
    ///   none of this host's; [`Errno::ENETUNREACH`] for one of IPv4;
    /// - [`Errno::ENODEV`] for an interface that there is not.
    pub fn send_message(
        &mut self,
        now: Instant,
        socket: SocketId,
        bytes: &[u8],
        to: Option<&Address>,
        control: &[Cmsg],
        flags: SendFlags,
    ) -> Result<usize, Errno> {
        match (socket.transport, to) {
            (Transport::Tcp, Some(to)) if flags.contains(SendFlags::FASTOPEN) => {
                self.send_fast_open(now, socket, bytes, to)
            }
            (Transport::Tcp, _) => self.send_with(now, socket, bytes, flags),
            _ if flags.contains(SendFlags::OOB) => Err(Errno::EOPNOTSUPP),
            _ => self.send_datagram(now, socket, bytes.len(), (to, control), &mut |len| {
                Payload::copy_from(&bytes[..len])
            }),
        }
    }

    /// Receives by reference at most `max` bytes with all that belongs to them (recvmsg(2)). `room` is
    /// how many bytes C's control messages may take; what does not fit is left out, and
    /// [`MessageFlags::CTRUNC`] says so. With [`RecvFlags::ERRQUEUE`] it is an error that waits.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_message(
        &mut self,
        now: Instant,
        socket: SocketId,
        max: usize,
        room: usize,
        flags: RecvFlags,
    ) -> Result<Message, Errno> {
        if flags.contains(RecvFlags::ERRQUEUE) {
            return self.recv_error(socket, max, room);
        }
        match socket.transport {
            Transport::Tcp => self.recv_stream(now, socket, max, room, flags),
            Transport::Udp | Transport::Ping => self.recv_datagram(socket, max, room, flags),
            Transport::Unix => {
                let peek = flags.contains(RecvFlags::PEEK);
                let (payload, len, from) = self.unix.recv(socket, max, peek)?;
                Ok(message(payload, len, from.map(Address::Unix), max))
            }
        }
    }

    /// As [`recv_bytes`](Self::recv_bytes), but of a TCP stream no more than what lies in one piece.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_piece(
        &mut self,
        now: Instant,
        socket: SocketId,
        max: usize,
    ) -> Result<ReceivedBytes, Errno> {
        if socket.transport != Transport::Tcp {
            return self.recv_bytes(now, socket, max);
        }
        let (tcp, mut env) = self.tcp_in(now);
        let payload = tcp.recv_piece(&mut env, socket, max)?;
        Ok(ReceivedBytes {
            len: payload.len(),
            payload,
            from: None,
        })
    }

    fn recv_stream(
        &mut self,
        now: Instant,
        socket: SocketId,
        max: usize,
        room: usize,
        flags: RecvFlags,
    ) -> Result<Message, Errno> {
        let copied = RecvFlags::PEEK | RecvFlags::OOB | RecvFlags::TRUNC;
        let payload = if flags.intersects(copied) {
            let waits = self.tcp.queued(socket).map_or(0, |queued| queued.unread);
            let mut bytes = vec![0; max.min(waits.max(1))];
            let len = self.recv(now, socket, &mut bytes, flags)?;
            bytes.truncate(len);
            Payload::from(bytes)
        } else {
            self.recv_bytes(now, socket, max)?.payload
        };
        let len = payload.len();
        let mut message = message(payload, len, None, max);
        if flags.contains(RecvFlags::OOB) {
            message.flags |= MessageFlags::OOB;
        } else if self.tcp.common(socket)?.has(Flags::TCP_INQ) {
            let v6 = self.tcp.common(socket)?.has(Flags::INET6);
            let waits = self.tcp.queued(socket)?.unread;
            // As Linux: that the end waits, and nothing else, is 1.
            let ended = waits == 0 && self.tcp.has_ended(&self.sysctls, socket);
            let waits = u32::try_from(waits).unwrap_or(u32::MAX);
            let mut collector = Collector::new(room, v6);
            collector.put(Cmsg::Inq(waits.max(ended.into())));
            message.add(collector);
        }
        Ok(message)
    }

    fn recv_datagram(
        &mut self,
        socket: SocketId,
        max: usize,
        room: usize,
        flags: RecvFlags,
    ) -> Result<Message, Errno> {
        let sockets = self.datagram_sockets(socket)?;
        let Some((mut arrived, skip)) = sockets.take(socket, max, flags)? else {
            return Ok(message(Payload::new(), 0, None, max));
        };
        let common = &sockets.slots.find(socket)?.common;
        let from = common.shown(arrived.from).into();
        let mut collector = Collector::new(room, common.has(Flags::INET6));
        let common = common.clone();
        let extra = arrived.extra.as_deref().copied().unwrap_or_default();
        // First UDP's own, as in Linux.
        if let Some(size) = extra.segment_size {
            collector.put(Cmsg::Gro(size.get().into()));
        }
        let came = (&arrived.envelope, extra.options);
        self.describe(&mut collector, &common, came, false);
        let len = arrived.payload.len();
        arrived.payload.advance(skip);
        // As Linux: who asks for more than is left, misses nothing of what he has seen.
        let missed = max <= arrived.payload.len() && max < len;
        let mut message = message(arrived.payload, len, Some(from), max);
        message.flags.set(MessageFlags::TRUNC, missed);
        message.add(collector);
        Ok(message)
    }

    /// The error that waited longest (`MSG_ERRQUEUE`): what died of a packet is the payload, to whom
    /// it went the address.
    pub(super) fn recv_error(
        &mut self,
        socket: SocketId,
        max: usize,
        room: usize,
    ) -> Result<Message, Errno> {
        let common = match socket.transport {
            Transport::Tcp => self.tcp.common_mut(socket)?,
            Transport::Udp | Transport::Ping => {
                let sockets = self.datagram_sockets(socket)?;
                &mut sockets.slots.find_mut(socket)?.common
            }
            Transport::Unix => return Err(Errno::EAGAIN),
        };
        let failure = common.take_failure().ok_or(Errno::EAGAIN)?;
        let to = common.shown(failure.to).into();
        let mut collector = Collector::new(room, common.has(Flags::INET6));
        let common = common.clone();
        if let Some(envelope) = &failure.envelope {
            self.describe(&mut collector, &common, (envelope, None), true);
        }
        let mut error = failure.error;
        if let (Some(IpAddr::V4(addr)), true) = (error.offender, common.has(Flags::INET6)) {
            error.offender = Some(addr.to_ipv6_mapped().into());
        }
        collector.put(Cmsg::RecvErr(error));
        let len = failure.payload.len();
        let mut message = message(failure.payload, len, Some(to), max);
        message.flags |= MessageFlags::ERRQUEUE;
        message.add(collector);
        // Another may wait.
        if common.has_error() {
            self.raise(socket);
        }
        Ok(message)
    }

    /// What a socket's options want to hear of how something came, in Linux's order. `is_error`: it
    /// is word of an error.
    fn describe(
        &self,
        to: &mut Collector,
        common: &Common,
        (came, options): (&Envelope, Option<IpOptions>),
        is_error: bool,
    ) {
        let stamp = Duration::from_nanos(came.at.as_nanos());
        if common.has(Flags::TIMESTAMP_NS) {
            to.put(Cmsg::TimestampNs(stamp));
        } else if common.has(Flags::TIMESTAMP) {
            to.put(Cmsg::Timestamp(Duration::from_micros(stamp.as_micros())));
        }
        let index = came.iface.scope_id();
        if common.has(Flags::PKT_INFO6) {
            let addr = match came.to.ip() {
                IpAddr::V4(addr) => addr.to_ipv6_mapped(),
                IpAddr::V6(addr) => addr,
            };
            to.put(Cmsg::PktInfo6(PktInfo6 { addr, index }));
        }
        match came.to.ip() {
            IpAddr::V4(addr) => {
                if common.has(Flags::PKT_INFO) {
                    let spec_dst = if is_error {
                        Ipv4Addr::UNSPECIFIED
                    } else {
                        self.answers_from(came, addr)
                    };
                    to.put(Cmsg::PktInfo(PktInfo {
                        index,
                        spec_dst,
                        addr,
                    }));
                }
                if common.has(Flags::RECV_TTL) {
                    to.put(Cmsg::Ttl(came.hops));
                }
                if common.has(Flags::RECV_TOS) {
                    to.put(Cmsg::Tos(came.traffic_class));
                }
                if let Some(options) = options.filter(|_| common.has(Flags::RECV_OPTS)) {
                    to.put(Cmsg::RecvOpts(options));
                }
                if let Some(options) = options.filter(|_| common.has(Flags::RET_OPTS)) {
                    to.put(Cmsg::RetOpts(options.echo()));
                }
                if common.has(Flags::RECV_ORIG_DST) && !is_error {
                    to.put(Cmsg::OrigDstAddr(came.to));
                }
            }
            IpAddr::V6(_) => {
                if common.has(Flags::RECV_HOP_LIMIT) {
                    to.put(Cmsg::HopLimit(came.hops));
                }
                if common.has(Flags::RECV_TCLASS) {
                    to.put(Cmsg::TrafficClass(came.traffic_class));
                }
                if common.has(Flags::RECV_ORIG_DST6) && !is_error {
                    to.put(Cmsg::OrigDstAddr(came.to));
                }
            }
        }
    }

    /// The address that an answer would leave from: the one that was meant, or where several were,
    /// that of the interface (Linux's `fib_compute_spec_dst`).
    fn answers_from(&self, came: &Envelope, addr: Ipv4Addr) -> Ipv4Addr {
        if self.ip.addresses.is_ours(addr.into()) {
            return addr;
        }
        let interface = self.interface(came.iface);
        let addresses = interface.map_or(&[][..], |interface| interface.addresses());
        let first = addresses.iter().find_map(|net| match net.addr() {
            IpAddr::V4(addr) => Some(addr),
            IpAddr::V6(_) => None,
        });
        first.unwrap_or(Ipv4Addr::UNSPECIFIED)
    }

    /// The way of a datagram, and how else it is to go.
    pub(super) fn way_as_asked(
        &mut self,
        now: Instant,
        socket: SocketId,
        to: SocketAddr,
        control: &[Cmsg],
    ) -> Result<(Choice, Asked), Errno> {
        let source = self.datagram_sockets(socket)?.source(socket)?;
        let common = self.common(socket)?;
        let exit = self.exit(common, to);
        let first = common.first_stop(to);
        let asked = if control.is_empty() {
            Asked::default()
        } else {
            Asked::in_control(control, common, to.is_ipv6())?
        };
        let (device, freely) = (common.device(), common.binds_freely());
        if let Some(source) = asked.source {
            let mapped = matches!(source, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some());
            if mapped || !(freely || self.ip.addresses.is_ours(source)) {
                // As Linux: IPv4 finds no way from there.
                let v4 = source.is_ipv4();
                return Err(if v4 {
                    Errno::ENETUNREACH
                } else {
                    Errno::EINVAL
                });
            }
        }
        if let Some(iface) = asked.iface {
            self.interface(iface).ok_or(Errno::ENODEV)?;
            // RFC 3542 §6.2: a socket that is bound to a device does not leave by another.
            if device.is_some_and(|device| device != iface) {
                return Err(Errno::EINVAL);
            }
        }
        let source = asked.source.or(source);
        let iface = match asked.iface {
            Some(iface) => Some(iface),
            None => exit?,
        };
        // A list that this datagram alone has goes before the socket's.
        let first = match &asked.options {
            Some(options) => options
                .first_hop()
                .map_or(to, |(hop, _)| SocketAddr::new(hop.into(), to.port())),
            None => first,
        };
        Ok((self.way_by(now, socket, first, source, iface)?, asked))
    }

    /// Says that something about a datagram socket or a stream changed.
    fn raise(&mut self, socket: SocketId) {
        match socket.transport {
            Transport::Tcp => self.tcp.raise(socket),
            Transport::Udp => self.udp.sockets.raise(socket.slot),
            Transport::Ping => self.ping.sockets.raise(socket.slot),
            Transport::Unix => {}
        }
    }
}

fn message(mut payload: Payload, len: usize, from: Option<Address>, max: usize) -> Message {
    payload.truncate(max);
    let mut flags = MessageFlags::empty();
    flags.set(MessageFlags::TRUNC, len > payload.len());
    Message {
        payload,
        len,
        from,
        control: Vec::new(),
        flags,
    }
}

impl Message {
    fn add(&mut self, collector: Collector) {
        self.flags |= collector.flags;
        self.control = collector.control;
    }
}

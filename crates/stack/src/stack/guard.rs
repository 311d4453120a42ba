//! Connection tracking, address translation and the firewall: their places on the spines, and the
//! calls that set them up.
//!
//! A stack without any of them has no [`Guard`], and asks no more than that of a packet.

use alloc::boxed::Box;

use base::{Frame, Instant, Payload, Rng};
use wire::{Protocol, icmpv4, icmpv6, tcp as tcp_wire};

use crate::config::ConfigError;
use crate::conntrack::egress::{Between, leave, original, renumber, restore};
use crate::conntrack::ingress::{Env, look};
use crate::conntrack::{Conntrack, ConntrackStatus, NatConfig};
use crate::filter::{Filter, Firewall, FirewallAction, FirewallCounts, FirewallPath, Subject};
use crate::flow::{Passage, Said};
use crate::icmp_message::IcmpMessage;
use crate::interface::InterfaceId;
use crate::ip::extension::{self, Opened};
use crate::ip::reassembly::Fragment;
use crate::ip_header::{Header, ethertype_of};
use crate::packet::{Arrival, Cast, Discover, Outbound, Packet, Reply, Way, owe_checksum};
use crate::ping::Ping;
use crate::stack::Stack;
use crate::tcp::Tcp;
use crate::udp::Udp;
use crate::verdict::{DropReason, Stop, Verdict};

/// What stands between the cables and the sockets.
#[derive(Debug)]
pub(crate) struct Guard {
    tracking: Conntrack,
    filter: Option<Filter>,
}

impl Guard {
    /// Whether a packet that left was another when it came here; makes it that.
    pub(crate) fn original(&self, frame: &mut Frame) -> bool {
        original(&self.tracking, frame)
    }

    /// A conversation's time has come.
    pub(super) fn expire(
        &mut self,
        timers: &mut crate::timer::Wheel<crate::timer::TimerKey>,
        now: Instant,
        slot: u32,
    ) {
        self.tracking.expire(timers, now, slot);
    }
}

/// A packet that came in, whole, and what is known of it.
#[derive(Debug)]
pub(crate) struct Entered {
    passage: Passage,
    /// It came in parts, of which this is the longest.
    longest: Option<usize>,
}

impl Entered {
    /// The length of the parts that it came in.
    pub(crate) const fn longest(&self) -> Option<usize> {
        self.longest
    }

    /// Makes a packet that goes no further what it was when it came.
    pub(crate) fn restore(&self, header: &mut Header, frame: &mut Frame) {
        if self.passage.now_for.is_none() {
            return;
        }
        restore(&self.passage, frame);
        if let Ok((was, _)) = Header::parse(ethertype_of(frame), frame) {
            *header = was;
        }
    }
}

/// Which ports this host's own sockets have.
fn bound(tcp: &Tcp, udp: &Udp, ping: &Ping, protocol: Protocol, port: u16) -> bool {
    match protocol {
        Protocol::TCP => tcp.uses_port(port),
        Protocol::UDP => udp.uses_port(port),
        Protocol::ICMP => ping.uses_ident(port),
        _ => false,
    }
}

impl Stack {
    /// Before anybody asks for whom a packet is: puts together what came in parts, finds its
    /// conversation, and gives it the destination that it is really for.
    pub(crate) fn enter(
        &mut self,
        now: Instant,
        arrival: Arrival,
        (header, header_len): (&mut Header, &mut usize),
        frame: &mut Frame,
    ) -> Verdict<Option<Entered>> {
        if arrival.iface == InterfaceId::LOOPBACK {
            return Ok(None);
        }
        let longest = self.put_together(now, arrival, (header, header_len), frame)?;
        let from = Some(arrival.iface);
        let passage = self.look(now, from, (header, *header_len), frame)?;
        Ok(passage.map(|passage| Entered { passage, longest }))
    }

    /// A packet is for a socket of this host.
    pub(crate) fn admit(
        &mut self,
        now: Instant,
        arrival: Arrival,
        packet: (&Header, usize),
        frame: &mut Frame,
        entered: &Entered,
    ) -> Verdict<()> {
        let between = Between {
            from: Some(arrival.iface),
            to: None,
        };
        self.judge(between, arrival.cast, packet, frame, &entered.passage)?;
        self.begin(now, between, packet, frame, &entered.passage)?;
        Ok(())
    }

    /// A packet goes through this host, by a way that was found. True where it was translated.
    pub(crate) fn pass(
        &mut self,
        now: Instant,
        arrival: Arrival,
        way: &Way,
        packet: (&Header, usize),
        frame: &mut Frame,
        entered: &Entered,
    ) -> Verdict<bool> {
        let between = Between {
            from: Some(arrival.iface),
            to: Some(way.iface),
        };
        self.judge(between, arrival.cast, packet, frame, &entered.passage)?;
        let changed = self.begin(now, between, packet, frame, &entered.passage)?;
        Ok(changed || entered.passage.now_for.is_some())
    }

    /// A packet of this host's own is about to leave; its IP header is on.
    pub(crate) fn depart(&mut self, now: Instant, way: &Way, frame: &mut Frame) -> Verdict<()> {
        if way.iface == InterfaceId::LOOPBACK {
            return Ok(());
        }
        let (mut header, header_len) = Header::parse(ethertype_of(frame), frame)?;
        let Some(passage) = self.look(now, None, (&mut header, header_len), frame)? else {
            return Ok(());
        };
        let between = Between {
            from: None,
            to: Some(way.iface),
        };
        let packet = (&header, header_len);
        self.judge(between, way.cast, packet, frame, &passage)?;
        self.begin(now, between, packet, frame, &passage)?;
        Ok(())
    }

    /// A packet is looked at when all of it is there: the ports are in the first part alone. Says how
    /// long the longest part was, where it came in parts.
    fn put_together(
        &mut self,
        now: Instant,
        arrival: Arrival,
        (header, header_len): (&mut Header, &mut usize),
        frame: &mut Frame,
    ) -> Verdict<Option<usize>> {
        let part = match &*header {
            Header::V4(header) => Fragment::of_v4(header),
            Header::V6(header) if header.next_header == Protocol::FRAGMENT => None,
            Header::V6(header) => {
                let hidden = extension::hides_fragment(header.next_header, *header_len, frame);
                return if hidden {
                    Err(DropReason::FirewallFragment.into())
                } else {
                    Ok(None)
                };
            }
        };
        if part.is_none() && matches!(header, Header::V4(_)) {
            return Ok(None);
        }
        let taken = core::mem::replace(frame, Frame::new(Payload::new()));
        let (iface, cast) = (arrival.iface, arrival.cast);
        let packet = Packet::taken_off(iface, cast, header, *header_len, taken);
        let (mut whole, longest) = match part {
            Some(part) => (self.put_to(now, part, packet)?, true),
            None => match extension::open_fragment(packet)? {
                Opened::Whole(packet) => (packet, false),
                Opened::Part(part, packet) => (self.put_to(now, part, packet)?, true),
            },
        };
        let bytes = whole.header;
        for part in bytes.rchunks(100) {
            whole.frame.push_header(part.len()).copy_from_slice(part);
        }
        *frame = whole.frame;
        (*header, *header_len) = Header::parse(ethertype_of(frame), frame)?;
        Ok(longest.then(|| self.ip.reassembly.longest_fragment()))
    }

    fn put_to(&mut self, now: Instant, part: Fragment, packet: Packet) -> Verdict<Packet> {
        let Self {
            ip,
            timers,
            sysctls,
            drops,
            ..
        } = self;
        let whole = ip.reassembly.add(timers, sysctls, now, part, packet);
        ip.reassembly.count_lost(drops);
        whole
    }

    fn look(
        &mut self,
        now: Instant,
        from: Option<InterfaceId>,
        packet: (&mut Header, usize),
        frame: &mut Frame,
    ) -> Result<Option<Passage>, DropReason> {
        let Self {
            guard,
            timers,
            sysctls,
            interfaces,
            tcp,
            udp,
            ping,
            ..
        } = self;
        let Some(guard) = guard else {
            return Ok(None);
        };
        let mut env = Env {
            now,
            settings: &sysctls.conntrack,
            timers,
            interfaces,
        };
        let bound = |protocol, port| bound(tcp, udp, ping, protocol, port);
        look(&mut guard.tracking, &mut env, from, packet, frame, bound).map(Some)
    }

    /// Lets the conversation of a packet begin that nobody refuses. True where its source was
    /// translated.
    fn begin(
        &mut self,
        now: Instant,
        between: Between,
        packet: (&Header, usize),
        frame: &mut Frame,
        passage: &Passage,
    ) -> Result<bool, DropReason> {
        let Self {
            guard,
            timers,
            sysctls,
            interfaces,
            tcp,
            udp,
            ping,
            ip,
            ..
        } = self;
        let Some(guard) = guard else {
            return Ok(false);
        };
        let mut env = Env {
            now,
            settings: &sysctls.conntrack,
            timers,
            interfaces,
        };
        let bound = |protocol, port| bound(tcp, udp, ping, protocol, port);
        let tracking = &mut guard.tracking;
        let changed = leave(tracking, &mut env, between, packet, passage, frame, bound)?;
        if changed && let Header::V4(header) = packet.0 {
            renumber(frame, packet.1, || ip.fresh_identification(header));
        }
        Ok(changed)
    }

    /// Asks the firewall.
    fn judge(
        &mut self,
        between: Between,
        cast: Cast,
        packet: (&Header, usize),
        frame: &Frame,
        passage: &Passage,
    ) -> Verdict<()> {
        let filter = self.guard.as_mut().and_then(|guard| guard.filter.as_mut());
        let Some(filter) = filter else {
            return Ok(());
        };
        let path = match (between.from, between.to) {
            (Some(_), None) => FirewallPath::Incoming,
            (Some(_), Some(_)) => FirewallPath::Forwarded,
            (None, _) => FirewallPath::Outgoing,
        };
        // What a link needs to be one is not for a firewall to say (RFC 4890 §4.4.1), and stays on it.
        if matches!(passage.said, Said::Link) && path != FirewallPath::Forwarded {
            return Ok(());
        }
        let protocol = passage.transport.1;
        let has_ports = matches!(protocol, Protocol::TCP | Protocol::UDP);
        let tuple = passage.tuple().filter(|_| has_ports);
        let subject = Subject {
            path,
            from: between.from,
            to: between.to,
            src: packet.0.src(),
            dst: packet.0.dst(),
            protocol,
            ports: tuple.map(|tuple| (tuple.src_port, tuple.dst_port)),
            state: passage.state,
            by_forward: passage.by_forward,
        };
        match filter.decide(&subject, frame.len()) {
            FirewallAction::Accept => Ok(()),
            FirewallAction::Drop => Err(DropReason::FirewallDrop.into()),
            FirewallAction::Reject => {
                let iface = between.from.or(between.to).unwrap_or(InterfaceId::LOOPBACK);
                Err(reject(iface, cast, frame.clone(), passage))
            }
        }
    }
}

/// What the sender of a refused packet hears.
fn reject(iface: InterfaceId, cast: Cast, mut frame: Frame, passage: &Passage) -> Stop {
    let reason = DropReason::FirewallReject;
    restore(passage, &mut frame);
    let (header, header_len) = match Header::parse(ethertype_of(&frame), &mut frame) {
        Ok(parsed) => parsed,
        Err(malformed) => return malformed.into(),
    };
    // No error about an error; and about a segment that nobody could have sent no word.
    if matches!(passage.said, Said::Died(_) | Said::Nothing) || cast != Cast::Unicast {
        return reason.into();
    }
    if passage.transport.1 == Protocol::TCP {
        frame.pull(passage.transport.0);
        return match reset(&header, &mut frame) {
            Some(reset) => Stop::reply(Reply::Ip(reset), Some(reason)),
            None => reason.into(),
        };
    }
    let message = match header {
        Header::V4(_) => IcmpMessage::V4(icmpv4::Message::DestinationUnreachable(
            icmpv4::Unreachable::Other(13),
        )),
        Header::V6(_) => IcmpMessage::V6(icmpv6::Message::DestinationUnreachable(
            icmpv6::Unreachable::Prohibited,
        )),
    };
    let about = Packet::taken_off(iface, cast, &header, header_len, frame).into();
    Stop::reply(Reply::Error { message, about }, Some(reason))
}

/// The RST that answers the segment at the front of `frame` in the name of whom it was for.
fn reset(header: &Header, frame: &mut Frame) -> Option<Outbound> {
    let (src, dst) = (header.dst(), header.src());
    if !wire::checksum::transport_ok(frame, dst, src, Protocol::TCP) {
        return None;
    }
    let most = tcp_wire::MIN_HEADER_LEN + tcp_wire::MAX_OPTIONS_LEN;
    let (segment, len) = tcp_wire::Header::parse(frame.contiguous(most)).ok()?;
    let control = ::tcp::reset_for(&segment.control, frame.len() - len)?;
    let reset = tcp_wire::Header {
        src_port: segment.dst_port,
        dst_port: segment.src_port,
        control,
    };
    let mut frame = Frame::new(Payload::new());
    reset.emit(frame.push_header(reset.header_len()));
    owe_checksum(
        &mut frame,
        src,
        dst,
        Protocol::TCP,
        tcp_wire::CHECKSUM_OFFSET,
    );
    Some(Outbound {
        src: Some(src),
        dst,
        protocol: Protocol::TCP,
        ttl: None,
        traffic_class: 0,
        discover: Discover::Want,
        iface: None,
        longest: None,
        options: None,
        frame,
    })
}

impl Stack {
    /// Translates addresses so from now on (NAT44), or with `None` no longer. Conversations that were
    /// translated otherwise are forgotten.
    ///
    /// Only a router (`net.ipv4.ip_forward`) has anybody behind it. How long it remembers whom, and how
    /// many, the sysctls `net.netfilter.nf_conntrack_…` say.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoSuchInterface`], [`ConfigError::BadNat`]; all is as before then.
    pub fn set_nat(&mut self, config: Option<NatConfig>) -> Result<(), ConfigError> {
        if let Some(config) = &config {
            self.known(config.outside)?;
        }
        let on = config.is_some();
        let Self { timers, .. } = self;
        match (&mut self.guard, on) {
            (Some(guard), _) => guard.tracking.set_nat(timers, config)?,
            (None, false) => {}
            (None, true) => {
                let mut guard = self.new_guard();
                guard.tracking.set_nat(&mut self.timers, config)?;
                self.guard = Some(guard);
            }
        }
        self.dismiss_guard();
        Ok(())
    }

    /// How addresses are translated, if they are.
    #[must_use]
    pub fn nat(&self) -> Option<&NatConfig> {
        self.guard.as_ref()?.tracking.nat()
    }

    /// Lets a firewall decide from now on what comes in, goes through and leaves; with `None` nobody.
    /// Its counts begin at 0. The loopback is not its business, nor are ARP, Neighbour Discovery and
    /// what hosts say to their routers of groups.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoSuchInterface`], where a rule names one; all is as before then.
    pub fn set_firewall(&mut self, firewall: Option<Firewall>) -> Result<(), ConfigError> {
        let rules = firewall.iter().flat_map(|firewall| &firewall.rules);
        for iface in rules.flat_map(|rule| [rule.from, rule.to]).flatten() {
            self.known(iface)?;
        }
        if firewall.is_some() && self.guard.is_none() {
            self.guard = Some(self.new_guard());
        }
        if let Some(guard) = &mut self.guard {
            guard.filter = firewall.map(Filter::new);
        }
        self.dismiss_guard();
        Ok(())
    }

    /// The firewall, if there is one.
    #[must_use]
    pub fn firewall(&self) -> Option<&Firewall> {
        Some(self.guard.as_ref()?.filter.as_ref()?.firewall())
    }

    /// What the firewall has decided, if there is one.
    #[must_use]
    pub fn firewall_counts(&self) -> Option<&FirewallCounts> {
        Some(self.guard.as_ref()?.filter.as_ref()?.counts())
    }

    /// How many conversations and mappings there are; of a host without NAT and firewall none.
    #[must_use]
    pub fn conntrack(&self) -> ConntrackStatus {
        let guard = self.guard.as_ref();
        guard.map_or_else(Default::default, |guard| guard.tracking.status())
    }

    fn new_guard(&mut self) -> Box<Guard> {
        let rng: Rng = self.guard_rng.fork(0);
        Box::new(Guard {
            tracking: Conntrack::new(rng),
            filter: None,
        })
    }

    /// Without NAT and firewall there is nothing to guard.
    fn dismiss_guard(&mut self) {
        let idle = |guard: &Guard| guard.filter.is_none() && !guard.tracking.translates();
        if self.guard.as_ref().is_some_and(|guard| idle(guard))
            && let Some(mut guard) = self.guard.take()
        {
            guard.tracking.clear(&mut self.timers);
        }
    }
}

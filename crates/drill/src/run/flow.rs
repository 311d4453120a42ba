//! Whose packets these are, and how the script's numbers stand to those of the run.
//!
//! A script says `S 0:0(0)` and `ack 1`; the stack draws its own initial sequence number, ports and
//! timestamps. What a socket's first packets show is remembered, and every later number is moved
//! by it.

use std::collections::HashMap;
use std::net::SocketAddr;

/// How far a socket has come, as far as the script's packets tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Made.
    New,
    /// `listen` was called.
    Listening,
    /// A SYN was sent to a listener.
    SynReceived,
    /// Its SYN-ACK was seen.
    SynAckSent,
    /// That was acknowledged.
    Accepted,
    /// `connect` was called.
    Connecting,
    /// Its SYN is due, or was seen.
    SynSent,
    /// The peer's SYN-ACK was sent.
    Connected,
}

/// Which protocol a flow's packets have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Tcp,
    Udp,
    Icmp,
}

/// One end of what the script talks about.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) phase: Phase,
    pub(crate) protocol: Protocol,
    /// The descriptor that the script has for it.
    pub(crate) fd: Option<i64>,
    /// Our end, in the run; its port is 0 until it is known.
    pub(crate) local: SocketAddr,
    /// The script's end.
    pub(crate) remote: SocketAddr,
    /// Our initial sequence number: the script's, the run's.
    pub(crate) script_local_isn: u32,
    pub(crate) live_local_isn: u32,
    /// The peer's, which is the script's own.
    pub(crate) remote_isn: u32,
    /// Timestamps that left: the script's value to the run's.
    pub(crate) stamps: HashMap<u32, u32>,
    /// The first of them.
    pub(crate) first_stamp: Option<(u32, u32)>,
    /// IPv6 flow label: the script's, the run's.
    pub(crate) flow_label: Option<(u32, u32)>,
    /// IP identifications: the script's to the run's.
    pub(crate) ids: HashMap<u32, u32>,
}

impl Flow {
    pub(crate) fn new(protocol: Protocol, local: SocketAddr, remote: SocketAddr) -> Self {
        Self {
            phase: Phase::New,
            protocol,
            fd: None,
            local,
            remote,
            script_local_isn: 0,
            live_local_isn: 0,
            remote_isn: 0,
            stamps: HashMap::new(),
            first_stamp: None,
            flow_label: None,
            ids: HashMap::new(),
        }
    }

    /// What to add to a script's number of ours to get the run's. A SYN carries the initial
    /// number itself; all other numbers of a script count from it.
    pub(crate) const fn local_offset(&self, syn: bool) -> u32 {
        if syn {
            self.live_local_isn.wrapping_sub(self.script_local_isn)
        } else {
            self.live_local_isn
        }
    }

    /// The same for the peer's numbers.
    pub(crate) const fn remote_offset(&self, syn: bool) -> u32 {
        if syn { 0 } else { self.remote_isn }
    }

    /// Whether a packet of this protocol between these two is ours.
    pub(crate) fn sends(&self, protocol: Protocol, src: SocketAddr, dst: SocketAddr) -> bool {
        match self.protocol {
            Protocol::Icmp => {
                protocol == Protocol::Icmp
                    && src.ip() == self.local.ip()
                    && dst.ip() == self.remote.ip()
            }
            own => own == protocol && src == self.local && dst == self.remote,
        }
    }
}

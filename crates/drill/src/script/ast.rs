//! What a script says.

use std::net::IpAddr;

use crate::diagnostic::Span;

/// A whole script.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub(crate) options: Vec<ScriptOption>,
    pub(crate) init: Option<Command>,
    pub(crate) events: Vec<Event>,
    pub(crate) cleanup: Option<Command>,
}

/// `--name=value` at a script's top.
#[derive(Clone, Debug)]
pub(crate) struct ScriptOption {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
    pub(crate) span: Span,
}

/// Lines for a shell.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// One thing that happens at one time.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) time: Time,
    pub(crate) action: Action,
    pub(crate) span: Span,
}

/// When, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// `*`
    Any,
    /// From the script's start.
    Absolute(i64),
    /// From what happened before.
    Relative(i64),
    /// Between two absolute times.
    AbsoluteRange(i64, i64),
    /// Between two relative times.
    RelativeRange(i64, i64),
}

/// What happens.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Packet(Box<Packet>),
    Call(Box<Call>),
    Command(Command),
    Code(String),
}

/// Which way a packet goes, seen from the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Inbound,
    Outbound,
}

/// A packet.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) direction: Direction,
    /// Headers around it; the innermost last.
    pub(crate) outer: Vec<Outer>,
    pub(crate) info: IpInfo,
    pub(crate) body: Body,
    pub(crate) span: Span,
}

/// A header around a packet.
#[derive(Clone, Debug)]
pub(crate) enum Outer {
    /// `ipv4 A > B :` and `ipv6 A > B :`
    Ip {
        src: IpAddr,
        dst: IpAddr,
    },
    Gre,
    Mpls,
    Psp,
}

impl Outer {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Ip { .. } => "IP in IP",
            Self::Gre => "GRE",
            Self::Mpls => "MPLS",
            Self::Psp => "PSP",
        }
    }
}

/// What a script says of the IP header.
#[derive(Clone, Debug, Default)]
pub(crate) struct IpInfo {
    pub(crate) tos: Tos,
    pub(crate) flow_label: Option<u32>,
    pub(crate) ttl: Option<u8>,
    /// The addresses, where `ipv4 A > B :` says them.
    pub(crate) addresses: Option<(IpAddr, IpAddr)>,
    pub(crate) fragment: Option<Fragment>,
    /// The identification field (`id 7`): of fragments that belong together the same.
    pub(crate) id: Option<u32>,
}

/// What a script says of the traffic class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tos {
    /// Nothing: zero inbound, unchecked outbound.
    #[default]
    Unsaid,
    /// The two ECN bits.
    Ecn(u8),
    /// `ect01`: either ECT codepoint.
    EitherEct,
    /// The whole byte.
    Byte(u8),
}

/// Bytes of the datagram's payload that this fragment carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fragment {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) more: bool,
}

/// What is in a packet.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Tcp(Tcp),
    Udp(Udp),
    Icmp(Icmp),
}

/// Explicit ports; zero where the script leaves one out.
pub(crate) type Ports = Option<(u16, u16)>;

/// A TCP segment.
#[derive(Clone, Debug)]
pub(crate) struct Tcp {
    pub(crate) ports: Ports,
    pub(crate) flags: Flags,
    pub(crate) seq: u32,
    pub(crate) len: u32,
    pub(crate) ack: u32,
    pub(crate) window: Option<u16>,
    pub(crate) urgent: u16,
    /// `None`: `<...>`, whatever they are.
    pub(crate) options: Option<Vec<TcpOption>>,
}

/// The flags of a segment, and how the ECN bits were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// FIN SYN RST PSH ACK URG ECE CWR, as in the header; AE is bit 8.
    pub(crate) bits: u16,
    /// They were given as the number of an ACE field.
    pub(crate) ace: bool,
}

impl Flags {
    pub(crate) const FIN: u16 = 0x01;
    pub(crate) const SYN: u16 = 0x02;
    pub(crate) const RST: u16 = 0x04;
    pub(crate) const PSH: u16 = 0x08;
    pub(crate) const ACK: u16 = 0x10;
    pub(crate) const URG: u16 = 0x20;
    pub(crate) const ECE: u16 = 0x40;
    pub(crate) const CWR: u16 = 0x80;
    pub(crate) const AE: u16 = 0x100;

    pub(crate) const fn has(self, bit: u16) -> bool {
        self.bits & bit != 0
    }
}

/// A TCP option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TcpOption {
    Nop,
    Eol,
    Mss(u16),
    WindowScale(u8),
    SackOk,
    Sack(Vec<(u32, u32)>),
    Timestamps {
        val: u32,
        ecr: u32,
    },
    FastOpen(Vec<u8>),
    /// The experimental kind, with its magic number.
    FastOpenExp(Vec<u8>),
    Md5(Vec<u8>),
    /// `ECN e0b N ceb N e1b N`: kind 172 begins with e0b, 174 with e1b.
    AccEcn {
        first_e1: bool,
        counters: Vec<u32>,
    },
}

/// A UDP datagram.
#[derive(Clone, Debug)]
pub(crate) struct Udp {
    pub(crate) ports: Ports,
    pub(crate) len: u32,
}

/// An ICMP message.
#[derive(Clone, Debug)]
pub(crate) struct Icmp {
    pub(crate) kind: String,
    pub(crate) code: Option<String>,
    pub(crate) mtu: Option<u32>,
    pub(crate) echo_id: Option<u16>,
    pub(crate) echoed: Echoed,
}

/// What an ICMP message says of the packet that it is about.
#[derive(Clone, Debug)]
pub(crate) enum Echoed {
    Tcp {
        seq: u32,
        len: u32,
    },
    Udp {
        len: u32,
    },
    /// So many bytes of ICMP.
    Raw {
        len: u32,
    },
}

/// A call of a program.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) arguments: Vec<Expr>,
    pub(crate) result: Expr,
    pub(crate) errno: Option<(String, Span)>,
    /// When a call that blocks returns; as absolute or relative as its start.
    pub(crate) end: Option<i64>,
    pub(crate) span: Span,
}

/// An expression and its place.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) span: Span,
}

/// An expression.
#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    Ellipsis,
    Int(i64),
    Word(String),
    Str(Vec<u8>),
    Or(Box<Expr>, Box<Expr>),
    List(Vec<Expr>),
    /// `{a=1, b=2}`; a member without a name is called "".
    Record(Vec<(String, Expr)>),
    /// What is understood and says nothing here: `name = value`, `htons(80)`.
    Other,
}

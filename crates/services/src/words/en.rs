//! The catalogue in English.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{
    Catalogue, Cause, Data, Failure, IN_LOG, Label, Message, Note, Paint, Prompt, TimeRefusal,
};
use crate::subnet::{AsksFor, Kind, SubnetError, group_mac, solicited_node};
use crate::{Endpoint, EndpointError, Peer};

pub(super) struct English;

impl Catalogue for English {
    fn message(&self, message: &Message<'_>, paint: Paint) -> String {
        match message {
            Message::Listening { on } => format!("listening on {on}"),
            Message::Called { by: Peer::Inet(at) } => {
                format!("a call from {} (port {})", at.ip(), at.port())
            }
            Message::Called { by } => format!("a call from {}", peer(by)),
            Message::Heard { from, data } => {
                let (text, count) = (data.shown(IN_LOG), bytes(data.0.len()));
                format!("{} says \"{text}\" ({count})", peer(from))
            }
            Message::HungUp { by } => format!("{} has hung up", peer(by)),
            Message::Served {
                to,
                method,
                path,
                status,
            } => {
                let (method, path) = (Data(method.as_bytes()), Data(path.as_bytes()));
                let (method, path) = (method.shown(IN_LOG), path.shown(IN_LOG));
                format!("{} asks: {method} {path}; answered with {status}", peer(to))
            }
            Message::CallLost { by, why } => format!("lost {}: {}", peer(by), cause(why)),
            Message::Trouble { on, why } => {
                format!("trouble on {on}: {}; going on", cause(why))
            }
            Message::AnswerLost { to, why } => {
                format!("could not answer {}: {}", peer(to), cause(why))
            }
            Message::Nameless => {
                "a message from a socket without a name: there is nowhere to answer to".to_owned()
            }
            Message::Reply { data } => data.shown(usize::MAX),
            Message::Chat { from, data } => {
                let text = paint.written(&data.shown(usize::MAX));
                format!("a message from [{}]: {text}", peer(from))
            }
            Message::NewWriter { number, from } => {
                format!(
                    "{} is number {number}: answer with \"/{number} text\"",
                    peer(from)
                )
            }
            Message::Writer { number, from, last } => {
                let mark = if *last { " (the last to write)" } else { "" };
                format!("{number}: {}{mark}", peer(from))
            }
            Message::NobodyWrote => "nobody has written yet: there is nobody to answer".to_owned(),
            Message::NoSuchWriter { number } => {
                format!("nobody has the number {number}; \"/who\" lists who wrote")
            }
            Message::ChatHelp => "a line answers the last to write; \"/2 text\" answers number 2; \
                                  \"/who\" lists who wrote; \"//text\" answers \"/text\""
                .to_owned(),
            Message::Contacts { names } => format!("there are: {}", names.join(", ")),
            Message::Chosen { name, at } => {
                format!("you write to {name} ({at}); \"quit\" goes back to choosing")
            }
            Message::Rip { news, .. } => super::rip::english(news),
        }
    }

    fn prompt(&self, prompt: Prompt) -> &'static str {
        match prompt {
            Prompt::Call => ">>: ",
            Prompt::TimeFormat => "time format (such as %Y %m %d)>>: ",
            Prompt::Contact => "whom to chat with: ",
            Prompt::ChatMessage => "message, Enter sends it: ",
            Prompt::ChatAnswer => "answer: ",
        }
    }

    fn failure(&self, failure: &Failure) -> String {
        match failure {
            Failure::Listen { on, why } => {
                format!(
                    "cannot listen on {on}: {}{}",
                    cause(why),
                    listen_hint(on, why)
                )
            }
            Failure::Connect { to, tried, why } => format!(
                "cannot call {to}: {}{}{}",
                cause(why),
                tried_in_vain(tried),
                connect_hint(to, why)
            ),
            Failure::HungUp { by, got, of: 0 } if *got == 0 => {
                format!("{by} has hung up; call again to go on")
            }
            Failure::HungUp { by, got, of } => format!(
                "{by} hung up in the middle: {got} of {} answered; call again to go on",
                bytes(*of)
            ),
            Failure::Lost {
                to,
                why: Cause::Refused,
            } => {
                format!("nobody is listening on {to}; is the server running?")
            }
            Failure::Lost {
                to,
                why: Cause::TooLong,
            } => {
                format!("too long for one datagram to {to}; send less at once")
            }
            Failure::Lost { to, why } => {
                format!(
                    "the call to {to} broke: {}; call again to go on",
                    cause(why)
                )
            }
            Failure::NoAnswer { from, waited } => format!(
                "no answer from {from} within {} s; is the server running? --timeout waits longer",
                waited.as_secs_f32()
            ),
            Failure::Unanswered { by, count, of } => {
                format!("{by} left {count} of {of} messages without an answer")
            }
            Failure::NotOurStack => {
                "the kernel's routes are not ours to change; be a computer of our \
                                     own instead: --via tap:tap0,10.0.0.2/24"
                    .into()
            }
            Failure::WrongKind { given, example } => {
                format!("this service does not speak over {given}; try {example}")
            }
            Failure::UnknownContact { name, known } => {
                format!(
                    "no contact is called \"{name}\"; there are: {}",
                    known.join(", ")
                )
            }
            Failure::Contacts { file, why } => {
                format!(
                    "cannot read contacts from {}: {why}; a line looks like: \
                     \"alice\" = \"udp://127.0.0.1:8081\"",
                    file.display()
                )
            }
            Failure::Input(why) => format!("cannot read the input: {}", cause(why)),
            Failure::Output(error) => format!("cannot write the output: {error}"),
        }
    }

    fn endpoint_error(&self, error: &EndpointError) -> String {
        match error {
            EndpointError::NoScheme(text) => {
                format!("\"{text}\" does not say which kind of socket; try tcp://127.0.0.1:9000")
            }
            EndpointError::UnknownScheme(scheme) => format!(
                "\"{scheme}\" is not one of tcp, udp, unix and unixgram; try tcp://127.0.0.1:9000"
            ),
            EndpointError::NoPort { scheme, host } => {
                format!("there is no port; try {scheme}://{host}:9000")
            }
            EndpointError::BadPort { scheme, port } => format!(
                "\"{port}\" is not a port, a number up to 65535; try {scheme}://127.0.0.1:9000"
            ),
            EndpointError::BadAddress { scheme, host } => format!(
                "\"{host}\" is neither an IP address nor the name of a host; \
                 try {scheme}://127.0.0.1:9000 or {scheme}://[::1]:9000"
            ),
            EndpointError::NeedsBrackets {
                scheme,
                with_port,
                alone,
            } => {
                let either = either(scheme, with_port.as_deref(), *alone).join(", or ");
                format!(
                    "an IPv6 address stands in brackets: without them nothing tells its end from \
                     the port; try {either}"
                )
            }
            EndpointError::NoPath(scheme) => {
                format!("there is no path; try {scheme}:/tmp/landline.sock")
            }
            EndpointError::PathTooLong(length) => {
                format!("a socket's path has at most 107 bytes, not {length}; try a shorter one")
            }
            EndpointError::PathHasNul => {
                "a path has no NUL byte in it; try unix:/tmp/landline.sock".to_owned()
            }
        }
    }

    fn time_refusal(&self, refusal: TimeRefusal) -> String {
        match refusal {
            TimeRefusal::NotUtf8 => "error: the format is not UTF-8".to_owned(),
            TimeRefusal::TooLong { limit } => {
                format!("error: the answer would be longer than {limit} bytes")
            }
        }
    }

    fn subnet_error(&self, error: &SubnetError) -> String {
        match error {
            SubnetError::NoMask(text) => {
                let prefix = usual_prefix(text);
                format!(
                    "\"{text}\" does not say how long the network's part is; try {text}/{prefix}"
                )
            }
            SubnetError::BadAddress(text) => {
                format!("\"{text}\" is not an IP address; try 172.16.10.1/24")
            }
            SubnetError::BadMask { given, max: 32 } => format!(
                "\"{given}\" is neither a length from 0 to 32 nor a mask; try /24 or /255.255.255.0"
            ),
            SubnetError::BadMask { given, max } => {
                format!("\"{given}\" is not a length from 0 to {max}; try /64")
            }
            SubnetError::HolesInMask(mask) => format!(
                "{mask} is no mask: in binary ({}) a 1 stands right of a 0, so it marks no \
                 beginning of the address; try 255.255.255.0",
                binary(*mask)
            ),
        }
    }

    fn label(&self, label: Label) -> &'static str {
        match label {
            Label::Address => "address",
            Label::Mask => "mask",
            Label::Network => "network",
            Label::Broadcast => "broadcast",
            Label::FirstHost => "first host",
            Label::LastHost => "last host",
            Label::Hosts => "hosts",
            Label::Kind => "kind",
            Label::InFull => "in full",
            Label::Ipv4 => "IPv4 in it",
            Label::Mac => "MAC in it",
            Label::Group => "asked for at",
            Label::GroupMac => "group's MAC",
            Label::ReverseName => "reverse name",
            Label::ReverseZone => "reverse zone",
            Label::None => "none",
        }
    }

    fn kind(&self, kind: Kind, scope: Option<u8>) -> String {
        let said = match kind {
            Kind::Unspecified => "none yet: the unspecified address",
            Kind::Loopback => "loopback: this host itself",
            Kind::Private => "private (RFC 1918)",
            Kind::UniqueLocal => "unique local (ULA, RFC 4193)",
            Kind::LinkLocal => "link-local: one link's, with a zone such as %eth0",
            Kind::SiteLocal => "site-local, given up (RFC 3879)",
            Kind::Shared => "shared, behind a provider's NAT (RFC 6598)",
            Kind::Benchmarking => "for benchmarks (RFC 2544, RFC 5180)",
            Kind::Documentation => "for documentation: nobody has it",
            Kind::V4Mapped => "IPv4-mapped: IPv4 in a socket of IPv6",
            Kind::Nat64 => "NAT64: an IPv4 host behind a translator (RFC 6052)",
            Kind::SixToFour => "6to4: a network behind an IPv4 address (RFC 3056)",
            Kind::Teredo => "Teredo (RFC 4380)",
            Kind::Multicast => match scope {
                Some(1) => "multicast: a group of this interface",
                Some(2) => "multicast: a group of the link",
                Some(3) => "multicast: a group of the realm",
                Some(4) => "multicast: a group of the administration's choice",
                Some(5) => "multicast: a group of the site",
                Some(8) => "multicast: a group of the organization",
                Some(14) => "multicast: a group of everywhere",
                Some(other) => return format!("multicast: a group of scope {other:x}"),
                None => "multicast: a group",
            },
            Kind::Broadcast => "broadcast: all hosts of the link",
            Kind::Reserved => "reserved",
            Kind::Global => "global",
        };
        said.to_owned()
    }

    fn note(&self, note: &Note) -> String {
        match note {
            Note::Bits { network, host } => {
                format!("{network} bits name the network, {host} the host")
            }
            Note::PointToPoint => {
                "a /31 joins two hosts, and needs neither network nor broadcast address (RFC 3021)"
                    .to_owned()
            }
            Note::SingleHost => "one host alone".to_owned(),
            Note::IsNetwork => "this is the network's own address: no host may have it".to_owned(),
            Note::IsAnycast => {
                "this is the anycast address of the network's routers: the nearest of \
                                them answers (RFC 4291)"
                    .to_owned()
            }
            Note::RouterLink => {
                "a /127 joins two routers, and needs no anycast address (RFC 6164)".to_owned()
            }
            Note::Contains { whole, part } => format!(
                "{}/{} is a part of {}/{}",
                part.network(),
                part.prefix(),
                whole.network(),
                whole.prefix()
            ),
            Note::IsBroadcast => {
                "this is the broadcast address: it means every host, and none may have it"
                    .to_owned()
            }
            Note::Decision { from, to, asks_for } => {
                let (mask, here, there) =
                    (from.mask(), from.network(), from.network_of(to.address()));
                let outcome = match asks_for {
                    AsksFor::Peer => format!(
                        "the same network\n2. {} asks {} for the MAC of {}",
                        from.address(),
                        asked(to.address()).unwrap_or_else(|| BY_BROADCAST.into()),
                        to.address()
                    ),
                    AsksFor::Gateway if from.address().is_ipv6() => format!(
                        "another network\n2. {} asks its gateway's group for the gateway's MAC",
                        from.address()
                    ),
                    AsksFor::Gateway => format!(
                        "another network\n2. {} asks {BY_BROADCAST} for the MAC of its gateway",
                        from.address()
                    ),
                };
                format!(
                    "{} sends to {}:\n1. {} & {mask} = {here}, {} & {mask} = {there}: {outcome}",
                    from.address(),
                    to.address(),
                    from.address(),
                    to.address(),
                )
            }
            Note::MasksDisagree => {
                "the masks disagree: one takes the other for a neighbour, but not the other way \
                 round; give both the same mask"
                    .to_owned()
            }
            Note::SameAddress => {
                "two hosts with the same address: neither can be reached reliably".to_owned()
            }
        }
    }
}

/// What most networks of the address's kind have.
pub(super) fn usual_prefix(address: &str) -> u8 {
    if address.contains(':') { 64 } else { 24 }
}

const BY_BROADCAST: &str = "by broadcast (FF:FF:FF:FF:FF:FF)";

/// The group at which an address of IPv6 is asked for.
fn asked(address: IpAddr) -> Option<String> {
    let group = solicited_node(address)?;
    let mac = group_mac(group.into())?;
    Some(format!("the group {group} ({mac})"))
}

/// A mask in binary, a dot between its bytes.
pub(super) fn binary(mask: Ipv4Addr) -> String {
    mask.octets().map(|octet| format!("{octet:08b}")).join(".")
}

fn bytes(count: usize) -> String {
    if count == 1 {
        "1 byte".to_owned()
    } else {
        format!("{count} bytes")
    }
}

fn peer(peer: &Peer) -> Cow<'static, str> {
    match peer {
        Peer::Inet(at) => at.to_string().into(),
        Peer::Named(name) => name.clone().into(),
        Peer::Path(path) => crate::escaped(path.as_os_str().as_encoded_bytes()).into(),
        Peer::Abstract(name) => format!("@{}", crate::escaped(name)).into(),
        Peer::Nameless => "a local program".into(),
    }
}

/// The reason alone, as a clause.
pub(super) fn cause(cause: &Cause) -> Cow<'static, str> {
    Cow::Borrowed(match cause {
        Cause::AddressInUse => "the address is in use",
        Cause::NotOurAddress => "no interface of this host has that address",
        Cause::NotPermitted => "permission denied",
        Cause::Refused => "nobody is listening there",
        Cause::Reset => "the connection was reset",
        Cause::TimedOut => "nobody answers",
        Cause::Unreachable => "there is no way to that host",
        Cause::NoSuchPath => "there is no such path",
        Cause::TooLong => "too long for one datagram",
        Cause::NoDescriptors => "too many open files",
        Cause::PortZero => "port 0 is nobody's port; name the one that the server printed",
        Cause::NoSuchZone => "there is no interface of that name",
        Cause::NeedsZone => "every link has such an address, and nothing says which is meant",
        Cause::UnknownName(words) => {
            return format!("no host of that name is known ({words})").into();
        }
        Cause::Other(words) => return Cow::Owned(words.clone()),
    })
}

fn listen_hint(on: &Endpoint, why: &Cause) -> String {
    match (why, on) {
        (Cause::AddressInUse, Endpoint::Tcp(at) | Endpoint::Udp(at)) => {
            let (scheme, free) = (scheme(on), at.at_port(0));
            format!("; stop the program that holds it, or take a free port: --on {scheme}://{free}")
        }
        (Cause::AddressInUse, _) => "; stop the program that holds it, or remove the file".into(),
        (Cause::NotOurAddress, _) => {
            "; try 127.0.0.1 or [::1], or for all addresses 0.0.0.0, or of both families [::]"
                .into()
        }
        (Cause::NoSuchZone | Cause::NeedsZone | Cause::UnknownName(_), _) => name_hint(on, why),
        (Cause::NotPermitted, Endpoint::Tcp(_) | Endpoint::Udp(_)) => {
            "; ports below 1024 belong to root: try --on with a higher one".into()
        }
        (Cause::NotPermitted, _) => "; try a path in a directory of your own".into(),
        (Cause::NoSuchPath, _) => "; make its directory first".into(),
        _ => String::new(),
    }
}

fn connect_hint(to: &Endpoint, why: &Cause) -> String {
    match why {
        Cause::Refused | Cause::NoSuchPath => {
            format!("; start a server first: landline serve upper --on {to}")
        }
        Cause::TimedOut | Cause::Unreachable => "; check the address and the network".into(),
        Cause::NoSuchZone | Cause::NeedsZone | Cause::UnknownName(_) => name_hint(to, why),
        _ => String::new(),
    }
}

fn name_hint(of: &Endpoint, why: &Cause) -> String {
    match why {
        Cause::NeedsZone => {
            let with_zone = with_zone(of).unwrap_or_default();
            format!("; name the interface too, as in {with_zone} (ip link lists them)")
        }
        Cause::NoSuchZone => "; ip link lists the kernel's interfaces, and on our own stack it is \
                              the one that --via names"
            .into(),
        _ => format!(
            "; check the name, or write the address: {}://[::1]:9000",
            scheme(of)
        ),
    }
}

fn tried_in_vain(tried: &[SocketAddr]) -> String {
    if tried.is_empty() {
        return String::new();
    }
    format!(" (tried {})", list(tried))
}

/// Addresses, one after the other.
pub(super) fn list(addresses: &[SocketAddr]) -> String {
    let all: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    all.join(", ")
}

/// `tcp` or `udp`.
pub(super) fn scheme(of: &Endpoint) -> &'static str {
    if of.is_datagram() { "udp" } else { "tcp" }
}

/// How an IPv6 address without brackets may have been meant.
pub(super) fn either(
    scheme: &str,
    with_port: Option<&str>,
    alone: Option<Ipv6Addr>,
) -> Vec<String> {
    let with_port = with_port.map(|at| format!("{scheme}://{at}"));
    let alone = alone.map(|address| format!("{scheme}://[{address}]:9000"));
    with_port.into_iter().chain(alone).collect()
}

/// How a link-local address is written with its zone.
pub(super) fn with_zone(of: &Endpoint) -> Option<String> {
    let at = of.socket_addr()?;
    Some(format!("{}://[{}%eth0]:{}", scheme(of), at.ip(), at.port()))
}

//! What a server says, and where it goes.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use landline::MacAddr;
use wire::dhcp::{CLIENT_PORT, Kind, Message, SERVER_PORT, options as code};

use super::super::pool::Pool;

/// The shortest time that a client may ask for.
const LEAST: u32 = 10;

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// To this address and port, as any datagram.
    Address(SocketAddrV4),
    /// To all on the link.
    All,
    /// To one that does not answer to this address yet, at its card.
    Card(MacAddr, SocketAddrV4),
}

/// Where an answer goes (RFC 2131 §4.1).
pub(super) fn destination(question: &Message, answer: &Message) -> To {
    if !question.giaddr.is_unspecified() {
        return To::Address(SocketAddrV4::new(question.giaddr, SERVER_PORT));
    }
    let client = |address| SocketAddrV4::new(address, CLIENT_PORT);
    if answer.kind() == Some(Kind::Nak) {
        return To::All;
    }
    if !question.ciaddr.is_unspecified() {
        return To::Address(client(question.ciaddr));
    }
    match question.mac() {
        Some(mac) if !question.broadcast => To::Card(mac, client(answer.yiaddr)),
        _ => To::All,
    }
}

/// How long a client gets an address: as long as it wishes, and no longer than the pool says.
pub(super) fn time(pool: &Pool, question: &Message) -> u32 {
    let most = seconds(pool.lease);
    let wish = question.options.number32(code::LEASE_TIME).unwrap_or(most);
    wish.clamp(LEAST.min(most), most)
}

fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_secs()).unwrap_or(u32::MAX - 1)
}

/// An offer or a promise of an address for so many seconds; of none, only what goes with it
/// (DHCPINFORM, RFC 2131 §4.3.5).
pub(super) fn grant(
    question: &Message,
    kind: Kind,
    server: Ipv4Addr,
    pool: &Pool,
    lease: Option<(Ipv4Addr, u32)>,
) -> Message {
    let mut answer = Message::reply_to(question);
    answer.options.set(code::MESSAGE_TYPE, [kind.number()]);
    answer.options.set_addresses(code::SERVER_ID, &[server]);
    if kind == Kind::Ack {
        answer.ciaddr = question.ciaddr;
    }
    if let Some((address, seconds)) = lease {
        answer.yiaddr = address;
        let mut set = |code, seconds: u32| answer.options.set(code, seconds.to_be_bytes());
        set(code::LEASE_TIME, seconds);
        // RFC 2131 §4.4.5.
        set(code::RENEWAL_TIME, seconds / 2);
        set(code::REBINDING_TIME, (u64::from(seconds) * 7 / 8) as u32);
    }
    tell(question, &mut answer, pool);
    bring_back(question, &mut answer);
    answer
}

/// A refusal.
pub(super) fn nak(question: &Message, server: Ipv4Addr, why: &str) -> Message {
    let mut answer = Message::reply_to(question);
    answer.options.set(code::MESSAGE_TYPE, [Kind::Nak.number()]);
    answer.options.set_addresses(code::SERVER_ID, &[server]);
    answer.options.set(code::MESSAGE, why.as_bytes());
    // RFC 2131 §4.3.2: a relay agent is to tell all of its link, for the client hears nothing else.
    if !question.giaddr.is_unspecified() {
        answer.broadcast = true;
    }
    bring_back(question, &mut answer);
    answer
}

/// What goes with an address: the mask (RFC 2131 §4.3.1), and what the client asked for.
fn tell(question: &Message, answer: &mut Message, pool: &Pool) {
    let wishes = question.options.get(code::PARAMETERS);
    let wants = |code: u8| wishes.is_none_or(|wishes| wishes.contains(&code));
    let net = pool.network;
    let options = &mut answer.options;
    options.set_addresses(code::SUBNET_MASK, &[net.netmask()]);
    if wants(code::BROADCAST_ADDRESS) && net.prefix_len() < 31 {
        options.set_addresses(code::BROADCAST_ADDRESS, &[net.broadcast()]);
    }
    for (code, addresses) in [(code::ROUTER, &pool.routers), (code::DNS, &pool.dns)] {
        if wants(code) && !addresses.is_empty() {
            options.set_addresses(code, addresses);
        }
    }
    if let Some(domain) = pool.domain.as_ref().filter(|_| wants(code::DOMAIN)) {
        options.set(code::DOMAIN, domain.as_bytes());
    }
    if let Some(mtu) = pool.mtu.filter(|_| wants(code::MTU)) {
        options.set(code::MTU, mtu.to_be_bytes());
    }
}

/// What a client and a relay agent want back as they sent it (RFC 6842 §3, RFC 3046 §2.2).
fn bring_back(question: &Message, answer: &mut Message) {
    for code in [code::CLIENT_ID, code::RELAY_AGENT] {
        if let Some(value) = question.options.get(code) {
            answer.options.set(code, value);
        }
    }
}

/// The message in as many bytes as the client takes (RFC 2132 §9.10); what no longer fits, it does
/// without, the last option first.
pub(super) fn packed(question: &Message, answer: &Message) -> Option<Vec<u8>> {
    // The client counts the headers of IP and UDP.
    let told = question.options.number16(code::MAX_SIZE);
    let most = told.map_or(0, |told| usize::from(told).saturating_sub(28));
    let most = most.clamp(wire::dhcp::MAX_LEN_UNTOLD, 1472);
    let mut answer = answer.clone();
    loop {
        if let Some(bytes) = answer.within(most) {
            return Some(bytes);
        }
        let spare = [code::MTU, code::DOMAIN, code::BROADCAST_ADDRESS, code::DNS];
        let mut spare = spare.into_iter();
        let code = spare.find(|code| answer.options.get(*code).is_some())?;
        answer.options.remove(code);
    }
}

//! What is answered to a question.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use simple_dns::rdata::{A, AAAA, NS, OPT, PTR, RData, SOA};
use simple_dns::{CLASS, Name, OPCODE, Packet, PacketFlag, QCLASS, QTYPE, RCODE};
use simple_dns::{ResourceRecord, TYPE};

use super::Zone;

/// Seconds that an answer may be kept.
const TTL: u32 = 60;
/// Bytes of the longest answer over UDP to who says nothing of it (RFC 1035 §2.3.4).
const UNTOLD: usize = 512;
/// Bytes of the longest that we send and take: no link cuts it (RFC 6891 §6.2.5).
const MOST: u16 = 1232;

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was answered.
    Answered,
    /// The name has nothing of that type (NODATA, RFC 2308 §2.2).
    NoData,
    /// There is no such name (NXDOMAIN).
    NoName,
    /// The name is of no zone of ours, or the question of a kind that is not answered.
    Refused,
    /// It is not understood.
    Malformed,
}

/// A question, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The name, without a dot at its end; empty where it is not understood.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The answer as it is sent.
    pub answer: Vec<u8>,
}

/// Answers a message from a client; over UDP in no more bytes than it takes. `None` for what is no
/// question at all: there is nobody to answer to.
pub fn answer(zone: &Zone, message: &[u8], udp: bool) -> Option<Asked> {
    let header = message.first_chunk::<12>()?;
    let response = header[2] & 0x80 != 0;
    if response {
        return None;
    }
    let id = u16::from_be_bytes([header[0], header[1]]);
    let Ok(query) = Packet::parse(message) else {
        return refusal(id, RCODE::FormatError, Outcome::Malformed);
    };
    if query.opcode() != OPCODE::StandardQuery {
        return refusal(id, RCODE::NotImplemented, Outcome::Refused);
    }
    // Nobody knows what an answer to several would be (RFC 9619).
    let [question] = &query.questions[..] else {
        return refusal(id, RCODE::FormatError, Outcome::Malformed);
    };
    let mut reply = Packet::new_reply(id);
    if query.has_flags(PacketFlag::RECURSION_DESIRED) {
        reply.set_flags(PacketFlag::RECURSION_DESIRED);
    }
    reply.questions.push(question.clone());
    let mut most = UNTOLD;
    if let Some(opt) = query.opt() {
        most = usize::from(opt.udp_packet_size.clamp(UNTOLD as u16, MOST));
        *reply.opt_mut() = Some(OPT {
            opt_codes: Vec::new(),
            udp_packet_size: MOST,
            version: 0,
        });
    }
    let name = text_of(&question.qname);
    let internet = matches!(question.qclass, QCLASS::CLASS(CLASS::IN) | QCLASS::ANY);
    let transfer = matches!(question.qtype, QTYPE::AXFR | QTYPE::IXFR);
    let bad_version = query.opt().is_some() && edns_version(message) != Some(0);
    let outcome = if bad_version {
        Outcome::Refused
    } else if !internet || transfer {
        *reply.rcode_mut() = RCODE::Refused;
        Outcome::Refused
    } else {
        fill(zone, &name, question.qtype, &mut reply)
    };
    let mut bytes = reply.build_bytes_vec_compressed().ok()?;
    if udp && bytes.len() > most {
        // RFC 2181 §9: what is there is not all; the client asks again over TCP.
        reply.answers.clear();
        reply.name_servers.clear();
        reply.set_flags(PacketFlag::TRUNCATION);
        bytes = reply.build_bytes_vec_compressed().ok()?;
    }
    if bad_version {
        say_bad_version(&mut bytes);
    }
    Some(Asked {
        name,
        outcome,
        answer: bytes,
    })
}

/// Bytes of an OPT record in front of its options: no name, type, size, four bytes of codes, length.
const OPT_LEN: usize = 11;

/// Which version of EDNS a question speaks (RFC 6891 §6.1.3). simple-dns 0.13 looks for it among the
/// flags.
fn edns_version(question: &[u8]) -> Option<u8> {
    let mut at = 12;
    while *question.get(at)? != 0 {
        at += 1 + usize::from(question[at]);
    }
    // The name's end, type and class.
    let opt = question.get(at + 5..)?.first_chunk::<OPT_LEN>()?;
    (opt[..3] == [0, 0, 41]).then_some(opt[6])
}

/// BADVERS (16) in an answer whose last record is OPT: the higher bits of the code stand there.
fn say_bad_version(answer: &mut [u8]) {
    let at = answer.len().saturating_sub(OPT_LEN);
    if let Some(opt) = answer
        .get_mut(at..)
        .filter(|opt| opt.starts_with(&[0, 0, 41]))
    {
        opt[5] = 1;
    }
}

/// An answer that is nothing but its code.
fn refusal(id: u16, code: RCODE, outcome: Outcome) -> Option<Asked> {
    let mut reply = Packet::new_reply(id);
    *reply.rcode_mut() = code;
    Some(Asked {
        name: String::new(),
        outcome,
        answer: reply.build_bytes_vec().ok()?,
    })
}

/// A name in small letters; what is no letter of ASCII in it fits no name of ours.
fn text_of(name: &Name<'_>) -> String {
    let labels = name.as_bytes().map(String::from_utf8_lossy);
    let labels: Vec<_> = labels.map(|label| label.to_ascii_lowercase()).collect();
    labels.join(".")
}

/// What a name has.
enum Found {
    /// The zone itself.
    Apex,
    Addresses(Vec<IpAddr>),
    Host(String),
    /// Nothing, but names below it may.
    Between,
    Nothing,
}

fn fill(zone: &Zone, name: &str, qtype: QTYPE, reply: &mut Packet<'_>) -> Outcome {
    let Some((apex, found)) = find(zone, name) else {
        *reply.rcode_mut() = RCODE::Refused;
        return Outcome::Refused;
    };
    reply.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
    let wants = |kind: TYPE| qtype == QTYPE::ANY || qtype == QTYPE::TYPE(kind);
    let mut put = |data| reply.answers.extend(record(name, data));
    match &found {
        Found::Apex => {
            if wants(TYPE::SOA) {
                put(soa(zone));
            }
            if wants(TYPE::NS) {
                put(Name::new(&server(zone))
                    .ok()
                    .map(|name| RData::NS(NS(name.into_owned()))));
            }
        }
        Found::Addresses(addresses) => {
            for address in addresses {
                match address {
                    IpAddr::V4(v4) if wants(TYPE::A) => {
                        let address = v4.to_bits();
                        put(Some(RData::A(A { address })));
                    }
                    IpAddr::V6(v6) if wants(TYPE::AAAA) => {
                        let address = v6.to_bits();
                        put(Some(RData::AAAA(AAAA { address })));
                    }
                    _ => {}
                }
            }
        }
        Found::Host(host) if wants(TYPE::PTR) => {
            let full = format!("{host}.{}", zone.domain);
            put(Name::new(&full)
                .ok()
                .map(|name| RData::PTR(PTR(name.into_owned()))));
        }
        Found::Host(_) | Found::Between | Found::Nothing => {}
    }
    if !reply.answers.is_empty() {
        return Outcome::Answered;
    }
    // RFC 2308 §3: with it a client knows for how long there is nothing.
    reply.name_servers.extend(record(&apex, soa(zone)));
    if matches!(found, Found::Nothing) {
        *reply.rcode_mut() = RCODE::NameError;
        return Outcome::NoName;
    }
    Outcome::NoData
}

/// Of which zone a name is, and what it has there; `None` for names of others.
fn find(zone: &Zone, name: &str) -> Option<(String, Found)> {
    for (apex, reverse) in [
        ("in-addr.arpa", v4_of as fn(&str) -> _),
        ("ip6.arpa", v6_of),
    ] {
        if let Some(labels) = below(name, apex) {
            let found = match reverse(labels) {
                Reverse::Address(address) => {
                    let host = zone.names.host(address);
                    host.map_or(Found::Nothing, Found::Host)
                }
                Reverse::Part => Found::Between,
                Reverse::Nothing => Found::Nothing,
            };
            return Some((apex.to_owned(), found));
        }
    }
    let host = below(name, &zone.domain)?;
    let found = if host.is_empty() {
        Found::Apex
    } else {
        let own = zone.names.addresses(host);
        own.map_or(Found::Nothing, Found::Addresses)
    };
    Some((zone.domain.clone(), found))
}

/// What stands in front of a domain; empty for the domain itself.
fn below<'a>(name: &'a str, domain: &str) -> Option<&'a str> {
    let front = name.strip_suffix(domain)?;
    if front.is_empty() {
        return Some(front);
    }
    front.strip_suffix('.')
}

/// What labels of a reverse zone stand for.
enum Reverse {
    Address(IpAddr),
    /// A network.
    Part,
    Nothing,
}

/// RFC 1035 §3.5.
fn v4_of(labels: &str) -> Reverse {
    let numbers = labels.split('.').rev().filter(|label| !label.is_empty());
    let numbers: Option<Vec<u8>> = numbers.map(|label| label.parse().ok()).collect();
    match numbers.as_deref() {
        Some(&[a, b, c, d]) => Reverse::Address(Ipv4Addr::new(a, b, c, d).into()),
        Some(part) if part.len() < 4 => Reverse::Part,
        _ => Reverse::Nothing,
    }
}

/// RFC 3596 §2.5.
fn v6_of(labels: &str) -> Reverse {
    let mut bits: u128 = 0;
    let mut count = 0;
    for label in labels.split('.').rev().filter(|label| !label.is_empty()) {
        let digit = Some(label).filter(|label| label.len() == 1);
        let Some(digit) = digit.and_then(|digit| u8::from_str_radix(digit, 16).ok()) else {
            return Reverse::Nothing;
        };
        (bits, count) = (bits << 4 | u128::from(digit), count + 1);
    }
    match count {
        32 => Reverse::Address(Ipv6Addr::from_bits(bits).into()),
        0..32 => Reverse::Part,
        _ => Reverse::Nothing,
    }
}

fn record(name: &str, data: Option<RData<'static>>) -> Option<ResourceRecord<'static>> {
    let name = Name::new(name).ok()?.into_owned();
    Some(ResourceRecord::new(name, CLASS::IN, TTL, data?))
}

fn server(zone: &Zone) -> String {
    format!("ns.{}", zone.domain)
}

fn soa(zone: &Zone) -> Option<RData<'static>> {
    let (server, person) = (server(zone), format!("hostmaster.{}", zone.domain));
    Some(RData::SOA(SOA {
        mname: Name::new(&server).ok()?.into_owned(),
        rname: Name::new(&person).ok()?.into_owned(),
        serial: 1,
        refresh: 3600,
        retry: 600,
        expire: 86_400,
        minimum: TTL,
    }))
}

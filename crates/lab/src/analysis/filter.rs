//! Which packets somebody wants to see.

use std::fmt;
use std::net::IpAddr;

use services::words::Lang;
use wire::MacAddr;
use wire::dissect::{FieldId, LayerKind, Value};

use super::{Packet, Record, Told};

/// What a filter looks at.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// As it is in the file.
    pub record: &'a Record,
    /// Its layers.
    pub packet: &'a Packet,
    /// What is known of its segment.
    pub told: Option<&'a Told>,
    /// The names of those who send and receive it, or of the interface that it was seen at.
    pub names: &'a [&'a str],
}

/// A choice of packets: words that all have to be true, and others behind `or`.
///
/// | word | true of |
/// |---|---|
/// | `arp`, `ip`, `ipv4`, `ipv6`, `icmp`, `icmpv6`, `igmp`, `tcp`, `udp`, `vlan`, `rip`, `ripng`, `dhcp` | packets with that layer; `ip` is both versions |
/// | `host X` | packets from or to an address (IP or MAC), or seen at the host or interface of that name |
/// | `port N` | packets from or to the port |
/// | `stream N` | segments of that connection |
/// | `marked` | segments out of the ordinary |
/// | `dropped` | packets that died, in captures of ours |
/// | `bad` | packets with a wrong checksum, or malformed |
/// | `not W` | what W is not true of |
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// One of these; none at all lets everything pass.
    any: Vec<Vec<Term>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    not: bool,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Layer(LayerKind),
    AnyIp,
    Ip(IpAddr),
    Mac(MacAddr),
    Name(String),
    Port(u16),
    Stream(u64),
    Marked,
    Dropped,
    Bad,
}

/// Why words are no filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAFilter {
    /// A word that is not known.
    Unknown(String),
    /// Something has to follow the word.
    Missing(&'static str),
    /// Something else than a number behind the word.
    NotANumber(&'static str, String),
}

impl NotAFilter {
    /// In a sentence.
    #[must_use]
    pub fn words(&self, lang: Lang) -> String {
        let (en, zh) = match self {
            Self::Unknown(word) => (
                format!("\"{word}\" is no word of a filter; try: host 10.0.0.1 tcp port 80"),
                format!("过滤条件里没有“{word}”;例如:host 10.0.0.1 tcp port 80"),
            ),
            Self::Missing(word) => (
                format!("something has to follow \"{word}\""),
                format!("“{word}”后面缺少内容"),
            ),
            Self::NotANumber(word, value) => (
                format!("\"{value}\" behind \"{word}\" is not its number"),
                format!("“{word}”后面的“{value}”不是合适的数字"),
            ),
        };
        match lang {
            Lang::English => en,
            Lang::Chinese => zh,
        }
    }
}

impl fmt::Display for NotAFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(Lang::English))
    }
}

impl std::error::Error for NotAFilter {}

impl std::str::FromStr for Filter {
    type Err = NotAFilter;

    fn from_str(text: &str) -> Result<Self, NotAFilter> {
        let mut words = text.split_whitespace();
        let (mut any, mut all, mut not) = (Vec::new(), Vec::new(), false);
        while let Some(word) = words.next() {
            let mut behind = |name| words.next().ok_or(NotAFilter::Missing(name));
            let what = match word {
                "and" if !not && !all.is_empty() => continue,
                "or" if !not && !all.is_empty() => {
                    any.push(std::mem::take(&mut all));
                    continue;
                }
                "not" => {
                    not = !not;
                    continue;
                }
                "host" => host(behind("host")?),
                "port" => What::Port(number("port", behind("port")?)?),
                "stream" => What::Stream(number("stream", behind("stream")?)?),
                "marked" => What::Marked,
                "dropped" => What::Dropped,
                "bad" => What::Bad,
                other => layer(other)?,
            };
            all.push(Term { not, what });
            not = false;
        }
        match (not, all.is_empty(), any.is_empty()) {
            (true, ..) => Err(NotAFilter::Missing("not")),
            (_, true, false) => Err(NotAFilter::Missing("or")),
            (_, true, true) => Ok(Self::default()),
            _ => {
                any.push(all);
                Ok(Self { any })
            }
        }
    }
}

fn number<T: std::str::FromStr>(name: &'static str, word: &str) -> Result<T, NotAFilter> {
    let number = word.parse();
    number.map_err(|_| NotAFilter::NotANumber(name, word.to_owned()))
}

fn host(word: &str) -> What {
    let bare = word.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = bare.parse() {
        What::Ip(ip)
    } else if let Ok(mac) = word.parse() {
        What::Mac(mac)
    } else {
        What::Name(word.to_owned())
    }
}

fn layer(word: &str) -> Result<What, NotAFilter> {
    Ok(What::Layer(match word {
        "ip" => return Ok(What::AnyIp),
        "arp" => LayerKind::Arp,
        "ipv4" => LayerKind::Ipv4,
        "ipv6" => LayerKind::Ipv6,
        "icmp" => LayerKind::Icmpv4,
        "icmpv6" => LayerKind::Icmpv6,
        "igmp" => LayerKind::Igmp,
        "tcp" => LayerKind::Tcp,
        "udp" => LayerKind::Udp,
        "dhcp" => LayerKind::Dhcp,
        "vlan" => LayerKind::Vlan,
        "rip" => LayerKind::Rip,
        "ripng" => LayerKind::Ripng,
        _ => match host(word) {
            // An address can only be a host's.
            What::Name(_) => return Err(NotAFilter::Unknown(word.to_owned())),
            address => return Ok(address),
        },
    }))
}

impl Filter {
    /// Whether it lets the packet pass.
    #[must_use]
    pub fn passes(&self, sight: Sight<'_>) -> bool {
        let is = |term: &Term| term.what.is(sight) != term.not;
        self.any.is_empty() || self.any.iter().any(|all| all.iter().all(is))
    }
}

impl What {
    fn is(&self, sight: Sight<'_>) -> bool {
        let Sight { packet, told, .. } = sight;
        match self {
            Self::Layer(kind) => packet.layer(*kind).is_some(),
            Self::AnyIp => {
                let mut kinds = [LayerKind::Ipv4, LayerKind::Ipv6].into_iter();
                kinds.any(|kind| packet.layer(kind).is_some())
            }
            Self::Ip(ip) => {
                let asked = [FieldId::ArpSenderIp, FieldId::ArpTargetIp];
                let of_arp = asked.into_iter().filter_map(|id| packet.ip(id));
                let addresses = packet.addresses().into_iter().flat_map(|(a, b)| [a, b]);
                addresses.chain(of_arp).any(|it| it == *ip)
            }
            Self::Mac(mac) => [FieldId::EthernetSource, FieldId::EthernetDestination]
                .into_iter()
                .any(|id| packet.value(id) == Some(&Value::Mac(*mac))),
            Self::Name(name) => {
                let host = |full: &str| full.rsplit_once(':').is_some_and(|(it, _)| it == name);
                sight.names.iter().any(|full| full == name || host(full))
            }
            Self::Port(port) => packet
                .ports()
                .is_some_and(|(from, to)| from.port() == *port || to.port() == *port),
            Self::Stream(stream) => told.is_some_and(|told| told.stream == *stream),
            Self::Marked => told.is_some_and(|told| !told.marks.is_empty()),
            Self::Dropped => sight.record.dropped().is_some(),
            Self::Bad => sight.record.missing() == 0 && !packet.is_sound(),
        }
    }
}

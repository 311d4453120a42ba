//! What is said of packets, in each language. The fields keep the names that the RFCs gave them.

use std::net::IpAddr;

use host::Direction;
use services::words::Lang;
use wire::MacAddr;
use wire::dissect::Verdict;

/// Something that is said of a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Of {
    /// ARP or Neighbour Discovery: a question.
    WhoHas {
        target: IpAddr,
        tell: IpAddr,
    },
    /// ARP or Neighbour Discovery: an answer.
    IsAt {
        ip: IpAddr,
        mac: MacAddr,
    },
    /// A word to everyone that nobody asked for (RFC 5227 section 3, RFC 4861 section 7.2.6).
    Announces {
        ip: IpAddr,
        mac: MacAddr,
    },
    /// A question whether an address is free (RFC 5227 section 1.1, RFC 4862 section 5.4.2).
    Probes {
        ip: IpAddr,
    },
    /// A question to all routers of the link (RFC 4861 section 4.1).
    AsksForRouters,
    /// A router says that it is one, and whether it knows the way to other networks.
    IsRouter {
        router: IpAddr,
        default: bool,
    },
    /// A router knows a better way (RFC 4861 section 4.5).
    BetterWay {
        to: IpAddr,
        by: IpAddr,
    },
    /// A question to all hosts, which groups they listen to (RFC 3810 section 5.1).
    WhoListens,
    WhoListensTo {
        group: IpAddr,
    },
    Listens {
        group: IpAddr,
    },
    ListensNoMore {
        group: IpAddr,
    },
    /// Groups of which not all senders are heard, or not all are not.
    ListensTo {
        group: IpAddr,
        sources: u64,
    },
    Bytes(usize),
    Ports(u16, u16),
    Checksum(Verdict),
    /// Where a packet's bytes make no sense.
    Malformed,
    /// To the stack or from it.
    Way(Direction),
    /// Packets that nobody read in time.
    LinesLost(u64),
}

impl Of {
    pub(crate) fn words(self, lang: Lang) -> String {
        let pick = |en: String, zh: String| match lang {
            Lang::English => en,
            Lang::Chinese => zh,
        };
        match self {
            Self::WhoHas { target, tell } => pick(
                format!("who has {target}? tell {tell}"),
                format!("谁是 {target}?请告诉 {tell}"),
            ),
            Self::IsAt { ip, mac } => {
                pick(format!("{ip} is at {mac}"), format!("{ip} 的 MAC 是 {mac}"))
            }
            Self::Announces { ip, mac } => pick(
                format!("all hear: {ip} is at {mac}"),
                format!("通告:{ip} 的 MAC 是 {mac}"),
            ),
            Self::Probes { ip } => pick(
                format!("does anybody have {ip}?"),
                format!("有谁在用 {ip} 吗?"),
            ),
            Self::AsksForRouters => pick("is there a router?".into(), "这里有路由器吗?".into()),
            Self::IsRouter { router, default } => {
                let (en, zh) = if default {
                    ("a router to everywhere", "是通往各处的路由器")
                } else {
                    ("a router, to no other network", "是路由器,但不通往别处")
                };
                pick(format!("{router} is {en}"), format!("{router} {zh}"))
            }
            Self::BetterWay { to, by } => pick(
                format!("better send what is for {to} to {by}"),
                format!("发往 {to} 的,请改发给 {by}"),
            ),
            Self::WhoListens => pick("who listens to which group?".into(), "谁在听哪些组?".into()),
            Self::WhoListensTo { group } => pick(
                format!("who listens to {group}?"),
                format!("谁在听 {group}?"),
            ),
            Self::Listens { group } => pick(format!("listens to {group}"), format!("在听 {group}")),
            Self::ListensNoMore { group } => pick(
                format!("listens to {group} no more"),
                format!("不再听 {group}"),
            ),
            Self::ListensTo { group, sources } => pick(
                format!("listens to {group} by {sources} sources"),
                format!("按 {sources} 个来源听 {group}"),
            ),
            Self::Bytes(1) => pick("1 byte".into(), "1 字节".into()),
            Self::Bytes(count) => pick(format!("{count} bytes"), format!("{count} 字节")),
            Self::Ports(from, to) => {
                pick(format!("port {from} → {to}"), format!("端口 {from} → {to}"))
            }
            Self::Checksum(Verdict::Good) => pick("checksum right".into(), "校验和正确".into()),
            Self::Checksum(Verdict::Bad { right }) => pick(
                format!("checksum WRONG, 0x{right:04x} would be right"),
                format!("校验和错误,应为 0x{right:04x}"),
            ),
            Self::Checksum(Verdict::NotChecked(_)) => {
                pick("checksum not judged".into(), "校验和未核对".into())
            }
            Self::Way(Direction::In) => pick("in ".into(), "收".into()),
            Self::Way(Direction::Out) => pick("out".into(), "发".into()),
            Self::LinesLost(count) => pick(
                format!("({count} packets were not read in time and are left out here)"),
                format!("(有 {count} 个包未能及时读取,此处略去)"),
            ),
            Self::Malformed => pick("malformed".into(), "格式错误".into()),
        }
    }
}

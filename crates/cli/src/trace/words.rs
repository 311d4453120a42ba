//! What is said of packets, in each language. The fields keep the names that the RFCs gave them.

use std::net::IpAddr;

use host::Direction;
use services::words::Lang;
use wire::MacAddr;
use wire::dissect::Verdict;

/// Something that is said of a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Of {
    /// ARP: a question.
    WhoHas {
        target: IpAddr,
        tell: IpAddr,
    },
    /// ARP: an answer.
    IsAt {
        ip: IpAddr,
        mac: MacAddr,
    },
    /// ARP: a word to everyone that nobody asked for (RFC 5227 section 3).
    Announces {
        ip: IpAddr,
        mac: MacAddr,
    },
    /// ARP: a question whether an address is free (RFC 5227 section 1.1).
    Probes {
        ip: IpAddr,
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

//! What a server and a client of DHCP tell while they run.

use std::net::Ipv4Addr;

use serde::Serialize;

use crate::words::Lang;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "dhcp", rename_all = "kebab-case")]
pub enum News {
    /// The server gives addresses.
    Serving {
        /// At which interface.
        interface: String,
        /// The addresses, as `10.0.0.100-10.0.0.200`.
        pool: String,
    },
    /// An address was offered.
    Offered {
        /// To whom: a MAC address, or an identifier.
        client: String,
        /// Which.
        address: Ipv4Addr,
    },
    /// A client has an address.
    Leased {
        /// Who.
        client: String,
        /// What it calls itself.
        name: Option<String>,
        /// Which.
        address: Ipv4Addr,
        /// For so many seconds.
        seconds: u32,
        /// It had it before.
        again: bool,
    },
    /// A client gave its address back.
    Released {
        /// Who.
        client: String,
        /// Which.
        address: Ipv4Addr,
    },
    /// A client was told what goes with the address that it has from elsewhere.
    Informed {
        /// Who.
        client: String,
        /// Its address.
        address: Ipv4Addr,
    },
    /// Somebody uses an address who did not ask for it: it is given to nobody for a while.
    InUse {
        /// Which.
        address: Ipv4Addr,
        /// The client that found it out; the server itself where it is nobody.
        client: Option<String>,
    },
    /// A client may not have an address.
    Refused {
        /// Who.
        client: String,
        /// Which.
        address: Ipv4Addr,
        /// Why.
        why: Refusal,
    },
    /// There is no address for a client.
    Exhausted {
        /// Who.
        client: String,
    },
    /// This host has an address.
    Bound {
        /// At which interface.
        interface: String,
        /// Which, with its prefix.
        address: String,
        /// From which server.
        server: Ipv4Addr,
        /// For so many seconds; for ever without.
        seconds: Option<u32>,
        /// It had it before.
        again: bool,
    },
    /// Somebody else uses the address that this host was given: it asks for another.
    Declined {
        /// At which interface.
        interface: String,
        /// Which.
        address: Ipv4Addr,
    },
    /// This host has its address no more: its time is over, or the server says so.
    Lost {
        /// At which interface.
        interface: String,
        /// Which.
        address: Ipv4Addr,
    },
}

/// Why a client may not have an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// It is on another network.
    WrongNetwork,
    /// It is somebody else's.
    Taken,
    /// The server does not give it, or not to this client.
    NotInPool,
}

impl Refusal {
    /// For the message's text, which is English.
    pub(super) const fn english(self) -> &'static str {
        match self {
            Self::WrongNetwork => "the address is on another network",
            Self::Taken => "the address is somebody else's",
            Self::NotInPool => "the address is not to be had here",
        }
    }

    const fn chinese(self) -> &'static str {
        match self {
            Self::WrongNetwork => "地址属于另一个网络",
            Self::Taken => "地址属于别人",
            Self::NotInPool => "这里不分配这个地址",
        }
    }
}

impl News {
    /// As a line for a person.
    pub fn words(&self, lang: Lang) -> String {
        match lang {
            Lang::English => self.english(),
            Lang::Chinese => self.chinese(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Serving { interface, pool } => format!("giving {pool} to hosts at {interface}"),
            Self::Offered { client, address } => format!("{client} is offered {address}"),
            Self::Leased {
                client,
                name,
                address,
                seconds,
                again,
            } => {
                let verb = if *again { "keeps" } else { "has" };
                let name = named(name.as_deref());
                format!("{client}{name} {verb} {address} for {seconds} s")
            }
            Self::Released { client, address } => format!("{client} gives {address} back"),
            Self::Informed { client, address } => {
                format!("{client} has {address} from elsewhere, and is told the rest")
            }
            Self::InUse {
                address,
                client: None,
            } => format!("somebody answers at {address}, which nobody was given"),
            Self::InUse {
                address,
                client: Some(client),
            } => format!("{client} says that somebody uses {address}, which nobody was given"),
            Self::Refused {
                client,
                address,
                why,
            } => format!("{client} may not have {address}: {}", why.english()),
            Self::Exhausted { client } => format!("no address is left for {client}"),
            Self::Bound {
                interface,
                address,
                server,
                seconds,
                again,
            } => {
                let verb = if *again { "keeps" } else { "has" };
                let time = match seconds {
                    Some(seconds) => format!("for {seconds} s"),
                    None => "for ever".into(),
                };
                format!("{interface} {verb} {address} from {server} {time}")
            }
            Self::Declined { interface, address } => {
                format!("somebody else uses {address}; asking for another at {interface}")
            }
            Self::Lost { interface, address } => format!("{interface} has {address} no more"),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Serving { interface, pool } => {
                format!("在 {interface} 上为主机分配 {pool}")
            }
            Self::Offered { client, address } => format!("向 {client} 提供 {address}"),
            Self::Leased {
                client,
                name,
                address,
                seconds,
                again,
            } => {
                let verb = if *again { "续用" } else { "得到" };
                let name = named(name.as_deref());
                format!("{client}{name} {verb} {address},{seconds} 秒")
            }
            Self::Released { client, address } => format!("{client} 归还 {address}"),
            Self::Informed { client, address } => {
                format!("{client} 已另有地址 {address},其余信息已告知")
            }
            Self::InUse {
                address,
                client: None,
            } => format!("{address} 并未分配,却有人应答"),
            Self::InUse {
                address,
                client: Some(client),
            } => format!("{client} 说有人在用并未分配的 {address}"),
            Self::Refused {
                client,
                address,
                why,
            } => format!("{client} 不能用 {address}:{}", why.chinese()),
            Self::Exhausted { client } => format!("没有地址可给 {client} 了"),
            Self::Bound {
                interface,
                address,
                server,
                seconds,
                again,
            } => {
                let verb = if *again { "续用" } else { "得到" };
                let time = match seconds {
                    Some(seconds) => format!("{seconds} 秒"),
                    None => "永久".into(),
                };
                format!("{interface} 从 {server} {verb} {address},{time}")
            }
            Self::Declined { interface, address } => {
                format!("别人在用 {address};在 {interface} 上另要一个")
            }
            Self::Lost { interface, address } => format!("{interface} 不再有 {address}"),
        }
    }
}

fn named(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| {
        format!(" ({})", crate::escaped(name.as_bytes()))
    })
}

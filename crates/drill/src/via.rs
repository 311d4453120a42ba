//! Whom scripts are held against, as it is typed.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use host::device::Kind;

/// The stack under test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// Ours, in virtual time.
    #[default]
    Ours,
    /// This machine's kernel, each script in a network of its own, in real time.
    Kernel,
    /// Whoever is at the other end of a device, in real time.
    Tap(Tap),
}

/// A device that exists, and who is at its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tap {
    /// TAP or TUN.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The address that the script plays, and the length of its prefix.
    pub own: (IpAddr, u8),
    /// The address under test.
    pub peer: IpAddr,
}

/// A text that is no [`Via`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotVia;

impl fmt::Display for NotVia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "neither kernel nor tap:NAME,ADDRESS/PREFIX,PEER; try tap:tap0,192.0.2.1/24,192.0.2.2",
        )
    }
}

impl std::error::Error for NotVia {}

impl FromStr for Via {
    type Err = NotVia;

    fn from_str(text: &str) -> Result<Self, NotVia> {
        if text == "kernel" {
            return Ok(Self::Kernel);
        }
        let (kind, rest) = text.split_once(':').ok_or(NotVia)?;
        let kind = match kind {
            "tap" => Kind::Tap,
            "tun" => Kind::Tun,
            _ => return Err(NotVia),
        };
        let mut parts = rest.split(',');
        let (Some(name), Some(own), Some(peer), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotVia);
        };
        let (addr, prefix) = own.split_once('/').ok_or(NotVia)?;
        let own: IpAddr = addr.parse().map_err(|_| NotVia)?;
        let peer: IpAddr = peer.parse().map_err(|_| NotVia)?;
        let prefix: u8 = prefix.parse().map_err(|_| NotVia)?;
        let most = if own.is_ipv4() { 32 } else { 128 };
        if name.is_empty() || prefix > most || own.is_ipv4() != peer.is_ipv4() || own == peer {
            return Err(NotVia);
        }
        Ok(Self::Tap(Tap {
            kind,
            name: name.to_owned(),
            own: (own, prefix),
            peer,
        }))
    }
}

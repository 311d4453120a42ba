//! What a message says beyond its fixed fields (RFC 2132).

use alloc::vec::Vec;
use core::net::Ipv4Addr;

/// The mask of the client's network.
pub const SUBNET_MASK: u8 = 1;
/// Gateways, the best first.
pub const ROUTER: u8 = 3;
/// Name servers, the best first.
pub const DNS: u8 = 6;
/// The client's name.
pub const HOST_NAME: u8 = 12;
/// The domain in which the client looks names up.
pub const DOMAIN: u8 = 15;
/// The MTU of the client's interface.
pub const MTU: u8 = 26;
/// The address of all hosts on the client's network.
pub const BROADCAST_ADDRESS: u8 = 28;
/// The address that a client would like to have.
pub const REQUESTED_ADDRESS: u8 = 50;
/// Seconds that an address may be used.
pub const LEASE_TIME: u8 = 51;
/// Which other fields hold options: 1 the file, 2 the server's name, 3 both.
pub const OVERLOAD: u8 = 52;
/// What the message is about.
pub const MESSAGE_TYPE: u8 = 53;
/// Which server is meant, or answers.
pub const SERVER_ID: u8 = 54;
/// Options that a client would like to have.
pub const PARAMETERS: u8 = 55;
/// Why a server or a client refuses, for people.
pub const MESSAGE: u8 = 56;
/// Bytes of the longest message that a client takes, headers of IP and UDP included.
pub const MAX_SIZE: u8 = 57;
/// Seconds until a client asks its server for more time.
pub const RENEWAL_TIME: u8 = 58;
/// Seconds until it asks any server.
pub const REBINDING_TIME: u8 = 59;
/// Of what make a client is.
pub const VENDOR_CLASS: u8 = 60;
/// By which a server knows a client, whatever card it has (RFC 4361).
pub const CLIENT_ID: u8 = 61;
/// What a relay agent adds, and wants back (RFC 3046).
pub const RELAY_AGENT: u8 = 82;
/// Domains in which names are looked up, as DNS writes them (RFC 3397).
pub const DOMAIN_SEARCH: u8 = 119;

/// What a message is about (RFC 2132 §9.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A client looks for servers.
    Discover,
    /// A server has an address for it.
    Offer,
    /// The client takes it, or wants to go on using one.
    Request,
    /// The client found that somebody else uses it.
    Decline,
    /// It is the client's.
    Ack,
    /// It is not.
    Nak,
    /// The client gives it back.
    Release,
    /// A client with an address wants to know all else.
    Inform,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Discover,
        Self::Offer,
        Self::Request,
        Self::Decline,
        Self::Ack,
        Self::Nak,
        Self::Release,
        Self::Inform,
    ];

    /// The kind of that number.
    #[must_use]
    pub fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Its name in RFC 2131.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Discover => "DHCPDISCOVER",
            Self::Offer => "DHCPOFFER",
            Self::Request => "DHCPREQUEST",
            Self::Decline => "DHCPDECLINE",
            Self::Ack => "DHCPACK",
            Self::Nak => "DHCPNAK",
            Self::Release => "DHCPRELEASE",
            Self::Inform => "DHCPINFORM",
        }
    }
}

/// The options of a message, each once, in the order in which they first stood there. Where an
/// option lies, and in how many pieces, is no part of what it says (RFC 3396).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options(Vec<(u8, Vec<u8>)>);

impl Options {
    /// What an option says.
    #[must_use]
    pub fn get(&self, code: u8) -> Option<&[u8]> {
        let mut all = self.0.iter();
        all.find(|(other, _)| *other == code)
            .map(|(_, value)| &value[..])
    }

    /// Sets an option. The codes 0 and 255 are no options, and 52 is the layout's own: they are
    /// passed over.
    pub fn set(&mut self, code: u8, value: impl Into<Vec<u8>>) {
        if matches!(code, PAD | END | OVERLOAD) {
            return;
        }
        let value = value.into();
        match self.0.iter_mut().find(|(other, _)| *other == code) {
            Some((_, old)) => *old = value,
            None => self.0.push((code, value)),
        }
    }

    /// Takes an option out.
    pub fn remove(&mut self, code: u8) {
        self.0.retain(|(other, _)| *other != code);
    }

    /// Every option, by its code.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &[u8])> {
        self.0.iter().map(|(code, value)| (*code, &value[..]))
    }

    /// Sets an option whose value is addresses.
    pub fn set_addresses(&mut self, code: u8, addresses: &[Ipv4Addr]) {
        let bytes = addresses.iter().flat_map(Ipv4Addr::octets);
        self.set(code, bytes.collect::<Vec<_>>());
    }

    /// An option whose value is one address; `None` for one of another length.
    #[must_use]
    pub fn address(&self, code: u8) -> Option<Ipv4Addr> {
        let octets: [u8; 4] = self.get(code)?.try_into().ok()?;
        Some(octets.into())
    }

    /// An option whose value is addresses; none for one of another length.
    #[must_use]
    pub fn addresses(&self, code: u8) -> Vec<Ipv4Addr> {
        let (addresses, rest) = self.get(code).unwrap_or_default().as_chunks::<4>();
        if !rest.is_empty() {
            return Vec::new();
        }
        addresses.iter().map(|octets| (*octets).into()).collect()
    }

    /// An option whose value is a number of one byte.
    #[must_use]
    pub fn number8(&self, code: u8) -> Option<u8> {
        match self.get(code)? {
            &[number] => Some(number),
            _ => None,
        }
    }

    /// An option whose value is a number of two bytes.
    #[must_use]
    pub fn number16(&self, code: u8) -> Option<u16> {
        Some(u16::from_be_bytes(self.get(code)?.try_into().ok()?))
    }

    /// An option whose value is a number of four bytes.
    #[must_use]
    pub fn number32(&self, code: u8) -> Option<u32> {
        Some(u32::from_be_bytes(self.get(code)?.try_into().ok()?))
    }

    /// An option whose value is text: UTF-8, with no zeros but at its end (RFC 2132 §2).
    #[must_use]
    pub fn text(&self, code: u8) -> Option<&str> {
        let text = core::str::from_utf8(self.get(code)?).ok()?;
        let text = text.trim_end_matches('\0');
        (!text.is_empty() && !text.contains('\0')).then_some(text)
    }

    /// Puts a piece of an option behind what is there of it (RFC 3396 §7).
    pub(super) fn append(&mut self, code: u8, piece: &[u8]) {
        match self.0.iter_mut().find(|(other, _)| *other == code) {
            Some((_, value)) => value.extend(piece),
            None => self.0.push((code, piece.to_vec())),
        }
    }
}

/// Fills, and is skipped.
pub(super) const PAD: u8 = 0;
/// Behind it a field has no more options.
pub(super) const END: u8 = 255;

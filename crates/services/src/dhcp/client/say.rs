//! A client's messages (RFC 2131 table 5).

use std::net::Ipv4Addr;

use landline::MacAddr;
use wire::dhcp::{Kind, Message, options as code};

/// What a client would like to know beside its address.
const PARAMETERS: [u8; 8] = [
    code::SUBNET_MASK,
    code::ROUTER,
    code::DNS,
    code::DOMAIN,
    code::MTU,
    code::LEASE_TIME,
    code::RENEWAL_TIME,
    code::REBINDING_TIME,
];

/// Bytes of the longest IP packet that it takes.
const MAX_SIZE: u16 = 1500;

/// Who a client is.
#[derive(Debug)]
pub(super) struct Identity {
    mac: MacAddr,
    id: Vec<u8>,
    name: Option<String>,
}

impl Identity {
    pub(super) fn new(mac: MacAddr, name: Option<String>) -> Self {
        // RFC 4361 §6.1: 255, a number of the interface, and the host's DUID: here that of its card
        // (RFC 8415 §11.4: type 3, Ethernet).
        let mut id = vec![255];
        id.extend(&mac.0[2..]);
        id.extend([0, 3, 0, 1]);
        id.extend(mac.0);
        // RFC 1035 §2.3.4: no name of a host is longer.
        let name = name.filter(|name| !name.is_empty() && name.len() <= 63);
        Self { mac, id, name }
    }

    /// Whether an answer is for this client (RFC 6842 §3).
    pub(super) fn is_for_us(&self, answer: &Message) -> bool {
        let id = answer.options.get(code::CLIENT_ID);
        answer.mac() == Some(self.mac) && id.is_none_or(|id| *id == self.id)
    }

    fn message(&self, kind: Kind, xid: u32, secs: u16) -> Message {
        let mut message = Message {
            secs,
            ..Message::request(xid, self.mac)
        };
        message.options.set(code::MESSAGE_TYPE, [kind.number()]);
        message.options.set(code::CLIENT_ID, &self.id[..]);
        message
    }

    /// With what a client says that would like to have or keep an address.
    fn question(&self, kind: Kind, xid: u32, secs: u16) -> Message {
        let mut message = self.message(kind, xid, secs);
        message.options.set(code::MAX_SIZE, MAX_SIZE.to_be_bytes());
        message.options.set(code::PARAMETERS, PARAMETERS);
        if let Some(name) = &self.name {
            message.options.set(code::HOST_NAME, name.as_bytes());
        }
        message
    }

    pub(super) fn discover(&self, xid: u32, secs: u16) -> Message {
        self.question(Kind::Discover, xid, secs)
    }

    pub(super) fn request(
        &self,
        xid: u32,
        secs: u16,
        address: Ipv4Addr,
        server: Ipv4Addr,
    ) -> Message {
        let mut message = self.reboot(xid, secs, address);
        message.options.set_addresses(code::SERVER_ID, &[server]);
        message
    }

    pub(super) fn reboot(&self, xid: u32, secs: u16, address: Ipv4Addr) -> Message {
        let mut message = self.question(Kind::Request, xid, secs);
        let options = &mut message.options;
        options.set_addresses(code::REQUESTED_ADDRESS, &[address]);
        message
    }

    pub(super) fn extend(&self, xid: u32, secs: u16, address: Ipv4Addr) -> Message {
        Message {
            ciaddr: address,
            ..self.question(Kind::Request, xid, secs)
        }
    }

    pub(super) fn decline(&self, xid: u32, address: Ipv4Addr, server: Ipv4Addr) -> Message {
        let mut message = self.message(Kind::Decline, xid, 0);
        let options = &mut message.options;
        options.set_addresses(code::REQUESTED_ADDRESS, &[address]);
        options.set_addresses(code::SERVER_ID, &[server]);
        message
    }

    pub(super) fn release(&self, xid: u32, address: Ipv4Addr, server: Ipv4Addr) -> Message {
        let mut message = Message {
            ciaddr: address,
            ..self.message(Kind::Release, xid, 0)
        };
        message.options.set_addresses(code::SERVER_ID, &[server]);
        message
    }
}

/// A message as it is sent.
pub(super) fn bytes(message: &Message) -> Vec<u8> {
    let mut bytes = vec![0; message.header_len()];
    message.emit(&mut bytes);
    bytes
}

//! DHCP for IPv4 (RFC 2131), in the frame that it took over from BOOTP (RFC 951).
//!
//! | file | what |
//! |---|---|
//! | `options` | what a message says beyond its fixed fields (RFC 2132) |
//! | `layout` | how options lie in a message: long ones, and those that no longer fit (RFC 3396) |

mod layout;
pub mod options;

use alloc::vec::Vec;
use core::net::Ipv4Addr;

use zerocopy::byteorder::big_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

pub use options::{Kind, Options};

use crate::malformed::take;
use crate::{Layer, MacAddr, Malformed};

/// Where servers and relay agents hear.
pub const SERVER_PORT: u16 = 67;
/// Where clients hear.
pub const CLIENT_PORT: u16 = 68;
/// Bytes in front of the options: BOOTP's frame and the magic cookie.
pub const FIXED_LEN: usize = 240;
/// Bytes of the shortest message that is sent: relay agents of old take no shorter one (RFC 1542
/// §2.1).
pub const MIN_LEN: usize = 300;
/// Bytes that every receiver takes, headers of IP and UDP not counted (RFC 2131 §2).
pub const MAX_LEN_UNTOLD: usize = 548;

/// The value of the first four bytes of the options (RFC 2131 §3).
const COOKIE: u32 = 0x6382_5363;
/// The one flag there is (RFC 2131 §2).
const BROADCAST: u16 = 0x8000;
/// Ethernet among the hardware types.
const ETHERNET: u8 = 1;

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Layout {
    op: u8,
    htype: u8,
    hlen: u8,
    hops: u8,
    xid: U32,
    secs: U16,
    flags: U16,
    ciaddr: [u8; 4],
    yiaddr: [u8; 4],
    siaddr: [u8; 4],
    giaddr: [u8; 4],
    chaddr: [u8; 16],
    sname: [u8; layout::SNAME],
    file: [u8; layout::FILE],
    cookie: U32,
}

/// From whom a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// From a client (BOOTREQUEST).
    Request,
    /// From a server (BOOTREPLY).
    Reply,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// From whom it is.
    pub op: Op,
    /// Relay agents that it passed.
    pub hops: u8,
    /// By which a client knows the answers to its question.
    pub xid: u32,
    /// Seconds since the client began.
    pub secs: u16,
    /// The client cannot hear what is sent to the address that it has not got yet.
    pub broadcast: bool,
    /// The address that the client uses; it can be reached there.
    pub ciaddr: Ipv4Addr,
    /// The address that the client is given.
    pub yiaddr: Ipv4Addr,
    /// Who has what comes next in booting.
    pub siaddr: Ipv4Addr,
    /// The relay agent that passed the question on, at the client's network.
    pub giaddr: Ipv4Addr,
    /// Of what kind the client's link is: 1 for Ethernet.
    pub htype: u8,
    /// Bytes of its address of the link that count, at most 16.
    pub hlen: u8,
    /// Its address of the link, filled up with zeros.
    pub chaddr: [u8; 16],
    /// A server's name, up to 63 bytes; empty where the field holds options.
    pub sname: Vec<u8>,
    /// A file to boot from, up to 127 bytes; empty where the field holds options.
    pub file: Vec<u8>,
    /// All else.
    pub options: Options,
}

impl Message {
    /// A question of a client on Ethernet, as yet without options.
    #[must_use]
    pub fn request(xid: u32, mac: MacAddr) -> Self {
        let mut chaddr = [0; 16];
        chaddr[..6].copy_from_slice(&mac.0);
        Self {
            op: Op::Request,
            hops: 0,
            xid,
            secs: 0,
            broadcast: false,
            ciaddr: Ipv4Addr::UNSPECIFIED,
            yiaddr: Ipv4Addr::UNSPECIFIED,
            siaddr: Ipv4Addr::UNSPECIFIED,
            giaddr: Ipv4Addr::UNSPECIFIED,
            htype: ETHERNET,
            hlen: 6,
            chaddr,
            sname: Vec::new(),
            file: Vec::new(),
            options: Options::default(),
        }
    }

    /// The answer to a question: what RFC 2131 §4.3.1 has servers copy of it, and nothing else.
    #[must_use]
    pub fn reply_to(question: &Self) -> Self {
        Self {
            op: Op::Reply,
            hops: 0,
            secs: 0,
            ciaddr: Ipv4Addr::UNSPECIFIED,
            yiaddr: Ipv4Addr::UNSPECIFIED,
            siaddr: Ipv4Addr::UNSPECIFIED,
            sname: Vec::new(),
            file: Vec::new(),
            options: Options::default(),
            ..question.clone()
        }
    }

    /// What the message is about; `None` for BOOTP's, and for kinds that are not known here.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Kind::of(self.options.number8(options::MESSAGE_TYPE)?)
    }

    /// The client's address of the link, if that is Ethernet.
    #[must_use]
    pub fn mac(&self) -> Option<MacAddr> {
        let [a, b, c, d, e, f, ..] = self.chaddr;
        (self.htype == ETHERNET && self.hlen == 6).then_some(MacAddr([a, b, c, d, e, f]))
    }

    /// Reads a message, which is all of `bytes`.
    ///
    /// # Errors
    ///
    /// [`Malformed::Truncated`]; [`Malformed::Field`] for an operation, a length of an address, a
    /// magic cookie or an overload that there is not; [`Malformed::Length`] for an option that runs
    /// beyond the field that it lies in.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        let layer = Layer::Dhcp;
        let field = |field| Malformed::Field { layer, field };
        let fixed = take(layer, bytes, FIXED_LEN)?;
        let Ok(p) = Layout::ref_from_bytes(fixed) else {
            return Err(Malformed::Truncated {
                layer,
                need: FIXED_LEN,
                have: bytes.len(),
            });
        };
        let op = match p.op {
            1 => Op::Request,
            2 => Op::Reply,
            _ => return Err(field("op")),
        };
        let mut chaddr = p.chaddr;
        // What is behind the address has no meaning.
        let beyond = chaddr.get_mut(usize::from(p.hlen)..);
        beyond.ok_or(field("hlen"))?.fill(0);
        if p.cookie.get() != COOKIE {
            return Err(field("magic cookie"));
        }
        let (options, used) = layout::read(&bytes[FIXED_LEN..], &p.file, &p.sname)?;
        let message = Self {
            op,
            hops: p.hops,
            xid: p.xid.get(),
            secs: p.secs.get(),
            broadcast: p.flags.get() & BROADCAST != 0,
            ciaddr: p.ciaddr.into(),
            yiaddr: p.yiaddr.into(),
            siaddr: p.siaddr.into(),
            giaddr: p.giaddr.into(),
            htype: p.htype,
            hlen: p.hlen,
            chaddr,
            sname: text(&p.sname, used.sname),
            file: text(&p.file, used.file),
            options,
        };
        Ok((message, bytes.len()))
    }

    /// Bytes that [`emit`](Self::emit) fills.
    #[must_use]
    pub fn header_len(&self) -> usize {
        (FIXED_LEN + layout::len(&self.options)).max(MIN_LEN)
    }

    /// Writes the message into the first [`header_len`](Self::header_len) bytes of `out`, all
    /// options behind the cookie.
    pub fn emit(&self, out: &mut [u8]) {
        let mut sname = [0; layout::SNAME];
        let mut file = [0; layout::FILE];
        // The last byte ends the text.
        put_text(&self.sname, &mut sname[..layout::SNAME - 1]);
        put_text(&self.file, &mut file[..layout::FILE - 1]);
        let len = self.header_len();
        let out = &mut out[..len];
        out.fill(0);
        out[..FIXED_LEN].copy_from_slice(self.fixed(sname, file).as_bytes());
        layout::write(&self.options, &mut out[FIXED_LEN..]);
    }

    /// The message in at most `most` bytes: options that do not fit behind the cookie go into the
    /// fields of the file and the server's name, where those are free (RFC 2131 §4.1, option 52).
    /// `None` where there is no room.
    #[must_use]
    pub fn within(&self, most: usize) -> Option<Vec<u8>> {
        let len = self.header_len();
        if len <= most {
            let mut out = alloc::vec![0; len];
            self.emit(&mut out);
            return Some(out);
        }
        if !self.sname.is_empty() || !self.file.is_empty() {
            return None;
        }
        let room = most.checked_sub(FIXED_LEN)?;
        let spread = layout::spread(&self.options, room)?;
        let mut out = self.fixed(spread.sname, spread.file).as_bytes().to_vec();
        out.extend(&spread.options);
        out.resize(out.len().max(MIN_LEN), 0);
        Some(out)
    }

    fn fixed(&self, sname: [u8; layout::SNAME], file: [u8; layout::FILE]) -> Layout {
        Layout {
            op: match self.op {
                Op::Request => 1,
                Op::Reply => 2,
            },
            htype: self.htype,
            hlen: self.hlen,
            hops: self.hops,
            xid: U32::new(self.xid),
            secs: U16::new(self.secs),
            flags: U16::new(if self.broadcast { BROADCAST } else { 0 }),
            ciaddr: self.ciaddr.octets(),
            yiaddr: self.yiaddr.octets(),
            siaddr: self.siaddr.octets(),
            giaddr: self.giaddr.octets(),
            chaddr: self.chaddr,
            sname,
            file,
            cookie: U32::new(COOKIE),
        }
    }
}

/// The text at a field's front; none where the field holds options.
fn text(field: &[u8], holds_options: bool) -> Vec<u8> {
    if holds_options {
        return Vec::new();
    }
    // The last byte is the text's end even where nobody wrote it.
    let text = &field[..field.len() - 1];
    let end = text.iter().position(|byte| *byte == 0);
    text[..end.unwrap_or(text.len())].to_vec()
}

fn put_text(text: &[u8], field: &mut [u8]) {
    let len = text.len().min(field.len());
    field[..len].copy_from_slice(&text[..len]);
}

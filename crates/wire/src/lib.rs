//! Bytes and their meaning: packet layouts, addresses, checksums. No state.
//!
//! Every format has a module of one shape, written down here once:
//!
//! - a **layout**, private: the fields as they lie in the packet, big-endian, unaligned;
//! - a **meaning**, public: a plain struct with typed fields, such as [`ipv4::Header`];
//! - `Meaning::parse(&[u8]) -> Result<(Meaning, usize), Malformed>`: the meaning and how many bytes
//!   the header took. It checks every length that it relies on, never panics, and refuses with a
//!   reason. What is behind the header is left alone;
//! - `meaning.header_len()` and `meaning.emit(&mut [u8])`: the way back. `emit` fills exactly
//!   `header_len()` bytes and panics only when handed fewer, which is a mistake of the caller and
//!   not of a packet. Where the format has a checksum over more than its own header, `emit` leaves
//!   the field zero and [`checksum`] fills it.
//!
//! | module | what | source |
//! |---|---|---|
//! | [`mac`], [`ethernet`] | 48-bit addresses, Ethernet II | IEEE 802.3 |
//! | [`vlan`] | tags that say in which VLAN a frame is | IEEE 802.1Q |
//! | [`bpdu`] | what switches tell each other to make a tree | IEEE 802.1D |
//! | [`arp`] | address resolution | RFC 826, RFC 5227 |
//! | [`ip`] | what both versions share: protocol numbers, prefixes, ECN | RFC 791, RFC 3168 |
//! | [`ipv4`] | IPv4 with options | RFC 791 |
//! | [`icmpv4`] | echo and errors | RFC 792, RFC 1191 |
//! | [`ipv6`] | IPv6 and its extension headers | RFC 8200 |
//! | [`icmpv6`] | echo and errors | RFC 4443 |
//! | [`ndp`] | IPv6's neighbours and routers, and their options | RFC 4861, RFC 4191, RFC 8106 |
//! | [`membership`] | IGMP and MLD: who listens to which groups | RFC 3376, RFC 3810 |
//! | [`udp`] | datagrams | RFC 768 |
//! | [`rip`] | RIPv2 and RIPng: how far networks are | RFC 2453, RFC 4822, RFC 2080 |
//! | [`tcp`] | segments, options, sequence numbers | RFC 9293, RFC 7323, RFC 2018 |
//! | [`dhcp`] | how hosts get their addresses | RFC 2131, RFC 2132, RFC 3396 |
//! | [`checksum`] | the Internet checksum and its pseudo-header | RFC 1071, RFC 1624 |
//! | [`offload`] | what a network card would do last: cut large frames, finish checksums | |
//! | [`dissect`] | bytes to layers, for people and programs that look at packets | all of them |

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod arp;
pub mod bpdu;
pub mod checksum;
pub mod dhcp;
pub mod dissect;
pub mod ethernet;
pub mod icmpv4;
pub mod icmpv6;
pub mod ip;
pub mod ipv4;
pub mod ipv6;
mod link;
pub mod mac;
mod malformed;
pub mod membership;
pub mod ndp;
pub mod offload;
pub mod rip;
pub mod tcp;
pub mod udp;
pub mod vlan;

pub use ethernet::EtherType;
pub use ip::Protocol;
pub use ipnet::{IpNet, Ipv4Net, Ipv6Net};
pub use link::LinkType;
pub use mac::MacAddr;
pub use malformed::{Layer, Malformed};

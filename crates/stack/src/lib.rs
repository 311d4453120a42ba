//! One computer: everything between a program's socket calls and the frames on its cables.
//!
//! ```text
//!        programs          socket/   calls that mark debts, results that wait
//!   ────────────────────────────────────────────────────────────────────────
//!    ▲  rx.rs        tcp/   udp/   icmp/      tx.rs  │
//!    │  the spine          ip/                 the spine
//!    │  up              neighbor/              down  │
//!    │                    link/                      ▼
//!   ──────────────────────────────── receive ─────── poll_transmit ──────────
//! ```
//!
//! Each layer is a folder with an `ingress` (takes what the layer below parsed, answers with a
//! [`Verdict`](verdict)) and an `egress`. No layer calls another: [`rx`] and [`tx`] alone know the
//! order. Receiving marks debts, transmitting pays them: [`Stack::poll_transmit`] is the only mouth.
//!
//! | module | what |
//! |---|---|
//! | [`stack`] | [`Stack`]: the state of one computer and its whole public surface |
//! | [`rx`], [`tx`] | the spines |
//! | [`verdict`] | how a step answers; every [`DropReason`] |
//! | [`packet`] | what travels between layers |
//! | `config` | refusals of a network configuration |
//! | `control` | packets by which the hosts of a link arrange themselves |
//! | `interface` | network cards: names, addresses, MTU, offloads |
//! | `ip_options` | what a header of IPv4 carries beyond the ordinary |
//! | `listening` | what a card lets through |
//! | `ip_header`, `zone` | a header of either version; addresses that mean something on one link only |
//! | `icmp_message` | what ICMP says, in either version's dialect |
//! | `link`, `neighbor`, `multicast`, `autoconf`, `ip`, `icmp`, `ping`, `udp`, `tcp`, `unix`, `conntrack`, `filter` | the layers |
//! | `flow` | what a packet says of the conversation that it belongs to |
//! | `socket` | the words in which programs speak to the transports: names, errors, options |
//! | `keyed` | hash tables under a secret, for keys from outside |
//! | `timer` | the one wheel in which every deadline lives |
//! | `sysctl` | settings under their Linux names |

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod autoconf;
mod config;
mod conntrack;
mod control;
mod filter;
mod flow;
mod icmp;
mod icmp_message;
pub mod interface;
mod ip;
mod ip_header;
mod ip_options;
mod keyed;
mod link;
mod listening;
mod multicast;
mod neighbor;
mod packet;
mod ping;
mod rx;
mod socket;
pub mod stack;
pub mod sysctl;
mod tcp;
mod timer;
mod tx;
mod udp;
mod unix;
pub mod verdict;
mod zone;

pub use ::tcp::Info as TcpInfo;
pub use autoconf::{AdvertisedRoute, Learned, Router, RouterConfig};
pub use config::ConfigError;
pub use conntrack::{ConntrackStatus, NatBehavior, NatConfig, PortForward, PortProtocol};
pub use filter::{
    Firewall, FirewallAction, FirewallCount, FirewallCounts, FirewallPath, FirewallRule,
};
pub use flow::ConnectionState;
pub use interface::{
    AddressState, Interface, InterfaceConfig, InterfaceId, Medium, Notice, Offload, VlanOf,
};
pub use ip::route::Route;
pub use listening::Listening;
pub use neighbor::{Neighbor, NeighborState};
pub use socket::{
    Address, Cmsg, Errno, Event, ExtendedError, Family, GroupInterface, GroupRequest, How,
    IpOptions, Kind, Listed, Message, MessageFlags, OptionName, Origin, PktInfo, PktInfo6, Queued,
    Readiness, Received, ReceivedBytes, RecvFlags, SendFlags, SocketId, SocketOption, State,
    UnixName, options,
};
pub use stack::{Closing, Stack};
pub use sysctl::Sysctls;
pub use verdict::{DropReason, Drops};

//! Berkeley sockets over a [`Network`]: the kernel's, a TAP host's, or a simulated LAN's.
//!
//! A program is written once against these types and runs unchanged on every network; the
//! `&Network` that a constructor takes is the only difference from the types everyone knows.
//!
//! | shape | items | for |
//! |---|---|---|
//! | Berkeley's | [`Socket`], [`SocketFile`], [`Family`], [`Type`], [`Address`] | the functions of the table, by their names |
//! | std's | [`TcpListener`], [`TcpStream`], [`UdpSocket`], [`UnixListener`], [`UnixStream`], [`UnixDatagram`] | blocking programs |
//! | tokio's | [`mod@tokio`]: the same six | async programs, hyper and axum |
//!
//! Around them: [`Network`] with its clock, and [`options`], the same for all of them.
//!
//! # Where things are
//!
//! - `on.rs`: the enum with an arm a network that every type is made of, and `each!`, which passes a
//!   call on to the arm.
//! - `network.rs`: which network, and its clock. `resolve.rs`: what a host's name means on it.
//! - `address.rs`, `errno.rs`, `options/`: names, error numbers and options.
//! - `socket/`: the Berkeley socket, its time-outs and its file.
//! - `kernel/`: what does its work on the kernel's network.
//! - `lan/`: [`Lan`], a simulated LAN whose hosts are networks.
//! - `tap.rs`: [`Tap`], a network of ours on a TAP device.
//! - `ours/`: what does its work on a stack of ours.
//! - `net/`: std's shape, newtypes over the Berkeley socket.
//! - `tokio/`: tokio's shape, newtypes over the kernel's asynchronous sockets.

#![forbid(unsafe_code)]

#[macro_use]
mod on;
mod address;
mod errno;
mod kernel;
pub mod lan;
mod net;
mod network;
mod ours;
#[macro_use]
pub mod options;
mod resolve;
mod socket;
mod tap;
pub mod tokio;

pub use address::{Address, ToAddress, UnixAddress};
pub use base::time::Instant;
pub use lan::{Lan, LanError, LanHost};
pub use net::{
    Incoming, TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream,
};
pub use network::{Elapsed, Network};
pub use socket::{Family, Message, Socket, SocketFile, Type};
pub use stack::{
    AddressState, Cmsg, ExtendedError, IpOptions, MessageFlags, Origin, PktInfo, PktInfo6, Queued,
    Readiness, RecvFlags, Route, SendFlags,
};
pub use tap::Tap;
pub use wire::{IpNet, MacAddr};

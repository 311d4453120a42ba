//! The socket of one protocol: datagrams with the card that they come in at or leave by.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use landline::options::{
    IP_ADD_MEMBERSHIP, IP_MULTICAST_LOOP, IP_PKTINFO, IP_TOS, IPPROTO_IP, IPPROTO_IPV6,
    IPV6_JOIN_GROUP, IPV6_MULTICAST_HOPS, IPV6_MULTICAST_LOOP, IPV6_RECVHOPLIMIT, IPV6_RECVPKTINFO,
    IPV6_TCLASS, IPV6_UNICAST_HOPS, Options,
};
use landline::{Cmsg, Network, PktInfo, PktInfo6, RecvFlags, SendFlags, Socket, tokio};
use stack::InterfaceId;
use wire::rip::{ng, v2};

use super::machine::{Protocol, Transmit};

/// Internetwork control, as routers mark what they tell each other (RFC 791, DSCP CS6).
const CONTROL: i32 = 0xc0;

/// The socket.
pub(super) struct Datagrams {
    protocol: Protocol,
    /// The same socket twice: one to call, one to wait for.
    socket: landline::UdpSocket,
    ready: tokio::UdpSocket,
}

/// A datagram, but for its bytes.
pub(super) struct Arrival {
    pub(super) iface: InterfaceId,
    pub(super) from: SocketAddr,
    pub(super) hops: Option<u8>,
    pub(super) len: usize,
}

impl Datagrams {
    /// Where a protocol listens.
    pub(super) fn at(protocol: Protocol) -> SocketAddr {
        match protocol {
            Protocol::V2 => (Ipv4Addr::UNSPECIFIED, v2::PORT).into(),
            Protocol::Ng => (Ipv6Addr::UNSPECIFIED, ng::PORT).into(),
        }
    }

    pub(super) fn bind(network: &Network, protocol: Protocol) -> io::Result<Self> {
        let socket = landline::UdpSocket::bind(network, Self::at(protocol))?;
        let options: &[(i32, i32, i32)] = match protocol {
            Protocol::V2 => &[
                (IPPROTO_IP, IP_PKTINFO, 1),
                (IPPROTO_IP, IP_MULTICAST_LOOP, 0),
                (IPPROTO_IP, IP_TOS, CONTROL),
            ],
            // RFC 2080 §2.4.2: by the hops one sees that nobody passed it on.
            Protocol::Ng => &[
                (IPPROTO_IPV6, IPV6_RECVPKTINFO, 1),
                (IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1),
                (IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0),
                (IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255),
                (IPPROTO_IPV6, IPV6_UNICAST_HOPS, 255),
                (IPPROTO_IPV6, IPV6_TCLASS, CONTROL),
            ],
        };
        for (level, name, value) in options {
            Options::setsockopt(&socket, *level, *name, *value)?;
        }
        let ready = tokio::UdpSocket::from_std(socket.try_clone()?)?;
        Ok(Self {
            protocol,
            socket,
            ready,
        })
    }

    /// Listens to the routers' group at a card.
    pub(super) fn join(&self, iface: InterfaceId) -> io::Result<()> {
        let index = iface.scope_id().to_ne_bytes();
        match self.protocol {
            // struct ip_mreqn: group, our address, number.
            Protocol::V2 => {
                let mut request = [0; 12];
                request[..4].copy_from_slice(&v2::GROUP.octets());
                request[8..].copy_from_slice(&index);
                Options::setsockopt_bytes(&self.socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request)
            }
            // struct ipv6_mreq: group, number.
            Protocol::Ng => {
                let mut request = [0; 20];
                request[..16].copy_from_slice(&ng::GROUP.octets());
                request[16..].copy_from_slice(&index);
                Options::setsockopt_bytes(&self.socket, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request)
            }
        }
    }

    /// Waits until there is something to receive.
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.ready.readable().await
    }

    /// Receives a datagram; `None` when there is none.
    pub(super) fn receive(&self, buf: &mut [u8]) -> io::Result<Option<Arrival>> {
        /// Bytes for two control messages with their headers.
        const ROOM: usize = 256;
        let socket: &Socket = self.socket.as_ref();
        let received = socket.recvmsg(&mut [IoSliceMut::new(buf)], ROOM, RecvFlags::DONTWAIT);
        let message = match received {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            received => received?,
        };
        let (mut iface, mut hops) = (None, None);
        for said in &message.control {
            match said {
                Cmsg::PktInfo(info) => iface = InterfaceId::from_scope_id(info.index),
                Cmsg::PktInfo6(info) => iface = InterfaceId::from_scope_id(info.index),
                Cmsg::HopLimit(count) => hops = Some(*count),
                _ => {}
            }
        }
        let from = message.from.and_then(|from| from.as_ip());
        // One without would come from nobody at no card, and is refused as such.
        let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        Ok(Some(Arrival {
            iface: iface.unwrap_or(InterfaceId::LOOPBACK),
            from: from.unwrap_or(nobody),
            hops,
            len: message.len,
        }))
    }

    /// Sends a message. What has no room is lost, as on the link it might be.
    pub(super) fn send(&self, transmit: &Transmit) -> io::Result<()> {
        let Transmit { iface, to, bytes } = transmit;
        let index = iface.scope_id();
        let (to, by) = match self.protocol {
            Protocol::V2 => {
                let by = PktInfo {
                    index,
                    spec_dst: Ipv4Addr::UNSPECIFIED,
                    addr: Ipv4Addr::UNSPECIFIED,
                };
                let all = (IpAddr::from(v2::GROUP), v2::PORT);
                (SocketAddr::from(to.unwrap_or(all)), Cmsg::PktInfo(by))
            }
            Protocol::Ng => {
                let addr = Ipv6Addr::UNSPECIFIED;
                let by = Cmsg::PktInfo6(PktInfo6 { addr, index });
                let to = match to {
                    Some((IpAddr::V6(addr), port)) => SocketAddrV6::new(*addr, *port, 0, index),
                    _ => SocketAddrV6::new(ng::GROUP, ng::PORT, 0, index),
                };
                (to.into(), by)
            }
        };
        let socket: &Socket = self.socket.as_ref();
        let sent = socket.sendmsg_to(&[IoSlice::new(bytes)], to, &[by], SendFlags::DONTWAIT);
        sent.map(drop)
    }
}

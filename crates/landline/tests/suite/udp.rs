//! Datagrams over UDP.

use std::io::ErrorKind;

use landline::options::Options;
use landline::{Family, Socket, Type, UdpSocket};

use super::{Place, errno, ip, pattern};

pub(crate) fn an_empty_datagram_arrives(place: &Place) {
    let (server, address) = place.server_datagram();
    let client = place.client_datagram();
    assert_eq!(client.sendto(b"", address).unwrap(), 0);
    client.sendto(b"next", address).unwrap();
    let mut buf = [7; 8];
    let (length, who) = server.recvfrom(&mut buf).unwrap();
    assert_eq!(length, 0);
    assert_eq!(server.recvfrom(&mut buf).unwrap(), (4, who.clone()));
    assert_eq!(server.sendto(b"", &who).unwrap(), 0);
    assert_eq!(client.recv(&mut buf).unwrap(), 0);
}

pub(crate) fn the_largest_datagram_arrives_and_no_larger_one(place: &Place) {
    let (server, address) = place.server_datagram();
    let client = place.client_datagram();
    let largest = place.largest_datagram();
    let data = pattern(largest + 1);
    assert_eq!(errno(client.sendto(&data, address)), 90);
    assert_eq!(client.sendto(&data[..largest], address).unwrap(), largest);
    let mut buf = vec![0; 70_000];
    let (length, _) = server.recvfrom(&mut buf).unwrap();
    assert_eq!(length, largest);
    assert!(buf[..length] == data[..length]);
}

pub(crate) fn a_short_buffer_loses_the_tail(place: &Place) {
    let (server, address) = place.server_datagram();
    let client = place.client_datagram();
    client.sendto(b"abcdef", address).unwrap();
    client.sendto(b"next", address).unwrap();
    let mut buf = [0; 3];
    assert_eq!(server.recv(&mut buf).unwrap(), 3);
    assert_eq!(&buf, b"abc");
    assert_eq!(server.recv(&mut buf).unwrap(), 3);
    assert_eq!(&buf, b"nex");
}

pub(crate) fn a_connected_socket_hears_its_peer_alone(place: &Place) {
    let (friend, address) = place.server_datagram();
    let (stranger, _) = place.server_datagram();
    let client = place.client_datagram();
    client.connect(address).unwrap();
    assert_eq!(ip(client.getpeername().unwrap()), address);
    client.send(b"hello").unwrap();
    let (_, who) = friend.recvfrom(&mut [0; 8]).unwrap();
    stranger.sendto(b"noise", &who).unwrap();
    friend.sendto(b"answer", &who).unwrap();
    let mut buf = [0; 8];
    assert_eq!(client.recv(&mut buf).unwrap(), 6);
    assert_eq!(&buf[..6], b"answer");
}

/// RFC 1122 §4.1.3.3: port unreachable is told to the socket that sent.
pub(crate) fn a_closed_port_refuses_the_connected(place: &Place) {
    let (_held, address) = place.closed_port(Type::Datagram);
    let client = place.client_datagram();
    client.connect(address).unwrap();
    client.send(b"anybody?").unwrap();
    assert_eq!(errno(client.recv(&mut [0; 8])), 111);
}

pub(crate) fn sending_to_nobody_needs_an_address(place: &Place) {
    assert_eq!(errno(place.client_datagram().send(b"?")), 89);
}

pub(crate) fn broadcast_needs_permission(place: &Place) {
    let server = UdpSocket::bind(&place.server, "0.0.0.0:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let client = Socket::new(&place.client, Family::Inet, Type::Datagram).unwrap();
    let everybody = (place.broadcast, port);
    assert_eq!(errno(client.sendto(b"hello", everybody)), 13);
    client.set_broadcast(true).unwrap();
    assert_eq!(client.sendto(b"hello", everybody).unwrap(), 5);
    let mut buf = [0; 8];
    let (length, _) = server.recv_from(&mut buf).unwrap();
    assert_eq!(&buf[..length], b"hello");
}

pub(crate) fn peek_takes_nothing(place: &Place) {
    let (server, address) = place.server_datagram();
    let client = place.client_datagram();
    client.sendto(b"once", address).unwrap();
    let mut buf = [0; 8];
    let (length, who) = server.peekfrom(&mut buf).unwrap();
    assert_eq!(length, 4);
    assert_eq!(server.recvfrom(&mut buf).unwrap(), (4, who));
}

pub(crate) fn the_std_shape_carries_datagrams(place: &Place) {
    let server = UdpSocket::bind(&place.server, place.any_port()).unwrap();
    let client = UdpSocket::bind(&place.client, place.anywhere()).unwrap();
    client.connect(server.local_addr().unwrap()).unwrap();
    client.send(b"hello").unwrap();
    let mut buf = [0; 16];
    let (length, who) = server.recv_from(&mut buf).unwrap();
    assert_eq!(who, client.local_addr().unwrap());
    server
        .send_to(&buf[..length].to_ascii_uppercase(), who)
        .unwrap();
    assert_eq!(client.recv(&mut buf).unwrap(), 5);
    assert_eq!(&buf[..5], b"HELLO");
    client.set_nonblocking(true).unwrap();
    assert_eq!(
        client.recv(&mut buf).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
}

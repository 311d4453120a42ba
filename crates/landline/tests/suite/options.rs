//! Socket options, by number and typed. The numbers and defaults are Linux's, as literals.

use std::io::ErrorKind;
use std::time::Duration;

use landline::options::{self, Options};
use landline::{TcpListener, TcpStream, Type, UdpSocket};

use super::{Place, errno, kind};

pub(crate) fn a_stream_has_linuxs_defaults(place: &Place) {
    let socket = place.client_stream();
    assert!(!socket.reuse_address().unwrap());
    assert!(!socket.reuse_port().unwrap());
    assert!(!socket.keepalive().unwrap());
    assert!(!socket.nodelay().unwrap());
    assert!(!socket.broadcast().unwrap());
    assert_eq!(socket.linger().unwrap(), None);
    assert_eq!(socket.user_timeout().unwrap(), None);
    assert_eq!(socket.ttl().unwrap(), 64);
    // RFC 9293 §3.7.1: 536 until a connection says otherwise.
    assert_eq!(socket.maxseg().unwrap(), 536);
}

pub(crate) fn flags_are_set_and_read_both_ways(place: &Place) {
    let socket = place.client_stream();
    for (level, name) in [(1, 2), (1, 6), (1, 9), (1, 15), (6, 1)] {
        socket.setsockopt(level, name, 1).unwrap();
        assert_eq!(socket.getsockopt(level, name).unwrap(), 1, "{level} {name}");
    }
    assert!(socket.reuse_address().unwrap());
    assert!(socket.broadcast().unwrap());
    assert!(socket.keepalive().unwrap());
    assert!(socket.reuse_port().unwrap());
    assert!(socket.nodelay().unwrap());
    socket.set_nodelay(false).unwrap();
    assert_eq!(socket.getsockopt(6, 1).unwrap(), 0);
}

pub(crate) fn keepalive_has_its_timings(place: &Place) {
    let socket = place.client_stream();
    socket.set_keepalive(true).unwrap();
    socket.set_keepalive_idle(Duration::from_secs(60)).unwrap();
    let begun = Duration::from_millis(9_001);
    socket.set_keepalive_interval(begun).unwrap();
    socket.set_keepalive_count(4).unwrap();
    assert_eq!(socket.getsockopt(6, 4).unwrap(), 60);
    assert_eq!(socket.getsockopt(6, 5).unwrap(), 10, "rounded up");
    assert_eq!(socket.getsockopt(6, 6).unwrap(), 4);
    let idle = socket.keepalive_idle().unwrap();
    assert_eq!(idle, Duration::from_secs(60));
    let none = socket.set_keepalive_idle(Duration::ZERO);
    assert_eq!(errno(none), 22);
}

pub(crate) fn buffers_are_at_least_what_was_asked_for(place: &Place) {
    for socket in [place.client_stream(), place.client_datagram()] {
        socket.set_recv_buffer_size(50_000).unwrap();
        socket.set_send_buffer_size(40_000).unwrap();
        assert_eq!(socket.recv_buffer_size().unwrap(), 100_000, "Linux doubles");
        assert_eq!(socket.send_buffer_size().unwrap(), 80_000);
    }
}

pub(crate) fn linger_is_in_whole_seconds_rounded_up(place: &Place) {
    let socket = place.client_stream();
    for (given, kept) in [(0, 0), (1, 1), (1_000, 1), (2_500, 3)] {
        socket
            .set_linger(Some(Duration::from_millis(given)))
            .unwrap();
        let linger = socket.linger().unwrap();
        assert_eq!(linger, Some(Duration::from_secs(kept)), "{given} ms");
    }
    socket.set_linger(None).unwrap();
    assert_eq!(socket.linger().unwrap(), None);
    // struct linger { int l_onoff; int l_linger; }
    let mut raw = [0; 8];
    socket.set_linger(Some(Duration::from_secs(7))).unwrap();
    assert_eq!(socket.getsockopt_bytes(1, 13, &mut raw).unwrap(), 8);
    assert_eq!(raw[..4], 1_i32.to_ne_bytes());
    assert_eq!(raw[4..], 7_i32.to_ne_bytes());
}

pub(crate) fn a_user_timeout_is_in_milliseconds(place: &Place) {
    let socket = place.client_stream();
    let timeout = Some(Duration::from_millis(1_500));
    socket.set_user_timeout(timeout).unwrap();
    assert_eq!(socket.getsockopt(6, 18).unwrap(), 1_500);
    assert_eq!(socket.user_timeout().unwrap(), timeout);
}

pub(crate) fn ttl_has_its_range(place: &Place) {
    let socket = place.client_datagram();
    for hops in [1, 64, 255] {
        socket.set_ttl(hops).unwrap();
        assert_eq!(socket.getsockopt(0, 2).unwrap(), hops as i32);
    }
    assert_eq!(errno(socket.set_ttl(0)), 22);
    assert_eq!(errno(socket.set_ttl(256)), 22);
}

pub(crate) fn maxseg_is_kept(place: &Place) {
    let (listener, address) = place.listener();
    let caller = place.client_stream();
    caller.set_maxseg(1_000).unwrap();
    caller.connect(address).unwrap();
    let (callee, _) = listener.accept().unwrap();
    for end in [&caller, &callee] {
        let bytes = end.maxseg().unwrap();
        assert!((500..=1_000).contains(&bytes), "{bytes}");
    }
    assert_eq!(errno(place.client_stream().set_maxseg(87)), 22, "below 88");
}

pub(crate) fn options_of_other_protocols_are_refused(place: &Place) {
    let datagram = place.client_datagram();
    // Linux says it in two ways.
    let refused = if place.address.is_ipv6() { 92 } else { 95 };
    assert_eq!(errno(datagram.nodelay()), refused);
    assert_eq!(errno(datagram.set_nodelay(true)), 92);
    let stream = place.client_stream();
    assert_eq!(errno(stream.getsockopt(1, 9_999)), 92);
    assert_eq!(errno(stream.setsockopt(6, 9_999, 1)), 92);
    assert_eq!(errno(stream.setsockopt(1, options::SO_TYPE, 1)), 92);
}

pub(crate) fn a_refusal_is_told_once(place: &Place) {
    let (_held, address) = place.closed_port(Type::Datagram);
    let client = place.client_datagram();
    client.connect(address).unwrap();
    client.send(b"anybody?").unwrap();
    assert_eq!(errno(client.recv(&mut [0; 8])), 111);
    assert!(client.take_error().unwrap().is_none());
}

pub(crate) fn the_type_is_told(place: &Place) {
    assert_eq!(place.client_stream().getsockopt(1, 3).unwrap(), 1);
    assert_eq!(place.client_datagram().getsockopt(1, 3).unwrap(), 2);
    let (listener, _) = place.listener();
    assert_eq!(listener.getsockopt(1, 30).unwrap(), 1, "SO_ACCEPTCONN");
    assert_eq!(
        place.client_stream().getsockopt(1, 39).unwrap(),
        if place.address.is_ipv6() { 10 } else { 2 },
        "AF_INET6 or AF_INET"
    );
}

pub(crate) fn every_shape_has_them(place: &Place) {
    let listener = TcpListener::bind(&place.server, place.any_port()).unwrap();
    assert!(listener.reuse_address().unwrap(), "as std");
    let address = listener.local_addr().unwrap();
    let stream = TcpStream::connect(&place.client, address).unwrap();
    stream.set_keepalive(true).unwrap();
    assert!(stream.keepalive().unwrap());
    let datagram = UdpSocket::bind(&place.client, "0.0.0.0:0").unwrap();
    datagram.set_ttl(9).unwrap();
    assert_eq!(datagram.ttl().unwrap(), 9);
    assert_eq!(kind(datagram.set_ttl(0)), ErrorKind::InvalidInput);
}

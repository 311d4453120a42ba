//! What programs say of IP's header: options of IPv4, the interface and the longest packet of IPv6.

use std::io::IoSliceMut;

use landline::options::*;
use landline::{Cmsg, Family, IpOptions, RecvFlags, SendFlags, Socket, Type};

use crate::place::{Place, name, without_port};

fn six(p: &Place) -> Socket {
    Socket::new(&p.network, Family::Inet6, Type::Datagram).unwrap()
}

fn list(p: &mut Place, label: &str, socket: &Socket) {
    let mut value = [0; 44];
    let len = socket.getsockopt_bytes(IPPROTO_IP, IP_OPTIONS, &mut value);
    p.note(label, len.map(|len| value[..len].to_vec()));
}

/// Lists that a program may give without privileges on Linux, and some that make no sense.
#[rustfmt::skip]
const LISTS: &[&[u8]] = &[
    &[1], &[0], &[1, 1, 0, 7, 7, 4, 0, 0], &[1; 40], &[1; 41],
    // Router Alert.
    &[148, 4, 0, 0], &[148, 3, 0], &[148, 4, 0, 1], &[148, 4, 0, 0, 148, 4, 0, 0],
    // Record Route.
    &[7, 7, 4, 0, 0, 0, 0], &[7, 3, 4], &[7, 7, 5, 0, 0, 0, 0], &[7, 7, 3, 0, 0, 0, 0], &[7, 7, 8, 0, 0, 0, 0],
    &[7, 11, 8, 9, 9, 9, 9, 0, 0, 0, 0], &[7, 7, 4, 0, 0, 0, 0, 7, 7, 4, 0, 0, 0, 0], &[7], &[7, 1], &[7, 9, 4, 0],
    // Timestamp.
    &[68, 8, 5, 0, 0, 0, 0, 0], &[68, 4, 5, 0], &[68, 4, 5, 0xf0], &[68, 4, 5, 0xf3], &[68, 8, 4, 0, 0, 0, 0, 0],
    &[68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0], &[68, 8, 5, 1, 0, 0, 0, 0], &[68, 6, 5, 0, 0, 0],
    &[68, 12, 5, 3, 127, 0, 0, 1, 0, 0, 0, 0],
    // Source routes.
    &[131, 7, 4, 127, 0, 0, 1], &[137, 11, 4, 127, 0, 0, 1, 127, 0, 0, 2], &[131, 7, 8, 127, 0, 0, 1],
    &[131, 3, 4], &[131, 6, 4, 127, 0, 0], &[131, 7, 4, 127, 0, 0, 1, 137, 7, 4, 127, 0, 0, 1],
    // Commercial security that says nothing.
    &[134, 6, 0, 0, 0, 0],
    &[],
];

/// `IP_OPTIONS` set and read, on each kind of socket.
pub(crate) fn lists(p: &mut Place) {
    for (kind, make) in [
        ("udp: ", Place::udp as fn(&Place) -> Socket),
        ("tcp: ", Place::tcp),
        ("udp of IPv6: ", six),
        ("connected: ", |p| p.pair().0),
    ] {
        p.topic = kind.to_owned();
        let socket = make(p);
        list(p, "at first", &socket);
        for value in LISTS {
            let set = socket.setsockopt_bytes(IPPROTO_IP, IP_OPTIONS, value);
            p.note(&format!("set to {value:?}"), set);
            list(p, "then", &socket);
        }
        let few = [148, 4, 0, 0, 1, 1, 1, 1];
        socket
            .setsockopt_bytes(IPPROTO_IP, IP_OPTIONS, &few)
            .unwrap();
        let mut value = [0xee; 8];
        let read = socket.getsockopt_bytes(IPPROTO_IP, IP_OPTIONS, &mut value[..5]);
        p.note("read into five", read.map(|len| (len, value)));
    }
    p.topic.clear();
}

/// Control messages; times, which are each network's own, are struck out.
fn come(p: &mut Place, label: &str, socket: &Socket) {
    let mut bytes = [0; 64];
    let mut bufs = [IoSliceMut::new(&mut bytes)];
    let got = socket.recvmsg(&mut bufs, 512, RecvFlags::DONTWAIT);
    let shown = got.map(|message| {
        let control = message.control.into_iter().map(|cmsg| match cmsg {
            Cmsg::RecvOpts(options) => format!("RECVOPTS {:?}", timeless(options)),
            Cmsg::RetOpts(options) => format!("RETOPTS {:?}", timeless(options)),
            other => format!("{other:?}"),
        });
        (message.len, control.collect::<Vec<_>>(), message.flags)
    });
    p.note(label, shown);
}

fn timeless(options: IpOptions) -> Vec<u8> {
    let mut bytes = options.as_bytes().to_vec();
    if let [68, len, pointer, flags, ..] = bytes[..] {
        let step = if flags & 15 == 0 { 4 } else { 8 };
        let end = usize::from(pointer.min(len + 1)) - 1;
        for at in (4..end).step_by(step) {
            bytes[at + step - 4..at + step].fill(0);
        }
    }
    bytes
}

/// What is sent with options, and how it comes.
pub(crate) fn sent(p: &mut Place) {
    let (to, address) = p.bound_udp();
    to.setsockopt(IPPROTO_IP, IP_RECVOPTS, 1).unwrap();
    let from = p.udp();
    for value in LISTS {
        if from
            .setsockopt_bytes(IPPROTO_IP, IP_OPTIONS, value)
            .is_err()
        {
            continue;
        }
        p.topic = format!("{value:?}: ");
        p.note("sent", from.sendto(b"abc", address));
        // No host obeys a source route: it goes nowhere.
        if ![Some(&131), Some(&137)].contains(&value.first()) {
            p.news(&to);
        }
        come(p, "comes", &to);
    }
    p.topic.clear();
    let record = [7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0];
    from.setsockopt_bytes(IPPROTO_IP, IP_OPTIONS, &record)
        .unwrap();
    for (option, level, number) in [
        ("RETOPTS", IPPROTO_IP, IP_RETOPTS),
        ("RECVTTL", IPPROTO_IP, IP_RECVTTL),
        ("ORIGDSTADDR", IPPROTO_IP, IP_RECVTOS),
    ] {
        to.setsockopt(level, number, 1).unwrap();
        p.note(option, from.sendto(b"abc", address));
        p.news(&to);
        come(p, "comes with it", &to);
    }
    // What one datagram asks for goes before what its socket says.
    for control in [
        Cmsg::RetOpts(IpOptions::new(&[148, 4, 0, 0]).unwrap()),
        Cmsg::RetOpts(IpOptions::default()),
        Cmsg::RecvOpts(IpOptions::default()),
    ] {
        let bufs = [std::io::IoSlice::new(b"abcd")];
        let sent = from.sendmsg_to(&bufs, address, &[control], SendFlags::empty());
        let any = sent.is_ok();
        p.note(&format!("asked {control:?}"), sent);
        if any {
            p.news(&to);
        }
        come(p, "so it comes", &to);
    }
    from.setsockopt_bytes(IPPROTO_IP, IP_OPTIONS, &[148, 4, 0, 0])
        .unwrap();
    for len in [65_507, 65_504, 65_503] {
        p.note(&format!("{len} bytes"), from.sendto(&vec![0; len], address));
    }
    // A socket of both families hears them too, and a stream carries them.
    let both = six(p);
    both.bind(("::", 0)).unwrap();
    both.setsockopt(IPPROTO_IP, IP_RECVOPTS, 1).unwrap();
    let port = name(&both).port();
    p.note("to both", from.sendto(b"x", ("127.0.0.1", port)));
    p.news(&both);
    come(p, "comes to both", &both);
    let (listener, address) = p.listener();
    let caller = p.tcp();
    caller
        .setsockopt_bytes(IPPROTO_IP, IP_OPTIONS, &[148, 4, 0, 0])
        .unwrap();
    p.note("a stream", caller.connect(address));
    let callee = listener.accept().unwrap().0;
    list(p, "the caller's", &caller);
    caller.sendall(b"over a stream").unwrap();
    let mut bytes = [0; 13];
    p.note("heard", callee.recv_with(&mut bytes, RecvFlags::WAITALL));
}

fn sticky(index: u32, address: &str) -> Vec<u8> {
    let addr: std::net::Ipv6Addr = address.parse().unwrap();
    [&addr.octets()[..], &index.to_ne_bytes()].concat()
}

/// `IPV6_PKTINFO` that stays, and `IPV6_MTU`.
pub(crate) fn of_ipv6(p: &mut Place) {
    let to = six(p);
    to.bind(("::1", 0)).unwrap();
    let address = name(&to);
    for (label, value) in [
        ("loopback", sticky(1, "::")),
        ("an address", sticky(0, "::1")),
        ("both", sticky(1, "::1")),
        ("none of ours", sticky(0, "2001:db8::9")),
        ("mapped", sticky(1, "::ffff:127.0.0.1")),
        ("nowhere", sticky(99, "::")),
        ("sixteen bytes", vec![0; 16]),
        ("no bytes", Vec::new()),
        ("longer", [sticky(1, "::"), vec![0; 4]].concat()),
    ] {
        p.topic = format!("{label}: ");
        let from = six(p);
        p.note(
            "set",
            from.setsockopt_bytes(IPPROTO_IPV6, IPV6_PKTINFO, &value),
        );
        p.note("read", from.getsockopt(IPPROTO_IPV6, IPV6_PKTINFO));
        p.note("sent", from.sendto(b"x", address));
        p.note("connect", from.connect(address));
        p.note("its name", from.getsockname().map(without_port));
        let over4 = six(p);
        let _ = over4.setsockopt_bytes(IPPROTO_IPV6, IPV6_PKTINFO, &value);
        let (_held, mapped) = p.bound_udp();
        let mapped = (format!("::ffff:{}", mapped.ip()), mapped.port());
        p.note(
            "over IPv4",
            over4.sendto(b"x", (mapped.0.as_str(), mapped.1)),
        );
    }
    p.topic.clear();
    // Of datagrams, what is longer than IPV6_MTU is cut, or refused where it may not be.
    for mtu in [1280, 2000, 0] {
        p.topic = format!("IPV6_MTU {mtu}: ");
        let from = six(p);
        from.connect(address).unwrap();
        p.note("set", from.setsockopt(IPPROTO_IPV6, 24, mtu));
        p.note("read", from.getsockopt(IPPROTO_IPV6, 24));
        p.note("cut", from.send(&[7; 3000]));
        from.setsockopt(IPPROTO_IPV6, 62, 1).unwrap();
        for len in [1232, 1233, 1952, 1953, 3000] {
            p.note(&format!("uncut, {len} bytes"), from.send(&vec![7; len]));
        }
    }
    p.topic.clear();
}

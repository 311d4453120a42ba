//! Options' values as bytes that are fewer than an `int`: IPv4's take them, the others do not.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use stack::{Errno, OptionName, SocketOption};

#[test]
fn an_int_of_ipv4_may_be_a_char() {
    use SocketOption::{MtuDiscover, MulticastAll, MulticastLoop, MulticastTtl, PktInfo};
    use SocketOption::{RecvErr, RecvTos, RecvTtl, Tos, Ttl};
    for (option, byte) in [
        (Tos(0x10), 0x10),
        (Ttl(Some(255)), 255),
        (PktInfo(true), 2),
        (MtuDiscover(2), 2),
        (RecvErr(true), 1),
        (RecvTtl(false), 0),
        (RecvTos(true), 255),
        (MulticastTtl(255), 255),
        (MulticastLoop(false), 0),
        (MulticastAll(true), 1),
    ] {
        // Of two or three bytes only the first counts (ip(7) takes `char` or `int`; Linux 6.18).
        for bytes in [&[byte][..], &[byte, 1], &[byte, 0, 1]] {
            let read = SocketOption::from_bytes(option.name(), bytes);
            assert_eq!(read, Ok(option), "{option:?} from {bytes:?}");
        }
        let whole = SocketOption::from_bytes(option.name(), &i32::from(byte).to_ne_bytes());
        assert_eq!(whole, Ok(option));
    }
}

#[test]
fn no_bytes_are_a_zero_to_most_of_ipv4() {
    use SocketOption::{MtuDiscover, PktInfo, RecvErr, RecvTos, RecvTtl, Tos};
    for option in [
        Tos(0),
        PktInfo(false),
        MtuDiscover(0),
        RecvErr(false),
        RecvTtl(false),
        RecvTos(false),
    ] {
        assert_eq!(SocketOption::from_bytes(option.name(), &[]), Ok(option));
    }
    for name in [
        OptionName::Ttl,
        OptionName::MulticastTtl,
        OptionName::MulticastLoop,
        OptionName::MulticastAll,
    ] {
        let read = SocketOption::from_bytes(name, &[]);
        assert_eq!(read, Err(Errno::EINVAL), "{name:?}");
    }
}

#[test]
fn others_take_nothing_shorter_than_an_int() {
    for name in [
        OptionName::ReuseAddr,
        OptionName::NoDelay,
        OptionName::KeepIdle,
        OptionName::TrafficClass,
        OptionName::V6Only,
        OptionName::Multicast6Loop,
    ] {
        for bytes in [&[][..], &[1], &[1, 1, 1]] {
            let read = SocketOption::from_bytes(name, bytes);
            assert_eq!(read, Err(Errno::EINVAL), "{name:?} from {bytes:?}");
        }
    }
    // An interface is an address, whose first byte says nothing.
    for bytes in [&[1][..], &[1, 1, 1]] {
        let read = SocketOption::from_bytes(OptionName::MulticastIf, bytes);
        assert_eq!(read, Err(Errno::EINVAL));
    }
}

//! Socket options, by number and typed.

mod numbers;

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

pub use numbers::*;

/// The options of a socket: typed methods, and by Linux's number ([`getsockopt`], [`setsockopt`])
/// for all others. Every socket type has them.
///
/// ```
/// use landline::options::{IPPROTO_TCP, Options, TCP_NODELAY};
/// use landline::{Family, Network, Socket, Type};
/// use std::time::Duration;
///
/// # fn main() -> std::io::Result<()> {
/// let socket = Socket::new(&Network::kernel(), Family::Inet, Type::Stream)?;
/// socket.set_reuse_address(true)?;
/// socket.set_keepalive(true)?;
/// socket.set_keepalive_idle(Duration::from_secs(60))?;
///
/// socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)?;
/// assert!(socket.nodelay()?);
/// # Ok(())
/// # }
/// ```
///
/// All of them fail with what the network says: ENOPROTOOPT for an option that the socket's
/// protocol does not have, EINVAL for a value outside its range.
///
/// [`getsockopt`]: Self::getsockopt
/// [`setsockopt`]: Self::setsockopt
pub trait Options {
    /// Reads the option `name` of `level` into `value`; gives the number of bytes written there.
    fn getsockopt_bytes(&self, level: i32, name: i32, value: &mut [u8]) -> io::Result<usize>;

    /// Sets the option `name` of `level` to `value`.
    fn setsockopt_bytes(&self, level: i32, name: i32, value: &[u8]) -> io::Result<()>;

    /// The integer option `name` of `level`.
    fn getsockopt(&self, level: i32, name: i32) -> io::Result<i32> {
        let mut value = [0; 4];
        self.getsockopt_bytes(level, name, &mut value)?;
        Ok(i32::from_ne_bytes(value))
    }

    /// Sets the integer option `name` of `level`.
    fn setsockopt(&self, level: i32, name: i32, value: i32) -> io::Result<()> {
        self.setsockopt_bytes(level, name, &value.to_ne_bytes())
    }

    /// SO_REUSEADDR: whether it may bind to an address that connections in TIME_WAIT still use.
    fn reuse_address(&self) -> io::Result<bool> {
        flag(self, SOL_SOCKET, SO_REUSEADDR)
    }

    /// Sets SO_REUSEADDR; before `bind`.
    fn set_reuse_address(&self, on: bool) -> io::Result<()> {
        self.setsockopt(SOL_SOCKET, SO_REUSEADDR, on.into())
    }

    /// SO_REUSEPORT: whether several sockets may share its address.
    fn reuse_port(&self) -> io::Result<bool> {
        flag(self, SOL_SOCKET, SO_REUSEPORT)
    }

    /// Sets SO_REUSEPORT; before `bind`, on each of the sockets.
    fn set_reuse_port(&self, on: bool) -> io::Result<()> {
        self.setsockopt(SOL_SOCKET, SO_REUSEPORT, on.into())
    }

    /// SO_BROADCAST: whether it may send to broadcast addresses.
    fn broadcast(&self) -> io::Result<bool> {
        flag(self, SOL_SOCKET, SO_BROADCAST)
    }

    /// Sets SO_BROADCAST.
    fn set_broadcast(&self, on: bool) -> io::Result<()> {
        self.setsockopt(SOL_SOCKET, SO_BROADCAST, on.into())
    }

    /// SO_RCVBUF: bytes of memory for receiving.
    fn recv_buffer_size(&self) -> io::Result<usize> {
        natural(self, SOL_SOCKET, SO_RCVBUF)
    }

    /// Sets SO_RCVBUF. Linux reserves twice as much and reports that.
    fn set_recv_buffer_size(&self, bytes: usize) -> io::Result<()> {
        self.setsockopt(SOL_SOCKET, SO_RCVBUF, at_most_i32(bytes))
    }

    /// SO_SNDBUF: bytes of memory for sending.
    fn send_buffer_size(&self) -> io::Result<usize> {
        natural(self, SOL_SOCKET, SO_SNDBUF)
    }

    /// Sets SO_SNDBUF. Linux reserves twice as much and reports that.
    fn set_send_buffer_size(&self, bytes: usize) -> io::Result<()> {
        self.setsockopt(SOL_SOCKET, SO_SNDBUF, at_most_i32(bytes))
    }

    /// SO_LINGER: how long a close waits for unsent data, in whole seconds; `None` when it does
    /// not wait.
    fn linger(&self) -> io::Result<Option<Duration>> {
        let mut value = [0; 8];
        self.getsockopt_bytes(SOL_SOCKET, SO_LINGER, &mut value)?;
        let [on, seconds] = two_ints(value);
        Ok((on != 0).then(|| Duration::from_secs(seconds.max(0).unsigned_abs().into())))
    }

    /// Sets SO_LINGER; parts of a second are rounded up. Zero makes a close throw unsent data
    /// away and send a RST (RFC 9293 §3.10.5, "ABORT").
    fn set_linger(&self, linger: Option<Duration>) -> io::Result<()> {
        let on = i32::from(linger.is_some());
        let seconds = linger.map_or(0, whole_seconds);
        let mut value = [0; 8];
        value[..4].copy_from_slice(&on.to_ne_bytes());
        value[4..].copy_from_slice(&seconds.to_ne_bytes());
        self.setsockopt_bytes(SOL_SOCKET, SO_LINGER, &value)
    }

    /// SO_ERROR: takes the pending error, if there is one.
    fn take_error(&self) -> io::Result<Option<io::Error>> {
        let errno = self.getsockopt(SOL_SOCKET, SO_ERROR)?;
        Ok((errno != 0).then(|| io::Error::from_raw_os_error(errno)))
    }

    /// SO_KEEPALIVE: whether a silent peer is probed (RFC 9293 §3.8.4).
    fn keepalive(&self) -> io::Result<bool> {
        flag(self, SOL_SOCKET, SO_KEEPALIVE)
    }

    /// Sets SO_KEEPALIVE.
    fn set_keepalive(&self, on: bool) -> io::Result<()> {
        self.setsockopt(SOL_SOCKET, SO_KEEPALIVE, on.into())
    }

    /// TCP_KEEPIDLE: how long a peer may be silent before the first probe.
    fn keepalive_idle(&self) -> io::Result<Duration> {
        seconds(self, TCP_KEEPIDLE)
    }

    /// Sets TCP_KEEPIDLE, in whole seconds, rounded up.
    fn set_keepalive_idle(&self, idle: Duration) -> io::Result<()> {
        self.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, whole_seconds(idle))
    }

    /// TCP_KEEPINTVL: the time between probes.
    fn keepalive_interval(&self) -> io::Result<Duration> {
        seconds(self, TCP_KEEPINTVL)
    }

    /// Sets TCP_KEEPINTVL, in whole seconds, rounded up.
    fn set_keepalive_interval(&self, interval: Duration) -> io::Result<()> {
        self.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, whole_seconds(interval))
    }

    /// TCP_KEEPCNT: how many unanswered probes end the connection.
    fn keepalive_count(&self) -> io::Result<u32> {
        number(self, IPPROTO_TCP, TCP_KEEPCNT)
    }

    /// Sets TCP_KEEPCNT.
    fn set_keepalive_count(&self, count: u32) -> io::Result<()> {
        self.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, at_most_i32(count))
    }

    /// TCP_NODELAY: whether Nagle's algorithm (RFC 9293 §3.7.4) is off.
    fn nodelay(&self) -> io::Result<bool> {
        flag(self, IPPROTO_TCP, TCP_NODELAY)
    }

    /// Sets TCP_NODELAY.
    fn set_nodelay(&self, on: bool) -> io::Result<()> {
        self.setsockopt(IPPROTO_TCP, TCP_NODELAY, on.into())
    }

    /// TCP_MAXSEG: the most payload of one segment, in bytes (RFC 9293 §3.7.1).
    fn maxseg(&self) -> io::Result<u32> {
        number(self, IPPROTO_TCP, TCP_MAXSEG)
    }

    /// Sets TCP_MAXSEG; before `connect` or `listen` it is also what the SYN announces.
    fn set_maxseg(&self, bytes: u32) -> io::Result<()> {
        self.setsockopt(IPPROTO_TCP, TCP_MAXSEG, at_most_i32(bytes))
    }

    /// TCP_USER_TIMEOUT: how long sent data may stay unacknowledged before the connection is given
    /// up (RFC 5482); `None` for the network's own limit.
    fn user_timeout(&self) -> io::Result<Option<Duration>> {
        let millis: u32 = number(self, IPPROTO_TCP, TCP_USER_TIMEOUT)?;
        Ok((millis != 0).then(|| Duration::from_millis(millis.into())))
    }

    /// Sets TCP_USER_TIMEOUT, in whole milliseconds, rounded up; zero is as `None`.
    fn set_user_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        let millis = timeout.map_or(0, |it| it.as_nanos().div_ceil(1_000_000));
        self.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, at_most_i32(millis))
    }

    /// IP_TTL: the hop limit of what is sent.
    fn ttl(&self) -> io::Result<u32> {
        number(self, IPPROTO_IP, IP_TTL)
    }

    /// Sets IP_TTL, from 1 to 255.
    fn set_ttl(&self, hops: u32) -> io::Result<()> {
        self.setsockopt(IPPROTO_IP, IP_TTL, at_most_i32(hops))
    }
}

/// Gives a newtype over `On` its options.
macro_rules! has_options {
    ($($socket:ty),+ $(,)?) => {$(
        impl $crate::options::Options for $socket {
            fn getsockopt_bytes(
                &self,
                level: i32,
                name: i32,
                value: &mut [u8],
            ) -> std::io::Result<usize> {
                each!(&self.0, it => $crate::options::Raw::get(it, level, name, value))
            }

            fn setsockopt_bytes(&self, level: i32, name: i32, value: &[u8]) -> std::io::Result<()> {
                each!(&self.0, it => $crate::options::Raw::set(it, level, name, value))
            }
        }
    )+};
}

/// How a network's own socket type answers for options. The kernel's are descriptors.
pub(crate) trait Raw {
    /// As [`Options::getsockopt_bytes`].
    fn get(&self, level: i32, name: i32, value: &mut [u8]) -> io::Result<usize>;
    /// As [`Options::setsockopt_bytes`].
    fn set(&self, level: i32, name: i32, value: &[u8]) -> io::Result<()>;
}

impl<T: AsFd> Raw for T {
    fn get(&self, level: i32, name: i32, value: &mut [u8]) -> io::Result<usize> {
        host::kernel::get_option(self, level, name, value)
    }

    fn set(&self, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
        host::kernel::set_option(self, level, name, value)
    }
}

fn flag(socket: &(impl Options + ?Sized), level: i32, name: i32) -> io::Result<bool> {
    Ok(socket.getsockopt(level, name)? != 0)
}

fn natural(socket: &(impl Options + ?Sized), level: i32, name: i32) -> io::Result<usize> {
    Ok(usize::try_from(socket.getsockopt(level, name)?).unwrap_or(0))
}

fn number(socket: &(impl Options + ?Sized), level: i32, name: i32) -> io::Result<u32> {
    Ok(u32::try_from(socket.getsockopt(level, name)?).unwrap_or(0))
}

fn seconds(socket: &(impl Options + ?Sized), name: i32) -> io::Result<Duration> {
    let seconds = number(socket, IPPROTO_TCP, name)?;
    Ok(Duration::from_secs(seconds.into()))
}

/// The two members of a `struct linger`.
fn two_ints(bytes: [u8; 8]) -> [i32; 2] {
    let [a, b, c, d, e, f, g, h] = bytes;
    [
        i32::from_ne_bytes([a, b, c, d]),
        i32::from_ne_bytes([e, f, g, h]),
    ]
}

/// `duration` in seconds, a begun one counted whole: half a second must not become zero, which
/// means something else.
fn whole_seconds(duration: Duration) -> i32 {
    let begun = u64::from(duration.subsec_nanos() > 0);
    at_most_i32(duration.as_secs().saturating_add(begun))
}

fn at_most_i32(value: impl TryInto<i32>) -> i32 {
    value.try_into().unwrap_or(i32::MAX)
}

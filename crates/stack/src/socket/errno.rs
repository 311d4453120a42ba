//! Errors of socket calls, under their POSIX names with Linux's numbers.

use core::fmt;

use wire::icmpv4::{Message, Unreachable};
use wire::icmpv6;

use crate::icmp_message::IcmpMessage;

/// An error as a socket call reports it: Linux's number, as `std::io::Error::from_raw_os_error`
/// takes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Errno(pub i32);

/// One table: name, Linux's number (asm-generic/errno.h), strerror's text.
macro_rules! errnos {
    ($($name:ident $number:literal $text:literal)*) => {
        #[allow(missing_docs, reason = "the texts below say what each means")]
        impl Errno {
            $(#[doc = $text] pub const $name: Self = Self($number);)*

            /// Its POSIX name, if it is one that Landline gives.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some(stringify!($name)),)*
                    _ => None,
                }
            }

            const fn text(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

errnos! {
    EPERM 1 "Operation not permitted"
    ENOENT 2 "No such file or directory"
    EBADF 9 "Bad file descriptor"
    EAGAIN 11 "Resource temporarily unavailable"
    ENOMEM 12 "Cannot allocate memory"
    EACCES 13 "Permission denied"
    EEXIST 17 "File exists"
    ENODEV 19 "No such device"
    EINVAL 22 "Invalid argument"
    EMFILE 24 "Too many open files"
    ENOTTY 25 "Inappropriate ioctl for device"
    EPIPE 32 "Broken pipe"
    EDOM 33 "Numerical argument out of domain"
    EPROTO 71 "Protocol error"
    EDESTADDRREQ 89 "Destination address required"
    EMSGSIZE 90 "Message too long"
    EPROTOTYPE 91 "Protocol wrong type for socket"
    ENOPROTOOPT 92 "Protocol not available"
    EPROTONOSUPPORT 93 "Protocol not supported"
    ESOCKTNOSUPPORT 94 "Socket type not supported"
    EOPNOTSUPP 95 "Operation not supported"
    EAFNOSUPPORT 97 "Address family not supported by protocol"
    EADDRINUSE 98 "Address already in use"
    EADDRNOTAVAIL 99 "Cannot assign requested address"
    ENETDOWN 100 "Network is down"
    ENETUNREACH 101 "Network is unreachable"
    ECONNABORTED 103 "Software caused connection abort"
    ECONNRESET 104 "Connection reset by peer"
    ENOBUFS 105 "No buffer space available"
    EISCONN 106 "Transport endpoint is already connected"
    ENOTCONN 107 "Transport endpoint is not connected"
    ETIMEDOUT 110 "Connection timed out"
    ECONNREFUSED 111 "Connection refused"
    EHOSTDOWN 112 "Host is down"
    EHOSTUNREACH 113 "No route to host"
    EALREADY 114 "Operation already in progress"
    EINPROGRESS 115 "Operation now in progress"
}

impl Errno {
    /// What an ICMP error means to the datagram socket whose packet died, and whether it is final;
    /// `None` for messages that are no error of a destination.
    ///
    /// The numbers are Linux's, and so is what is final: "fragmentation
    /// needed" because path MTU discovery is on by default, and the program may send less.
    pub(crate) const fn from_icmp(message: &IcmpMessage) -> Option<(Self, bool)> {
        match message {
            IcmpMessage::V4(message) => Self::from_icmpv4(message),
            IcmpMessage::V6(message) => Self::from_icmpv6(message),
        }
    }

    /// Linux's `icmpv6_err_convert`.
    const fn from_icmpv6(message: &icmpv6::Message) -> Option<(Self, bool)> {
        use icmpv6::Unreachable;
        Some(match message {
            icmpv6::Message::DestinationUnreachable(why) => match why {
                Unreachable::NoRoute => (Self::ENETUNREACH, false),
                Unreachable::Prohibited | Unreachable::SourcePolicy | Unreachable::RejectRoute => {
                    (Self::EACCES, true)
                }
                Unreachable::BeyondScope | Unreachable::Address => (Self::EHOSTUNREACH, false),
                Unreachable::Port => (Self::ECONNREFUSED, true),
                Unreachable::Other(_) => (Self::EPROTO, false),
            },
            icmpv6::Message::PacketTooBig { .. } => (Self::EMSGSIZE, true),
            icmpv6::Message::HopLimitExceeded | icmpv6::Message::ReassemblyTimeExceeded => {
                (Self::EHOSTUNREACH, false)
            }
            icmpv6::Message::ParameterProblem { .. } => (Self::EPROTO, true),
            icmpv6::Message::EchoRequest { .. }
            | icmpv6::Message::EchoReply { .. }
            | icmpv6::Message::Other { .. } => return None,
        })
    }

    /// Linux's `icmp_err_convert`.
    const fn from_icmpv4(message: &Message) -> Option<(Self, bool)> {
        Some(match message {
            Message::DestinationUnreachable(why) => match why {
                Unreachable::Net => (Self::ENETUNREACH, false),
                Unreachable::Host => (Self::EHOSTUNREACH, false),
                Unreachable::Protocol => (Self::ENOPROTOOPT, true),
                Unreachable::Port => (Self::ECONNREFUSED, true),
                Unreachable::FragmentationNeeded { .. } => (Self::EMSGSIZE, true),
                Unreachable::SourceRoute => (Self::EOPNOTSUPP, false),
                // Network unknown, network forbidden.
                Unreachable::Other(6 | 9) => (Self::ENETUNREACH, true),
                Unreachable::Other(7) => (Self::EHOSTDOWN, true),
                Unreachable::Other(11) => (Self::ENETUNREACH, false),
                Unreachable::Other(12) => (Self::EHOSTUNREACH, false),
                Unreachable::Other(_) => (Self::EHOSTUNREACH, true),
            },
            Message::TtlExceeded | Message::ReassemblyTimeExceeded => (Self::EHOSTUNREACH, false),
            Message::ParameterProblem { .. } => (Self::EPROTO, true),
            Message::EchoRequest { .. }
            | Message::EchoReply { .. }
            | Message::Redirect { .. }
            | Message::Other { .. } => return None,
        })
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some(text) => f.write_str(text),
            None => write!(f, "Unknown error {}", self.0),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Errno({})", self.0),
        }
    }
}

impl core::error::Error for Errno {}

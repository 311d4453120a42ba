//! What sockets of the Internet family have in common.

use bitflags::bitflags;

use super::{Errno, OptionName, SocketOption};

bitflags! {
    /// Yes or no, socket by socket.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Flags: u16 {
        const REUSE_ADDR = 1 << 0;
        const REUSE_PORT = 1 << 1;
        const BROADCAST = 1 << 2;
        const KEEP_ALIVE = 1 << 3;
        /// The program chose the port, so that it keeps it when it disconnects.
        const PORT_CHOSEN = 1 << 4;
        const READ_SHUT = 1 << 5;
        const WRITE_SHUT = 1 << 6;
        /// It waits in the queue of events.
        const EVENT = 1 << 7;
        /// It waits in the queue of those that owe a segment.
        const READY = 1 << 8;
    }
}

/// The settings that every Internet socket has.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Common {
    pub(crate) flags: Flags,
    pub(crate) tos: u8,
    /// `IP_TTL`; `None` for the stack's default.
    pub(crate) ttl: Option<u8>,
    /// What the next call, or `SO_ERROR`, tells.
    pub(crate) error: Option<Errno>,
}

impl Common {
    pub(crate) const fn has(&self, flags: Flags) -> bool {
        self.flags.contains(flags)
    }

    /// Gives the waiting error, once.
    pub(crate) const fn take_error(&mut self) -> Result<(), Errno> {
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Sets an option, or says that it is none that all have.
    pub(crate) fn set(&mut self, option: SocketOption) -> Option<Result<(), Errno>> {
        let (flag, on) = match option {
            SocketOption::ReuseAddr(on) => (Flags::REUSE_ADDR, on),
            SocketOption::ReusePort(on) => (Flags::REUSE_PORT, on),
            SocketOption::Broadcast(on) => (Flags::BROADCAST, on),
            SocketOption::KeepAlive(on) => (Flags::KEEP_ALIVE, on),
            SocketOption::Tos(tos) => {
                self.tos = tos;
                return Some(Ok(()));
            }
            SocketOption::Ttl(ttl) => {
                let legal = ttl != Some(0);
                if legal {
                    self.ttl = ttl;
                }
                return Some(if legal { Ok(()) } else { Err(Errno::EINVAL) });
            }
            _ => return None,
        };
        self.flags.set(flag, on);
        Some(Ok(()))
    }

    /// Reads an option that all have. `default_ttl` is the stack's.
    pub(crate) fn get(&mut self, name: OptionName, default_ttl: u8) -> Option<SocketOption> {
        Some(match name {
            OptionName::ReuseAddr => SocketOption::ReuseAddr(self.has(Flags::REUSE_ADDR)),
            OptionName::ReusePort => SocketOption::ReusePort(self.has(Flags::REUSE_PORT)),
            OptionName::Broadcast => SocketOption::Broadcast(self.has(Flags::BROADCAST)),
            OptionName::KeepAlive => SocketOption::KeepAlive(self.has(Flags::KEEP_ALIVE)),
            OptionName::Tos => SocketOption::Tos(self.tos),
            OptionName::Ttl => SocketOption::Ttl(Some(self.ttl.unwrap_or(default_ttl))),
            OptionName::Error => SocketOption::Error(self.error.take()),
            OptionName::Domain => SocketOption::Domain(super::Family::Inet.number()),
            _ => return None,
        })
    }
}

//! Sockets that are bound to one interface (`SO_BINDTODEVICE`, `SO_BINDTOIFINDEX`), and what else of
//! the options the whole stack must be asked for.

use crate::interface::InterfaceId;
use crate::socket::{Errno, OptionName, SocketId, SocketOption, Transport};
use crate::stack::Stack;

/// `SO_BINDTODEVICE`, whose value is the name of an interface.
pub(super) const BINDTODEVICE: i32 = 25;
/// `SO_COOKIE`, whose value is of eight bytes.
pub(super) const COOKIE: i32 = 57;
/// Bytes of an interface's name with its end (`IFNAMSIZ`).
const NAME: usize = 16;

impl Stack {
    /// Binds a socket to the interface of that name; to none where the name is empty.
    pub(super) fn bind_to_device(&mut self, socket: SocketId, name: &[u8]) -> Result<(), Errno> {
        let name = &name[..name.len().min(NAME - 1)];
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        let device = if name.is_empty() {
            None
        } else {
            let name = core::str::from_utf8(name).map_err(|_| Errno::ENODEV)?;
            Some(self.interface_named(name).ok_or(Errno::ENODEV)?.id)
        };
        self.set_device(socket, device)
    }

    /// The name of the interface that a socket is bound to, with the zero at its end; nothing where it
    /// is bound to none.
    pub(super) fn bound_device(&self, socket: SocketId, out: &mut [u8]) -> Result<usize, Errno> {
        let Some(device) = self.common(socket)?.device() else {
            return Ok(0);
        };
        let out = out.first_chunk_mut::<NAME>().ok_or(Errno::EINVAL)?;
        // Linux: an interface that has gone.
        let name = self.interface(device).ok_or(Errno::ENODEV)?.name();
        let bytes = name.bytes().chain([0]);
        let written = out.iter_mut().zip(bytes).map(|(to, byte)| *to = byte);
        Ok(written.count())
    }

    /// Sets an option that is about a socket's interface; `None` for any other.
    pub(super) fn set_device_option(
        &mut self,
        socket: SocketId,
        option: SocketOption,
    ) -> Option<Result<(), Errno>> {
        let SocketOption::BindToIfindex(index) = option else {
            return None;
        };
        // As Linux: an interface that there is not may come.
        let device = match index {
            0 => None,
            1.. => InterfaceId::from_scope_id(index as u32),
            _ => return Some(Err(Errno::EINVAL)),
        };
        Some(self.set_device(socket, device))
    }

    fn set_device(&mut self, socket: SocketId, device: Option<InterfaceId>) -> Result<(), Errno> {
        let common = match socket.transport {
            Transport::Tcp => self.tcp.common_mut(socket)?,
            Transport::Udp | Transport::Ping => {
                let sockets = self.datagram_sockets(socket)?;
                &mut sockets.slots.find_mut(socket)?.common
            }
            // As Linux: kept, and of no meaning there.
            Transport::Unix => return Ok(()),
        };
        common.rare_mut().device = device;
        Ok(())
    }

    /// Reads an option that every socket has by its name alone; `None` for any other.
    pub(super) fn cookie_option(
        &self,
        socket: SocketId,
        name: OptionName,
    ) -> Option<Result<SocketOption, Errno>> {
        if name != OptionName::Cookie {
            return None;
        }
        let known = self.local_address(socket);
        Some(known.map(|_| SocketOption::Cookie(socket.cookie())))
    }
}

//! Calls that ask, and the options.

use alloc::vec::Vec;

use base::Instant;

use crate::socket::{
    Address, Errno, Event, Listed, OptionName, Queued, Readiness, SocketId, SocketOption,
};
use crate::stack::Stack;

impl Stack {
    /// The next socket about which something changed. Each is in the queue at most once; what
    /// changed, [`readiness`](Self::readiness) says.
    pub fn poll_event(&mut self) -> Option<Event> {
        None
    }

    /// What poll(2) would say of a socket; everything it could, for one that is closed
    /// (`POLLNVAL` has no flag here).
    #[must_use]
    pub fn readiness(&self, socket: SocketId) -> Readiness {
        let _ = socket;
        Readiness::all()
    }

    /// A socket's own name (getsockname(2)); `0.0.0.0:0` and [`Unnamed`](crate::UnixName) where it
    /// has none.
    ///
    /// # Errors
    ///
    /// [`Errno::EBADF`].
    pub fn local_address(&self, socket: SocketId) -> Result<Address, Errno> {
        let _ = socket;
        Err(Errno::EOPNOTSUPP)
    }

    /// The name of a socket's peer (getpeername(2)).
    ///
    /// # Errors
    ///
    /// [`Errno::EBADF`]; [`Errno::ENOTCONN`] without a peer.
    pub fn peer_address(&self, socket: SocketId) -> Result<Address, Errno> {
        let _ = socket;
        Err(Errno::EOPNOTSUPP)
    }

    /// Sets an option (setsockopt(2)).
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`];
    /// - [`Errno::ENOPROTOOPT`] for one that is read only, or that the socket does not have;
    /// - [`Errno::EINVAL`] for a value out of its range;
    /// - [`Errno::EDOM`] for a linger time that is too long.
    pub fn set_option(
        &mut self,
        now: Instant,
        socket: SocketId,
        option: SocketOption,
    ) -> Result<(), Errno> {
        let _ = (now, socket, option);
        Err(Errno::EOPNOTSUPP)
    }

    /// Reads an option (getsockopt(2)). To read [`OptionName::Error`] clears it.
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`];
    /// - [`Errno::ENOPROTOOPT`] for one that the socket does not have;
    /// - [`Errno::ENOTCONN`] for one that only a connected socket has.
    pub fn option(&mut self, socket: SocketId, name: OptionName) -> Result<SocketOption, Errno> {
        let _ = (socket, name);
        Err(Errno::EOPNOTSUPP)
    }

    /// How much waits in a socket's buffers.
    ///
    /// # Errors
    ///
    /// [`Errno::EBADF`]; [`Errno::EINVAL`] for a listener.
    pub fn queued(&self, socket: SocketId) -> Result<Queued, Errno> {
        let _ = socket;
        Err(Errno::EOPNOTSUPP)
    }

    /// What a TCP connection knows of itself and its way (`TCP_INFO`).
    ///
    /// # Errors
    ///
    /// [`Errno::EBADF`]; [`Errno::ENOPROTOOPT`] for any other socket.
    pub fn tcp_info(&self, socket: SocketId) -> Result<::tcp::Info, Errno> {
        let _ = socket;
        Err(Errno::EOPNOTSUPP)
    }

    /// Every socket, and every connection without one, as `ss` would list them; for people and
    /// tests, since it visits them all.
    #[must_use]
    pub fn sockets(&self) -> Vec<Listed> {
        Vec::new()
    }
}

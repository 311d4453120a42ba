//! Calls that open: `socket`, `bind`, `listen`, `accept`, `connect`.

use base::Instant;

use crate::socket::{Address, Errno, Family, Kind, SocketId};
use crate::stack::Stack;

impl Stack {
    /// Makes a socket (socket(2)).
    ///
    /// # Errors
    ///
    /// - [`Errno::EAFNOSUPPORT`] for [`Family::Inet6`], which is not spoken yet;
    /// - [`Errno::ESOCKTNOSUPPORT`] for a kind that the family does not have;
    /// - [`Errno::EMFILE`] when there are 2^32 of its kind.
    pub fn socket(&mut self, family: Family, kind: Kind) -> Result<SocketId, Errno> {
        let _ = (family, kind);
        Err(Errno::EOPNOTSUPP)
    }

    /// Gives a socket its own name (bind(2)). Port 0 asks for one that is free; the IPv4 address
    /// 0.0.0.0 means every address of this host; a Unix socket's [`Unnamed`](crate::UnixName)
    /// asks for a free abstract name of five hexadecimal digits.
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`] for a socket that is closed;
    /// - [`Errno::EINVAL`] when it has a name already, or the name has a wrong length;
    /// - [`Errno::EAFNOSUPPORT`] for an address of another family;
    /// - [`Errno::EADDRNOTAVAIL`] for an address that is none of this host's;
    /// - [`Errno::EADDRINUSE`] when somebody has it (`SO_REUSEADDR` and `SO_REUSEPORT` decide as
    ///   in Linux), or no port is free.
    pub fn bind(&mut self, socket: SocketId, address: &Address) -> Result<(), Errno> {
        let _ = (socket, address);
        Err(Errno::EOPNOTSUPP)
    }

    /// Lets callers come (listen(2)). At most `backlog` of them, and at most `net.core.somaxconn`,
    /// wait to be accepted; a negative `backlog` means as many as that allows. To listen again
    /// changes the backlog. A socket without a port gets one.
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`];
    /// - [`Errno::EOPNOTSUPP`] for datagram sockets;
    /// - [`Errno::EINVAL`] for a connected socket, or a Unix socket without a name;
    /// - [`Errno::EADDRINUSE`] when another listens there.
    pub fn listen(&mut self, socket: SocketId, backlog: i32) -> Result<(), Errno> {
        let _ = (socket, backlog);
        Err(Errno::EOPNOTSUPP)
    }

    /// Takes the caller that waits longest, and who it is (accept(2)). Options go over from the
    /// listener as they do in Linux.
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`];
    /// - [`Errno::EAGAIN`] when nobody waits;
    /// - [`Errno::EINVAL`] when it does not listen;
    /// - [`Errno::EOPNOTSUPP`] for datagram sockets.
    pub fn accept(&mut self, socket: SocketId) -> Result<(SocketId, Address), Errno> {
        let _ = socket;
        Err(Errno::EOPNOTSUPP)
    }

    /// Calls a peer, or gives a datagram socket the only peer it talks to (connect(2)).
    ///
    /// Nothing here waits: a TCP connection answers [`Errno::EINPROGRESS`], and is writable
    /// when it stands or failed; to ask again then gives the outcome, as `SO_ERROR` does.
    /// [`Address::Unspecified`] dissolves what was connected.
    ///
    /// # Errors
    ///
    /// - [`Errno::EBADF`], [`Errno::EAFNOSUPPORT`];
    /// - [`Errno::EINPROGRESS`] at first, [`Errno::EALREADY`] while it lasts, [`Errno::EISCONN`]
    ///   when it was done and told;
    /// - [`Errno::ECONNREFUSED`], [`Errno::ETIMEDOUT`], [`Errno::EHOSTUNREACH`],
    ///   [`Errno::ENETUNREACH`], [`Errno::ECONNRESET`]: how it failed, told once;
    /// - [`Errno::EADDRNOTAVAIL`] when no port is free towards that peer;
    /// - [`Errno::EADDRINUSE`] when that very connection exists;
    /// - [`Errno::EACCES`] for a broadcast address without `SO_BROADCAST`;
    /// - Unix: [`Errno::ENOENT`] when nobody has the name, [`Errno::ECONNREFUSED`] when nobody
    ///   listens there, [`Errno::EAGAIN`] when its backlog is full, [`Errno::EPROTOTYPE`] when it
    ///   is of the other kind.
    pub fn connect(
        &mut self,
        now: Instant,
        socket: SocketId,
        address: &Address,
    ) -> Result<(), Errno> {
        let _ = (now, socket, address);
        Err(Errno::EOPNOTSUPP)
    }
}

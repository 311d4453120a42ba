//! recvmsg(2) and sendmsg(2): several buffers, and control messages as bytes.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem;
use std::os::fd::{AsFd, AsRawFd};

use socket2::{SockAddr, SockAddrStorage};

/// What recvmsg(2) says beside the bytes.
#[derive(Debug)]
pub struct Received {
    /// Bytes that were written into the buffers; with MSG_TRUNC the datagram's own.
    pub len: usize,
    /// Who sent it; of no family where the kernel names none.
    pub from: SockAddr,
    /// Bytes of the control messages.
    pub control: usize,
    /// `msg_flags`.
    pub flags: u32,
}

/// Receives into `bufs`, in order, and the control messages into `control`.
///
/// # Errors
///
/// The kernel's, as of recv(2).
pub fn recv_message(
    socket: impl AsFd,
    bufs: &mut [IoSliceMut<'_>],
    control: &mut [u8],
    flags: u32,
) -> io::Result<Received> {
    let mut storage = SockAddrStorage::zeroed();
    let mut header = empty();
    header.msg_name = (&raw mut storage).cast();
    header.msg_namelen = storage.size_of();
    header.msg_iov = bufs.as_mut_ptr().cast();
    header.msg_iovlen = bufs.len();
    header.msg_control = control.as_mut_ptr().cast();
    header.msg_controllen = control.len();
    let descriptor = socket.as_fd().as_raw_fd();
    // SAFETY: the descriptor is borrowed and so open; `header` points at a name, at buffers (an
    // `IoSliceMut` is an `iovec` by its contract) and at room for control messages, all writable for
    // the lengths that stand beside them and borrowed until the call is over.
    let len = unsafe { libc::recvmsg(descriptor, &mut header, flags as i32) };
    if len == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the storage was zeroed, so that every byte is initialised; the kernel wrote a name of
    // that length into it.
    let from = unsafe { SockAddr::new(storage, header.msg_namelen) };
    Ok(Received {
        len: len as usize,
        from,
        control: header.msg_controllen.min(control.len()),
        flags: header.msg_flags as u32,
    })
}

/// Sends `bufs`, one behind the other, with the control messages in `control`; without SIGPIPE.
///
/// # Errors
///
/// The kernel's, as of sendto(2).
pub fn send_message(
    socket: impl AsFd,
    bufs: &[IoSlice<'_>],
    to: Option<&SockAddr>,
    control: &[u8],
    flags: u32,
) -> io::Result<usize> {
    let mut header = empty();
    if let Some(to) = to {
        header.msg_name = to.as_ptr().cast_mut().cast();
        header.msg_namelen = to.len();
    }
    header.msg_iov = bufs.as_ptr().cast_mut().cast();
    header.msg_iovlen = bufs.len();
    if !control.is_empty() {
        header.msg_control = control.as_ptr().cast_mut().cast();
        header.msg_controllen = control.len();
    }
    let flags = flags as i32 | libc::MSG_NOSIGNAL;
    let descriptor = socket.as_fd().as_raw_fd();
    // SAFETY: the descriptor is borrowed and so open; `header` points at a name, at buffers (an
    // `IoSlice` is an `iovec` by its contract) and at control messages, all readable for the lengths
    // that stand beside them and borrowed until the call is over. sendmsg(2) writes to none of them.
    let len = unsafe { libc::sendmsg(descriptor, &header, flags) };
    if len == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(len as usize)
}

/// A header of nothing.
fn empty() -> libc::msghdr {
    // SAFETY: all of its members may be zero: null pointers and lengths of none.
    unsafe { mem::zeroed() }
}

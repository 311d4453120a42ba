//! `recvmsg`, `sendmsg` and bytes by reference on the kernel's sockets.

use std::io::{self, IoSlice, IoSliceMut};

use bytes::Bytes;
use host::kernel::{self, Interest};
use stack::{Cmsg, MessageFlags, RecvFlags, SendFlags};

use super::{Socket, deadline, from_name, to_name};
use crate::errno::{self, is};
use crate::socket::{Message, Patience};
use crate::{Address, Family};

impl Socket {
    pub(crate) fn recv_message(
        &self,
        bufs: &mut [IoSliceMut<'_>],
        room: usize,
        flags: RecvFlags,
        patience: Patience,
    ) -> io::Result<Message> {
        let patience = patience.for_receipt(flags);
        let mut control = vec![0; room];
        let received = self.run(Interest::Read, patience, || {
            kernel::recv_message(self, bufs, &mut control, flags.bits())
        })?;
        let named = received.from.family() != 0;
        Ok(Message {
            len: received.len,
            from: named.then(|| from_name(&received.from, self.family)),
            control: Cmsg::all_in(&control[..received.control]),
            flags: MessageFlags::from_bits_truncate(received.flags),
        })
    }

    pub(crate) fn send_message(
        &self,
        bufs: &[IoSlice<'_>],
        to: Option<&Address>,
        control: &[Cmsg],
        flags: SendFlags,
        patience: Patience,
    ) -> io::Result<usize> {
        let patience = patience.for_sending(flags);
        let name = to.map(to_name).transpose()?;
        let mut bytes = Vec::new();
        for cmsg in control {
            cmsg.append_to(&mut bytes, self.family == Family::Inet6);
        }
        let send = |name: Option<&kernel::SockAddr>, flags: SendFlags| {
            self.run(Interest::Write, patience, || {
                kernel::send_message(self, bufs, name, &bytes, flags.bits())
            })
        };
        match send(name.as_ref(), flags) {
            // A call without a cookie, on a descriptor that does not wait by itself: when it stands,
            // the bytes go as ever.
            Err(error)
                if is(&error, errno::EINPROGRESS) && matches!(patience, Patience::AtMost(_)) =>
            {
                self.wait(Interest::Write, deadline(patience))?;
                if let Some(error) = self.socket.take_error()? {
                    return Err(error);
                }
                send(None, flags - SendFlags::FASTOPEN)
            }
            sent => sent,
        }
    }

    pub(crate) fn send_bytes(&self, bytes: Bytes, patience: Patience) -> io::Result<usize> {
        self.send(&bytes, SendFlags::empty(), patience)
    }

    pub(crate) fn recv_bytes(
        &self,
        max: usize,
        patience: Patience,
    ) -> io::Result<(Bytes, Option<Address>)> {
        let mut buf = vec![0; max];
        let (len, from) = self.recv_from(&mut buf, RecvFlags::empty(), patience)?;
        buf.truncate(len);
        Ok((buf.into(), from))
    }
}

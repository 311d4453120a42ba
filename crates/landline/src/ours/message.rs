//! `recvmsg`, `sendmsg` and bytes by reference on our sockets.

use std::io::{self, IoSlice, IoSliceMut};

use bytes::Bytes;
use stack::{Cmsg, Errno, MessageFlags, RecvFlags, SendFlags};

use super::names::{from_stack, to_stack};
use super::reception::{Scattered, bounded, waiting};
use super::socket::Socket;
use super::wait::block;
use crate::socket::{Direction, Message, Patience};
use crate::{Address, Type};

impl Socket {
    pub(crate) fn recv_message(
        &self,
        bufs: &mut [IoSliceMut<'_>],
        room: usize,
        flags: RecvFlags,
        patience: Patience,
    ) -> io::Result<Message> {
        let (flags, patience) = bounded(flags, patience);
        let max = bufs.iter().map(|buf| buf.len()).sum();
        let handle = self.handle();
        let stream = handle.kind() == Type::Stream;
        let all = stream && flags.contains(RecvFlags::WAITALL);
        let mut bufs = Scattered::new(bufs);
        let received = loop {
            let most = max - bufs.filled;
            let received = waiting(handle, most, flags, patience, |stack, id, now| {
                stack.recv_message(now, id, most, room, flags)
            });
            let mut received = match received {
                // What was there is told first, the error next time.
                Err(_) if bufs.filled > 0 => break None,
                received => received?,
            };
            let count = bufs.fill(&mut received.payload);
            let more = all && !flags.contains(RecvFlags::PEEK) && count > 0;
            if !more || bufs.filled == max || self.is_at_mark().unwrap_or(false) {
                break Some(received);
            }
        };
        let copied = bufs.filled;
        let Some(received) = received else {
            return Ok(Message {
                len: copied,
                from: None,
                control: Vec::new(),
                flags: MessageFlags::empty(),
            });
        };
        let datagram = !stream;
        let tells = datagram && flags.contains(RecvFlags::TRUNC);
        let of_stream = received.flags - MessageFlags::TRUNC;
        Ok(Message {
            len: if tells { received.len } else { copied },
            from: received.from.and_then(from_stack),
            control: received.control,
            flags: if datagram { received.flags } else { of_stream },
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
        let to = to.map(to_stack).transpose()?;
        let gathered;
        let bytes = match bufs {
            [one] => &**one,
            several => {
                gathered = several
                    .iter()
                    .flat_map(|buf| buf.iter().copied())
                    .collect::<Vec<_>>();
                &gathered[..]
            }
        };
        let fast = flags.contains(SendFlags::FASTOPEN);
        block(
            self.handle(),
            Direction::Send,
            patience,
            |stack, id, now| {
                let sent = stack.send_message(now, id, bytes, to.as_ref(), control, flags);
                match sent {
                    // A call without a cookie: when it stands, the bytes go as ever.
                    Err(Errno::EINPROGRESS | Errno::EALREADY)
                        if fast && patience != Patience::Never =>
                    {
                        Err(Errno::EAGAIN)
                    }
                    sent => sent,
                }
            },
        )
    }

    pub(crate) fn send_bytes(&self, bytes: Bytes, patience: Patience) -> io::Result<usize> {
        block(
            self.handle(),
            Direction::Send,
            patience,
            |stack, id, now| stack.send_bytes(now, id, bytes.clone()),
        )
    }

    pub(crate) fn recv_bytes(
        &self,
        max: usize,
        patience: Patience,
    ) -> io::Result<(Bytes, Option<Address>)> {
        let received = block(
            self.handle(),
            Direction::Receive,
            patience,
            |stack, id, now| stack.recv_piece(now, id, max),
        )?;
        Ok((
            received.payload.to_bytes(),
            received.from.and_then(from_stack),
        ))
    }
}

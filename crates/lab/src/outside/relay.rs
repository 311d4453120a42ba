//! Two connections joined to one: bytes, ends, resets and back-pressure pass in both directions.

use std::io;

use landline::options::{
    IPPROTO_TCP, Options, SO_KEEPALIVE, SOL_SOCKET, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL,
    TCP_USER_TIMEOUT,
};
use landline::tokio::TcpStream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::tally::Tally;

/// Bytes of one direction that are held here at most; what is more waits in the sender's window.
const HELD: usize = 64 * 1024;

/// Joins a connection of the machine's and one of the lab's until both have ended. When one of them
/// breaks the other is reset, so that its peer knows.
pub(super) async fn relay(mut machine: TcpStream, mut lab: TcpStream, tally: &Tally) {
    for stream in [&machine, &lab] {
        // Without them a vanished peer is noticed later.
        let _ = notice_the_vanished(stream);
    }
    let joined = {
        let (mut from_machine, mut to_machine) = machine.split();
        let (mut from_lab, mut to_lab) = lab.split();
        let inward = pump(&mut from_machine, &mut to_lab, |bytes| tally.inward(bytes));
        let outward = pump(&mut from_lab, &mut to_machine, |bytes| tally.outward(bytes));
        tokio::try_join!(inward, outward)
    };
    if let Err(error) = joined {
        tally.failed(&error);
        reset(machine);
        reset(lab);
    }
}

/// Ends a connection by a RST.
pub(super) fn reset(stream: TcpStream) {
    // Where it cannot be, it is closed: the peer learns as much.
    let _ = stream.set_zero_linger();
}

/// Passes bytes on until their end, and then that.
async fn pump(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    count: impl Fn(usize),
) -> io::Result<()> {
    let mut held = vec![0; HELD];
    loop {
        let len = from.read(&mut held).await?;
        if len == 0 {
            return to.shutdown().await;
        }
        to.write_all(&held[..len]).await?;
        count(len);
    }
}

/// A peer that says nothing for a minute is asked whether it is there, and one that acknowledges
/// nothing for another is given up (RFC 5482).
fn notice_the_vanished(stream: &TcpStream) -> io::Result<()> {
    stream.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)?;
    stream.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 60)?;
    stream.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, 10)?;
    stream.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, 6)?;
    stream.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 60_000)
}

//! A conversation by datagrams, each a message by itself.

use std::io;

use landline::Network;

use super::{Call, Manner, next_line};
use crate::socket::Datagrams;
use crate::words::{Data, Failure, Message};
use crate::{Console, Input};

/// Sends each line as a datagram and waits for one in return.
pub(crate) async fn by_datagrams(
    network: &Network,
    call: &Call,
    manner: Manner,
    socket: &Datagrams,
    input: &mut Input,
    console: &Console,
) -> Result<(), Failure> {
    let mut buf = socket.buffer();
    let (mut answered, mut asked) = (0u64, 0u64);
    while let Some(message) = next_line(manner, input, console).await? {
        // What came too late for its question is no answer to the next one.
        while socket.try_recv(&mut buf).is_ok() {}
        asked += 1;
        let failure = match ask(network, call, socket, &message, &mut buf).await {
            Ok(len) => {
                answered += 1;
                console.say(&Message::Reply {
                    data: Data(&buf[..len]),
                })?;
                continue;
            }
            Err(failure) => failure,
        };
        // A person may try again; and where there were answers, one may get lost. Otherwise
        // nobody is there, and each further line would only cost its time.
        if !input.is_terminal() && answered == 0 {
            return Err(failure);
        }
        console.warn(&failure);
    }
    match asked - answered {
        0 => Ok(()),
        _ if input.is_terminal() => Ok(()),
        count => Err(Failure::Unanswered {
            by: call.to.clone(),
            count,
            of: asked,
        }),
    }
}

async fn ask(
    network: &Network,
    call: &Call,
    socket: &Datagrams,
    message: &[u8],
    buf: &mut [u8],
) -> Result<usize, Failure> {
    let lost = |error: io::Error| Failure::Lost {
        to: call.to.clone(),
        why: error.into(),
    };
    if let Err(error) = socket.send(message).await {
        if error.kind() != io::ErrorKind::ConnectionRefused {
            return Err(lost(error));
        }
        // The word about an earlier datagram; this one has not been sent yet.
        socket.send(message).await.map_err(lost)?;
    }
    match network.timeout(call.patience, socket.recv(buf)).await {
        Ok(received) => received.map_err(lost),
        Err(_elapsed) => Err(Failure::NoAnswer {
            from: call.to.clone(),
            waited: call.patience,
        }),
    }
}

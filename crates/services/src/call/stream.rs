//! A conversation over a stream, which keeps no message apart from the next.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use landline::Network;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{CALLING, Call, Complete, next_line};
use crate::words::{Data, Failure, Message};
use crate::{Console, Input};

/// An answer longer than this is printed in pieces.
const LONGEST_PIECE: usize = 16 * 1024 * 1024;

/// A stream, and what is needed to talk over it.
pub(super) struct Line<'a, R, W> {
    pub(super) network: &'a Network,
    pub(super) call: &'a Call,
    pub(super) read: R,
    pub(super) write: W,
    pub(super) console: &'a Console,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Line<'_, R, W> {
    /// Sends and prints until `quit` or the end of input.
    pub(super) async fn converse(mut self, input: &mut Input) -> Result<(), Failure> {
        let mut open = true;
        let mut unasked = vec![0; 16 * 1024];
        loop {
            let message = tokio::select! {
                biased;
                line = next_line(CALLING, input, self.console) => match line? {
                    Some(message) => message,
                    None => break,
                },
                read = self.read.read(&mut unasked), if open => {
                    match read {
                        Ok(0) => open = false,
                        Ok(len) => self.console.say(&Message::Reply { data: Data(&unasked[..len]) })?,
                        Err(error) => return Err(self.lost(&error)),
                    }
                    // A person learns at once; a pipe may have nothing more to say anyway.
                    if !open && input.is_terminal() {
                        return Err(self.hung_up(0, 0));
                    }
                    continue;
                }
            };
            if !open {
                return Err(self.hung_up(0, message.len()));
            }
            open = self.exchange(&message).await?;
        }
        let _ = self.write.shutdown().await; // the call is over either way
        Ok(())
    }

    /// Sends and receives at once, because a long message may need its answer read before its end
    /// can be sent. Says whether the server is still there.
    async fn exchange(&mut self, message: &[u8]) -> Result<bool, Failure> {
        let sent = AtomicUsize::new(0);
        let mut answer = Vec::new();
        let outcome = {
            let sending = send_all(&mut self.write, message, &sent);
            let receiving = receive(
                self.network,
                self.call,
                &mut self.read,
                &mut answer,
                message.len(),
                &sent,
            );
            tokio::pin!(sending, receiving);
            let mut all_sent = false;
            loop {
                tokio::select! {
                    biased;
                    heard = &mut receiving => break heard,
                    result = &mut sending, if !all_sent => match result {
                        Ok(()) => all_sent = true,
                        Err(error) => break Err(error),
                    },
                }
            }
        };
        if !answer.is_empty() {
            self.console.say(&Message::Reply {
                data: Data(&answer),
            })?;
        }
        match outcome {
            Ok(Heard::Complete) => Ok(true),
            Ok(Heard::End) if self.suffices(answer.len(), message.len()) => Ok(false),
            Ok(Heard::End) => Err(self.hung_up(answer.len(), message.len())),
            Ok(Heard::Silence) => Err(Failure::NoAnswer {
                from: self.call.to.clone(),
                waited: self.call.patience,
            }),
            Err(error) => Err(self.lost(&error)),
        }
    }

    /// Whether an answer that the server's end cut off is an answer: by its length, or, where
    /// lengths say nothing, because there is one.
    fn suffices(&self, got: usize, of: usize) -> bool {
        match self.call.complete {
            Complete::Auto | Complete::Length => got >= of,
            Complete::Quiet => got > 0,
        }
    }

    fn hung_up(&self, got: usize, of: usize) -> Failure {
        Failure::HungUp {
            by: self.call.to.clone(),
            got,
            of,
        }
    }

    fn lost(&self, error: &io::Error) -> Failure {
        Failure::Lost {
            to: self.call.to.clone(),
            why: error.into(),
        }
    }
}

/// Sends everything, and counts.
async fn send_all(
    write: &mut (impl AsyncWrite + Unpin),
    mut message: &[u8],
    sent: &AtomicUsize,
) -> io::Result<()> {
    while !message.is_empty() {
        let len = write.write(message).await?;
        if len == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        message = &message[len..];
        sent.fetch_add(len, Ordering::Relaxed);
    }
    write.flush().await
}

/// How receiving an answer ended.
enum Heard {
    /// The answer is complete.
    Complete,
    /// The server has hung up.
    End,
    /// Nothing came for too long.
    Silence,
}

/// Receives the answer to a message of `of` bytes.
async fn receive(
    network: &Network,
    call: &Call,
    read: &mut (impl AsyncRead + Unpin),
    answer: &mut Vec<u8>,
    of: usize,
    sent: &AtomicUsize,
) -> io::Result<Heard> {
    let mut chunk = vec![0; 16 * 1024];
    loop {
        let by_length = match call.complete {
            Complete::Auto => answer.len() == of,
            Complete::Length => answer.len() >= of,
            Complete::Quiet => false,
        };
        if (by_length || answer.len() >= LONGEST_PIECE) && sent.load(Ordering::Relaxed) == of {
            return Ok(Heard::Complete);
        }
        let may_end_quietly = !answer.is_empty() && call.complete != Complete::Length;
        let wait = if may_end_quietly {
            call.quiet
        } else {
            call.patience
        };
        let sent_before = sent.load(Ordering::Relaxed);
        match network.timeout(wait, read.read(&mut chunk)).await {
            Ok(Ok(0)) => return Ok(Heard::End),
            Ok(Ok(len)) => answer.extend_from_slice(&chunk[..len]),
            Ok(Err(error)) => return Err(error),
            Err(_) if sent.load(Ordering::Relaxed) > sent_before => {} // still being sent
            Err(_) if sent.load(Ordering::Relaxed) < of => return Ok(Heard::Silence), // stuck
            Err(_) if may_end_quietly || answer.len() >= of => return Ok(Heard::Complete),
            Err(_) => return Ok(Heard::Silence),
        }
    }
}

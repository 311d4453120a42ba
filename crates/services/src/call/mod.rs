//! The lesson's client: calls a service, sends it lines, prints what it answers.

mod datagrams;
mod stream;

use std::time::Duration;

use landline::Network;

use crate::console::{Input, strip};
use crate::socket::{self, Datagrams};
use crate::words::{Failure, Prompt};
use crate::{Console, Endpoint};
pub(crate) use datagrams::by_datagrams;
use stream::Line;

/// When the answer on a stream is complete. TCP cuts an answer anywhere, and has no mark for its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Complete {
    /// When it is as long as what was sent, as upper's and echo's are; or, for other services,
    /// after a quiet moment. An answer that is already longer goes on until a quiet moment.
    Auto,
    /// When it is as long as what was sent, and never before.
    Length,
    /// After a quiet moment.
    Quiet,
}

/// Whom to call, and how.
#[derive(Clone, Debug)]
pub struct Call {
    /// The service.
    pub to: Endpoint,
    /// When an answer is complete; a datagram always is.
    pub complete: Complete,
    /// How long to wait for the beginning of an answer.
    pub patience: Duration,
    /// How long nothing comes in a quiet moment.
    pub quiet: Duration,
}

/// What is asked for, and which lines are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub(crate) prompt: Prompt,
    /// An empty line is a message too.
    pub(crate) send_empty: bool,
}

const CALLING: Manner = Manner {
    prompt: Prompt::Call,
    send_empty: false,
};

/// Calls, and converses until `quit` or the end of input. White space around a line, and with it
/// empty lines, are left out as in the lesson.
///
/// # Errors
/// [`Failure::Connect`] when nobody can be called; [`Failure::HungUp`], [`Failure::Lost`] when the
/// call ends early; [`Failure::NoAnswer`], [`Failure::Unanswered`] when answers do not come.
pub async fn call(
    network: &Network,
    call: &Call,
    input: &mut Input,
    console: &Console,
) -> Result<(), Failure> {
    if call.to.is_datagram() {
        let socket = Datagrams::connect(network, &call.to).await?;
        by_datagrams(network, call, CALLING, &socket, input, console).await
    } else {
        let stream = socket::connect(network, &call.to, call.patience).await?;
        let (read, write) = tokio::io::split(stream);
        Line {
            network,
            call,
            read,
            write,
            console,
        }
        .converse(input)
        .await
    }
}

/// The next line to send; `None` for `quit` or the end of input. May be cancelled.
async fn next_line(
    manner: Manner,
    input: &mut Input,
    console: &Console,
) -> Result<Option<Vec<u8>>, Failure> {
    loop {
        let Some(line) = console.ask(manner.prompt, input).await? else {
            return Ok(None);
        };
        match strip(&line) {
            b"quit" => return Ok(None),
            b"" if !manner.send_empty => {}
            message => return Ok(Some(message.to_vec())),
        }
    }
}

//! The lesson's time service: a datagram is a `strftime` format, its answer the time in that format.

pub mod strftime;

use jiff::Zoned;
use jiff::tz::TimeZone;
use landline::Network;

use crate::call::{Call, Manner, by_datagrams};
use crate::socket::{Datagrams, Peer};
use crate::words::{Data, Failure, Lang, Message, Prompt, TimeRefusal};
use crate::{Console, Endpoint, Input};
use strftime::strftime;

/// What an empty datagram asks for.
const DEFAULT_FORMAT: &str = "%Y-%m-%d %X";

/// An answer may always have as many bytes as the lesson's client reads.
const ALWAYS_ALLOWED: usize = 1024;

/// A longer answer has at most this many times the bytes of its question. `%c`, which has the
/// longest answer without a width, has 12 times its own; what is beyond was blown up on purpose,
/// perhaps at the cost of somebody else whose address stands in the question.
const MOST_TIMES: usize = 16;

/// UDP's longest datagram over IPv4: 65535 − 20 − 8 (RFC 768, RFC 791).
const LONGEST_DATAGRAM: usize = 65_507;

/// The system's clock in the system's zone (`TZ`, else `/etc/localtime`; UTC if that is no zone).
pub fn system_clock() -> Zoned {
    let now = Zoned::now();
    if now.time_zone().is_unknown() {
        now.with_time_zone(TimeZone::UTC)
    } else {
        now
    }
}

/// The answer to one question, which is never refused with silence.
pub fn answer(question: &[u8], now: &Zoned, lang: Lang) -> String {
    let limit = (question.len() * MOST_TIMES).clamp(ALWAYS_ALLOWED, LONGEST_DATAGRAM);
    let format = match std::str::from_utf8(question) {
        Ok("") => DEFAULT_FORMAT,
        Ok(format) => format,
        Err(_) => return lang.time_refusal(TimeRefusal::NotUtf8),
    };
    strftime(format, now, limit)
        .unwrap_or_else(|_| lang.time_refusal(TimeRefusal::TooLong { limit }))
}

/// The time server.
pub struct Server<C> {
    network: Network,
    datagrams: Datagrams,
    at: Endpoint,
    clock: C,
    console: Console,
}

impl<C: Fn() -> Zoned> Server<C> {
    /// Listens on a datagram endpoint, and says so. The time it tells is `clock`'s.
    ///
    /// # Errors
    /// [`Failure::WrongKind`] for an endpoint of streams, [`Failure::Listen`].
    pub async fn bind(
        network: &Network,
        on: &Endpoint,
        clock: C,
        console: &Console,
    ) -> Result<Self, Failure> {
        require_datagrams(on)?;
        let (datagrams, at) = Datagrams::bind(network, on).await?;
        console.say(&Message::Listening { on: &at })?;
        Ok(Self {
            network: network.clone(),
            datagrams,
            at,
            clock,
            console: console.clone(),
        })
    }

    /// Where it listens.
    pub fn endpoint(&self) -> &Endpoint {
        &self.at
    }

    /// Serves for as long as it is polled.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub async fn run(self) -> Result<(), Failure> {
        let mut buf = self.datagrams.buffer();
        let mut trouble = crate::socket::Trouble::default();
        loop {
            let (len, from) = match self.datagrams.recv_from(&mut buf).await {
                Ok(received) => received,
                Err(error) => {
                    trouble
                        .rest(&error, &self.at, &self.network, &self.console)
                        .await?;
                    continue;
                }
            };
            let question = &buf[..len];
            self.console.say(&Message::Heard {
                from: &from,
                data: Data(question),
            })?;
            if from == Peer::Nameless {
                self.console.say(&Message::Nameless)?;
                continue;
            }
            let answer = answer(question, &(self.clock)(), self.console.lang());
            if let Err(error) = self.datagrams.send_to(answer.as_bytes(), &from).await {
                self.console.say(&Message::AnswerLost {
                    to: &from,
                    why: &error.into(),
                })?;
            }
        }
    }
}

/// The time server's client: sends each line as a format, the empty one included, until `quit` or
/// the end of input.
///
/// # Errors
/// [`Failure::WrongKind`] for an endpoint of streams, else as [`call`](crate::call::call).
pub async fn ask(
    network: &Network,
    call: &Call,
    input: &mut Input,
    console: &Console,
) -> Result<(), Failure> {
    require_datagrams(&call.to)?;
    let manner = Manner {
        prompt: Prompt::TimeFormat,
        send_empty: true,
    };
    let socket = Datagrams::connect(network, &call.to).await?;
    by_datagrams(network, call, manner, &socket, input, console).await
}

fn require_datagrams(on: &Endpoint) -> Result<(), Failure> {
    if on.is_datagram() {
        return Ok(());
    }
    Err(Failure::WrongKind {
        given: on.clone(),
        example: "udp://127.0.0.1:9000",
    })
}

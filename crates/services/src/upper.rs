//! The lesson's first server: every message comes back in capitals, or as it was.

use std::io;

use landline::Network;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;

use crate::socket::{Datagrams, Listener, Peer, Stream, Trouble};
use crate::words::{Data, Failure, Message};
use crate::{Console, Endpoint};

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Its letters a–z become capitals, all else stays: Python's `bytes.upper()`.
    Upper,
    /// It comes back as it is.
    Echo,
}

impl Answer {
    fn apply(self, message: &mut [u8]) {
        match self {
            Self::Upper => message.make_ascii_uppercase(),
            Self::Echo => {}
        }
    }
}

/// How much of a stream is read at once.
const CHUNK: usize = 16 * 1024;

/// A service that answers each message with itself, on any number of endpoints.
pub struct Server {
    network: Network,
    doors: Vec<(Door, Endpoint)>,
    answer: Answer,
    console: Console,
}

enum Door {
    Stream(Listener),
    Datagrams(Datagrams),
}

impl Server {
    /// Listens on every endpoint, and says so; callers can connect from here on.
    ///
    /// # Errors
    /// [`Failure::Listen`] for the first endpoint that cannot be listened on.
    pub async fn bind(
        network: &Network,
        on: &[Endpoint],
        answer: Answer,
        console: &Console,
    ) -> Result<Self, Failure> {
        let mut doors = Vec::new();
        for endpoint in on {
            doors.push(if endpoint.is_datagram() {
                let (datagrams, at) = Datagrams::bind(network, endpoint).await?;
                (Door::Datagrams(datagrams), at)
            } else {
                let (listener, at) = Listener::bind(network, endpoint).await?;
                (Door::Stream(listener), at)
            });
        }
        for (_, at) in &doors {
            console.say(&Message::Listening { on: at })?;
        }
        Ok(Self {
            network: network.clone(),
            doors,
            answer,
            console: console.clone(),
        })
    }

    /// Where it listens, with the ports it got.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.doors.iter().map(|(_, at)| at)
    }

    /// Serves for as long as it is polled, or with `once` a single call: one connection until its
    /// caller hangs up, or one datagram.
    ///
    /// # Errors
    /// [`Failure::Output`]; what goes wrong with a caller ends that call only.
    pub async fn run(self, once: bool) -> Result<(), Failure> {
        let mut open = JoinSet::new();
        for (door, at) in self.doors {
            let serving = Serving {
                network: self.network.clone(),
                at,
                answer: self.answer,
                console: self.console.clone(),
                once,
            };
            open.spawn(async move {
                match door {
                    Door::Stream(listener) => serving.streams(listener).await,
                    Door::Datagrams(datagrams) => serving.datagrams(datagrams).await,
                }
            });
        }
        // A door closes by itself only after the one call of `once`, or when output fails.
        finished(open.join_next().await)
    }
}

/// What one door needs.
struct Serving {
    network: Network,
    at: Endpoint,
    answer: Answer,
    console: Console,
    once: bool,
}

impl Serving {
    async fn streams(&self, listener: Listener) -> Result<(), Failure> {
        let mut calls = JoinSet::new();
        let mut trouble = Trouble::default();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, by)) => {
                        trouble = Trouble::default();
                        let call = conversation(stream, by, self.answer, self.console.clone());
                        if self.once {
                            return call.await;
                        }
                        calls.spawn(call);
                    }
                    Err(error) => self.rest(&error, &mut trouble).await?,
                },
                Some(ended) = calls.join_next() => finished(Some(ended))?,
            }
        }
    }

    async fn datagrams(&self, datagrams: Datagrams) -> Result<(), Failure> {
        let mut buf = datagrams.buffer();
        let mut trouble = Trouble::default();
        loop {
            let (len, from) = match datagrams.recv_from(&mut buf).await {
                Ok(received) => received,
                Err(error) => {
                    self.rest(&error, &mut trouble).await?;
                    continue;
                }
            };
            trouble = Trouble::default();
            self.console.say(&Message::Heard {
                from: &from,
                data: Data(&buf[..len]),
            })?;
            if from == Peer::Nameless {
                self.console.say(&Message::Nameless)?;
                continue;
            }
            self.answer.apply(&mut buf[..len]);
            if let Err(error) = datagrams.send_to(&buf[..len], &from).await {
                self.console.say(&Message::AnswerLost {
                    to: &from,
                    why: &error.into(),
                })?;
            }
            if self.once {
                return Ok(());
            }
        }
    }

    async fn rest(&self, error: &io::Error, trouble: &mut Trouble) -> Result<(), Failure> {
        trouble
            .rest(error, &self.at, &self.network, &self.console)
            .await
    }
}

/// One call, until the caller hangs up or is lost.
async fn conversation(
    mut stream: Box<dyn Stream>,
    by: Peer,
    answer: Answer,
    console: Console,
) -> Result<(), Failure> {
    console.say(&Message::Called { by: &by })?;
    let mut buf = vec![0; CHUNK];
    let ended = loop {
        let message = match stream.read(&mut buf).await {
            Ok(0) => break Ok(()),
            Ok(len) => &mut buf[..len],
            Err(error) => break Err(error),
        };
        console.say(&Message::Heard {
            from: &by,
            data: Data(message),
        })?;
        answer.apply(message);
        if let Err(error) = stream.write_all(message).await {
            break Err(error);
        }
    };
    match ended {
        Ok(()) => console.say(&Message::HungUp { by: &by }),
        Err(error) => console.say(&Message::CallLost {
            by: &by,
            why: &error.into(),
        }),
    }
}

/// The result of a task. A task that panicked takes the service with it, as the panic would have.
fn finished(
    task: Option<Result<Result<(), Failure>, tokio::task::JoinError>>,
) -> Result<(), Failure> {
    match task {
        Some(Ok(result)) => result,
        Some(Err(error)) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_cancelled) => Ok(()),
        },
        None => Ok(()),
    }
}

//! The chat's server: shows who writes, while its operator answers.

use std::collections::{HashMap, VecDeque};
use std::io;

use landline::Network;

use crate::console::{Input, strip};
use crate::socket::{Datagrams, Peer, Trouble};
use crate::words::{Data, Failure, Message, Prompt};
use crate::{Console, Endpoint};

/// The chat server.
pub struct Server {
    network: Network,
    datagrams: Datagrams,
    at: Endpoint,
    console: Console,
    writers: Writers,
}

/// What the operator wants.
#[derive(Debug, PartialEq, Eq)]
enum Order<'a> {
    AnswerLast(&'a [u8]),
    Answer(u64, &'a [u8]),
    Who,
    Help,
}

impl<'a> Order<'a> {
    /// `/2 text`, `/who`, `/help`, or text; `//text` is the text `/text`.
    fn parse(line: &'a [u8]) -> Self {
        let Some(command) = line.strip_prefix(b"/") else {
            return Self::AnswerLast(line);
        };
        if command.starts_with(b"/") {
            return Self::AnswerLast(command);
        }
        let end = command
            .iter()
            .position(u8::is_ascii_whitespace)
            .unwrap_or(command.len());
        let (word, text) = command.split_at(end);
        let number = std::str::from_utf8(word)
            .ok()
            .and_then(|word| word.parse().ok());
        match (word, number) {
            (b"who", _) => Self::Who,
            (_, Some(number)) => Self::Answer(number, strip(text)),
            _ => Self::Help,
        }
    }
}

impl Server {
    /// Listens on a datagram endpoint, and says so.
    ///
    /// # Errors
    /// [`Failure::WrongKind`] for an endpoint of streams, [`Failure::Listen`].
    pub async fn bind(
        network: &Network,
        on: &Endpoint,
        console: &Console,
    ) -> Result<Self, Failure> {
        if !on.is_datagram() {
            return Err(Failure::WrongKind {
                given: on.clone(),
                example: "udp://127.0.0.1:8081",
            });
        }
        let (datagrams, at) = Datagrams::bind(network, on).await?;
        console.say(&Message::Listening { on: &at })?;
        Ok(Self {
            network: network.clone(),
            datagrams,
            at,
            console: console.clone(),
            writers: Writers::default(),
        })
    }

    /// Where it listens.
    pub fn endpoint(&self) -> &Endpoint {
        &self.at
    }

    /// Serves for as long as it is polled. `input` is the operator's: on a terminal answers and
    /// commands (`/help`); from a pipe a line each for the last to write, which waits for the first
    /// message. Its end leaves the server running.
    ///
    /// # Errors
    /// [`Failure::Output`], [`Failure::Input`].
    pub async fn run(mut self, mut input: Input) -> Result<(), Failure> {
        if input.is_terminal() {
            self.console.say(&Message::ChatHelp)?;
        }
        let mut buf = self.datagrams.buffer();
        let mut trouble = Trouble::default();
        let mut input_open = true;
        loop {
            let listens = input_open && (input.is_terminal() || self.writers.last.is_some());
            tokio::select! {
                received = self.datagrams.recv_from(&mut buf) => match received {
                    Ok((len, from)) => self.show(from, &buf[..len])?,
                    Err(error) => {
                        trouble.rest(&error, &self.at, &self.network, &self.console).await?;
                    }
                },
                line = self.console.ask(Prompt::ChatAnswer, &mut input), if listens => {
                    match line? {
                        Some(line) => self.obey(&line).await?,
                        None => input_open = false,
                    }
                }
            }
        }
    }

    fn show(&mut self, from: Peer, text: &[u8]) -> Result<(), Failure> {
        if from == Peer::Nameless {
            self.console.say(&Message::Chat {
                from: &from,
                data: Data(text),
            })?;
            return self.console.say(&Message::Nameless);
        }
        if let Some(number) = self.writers.wrote(&from) {
            self.console.say(&Message::NewWriter {
                number,
                from: &from,
            })?;
        }
        self.console.say(&Message::Chat {
            from: &from,
            data: Data(text),
        })
    }

    async fn obey(&self, line: &[u8]) -> Result<(), Failure> {
        let line = strip(line);
        if line.is_empty() {
            return Ok(());
        }
        let (number, text) = match Order::parse(line) {
            Order::AnswerLast(text) => (self.writers.last, text),
            Order::Answer(number, text) => (Some(number), text),
            Order::Who => return self.list(),
            Order::Help => return self.console.say(&Message::ChatHelp),
        };
        let Some(number) = number else {
            return self.console.say(&Message::NobodyWrote);
        };
        let Some(to) = self.writers.get(number) else {
            return self.console.say(&Message::NoSuchWriter { number });
        };
        let mut sent = self.datagrams.send_to(text, to).await;
        if sent
            .as_ref()
            .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        {
            sent = self.datagrams.send_to(text, to).await; // the word was about an earlier answer
        }
        match sent {
            Ok(()) => Ok(()),
            Err(error) => self.console.say(&Message::AnswerLost {
                to,
                why: &error.into(),
            }),
        }
    }

    fn list(&self) -> Result<(), Failure> {
        for (number, from) in self.writers.all() {
            let last = self.writers.last == Some(number);
            self.console.say(&Message::Writer { number, from, last })?;
        }
        if self.writers.last.is_none() {
            self.console.say(&Message::NobodyWrote)
        } else {
            Ok(())
        }
    }
}

/// Those who wrote, by the number each got with the first message.
#[derive(Default)]
struct Writers {
    /// The most recent newcomers, in the order of their numbers, which have no gaps.
    known: VecDeque<Peer>,
    numbers: HashMap<Peer, u64>,
    /// How many were forgotten, which is also the number of the last forgotten.
    forgotten: u64,
    last: Option<u64>,
}

/// Whoever sends from ever new ports cannot make the table grow: the first come are forgotten.
const MOST_WRITERS: usize = 1000;

impl Writers {
    /// Notes that `from` wrote; gives the number of a newcomer.
    fn wrote(&mut self, from: &Peer) -> Option<u64> {
        if let Some(&number) = self.numbers.get(from) {
            self.last = Some(number);
            return None;
        }
        if self.known.len() == MOST_WRITERS
            && let Some(first) = self.known.pop_front()
        {
            self.numbers.remove(&first);
            self.forgotten += 1;
        }
        self.known.push_back(from.clone());
        let number = self.forgotten + self.known.len() as u64;
        self.numbers.insert(from.clone(), number);
        self.last = Some(number);
        Some(number)
    }

    fn get(&self, number: u64) -> Option<&Peer> {
        let index = number.checked_sub(self.forgotten + 1)?;
        self.known.get(usize::try_from(index).ok()?)
    }

    fn all(&self) -> impl Iterator<Item = (u64, &Peer)> {
        (self.forgotten + 1..).zip(&self.known)
    }
}

//! The chat's client: chooses a contact, writes, and shows answers whenever they come.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use landline::Network;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Contacts;
use crate::console::{Input, strip};
use crate::socket::{Datagrams, Peer};
use crate::words::{Data, Failure, Message, Prompt};
use crate::{Console, Endpoint};

/// Chats until `quit` where a contact is chosen, or the end of input; answers that are still due
/// then are awaited for `patience`.
///
/// # Errors
/// From a pipe, [`Failure::UnknownContact`] for a first line that is no contact and
/// [`Failure::Unanswered`] when nobody answered at all; [`Failure::Connect`], [`Failure::Output`].
pub async fn chat(
    network: &Network,
    contacts: &Contacts,
    patience: Duration,
    input: &mut Input,
    console: &Console,
) -> Result<(), Failure> {
    let (heard, hears) = mpsc::channel(64);
    let mut chat = Chat {
        network,
        console,
        lines: HashMap::new(),
        listeners: JoinSet::new(),
        heard,
        hears,
        sent: 0,
        received: 0,
    };
    while let Some(to) = chat.choose(contacts, input).await? {
        let line = chat.line_to(&to).await?;
        if !chat.write(&to, &line, input).await? {
            break;
        }
    }
    if input.is_terminal() {
        Ok(())
    } else {
        chat.await_answers(patience).await
    }
}

/// Something that came to one of the client's sockets.
struct Heard {
    from: Endpoint,
    what: io::Result<Vec<u8>>,
}

struct Chat<'a> {
    network: &'a Network,
    console: &'a Console,
    /// A socket for each endpoint written to, so that two contacts at one place see one writer.
    lines: HashMap<Endpoint, Arc<Datagrams>>,
    /// A task a socket; they end with the chat.
    listeners: JoinSet<()>,
    heard: mpsc::Sender<Heard>,
    hears: mpsc::Receiver<Heard>,
    sent: u64,
    received: u64,
}

impl Chat<'_> {
    /// Asks for a contact; `None` when the person leaves.
    async fn choose(
        &mut self,
        contacts: &Contacts,
        input: &mut Input,
    ) -> Result<Option<Endpoint>, Failure> {
        let names = contacts.names();
        if input.is_terminal() {
            self.console.say(&Message::Contacts { names: &names })?;
        }
        while let Some(name) = self.next_line(Prompt::Contact, input).await? {
            let name = String::from_utf8_lossy(&name);
            if name == "quit" {
                return Ok(None);
            }
            if let Some(at) = contacts.find(&name) {
                if input.is_terminal() {
                    self.console.say(&Message::Chosen { name: &name, at })?;
                }
                return Ok(Some(at.clone()));
            }
            let unknown = Failure::UnknownContact {
                name: crate::escaped(name.as_bytes()),
                known: names.iter().map(|&name| name.to_owned()).collect(),
            };
            if !input.is_terminal() {
                return Err(unknown); // the lines that follow are for somebody else
            }
            self.console.warn(&unknown);
        }
        Ok(None)
    }

    /// Sends line after line; `false` at the end of input, `true` for `quit`.
    async fn write(
        &mut self,
        to: &Endpoint,
        line: &Datagrams,
        input: &mut Input,
    ) -> Result<bool, Failure> {
        while let Some(message) = self.next_line(Prompt::ChatMessage, input).await? {
            if message == b"quit" {
                return Ok(true);
            }
            let mut sent = line.send(&message).await;
            if sent
                .as_ref()
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
            {
                sent = line.send(&message).await; // the word was about an earlier message
            }
            match sent {
                Ok(()) => self.sent += 1,
                Err(error) => {
                    self.console.warn(&Failure::Lost {
                        to: to.clone(),
                        why: error.into(),
                    });
                }
            }
        }
        Ok(false)
    }

    /// The next line that is not empty, while answers are shown.
    async fn next_line(
        &mut self,
        prompt: Prompt,
        input: &mut Input,
    ) -> Result<Option<Vec<u8>>, Failure> {
        loop {
            tokio::select! {
                Some(heard) = self.hears.recv() => self.show(heard)?,
                line = self.console.ask(prompt, input) => {
                    let Some(line) = line? else { return Ok(None) };
                    let line = strip(&line);
                    if !line.is_empty() {
                        return Ok(Some(line.to_vec()));
                    }
                }
            }
        }
    }

    fn show(&mut self, heard: Heard) -> Result<(), Failure> {
        let from = match &heard.from {
            Endpoint::Tcp(place) | Endpoint::Udp(place) => Peer::from(place),
            Endpoint::Unix(path) | Endpoint::UnixGram(path) => Peer::Path(path.clone()),
        };
        match heard.what {
            Ok(text) => {
                self.received += 1;
                self.console.say(&Message::Chat {
                    from: &from,
                    data: Data(&text),
                })?;
            }
            Err(error) => {
                self.console.warn(&Failure::Lost {
                    to: heard.from,
                    why: error.into(),
                });
            }
        }
        Ok(())
    }

    /// The socket to an endpoint, and from its first use a task that listens on it.
    async fn line_to(&mut self, to: &Endpoint) -> Result<Arc<Datagrams>, Failure> {
        if let Some(line) = self.lines.get(to) {
            return Ok(Arc::clone(line));
        }
        let line = Arc::new(Datagrams::connect(self.network, to).await?);
        self.lines.insert(to.clone(), Arc::clone(&line));
        let (heard, from, ear) = (self.heard.clone(), to.clone(), Arc::clone(&line));
        self.listeners.spawn(async move {
            let mut buf = ear.buffer();
            loop {
                let what = ear.recv(&mut buf).await.map(|len| buf[..len].to_vec());
                if heard
                    .send(Heard {
                        from: from.clone(),
                        what,
                    })
                    .await
                    .is_err()
                {
                    return;
                }
            }
        });
        Ok(line)
    }

    /// At the end of piped input: shows what still comes, until every message has its answer,
    /// somebody is known not to be there, or the moment is over.
    async fn await_answers(&mut self, patience: Duration) -> Result<(), Failure> {
        let network = self.network.clone();
        let mut last_failure = None;
        while self.received < self.sent {
            match network.timeout(patience, self.hears.recv()).await {
                Ok(Some(Heard {
                    from,
                    what: Err(error),
                })) => {
                    last_failure = Some(Failure::Lost {
                        to: from,
                        why: error.into(),
                    });
                    break;
                }
                Ok(Some(heard)) => self.show(heard)?,
                Ok(None) | Err(_) => break,
            }
        }
        match (self.received, last_failure, self.lines.keys().next()) {
            (0, Some(failure), _) => Err(failure),
            (0, None, Some(by)) if self.sent > 0 => Err(Failure::Unanswered {
                by: by.clone(),
                count: self.sent,
                of: self.sent,
            }),
            _ => Ok(()),
        }
    }
}

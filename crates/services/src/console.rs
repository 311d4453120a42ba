//! Where a program reads lines and says things: a terminal, pipes, or a script in memory.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::words::{Failure, Lang, Message, Prompt};

/// Where a service says its [`Message`]s. Clones write to the same place.
#[derive(Clone)]
pub struct Console {
    inner: Arc<Mutex<Inner>>,
    lang: Lang,
    look: Look,
}

/// How things are written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// A person looks at it: ask with prompts, and never pass on a control character.
    pub terminal: bool,
    /// White on blue for what people wrote.
    pub colour: bool,
    /// A JSON object a line instead of sentences.
    pub json: bool,
}

struct Inner {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    /// The cursor stands behind this prompt.
    asked: Option<Prompt>,
}

impl Console {
    /// Says messages to `out` and warnings to `err`.
    pub fn new(
        out: impl Write + Send + 'static,
        err: impl Write + Send + 'static,
        lang: Lang,
        look: Look,
    ) -> Self {
        let inner = Inner {
            out: Box::new(out),
            err: Box::new(err),
            asked: None,
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
            lang,
            look,
        }
    }

    /// The language it speaks.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// Says one message, on a line of its own.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub fn say(&self, message: &Message<'_>) -> Result<(), Failure> {
        let mut line = if self.look.json {
            serde_json::to_vec(message).map_err(|error| Failure::Output(error.into()))?
        } else if let (Message::Reply { data }, false) = (message, self.look.terminal) {
            data.0.to_vec() // a program reads it: as it came
        } else {
            self.lang.message(message, self.look.colour).into_bytes()
        };
        line.push(b'\n');
        let mut inner = self.lock();
        if inner.asked.take().is_some() {
            line.insert(0, b'\n'); // leave what was half typed above
        }
        inner
            .out
            .write_all(&line)
            .and_then(|()| inner.out.flush())
            .map_err(Failure::Output)
    }

    /// Tells of a failure that the program outlives. A warning that cannot be written is lost.
    pub fn warn(&self, failure: &Failure) {
        let line = self.lang.failure(failure);
        let mut inner = self.lock();
        let new_line = if inner.asked.take().is_some() {
            "\n"
        } else {
            ""
        };
        let _ = writeln!(inner.err, "{new_line}{line}").and_then(|()| inner.err.flush());
    }

    /// Asks with a prompt, where a person is asked, and waits for the line; `None` at the end.
    /// May be cancelled and called again: nothing is lost, nor asked twice in a row.
    ///
    /// # Errors
    /// [`Failure::Input`], [`Failure::Output`].
    pub async fn ask(&self, prompt: Prompt, input: &mut Input) -> Result<Option<Vec<u8>>, Failure> {
        if input.terminal && self.look.terminal && !self.look.json {
            let mut inner = self.lock();
            if inner.asked != Some(prompt) {
                inner.asked = Some(prompt);
                let text = self.lang.prompt(prompt).as_bytes();
                inner
                    .out
                    .write_all(text)
                    .and_then(|()| inner.out.flush())
                    .map_err(Failure::Output)?;
            }
        }
        let line = input.line().await;
        let mut inner = self.lock();
        if inner.asked.take().is_some() && matches!(line, Ok(None)) {
            // The person ended the input: end the line for them.
            inner
                .out
                .write_all(b"\n")
                .and_then(|()| inner.out.flush())
                .map_err(Failure::Output)?;
        }
        line
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lines from a person or a program, without their ends.
#[derive(Debug)]
pub struct Input {
    lines: mpsc::Receiver<io::Result<Vec<u8>>>,
    terminal: bool,
}

/// The other end of an [`Input`]: takes lines, and ends the input when it is dropped.
pub type LineSender = mpsc::Sender<io::Result<Vec<u8>>>;

impl Input {
    /// Lines that somebody else reads and sends; `terminal` says that a person types them.
    pub fn channel(terminal: bool) -> (LineSender, Self) {
        let (sender, lines) = mpsc::channel(16);
        (sender, Self { lines, terminal })
    }

    /// Lines that are known beforehand.
    pub fn script<L: Into<Vec<u8>>>(script: impl IntoIterator<Item = L>) -> Self {
        let script: Vec<Vec<u8>> = script.into_iter().map(Into::into).collect();
        let (sender, lines) = mpsc::channel(script.len().max(1));
        for line in script {
            let _ = sender.try_send(Ok(line)); // there is room for each
        }
        Self {
            lines,
            terminal: false,
        }
    }

    /// Whether a person types.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// The next line; `None` at the end. May be cancelled.
    ///
    /// # Errors
    /// [`Failure::Input`].
    pub async fn line(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        match self.lines.recv().await {
            Some(Ok(line)) => Ok(Some(line)),
            Some(Err(error)) => Err(Failure::Input(error.into())),
            None => Ok(None),
        }
    }
}

/// A line as Python's `str.strip` leaves it.
pub(crate) fn strip(line: &[u8]) -> &[u8] {
    // Python also takes the four separators U+001C to U+001F for white space.
    let blank = |c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c);
    match std::str::from_utf8(line) {
        Ok(text) => text.trim_matches(blank).as_bytes(),
        Err(_) => line.trim_ascii(),
    }
}

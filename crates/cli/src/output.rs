//! The process's standard output: as it is, or as a log that never holds its writer up.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use services::words::Lang;
use services::{Console, Look};

use crate::words::Say;

/// How to write to standard output. Colour is for terminals, unless `NO_COLOR` or the like is set.
pub(crate) fn look(json: bool) -> Look {
    Look {
        terminal: io::stdout().is_terminal(),
        colour: !json && colours(&io::stdout()),
        json,
    }
}

/// Whether to write to `stream` in colour.
pub(crate) fn colours(stream: &impl anstream::stream::RawStream) -> bool {
    stream.is_terminal() && anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never
}

/// A console for a client: what it says is its result, and nothing of it may be lost.
pub(crate) fn console(lang: Lang, json: bool) -> Console {
    Console::new(io::stdout(), io::stderr(), lang, look(json))
}

/// A console for a server, and what waits for its last lines. Whoever reads its output may stop to:
/// that must not stop the service. What is not read in time is left out, and counted.
pub(crate) fn log(lang: Lang, json: bool) -> (Console, Flush) {
    let (lines, written) = sync_channel(LINES_IN_FLIGHT);
    let (done, finished) = sync_channel(1);
    let closed = Arc::new(AtomicBool::new(false));
    let closed_too = Arc::clone(&closed);
    thread::spawn(move || {
        if write_out(&written).is_err() {
            closed_too.store(true, Ordering::Relaxed);
        }
        drop(done);
    });
    let log = Log {
        lines,
        closed,
        lost: 0,
        lang,
        json,
    };
    (
        Console::new(log, io::stderr(), lang, look(json)),
        Flush(finished),
    )
}

/// How many lines may wait for their reader.
const LINES_IN_FLIGHT: usize = 1024;

fn write_out(lines: &Receiver<Vec<u8>>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    while let Ok(line) = lines.recv() {
        out.write_all(&line)?;
        for line in lines.try_iter() {
            out.write_all(&line)?;
        }
        out.flush()?;
    }
    Ok(())
}

/// Hands lines to the thread that writes them.
struct Log {
    lines: SyncSender<Vec<u8>>,
    /// Writing failed: the reader has gone.
    closed: Arc<AtomicBool>,
    lost: u64,
    lang: Lang,
    json: bool,
}

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let mut text = Vec::new();
        if self.lost > 0 {
            text = if self.json {
                format!("{{\"event\":\"lines-lost\",\"count\":{}}}\n", self.lost).into_bytes()
            } else {
                format!("{}\n", Say::LinesLost(self.lost).words(self.lang)).into_bytes()
            };
        }
        text.extend_from_slice(line);
        match self.lines.try_send(text) {
            Ok(()) => self.lost = 0,
            Err(TrySendError::Full(_)) => self.lost += 1,
            Err(TrySendError::Disconnected(_)) => return Err(io::ErrorKind::BrokenPipe.into()),
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Waits for a log's last lines, once its console is gone.
pub(crate) struct Flush(Receiver<()>);

impl Flush {
    /// Returns when all is written, or nobody reads it within a second.
    pub(crate) fn wait(self) {
        let _ = self.0.recv_timeout(Duration::from_secs(1)); // either way the process ends now
    }
}

//! What the tests of the services share: a console that is listened to, and a limit for hangs.

#![allow(dead_code, reason = "each test file takes what it needs")]

use std::future::Future;
use std::io::{self, Write};
use std::time::Duration;

use landline::Network;
use services::words::Lang;
use services::{Console, Endpoint, Look};
use tokio::sync::mpsc;

/// The lines that a service said, as they come.
pub(crate) struct Heard(mpsc::UnboundedReceiver<String>);

impl Heard {
    /// The next line.
    pub(crate) async fn line(&mut self) -> String {
        self.0.recv().await.expect("the service said its last")
    }

    /// The next line with this in it.
    pub(crate) async fn until(&mut self, part: &str) -> String {
        loop {
            let line = self.line().await;
            if line.contains(part) {
                return line;
            }
        }
    }

    /// What was said and not yet heard.
    pub(crate) fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.0.try_recv().ok()).collect()
    }
}

struct Lines {
    begun: Vec<u8>,
    to: mpsc::UnboundedSender<String>,
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for &byte in bytes {
            if byte == b'\n' {
                let line = String::from_utf8_lossy(&self.begun).into_owned();
                self.begun.clear();
                let _ = self.to.send(line);
            } else {
                self.begun.push(byte);
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A console whose lines, warnings among them, are listened to.
pub(crate) fn console(lang: Lang, look: Look) -> (Console, Heard) {
    let (to, lines) = mpsc::unbounded_channel();
    let out = Lines {
        begun: Vec::new(),
        to: to.clone(),
    };
    let err = Lines {
        begun: Vec::new(),
        to,
    };
    (Console::new(out, err, lang, look), Heard(lines))
}

/// A console in English, without colour.
pub(crate) fn plain() -> (Console, Heard) {
    console(Lang::English, Look::default())
}

/// Runs a test on a runtime of one thread; a test that hangs fails.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let limit = Duration::from_secs(60);
        Network::kernel()
            .timeout(limit, test)
            .await
            .expect("the test hangs")
    })
}

/// A free port of 127.0.0.1.
pub(crate) fn any(scheme: &str) -> Endpoint {
    format!("{scheme}://127.0.0.1:0")
        .parse()
        .expect("an endpoint")
}

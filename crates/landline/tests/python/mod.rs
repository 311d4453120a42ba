//! Python's `socket` module as the peer: a prompt that runs one line at a time, so that both sides
//! go step by step and nobody has to wait for a clock.

#[macro_use]
pub(crate) mod cases;

use std::fmt::Display;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running Python.
pub(crate) struct Python {
    process: Child,
    lines: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Python {
    pub(crate) fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/remote.py");
        let mut process = Command::new("python3")
            .args(["-I", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("these tests need python3 in the path");
        Self {
            lines: process.stdin.take(),
            answers: BufReader::new(process.stdout.take().unwrap()),
            process,
        }
    }

    /// Begins a line, whose answer [`end`](Self::end) takes.
    pub(crate) fn begin(&mut self, line: impl Display) {
        let lines = self.lines.as_mut().unwrap();
        writeln!(lines, "{line}").unwrap();
        lines.flush().unwrap();
    }

    /// The value that the line gave, as Python writes it, or the error's number.
    pub(crate) fn outcome(&mut self) -> Result<String, i32> {
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        let answer = answer.trim_end();
        if let Some(value) = answer.strip_prefix("= ") {
            return Ok(value.to_owned());
        }
        let number = answer.split(' ').nth(1).unwrap_or_default();
        Err(number
            .parse()
            .unwrap_or_else(|_| panic!("Python: {answer}")))
    }

    /// The value that the line gave, as Python writes it.
    #[track_caller]
    pub(crate) fn end(&mut self) -> String {
        self.outcome()
            .unwrap_or_else(|errno| panic!("Python: errno {errno}"))
    }

    /// Runs a line that succeeds; gives its value as Python writes it.
    #[track_caller]
    pub(crate) fn run(&mut self, line: impl Display) -> String {
        self.begin(line);
        self.end()
    }

    /// Runs a line that fails with an error number.
    #[track_caller]
    pub(crate) fn errno(&mut self, line: impl Display) -> i32 {
        self.begin(line);
        match self.outcome() {
            Ok(value) => panic!("it succeeded: {value}"),
            Err(errno) => errno,
        }
    }

    /// Kills it at once, as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
    }

    /// Runs a line that gives a number.
    #[track_caller]
    pub(crate) fn number<T: std::str::FromStr>(&mut self, line: impl Display) -> T {
        let value = self.run(line);
        value
            .parse()
            .unwrap_or_else(|_| panic!("not a number: {value}"))
    }
}

impl Drop for Python {
    /// The end of its input ends it; one that hangs in a call is killed, which is our own child.
    fn drop(&mut self) {
        drop(self.lines.take());
        if std::thread::panicking() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

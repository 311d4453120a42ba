//! Runs the command, and Python programs beside it, and listens to what they print.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file takes what it needs; in a test a panic is the verdict"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// Longer than anything takes on a loaded machine: whoever waits as long waits for ever.
const LIMIT: Duration = Duration::from_secs(60);

/// The command, speaking English.
pub(crate) fn landline(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landline"));
    command.args(arguments);
    for name in [
        "LC_ALL",
        "LC_MESSAGES",
        "LANG",
        "NO_COLOR",
        "CLICOLOR_FORCE",
    ] {
        command.env_remove(name);
    }
    command
}

/// Python with a program of our own, which makes the calls that the lesson's programs make.
pub(crate) fn python(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command
        .args(["-u", "-c", program])
        .args(arguments)
        .env("PYTHONUTF8", "1");
    command
}

/// A program that runs beside the test.
pub(crate) struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Running {
    /// Starts it. What it prints, errors included, is read line by line.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (to, lines) = channel();
        let streams: [Box<dyn Read + Send>; 2] = [
            Box::new(child.stdout.take().unwrap()),
            Box::new(child.stderr.take().unwrap()),
        ];
        for stream in streams {
            let to = to.clone();
            thread::spawn(move || {
                for line in BufReader::new(stream).lines() {
                    let _ = to.send(line.unwrap());
                }
            });
        }
        let stdin = child.stdin.take();
        Self {
            child,
            stdin,
            lines,
        }
    }

    /// Waits for a line with this in it.
    pub(crate) fn until(&self, part: &str) -> String {
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(LIMIT) {
                Ok(line) if line.contains(part) => return line,
                Ok(line) => seen.push(line),
                Err(_) => panic!("no line with {part:?}, only {seen:#?}"),
            }
        }
    }

    /// Waits for a line with each of these in it, in any order.
    pub(crate) fn until_all(&self, parts: &[&str]) {
        let (mut missing, mut seen) = (parts.to_vec(), Vec::new());
        while !missing.is_empty() {
            match self.lines.recv_timeout(LIMIT) {
                Ok(line) => {
                    missing.retain(|part| !line.contains(part));
                    seen.push(line);
                }
                Err(_) => panic!("no line with {missing:?}, only {seen:#?}"),
            }
        }
    }

    /// Waits for a line with this in it, of a program that may not have begun to look: it is given
    /// something to see, again and again, until it says so.
    pub(crate) fn nudged_until(&self, mut nudge: impl FnMut(), part: &str) {
        let end = std::time::Instant::now() + LIMIT;
        while std::time::Instant::now() < end {
            nudge();
            let soon = std::time::Duration::from_millis(50);
            if let Ok(line) = self.lines.recv_timeout(soon)
                && line.contains(part)
            {
                return;
            }
        }
        panic!("no line with {part:?}");
    }

    /// Waits until our server says where it listens.
    pub(crate) fn endpoint(&self) -> String {
        self.until("listening on ")
            .trim_start_matches("listening on ")
            .to_owned()
    }

    /// The port of where it listens.
    pub(crate) fn port(&self) -> String {
        port_of(&self.endpoint())
    }

    pub(crate) fn type_in(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        writeln!(stdin, "{line}").unwrap();
    }

    pub(crate) fn end_input(&mut self) {
        drop(self.stdin.take());
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("sh")
            .args(["-c", "kill -s $0 $1", name, &pid])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits for the end; gives the exit code and the lines that were not looked at yet.
    pub(crate) fn end(mut self) -> (Option<i32>, Vec<String>) {
        // Standard output and error close when the program ends, and with them the channel.
        let mut rest = Vec::new();
        loop {
            match self.lines.recv_timeout(LIMIT) {
                Ok(line) => rest.push(line),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("still runs: {rest:#?}"),
            }
        }
        let code = self.child.wait().unwrap().code();
        (code, rest)
    }

    /// Stops a server of ours, which has to end cleanly.
    pub(crate) fn stop(self) {
        self.signal("TERM");
        assert_eq!(self.end().0, Some(0));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Of a test that failed, or a peer that never ends by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn port_of(endpoint: &str) -> String {
    endpoint.rsplit(':').next().unwrap().to_owned()
}

/// Runs a program with this input to its end.
pub(crate) fn finish(mut command: Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    thread::spawn(move || stdin.write_all(input.as_bytes())); // a closed pipe shows in the output
    child.wait_with_output().unwrap()
}

/// Standard output as text, of a program that has to succeed.
pub(crate) fn printed(output: Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && errors.is_empty(),
        "{:?}: {errors}",
        output.status
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The one line and the exit code of a program that has to fail.
pub(crate) fn failure(output: Output) -> (String, i32) {
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(line.ends_with('\n') && line.lines().count() == 1, "{line}");
    (line.trim_end().to_owned(), output.status.code().unwrap())
}

/// The document that a browser makes of a page.
pub(crate) fn browse(folder: &Path, url: &str) -> String {
    let profile = folder.join("profile");
    let mut browser = Command::new("timeout");
    browser
        .args(["--kill-after=5", "100", "chromium"])
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
        ])
        .args([
            "--no-first-run",
            "--disable-background-networking",
            "--disable-sync",
        ])
        .args([
            "--disable-component-update",
            "--no-proxy-server",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(url);
    let output = finish(browser, "");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

//! A second network namespace beside a test's own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A network namespace that starts empty, and goes when it is dropped.
pub(crate) struct Place {
    keeper: Child,
    /// The number of a process in it.
    pub(crate) pid: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let mut keeper = Command::new("unshare")
            .args(["-n", "sh", "-c", "echo $$; exec cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // It says its number when it is there.
        let mut pid = String::new();
        let out = keeper.stdout.as_mut().unwrap();
        BufReader::new(out).read_line(&mut pid).unwrap();
        Self {
            keeper,
            pid: pid.trim().to_owned(),
        }
    }

    /// A command that is run there.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.pid, "-n", "timeout", "100"]);
        command
    }

    pub(crate) fn shell(&self, script: &str) {
        let status = self.command().args(["sh", "-euc", script]).status();
        assert!(status.unwrap().success(), "{script}");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

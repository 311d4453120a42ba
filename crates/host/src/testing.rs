//! For tests, on any floor, that need a network of their own: a fresh network namespace in which
//! TAP devices may be made, also by those who are not root.
//!
//! A process enters a user namespace only while it has one thread, which a test program never has.
//! So a test of this kind starts its own program again, in new namespaces and for that one test,
//! and there does its work:
//!
//! ```no_run
//! host::in_own_network! {
//!     /// Documentation, as for any test.
//!     fn the_device_is_there() {
//!         host::testing::shell("ip tuntap add dev tap0 mode tap");
//!         host::testing::shell("ip link show tap0");
//!     }
//! }
//! ```
//!
//! Where namespaces or TAP devices are not to be had the test is skipped with the reason printed,
//! or fails, if `LANDLINE_REQUIRE_ALL=1`.

use std::env;
use std::os::fd::{BorrowedFd, RawFd};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Makes tests of functions that each run in a network namespace of their own.
#[macro_export]
macro_rules! in_own_network {
    ($($(#[$meta:meta])* fn $name:ident() $body:block)+) => {$(
        $(#[$meta])*
        #[test]
        fn $name() {
            $crate::testing::run_in_own_network(concat!(module_path!(), "::", stringify!($name)), || $body);
        }
    )+};
}

/// Says to the second process which test it is there for.
const INSIDE: &str = "LANDLINE_INSIDE_NETWORK";

/// How long one test may take before it counts as hung.
const TIME_LIMIT: &str = "120";

/// Runs `body`, the test at `path` (with its crate's name in front), in a namespace of its own.
///
/// # Panics
///
/// When the test fails there, or cannot be run and may not be skipped.
pub fn run_in_own_network(path: &str, body: impl FnOnce()) {
    let test = path.split_once("::").map_or(path, |(_, test)| test);
    if env::var(INSIDE).is_ok_and(|inside| inside == test) {
        shell("ip link set lo up");
        return body();
    }
    let unshare = match way_in() {
        Ok(flags) => flags,
        Err(reason) => return skip(test, &reason),
    };
    let program = env::current_exe().expect("the test program has a path");
    let output = Command::new("timeout")
        .args(["--kill-after=5", TIME_LIMIT, "unshare", unshare])
        .arg(program)
        .args(["--exact", test, "--include-ignored", "--nocapture"])
        .env(INSIDE, test)
        .stdin(Stdio::null())
        .output()
        .expect("`timeout` of coreutils can be started");
    let said = said(&output);
    print!("{said}");
    match output.status.code() {
        Some(0) => assert!(said.contains("1 passed"), "there is no test named {test}"),
        Some(124) => panic!("{test} took longer than {TIME_LIMIT} s"),
        _ => panic!("{test} failed in its own network; what it said is above"),
    }
}

/// Runs a shell script, and gives what it wrote to its standard output.
///
/// # Panics
///
/// When any of its commands fails.
pub fn shell(script: &str) -> String {
    let output = Command::new("sh")
        .args(["-euc", script])
        .stdin(Stdio::null())
        .output()
        .expect("there is a shell");
    assert!(
        output.status.success(),
        "`{script}` failed:\n{}",
        said(&output)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether poll(2) finds `descriptor` readable, now or within `limit`.
///
/// # Panics
///
/// When it cannot be polled.
pub fn readable(descriptor: RawFd, limit: Duration) -> bool {
    // SAFETY: it is polled and nothing else, which of a closed one tells that it is closed.
    let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
    let limit = Timespec::try_from(limit).expect("a test does not wait for ever");
    let mut fds = [PollFd::from_borrowed_fd(descriptor, PollFlags::IN)];
    let found = poll(&mut fds, Some(&limit)).expect("poll takes one descriptor");
    assert!(!fds[0].revents().contains(PollFlags::NVAL), "it is closed");
    found == 1
}

/// Notes that a test cannot be run here.
///
/// # Panics
///
/// When nothing may be skipped: `LANDLINE_REQUIRE_ALL=1`.
pub fn skip(test: &str, reason: &str) {
    let required = env::var("LANDLINE_REQUIRE_ALL").is_ok_and(|it| it == "1");
    assert!(!required, "{test} cannot be run: {reason}");
    println!("skipped: {test}: {reason}");
}

/// The flags of unshare(1) that lead into a network of our own with TAP devices, or why none do.
fn way_in() -> Result<&'static str, String> {
    let mut reason = String::new();
    // Users without privileges need a user namespace; some containers give root none.
    for flags in ["-Urn", "-n"] {
        let probe = Command::new("unshare")
            .args([flags, "ip", "tuntap", "add", "dev", "probe", "mode", "tap"])
            .stdin(Stdio::null())
            .output();
        match probe {
            Ok(output) if output.status.success() => return Ok(flags),
            Ok(output) => reason = said(&output),
            Err(error) => return Err(format!("unshare cannot be started: {error}")),
        }
    }
    Err(format!(
        "no network namespace with TAP devices: {}",
        reason.trim()
    ))
}

/// Both outputs of a program, one behind the other.
fn said(output: &Output) -> String {
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    said
}

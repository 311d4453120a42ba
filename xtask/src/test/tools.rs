//! What the tests need beside Rust: found, or installed where we may, or named.

use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::{Outcome, repo};

/// A program that tests call.
struct Tool {
    /// Looked for in `PATH`.
    program: &'static str,
    /// The Debian package it is in.
    package: &'static str,
    why: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool {
        program: "tshark",
        package: "tshark",
        why: "reads our captures as a stranger",
    },
    Tool {
        program: "ip",
        package: "iproute2",
        why: "gives the kernel's side of a TAP its address",
    },
    Tool {
        program: "ping",
        package: "iputils-ping",
        why: "the kernel pings our stack",
    },
    Tool {
        program: "curl",
        package: "curl",
        why: "fetches a page from a server on our stack",
    },
    Tool {
        program: "udhcpc",
        package: "udhcpc",
        why: "gets an address from our DHCP server",
    },
    Tool {
        program: "dhclient",
        package: "isc-dhcp-client",
        why: "gets an address from our DHCP server",
    },
    Tool {
        program: "dig",
        package: "bind9-dnsutils",
        why: "asks our DNS server for names",
    },
    Tool {
        program: "chromium",
        package: "chromium",
        why: "a browser reads a page from a server in a lab",
    },
    Tool {
        program: "bird",
        package: "bird2",
        why: "a router of others that speaks RIP with ours",
    },
    Tool {
        program: "python3",
        package: "python3",
        why: "socket programs that do not know of us",
    },
    Tool {
        program: "unshare",
        package: "util-linux",
        why: "a network namespace for each test",
    },
    Tool {
        program: "taskset",
        package: "util-linux",
        why: "the same lab on one processor",
    },
];

/// Sees that every tool is there.
///
/// # Errors
/// A tool is missing and could not be installed; the text says what to install, and how.
pub(super) fn ensure() -> anyhow::Result<Outcome> {
    for tool in TOOLS {
        let found = repo::find_tool(tool.program)
            .map_or_else(|| "missing".to_owned(), |path| path.display().to_string());
        say!("{:<8} {found} ({})", tool.program, tool.why);
    }
    if missing().is_empty() {
        return Ok(Outcome::Held);
    }
    let install = format!("apt-get install {}", packages().join(" "));
    if repo::find_tool("apt-get").is_none() {
        let programs: Vec<_> = missing().iter().map(|tool| tool.program).collect();
        bail!("install {} (in Debian: {install})", programs.join(", "));
    }
    if !is_root() {
        bail!("as root: apt-get update && {install}");
    }
    apt(&["update"])?;
    let mut args = vec!["install", "--yes", "--no-install-recommends"];
    args.extend(packages());
    apt(&args)?;
    if let Some(tool) = missing().first() {
        bail!(
            "`{}` is installed, but there is no `{}` in PATH",
            tool.package,
            tool.program
        );
    }
    Ok(Outcome::Held)
}

fn missing() -> Vec<&'static Tool> {
    TOOLS
        .iter()
        .filter(|tool| repo::find_tool(tool.program).is_none())
        .collect()
}

fn packages() -> Vec<&'static str> {
    missing().iter().map(|tool| tool.package).collect()
}

fn is_root() -> bool {
    // `/proc/self` belongs to whoever runs us.
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

/// Runs apt-get without a question (tshark's package asks one); its output is shown if it fails.
fn apt(args: &[&str]) -> anyhow::Result<()> {
    say!("$ apt-get {}", args.join(" "));
    let output = Command::new("apt-get")
        .arg("-qq")
        .args(args)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .output()
        .context("cannot start apt-get")?;
    if !output.status.success() {
        say!("{}", String::from_utf8_lossy(&output.stdout));
        say!("{}", String::from_utf8_lossy(&output.stderr));
        bail!("`apt-get {}` failed ({})", args.join(" "), output.status);
    }
    Ok(())
}

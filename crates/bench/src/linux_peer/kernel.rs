//! A Linux end: a process in a network namespace of its own, and the program in it.
//!
//! The process is this program started as `bench far-end`. It is told its work by JSON lines on its
//! standard input and answers by such lines on its standard output.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddrV4, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use host::Device;
use host::device::Kind;
use rustix::net::sockopt;
use serde::{Deserialize, Serialize};

use super::transfer::{Got, PORT, pattern};

/// What a far end is told.
#[derive(Serialize, Deserialize)]
enum Order {
    /// Take the device that has come, and this address.
    Device { name: String, address: Ipv4Addr },
    /// Listen, take one caller, read to the end.
    Receive { algorithm: String },
    /// Call, write for so long, close.
    Send {
        to: Ipv4Addr,
        algorithm: String,
        seconds: f64,
    },
}

/// What it answers.
#[derive(Serialize, Deserialize)]
pub(super) enum Answer {
    Ready,
    /// That came, in so many seconds.
    Received {
        got: Got,
        seconds: f64,
    },
    Sent {
        bytes: u64,
    },
    Failed {
        why: String,
    },
}

/// A process with a Linux network of its own.
pub(super) struct FarEnd {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl FarEnd {
    /// Starts one, and gives the device through which to reach it.
    pub(super) fn start(name: &str, address: Ipv4Addr) -> anyhow::Result<(Self, Device)> {
        let mut child = Command::new("unshare")
            .args(["-n", "--"])
            .arg(env::current_exe()?)
            .arg("far-end")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting unshare(1)")?;
        let orders = child.stdin.take().context("a pipe that was asked for")?;
        let answers = child.stdout.take().context("a pipe that was asked for")?;
        let mut end = Self {
            child,
            orders,
            answers: BufReader::new(answers),
        };
        // It is in its namespace once it speaks.
        end.expect_ready()?;
        let device = Device::open(Kind::Tap, name)?;
        let moved = Command::new("ip")
            .args(["link", "set", name, "netns", &end.child.id().to_string()])
            .status()
            .context("starting ip(8)")?;
        ensure!(
            moved.success(),
            "{name} could not be moved to its namespace"
        );
        end.order(&Order::Device {
            name: name.into(),
            address,
        })?;
        end.expect_ready()?;
        Ok((end, device))
    }

    pub(super) fn receive(&mut self, algorithm: &str) -> anyhow::Result<()> {
        self.order(&Order::Receive {
            algorithm: algorithm.into(),
        })?;
        self.expect_ready()
    }

    pub(super) fn send(
        &mut self,
        to: Ipv4Addr,
        algorithm: &str,
        seconds: f64,
    ) -> anyhow::Result<()> {
        self.order(&Order::Send {
            to,
            algorithm: algorithm.into(),
            seconds,
        })
    }

    /// Waits for what it has to say on a thread of its own, while the cable is kept running.
    pub(super) fn answer(mut self) -> Awaited {
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let answer = self.next();
            // Back with it: what the kernel still sends leaves while its network lives.
            let _ = sender.send((answer, self));
        });
        Awaited {
            answers: receiver,
            answered: None,
        }
    }

    fn order(&mut self, order: &Order) -> anyhow::Result<()> {
        writeln!(self.orders, "{}", serde_json::to_string(order)?)?;
        Ok(())
    }

    fn next(&mut self) -> anyhow::Result<Answer> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        ensure!(!line.is_empty(), "the process at the far end is gone");
        Ok(serde_json::from_str(&line)?)
    }

    fn expect_ready(&mut self) -> anyhow::Result<()> {
        match self.next()? {
            Answer::Ready => Ok(()),
            Answer::Failed { why } => bail!("the far end: {why}"),
            _ => bail!("the far end answers what it was not asked"),
        }
    }
}

/// A far end at work.
pub(super) struct Awaited {
    answers: Receiver<(anyhow::Result<Answer>, FarEnd)>,
    answered: Option<FarEnd>,
}

impl Awaited {
    /// Its answer, if it has come.
    pub(super) fn poll(&mut self) -> anyhow::Result<Option<Answer>> {
        match self.answers.try_recv() {
            Ok((answer, end)) => {
                self.answered = Some(end);
                answer.map(Some)
            }
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => bail!("the far end has nothing to say"),
        }
    }
}

impl Drop for FarEnd {
    fn drop(&mut self) {
        // It holds nothing that anybody misses.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process: does as it is told until its standard input ends.
pub(crate) fn far_end() -> anyhow::Result<()> {
    say(&Answer::Ready)?;
    for line in io::stdin().lock().lines() {
        let answer = match obey(serde_json::from_str(&line?)?) {
            Ok(answer) => answer,
            Err(error) => Answer::Failed {
                why: format!("{error:#}"),
            },
        };
        say(&answer)?;
    }
    Ok(())
}

fn say(answer: &Answer) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(answer)?)?;
    Ok(out.flush()?)
}

fn obey(order: Order) -> anyhow::Result<Answer> {
    match order {
        Order::Device { name, address } => {
            // What one transfer learns of the path must not help the next.
            let script = format!(
                "ip addr add {address}/24 dev {name}; ip link set {name} up; \
                 echo 1 > /proc/sys/net/ipv4/tcp_no_metrics_save"
            );
            let done = Command::new("sh").args(["-euc", &script]).status()?;
            ensure!(done.success(), "`{script}` failed");
            Ok(Answer::Ready)
        }
        Order::Receive { algorithm } => {
            let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT))?;
            sockopt::set_tcp_congestion(&listener, &algorithm)?;
            say(&Answer::Ready)?;
            receive(&listener.accept()?.0)
        }
        Order::Send {
            to,
            algorithm,
            seconds,
        } => send(to, &algorithm, Duration::from_secs_f64(seconds)),
    }
}

fn receive(stream: &TcpStream) -> anyhow::Result<Answer> {
    let mut stream = stream;
    let start = Instant::now();
    let mut buffer = vec![0; 1 << 16];
    let mut got = Got::default();
    loop {
        match stream.read(&mut buffer)? {
            0 => break,
            count => got.take(&buffer[..count]),
        }
    }
    Ok(Answer::Received {
        got,
        seconds: start.elapsed().as_secs_f64(),
    })
}

fn send(to: Ipv4Addr, algorithm: &str, long: Duration) -> anyhow::Result<Answer> {
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::STREAM,
        None,
    )?;
    sockopt::set_tcp_congestion(&socket, algorithm).context("TCP_CONGESTION")?;
    rustix::net::connect(&socket, &SocketAddrV4::new(to, PORT))?;
    let mut stream = TcpStream::from(socket);
    let start = Instant::now();
    let mut bytes = 0;
    while start.elapsed() < long {
        let piece = pattern(bytes);
        stream.write_all(&piece)?;
        bytes += piece.len() as u64;
    }
    stream.shutdown(Shutdown::Write)?;
    // The receiver closes when it has all.
    let end = stream.read(&mut [0])?;
    ensure!(end == 0, "the receiver sent something");
    Ok(Answer::Sent { bytes })
}

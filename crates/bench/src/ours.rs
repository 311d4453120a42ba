//! Landline's stack, with its defaults.

use anyhow::{Context, bail};
use base::{ChecksumState, Duration, Instant, Rng};
use stack::{
    Address, Errno, Family, InterfaceConfig, InterfaceId, Kind, RecvFlags, SocketId, SocketOption,
    Stack, Sysctls,
};
use wire::MacAddr;

use crate::subject::{CHUNK, PORT, Subject};

/// Landline.
pub(crate) struct Landline;

pub(crate) struct Computer {
    pub(crate) stack: Stack,
    pub(crate) iface: InterfaceId,
}

impl Computer {
    fn new(number: u8) -> anyhow::Result<Self> {
        let mut sysctls = Sysctls::default();
        // A connection is opened, used and closed in microseconds here: ports must not run out.
        sysctls.set("net.ipv4.ip_local_port_range", "1024 65000")?;
        let mut stack = Stack::new(sysctls, Rng::seeded(number.into()));
        let address = format!("10.0.0.{number}/24").parse()?;
        let config = InterfaceConfig::ethernet("eth0", MacAddr::local(number.into()), address);
        let iface = stack.add_interface(Instant::ZERO, config)?;
        Ok(Self { stack, iface })
    }
}

/// Both ends of a connection.
#[derive(Clone, Copy)]
struct Ends {
    client: SocketId,
    server: SocketId,
}

pub(crate) struct Pair {
    pub(crate) client: Computer,
    pub(crate) server: Computer,
    pub(crate) listener: SocketId,
    pub(crate) now: Instant,
}

fn tried(call: &'static str, result: Result<(), Errno>) -> anyhow::Result<()> {
    result.map_err(|errno| anyhow::anyhow!("{call}: {errno}"))
}

impl Pair {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let (client, mut server) = (Computer::new(1)?, Computer::new(2)?);
        let listener = server.stack.socket(Family::Inet, Kind::Stream)?;
        let any = Address::Inet(([0, 0, 0, 0], PORT).into());
        tried("bind", server.stack.bind(listener, &any))?;
        tried("listen", server.stack.listen(listener, 128))?;
        Ok(Self {
            client,
            server,
            listener,
            now: Instant::from_millis(1),
        })
    }

    /// Carries every frame that is owed across, and lets a microsecond pass.
    pub(crate) fn turn(&mut self) {
        let Self {
            client,
            server,
            now,
            ..
        } = self;
        // What has left one memory for another is no longer known to be right: it is verified.
        while let Some((_, mut frame)) = client.stack.poll_transmit(*now) {
            frame.checksum = ChecksumState::Unverified;
            server.stack.receive(*now, server.iface, frame);
        }
        while let Some((_, mut frame)) = server.stack.poll_transmit(*now) {
            frame.checksum = ChecksumState::Unverified;
            client.stack.receive(*now, client.iface, frame);
        }
        *now += Duration::from_micros(1);
        for computer in [client, server] {
            if computer
                .stack
                .next_deadline()
                .is_some_and(|deadline| deadline <= *now)
            {
                computer.stack.on_deadline(*now);
            }
            while computer.stack.poll_event().is_some() {}
        }
    }

    fn until(
        &mut self,
        mut done: impl FnMut(&mut Self) -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        for _ in 0..10_000_000 {
            if done(self)? {
                return Ok(());
            }
            self.turn();
        }
        bail!("Landline got stuck")
    }

    fn connect(&mut self) -> anyhow::Result<Ends> {
        let client = self.client.stack.socket(Family::Inet, Kind::Stream)?;
        self.client
            .stack
            .set_option(self.now, client, SocketOption::NoDelay(true))?;
        let to = Address::Inet(([10, 0, 0, 2], PORT).into());
        match self.client.stack.connect(self.now, client, &to) {
            Err(Errno::EINPROGRESS) => {}
            other => bail!("connect: {other:?}"),
        }
        let mut server = None;
        self.until(|pair| {
            server = pair.server.stack.accept(pair.listener).ok();
            Ok(server.is_some())
        })?;
        let (server, _) = server.context("nobody called")?;
        self.server
            .stack
            .set_option(self.now, server, SocketOption::NoDelay(true))?;
        Ok(Ends { client, server })
    }

    /// One byte from one end to the other.
    fn byte(&mut self, ends: Ends, from_client: bool) -> anyhow::Result<()> {
        let now = self.now;
        let sent = if from_client {
            self.client.stack.send(now, ends.client, b"x")
        } else {
            self.server.stack.send(now, ends.server, b"x")
        };
        tried("send", sent.map(|_| ()))?;
        let mut byte = [0];
        self.until(|pair| {
            let now = pair.now;
            let received = if from_client {
                pair.server
                    .stack
                    .recv(now, ends.server, &mut byte, RecvFlags::empty())
            } else {
                pair.client
                    .stack
                    .recv(now, ends.client, &mut byte, RecvFlags::empty())
            };
            Ok(received == Ok(1))
        })
    }
}

impl Subject for Landline {
    fn name(&self) -> &'static str {
        "landline"
    }

    fn bulk(&self, bytes: u64) -> anyhow::Result<()> {
        let mut pair = Pair::new()?;
        let ends = pair.connect()?;
        let data = vec![0x5a; CHUNK];
        let mut into = vec![0; CHUNK];
        let (mut sent, mut received) = (0u64, 0u64);
        pair.until(|pair| {
            let now = pair.now;
            while sent < bytes {
                let left = usize::try_from(bytes - sent).unwrap_or(CHUNK).min(CHUNK);
                match pair.client.stack.send(now, ends.client, &data[..left]) {
                    Ok(count) => sent += count as u64,
                    Err(Errno::EAGAIN) => break,
                    Err(errno) => bail!("send: {errno}"),
                }
            }
            loop {
                match pair
                    .server
                    .stack
                    .recv(now, ends.server, &mut into, RecvFlags::empty())
                {
                    Ok(count) => received += count as u64,
                    Err(Errno::EAGAIN) => break,
                    Err(errno) => bail!("recv: {errno}"),
                }
            }
            Ok(received == bytes)
        })
    }

    fn ping_pong(&self, rounds: u64) -> anyhow::Result<()> {
        let mut pair = Pair::new()?;
        let ends = pair.connect()?;
        for _ in 0..rounds {
            pair.byte(ends, true)?;
            pair.byte(ends, false)?;
        }
        Ok(())
    }

    fn connect(&self, count: u64) -> anyhow::Result<()> {
        let mut pair = Pair::new()?;
        for _ in 0..count {
            let ends = pair.connect()?;
            pair.byte(ends, true)?;
            pair.byte(ends, false)?;
            let _ = pair.client.stack.close(pair.now, ends.client)?;
            pair.until(|pair| {
                let mut byte = [0];
                let end =
                    pair.server
                        .stack
                        .recv(pair.now, ends.server, &mut byte, RecvFlags::empty());
                Ok(end == Ok(0))
            })?;
            let _ = pair.server.stack.close(pair.now, ends.server)?;
            // The client's end rests in TIME_WAIT for a minute. The clock moves on, so that the
            // oldest of them go and their ports come back.
            pair.turn();
            pair.now += Duration::from_millis(2);
        }
        Ok(())
    }
}

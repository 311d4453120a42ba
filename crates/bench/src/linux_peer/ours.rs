//! An end on our stack, in the fabric itself.

use std::net::Ipv4Addr;

use anyhow::bail;
use base::{Duration, Instant, Rng};
use fabric::{Fabric, HostId, PortId};
use stack::{
    Address, Errno, Family, How, InterfaceConfig, Kind, RecvFlags, SocketId, Stack, Sysctls,
};
use wire::MacAddr;

use super::kernel::Answer;
use super::transfer::{Got, PORT, pattern};

/// A computer with our stack, and its one program.
pub(super) struct Ours {
    host: HostId,
    socket: SocketId,
    role: Role,
    /// Written, as a sender.
    bytes: u64,
    /// As a receiver.
    got: Got,
    start: Option<Instant>,
}

enum Role {
    Listen,
    Receive,
    Send { until: Duration, closed: bool },
}

impl Ours {
    /// Puts a computer into the network, and returns the port of its card.
    pub(super) fn add(
        fabric: &mut Fabric,
        address: Ipv4Addr,
        algorithm: &str,
        seed: u64,
    ) -> anyhow::Result<(HostId, PortId)> {
        let mut sysctls = Sysctls::default();
        sysctls.set("net.ipv4.tcp_congestion_control", algorithm)?;
        let stack = Stack::new(sysctls, Rng::seeded(seed));
        let host = fabric.add_host("landline", stack);
        let network = format!("{address}/24").parse()?;
        let mac = MacAddr::local(77);
        let port = fabric.add_interface(host, InterfaceConfig::ethernet("eth0", mac, network))?;
        Ok((host, port))
    }

    pub(super) fn receiver(fabric: &mut Fabric, host: HostId) -> anyhow::Result<Self> {
        let stack = fabric.stack_mut(host);
        let socket = stack.socket(Family::Inet, Kind::Stream)?;
        let any = Address::Inet((Ipv4Addr::UNSPECIFIED, PORT).into());
        stack.bind(socket, &any)?;
        stack.listen(socket, 1)?;
        Ok(Self::new(host, socket, Role::Listen))
    }

    pub(super) fn sender(
        fabric: &mut Fabric,
        host: HostId,
        to: Ipv4Addr,
        seconds: f64,
    ) -> anyhow::Result<Self> {
        let now = fabric.now();
        let stack = fabric.stack_mut(host);
        let socket = stack.socket(Family::Inet, Kind::Stream)?;
        match stack.connect(now, socket, &Address::Inet((to, PORT).into())) {
            Err(Errno::EINPROGRESS) => {}
            other => bail!("connect: {other:?}"),
        }
        let until = Duration::from_micros((seconds * 1e6) as u64);
        let role = Role::Send {
            until,
            closed: false,
        };
        Ok(Self::new(host, socket, role))
    }

    fn new(host: HostId, socket: SocketId, role: Role) -> Self {
        Self {
            host,
            socket,
            role,
            bytes: 0,
            got: Got::default(),
            start: None,
        }
    }

    /// Lets the program do what it can, and gives its answer when it is done.
    pub(super) fn act(&mut self, fabric: &mut Fabric) -> anyhow::Result<Option<Answer>> {
        let now = fabric.now();
        let stack = fabric.stack_mut(self.host);
        match &mut self.role {
            Role::Listen => {
                match stack.accept(self.socket) {
                    Ok((socket, _)) => {
                        self.socket = socket;
                        self.start = Some(now);
                        self.role = Role::Receive;
                    }
                    Err(Errno::EAGAIN) => {}
                    Err(errno) => bail!("accept: {errno}"),
                }
                Ok(None)
            }
            Role::Receive => self.receive(stack, now),
            Role::Send { until, closed } => {
                let start = *self.start.get_or_insert(now);
                if *closed {
                    return match stack.recv(now, self.socket, &mut [0], RecvFlags::empty()) {
                        Ok(0) => Ok(Some(Answer::Sent { bytes: self.bytes })),
                        Err(Errno::EAGAIN) => Ok(None),
                        other => bail!("recv: {other:?}"),
                    };
                }
                if now - start >= *until {
                    *closed = true;
                    stack.shutdown(now, self.socket, How::Write)?;
                    return Ok(None);
                }
                loop {
                    match stack.send(now, self.socket, &pattern(self.bytes)) {
                        Ok(count) => self.bytes += count as u64,
                        Err(Errno::EAGAIN) => return Ok(None),
                        Err(errno) => bail!("send: {errno}"),
                    }
                }
            }
        }
    }

    fn receive(&mut self, stack: &mut Stack, now: Instant) -> anyhow::Result<Option<Answer>> {
        let mut buffer = [0; 1 << 16];
        loop {
            match stack.recv(now, self.socket, &mut buffer, RecvFlags::empty()) {
                Ok(0) => {
                    let _ = stack.close(now, self.socket)?;
                    let taken = now - self.start.unwrap_or(now);
                    return Ok(Some(Answer::Received {
                        got: self.got,
                        seconds: taken.as_nanos() as f64 / 1e9,
                    }));
                }
                Ok(count) => self.got.take(&buffer[..count]),
                Err(Errno::EAGAIN) => return Ok(None),
                Err(errno) => bail!("recv: {errno}"),
            }
        }
    }
}

//! Programs of the tests: they do what goes without waiting, whenever their host has word.

use std::net::SocketAddr;

use base::{Bytes, Instant};
use stack::{Errno, Family, How, Kind, RecvFlags, SocketId, SocketOption, Stack};

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It goes on.
    Open,
    /// Both directions came to their end.
    Ended,
    /// An error ended it.
    Failed(Errno),
}

/// The family of a socket that speaks to an address.
pub(crate) const fn family(address: SocketAddr) -> Family {
    match address {
        SocketAddr::V4(_) => Family::Inet,
        SocketAddr::V6(_) => Family::Inet6,
    }
}

/// What the server sends back for a byte.
pub(crate) const fn answer(byte: u8) -> u8 {
    !byte
}

/// Calls, sends everything, says so, and reads until the end.
#[derive(Debug)]
pub(crate) struct Caller {
    socket: SocketId,
    data: Bytes,
    sent: usize,
    /// That it sends no more.
    said_so: bool,
    pub(crate) received: Vec<u8>,
    pub(crate) outcome: Outcome,
}

impl Caller {
    pub(crate) fn call(stack: &mut Stack, now: Instant, server: SocketAddr, data: Bytes) -> Self {
        let socket = stack.socket(family(server), Kind::Stream);
        let socket = socket.unwrap_or_else(|e| panic!("socket: {e}"));
        let called = stack.connect(now, socket, &server.into());
        assert_eq!(called, Err(Errno::EINPROGRESS));
        keep_alive(stack, now, socket);
        Self {
            socket,
            data,
            sent: 0,
            said_so: false,
            received: Vec::new(),
            outcome: Outcome::Open,
        }
    }

    pub(crate) fn turn(&mut self, stack: &mut Stack, now: Instant) {
        if self.outcome != Outcome::Open {
            return;
        }
        match self.try_turn(stack, now) {
            Ok(()) | Err(Errno::EAGAIN) => {}
            Err(error) => self.outcome = Outcome::Failed(error),
        }
        if self.outcome != Outcome::Open {
            close(stack, now, self.socket);
        }
    }

    fn try_turn(&mut self, stack: &mut Stack, now: Instant) -> Result<(), Errno> {
        while self.sent < self.data.len() {
            let rest = self.data.slice(self.sent..);
            match stack.send_bytes(now, self.socket, rest) {
                Ok(taken) => self.sent += taken,
                Err(Errno::EAGAIN) => break,
                Err(error) => return Err(error),
            }
        }
        let connected = stack.peer_address(self.socket).is_ok();
        if connected && self.sent == self.data.len() && !self.said_so {
            stack.shutdown(now, self.socket, How::Write)?;
            self.said_so = true;
        }
        if read(stack, now, self.socket, &mut self.received)? {
            self.outcome = Outcome::Ended;
        }
        Ok(())
    }
}

/// Answers callers, byte for byte, until they end.
#[derive(Debug)]
pub(crate) struct Server {
    listener: SocketId,
    pub(crate) calls: Vec<Answering>,
}

/// One of its calls.
#[derive(Debug)]
pub(crate) struct Answering {
    socket: SocketId,
    pub(crate) received: Vec<u8>,
    sent: usize,
    ended: bool,
    pub(crate) outcome: Outcome,
}

impl Server {
    pub(crate) fn listen(stack: &mut Stack, address: SocketAddr) -> Self {
        let listener = stack.socket(family(address), Kind::Stream);
        let listener = listener.unwrap_or_else(|e| panic!("socket: {e}"));
        stack
            .bind(listener, &address.into())
            .unwrap_or_else(|e| panic!("bind: {e}"));
        stack
            .listen(listener, 128)
            .unwrap_or_else(|e| panic!("listen: {e}"));
        Self {
            listener,
            calls: Vec::new(),
        }
    }

    pub(crate) fn turn(&mut self, stack: &mut Stack, now: Instant) {
        while let Ok((socket, _)) = stack.accept(self.listener) {
            keep_alive(stack, now, socket);
            self.calls.push(Answering {
                socket,
                received: Vec::new(),
                sent: 0,
                ended: false,
                outcome: Outcome::Open,
            });
        }
        for call in &mut self.calls {
            call.turn(stack, now);
        }
    }
}

impl Answering {
    fn turn(&mut self, stack: &mut Stack, now: Instant) {
        if self.outcome != Outcome::Open {
            return;
        }
        match self.try_turn(stack, now) {
            Ok(()) | Err(Errno::EAGAIN) => {}
            Err(error) => self.outcome = Outcome::Failed(error),
        }
        if self.outcome != Outcome::Open {
            close(stack, now, self.socket);
        }
    }

    fn try_turn(&mut self, stack: &mut Stack, now: Instant) -> Result<(), Errno> {
        loop {
            if !self.ended {
                self.ended = read(stack, now, self.socket, &mut self.received)?;
            }
            if self.sent == self.received.len() {
                break;
            }
            let back: Vec<u8> = self.received[self.sent..]
                .iter()
                .map(|b| answer(*b))
                .collect();
            self.sent += stack.send(now, self.socket, &back)?;
        }
        if self.ended {
            self.outcome = Outcome::Ended;
        }
        Ok(())
    }
}

/// Reads what is there; true at the end.
fn read(
    stack: &mut Stack,
    now: Instant,
    socket: SocketId,
    into: &mut Vec<u8>,
) -> Result<bool, Errno> {
    let mut buffer = [0; 16_384];
    loop {
        match stack.recv(now, socket, &mut buffer, RecvFlags::empty()) {
            Ok(0) => return Ok(true),
            Ok(len) => into.extend_from_slice(&buffer[..len]),
            Err(Errno::EAGAIN) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

/// Who only listens hears nothing of a peer that gave up, unless he asks (RFC 9293 §3.8.4).
fn keep_alive(stack: &mut Stack, now: Instant, socket: SocketId) {
    let set = stack.set_option(now, socket, SocketOption::KeepAlive(true));
    assert_eq!(set, Ok(()));
}

fn close(stack: &mut Stack, now: Instant, socket: SocketId) {
    assert!(stack.close(now, socket).is_ok(), "a socket that was open");
}

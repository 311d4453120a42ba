//! What the programs do, and what they must find.

use std::net::{IpAddr, SocketAddr};

use base::Duration;
use stack::{Address, Errno, How, Kind, Readiness, RecvFlags, SendFlags, SocketId, SocketOption};
use tcp::State;

use super::end::{Held, MOST_SOCKETS, PORT};
use super::script::Call;
use super::streams::{Stream, bytes};
use super::world::World;

/// How a connection ends that its program holds no longer.
#[derive(Clone, Copy)]
enum End {
    Closed,
    Aborted,
    Disconnected,
}

impl World {
    pub(super) fn call(&mut self, end: usize, socket: usize, call: Call) {
        match call {
            Call::Connect => self.connect(end, None),
            Call::FastOpen(len) => self.fast_open(end, len),
            Call::ConnectLater => self.connect_later(end),
            Call::Again(port) => self.connect(end, Some(8000 + u16::from(port % 4))),
            Call::Accept => drop(self.accept(end)),
            Call::Send(len) => self.send(end, socket, len, SendFlags::empty()),
            Call::SendMore(len) => self.send(end, socket, len, SendFlags::MORE),
            Call::SendUrgent(len) => self.send(end, socket, len, SendFlags::OOB),
            Call::Receive(len) => self.receive(end, socket, len, RecvFlags::empty()),
            Call::Peek => self.receive(end, socket, 5000, RecvFlags::PEEK),
            Call::Discard(len) => self.receive(end, socket, len, RecvFlags::TRUNC),
            Call::ReceiveUrgent(peek) => self.receive_urgent(end, socket, peek),
            Call::Shutdown(how) => self.shutdown(end, socket, how),
            Call::Close => self.close(end, socket, End::Closed),
            Call::Abort => self.close(end, socket, End::Aborted),
            Call::Disconnect => self.close(end, socket, End::Disconnected),
            Call::Option(which) => self.option(end, socket, which),
            Call::Setting(which, value) => self.setting(end, socket, which, value),
        }
    }

    /// A socket for a call, if the program may have one more.
    fn open(&mut self, end: usize) -> Option<SocketId> {
        let family = self.setup.family();
        let side = &mut self.ends[end];
        if side.held.len() >= MOST_SOCKETS {
            return None;
        }
        side.stack.socket(family, Kind::Stream).ok()
    }

    fn connect(&mut self, end: usize, from: Option<u16>) {
        let Some(id) = self.open(end) else {
            return;
        };
        let peer = self.name_of_other(end);
        if let Some(port) = from
            && !self.bind_again(end, id, SocketAddr::new(unspecified(peer.ip()), port))
        {
            let _ = self.ends[end].stack.close(self.now, id);
            return;
        }
        let called = self.ends[end].stack.connect(self.now, id, &peer.into());
        match called {
            Ok(()) | Err(Errno::EINPROGRESS) => self.calling(end, id),
            Err(_) => {
                let _ = self.ends[end].stack.close(self.now, id);
            }
        }
    }

    /// Binds to a port that the same end may have had before. Whoever took the former call must have
    /// been told apart from the new one, and nothing of it may be on its way.
    fn bind_again(&mut self, end: usize, id: SocketId, name: SocketAddr) -> bool {
        let quiet = self.cables.iter().all(super::cable::Cable::is_empty);
        let known = |stream: &Stream| stream.caller.port() != name.port() || stream.accepted;
        if self.cookies || !quiet || !self.streams.iter().all(known) {
            return false;
        }
        let stack = &mut self.ends[end].stack;
        let reuse = SocketOption::ReuseAddr(true);
        stack.set_option(self.now, id, reuse).is_ok() && stack.bind(id, &name.into()).is_ok()
    }

    fn fast_open(&mut self, end: usize, len: usize) {
        let Some(id) = self.open(end) else {
            return;
        };
        let peer = self.name_of_other(end);
        let data = bytes(self.streams.len(), 0, 0, len);
        let stack = &mut self.ends[end].stack;
        let taken = match stack.send_fast_open(self.now, id, &data, &peer.into()) {
            Ok(count) => count,
            Err(Errno::EINPROGRESS) => 0,
            Err(_) => {
                let _ = stack.close(self.now, id);
                return;
            }
        };
        self.calling(end, id);
        if let Some(stream) = self.streams.last_mut() {
            stream.flows[0].written = taken as u64;
        }
    }

    fn connect_later(&mut self, end: usize) {
        let Some(id) = self.open(end) else {
            return;
        };
        let peer = self.name_of_other(end);
        let stack = &mut self.ends[end].stack;
        let later = SocketOption::FastOpenConnect(true);
        let asked = stack.set_option(self.now, id, later);
        match asked.and_then(|()| stack.connect(self.now, id, &peer.into())) {
            Ok(()) | Err(Errno::EINPROGRESS) => self.calling(end, id),
            Err(_) => {
                let _ = stack.close(self.now, id);
                return;
            }
        }
        if let Some(held) = self.ends[end].held.last_mut() {
            held.deferred = true;
        }
    }

    /// A call has gone out.
    fn calling(&mut self, end: usize, id: SocketId) {
        let side = &mut self.ends[end];
        let Ok(Address::Inet(caller)) = side.stack.local_address(id) else {
            panic!("a caller has no address");
        };
        side.held.push(Held::new(id, self.streams.len(), 0));
        let mut stream = Stream::new(canonical(caller));
        // Behind a cookie (`tcp_syncookies` = 2, or a full backlog) there is nobody who could wait
        // for a handshake's last segment: what overtakes it is reset. A SYN that was lost may be the
        // one that finds the backlog full.
        let own = stream.caller.ip();
        let waits = |other: &Stream| {
            side_of(other.caller) == side_of(SocketAddr::new(own, 0))
                && !other.accepted
                && !other.broken
        };
        let backlog = self.backlogs[1 - end];
        let crowded = self.streams.iter().filter(|other| waits(other)).count() >= backlog;
        stream.excused = self.setup.only_cookies() || crowded || self.setup.forgets();
        if crowded {
            self.cookies = true;
            let waiting = self.streams.iter_mut().filter(|other| waits(other));
            waiting.for_each(|other| other.excused = true);
        }
        self.streams.push(stream);
    }

    /// Both call each other at the same moment, from and to one port.
    pub(super) fn cross(&mut self) {
        let stream = self.streams.len();
        let port = 7000 + (stream % 900) as u16;
        let mut ids = Vec::new();
        for end in 0..2 {
            let Some(id) = self.open(end) else {
                break;
            };
            ids.push(id);
            let peer = self.setup.address(1 - end, stream, port);
            let own = SocketAddr::new(unspecified(peer.ip()), port);
            let stack = &mut self.ends[end].stack;
            let bound = stack.bind(id, &own.into());
            let called = bound.and_then(|()| stack.connect(self.now, id, &peer.into()));
            if called != Err(Errno::EINPROGRESS) {
                break;
            }
            if end == 1 {
                return self.crossing(&ids, port);
            }
        }
        for (end, id) in ids.into_iter().enumerate() {
            let _ = self.ends[end].stack.close(self.now, id);
        }
    }

    fn crossing(&mut self, ids: &[SocketId], port: u16) {
        let number = self.streams.len();
        for (end, id) in ids.iter().enumerate() {
            let mut held = Held::new(*id, number, end);
            held.state = State::SynSent;
            self.ends[end].held.push(held);
        }
        let mut stream = Stream::new(canonical(self.setup.address(0, number, port)));
        stream.accepted = true;
        stream.excused = self.setup.forgets();
        self.streams.push(stream);
    }

    /// Takes a caller; whether there was one.
    pub(super) fn accept(&mut self, end: usize) -> bool {
        let side = &mut self.ends[end];
        let Ok((id, Address::Inet(caller))) = side.stack.accept(side.listener) else {
            return false;
        };
        let caller = canonical(caller);
        // Ports come back: the last who called from there is meant.
        let stream = self
            .streams
            .iter()
            .rposition(|stream| stream.caller == caller);
        let stream = stream.expect("nobody called from there");
        assert_eq!(side_of(caller), 1 - end);
        let called = &mut self.streams[stream];
        if std::mem::replace(&mut called.accepted, true) {
            // What a forged reset ended here goes on there, and its next segment is as good as the
            // answer to a cookie (`tcp_syncookies` = 2). And a SYN with data that the network kept
            // for long opens a second one (RFC 7413 §2.1).
            let _ = side.stack.close(self.now, id);
            called.broken = true;
            called.excused |= self.setup.fast_open();
            return true;
        }
        side.held.push(Held::new(id, stream, 1));
        true
    }

    /// Changes how an end is called.
    pub(super) fn change_listener(&mut self, end: usize, what: u8) {
        let amount = what >> 3;
        if matches!(what & 7, 3 | 4) {
            // Whoever waits there is sent away.
            let away = self.streams.iter_mut().filter(|stream| !stream.accepted);
            away.for_each(|stream| stream.excused = true);
        }
        let backlog = [4, 1, 0, 64][usize::from(amount) % 4];
        let side = &mut self.ends[end];
        let (now, listener) = (self.now, side.listener);
        let option = match what & 7 {
            1 => SocketOption::DeferAccept(i32::from(amount)),
            2 => SocketOption::FastOpen(amount.into()),
            5 => SocketOption::RecvBuffer(256 << (amount % 8)),
            6 => SocketOption::NoDelay(amount & 1 != 0),
            7 => SocketOption::OobInline(amount & 1 != 0),
            how => {
                match how {
                    3 => drop(side.stack.shutdown(now, listener, How::Read)),
                    4 => {
                        let _ = side.stack.close(now, listener);
                        side.listener = super::end::listen(&mut side.stack, now, self.setup);
                    }
                    _ => {}
                }
                let listens = side.stack.listen(side.listener, backlog);
                listens.expect("it has its port still");
                // Those who wait may be more than it takes now.
                self.cookies |= backlog < self.backlogs[end] as i32;
                self.backlogs[end] = backlog as usize;
                return;
            }
        };
        let _ = side.stack.set_option(now, listener, option);
    }

    fn send(&mut self, end: usize, socket: usize, len: usize, flags: SendFlags) {
        let side = &mut self.ends[end];
        let Some(held) = pick(&mut side.held, socket) else {
            return;
        };
        let stream = &mut self.streams[held.stream];
        let flow = &mut stream.flows[held.direction];
        let data = bytes(held.stream, held.direction, flow.written, len);
        match side.stack.send_with(self.now, held.id, &data, flags) {
            Ok(count) => {
                flow.written += count as u64;
                if flags.contains(SendFlags::OOB) && count > 0 {
                    flow.urgent.insert(flow.written - 1);
                }
            }
            // The call may be what finds out that the path has become narrow, and with it the buffer.
            Err(Errno::EAGAIN) => {
                let ready = side.stack.readiness(held.id);
                assert!(!ready.contains(Readiness::WRITABLE), "it is writable");
            }
            Err(Errno::ENOTCONN | Errno::EINPROGRESS) => {}
            Err(Errno::EPIPE) if flow.closed => {}
            Err(_) => {
                stream.broken = true;
                held.deaf = true;
            }
        }
    }

    /// Takes all that is there.
    pub(super) fn receive_all(&mut self, end: usize, socket: usize) {
        self.receive(end, socket, 1 << 16, RecvFlags::empty());
    }

    fn receive(&mut self, end: usize, socket: usize, len: usize, mut flags: RecvFlags) {
        let side = &mut self.ends[end];
        let Some(held) = pick(&mut side.held, socket) else {
            return;
        };
        let stream = &mut self.streams[held.stream];
        let from = 1 - held.direction;
        let broken = stream.broken;
        let flow = &mut stream.flows[from];
        if side.stack.is_at_mark(held.id).unwrap_or_default() {
            assert!(flow.urgent.contains(&flow.read), "the mark is misplaced");
        }
        if !flow.urgent.is_empty() {
            // What is thrown away unseen does not say which bytes it was.
            flags -= RecvFlags::TRUNC;
        }
        let ready = side.stack.readiness(held.id);
        let mut buffer = vec![0; len];
        match side.stack.recv(self.now, held.id, &mut buffer, flags) {
            Ok(0) => {
                if !held.deaf && !broken {
                    assert!(flow.closed, "an end that nobody made");
                    assert!(flow.is_read(), "an end before all was read");
                }
                flow.ended = true;
            }
            Ok(count) => {
                assert!(!flow.ended || held.deaf, "something behind the end");
                let behind = if flags.contains(RecvFlags::TRUNC) {
                    flow.read + count as u64
                } else {
                    flow.behind(held.stream, from, &buffer[..count])
                };
                assert!(behind <= flow.written, "more than was written");
                if !flags.contains(RecvFlags::PEEK) {
                    flow.read = behind;
                }
            }
            Err(Errno::EAGAIN) => {
                assert!(!ready.contains(Readiness::READABLE), "it was readable");
            }
            Err(Errno::ENOTCONN) => {}
            Err(_) => {
                stream.broken = true;
                held.deaf = true;
            }
        }
    }

    fn receive_urgent(&mut self, end: usize, socket: usize, peek: bool) {
        let side = &mut self.ends[end];
        let Some(held) = pick(&mut side.held, socket) else {
            return;
        };
        let ready = side.stack.readiness(held.id);
        let stream = &mut self.streams[held.stream];
        let from = 1 - held.direction;
        let mut byte = [0];
        let mut flags = RecvFlags::OOB;
        flags.set(RecvFlags::PEEK, peek);
        match side.stack.recv(self.now, held.id, &mut byte, flags) {
            Ok(0) => {}
            Ok(_) => {
                let was_written = stream.flows[from].has_urgent(held.stream, from, byte[0]);
                assert!(was_written, "nobody wrote that as urgent");
            }
            Err(Errno::EAGAIN) => {
                assert!(!ready.contains(Readiness::PRIORITY), "it had urgent data");
            }
            Err(Errno::EINVAL | Errno::ENOTCONN) => {}
            Err(_) => {
                stream.broken = true;
                held.deaf = true;
            }
        }
    }

    fn shutdown(&mut self, end: usize, socket: usize, how: u8) {
        let side = &mut self.ends[end];
        let Some(held) = pick(&mut side.held, socket) else {
            return;
        };
        // Reading is shut rarely: what comes then is for nobody.
        let how = match how {
            0 => How::Both,
            1 => How::Read,
            _ => How::Write,
        };
        if side.stack.shutdown(self.now, held.id, how).is_err() {
            return;
        }
        let stream = &mut self.streams[held.stream];
        stream.flows[held.direction].closed |= how != How::Read;
        if how != How::Write {
            held.deaf = true;
            stream.broken = true;
            stream.excused = true;
        }
        // A call that was not answered yet is over.
        if held.state == State::SynSent {
            stream.broken = true;
            stream.excused = true;
        }
    }

    fn close(&mut self, end: usize, socket: usize, how: End) {
        let side = &mut self.ends[end];
        if side.held.is_empty() {
            return;
        }
        let held = side.held.swap_remove(socket % side.held.len());
        match how {
            End::Closed => {}
            End::Aborted => {
                let linger = SocketOption::Linger(Some(Duration::ZERO));
                let _ = side.stack.set_option(self.now, held.id, linger);
            }
            End::Disconnected => {
                let _ = side.stack.connect(self.now, held.id, &Address::Unspecified);
            }
        }
        let stream = &mut self.streams[held.stream];
        stream.flows[held.direction].closed = true;
        // What the other still writes is for nobody, and resets.
        stream.broken = true;
        stream.excused = true;
        let _ = side.stack.close(self.now, held.id);
    }

    fn option(&mut self, end: usize, socket: usize, which: u8) {
        let on = which & 8 != 0;
        let size = 1 << (which >> 4);
        let option = match which & 7 {
            0 => SocketOption::NoDelay(on),
            1 => SocketOption::KeepAlive(on),
            2 => SocketOption::RecvBuffer(size * 16),
            3 => SocketOption::SendBuffer(size * 16),
            4 => SocketOption::KeepIdle(Duration::from_secs(5)),
            5 => SocketOption::KeepInterval(Duration::from_secs(5)),
            6 => SocketOption::Cork(on),
            _ => SocketOption::Cork(!on),
        };
        // Whoever asks for probes is told of silence.
        self.set(end, socket, option, matches!(which & 7, 1 | 4 | 5));
    }

    fn setting(&mut self, end: usize, socket: usize, which: u8, value: u8) {
        let number = i32::from(value);
        let algorithms = ["cubic", "reno", "bbr", "bbr3"];
        let option = match which & 15 {
            0 => SocketOption::QuickAck(number & 7),
            1 => SocketOption::WindowClamp(
                [0, 1152, 1 << (value >> 3).min(30), number][number as usize & 3],
            ),
            2 => SocketOption::Linger((value > 0).then(|| Duration::from_secs(value.into()))),
            3 => SocketOption::UserTimeout(Duration::from_millis(u64::from(value) * 100)),
            4 => SocketOption::OobInline(value & 1 != 0),
            5 => SocketOption::NotSentLowat(1 << (value % 24)),
            6 => SocketOption::MaxSegment(u32::from(value) * 16),
            7 => SocketOption::RecvLowat(1 << (value % 20)),
            8 => SocketOption::MaxPacingRate(8000 << (value % 18)),
            9 => {
                let name = algorithms[usize::from(value) % algorithms.len()];
                SocketOption::Congestion(name.parse().expect("there is such an algorithm"))
            }
            10 => SocketOption::Linger2(number - 100),
            11 => SocketOption::SynCount(1 + u32::from(value % 6)),
            12 => SocketOption::Tos(value),
            13 if self.setup.v6() => SocketOption::MtuDiscover6(number % 6),
            13 => SocketOption::MtuDiscover(number % 6),
            14 => SocketOption::KeepCount(1 + u32::from(value % 8)),
            _ => SocketOption::NoDelay(value & 1 != 0),
        };
        self.set(end, socket, option, matches!(which & 15, 3 | 11 | 14));
    }

    /// Sets an option, which may give the connection a `reason` to end.
    fn set(&mut self, end: usize, socket: usize, option: SocketOption, reason: bool) {
        let side = &mut self.ends[end];
        let Some(held) = pick(&mut side.held, socket) else {
            return;
        };
        let _ = side.stack.set_option(self.now, held.id, option);
        self.streams[held.stream].excused |= reason;
    }
}

/// Beside the streams: a datagram either arrives as it was sent, or not at all.
impl World {
    pub(super) fn send_datagram(&mut self, from: usize, len: usize) {
        self.datagrams += 1;
        let to = self.setup.address(1 - from, self.datagrams as usize, PORT);
        let mut data = datagram(self.datagrams, len);
        data.truncate(len);
        let end = &mut self.ends[from];
        let _ = end
            .stack
            .send_to(self.now, end.datagrams, &data, &to.into());
    }

    pub(super) fn receive_datagrams(&mut self, end: usize) {
        let end = &mut self.ends[end];
        let mut buffer = [0; 16_384];
        loop {
            let flags = RecvFlags::empty();
            let got = end.stack.recv(self.now, end.datagrams, &mut buffer, flags);
            let got = match got {
                Ok(len) => &buffer[..len],
                Err(Errno::EAGAIN | Errno::EBADF) => return,
                // ICMP had something to say.
                Err(_) => continue,
            };
            if let Some((number, _)) = got.split_first_chunk() {
                let number = u32::from_be_bytes(*number);
                assert!(number <= self.datagrams, "nobody sent that datagram");
                assert_eq!(*got, datagram(number, got.len()), "it is another");
            }
        }
    }
}

/// The datagram of that number.
fn datagram(number: u32, len: usize) -> Vec<u8> {
    let mut data = number.to_be_bytes().to_vec();
    data.extend(bytes(number as usize, 0, 0, len.saturating_sub(4)));
    data
}

fn pick(held: &mut [Held], number: usize) -> Option<&mut Held> {
    let count = held.len();
    held.get_mut(number.checked_rem(count)?)
}

/// As both families know it.
fn canonical(name: SocketAddr) -> SocketAddr {
    SocketAddr::new(name.ip().to_canonical(), name.port())
}

/// Whose address it is: the last bits say so.
fn side_of(name: SocketAddr) -> usize {
    let last = match name.ip().to_canonical() {
        IpAddr::V4(v4) => v4.octets()[3],
        IpAddr::V6(v6) => v6.octets()[15],
    };
    usize::from(last).wrapping_sub(1)
}

/// No address in particular, of the same family.
fn unspecified(addr: IpAddr) -> IpAddr {
    match addr {
        IpAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    }
}

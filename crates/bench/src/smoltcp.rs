//! The peer: smoltcp, with its best settings for each case.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use anyhow::{Context, bail};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp;
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};

use crate::subject::{CHUNK, PORT, Subject};

/// smoltcp from crates.io.
pub(crate) struct Smoltcp;

type Queue = Rc<RefCell<VecDeque<Vec<u8>>>>;

/// One end of the link. Buffers are used again, so that it allocates nothing once warm.
struct Port {
    rx: Queue,
    tx: Queue,
    pool: Queue,
}

struct Received {
    frame: Vec<u8>,
    pool: Queue,
}

struct Sending {
    tx: Queue,
    pool: Queue,
}

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        let result = f(&self.frame);
        self.pool.borrow_mut().push_back(self.frame);
        result
    }
}

impl TxToken for Sending {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = self.pool.borrow_mut().pop_back().unwrap_or_default();
        frame.resize(len, 0);
        let result = f(&mut frame);
        self.tx.borrow_mut().push_back(frame);
        result
    }
}

impl Device for Port {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sending;

    fn capabilities(&self) -> DeviceCapabilities {
        let mut caps = DeviceCapabilities::default();
        caps.medium = Medium::Ethernet;
        // smoltcp counts the Ethernet header: an IP packet of 1500 bytes.
        caps.max_transmission_unit = 1514;
        caps
    }

    fn receive(&mut self, _: Instant) -> Option<(Received, Sending)> {
        let frame = self.rx.borrow_mut().pop_front()?;
        let received = Received {
            frame,
            pool: Rc::clone(&self.pool),
        };
        Some((
            received,
            Sending {
                tx: Rc::clone(&self.tx),
                pool: Rc::clone(&self.pool),
            },
        ))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending> {
        Some(Sending {
            tx: Rc::clone(&self.tx),
            pool: Rc::clone(&self.pool),
        })
    }
}

struct Computer {
    iface: Interface,
    port: Port,
    sockets: SocketSet<'static>,
}

impl Computer {
    fn new(number: u8, port: Port) -> anyhow::Result<Self> {
        let mac = EthernetAddress([2, 0, 0, 0, 0, number]);
        let mut config = Config::new(mac.into());
        config.random_seed = u64::from(number);
        let mut port = port;
        let mut iface = Interface::new(config, &mut port, Instant::ZERO);
        let mut pushed = Ok(());
        iface.update_ip_addrs(|addrs| {
            pushed = addrs.push(IpCidr::new(IpAddress::v4(10, 0, 0, number), 24));
        });
        if pushed.is_err() {
            bail!("smoltcp took no address");
        }
        Ok(Self {
            iface,
            port,
            sockets: SocketSet::new(Vec::new()),
        })
    }

    fn socket(&mut self, buffer: usize) -> SocketHandle {
        let ring = || tcp::SocketBuffer::new(vec![0; buffer]);
        let mut socket = tcp::Socket::new(ring(), ring());
        socket.set_nagle_enabled(false);
        // A delay would only stall these cases; without one every segment is acknowledged at
        // once, which measured slower in bulk. Ten milliseconds is smoltcp's own default.
        socket.set_ack_delay(Some(Duration::from_millis(10)));
        self.sockets.add(socket)
    }

    fn get(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(handle)
    }
}

struct Pair {
    client: Computer,
    server: Computer,
    now: Instant,
}

impl Pair {
    fn new() -> anyhow::Result<Self> {
        let [a, b, pool]: [Queue; 3] = Default::default();
        let port = |rx: &Queue, tx: &Queue| Port {
            rx: Rc::clone(rx),
            tx: Rc::clone(tx),
            pool: Rc::clone(&pool),
        };
        Ok(Self {
            client: Computer::new(1, port(&a, &b))?,
            server: Computer::new(2, port(&b, &a))?,
            now: Instant::from_millis(1),
        })
    }

    fn turn(&mut self) {
        for side in [&mut self.client, &mut self.server] {
            side.iface.poll(self.now, &mut side.port, &mut side.sockets);
        }
        self.now += Duration::from_micros(1);
    }

    /// A connection between a client's and a server's socket.
    fn connect(
        &mut self,
        buffer: usize,
        local: u16,
    ) -> anyhow::Result<(SocketHandle, SocketHandle)> {
        let (client, server) = (self.client.socket(buffer), self.server.socket(buffer));
        self.server.get(server).listen(PORT).context("listen")?;
        let Computer { iface, sockets, .. } = &mut self.client;
        sockets
            .get_mut::<tcp::Socket<'_>>(client)
            .connect(iface.context(), (IpAddress::v4(10, 0, 0, 2), PORT), local)
            .context("connect")?;
        self.until(|pair| {
            pair.client.get(client).may_send() && pair.server.get(server).may_send()
        })?;
        Ok((client, server))
    }

    fn until(&mut self, mut done: impl FnMut(&mut Self) -> bool) -> anyhow::Result<()> {
        for _ in 0..10_000_000 {
            if done(self) {
                return Ok(());
            }
            self.turn();
        }
        bail!("smoltcp got stuck")
    }

    /// One byte from one end to the other.
    fn byte(
        &mut self,
        from_client: bool,
        client: SocketHandle,
        server: SocketHandle,
    ) -> anyhow::Result<()> {
        let sender = if from_client {
            self.client.get(client)
        } else {
            self.server.get(server)
        };
        sender.send_slice(b"x").context("send")?;
        let mut byte = [0];
        self.until(|pair| {
            let receiver = if from_client {
                pair.server.get(server)
            } else {
                pair.client.get(client)
            };
            receiver.recv_slice(&mut byte) == Ok(1)
        })
    }
}

impl Subject for Smoltcp {
    fn name(&self) -> &'static str {
        "smoltcp"
    }

    fn bulk(&self, bytes: u64) -> anyhow::Result<()> {
        let mut pair = Pair::new()?;
        let (client, server) = pair.connect(256 * 1024, 50_000)?;
        let data = vec![0x5a; CHUNK];
        let mut into = vec![0; CHUNK];
        let (mut sent, mut received) = (0u64, 0u64);
        pair.until(|pair| {
            if sent < bytes {
                let left = usize::try_from(bytes - sent).unwrap_or(CHUNK).min(CHUNK);
                sent += pair
                    .client
                    .get(client)
                    .send_slice(&data[..left])
                    .unwrap_or(0) as u64;
            }
            while let Ok(count @ 1..) = pair.server.get(server).recv_slice(&mut into) {
                received += count as u64;
            }
            received == bytes
        })
    }

    fn ping_pong(&self, rounds: u64) -> anyhow::Result<()> {
        let mut pair = Pair::new()?;
        let (client, server) = pair.connect(4096, 50_000)?;
        for _ in 0..rounds {
            pair.byte(true, client, server)?;
            pair.byte(false, client, server)?;
        }
        Ok(())
    }

    fn connect(&self, count: u64) -> anyhow::Result<()> {
        let mut pair = Pair::new()?;
        for number in 0..count {
            let local = 1024 + (number % 60_000) as u16;
            let (client, server) = pair.connect(4096, local)?;
            pair.byte(true, client, server)?;
            pair.byte(false, client, server)?;
            pair.client.get(client).close();
            pair.server.get(server).close();
            // The client's TIME-WAIT takes ten seconds there; a program drops the socket instead.
            pair.until(|pair| {
                pair.server.get(server).state() == tcp::State::Closed
                    || pair.server.get(server).state() == tcp::State::TimeWait
            })?;
            pair.client.sockets.remove(client);
            pair.server.sockets.remove(server);
        }
        Ok(())
    }
}

//! Where cases run, what they note, and how two logs are compared.

use std::fmt::Debug;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use landline::options::Options;
use landline::{Address, Family, Lan, LanHost, Network, Readiness, Socket, Type};

use crate::except;

/// A case: calls at a place.
pub(crate) type Case = fn(&mut Place);

/// How long poll may take that is to find something. It never does. Calls themselves wait for
/// ever, so that on the kernel each is one system call.
const PATIENCE: Option<Duration> = Some(Duration::from_secs(10));

/// One network and what was answered there.
pub(crate) struct Place {
    pub(crate) network: Network,
    log: Vec<(String, String)>,
    /// In front of every label.
    pub(crate) topic: String,
}

/// Runs a case on both networks.
#[track_caller]
pub(crate) fn compare(name: &str, case: Case) {
    let lan = Lan::new(1);
    lan.add_switch("office").unwrap();
    let plan = LanHost::new("host").plug("office", "172.16.10.1/24");
    let ours = run(&lan.add_host(&plan).unwrap(), case);
    let theirs = run(&Network::kernel(), case);
    let mut wrong = Vec::new();
    for (index, (label, kernel)) in theirs.iter().enumerate() {
        let (other, stack) = &ours[index.min(ours.len() - 1)];
        assert_eq!(label, other, "{name}: the case takes another course");
        let differs = except::reason(name, label);
        if except::is_unsure(name, label) {
            continue;
        }
        match (kernel == stack, differs) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(why)) => wrong.push(format!("{label}: no difference any more ({why})")),
            (false, None) => wrong.push(format!("{label}: Linux {kernel}, ours {stack}")),
        }
    }
    assert_eq!(theirs.len(), ours.len());
    assert!(
        wrong.is_empty(),
        "{name}: {} of {} differ\n  {}",
        wrong.len(),
        theirs.len(),
        wrong.join("\n  ")
    );
    println!("{name}: {} answers", theirs.len());
}

fn run(network: &Network, case: Case) -> Vec<(String, String)> {
    let mut place = Place {
        network: network.clone(),
        log: Vec::new(),
        topic: String::new(),
    };
    case(&mut place);
    place.log
}

impl Place {
    /// Notes an answer.
    pub(crate) fn note<T: Debug>(&mut self, label: &str, answer: io::Result<T>) {
        let answer = match answer {
            Ok(value) => format!("{value:?}"),
            Err(error) => match error.raw_os_error() {
                Some(number) => format!("{:?}", stack::Errno(number)),
                None => format!("{:?}", error.kind()),
            },
        };
        self.log.push((format!("{}{label}", self.topic), answer));
    }

    /// Notes what is so.
    pub(crate) fn fact<T: Debug>(&mut self, label: &str, value: T) {
        self.note(label, Ok(value));
    }

    pub(crate) fn tcp(&self) -> Socket {
        Socket::new(&self.network, Family::Inet, Type::Stream).unwrap()
    }

    pub(crate) fn udp(&self) -> Socket {
        Socket::new(&self.network, Family::Inet, Type::Datagram).unwrap()
    }

    /// A datagram socket with a name.
    pub(crate) fn bound_udp(&self) -> (Socket, SocketAddr) {
        let socket = self.udp();
        socket.bind(local(0)).unwrap();
        let name = name(&socket);
        (socket, name)
    }

    pub(crate) fn listener(&self) -> (Socket, SocketAddr) {
        let socket = self.tcp();
        socket.bind(local(0)).unwrap();
        socket.listen(5).unwrap();
        let name = name(&socket);
        (socket, name)
    }

    /// Both ends of a connection, the caller's first.
    pub(crate) fn pair(&self) -> (Socket, Socket) {
        let (listener, name) = self.listener();
        let caller = self.tcp();
        caller.connect(name).unwrap();
        let callee = listener.accept().unwrap().0;
        (caller, callee)
    }

    /// A name of which nobody hears, for as long as the socket is there that holds it.
    pub(crate) fn nobody(&self) -> (Socket, SocketAddr) {
        let socket = self.tcp();
        socket.bind(local(0)).unwrap();
        let name = name(&socket);
        (socket, name)
    }

    /// Waits until the peer's end, a reset or data is here.
    pub(crate) fn news(&self, socket: &Socket) {
        let found = socket.poll(Readiness::READABLE, PATIENCE).unwrap();
        assert!(!found.is_empty(), "nothing came");
    }
}

impl Place {
    /// Waits until the peer's end is here.
    pub(crate) fn end(&self, socket: &Socket) {
        let found = socket.poll(Readiness::READ_CLOSED, PATIENCE).unwrap();
        assert!(!found.is_empty(), "no end came");
    }
}

/// 127.0.0.1 with a port.
pub(crate) fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

pub(crate) fn name(socket: &Socket) -> SocketAddr {
    socket.getsockname().unwrap().as_ip().unwrap()
}

/// An address whose port, if it has one, is of no interest.
pub(crate) fn without_port(address: Address) -> String {
    match address.as_ip() {
        Some(address) if address.port() != 0 => format!("{}:some", address.ip()),
        _ => address.to_string(),
    }
}

/// What poll says of everything.
pub(crate) fn poll(socket: &Socket) -> io::Result<Readiness> {
    socket.poll(Readiness::all(), Some(Duration::ZERO))
}

/// Closes with a RST.
pub(crate) fn reset(socket: Socket) {
    socket.set_linger(Some(Duration::ZERO)).unwrap();
    socket.close();
}

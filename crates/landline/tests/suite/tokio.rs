//! tokio's shape.

use std::future::Future;
use std::io::ErrorKind;
use std::time::Duration;

use landline::options::Options;
use landline::tokio::{
    Interest, TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream,
};
use landline::{Type, UnixAddress};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Place, errno, kind, pattern};

/// Runs an asynchronous case: where the place's time is virtual, by its clock.
pub(crate) fn run(place: &Place, case: impl Future<Output = ()>) {
    if let Some(lan) = &place.lan {
        return lan.block_on(case);
    }
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(case);
}

async fn connection(place: &Place) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(&place.server, place.any_port())
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    let caller = TcpStream::connect(&place.client, address).await.unwrap();
    let (callee, who) = listener.accept().await.unwrap();
    assert_eq!(who, caller.local_addr().unwrap());
    assert_eq!(caller.peer_addr().unwrap(), address);
    (caller, callee)
}

pub(crate) fn a_call(place: &Place) {
    run(place, async {
        let (mut caller, mut callee) = connection(place).await;
        caller.set_nodelay(true).unwrap();
        caller.set_keepalive(true).unwrap();
        let data = pattern(3_000_000);
        let (sent, received) = tokio::join!(
            async {
                caller.write_all(&data).await.unwrap();
                caller.shutdown().await.unwrap();
                caller
            },
            async {
                let mut received = Vec::new();
                callee.read_to_end(&mut received).await.unwrap();
                received
            }
        );
        assert!(received == data);
        // Only one direction has ended.
        let mut caller = sent;
        callee.write_all(b"thanks").await.unwrap();
        drop(callee);
        let mut heard = Vec::new();
        caller.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"thanks");
    });
}

pub(crate) fn halves_and_their_ends(place: &Place) {
    run(place, async {
        let (mut caller, callee) = connection(place).await;
        {
            let (mut read, mut write) = caller.split();
            let (mut far_read, mut far_write) = callee.into_split();
            write.write_all(b"ping").await.unwrap();
            let mut buf = [0; 4];
            assert_eq!(far_read.peek(&mut buf).await.unwrap(), 4);
            far_read.read_exact(&mut buf).await.unwrap();
            assert_eq!(&buf, b"ping");
            far_write.write_all(b"pong").await.unwrap();
            // Dropping the owned half ends its direction.
            drop(far_write);
            let mut heard = Vec::new();
            read.read_to_end(&mut heard).await.unwrap();
            assert_eq!(heard, b"pong");
            assert_eq!(far_read.local_addr().unwrap(), write.peer_addr().unwrap());
        }
        let (one, other) = connection(place).await;
        let (read, write) = one.into_split();
        let (far_read, far_write) = other.into_split();
        let error = read.reunite(far_write).unwrap_err();
        error.0.reunite(write).unwrap();
        drop((far_read, error.1));
    });
}

pub(crate) fn readiness_and_trying(place: &Place) {
    run(place, async {
        let (caller, callee) = connection(place).await;
        let nothing = callee.try_read(&mut [0; 8]);
        assert_eq!(kind(nothing), ErrorKind::WouldBlock);
        caller.writable().await.unwrap();
        assert_eq!(caller.try_write(b"hello").unwrap(), 5);
        callee.readable().await.unwrap();
        let ready = callee.ready(Interest::READABLE).await.unwrap();
        assert!(ready.is_readable());
        let mut buf = [0; 8];
        assert_eq!(callee.peek(&mut buf).await.unwrap(), 5);
        assert_eq!(callee.try_read(&mut buf).unwrap(), 5);
        let data = vec![0; 64 << 20];
        let mut taken = 0;
        let full = loop {
            match caller.try_write(&data[taken..]) {
                Ok(length) => taken += length,
                Err(error) => break error,
            }
        };
        assert_eq!(full.kind(), ErrorKind::WouldBlock);
    });
}

pub(crate) fn refused_and_in_use(place: &Place) {
    run(place, async {
        let (_held, address) = place.closed_port(Type::Stream);
        let refused = TcpStream::connect(&place.client, address).await;
        assert_eq!(errno(refused), 111);
        let listener = TcpListener::bind(&place.server, place.any_port())
            .await
            .unwrap();
        let again = TcpListener::bind(&place.server, listener.local_addr().unwrap()).await;
        assert_eq!(errno(again), 98);
        let (caller, mut callee) = connection(place).await;
        caller.set_zero_linger().unwrap();
        drop(caller);
        assert_eq!(errno(callee.read(&mut [0; 8]).await), 104);
    });
}

pub(crate) fn datagrams(place: &Place) {
    run(place, async {
        let server = UdpSocket::bind(&place.server, place.any_port())
            .await
            .unwrap();
        let address = server.local_addr().unwrap();
        let client = UdpSocket::bind(&place.client, place.anywhere())
            .await
            .unwrap();
        let nothing = server.try_recv_from(&mut [0; 8]);
        assert_eq!(kind(nothing), ErrorKind::WouldBlock);
        assert_eq!(client.send_to(b"", address).await.unwrap(), 0);
        let mut buf = vec![0; 70_000];
        let (length, who) = server.recv_from(&mut buf).await.unwrap();
        assert_eq!(length, 0);
        client.connect(address).await.unwrap();
        let largest = place.largest_datagram();
        let data = pattern(largest);
        client.send(&data).await.unwrap();
        assert_eq!(server.peek_from(&mut buf).await.unwrap().0, largest);
        assert_eq!(server.recv_from(&mut buf).await.unwrap().0, largest);
        assert!(buf[..largest] == data);
        server.send_to(b"answer", who).await.unwrap();
        assert_eq!(client.recv(&mut buf).await.unwrap(), 6);
        client.set_broadcast(true).unwrap();
        assert!(client.broadcast().unwrap());
    });
}

pub(crate) fn a_pending_error_is_taken_once(place: &Place) {
    run(place, async {
        let (_held, address) = place.closed_port(Type::Datagram);
        let client = UdpSocket::bind(&place.client, place.anywhere())
            .await
            .unwrap();
        client.connect(address).await.unwrap();
        client.send(b"anybody?").await.unwrap();
        client.ready(Interest::ERROR).await.unwrap();
        let error = client.take_error().unwrap().unwrap();
        assert_eq!(error.raw_os_error(), Some(111));
        assert!(client.take_error().unwrap().is_none());
        client.send(b"anybody?").await.unwrap();
        assert_eq!(errno(client.recv(&mut [0; 8]).await), 111);
    });
}

pub(crate) fn unix_streams(place: &Place) {
    run(place, async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&place.server, &path).unwrap();
        let mut caller = UnixStream::connect(&place.server, &path).await.unwrap();
        let (mut callee, who) = listener.accept().await.unwrap();
        assert!(who.is_unnamed());
        assert_eq!(
            caller.peer_addr().unwrap().as_pathname(),
            Some(path.as_path())
        );
        caller.write_all(b"hello").await.unwrap();
        drop(caller);
        let mut heard = Vec::new();
        callee.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"hello");

        let anywhere = UnixListener::bind_addr(&place.server, &UnixAddress::Unnamed).unwrap();
        let name = anywhere.local_addr().unwrap();
        let caller = UnixStream::connect_addr(&place.server, &name)
            .await
            .unwrap();
        assert_eq!(caller.peer_addr().unwrap(), name);
    });
}

pub(crate) fn unix_datagrams(place: &Place) {
    run(place, async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let server = UnixDatagram::bind(&place.server, &path).unwrap();
        let client = UnixDatagram::autobind(&place.server).unwrap();
        client.connect(&path).unwrap();
        client.send(b"hello").await.unwrap();
        let mut buf = [0; 16];
        let (length, who) = server.recv_from(&mut buf).await.unwrap();
        assert_eq!((length, &who), (5, &client.local_addr().unwrap()));
        assert!(who.as_abstract_name().is_some());
        server.send_to_addr(b"HELLO", &who).await.unwrap();
        assert_eq!(client.recv(&mut buf).await.unwrap(), 5);
        let other = UnixDatagram::autobind(&place.server).unwrap();
        other.connect_addr(&server.local_addr().unwrap()).unwrap();
        other.send(b"too").await.unwrap();
        assert_eq!(server.recv_from(&mut buf).await.unwrap().0, 3);
    });
}

pub(crate) fn to_and_from_std(place: &Place) {
    run(place, async {
        let (listener, address) = {
            let listener = landline::TcpListener::bind(&place.server, place.any_port()).unwrap();
            let address = listener.local_addr().unwrap();
            (TcpListener::from_std(listener).unwrap(), address)
        };
        let caller = TcpStream::connect(&place.client, address).await.unwrap();
        let (mut callee, _) = listener.accept().await.unwrap();
        let mut caller = caller.into_std().unwrap();
        let nothing = std::io::Read::read(&mut caller, &mut [0; 1]);
        assert_eq!(kind(nothing), ErrorKind::WouldBlock);
        std::io::Write::write_all(&mut caller, b"hello").unwrap();
        drop(caller);
        let mut heard = Vec::new();
        callee.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"hello");
        let socket = landline::UdpSocket::bind(&place.server, place.any_port()).unwrap();
        let clone = socket.try_clone().unwrap();
        let socket = UdpSocket::from_std(socket).unwrap();
        assert_eq!(socket.local_addr().unwrap(), clone.local_addr().unwrap());
    });
}

pub(crate) fn the_networks_clock(place: &Place) {
    run(place, async {
        let before = place.server.now();
        let forever = std::future::pending::<()>();
        let elapsed = place
            .server
            .timeout(Duration::from_millis(1), forever)
            .await;
        let waited = place.server.now().since(before);
        assert!(waited.as_micros() >= 1_000, "{waited}");
        let error = std::io::Error::from(elapsed.unwrap_err());
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let at_once = place
            .server
            .timeout(Duration::from_secs(600), async { 7 })
            .await;
        assert_eq!(at_once, Ok(7));
    });
}

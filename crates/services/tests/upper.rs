//! The upper and echo servers, with callers of all manners.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use std::time::Duration;

use common::{any, plain, run};
use landline::Network;
use landline::tokio::{TcpStream, UdpSocket, UnixDatagram, UnixStream};
use services::upper::{Answer, Server};
use services::{Endpoint, words::Failure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;

struct Running {
    at: Vec<Endpoint>,
    heard: common::Heard,
    server: JoinHandle<Result<(), Failure>>,
}

async fn start(on: &[Endpoint], answer: Answer, once: bool) -> Running {
    let (console, heard) = plain();
    let server = Server::bind(&Network::kernel(), on, answer, &console)
        .await
        .unwrap();
    let at = server.endpoints().cloned().collect();
    Running {
        at,
        heard,
        server: tokio::spawn(server.run(once)),
    }
}

async fn call(at: &Endpoint) -> TcpStream {
    TcpStream::connect(&Network::kernel(), at.socket_addr().unwrap())
        .await
        .unwrap()
}

async fn say(stream: &mut TcpStream, message: &[u8]) -> Vec<u8> {
    stream.write_all(message).await.unwrap();
    let mut answer = vec![0; message.len()];
    stream.read_exact(&mut answer).await.unwrap();
    answer
}

/// A socket that speaks to the endpoint only.
async fn udp_to(at: &Endpoint) -> UdpSocket {
    let socket = UdpSocket::bind(&Network::kernel(), "127.0.0.1:0")
        .await
        .unwrap();
    socket.connect(at.socket_addr().unwrap()).await.unwrap();
    socket
}

#[test]
fn every_byte_is_answered_as_python_would() {
    run(async {
        let running = start(&[any("tcp")], Answer::Upper, false).await;
        let all: Vec<u8> = (0..=255).collect();
        let mut wanted = all.clone();
        // bytes.upper(): 97..=122 lose 32, all others stay.
        wanted[97..=122].iter_mut().for_each(|byte| *byte -= 32);
        assert_eq!(say(&mut call(&running.at[0]).await, &all).await, wanted);
        let text = "straße, linhaifeng nb, 武大郎".as_bytes();
        let answer = say(&mut call(&running.at[0]).await, text).await;
        assert_eq!(answer, "STRAßE, LINHAIFENG NB, 武大郎".as_bytes());
    });
}

#[test]
fn two_hundred_callers_talk_at_once() {
    run(async {
        let mut running = start(&[any("tcp")], Answer::Upper, false).await;
        let mut callers = Vec::new();
        for _ in 0..200 {
            callers.push(call(&running.at[0]).await);
        }
        for round in 0..3 {
            for (number, caller) in callers.iter_mut().enumerate() {
                let message = format!("caller {number} says {round}");
                assert_eq!(
                    say(caller, message.as_bytes()).await,
                    message.to_uppercase().as_bytes()
                );
            }
        }
        running.heard.until("a call from 127.0.0.1 (port ").await;
        drop(callers);
        running.heard.until("has hung up").await;
    });
}

#[test]
fn a_lost_caller_ends_its_own_call_only() {
    run(async {
        let mut running = start(&[any("tcp")], Answer::Upper, false).await;
        let mut stays = call(&running.at[0]).await;
        let mut vanishes = call(&running.at[0]).await;
        assert_eq!(say(&mut vanishes, b"a").await, b"A");
        // Unread bytes make the kernel's close a RST.
        vanishes.write_all(b"unread").await.unwrap();
        vanishes.peek(&mut [0]).await.unwrap();
        drop(vanishes);
        running.heard.until("lost 127.0.0.1:").await;
        assert_eq!(say(&mut stays, b"still here").await, b"STILL HERE");
    });
}

#[test]
fn what_was_said_before_the_callers_end_is_answered() {
    run(async {
        let running = start(&[any("tcp")], Answer::Echo, false).await;
        let mut caller = call(&running.at[0]).await;
        caller.write_all(&[7; 100_000]).await.unwrap();
        caller.shutdown().await.unwrap();
        let mut answer = Vec::new();
        caller.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, [7; 100_000]);
    });
}

#[test]
fn every_datagram_has_its_answer_the_empty_one_too() {
    run(async {
        let running = start(&[any("udp")], Answer::Upper, false).await;
        let caller = udp_to(&running.at[0]).await;
        let longest = vec![b'x'; 65_507];
        for message in [&b"hello"[..], b"", &longest, b"again"] {
            caller.send(message).await.unwrap();
            let mut answer = vec![0; 65_536];
            let len = caller.recv(&mut answer).await.unwrap();
            assert!(answer[..len] == message.to_ascii_uppercase(), "{len}");
        }
    });
}

#[test]
fn a_caller_who_did_not_wait_for_the_answer_does_no_harm() {
    run(async {
        let mut running = start(&[any("udp")], Answer::Upper, false).await;
        for _ in 0..3 {
            // The answer meets a closed port, and an ICMP error comes back to the server.
            udp_to(&running.at[0]).await.send(b"bye").await.unwrap();
            running.heard.until("says \"bye\"").await;
        }
        let caller = udp_to(&running.at[0]).await;
        caller.send(b"hello").await.unwrap();
        let mut answer = [0; 9];
        assert_eq!(caller.recv(&mut answer).await.unwrap(), 5);
        assert_eq!(&answer[..5], b"HELLO");
        running.server.abort();
    });
}

#[test]
fn once_serves_one_call_of_any_length() {
    run(async {
        let running = start(&[any("tcp"), any("udp")], Answer::Upper, true).await;
        let mut caller = call(&running.at[0]).await;
        assert_eq!(say(&mut caller, b"one").await, b"ONE");
        assert_eq!(say(&mut caller, b"two").await, b"TWO");
        assert!(!running.server.is_finished());
        drop(caller);
        running.server.await.unwrap().unwrap();

        let running = start(&[any("tcp"), any("udp")], Answer::Upper, true).await;
        let caller = udp_to(&running.at[1]).await;
        caller.send(b"one").await.unwrap();
        let mut answer = [0; 9];
        assert_eq!(caller.recv(&mut answer).await.unwrap(), 3);
        running.server.await.unwrap().unwrap();
    });
}

#[test]
fn local_sockets_leave_no_files_and_take_over_left_ones() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let (stream, gram) = (folder.path().join("s"), folder.path().join("d"));
        let on = [
            Endpoint::Unix(stream.clone()),
            Endpoint::UnixGram(gram.clone()),
        ];
        // What a server that was killed leaves behind: names that nobody listens on.
        drop(std::os::unix::net::UnixListener::bind(&stream).unwrap());
        drop(std::os::unix::net::UnixDatagram::bind(&gram).unwrap());

        let running = start(&on, Answer::Upper, false).await;
        let network = Network::kernel();
        let mut caller = UnixStream::connect(&network, &stream).await.unwrap();
        caller.write_all(b"local").await.unwrap();
        let mut answer = [0; 5];
        caller.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"LOCAL");

        let ours = folder.path().join("c");
        let caller = UnixDatagram::bind(&network, &ours).unwrap();
        caller.send_to(&vec![b'x'; 100_000], &gram).await.unwrap();
        let mut answer = vec![0; 200_000];
        assert_eq!(caller.recv(&mut answer).await.unwrap(), 100_000);
        assert!(answer[..100_000].iter().all(|&byte| byte == b'X'));

        // Somebody listens: the second server is refused, and takes nothing away.
        let (console, _heard) = plain();
        let refused = Server::bind(&network, &on, Answer::Upper, &console).await;
        assert!(matches!(refused, Err(Failure::Listen { .. })));
        assert!(stream.exists() && gram.exists());

        running.server.abort();
        let _ = running.server.await;
        assert!(!stream.exists() && !gram.exists());
    });
}

#[test]
fn a_nameless_writer_cannot_be_answered_and_does_no_harm() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let on = Endpoint::UnixGram(folder.path().join("d"));
        let mut running = start(std::slice::from_ref(&on), Answer::Upper, false).await;
        let nameless = UnixDatagram::unbound(&Network::kernel()).unwrap();
        nameless
            .send_to(b"hello", folder.path().join("d"))
            .await
            .unwrap();
        running.heard.until("nowhere to answer").await;
        assert!(!running.server.is_finished());
    });
}

#[test]
fn a_port_in_use_is_refused_with_a_way_out() {
    run(async {
        let running = start(&[any("tcp")], Answer::Upper, false).await;
        let (console, _heard) = plain();
        let network = Network::kernel();
        let refused = Server::bind(&network, &running.at, Answer::Upper, &console)
            .await
            .err();
        let line = services::words::Lang::English.failure(&refused.unwrap());
        assert!(
            line.contains("in use") && line.contains("--on tcp://127.0.0.1:0"),
            "{line}"
        );
    });
}

#[test]
fn output_that_nobody_reads_any_more_ends_the_server() {
    struct Closed(bool);
    impl std::io::Write for Closed {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if std::mem::replace(&mut self.0, true) {
                return Err(std::io::ErrorKind::BrokenPipe.into());
            }
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    run(async {
        let lang = services::words::Lang::English;
        let console =
            services::Console::new(Closed(false), std::io::sink(), lang, Default::default());
        let network = Network::kernel();
        let server = Server::bind(&network, &[any("tcp")], Answer::Upper, &console)
            .await
            .unwrap();
        let at = server.endpoints().next().unwrap().clone();
        let running = tokio::spawn(server.run(false));
        let _caller = call(&at).await;
        let ended = network
            .timeout(Duration::from_secs(30), running)
            .await
            .unwrap()
            .unwrap();
        assert!(ended.unwrap_err().is_closed_pipe());
    });
}

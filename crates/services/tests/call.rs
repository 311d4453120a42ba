//! The client against servers that answer in every way but the easy one.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use common::{Heard, plain, run};
use landline::Network;
use landline::tokio::{TcpListener, TcpStream, UdpSocket};
use services::call::{Call, Complete, call};
use services::words::{Cause, Failure};
use services::{Endpoint, Input};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn calling(to: Endpoint, complete: Complete) -> Call {
    // Long, because no test should see it; the tests of silence have their own.
    let patience = Duration::from_secs(30);
    Call {
        to,
        complete,
        patience,
        quiet: Duration::from_millis(50),
    }
}

/// Runs the client with these lines; gives its end and what it printed.
async fn client(call_to: &Call, lines: &[&str]) -> (Result<(), Failure>, Heard) {
    let (console, heard) = plain();
    let mut input = Input::script(lines.iter().copied());
    (
        call(&Network::kernel(), call_to, &mut input, &console).await,
        heard,
    )
}

async fn listener() -> (TcpListener, Endpoint) {
    let listener = TcpListener::bind(&Network::kernel(), "127.0.0.1:0")
        .await
        .unwrap();
    let at = listener.local_addr().unwrap();
    (listener, Endpoint::Tcp(at.into()))
}

async fn udp() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind(&Network::kernel(), "127.0.0.1:0")
        .await
        .unwrap();
    let at = socket.local_addr().unwrap();
    (socket, at)
}

/// Serves one caller.
async fn serve<F: Future<Output = ()>>(listener: TcpListener, with: impl FnOnce(TcpStream) -> F) {
    let (stream, _) = listener.accept().await.unwrap();
    with(stream).await;
}

async fn heard(stream: &mut TcpStream, len: usize) -> Vec<u8> {
    let mut message = vec![0; len];
    stream.read_exact(&mut message).await.unwrap();
    message
}

#[test]
fn an_answer_cut_into_bytes_is_printed_whole() {
    run(async {
        for complete in [Complete::Auto, Complete::Length] {
            let (listener, at) = listener().await;
            let server = serve(listener, |mut stream| async move {
                stream.set_nodelay(true).unwrap();
                for len in [5, 3] {
                    let answer = heard(&mut stream, len).await.to_ascii_uppercase();
                    for byte in answer {
                        stream.write_all(&[byte]).await.unwrap();
                        tokio::task::yield_now().await;
                    }
                }
            });
            let mut call = calling(at, complete);
            call.quiet = Duration::from_secs(30);
            let lines = ["", "  hello ", "   ", "bye", "quit", "never sent"];
            let ((ended, mut said), ()) = tokio::join!(client(&call, &lines), server);
            ended.unwrap();
            assert_eq!(said.rest(), ["HELLO", "BYE"]);
        }
    });
}

#[test]
fn a_message_larger_than_every_buffer_comes_back_whole() {
    run(async {
        let (listener, at) = listener().await;
        let server = serve(listener, |stream| async move {
            let (mut read, mut write) = stream.into_split();
            tokio::io::copy(&mut read, &mut write).await.unwrap();
        });
        let message = "0123456789abcdef".repeat(1 << 20);
        let call = calling(at, Complete::Length);
        let lines = [message.as_str()];
        let ((ended, mut said), ()) = tokio::join!(client(&call, &lines), server);
        ended.unwrap();
        let said = said.rest();
        assert!(
            said.len() == 1 && said[0] == message,
            "{} lines",
            said.len()
        );
    });
}

#[test]
fn answers_of_other_lengths_end_with_a_quiet_moment() {
    run(async {
        for complete in [Complete::Auto, Complete::Quiet] {
            let (listener, at) = listener().await;
            let server = serve(listener, |mut stream| async move {
                for answer in ["a long answer to a short question", "x"] {
                    heard(&mut stream, 5).await;
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
                assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
            });
            let call = calling(at, complete);
            let ((ended, mut said), ()) = tokio::join!(client(&call, &["hello", "again"]), server);
            ended.unwrap();
            assert_eq!(said.rest(), ["a long answer to a short question", "x"]);
        }
    });
}

#[test]
fn a_server_that_hangs_up_in_the_middle_is_told_of() {
    run(async {
        let (listener, at) = listener().await;
        let server = serve(listener, |mut stream| async move {
            heard(&mut stream, 5).await;
            stream.write_all(b"HEL").await.unwrap();
        });
        let call = calling(at, Complete::Auto);
        let ((ended, mut said), ()) = tokio::join!(client(&call, &["hello"]), server);
        let failure = ended.unwrap_err();
        assert!(
            matches!(failure, Failure::HungUp { got: 3, of: 5, .. }),
            "{failure:?}"
        );
        assert_eq!(failure.exit_code(), 1);
        assert_eq!(said.rest(), ["HEL"]);
    });
}

#[test]
fn a_server_of_one_message_suffices_for_one() {
    run(async {
        for (lines, enough) in [(&["hello"][..], true), (&["hello", "again"], false)] {
            let (listener, at) = listener().await;
            // As the lesson's first server: one message, one answer, and closed.
            let server = serve(listener, |mut stream| async move {
                let message = heard(&mut stream, 5).await;
                stream
                    .write_all(&message.to_ascii_uppercase())
                    .await
                    .unwrap();
            });
            let call = calling(at, Complete::Auto);
            let ((ended, mut said), ()) = tokio::join!(client(&call, lines), server);
            assert_eq!(ended.is_ok(), enough);
            if let Err(failure) = ended {
                let told = matches!(failure, Failure::HungUp { .. } | Failure::Lost { .. });
                assert!(told, "{failure:?}");
            }
            assert_eq!(said.rest(), ["HELLO"]);
        }
    });
}

#[test]
fn nobody_there_is_said_at_once() {
    run(async {
        let (listener, at) = listener().await;
        drop(listener);
        let (ended, _) = client(&calling(at, Complete::Auto), &["hello"]).await;
        assert!(
            matches!(
                ended,
                Err(Failure::Connect {
                    why: Cause::Refused,
                    ..
                })
            ),
            "{ended:?}"
        );

        let (socket, at) = udp().await;
        drop(socket);
        let (ended, _) = client(
            &calling(Endpoint::Udp(at.into()), Complete::Auto),
            &["hello"],
        )
        .await;
        assert!(
            matches!(
                ended,
                Err(Failure::Lost {
                    why: Cause::Refused,
                    ..
                })
            ),
            "{ended:?}"
        );
    });
}

#[test]
fn nobody_has_port_0() {
    run(async {
        for to in ["tcp://127.0.0.1:0", "udp://[::1]:0"] {
            let (ended, _) = client(&calling(to.parse().unwrap(), Complete::Auto), &["hi"]).await;
            assert!(
                matches!(
                    ended,
                    Err(Failure::Connect {
                        why: Cause::PortZero,
                        ..
                    })
                ),
                "{ended:?}"
            );
        }
    });
}

#[test]
fn ipv6_is_called_like_any_other() {
    run(async {
        let (console, _said) = plain();
        let network = Network::kernel();
        let on = ["tcp://[::1]:0", "udp://[::1]:0"].map(|on| on.parse().unwrap());
        let answer = services::upper::Answer::Upper;
        let server = services::upper::Server::bind(&network, &on, answer, &console)
            .await
            .unwrap();
        let endpoints: Vec<Endpoint> = server.endpoints().cloned().collect();
        tokio::spawn(server.run(false));
        for to in endpoints {
            let (ended, mut said) = client(&calling(to, Complete::Auto), &["hello"]).await;
            ended.unwrap();
            assert_eq!(said.rest(), ["HELLO"]);
        }
    });
}

#[test]
fn silence_ends_with_a_word() {
    run(async {
        let short = Duration::from_millis(20);
        let (_socket, at) = udp().await;
        let call = Call {
            patience: short,
            ..calling(Endpoint::Udp(at.into()), Complete::Auto)
        };
        let (ended, _) = client(&call, &["hello", "never sent: nobody answered the first"]).await;
        assert!(matches!(ended, Err(Failure::NoAnswer { .. })), "{ended:?}");

        let (listener, at) = listener().await;
        let call = Call {
            patience: short,
            ..calling(at, Complete::Length)
        };
        let (ended, _) = client(&call, &["hello"]).await;
        assert!(matches!(ended, Err(Failure::NoAnswer { .. })), "{ended:?}");
        drop(listener);
    });
}

#[test]
fn a_lost_datagram_does_not_end_a_conversation() {
    run(async {
        let (socket, at) = udp().await;
        let server = async {
            let mut buf = [0; 64];
            for answered in [true, false, true] {
                let (len, from) = socket.recv_from(&mut buf).await.unwrap();
                if answered {
                    socket.send_to(&buf[..len], from).await.unwrap();
                }
            }
        };
        // Long enough for an answer on a loaded machine, short enough to wait for one that is lost.
        let patience = Duration::from_secs(2);
        let call = Call {
            patience,
            ..calling(Endpoint::Udp(at.into()), Complete::Auto)
        };
        let ((ended, mut said), ()) = tokio::join!(client(&call, &["one", "two", "three"]), server);
        assert!(
            matches!(
                ended,
                Err(Failure::Unanswered {
                    count: 1,
                    of: 3,
                    ..
                })
            ),
            "{ended:?}"
        );
        let said = said.rest();
        assert_eq!((said[0].as_str(), said[2].as_str()), ("one", "three"));
        assert!(said[1].contains("no answer"), "{}", said[1]);
    });
}

#[test]
fn too_much_for_a_datagram_is_said() {
    run(async {
        let (_socket, at) = udp().await;
        let message = "x".repeat(65_508);
        let call = calling(Endpoint::Udp(at.into()), Complete::Auto);
        let (ended, _) = client(&call, &[message.as_str()]).await;
        assert!(
            matches!(
                ended,
                Err(Failure::Lost {
                    why: Cause::TooLong,
                    ..
                })
            ),
            "{ended:?}"
        );
    });
}

#[test]
fn a_local_server_can_answer_a_clients_datagrams() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let at = Endpoint::UnixGram(folder.path().join("d"));
        let (console, _said) = plain();
        let network = Network::kernel();
        let answer = services::upper::Answer::Upper;
        let on = std::slice::from_ref(&at);
        let server = services::upper::Server::bind(&network, on, answer, &console)
            .await
            .unwrap();
        tokio::spawn(server.run(false));
        let (ended, mut said) = client(&calling(at, Complete::Auto), &["hello"]).await;
        ended.unwrap();
        assert_eq!(said.rest(), ["HELLO"]);
    });
}

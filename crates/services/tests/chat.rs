//! The chat: an operator and writers who do not wait for each other.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use std::time::Duration;

use common::{Heard, any, console, plain, run};
use landline::Network;
use landline::tokio::{UdpSocket, UnixDatagram};
use services::chat::{Contacts, Server, chat};
use services::words::{Failure, Lang};
use services::{Endpoint, Input, LineSender, Look};

struct Running {
    at: Endpoint,
    said: Heard,
    operator: LineSender,
}

async fn start(terminal: bool) -> Running {
    let look = Look {
        terminal,
        ..Look::default()
    };
    let (console, mut said) = console(Lang::English, look);
    let server = Server::bind(&Network::kernel(), &any("udp"), &console)
        .await
        .unwrap();
    let at = server.endpoint().clone();
    said.until("listening on ").await;
    let (operator, input) = Input::channel(terminal);
    tokio::spawn(server.run(input));
    Running { at, said, operator }
}

async fn type_in(operator: &LineSender, line: &str) {
    operator.send(Ok(line.into())).await.unwrap();
}

struct Writer(UdpSocket);

impl Writer {
    async fn new(at: &Endpoint) -> Self {
        let socket = UdpSocket::bind(&Network::kernel(), "127.0.0.1:0")
            .await
            .unwrap();
        socket.connect(at.socket_addr().unwrap()).await.unwrap();
        Self(socket)
    }

    async fn write(&self, text: &str) {
        self.0.send(text.as_bytes()).await.unwrap();
    }

    async fn read(&self) -> String {
        let mut buf = [0; 2000];
        let len = self.0.recv(&mut buf).await.unwrap();
        String::from_utf8_lossy(&buf[..len]).into_owned()
    }
}

#[test]
fn a_piped_answer_waits_for_the_first_message() {
    run(async {
        let mut running = start(false).await;
        type_in(&running.operator, "hello yourself").await;
        let writer = Writer::new(&running.at).await;
        writer.write("hello").await;
        assert_eq!(writer.read().await, "hello yourself");
        running.said.until("a message from [127.0.0.1:").await;
        // The end of input is not the end of the server.
        drop(running.operator);
        writer.write("anybody there?").await;
        running.said.until("anybody there?").await;
    });
}

#[test]
fn messages_keep_arriving_and_answers_go_to_whom_the_operator_says() {
    run(async {
        let mut running = start(true).await;
        running.said.until("\"/who\" lists").await;
        type_in(&running.operator, "too early").await;
        running.said.until("nobody has written yet").await;

        let (one, two) = (
            Writer::new(&running.at).await,
            Writer::new(&running.at).await,
        );
        one.write("I am one").await;
        running.said.until("is number 1").await;
        running.said.until("I am one").await;
        two.write("I am two").await;
        running.said.until("is number 2").await;
        two.write("and write more").await;
        running.said.until("and write more").await;

        type_in(&running.operator, "to the last").await;
        assert_eq!(two.read().await, "to the last");
        type_in(&running.operator, "/1 to the first").await;
        assert_eq!(one.read().await, "to the first");
        type_in(&running.operator, "//not a command").await;
        assert_eq!(two.read().await, "/not a command");
        type_in(&running.operator, "/3 to nobody").await;
        running.said.until("nobody has the number 3").await;
        type_in(&running.operator, "/who").await;
        running.said.until("1: 127.0.0.1:").await;
        assert!(running.said.until("2: 127.0.0.1:").await.contains("last"));
        type_in(&running.operator, "/what").await;
        running.said.until("\"/who\" lists").await;
        one.write("again").await;
        running.said.until("again").await;
        type_in(&running.operator, "now you").await;
        assert_eq!(one.read().await, "now you");
    });
}

#[test]
fn what_others_write_cannot_touch_the_terminal() {
    run(async {
        let mut running = start(true).await;
        let writer = Writer::new(&running.at).await;
        writer.write("\x1b[2J\x07gone?\r\n").await;
        let shown = running.said.until("gone?").await;
        assert!(shown.ends_with(r"\x1b[2J\x07gone?\r\n"), "{shown:?}");
    });
}

#[test]
fn a_thousand_writers_are_remembered_and_no_more() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("server");
        let network = Network::kernel();
        let (console, mut said) = plain();
        let on = Endpoint::UnixGram(at.clone());
        let server = Server::bind(&network, &on, &console).await.unwrap();
        let (operator, input) = Input::channel(true);
        tokio::spawn(server.run(input));
        for number in 1..=1002 {
            let writer =
                UnixDatagram::bind(&network, folder.path().join(number.to_string())).unwrap();
            writer.send_to(b"hello", &at).await.unwrap();
            said.until(&format!("is number {number}:")).await;
        }
        type_in(&operator, "/2 forgotten").await;
        said.until("nobody has the number 2;").await;
        type_in(&operator, "/who").await;
        let first = said.until(": /").await;
        assert!(first.starts_with("3: ") && first.ends_with("/3"), "{first}");
        said.until("1002: ").await;
    });
}

fn contacts(known: &[(&str, &Endpoint)]) -> Contacts {
    known
        .iter()
        .map(|(name, at)| ((*name).to_owned(), (*at).clone()))
        .collect()
}

const LONG: Duration = Duration::from_secs(30);

#[test]
fn a_piped_client_names_its_contact_first_and_waits_for_answers() {
    run(async {
        let running = start(false).await;
        type_in(&running.operator, "one").await;
        type_in(&running.operator, "two").await;
        let contacts = contacts(&[("瞎驴", &running.at)]);
        let (console, mut said) = plain();
        let mut input = Input::script(["瞎驴", "在吗?", "", "  好的 "]);
        chat(&Network::kernel(), &contacts, LONG, &mut input, &console)
            .await
            .unwrap();
        let port = running.at.socket_addr().unwrap().port();
        let from = format!("a message from [127.0.0.1:{port}]: ");
        assert_eq!(said.rest(), [format!("{from}one"), format!("{from}two")]);
    });
}

#[test]
fn quit_goes_back_to_choosing_and_answers_still_come() {
    run(async {
        let (one, two) = (start(false).await, start(false).await);
        let contacts = contacts(&[("one", &one.at), ("two", &two.at)]);
        let (console, mut said) = console(
            Lang::English,
            Look {
                terminal: true,
                ..Look::default()
            },
        );
        let (person, mut input) = Input::channel(true);
        let network = Network::kernel();
        let client = chat(&network, &contacts, LONG, &mut input, &console);
        let story = async {
            said.until("there are: one, two").await;
            type_in(&person, "nobody").await;
            let unknown = said.until("nobody").await;
            assert!(unknown.ends_with("there are: one, two"), "{unknown}");
            type_in(&person, "one").await;
            said.until("you write to one").await;
            type_in(&person, "hello one").await;
            type_in(&person, "quit").await;
            said.until("there are: one, two").await;
            // The first contact answers only now.
            type_in(&one.operator, "hello from one").await;
            said.until("hello from one").await;
            type_in(&person, "two").await;
            type_in(&person, "hello two").await;
            type_in(&two.operator, "hello from two").await;
            said.until("hello from two").await;
            type_in(&person, "quit").await;
            type_in(&person, "quit").await;
        };
        let (ended, ()) = tokio::join!(client, story);
        ended.unwrap();
    });
}

#[test]
fn failures_of_a_piped_client_are_told() {
    run(async {
        let network = Network::kernel();
        let try_it = async |contacts: &Contacts, patience, lines: &[&str]| {
            let (console, _said) = plain();
            let mut input = Input::script(lines.iter().copied());
            chat(&network, contacts, patience, &mut input, &console).await
        };
        let unknown = try_it(&Contacts::default(), LONG, &["alex", "hi"])
            .await
            .unwrap_err();
        assert!(matches!(&unknown, Failure::UnknownContact { name, known }
            if name == "alex" && known.len() == 4));

        let socket = UdpSocket::bind(&network, "127.0.0.1:0").await.unwrap();
        let at = Endpoint::Udp(socket.local_addr().unwrap().into());
        let contacts = contacts(&[("a", &at)]);
        let silence = try_it(&contacts, Duration::from_millis(20), &["a", "hi"]).await;
        assert!(matches!(
            silence,
            Err(Failure::Unanswered {
                count: 1,
                of: 1,
                ..
            })
        ));
        drop(socket);
        let nobody = try_it(&contacts, LONG, &["a", "hi"]).await;
        assert!(matches!(nobody, Err(Failure::Lost { .. })), "{nobody:?}");
    });
}

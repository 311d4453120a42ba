//! The time service: a fixed clock, awkward questions, its own client.

mod common;

use std::time::Duration;

use common::{any, plain, run};
use jiff::{Timestamp, Zoned, tz::TimeZone};
use landline::Network;
use services::call::{Call, Complete};
use services::time::{Server, answer, ask};
use services::words::{Failure, Lang};
use services::{Endpoint, Input};

/// Wednesday 2020-04-15 20:00:00 in Shanghai.
fn clock() -> Zoned {
    let shanghai = TimeZone::posix("CST-8").expect("a zone");
    Timestamp::from_second(1_586_952_000)
        .expect("a second")
        .to_zoned(shanghai)
}

#[test]
fn a_datagram_is_a_format() {
    let answer = |question: &[u8]| answer(question, &clock(), Lang::English);
    assert_eq!(answer(b""), "2020-04-15 20:00:00");
    assert_eq!(answer(b"%Y %m %d"), "2020 04 15");
    assert_eq!(answer("现在是%H点".as_bytes()), "现在是20点");
    assert_eq!(answer(b"%Z %z %s"), "CST +0800 1586952000");
    assert_eq!(answer(b"%Q %"), "%Q %");
}

#[test]
fn no_question_is_answered_beyond_bounds() {
    let answer = |question: &[u8]| answer(question, &clock(), Lang::English);
    assert_eq!(answer(b"\xff%Y"), "error: the format is not UTF-8");
    assert_eq!(
        answer(b"%999999999d"),
        "error: the answer would be longer than 1024 bytes"
    );
    assert_eq!(answer(b"%1024d").len(), 1024);
    assert!(answer(b"%1025d").starts_with("error: "));
    // Long because the question is long, and still less than one datagram.
    assert_eq!(answer(&b"%c".repeat(1000)).len(), 24_000);
    assert!(answer(&b"%c".repeat(3000)).starts_with("error: "));
    for question in [
        &b"%60000d"[..],
        &b"%20Z".repeat(200),
        &b"%9999c".repeat(100),
    ] {
        assert!(answer(question).len() <= 1024.max(16 * question.len()));
    }
}

#[test]
fn the_client_asks_and_an_empty_line_is_a_question() {
    run(async {
        let network = Network::kernel();
        let (console, mut log) = plain();
        let server = Server::bind(&network, &any("udp"), clock, &console)
            .await
            .unwrap();
        let to = server.endpoint().clone();
        assert_eq!(log.line().await, format!("listening on {to}"));
        tokio::spawn(server.run());

        let patience = Duration::from_secs(30);
        let call = Call {
            to,
            complete: Complete::Auto,
            patience,
            quiet: patience,
        };
        let (console, mut said) = plain();
        let mut input = Input::script(["", "%Y %m %d", "quit", "%H"]);
        ask(&network, &call, &mut input, &console).await.unwrap();
        assert_eq!(said.rest(), ["2020-04-15 20:00:00", "2020 04 15"]);
        log.until("says \"%Y %m %d\" (8 bytes)").await;
    });
}

#[test]
fn streams_are_refused() {
    run(async {
        let (console, _) = plain();
        let on: Endpoint = any("tcp");
        let refused = Server::bind(&Network::kernel(), &on, clock, &console)
            .await
            .err()
            .unwrap();
        assert!(matches!(refused, Failure::WrongKind { .. }));
        assert_eq!(refused.exit_code(), 2);
    });
}

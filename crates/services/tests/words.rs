//! What is said: harmless, in both languages, and as JSON.

use proptest::prelude::*;
use services::words::{Data, Lang, Message};
use services::{Peer, escaped};

#[test]
fn the_locale_chooses_the_language() {
    for name in [
        "zh",
        "zh_CN.UTF-8",
        "zh_TW",
        "ZH_cn",
        "zh-Hans",
        "zh.UTF-8@x",
    ] {
        assert_eq!(Lang::of_locale(name), Lang::Chinese, "{name}");
    }
    for name in [
        "",
        "C",
        "POSIX",
        "C.UTF-8",
        "en_US.UTF-8",
        "zhx_CN",
        "de_DE",
    ] {
        assert_eq!(Lang::of_locale(name), Lang::English, "{name}");
    }
}

#[test]
fn the_lessons_sentences_are_the_lessons() {
    let from = Peer::Inet(([127, 0, 0, 1], 5000).into());
    let chat = Message::Chat {
        from: &from,
        data: Data("你好".as_bytes()),
    };
    let said = Lang::Chinese.message(&chat, true);
    assert_eq!(said, "来自[127.0.0.1:5000]的一条消息:\x1b[1;44m你好\x1b[0m");
    assert_eq!(
        Lang::Chinese.message(&chat, false),
        "来自[127.0.0.1:5000]的一条消息:你好"
    );
    let called = Lang::Chinese.message(&Message::Called { by: &from }, false);
    assert!(called.starts_with("接到来自127.0.0.1的电话"), "{called}");
}

#[test]
fn a_log_shows_the_beginning_of_a_long_message() {
    let from = Peer::Inet(([127, 0, 0, 1], 5000).into());
    let long = "长".repeat(1000);
    let said = Lang::English.message(
        &Message::Heard {
            from: &from,
            data: Data(long.as_bytes()),
        },
        false,
    );
    assert!(
        said.contains(&format!("\"{}…\" (3000 bytes)", "长".repeat(20))),
        "{said}"
    );
    let binary = [0x80; 1000];
    let said = Lang::English.message(
        &Message::Heard {
            from: &from,
            data: Data(&binary),
        },
        false,
    );
    assert!(said.len() < 400, "{said}");
}

#[test]
fn as_json_a_message_is_its_fields() {
    let from = Peer::Inet(([127, 0, 0, 1], 5000).into());
    let heard = Message::Heard {
        from: &from,
        data: Data(b"hi\n"),
    };
    assert_eq!(
        serde_json::to_string(&heard).unwrap(),
        r#"{"event":"heard","from":"127.0.0.1:5000","bytes":3,"text":"hi\n"}"#
    );
}

#[test]
fn escapes_are_readable() {
    assert_eq!(
        escaped("a\u{1b}[31mb\u{7}\u{0}".as_bytes()),
        r"a\x1b[31mb\x07\x00"
    );
    assert_eq!(
        escaped("\u{9b}2J\u{202e}evil".as_bytes()),
        r"\u{9b}2J\u{202e}evil"
    );
    assert_eq!(escaped(b"\xff\xfe\xe4\xbd"), r"\xff\xfe\xe4\xbd");
    assert_eq!(escaped("武大郎 🎉".as_bytes()), "武大郎 🎉");
}

proptest! {
    #[test]
    fn nothing_escapes_escaping(bytes: Vec<u8>) {
        let shown = escaped(&bytes);
        prop_assert!(!shown.chars().any(char::is_control), "{shown:?}");
        let from = Peer::Abstract(bytes.clone());
        let chat = Message::Chat { from: &from, data: Data(&bytes) };
        for lang in [Lang::English, Lang::Chinese] {
            prop_assert!(!lang.message(&chat, false).chars().any(char::is_control));
        }
    }
}

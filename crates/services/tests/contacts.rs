//! Files of contacts, and what is wrong with them.

use std::path::Path;

use services::chat::Contacts;
use services::words::Lang;

fn parse(text: &str) -> Result<Contacts, String> {
    Contacts::parse(text, Path::new("friends.toml"), Lang::English)
        .map_err(|failure| Lang::English.failure(&failure))
}

#[test]
fn the_lessons_four_are_known_without_a_file() {
    let contacts = Contacts::default();
    assert_eq!(contacts.names(), ["狗哥alex", "瞎驴", "一棵树", "武大郎"]);
    assert_eq!(
        contacts.find("瞎驴").unwrap().to_string(),
        "udp://127.0.0.1:8081"
    );
    assert!(contacts.find("alex").is_none());
}

#[test]
fn names_stay_in_the_order_of_the_file() {
    let contacts = parse(
        "# friends\n\"瞎驴\" = \"udp://[::1]:8081\"\nbob = 'udp://127.0.0.1:1'\na = 'unixgram:/a'\n",
    )
    .unwrap();
    assert_eq!(contacts.names(), ["瞎驴", "bob", "a"]);
    assert_eq!(contacts.find("a").unwrap().to_string(), "unixgram:/a");
}

#[test]
fn a_mistake_is_one_line_with_its_place() {
    for (text, place, word) in [
        (
            "a = 'udp://1.2.3.4:1'\nb = 'udp://1.2.3.4'\n",
            "2: b",
            "no port",
        ),
        ("a = 'tcp://1.2.3.4:1'", "1: a", "does not speak"),
        ("a = 7", "1: ", "string"),
        ("\n\na = ", "3: ", ""),
        ("瞎驴 = 'udp://1.2.3.4:1'", "1: ", ""),
        (
            "a = 'udp://1.2.3.4:1'\na = 'udp://1.2.3.4:1'",
            "2: ",
            "duplicate",
        ),
    ] {
        let line = parse(text).unwrap_err();
        assert!(
            line.starts_with("cannot read contacts from friends.toml: "),
            "{line}"
        );
        assert!(line.contains(place) && line.contains(word), "{line}");
        assert!(!line.contains('\n'), "{line}");
    }
}

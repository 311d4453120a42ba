//! Targets on what people and strangers write: formats, endpoints, subnets, settings, messages.

use jiff::{Timestamp, tz};
use services::subnet::{Pair, Subnet};
use services::words::Lang;
use services::{Endpoint, escaped};
use stack::Sysctls;

const LANGUAGES: [Lang; 2] = [Lang::English, Lang::Chinese];

/// Any bytes as a question to the time server.
///
/// # Panics
/// When the answer is longer than it may be, or plain text comes back changed.
pub fn time(bytes: &[u8]) {
    // 2001-09-09T01:46:40Z, a day after a year's end in neither calendar.
    let now = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(1_000_000_000);
    let now = now.to_zoned(tz::TimeZone::UTC);
    for lang in LANGUAGES {
        let answer = services::time::answer(bytes, &now, lang);
        // No stranger is to be flooded in another's name.
        assert!(
            answer.len() <= (bytes.len() * 16).clamp(1024, 65_507),
            "{} bytes",
            answer.len()
        );
        let plain = !bytes.is_empty() && !bytes.contains(&b'%');
        if plain && let Ok(text) = std::str::from_utf8(bytes) {
            assert_eq!(answer, text);
        }
    }
}

/// Any bytes as a message that is shown on a terminal.
///
/// # Panics
/// When something in it could still steer the terminal.
pub fn escape(bytes: &[u8]) {
    let shown = escaped(bytes);
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    assert_eq!(
        escaped(shown.as_bytes()),
        shown,
        "what is harmless is left alone"
    );
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        assert_eq!(shown.as_bytes(), bytes);
    }
}

/// Any text as an endpoint.
///
/// # Panics
/// When what was read is not written the same.
pub fn endpoint(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match text.parse::<Endpoint>() {
        Ok(endpoint) => assert_eq!(endpoint.to_string().parse(), Ok(endpoint)),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Any text as a subnet, or as two with a space between.
///
/// # Panics
/// When the subnet's numbers contradict each other.
pub fn subnet(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (one, other) = text.split_once(' ').unwrap_or((text, ""));
    let one = one.parse::<Subnet>();
    match one {
        Ok(subnet) => check_subnet(subnet),
        Err(ref error) => assert!(!error.to_string().is_empty()),
    }
    let (Ok(one), Ok(other)) = (one, other.parse()) else {
        return;
    };
    if let Some(pair) = Pair::new(one, other) {
        let back = Pair::new(other, one).map(|back| (back.asks_for, back.back_asks_for));
        assert_eq!(back, Some((pair.back_asks_for, pair.asks_for)));
        LANGUAGES
            .iter()
            .for_each(|&lang| assert!(!pair.report(lang, true).is_empty()));
    }
}

fn check_subnet(subnet: Subnet) {
    assert_eq!(subnet.to_string().parse(), Ok(subnet));
    let network = subnet.network();
    assert!(network <= subnet.address());
    assert!(network <= subnet.first_host() && subnet.first_host() <= subnet.last_host());
    for inside in [subnet.address(), subnet.first_host(), subnet.last_host()] {
        assert_eq!(subnet.network_of(inside), network);
    }
    if let Some(broadcast) = subnet.broadcast() {
        assert_eq!(subnet.network_of(broadcast), network);
        assert!(subnet.last_host() < broadcast);
    }
    assert!(subnet.hosts() > 0);
    LANGUAGES
        .iter()
        .for_each(|&lang| assert!(!subnet.report(lang, false).is_empty()));
}

/// Any text as a setting of the stack, `name=value`.
///
/// # Panics
/// When a refusal changed something, or a setting does not take its own value.
pub fn sysctl(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let mut sysctls = Sysctls::default();
    if let Err(error) = sysctls.set(name, value) {
        assert!(!error.to_string().is_empty());
        assert_eq!(sysctls, Sysctls::default());
        return;
    }
    let before = sysctls.clone();
    let printed = sysctls.get(name).unwrap_or_default();
    assert_eq!(sysctls.set(name, &printed), Ok(()), "{name}={printed}");
    assert_eq!(sysctls, before, "{name}={printed}");
}

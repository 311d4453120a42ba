//! The lesson's arithmetic, its borders, and its bits written out.

use std::net::Ipv4Addr;

use proptest::prelude::*;
use services::subnet::{AsksFor, Pair, Subnet, SubnetError};
use services::words::Lang;

fn subnet(text: &str) -> Subnet {
    text.parse().expect("a subnet")
}

/// Network, broadcast, first and last host, number of hosts.
fn facts(text: &str) -> (String, String, String, String, u128) {
    let subnet = subnet(text);
    let broadcast = subnet
        .broadcast()
        .map_or("none".to_owned(), |at| at.to_string());
    let ends = (
        subnet.first_host().to_string(),
        subnet.last_host().to_string(),
    );
    (
        subnet.network().to_string(),
        broadcast,
        ends.0,
        ends.1,
        subnet.hosts(),
    )
}

#[test]
fn the_lessons_networks() {
    for (text, network, broadcast, first, last, hosts) in [
        (
            "172.16.10.1/24",
            "172.16.10.0",
            "172.16.10.255",
            "172.16.10.1",
            "172.16.10.254",
            254,
        ),
        (
            "101.100.200.11/10",
            "101.64.0.0",
            "101.127.255.255",
            "101.64.0.1",
            "101.127.255.254",
            4_194_302,
        ),
        (
            "10.0.0.6/30",
            "10.0.0.4",
            "10.0.0.7",
            "10.0.0.5",
            "10.0.0.6",
            2,
        ),
        // RFC 3021: both addresses are hosts', there is no broadcast.
        ("10.0.0.7/31", "10.0.0.6", "none", "10.0.0.6", "10.0.0.7", 2),
        ("10.0.0.7/32", "10.0.0.7", "none", "10.0.0.7", "10.0.0.7", 1),
        (
            "1.2.3.4/0",
            "0.0.0.0",
            "255.255.255.255",
            "0.0.0.1",
            "255.255.255.254",
            4_294_967_294,
        ),
        (
            "2001:db8::5/64",
            "2001:db8::",
            "none",
            "2001:db8::1",
            "2001:db8::ffff:ffff:ffff:ffff",
            (1 << 64) - 1,
        ),
        // RFC 6164: both are the routers'.
        (
            "2001:db8::5/127",
            "2001:db8::4",
            "none",
            "2001:db8::4",
            "2001:db8::5",
            2,
        ),
        ("::1/128", "::1", "none", "::1", "::1", 1),
        (
            "::1/0",
            "::",
            "none",
            "::1",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            u128::MAX,
        ),
    ] {
        let wanted = (
            network.to_owned(),
            broadcast.to_owned(),
            first.to_owned(),
            last.to_owned(),
            hosts,
        );
        assert_eq!(facts(text), wanted, "{text}");
    }
}

#[test]
fn a_mask_is_written_either_way_and_has_no_holes() {
    for prefix in 0..=32 {
        let short = subnet(&format!("172.16.10.1/{prefix}"));
        assert_eq!(subnet(&format!("172.16.10.1/{}", short.mask())), short);
    }
    let wrong = |text: &str| text.parse::<Subnet>().unwrap_err();
    for mask in ["255.0.255.0", "0.0.0.1", "255.255.255.253", "127.0.0.0"] {
        let holes = SubnetError::HolesInMask(mask.parse().unwrap());
        assert_eq!(wrong(&format!("10.0.0.1/{mask}")), holes);
    }
    for mask in [
        "33",
        "-1",
        "+8",
        "",
        "8 ",
        "255.255.255",
        "256.0.0.0",
        "ffff::",
        "24/8",
    ] {
        let bad = SubnetError::BadMask {
            given: mask.to_owned(),
            max: 32,
        };
        assert_eq!(wrong(&format!("10.0.0.1/{mask}")), bad);
    }
    assert!(matches!(
        wrong("::1/129"),
        SubnetError::BadMask { max: 128, .. }
    ));
    assert!(matches!(
        wrong("::1/255.0.0.0"),
        SubnetError::BadMask { max: 128, .. }
    ));
    assert_eq!(
        wrong("10.0.0.1"),
        SubnetError::NoMask("10.0.0.1".to_owned())
    );
    assert_eq!(
        wrong("10.0.0/8"),
        SubnetError::BadAddress("10.0.0".to_owned())
    );
}

#[test]
fn whose_mac_is_asked_for() {
    let decide = |from, to| {
        let pair = Pair::new(subnet(from), subnet(to)).unwrap();
        (pair.same_network, pair.asks_for, pair.back_asks_for)
    };
    use AsksFor::{Gateway, Peer};
    assert_eq!(
        decide("172.16.10.10/24", "172.16.10.11/24"),
        (true, Peer, Peer)
    );
    assert_eq!(
        decide("172.16.10.10/24", "101.100.200.11/10"),
        (false, Gateway, Gateway)
    );
    // The masks disagree: 10.1.0.1 looks near from the larger network only.
    assert_eq!(decide("10.0.0.1/8", "10.1.0.1/16"), (false, Peer, Gateway));
    assert_eq!(Pair::new(subnet("10.0.0.1/8"), subnet("::1/64")), None);
}

#[test]
fn the_bits_as_the_lesson_writes_them() {
    let report = subnet("172.16.10.1/255.255.255.0").report(Lang::English, false);
    for row in [
        "172.16.10.1:    10101100.00010000.00001010|00000001\n",
        "255.255.255.0:  11111111.11111111.11111111|00000000\n",
        "172.16.10.0:    10101100.00010000.00001010|00000000\n",
    ] {
        assert!(report.contains(row), "{report}");
    }
    let within_a_byte = subnet("101.100.200.11/10").report(Lang::Chinese, false);
    assert!(
        within_a_byte.contains("  01100101.01|100100.11001000.00001011\n"),
        "{within_a_byte}"
    );
    let none = subnet("1.2.3.4/0").report(Lang::English, false);
    assert!(
        none.contains("  |00000001.00000010.00000011.00000100\n"),
        "{none}"
    );
    let all = subnet("1.2.3.4/32").report(Lang::English, false);
    assert!(
        all.contains("  00000001.00000010.00000011.00000100|\n"),
        "{all}"
    );
    let hex = subnet("2001:db8::1/63").report(Lang::English, false);
    assert!(
        hex.contains("  2001:0db8:0000:000(000|0):0000:0000:0000:0001\n"),
        "{hex}"
    );
    let coloured = subnet("10.0.0.1/8").report(Lang::English, true);
    assert!(
        coloured.contains("\x1b[1;44m00001010\x1b[0m|00000000."),
        "{coloured:?}"
    );
}

#[test]
fn two_hosts_are_decided_in_the_lessons_words() {
    let near = Pair::new(subnet("172.16.10.10/24"), subnet("172.16.10.11/24")).unwrap();
    let words = near.report(Lang::Chinese, false);
    assert!(
        words.contains("一样") && words.contains("FF:FF:FF:FF:FF:FF"),
        "{words}"
    );
    assert!(words.contains("询问 172.16.10.11 的 MAC 地址"), "{words}");
    let far = Pair::new(subnet("172.16.10.10/24"), subnet("101.100.200.11/10")).unwrap();
    assert!(far.report(Lang::Chinese, false).contains("不一样"));
    let words = far.report(Lang::English, false);
    assert!(words.contains("MAC of its gateway"), "{words}");
}

proptest! {
    #[test]
    fn addresses_are_counted_one_by_one(bits: u32, prefix in 20u8..=32) {
        let address = Ipv4Addr::from_bits(bits);
        let subnet: Subnet = format!("{address}/{prefix}").parse().unwrap();
        let shift = 32 - u32::from(prefix);
        let same = |other: u32| u64::from(other) >> shift == u64::from(bits) >> shift;
        let network = (0..).map(|back| bits.wrapping_sub(back)).take_while(|&at| same(at));
        let lowest = network.take(1 << shift).min().unwrap();
        prop_assert_eq!(subnet.network().to_string(), Ipv4Addr::from_bits(lowest).to_string());
        let size = 1u128 << shift;
        prop_assert_eq!(subnet.hosts(), if size > 2 { size - 2 } else { size });
    }

    #[test]
    fn nothing_that_is_written_panics(text in "\\PC{0,20}/\\PC{0,20}", lang: bool) {
        let lang = if lang { Lang::English } else { Lang::Chinese };
        match text.parse::<Subnet>() {
            Ok(subnet) => drop(subnet.report(lang, true)),
            Err(error) => prop_assert!(!lang.subnet_error(&error).is_empty()),
        }
    }
}

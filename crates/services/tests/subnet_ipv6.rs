//! What addresses of IPv6 say of themselves, against the examples of their RFCs.

use landline::MacAddr;
use services::subnet::{
    Kind, Pair, Relation, Subnet, group_mac, ipv4_in, mac_in, reverse_name, scope, solicited_node,
};
use services::words::Lang;

fn subnet(text: &str) -> Subnet {
    text.parse().expect("a subnet")
}

#[test]
fn every_kind_is_told_from_the_others_at_its_borders() {
    use Kind::*;
    for (text, kind) in [
        ("::", Unspecified),
        ("::1", Loopback),
        ("::2", Reserved),
        ("::ffff:192.0.2.1", V4Mapped),
        ("64:ff9b::c000:201", Nat64),
        ("64:ff9b:1::1", Reserved),
        ("2000::1", Global),
        ("2001::1", Teredo),
        ("2001:2::1", Benchmarking),
        ("2001:db7:ffff::", Global),
        ("2001:db8::1", Documentation),
        ("2001:db9::", Global),
        ("2002:c000:201::1", SixToFour),
        ("3fff:fff::1", Documentation),
        ("3fff:1000::", Global),
        ("4000::", Reserved),
        ("fbff::1", Reserved),
        ("fc00::1", UniqueLocal),
        ("fdff::1", UniqueLocal),
        ("fe7f::1", Reserved),
        ("fe80::1", LinkLocal),
        ("febf::1", LinkLocal),
        ("fec0::1", SiteLocal),
        ("feff::1", SiteLocal),
        ("ff02::1", Multicast),
        ("10.0.0.1", Private),
        ("172.31.255.255", Private),
        ("172.32.0.0", Global),
        ("100.64.0.1", Shared),
        ("100.128.0.1", Global),
        ("169.254.1.1", LinkLocal),
        ("198.19.0.1", Benchmarking),
        ("203.0.113.9", Documentation),
        ("224.0.0.251", Multicast),
        ("240.0.0.1", Reserved),
        ("255.255.255.255", Broadcast),
    ] {
        assert_eq!(Kind::of(text.parse().unwrap()), kind, "{text}");
    }
    // RFC 7346 section 2.
    for (text, wanted) in [
        ("ff01::1", 1),
        ("ff02::1", 2),
        ("ff05::2", 5),
        ("ff0e::101", 14),
    ] {
        assert_eq!(scope(text.parse().unwrap()), Some(wanted));
    }
    assert_eq!(scope("224.0.0.1".parse().unwrap()), None);
}

#[test]
fn what_is_in_an_address_is_found_again() {
    let v4 = |text: &str| ipv4_in(text.parse().unwrap()).map(|it| it.to_string());
    assert_eq!(v4("::ffff:192.0.2.33").as_deref(), Some("192.0.2.33"));
    // RFC 6052 section 2.4, the well-known prefix; RFC 3056 section 2.
    assert_eq!(v4("64:ff9b::c000:221").as_deref(), Some("192.0.2.33"));
    assert_eq!(v4("2002:c000:204::1").as_deref(), Some("192.0.2.4"));
    assert_eq!(v4("2001:db8::1"), None);
    // RFC 2464 section 4: 34-56-78-9A-BC-DE gives 36-56-78-FF-FE-9A-BC-DE.
    let mac = MacAddr([0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde]);
    let own = subnet("fe80::/64").eui64(mac).unwrap();
    assert_eq!(own.to_string(), "fe80::3656:78ff:fe9a:bcde");
    assert_eq!(mac_in(own.into()), Some(mac));
    assert_eq!(mac_in("fe80::1".parse().unwrap()), None);
    assert_eq!(subnet("fd00::/65").eui64(mac), None);
    assert_eq!(subnet("10.0.0.0/8").eui64(mac), None);
    // RFC 4291 section 2.7.1, and RFC 2464 section 7.
    let group = solicited_node("4037::01:800:200e:8c6c".parse().unwrap()).unwrap();
    assert_eq!(group.to_string(), "ff02::1:ff0e:8c6c");
    let mac = group_mac(group.into()).map(|mac| mac.to_string());
    assert_eq!(mac.as_deref(), Some("33:33:ff:0e:8c:6c"));
    // RFC 1112 section 6.4: the lower 23 bits.
    let mac = group_mac("239.129.2.3".parse().unwrap()).map(|mac| mac.to_string());
    assert_eq!(mac.as_deref(), Some("01:00:5e:01:02:03"));
    for nobody in ["::", "::1", "ff02::1", "10.0.0.1"] {
        assert_eq!(solicited_node(nobody.parse().unwrap()), None);
    }
}

/// RFC 3596 section 2.5, RFC 1035 section 3.5.
#[test]
fn reverse_names_are_the_rfcs() {
    assert_eq!(
        reverse_name("4321:0:1:2:3:4:567:89ab".parse().unwrap()),
        "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa"
    );
    assert_eq!(
        reverse_name("10.2.0.52".parse().unwrap()),
        "52.0.2.10.in-addr.arpa"
    );
    for (text, zone) in [
        ("2001:db8::1/32", Some("8.b.d.0.1.0.0.2.ip6.arpa")),
        ("2001:db8::1/33", None),
        ("10.2.0.52/16", Some("2.10.in-addr.arpa")),
        ("10.2.0.52/20", None),
        ("::/0", None),
    ] {
        assert_eq!(subnet(text).reverse_zone().as_deref(), zone, "{text}");
    }
}

/// RFC 5952 section 4, and form 1 of RFC 4291 section 2.2.
#[test]
fn addresses_are_written_shortest_and_in_full() {
    for (given, short) in [
        ("2001:0DB8::0001/64", "2001:db8::1/64"),
        ("2001:db8:0:1:1:1:1:1/64", "2001:db8:0:1:1:1:1:1/64"),
        ("2001:0:0:1:0:0:0:1/64", "2001:0:0:1::1/64"),
        ("2001:db8:0:0:1:0:0:1/64", "2001:db8::1:0:0:1/64"),
        ("::ffff:c000:201/128", "::ffff:192.0.2.1/128"),
    ] {
        assert_eq!(subnet(given).to_string(), short);
    }
    let full = subnet("2001:db8::1/64").in_full();
    assert_eq!(
        full.as_deref(),
        Some("2001:0db8:0000:0000:0000:0000:0000:0001")
    );
}

#[test]
fn networks_are_split_and_contain_each_other() {
    let parts = |text, prefix| -> Vec<String> {
        subnet(text)
            .split(prefix)
            .map(|part| part.to_string())
            .collect()
    };
    assert_eq!(
        parts("fd00:0:0:5::/46", 48),
        [
            "fd00::/48",
            "fd00:0:1::/48",
            "fd00:0:2::/48",
            "fd00:0:3::/48"
        ]
    );
    assert_eq!(
        parts("10.0.0.129/25", 26),
        ["10.0.0.128/26", "10.0.0.192/26"]
    );
    assert_eq!(parts("::1/128", 128), ["::1/128"]);
    assert_eq!(parts("10.0.0.0/24", 23), [""; 0]);
    assert_eq!(parts("10.0.0.0/24", 33), [""; 0]);
    assert_eq!(
        subnet("::/0")
            .split(64)
            .nth(1)
            .map(|it| it.to_string())
            .as_deref(),
        Some("0:0:0:1::/64")
    );
    assert_eq!(
        subnet("::/0")
            .split(128)
            .nth(1)
            .map(|it| it.to_string())
            .as_deref(),
        Some("::1/128")
    );
    let relation = |one, other| Pair::new(subnet(one), subnet(other)).unwrap().relation;
    assert_eq!(
        relation("2001:db8::/32", "2001:db8:1::/48"),
        Relation::Contains
    );
    assert_eq!(
        relation("2001:db8:1::/48", "2001:db8::/32"),
        Relation::Within
    );
    assert_eq!(relation("2001:db8::1/64", "2001:db8::2/64"), Relation::Same);
    assert_eq!(
        relation("2001:db8::/64", "2001:db8:0:1::/64"),
        Relation::Apart
    );
}

#[test]
fn neighbours_of_ipv6_are_asked_for_at_their_group() {
    let pair = Pair::new(subnet("fd00::1/64"), subnet("fd00::ab:cdef/64")).unwrap();
    let [english, chinese] = [Lang::English, Lang::Chinese].map(|lang| pair.report(lang, false));
    for words in [&english, &chinese] {
        assert!(
            words.contains("ff02::1:ffab:cdef") && words.contains("33:33:ff:ab:cd:ef"),
            "{words}"
        );
        assert!(!words.contains("FF:FF:FF:FF:FF:FF"), "{words}");
    }
    assert!(
        english.contains("unique local") && chinese.contains("唯一本地"),
        "{english}"
    );
    let anycast = subnet("fd00::/64").report(Lang::English, false);
    assert!(anycast.contains("anycast address"), "{anycast}");
    let far = Pair::new(subnet("fd00::1/64"), subnet("fd01::1/64")).unwrap();
    assert!(
        far.report(Lang::English, false)
            .contains("asks its gateway's group")
    );
}

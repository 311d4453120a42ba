//! Endpoints as people write them, rightly and wrongly.

use proptest::prelude::*;
use services::words::Lang;
use services::{Endpoint, EndpointError};

#[test]
fn every_kind_is_read_and_written() {
    for text in [
        "tcp://127.0.0.1:9000",
        "udp://0.0.0.0:0",
        "tcp://[::1]:65535",
        "udp://[fe80::1%3]:8081",
        "tcp://[fe80::1%eth0]:9000",
        "tcp://[::]:9000",
        "udp://localhost:53",
        "tcp://an-other.host_1.example.:80",
        "unix:/tmp/upper.sock",
        "unixgram:relative path",
    ] {
        let endpoint: Endpoint = text.parse().unwrap();
        assert_eq!(endpoint.to_string(), text);
    }
    let slash: Endpoint = "tcp://127.0.0.1:9000/".parse().unwrap();
    assert_eq!(slash.to_string(), "tcp://127.0.0.1:9000");
    let short: Endpoint = "udp:127.0.0.1:53".parse().unwrap();
    assert_eq!(short.to_string(), "udp://127.0.0.1:53");
}

#[test]
fn what_is_wrong_is_told_apart() {
    let wrong = |text: &str| text.parse::<Endpoint>().unwrap_err();
    let own = str::to_owned;
    for text in [
        "",
        "9000",
        "127.0.0.1:9000",
        "[::1]:9000",
        "localhost:9000",
        ":9000",
    ] {
        assert_eq!(wrong(text), EndpointError::NoScheme(own(text)), "{text:?}");
    }
    assert_eq!(
        wrong("http://127.0.0.1:80"),
        EndpointError::UnknownScheme(own("http"))
    );
    assert_eq!(
        wrong("TCP://127.0.0.1:80"),
        EndpointError::UnknownScheme(own("TCP"))
    );
    for host in ["127.0.0.1", "[::1]", "name", ""] {
        let without = EndpointError::NoPort {
            scheme: "tcp",
            host: own(host),
        };
        assert_eq!(wrong(&format!("tcp://{host}")), without);
    }
    let empty = EndpointError::NoPort {
        scheme: "udp",
        host: own("1.2.3.4"),
    };
    assert_eq!(wrong("udp://1.2.3.4:"), empty);
    for port in ["65536", "x", "-1", "90 00", "+80"] {
        for host in ["1.2.3.4", "[::1]", "[fe80::1%eth0]", "name"] {
            let bad = EndpointError::BadPort {
                scheme: "tcp",
                port: own(port),
            };
            assert_eq!(wrong(&format!("tcp://{host}:{port}")), bad);
        }
    }
    for host in [
        "256.0.0.1",
        "1.2.3",
        "[127.0.0.1]",
        "[name]",
        "[::1",
        "::g",
        "[::g]",
        "[fe80::1%]",
        "[fe80::1%a name]",
        "[fe80::1%sixteen-letters-]",
        "no..name",
        "-no-name",
        "naïve",
        "a name",
        "",
    ] {
        let bad = EndpointError::BadAddress {
            scheme: "udp",
            host: own(host),
        };
        assert_eq!(wrong(&format!("udp://{host}:80")), bad, "{host}");
    }
    assert_eq!(wrong("unix:"), EndpointError::NoPath("unix"));
    assert_eq!(wrong("unix:a\0b"), EndpointError::PathHasNul);
    // unix(7): sun_path has 108 bytes, the last of them NUL.
    assert!(
        format!("unix:{}", "x".repeat(107))
            .parse::<Endpoint>()
            .is_ok()
    );
    assert_eq!(
        wrong(&format!("unix:{}", "x".repeat(108))),
        EndpointError::PathTooLong(108)
    );
}

/// `::1:9000` may be the address ::1 and a port, or an address alone: both are shown as they are
/// written.
#[test]
fn an_ipv6_address_without_brackets_is_shown_with_them() {
    for (text, shown) in [
        (
            "tcp://::1:9000",
            "tcp://[::1]:9000, or tcp://[::1:9000]:9000",
        ),
        ("tcp://::1", "tcp://[::1]:9000"),
        (
            "udp://fe80::1:9000",
            "udp://[fe80::1]:9000, or udp://[fe80::1:9000]:9000",
        ),
        ("udp://fe80::1%eth0:9000", "udp://[fe80::1%eth0]:9000"),
        ("tcp://:::80", "tcp://[::]:80"),
        ("tcp://2001:db8::5:beef", "tcp://[2001:db8::5:beef]:9000"),
        ("tcp://1:2:3:4:5:6:7:8:80", "tcp://[1:2:3:4:5:6:7:8]:80"),
    ] {
        let error = text.parse::<Endpoint>().unwrap_err();
        for (lang, or) in [(Lang::English, ", or "), (Lang::Chinese, " 或 ")] {
            let line = lang.endpoint_error(&error);
            let shown = shown.replace(", or ", or);
            assert!(line.ends_with(&format!(" {shown}")), "{line}");
        }
    }
}

#[test]
fn each_mistake_is_one_line_that_shows_a_right_one() {
    for text in [
        "9000",
        "http://x",
        "tcp://1.2.3.4",
        "tcp://1.2.3.4:x",
        "tcp://x y:1",
        "tcp://::1",
    ] {
        let error = text.parse::<Endpoint>().unwrap_err();
        for lang in [Lang::English, Lang::Chinese] {
            let line = lang.endpoint_error(&error);
            assert!(line.contains("tcp://") && !line.contains('\n'), "{line}");
        }
    }
}

proptest! {
    #[test]
    fn nothing_that_is_written_panics(text in "(tcp|udp|unix|unixgram|)[:/]{0,3}\\PC{0,30}") {
        if let Ok(endpoint) = text.parse::<Endpoint>() {
            prop_assert_eq!(endpoint.to_string().parse(), Ok(endpoint));
        }
    }
}

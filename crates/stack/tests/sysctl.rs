//! Settings under their Linux names.

use base::Duration;
use stack::sysctl::SysctlError;
use stack::{Stack, Sysctls};

#[test]
fn the_defaults_are_linux_s() {
    let sysctls = Sysctls::default();
    for (name, value) in [
        ("net.core.default_qdisc", "pfifo_fast"),
        ("net.core.somaxconn", "4096"),
        ("net.ipv4.ip_default_ttl", "64"),
        ("net.ipv4.ip_forward", "0"),
        ("net.ipv4.ip_local_port_range", "32768\t60999"),
        (
            "net.ipv4.tcp_allowed_congestion_control",
            "reno cubic bbr bbr3",
        ),
        (
            "net.ipv4.tcp_available_congestion_control",
            "reno cubic bbr bbr3",
        ),
        ("net.ipv4.tcp_congestion_control", "cubic"),
        ("net.ipv4.tcp_early_retrans", "3"),
        ("net.ipv4.tcp_fin_timeout", "60"),
        ("net.ipv4.tcp_frto", "2"),
        ("net.ipv4.tcp_keepalive_time", "7200"),
        ("net.ipv4.tcp_max_reordering", "300"),
        ("net.ipv4.tcp_min_rtt_wlen", "300"),
        ("net.ipv4.tcp_min_tso_segs", "2"),
        ("net.ipv4.tcp_pacing_ca_ratio", "120"),
        ("net.ipv4.tcp_pacing_ss_ratio", "200"),
        ("net.ipv4.tcp_recovery", "1"),
        ("net.ipv4.tcp_reordering", "3"),
        ("net.ipv4.tcp_retries2", "15"),
        ("net.ipv4.tcp_rmem", "4096\t131072\t33554432"),
        ("net.ipv4.tcp_rto_min_us", "200000"),
        ("net.ipv4.tcp_syn_retries", "6"),
        ("net.ipv4.tcp_syncookies", "1"),
        ("net.ipv4.tcp_thin_linear_timeouts", "0"),
        ("net.ipv4.tcp_tso_rtt_log", "9"),
        ("net.ipv4.tcp_tw_reuse", "2"),
        // Linux has 4 MiB, which is a third of a path of 1 Gbit/s and 100 ms.
        ("net.ipv4.tcp_wmem", "4096\t16384\t33554432"),
    ] {
        assert_eq!(sysctls.get(name).unwrap(), value, "{name}");
    }
}

#[test]
fn every_setting_reads_back_what_it_prints() {
    let mut sysctls = Sysctls::default();
    for row in Sysctls::all() {
        let value = row.value(&sysctls);
        // Linux prints zeros for a key that was not set; to set zeros is to set a key.
        if row.name != "net.ipv4.tcp_fastopen_key" {
            sysctls.set(row.name, &value).unwrap();
        }
        assert_eq!(sysctls.get(row.name).unwrap(), value, "{}", row.name);
        assert!(!row.doc.is_empty());
    }
    assert_eq!(sysctls, Sysctls::default());
}

#[test]
fn the_table_is_sorted_and_has_no_name_twice() {
    assert!(Sysctls::all().is_sorted_by(|a, b| a.name < b.name));
}

#[test]
fn names_are_dotted_or_slashed() {
    let mut sysctls = Sysctls::default();
    sysctls.set("net.ipv4.tcp_fin_timeout", "30").unwrap();
    assert_eq!(sysctls.tcp.fin_timeout, Duration::from_secs(30));
    sysctls.set("net/ipv4/tcp_fin_timeout", " 31 ").unwrap();
    assert_eq!(sysctls.tcp.fin_timeout, Duration::from_secs(31));
    sysctls
        .set("/proc/sys/net/ipv4/ip_local_port_range", "1024 \t 1025\n")
        .unwrap();
    assert_eq!(sysctls.ip_local_port_range, (1024, 1025));
}

#[test]
fn out_of_range_says_the_range_and_changes_nothing() {
    let mut sysctls = Sysctls::default();
    for (name, value, range) in [
        ("net.ipv4.ip_forward", "2", "0 or 1"),
        ("net.ipv4.ip_default_ttl", "0", "1 to 255"),
        ("net.ipv4.ip_default_ttl", "256", "1 to 255"),
        ("net.ipv4.ip_default_ttl", "-1", "1 to 255"),
        ("net.ipv4.tcp_early_retrans", "5", "0 to 4"),
        ("net.ipv4.tcp_keepalive_time", "0", "1 to 32767 seconds"),
        ("net.ipv4.tcp_min_rtt_wlen", "86401", "0 to 86400 seconds"),
        ("net.ipv4.tcp_reordering", "0", "1 to 2147483647"),
        ("net.ipv4.tcp_max_reordering", "0", "1 to 2147483647"),
        (
            "net.ipv4.tcp_rto_max_ms",
            "1",
            "1000 to 120000 milliseconds",
        ),
        (
            "net.ipv4.tcp_congestion_control",
            "vegas",
            "one of reno, cubic, bbr and bbr3",
        ),
        (
            "net.ipv4.tcp_allowed_congestion_control",
            "reno vegas",
            "some of reno, cubic, bbr and bbr3",
        ),
        (
            "net.ipv4.tcp_available_congestion_control",
            "reno",
            "no other value than reno cubic bbr bbr3",
        ),
        ("net.ipv4.tcp_syncookies", "yes", "0 to 2"),
        ("net.ipv4.tcp_syncookies", "", "0 to 2"),
        ("net.ipv4.tcp_syncookies", "1 1", "0 to 2"),
        (
            "net.ipv4.ip_local_port_range",
            "2000 1000",
            "two ports from 1 to 65535, the first and the last",
        ),
        (
            "net.ipv4.ip_local_port_range",
            "0 1000",
            "two ports from 1 to 65535, the first and the last",
        ),
        (
            "net.ipv4.tcp_rmem",
            "8192 4096 4096",
            "three ascending sizes, least, usual and largest, 4096 to 2147483647 bytes",
        ),
    ] {
        let error = sysctls.set(name, value).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{name} takes {range}, not {value:?}")
        );
    }
    assert_eq!(sysctls, Sysctls::default());
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let sysctls = Sysctls::default();
    for (wrong, right) in [
        ("net.ipv4.tcp_fin_timeuot", "net.ipv4.tcp_fin_timeout"),
        ("tcp_fin_timeout", "net.ipv4.tcp_fin_timeout"),
        ("fin_timeout", "net.ipv4.tcp_fin_timeout"),
        ("net.ipv4.somaxconn", "net.core.somaxconn"),
        ("ipforward", "net.ipv4.ip_forward"),
    ] {
        let SysctlError::Unknown { nearest, .. } = sysctls.get(wrong).unwrap_err() else {
            panic!("{wrong} should be unknown");
        };
        assert_eq!(nearest, Some(right), "{wrong}");
    }
    let error = sysctls.get("kernel.hostname").unwrap_err();
    assert_eq!(error.to_string(), "no sysctl \"kernel.hostname\" here");
    let long = "x".repeat(100_000);
    assert!(sysctls.get(&long).is_err());
}

#[test]
fn tcp_tw_recycle_is_refused_with_the_reason() {
    let mut sysctls = Sysctls::default();
    let error = sysctls.set("net.ipv4.tcp_tw_recycle", "1").unwrap_err();
    assert!(matches!(error, SysctlError::Refused { .. }));
    let text = error.to_string();
    assert!(text.contains("NAT") && text.contains("4.12"), "{text}");
}

#[test]
fn a_stack_reads_and_sets_them_while_it_runs() {
    let mut stack = Stack::new(Sysctls::default(), base::Rng::seeded(1));
    stack.set_sysctl("net.core.somaxconn", "5").unwrap();
    assert_eq!(stack.sysctl("net.core.somaxconn").unwrap(), "5");
    assert!(stack.set_sysctl("net.core.somaxcon", "5").is_err());
}

#[test]
fn fast_open_is_set_as_linux_takes_it() {
    let mut sysctls = Sysctls::default();
    let name = "net.ipv4.tcp_fastopen_key";
    let zeros = "00000000-00000000-00000000-00000000";
    assert_eq!(sysctls.get(name).unwrap(), zeros);
    let keys = "a0bf63f7-ed803d81-cd641d30-cebc4a90,a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4";
    for keys in [keys, &keys[..35], zeros] {
        sysctls.set(name, keys).unwrap();
        assert_eq!(sysctls.get(name).unwrap(), keys);
    }
    // The first word is the first four bytes, the least significant first.
    sysctls.set(name, keys).unwrap();
    let primary = sysctls.tcp_fastopen_key.unwrap().primary;
    assert_eq!(primary[..5], [0xf7, 0x63, 0xbf, 0xa0, 0x81]);
    for wrong in [
        "",
        "1-2-3",
        "1-2-3-4-5",
        "x-2-3-4",
        "1-2-3-4,",
        "1-2-3-4,1-2-3-4,1-2-3-4",
    ] {
        assert!(sysctls.set(name, wrong).is_err(), "{wrong}");
    }
    sysctls.set("net.ipv4.tcp_fastopen", "0x70403").unwrap();
    assert_eq!(sysctls.get("net.ipv4.tcp_fastopen").unwrap(), "459779");
}

//! Data in the SYN (RFC 7413).

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::net::IpAddr;

use tcp::{CookieCheck, FastOpenKeys};

fn ip(addr: &str) -> IpAddr {
    addr.parse().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A key as `tcp_fastopen_key` writes it.
fn key(words: [u32; 4]) -> [u8; 16] {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.try_into().unwrap()
}

/// What Linux gives out for these keys and addresses.
#[test]
fn cookies_are_those_of_linux() {
    let plain = [0xa1a1_a1a1, 0xb2b2_b2b2, 0xc3c3_c3c3, 0xd4d4_d4d4];
    let other = [0xa0bf_63f7, 0xed80_3d81, 0xcd64_1d30, 0xcebc_4a90];
    for (words, client, server, cookie) in [
        (plain, "192.0.2.1", "192.168.0.1", "3021b9d889017eeb"),
        (other, "10.248.0.2", "192.168.0.2", "00abaaabe8e954c2"),
        (other, "10.248.0.3", "192.168.0.2", "1313a2da994a0951"),
        (other, "10.248.0.3", "192.168.0.3", "76d2c1c530f51f79"),
        ([0; 4], "10.248.0.2", "192.168.0.2", "93b7aa4f550f8a1a"),
    ] {
        let keys = FastOpenKeys {
            primary: key(words),
            backup: None,
        };
        let option = keys.cookie(ip(client), ip(server), false);
        assert_eq!(hex(&option.cookie), cookie);
        let check = keys.check(&option, ip(client), ip(server));
        assert_eq!(check, CookieCheck::Valid);
        let other = keys.check(&option, ip("10.248.0.9"), ip(server));
        assert_eq!(other, CookieCheck::Wrong);
        // After a change of the key the old cookies still count, and are replaced.
        let changed = FastOpenKeys {
            primary: [7; 16],
            backup: Some(keys.primary),
        };
        let check = changed.check(&option, ip(client), ip(server));
        assert_eq!(check, CookieCheck::Outdated);
    }
}

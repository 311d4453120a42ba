//! How both stacks are set: eight bytes of which all zero is what Linux has.
//!
//! ```text
//!   byte 0   what is off: SACK, timestamps, window scaling, …
//!        1   congestion control, a nibble an end
//!        2   small buffers: receive, send; ECN
//!        3   SYN cookies for all; the rest is the seed
//!        4   families: IPv4, IPv6, IPv4 by sockets of IPv6, both; Fast Open
//!        5   the links' MTU; large frames (GSO), and whether the cable cuts them
//!        6   path probing, and more of what Linux has sysctls for
//!        7   backlog, and what else makes a stack forget early
//! ```

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use stack::{Family, Sysctls};

/// The bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Setup(pub(super) [u8; 8]);

/// What the script may switch off.
const OFF: [&str; 7] = [
    "net.ipv4.tcp_sack",
    "net.ipv4.tcp_timestamps",
    "net.ipv4.tcp_window_scaling",
    "net.ipv4.tcp_dsack",
    "net.ipv4.tcp_recovery",
    "net.ipv4.tcp_frto",
    "net.ipv4.tcp_slow_start_after_idle",
];

const ALGORITHMS: [&str; 4] = ["cubic", "reno", "bbr", "bbr3"];

/// Settings by a bit each of bytes 6 and 7.
const MORE: [(usize, u8, &str, &str); 11] = [
    (6, 2, "net.ipv4.tcp_early_retrans", "0"),
    (6, 3, "net.ipv4.tcp_moderate_rcvbuf", "0"),
    (6, 4, "net.ipv4.tcp_tw_reuse", "1"),
    (6, 5, "net.ipv4.tcp_abort_on_overflow", "1"),
    (6, 6, "net.core.default_qdisc", "fq"),
    (6, 7, "net.ipv4.tcp_ecn_option", "1"),
    (7, 2, "net.ipv4.tcp_max_tw_buckets", "1"),
    (7, 3, "net.ipv4.tcp_fin_timeout", "1"),
    (7, 4, "net.ipv4.tcp_max_orphans", "1"),
    (7, 5, "net.ipv4.tcp_thin_linear_timeouts", "1"),
    (7, 6, "net.ipv4.tcp_rfc1337", "1"),
];

impl Setup {
    /// The settings of one end.
    pub(super) fn sysctls(self, number: usize) -> Sysctls {
        let mut sysctls = Sysctls::default();
        let [off, algorithm, buffers, ..] = self.0;
        // Each end by itself: the other's bits are one further on.
        let off = off.rotate_left(number as u32);
        for (bit, name) in OFF.into_iter().enumerate() {
            if off & (1 << bit) != 0 {
                set(&mut sysctls, name, "0");
            }
        }
        let algorithm = ALGORITHMS[usize::from(algorithm >> (4 * number)) % ALGORITHMS.len()];
        set(&mut sysctls, "net.ipv4.tcp_congestion_control", algorithm);
        if buffers & (1 << number) != 0 {
            set(&mut sysctls, "net.ipv4.tcp_rmem", "4096 8192 16384");
        }
        if buffers & (4 << number) != 0 {
            set(&mut sysctls, "net.ipv4.tcp_wmem", "4096 8192 16384");
        }
        let ecn = ["2", "1", "0", "3"][usize::from(buffers >> (4 + 2 * number)) % 4];
        set(&mut sysctls, "net.ipv4.tcp_ecn", ecn);
        if self.0[3] & (1 << number) != 0 {
            set(&mut sysctls, "net.ipv4.tcp_syncookies", "2");
        } else if self.0[7] & 0x80 != 0 {
            set(&mut sysctls, "net.ipv4.tcp_syncookies", "0");
        }
        let fast_open = ["1", "3", "0x607", "0"][usize::from(self.0[4] >> 2) % 4];
        set(&mut sysctls, "net.ipv4.tcp_fastopen", fast_open);
        let probing = ["0", "1", "2", "2"][usize::from(self.0[6]) % 4];
        set(&mut sysctls, "net.ipv4.tcp_mtu_probing", probing);
        for (byte, bit, name, value) in MORE {
            if self.0[byte] & (1 << bit) != 0 {
                set(&mut sysctls, name, value);
            }
        }
        // What is tried here is TCP: its packets alone are to be on the cable.
        set(&mut sysctls, "net.ipv6.conf.default.dad_transmits", "0");
        set(&mut sysctls, "net.ipv6.conf.default.accept_ra", "0");
        sysctls
    }

    pub(super) fn seed(self, number: usize) -> u64 {
        u64::from(self.0[3] >> 2) * 2 + number as u64
    }

    /// Whether a listener answers by cookies alone.
    pub(super) fn only_cookies(self) -> bool {
        self.0[3] & 3 != 0
    }

    /// Whether a connection's end may be forgotten, so that its peer hears of a reset.
    pub(super) fn forgets(self) -> bool {
        self.0[7] & 0x1c != 0
    }

    /// Whether there is IPv6 at all.
    pub(super) fn v6(self) -> bool {
        self.0[4] & 3 != 0
    }

    /// How sockets are made.
    pub(super) fn family(self) -> Family {
        if self.v6() {
            Family::Inet6
        } else {
            Family::Inet
        }
    }

    /// What the caller of connection `number` calls an end's listener by.
    pub(super) fn address(self, end: usize, number: usize, port: u16) -> SocketAddr {
        let v4 = Ipv4Addr::new(10, 0, 0, end as u8 + 1);
        let v6 = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, end as u16 + 1);
        match self.0[4] & 3 {
            0 => (v4, port).into(),
            1 => (v6, port).into(),
            2 => (v4.to_ipv6_mapped(), port).into(),
            _ if number.is_multiple_of(2) => (v6, port).into(),
            _ => (v4.to_ipv6_mapped(), port).into(),
        }
    }

    /// Callers that wait at a listener; more than half-open ones are answered by cookies.
    pub(super) fn backlog(self) -> usize {
        [4, 1, 0, 64][usize::from(self.0[7]) % 4]
    }

    /// Whether listeners take data in a SYN.
    pub(super) fn fast_open(self) -> bool {
        self.0[4] & 0x10 != 0
    }

    /// The links' MTU.
    pub(super) fn mtu(self) -> usize {
        [1500, 1280, 9000, 4000][usize::from(self.0[5]) % 4]
    }

    /// Whether an end hands large frames to its card.
    pub(super) fn large_frames(self, number: usize) -> bool {
        self.0[5] & (4 << number) != 0
    }

    /// Whether the card cuts them, as it must on a real wire.
    pub(super) fn cuts(self) -> bool {
        self.0[5] & 0x10 != 0
    }
}

fn set(sysctls: &mut Sysctls, name: &str, value: &str) {
    sysctls
        .set(name, value)
        .unwrap_or_else(|error| panic!("{name}={value}: {error}"));
}

//! What must hold for any bytes at all.
//!
//! A target is a function that takes bytes and panics when something that must hold does not. It
//! is called from two sides: by this crate's tests, over the files in `corpus/` and over mutations
//! of them, so that every test run executes it; and by libFuzzer, through the shells in the folder
//! `fuzz/` at the repository's top.
//!
//! A new target is a function, one row in [`TARGETS`], a folder in `corpus/` with a few inputs, and
//! a shell (a test says what must be in it). Input that made a target panic becomes a file in its
//! folder, named after what was wrong.
//!
//! | module | what |
//! |---|---|
//! | [`wire`] | the targets on packets |
//! | [`mod@stack`] | the target on a whole stack |
//! | [`nat`] | the target on a router that translates |
//! | [`pair`] | the target on two stacks that talk to each other |
//! | [`text`] | the targets on what people write |
//! | [`mutate`] | seeded inputs for the tests |

#![forbid(unsafe_code)]

pub mod mutate;
pub mod nat;
pub mod pair;
mod plain;
pub mod stack;
pub mod text;
pub mod wire;

/// One target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its folder in `corpus/`, its shell, and what to say to `cargo xtask fuzz`.
    pub name: &'static str,
    /// Panics when something that must hold for these bytes does not.
    pub check: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "nat_frames",
        check: nat::frames,
    },
    Target {
        name: "pair_calls",
        check: pair::calls,
    },
    Target {
        name: "stack_frames",
        check: stack::frames,
    },
    Target {
        name: "text_endpoint",
        check: text::endpoint,
    },
    Target {
        name: "text_escape",
        check: text::escape,
    },
    Target {
        name: "text_subnet",
        check: text::subnet,
    },
    Target {
        name: "text_sysctl",
        check: text::sysctl,
    },
    Target {
        name: "text_time",
        check: text::time,
    },
    Target {
        name: "wire_arp",
        check: wire::arp,
    },
    Target {
        name: "wire_bpdu",
        check: wire::bpdu,
    },
    Target {
        name: "wire_checksum",
        check: wire::checksum,
    },
    Target {
        name: "wire_dhcp",
        check: wire::dhcp,
    },
    Target {
        name: "wire_dissect",
        check: wire::dissect,
    },
    Target {
        name: "wire_ethernet",
        check: wire::ethernet,
    },
    Target {
        name: "wire_frame",
        check: wire::frame,
    },
    Target {
        name: "wire_icmpv4",
        check: wire::icmpv4,
    },
    Target {
        name: "wire_icmpv6",
        check: wire::icmpv6,
    },
    Target {
        name: "wire_igmp",
        check: wire::igmp,
    },
    Target {
        name: "wire_ipv4",
        check: wire::ipv4,
    },
    Target {
        name: "wire_ipv6",
        check: wire::ipv6,
    },
    Target {
        name: "wire_ipv6_chain",
        check: wire::ipv6_chain,
    },
    Target {
        name: "wire_mac",
        check: wire::mac,
    },
    Target {
        name: "wire_mld",
        check: wire::mld,
    },
    Target {
        name: "wire_ndp",
        check: wire::ndp,
    },
    Target {
        name: "wire_offload",
        check: wire::offload,
    },
    Target {
        name: "wire_rip",
        check: wire::rip,
    },
    Target {
        name: "wire_ripng",
        check: wire::ripng,
    },
    Target {
        name: "wire_tcp",
        check: wire::tcp,
    },
    Target {
        name: "wire_tcp_options",
        check: wire::tcp_options,
    },
    Target {
        name: "wire_udp",
        check: wire::udp,
    },
    Target {
        name: "wire_vlan",
        check: wire::vlan,
    },
];

/// The target of that name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

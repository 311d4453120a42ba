//! Groups on a TAP device with the kernel on the other side: a Linux bridge asks who listens, in each
//! version, and says what it was told.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use host::testing::shell;
use landline::options::Options;
use landline::{Network, Socket, Tap};

const IPPROTO_IP: i32 = 0;
const IPPROTO_IPV6: i32 = 41;
const IP_ADD_MEMBERSHIP: i32 = 35;
const IP_DROP_MEMBERSHIP: i32 = 36;
const IP_ADD_SOURCE_MEMBERSHIP: i32 = 39;
const IPV6_ADD_MEMBERSHIP: i32 = 20;

/// We are 10.9.0.2 on a port of the kernel's bridge, which is 10.9.0.1 and asks who listens.
fn meet(igmp: u8, mld: u8) -> Network {
    shell(
        "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
         net.ipv6.conf.default.dad_transmits=0",
    );
    let tap = Tap::new("tap0", "10.9.0.2/24".parse().unwrap())
        .address("fe80::2/64".parse().unwrap())
        .sysctl("net.ipv6.conf.default.dad_transmits", "0")
        .unwrap();
    let network = tap.open().unwrap();
    shell(&format!(
        "ip link add br0 type bridge mcast_igmp_version {igmp} mcast_mld_version {mld} \
         mcast_query_use_ifaddr 1 mcast_startup_query_interval 50 mcast_query_interval 50 \
         mcast_query_response_interval 20 mcast_last_member_interval 10
         ip link set tap0 master br0; ip address add 10.9.0.1/24 dev br0
         ip link set tap0 up; ip link set br0 up"
    ));
    network
}

/// Lets the kernel's bridge ask.
fn ask() {
    shell(
        "ip link set br0 type bridge mcast_querier 0; ip link set br0 type bridge mcast_querier 1",
    );
}

/// Waits until the bridge's list of members says so.
fn told(until: impl Fn(&str) -> bool) -> String {
    for _ in 0..600 {
        let said = shell("bridge -d mdb show; ping -c 1 -W 5 10.9.0.2 > /dev/null");
        if until(&said) {
            return said;
        }
    }
    shell("bridge -d mdb show")
}

fn join(socket: &impl Options, group: [u8; 4]) {
    let request = [group, [10, 9, 0, 2]].concat();
    socket
        .setsockopt_bytes(IPPROTO_IP, IP_ADD_MEMBERSHIP, &request)
        .unwrap();
}

fn join6(socket: &impl Options, group: &str) {
    let group: std::net::Ipv6Addr = group.parse().unwrap();
    let request = [&group.octets()[..], &2u32.to_ne_bytes()].concat();
    socket
        .setsockopt_bytes(IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &request)
        .unwrap();
}

fn listens(network: &Network) -> [Socket; 2] {
    use landline::{Family, Type};
    let four = Socket::new(network, Family::Inet, Type::Datagram).unwrap();
    let six = Socket::new(network, Family::Inet6, Type::Datagram).unwrap();
    [four, six]
}

host::in_own_network! {
    fn a_bridge_of_linux_hears_what_we_listen_to_in_every_version() {
        for (igmp, mld) in [(3, 2), (2, 1)] {
            let network = meet(igmp, mld);
            let [four, six] = listens(&network);
            join(&four, [239, 1, 2, 3]);
            join6(&six, "ff15::1:2");
            ask();
            let said = told(|said| said.contains("239.1.2.3") && said.contains("ff15::1:2"));
            for group in ["239.1.2.3", "ff15::1:2"] {
                let line = said.lines().find(|line| line.contains(group) && line.contains("port tap0"));
                assert!(line.is_some(), "IGMPv{igmp}, MLDv{mld}: no {group} in\n{said}");
            }
            // And when it is over.
            let request = [[239, 1, 2, 3], [10, 9, 0, 2]].concat();
            four.setsockopt_bytes(IPPROTO_IP, IP_DROP_MEMBERSHIP, &request).unwrap();
            drop(six);
            let said = told(|said| !said.contains("239.1.2.3") && !said.contains("ff15::1:2"));
            let both = !said.contains("239.1.2.3") && !said.contains("ff15::1:2");
            assert!(both, "IGMPv{igmp}, MLDv{mld}:\n{said}");
            drop(four);
            drop(network);
            shell("ip link del br0; ip link del tap0 || true");
        }
    }

    fn a_bridge_of_linux_hears_of_sources() {
        let network = meet(3, 2);
        let [four, _] = listens(&network);
        // struct ip_mreq_source: group, interface, source.
        let request = [[239, 1, 2, 4], [10, 9, 0, 2], [10, 9, 0, 1]].concat();
        four.setsockopt_bytes(IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, &request).unwrap();
        ask();
        let said = told(|said| said.contains("source_list 10.9.0.1"));
        let line = said.lines().find(|line| line.contains("239.1.2.4") && line.contains("port tap0"));
        let line = line.unwrap_or_else(|| panic!("{said}"));
        assert!(line.contains("filter_mode include"), "{line}");
        assert!(said.contains("source_list 10.9.0.1"), "{said}");
    }
}

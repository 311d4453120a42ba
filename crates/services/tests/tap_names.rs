//! Linux's own programs against our servers, over a TAP device: udhcpc and dhclient get an address,
//! dig asks for names. Nothing of the machine is touched: the clients' scripts only print.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use host::testing::shell;
use landline::{Network, Tap};
use services::dhcp::{self, Link, Pool};
use services::dns::{self, Zone};

/// A computer of ours is 10.9.0.1 on tap0, which the kernel has the other end of.
fn meet() -> Network {
    let tap = Tap::new("tap0", "10.9.0.1/24".parse().unwrap());
    let network = tap.open().unwrap();
    shell("ip link set tap0 up; ip link set lo up");
    network
}

/// Runs a server on a thread of its own, for as long as the test runs.
fn beside<F: Future<Output = ()> + 'static>(server: impl FnOnce() -> F + Send + 'static) {
    std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        runtime.block_on(server());
    });
}

fn serve_dhcp(network: &Network) {
    let network = network.clone();
    beside(move || async move {
        let range = "10.9.0.100-10.9.0.200".parse().unwrap();
        let link = Link::of(&network, &range).unwrap();
        let mut pool = Pool::new(link.address, range);
        pool.lease = Duration::from_secs(7200);
        pool.routers = vec![link.address.addr()];
        pool.dns = vec![link.address.addr()];
        pool.domain = Some("lab".into());
        let (console, _) = common::plain();
        let tell = |_| Ok(());
        let served = dhcp::serve(&network, &link, vec![pool], &console, tell);
        served.await.unwrap();
    });
}

/// A script that says what a client was told, and does nothing.
fn script(folder: &Path, says: &str) -> String {
    let path = folder.join("script");
    let text = format!("#!/bin/sh\n{says}\n");
    std::fs::write(&path, text).unwrap();
    shell(&format!("chmod +x {}", path.display()));
    path.display().to_string()
}

host::in_own_network! {
    fn udhcpc_gets_an_address() {
        let network = meet();
        serve_dhcp(&network);
        let folder = tempfile::tempdir().unwrap();
        let script = script(
            folder.path(),
            "[ \"$1\" = bound ] && echo \"got $ip $subnet $router $dns $domain $lease $serverid\"; true",
        );
        let said = shell(&format!("udhcpc -i tap0 -n -q -f -t 10 -T 2 -s {script} 2>&1"));
        let wanted = "got 10.9.0.100 255.255.255.0 10.9.0.1 10.9.0.1 lab 7200 10.9.0.1";
        assert!(said.contains(wanted), "{said}");
        // By all: a client that cannot hear what is for the address that it has not got.
        let said = shell(&format!("udhcpc -i tap0 -n -q -f -B -t 10 -T 2 -s {script} 2>&1"));
        assert!(said.contains(wanted), "{said}");
    }

    fn dhclient_gets_an_address() {
        let network = meet();
        serve_dhcp(&network);
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        let script = script(
            folder.path(),
            &format!("echo \"$reason $new_ip_address $new_subnet_mask $new_routers\" >> {at}/said"),
        );
        shell(&format!("touch {at}/leases {at}/conf"));
        let said = shell(&format!(
            "dhclient -4 -1 -v -sf {script} -lf {at}/leases -pf {at}/pid -cf {at}/conf tap0 2>&1
             dhclient -4 -x -sf {script} -lf {at}/leases -pf {at}/pid -cf {at}/conf tap0 2>&1
             cat {at}/said"
        ));
        let wanted = "BOUND 10.9.0.100 255.255.255.0 10.9.0.1";
        assert!(said.contains(wanted), "{said}");
    }

    fn dig_asks_for_names() {
        let network = meet();
        shell("ip address add 10.9.0.2/24 dev tap0");
        beside(move || async move {
            let address = |text: &str| text.parse::<IpAddr>().unwrap();
            let mut names = BTreeMap::from([
                ("alice".to_owned(), vec![address("10.0.0.7"), address("fd00::7")]),
                ("nobody".to_owned(), Vec::new()),
            ]);
            // Too many for 512 bytes, and for 1232.
            let many = (1..=100).map(|n| IpAddr::from([10, 1, 0, n]));
            names.insert("many".into(), many.collect());
            let zone = Zone::new("lab", names).unwrap();
            let (console, _) = common::plain();
            let on = SocketAddr::from(([0, 0, 0, 0], 53));
            let tell = |_, _: &dns::Asked| Ok(());
            dns::serve(&network, on, zone, &console, tell).await.unwrap();
        });
        let dig = |question: &str| shell(&format!("dig +tries=10 +time=2 @10.9.0.1 {question} 2>&1"));
        assert_eq!(dig("+short alice.lab A"), "10.0.0.7\n");
        assert_eq!(dig("+short ALICE.Lab AAAA"), "fd00::7\n");
        assert_eq!(dig("+short +tcp alice.lab A"), "10.0.0.7\n");
        assert_eq!(dig("+short -x 10.0.0.7"), "alice.lab.\n");
        assert_eq!(dig("+short -x fd00::7"), "alice.lab.\n");
        assert_eq!(dig("+short lab NS"), "ns.lab.\n");
        let said = dig("nosuch.lab A");
        assert!(said.contains("status: NXDOMAIN") && said.contains("SOA"), "{said}");
        assert!(said.contains("flags: qr aa rd"), "{said}");
        let said = dig("nobody.lab A");
        assert!(said.contains("status: NOERROR") && said.contains("ANSWER: 0"), "{said}");
        let said = dig("-x 10.0.0.8");
        assert!(said.contains("status: NXDOMAIN"), "{said}");
        assert!(dig("example.com A").contains("status: REFUSED"));
        assert!(dig("version.bind CH TXT").contains("status: REFUSED"));
        assert!(dig("lab AXFR").contains("Transfer failed"));
        // Cut, and asked for again over TCP.
        let said = dig("+ignore +noedns many.lab A");
        assert!(said.contains("flags: qr aa tc rd") && said.contains("ANSWER: 0"), "{said}");
        assert_eq!(dig("+short many.lab A").lines().count(), 100);
        let said = dig("+edns=1 +noednsnegotiation alice.lab A");
        assert!(said.contains("status: BADVERS"), "{said}");
        let said = dig("+dnssec +norecurse alice.lab A");
        assert!(said.contains("status: NOERROR") && !said.contains("WARNING"), "{said}");
    }
}

//! NAT between two Linux hosts on TAP devices: Linux is the client and the server, on either side, and
//! tshark judges what our router sent.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod namespace;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use base::Rng;
use host::capture::Recorder;
use host::device::Kind;
use host::testing::shell;
use host::{Device, Driver};
use namespace::Place;
use stack::interface::Offload;
use stack::{
    DropReason, InterfaceConfig, Medium, NatConfig, PortForward, PortProtocol, Stack, Sysctls,
};
use wire::{LinkType, MacAddr};

/// We are the home's router: `tap0` leads to this namespace, `tap1` to the world, which knows no way
/// to 10.1.0.0/24.
fn our_router(world: &Place, recorder: &Recorder) -> Driver<()> {
    let mut sysctls = Sysctls::default();
    sysctls.set("net.ipv4.ip_forward", "1").unwrap();
    let mut stack = Stack::new(sysctls, Rng::seeded(1));
    let mut devices = Vec::new();
    for (number, name, address) in [(1, "tap0", "10.1.0.1/24"), (2, "tap1", "10.2.0.1/24")] {
        let device = Device::open(Kind::Tap, name).unwrap();
        let card = InterfaceConfig {
            name: name.to_owned(),
            medium: Medium::Ethernet(MacAddr::local(number)),
            mtu: 1500,
            addresses: vec![address.parse().unwrap()],
            // Linux sends frames of many segments, whose sums are owed, and we pass them on as such.
            offload: Offload {
                checksum: true,
                segmentation: 65_000,
            },
            probe: false,
            announce: false,
            vlan: None,
        };
        let iface = stack.add_interface(host::kernel::now(), card).unwrap();
        recorder
            .add_interface(iface, name, LinkType::Ethernet)
            .unwrap();
        devices.push((iface, device));
    }
    let forwards = vec![PortForward {
        protocol: PortProtocol::Tcp,
        port: 8080,
        to: "10.1.0.2:9000".parse().unwrap(),
    }];
    let config = NatConfig {
        forwards,
        ..NatConfig::new(devices[1].0)
    };
    stack.set_nat(Some(config)).unwrap();
    shell(&format!(
        "ip link set tap1 netns {}
         ip address add 10.1.0.2/24 dev tap0; ip link set tap0 up
         ip route add default via 10.1.0.1",
        world.pid
    ));
    world.shell(
        "ip link set lo up
         ip address add 10.2.0.2/24 dev tap1; ip address add 10.2.0.3/24 dev tap1
         ip link set tap1 up",
    );
    Driver::start(stack, devices, (), Some(Box::new(recorder.clone()))).unwrap()
}

/// A web server and an echo of datagrams that says who asked, until nobody writes to it any more.
const SERVER: &str = "
import http.server, os, socket, sys, threading
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = bytes(1000000) if self.path == '/long' else self.client_address[0].encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(page)))
        self.end_headers()
        self.wfile.write(page)
    def log_message(self, *_): pass
web = http.server.ThreadingHTTPServer(('0.0.0.0', 9000), Page)
threading.Thread(target=web.serve_forever, daemon=True).start()
def echo(address):
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.bind((address, 9000))
    while True:
        data, who = u.recvfrom(70000)
        u.sendto(('%s %d %d' % (*who, len(data))).encode(), who)
for address in sys.argv[1:]:
    threading.Thread(target=echo, args=(address,), daemon=True).start()
print('ready', flush=True)
sys.stdin.read()
os._exit(0)";

fn serve(mut command: Command, addresses: &[&str]) -> Child {
    let mut server = command
        .args(["python3", "-c", SERVER])
        .args(addresses)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let out = server.stdout.as_mut().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    server
}

/// What a command printed, which must succeed.
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn here() -> Command {
    let mut command = Command::new("timeout");
    command.arg("100");
    command
}

/// `curl` of a page: of its bytes how many, or what they say.
fn curl(mut from: Command, url: &str) -> String {
    let page = said(from.args(["curl", "-sS", "--noproxy", "*", "--max-time", "60", url]));
    if page.len() > 100 {
        page.len().to_string()
    } else {
        page
    }
}

host::in_own_network! {
    fn linux_inside_and_outside_speak_through_our_nat() {
        let folder = tempfile::tempdir().unwrap();
        let capture = folder.path().join("nat.pcapng");
        let recorder = Recorder::create(&capture).unwrap();
        let world = Place::new();
        let router = our_router(&world, &recorder);
        let mut servers = [
            serve(world.command(), &["10.2.0.2", "10.2.0.3"]),
            serve(here(), &[]),
        ];
        // Inside-out: who asks is the router to the server; and a long page.
        assert_eq!(curl(here(), "http://10.2.0.2:9000/"), "10.2.0.1");
        assert_eq!(curl(here(), "http://10.2.0.2:9000/long"), "1000000");
        // Outside-in by the port forward, and no other way.
        assert_eq!(curl(world.command(), "http://10.2.0.1:8080/"), "10.2.0.2");
        assert_eq!(curl(world.command(), "http://10.2.0.1:8080/long"), "1000000");
        let refused = world
            .command()
            .args(["curl", "-sS", "--noproxy", "*", "--max-time", "2", "http://10.2.0.1:9000/"])
            .output()
            .unwrap();
        assert!(!refused.status.success());
        // Two servers see one and the same port, of datagrams in one piece and in several.
        let seen = said(here().args(["python3", "-c", "
import socket
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.settimeout(20)
u.bind(('', 4001))
for to in '10.2.0.2', '10.2.0.3':
    for size in 100, 9000:
        u.sendto(bytes(size), (to, 9000))
        print(u.recv(100).decode())
u.connect(('10.2.0.2', 9))
u.send(b'x')
try: u.recv(10)
except ConnectionRefusedError: print('refused')"]));
        let lines: Vec<_> = seen.lines().collect();
        let [one, many] = ["10.2.0.1 4001 100", "10.2.0.1 4001 9000"];
        assert_eq!(lines, [one, many, one, many, "refused"]);
        let ping = said(here().args(["ping", "-n", "-c", "3", "-i", "0.01", "-s", "3000", "10.2.0.3"]));
        assert!(ping.contains("3 received"), "{ping}");
        for server in &mut servers {
            server.wait().unwrap();
        }
        router.with(|stack, (), _| {
            assert!(stack.drops().get(DropReason::NatNoMapping) > 0);
            assert!(stack.conntrack().mappings_peak >= 4, "{:?}", stack.conntrack());
        });
        drop(router);
        recorder.finish().unwrap();
        if Command::new("tshark").arg("--version").output().is_err() {
            return host::testing::skip("tap_nat", "there is no tshark");
        }
        let wrong = said(here().arg("tshark").arg("-r").arg(&capture).args([
            "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
            "-o", "udp.check_checksum:TRUE", "-Y",
            "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 \
             || udp.checksum.status == 0 || icmp.checksum.status == 0",
        ]));
        assert_eq!(wrong, "");
        let looked = said(here().arg("tshark").arg("-r").arg(&capture).args([
            "-o", "tcp.check_checksum:TRUE", "-Y", "tcp.checksum.status == 1",
        ]));
        assert!(looked.lines().count() > 100);
    }
}

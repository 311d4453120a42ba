//! Our stack on a TAP device, with the kernel on the other side: its ping, and Python's sockets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod python;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown};
use std::path::Path;
use std::thread;
use std::time::Duration;

use host::testing::{readable, shell};
use landline::{Tap, TcpListener, UdpSocket};
use python::Python;
use python::cases::{Meeting, WAYS, read_to_end, tuple};

python_cases!(meet in_own_network);

/// We are 10.9.0.2 and the kernel is 10.9.0.1 on one cable.
fn meet() -> Meeting {
    meet_with(Tap::new("tap0", "10.9.0.2/24".parse().unwrap()))
}

fn meet_with(tap: Tap) -> Meeting {
    let network = tap.open().unwrap();
    shell("ip address add 10.9.0.1/24 dev tap0");
    Meeting {
        network,
        ours: Ipv4Addr::new(10, 9, 0, 2),
        theirs: Ipv4Addr::new(10, 9, 0, 1),
    }
}

/// tshark finds nothing malformed and no wrong checksum in the capture at `path`, and these many
/// TCP segments at least.
fn assert_clean(path: &Path, segments: usize) {
    let tshark = |filter: &str| {
        let path = path.display();
        shell(&format!(
            "tshark -r {path} -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
             -o udp.check_checksum:TRUE -Y '{filter}' 2>/dev/null"
        ))
    };
    let wrong = "ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0";
    assert_eq!(tshark("_ws.malformed"), "");
    assert_eq!(tshark(wrong), "");
    let right = tshark("tcp.checksum.status == 1");
    assert!(right.lines().count() >= segments, "{right}");
}

host::in_own_network! {
    fn the_kernel_pings_us() {
        let _meeting = meet();
        let said = shell("ping -c 3 -i 0.01 -W 5 -s 20000 10.9.0.2");
        assert!(said.contains("3 received"), "{said}");
    }

    fn hundred_megabytes_either_way_arrive_as_they_were() {
        let meeting = meet();
        let mut py = Python::start();
        // A generator that Python and we run alike, and a hash of what was heard.
        py.run("import hashlib");
        py.run("block = pattern(1_000_000)");
        py.run(
            r#"exec("def heard(c):\n h = hashlib.sha256()\n while b := c.recv(1 << 20): h.update(b)\n return h.hexdigest()", globals())"#,
        );
        let expected = py.run("hashlib.sha256(block * 100).hexdigest()");
        let block = python::cases::pattern(1_000_000);
        for way in WAYS {
            let ours = way(&meeting, &mut py);
            py.begin("heard(c)");
            for _ in 0..100 {
                ours.sendall(&block).unwrap();
            }
            ours.shutdown(Shutdown::Write).unwrap();
            assert_eq!(py.end(), expected);

            py.begin("[c.sendall(block) for _ in range(100)] and c.close()");
            let mut buf = vec![0; 1 << 20];
            let mut at = 0;
            loop {
                let length = ours.recv(&mut buf).unwrap();
                if length == 0 {
                    break;
                }
                let mut rest = &buf[..length];
                while !rest.is_empty() {
                    let from = at % block.len();
                    let take = rest.len().min(block.len() - from);
                    assert!(rest[..take] == block[from..from + take], "at {at}");
                    rest = &rest[take..];
                    at += take;
                }
            }
            assert_eq!(at, 100_000_000);
            py.end();
        }
    }

    fn two_hundred_calls_at_once() {
        let meeting = meet();
        let mut py = Python::start();
        let listener = TcpListener::bind(&meeting.network, "10.9.0.2:9000").unwrap();
        let server = thread::spawn(move || {
            let calls: Vec<_> = (0..200)
                .map(|_| {
                    let (mut call, _) = listener.accept().unwrap();
                    thread::spawn(move || {
                        let mut heard = Vec::new();
                        call.read_to_end(&mut heard).unwrap();
                        call.write_all(&heard.to_ascii_uppercase()).unwrap();
                    })
                })
                .collect();
            for call in calls {
                call.join().unwrap();
            }
        });
        py.run("calls = [socket.create_connection(('10.9.0.2', 9000)) for _ in range(200)]");
        py.run("[c.sendall(b'call %d' % n) for n, c in enumerate(calls)] and None");
        py.run("[c.shutdown(socket.SHUT_WR) for c in calls] and None");
        let right = "all(read_to_end(c) == b'CALL %d' % n for n, c in enumerate(calls))";
        assert_eq!(py.run(right), "True");
        server.join().unwrap();

        // And 200 of ours at once.
        py.run("l = socket.create_server(('10.9.0.1', 9000), backlog=200)");
        let ours: Vec<_> = (0..200)
            .map(|_| {
                let ours = meeting.stream();
                ours.setblocking(false).unwrap();
                assert_eq!(ours.connect_ex(("10.9.0.1", 9000)), 115);
                ours.setblocking(true).unwrap();
                ours
            })
            .collect();
        py.run("calls = [l.accept()[0] for _ in range(200)]");
        for (n, ours) in ours.iter().enumerate() {
            ours.sendall(format!("call {n}").as_bytes()).unwrap();
            ours.shutdown(Shutdown::Write).unwrap();
        }
        py.run("[(c.sendall(read_to_end(c).upper()), c.close()) for c in calls] and None");
        for (n, ours) in ours.iter().enumerate() {
            assert_eq!(read_to_end(ours), format!("CALL {n}").as_bytes());
        }
    }

    fn a_server_restarts_at_once_on_its_port() {
        let meeting = meet();
        let mut py = Python::start();
        for round in 0..3 {
            let listener = TcpListener::bind(&meeting.network, "10.9.0.2:9000").unwrap();
            py.run("c = socket.create_connection(('10.9.0.2', 9000))");
            let (mut call, _) = listener.accept().unwrap();
            // Our end closes first: TIME_WAIT stays with us.
            call.write_all(b"bye").unwrap();
            drop(call);
            assert_eq!(py.run("read_to_end(c)"), "b'bye'", "round {round}");
            py.run("c.close()");
        }
    }

    fn closed_ports_are_told_to_both() {
        let meeting = meet();
        let mut py = Python::start();
        // UDP, ours to theirs and theirs to ours: ICMP says port unreachable.
        let ours = UdpSocket::bind(&meeting.network, "10.9.0.2:0").unwrap();
        ours.connect("10.9.0.1:9").unwrap();
        ours.send(b"anybody?").unwrap();
        let error = ours.recv(&mut [0; 8]).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(111));
        py.run("u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)");
        py.run("u.connect(('10.9.0.2', 9)); u.settimeout(20)");
        py.run("u.send(b'anybody?')");
        assert_eq!(py.errno("u.recv(8)"), 111);
        // TCP: a RST.
        assert_eq!(meeting.stream().connect_ex(("10.9.0.1", 9)), 111);
        assert_eq!(py.run("socket.socket().connect_ex(('10.9.0.2', 9))"), "111");
    }

    fn a_descriptor_is_readable_exactly_while_its_socket_is() {
        let meeting = meet();
        let mut py = Python::start();
        let now = Duration::ZERO;
        let soon = Duration::from_secs(20);

        let listener = meeting.listener(5);
        let descriptor = listener.fileno().unwrap();
        assert!(!readable(descriptor, now));
        py.run(format!("c = socket.create_connection({})", tuple(&listener)));
        assert!(readable(descriptor, soon));
        let (call, _) = listener.accept().unwrap();
        assert!(!readable(descriptor, now));

        let descriptor = call.fileno().unwrap();
        assert_eq!(call.fileno().unwrap(), descriptor);
        assert!(!readable(descriptor, now));
        py.run("c.sendall(b'twelve bytes')");
        assert!(readable(descriptor, soon));
        let mut buf = [0; 6];
        call.recv(&mut buf).unwrap();
        assert!(readable(descriptor, now), "half is still there");
        call.recv(&mut buf).unwrap();
        assert!(!readable(descriptor, now));
        py.run("c.close()");
        assert!(readable(descriptor, soon), "the end is something to read");
        assert_eq!(call.recv(&mut buf).unwrap(), 0);
        assert!(readable(descriptor, now), "and stays");
    }

    fn curl_reads_the_page_of_a_hyper_server() {
        use bytes::Bytes;
        use http_body_util::Full;
        use hyper::service::service_fn;
        use hyper_util::rt::TokioIo;
        let meeting = meet();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let page = Bytes::from(python::cases::pattern(3_000_000));
            let listener = landline::tokio::TcpListener::bind(&meeting.network, "0.0.0.0:80");
            let listener = listener.await.unwrap();
            let body = page.clone();
            let server = async {
                let (stream, _) = listener.accept().await.unwrap();
                let service = service_fn(|_| {
                    let page = Full::new(body.clone());
                    async { Ok::<_, std::convert::Infallible>(hyper::Response::new(page)) }
                });
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await
                    .unwrap();
            };
            let curl = tokio::task::spawn_blocking(|| {
                let mut curl = std::process::Command::new("curl");
                curl.args(["-sS", "--fail", "--max-time", "60", "http://10.9.0.2/"]);
                curl.output().unwrap()
            });
            let ((), answer) = tokio::join!(server, curl);
            let answer = answer.unwrap();
            assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
            assert!(answer.stdout == page);
        });
    }

    fn a_program_that_ends_delivers_what_it_sent() {
        let mut py = Python::start();
        for way in WAYS {
            let meeting = meet();
            let ours = way(&meeting, &mut py);
            py.begin("read_to_end(c) == pattern(2_000_000)");
            ours.sendall(&python::cases::pattern(2_000_000)).unwrap();
            drop(ours);
            drop(meeting);
            assert_eq!(py.end(), "True");
        }
    }

    fn a_program_that_ends_resets_who_does_not_listen() {
        let meeting = meet();
        let mut py = Python::start();
        let deaf = python::cases::we_call(&meeting, &mut py);
        py.run("deaf = c");
        // More than both sides' buffers hold: sending stops.
        deaf.settimeout(Some(Duration::from_millis(300))).unwrap();
        let error = deaf.sendall(&vec![7; 50_000_000]).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
        let silent = python::cases::we_call(&meeting, &mut py);
        drop(deaf);
        drop(silent);
        drop(meeting);
        assert_eq!(py.errno("read_to_end(deaf)"), 104);
        // It had the end of our side, and nothing of its own to be reset for.
        assert_eq!(py.run("c.recv(1)"), "b''");
        assert_eq!(py.errno("c.send(b'x')"), 32);
    }

    fn the_capture_is_clean() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tap.pcapng");
        let tap = Tap::new("tap0", "10.9.0.2/24".parse().unwrap());
        let meeting = meet_with(tap.capture(&path).unwrap());
        let mut py = Python::start();
        for way in WAYS {
            let ours = way(&meeting, &mut py);
            // Python reads when all is sent: so much fits into the kernel's first window.
            ours.sendall(&python::cases::pattern(60_000)).unwrap();
            ours.shutdown(Shutdown::Write).unwrap();
            assert_eq!(py.run("read_to_end(c) == pattern(60_000)"), "True");
            py.run("c.sendall(pattern(60_000))");
            py.run("c.close()");
            assert_eq!(read_to_end(&ours).len(), 60_000);
        }
        drop(meeting);
        assert_clean(&path, 150);
    }
}

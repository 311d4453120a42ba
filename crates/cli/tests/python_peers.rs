//! Python programs that make the lesson's socket calls, against ours on the kernel's network, both
//! ways round.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use common::{Running, failure, finish, landline, port_of, printed, python};

/// Connects as the lesson does, says one thing, prints what comes back.
const ONCE_CLIENT: &str = "
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect_ex(('127.0.0.1', int(sys.argv[1])))
s.send('linhaifeng nb'.encode('utf-8'))
print(s.recv(1024).decode('utf-8'))
";

/// Says each line and prints what comes back, over and over.
const STREAM_CLIENT: &str = "
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect_ex(('127.0.0.1', int(sys.argv[1])))
for line in sys.stdin:
    text = line.strip()
    if len(text) == 0: continue
    s.send(text.encode('utf-8'))
    print(s.recv(1024).decode('utf-8'))
s.close()
";

/// The same by datagrams, empty lines included where an argument asks for them.
const DATAGRAM_CLIENT: &str = "
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
to = ('127.0.0.1', int(sys.argv[1]))
for line in sys.stdin:
    text = line.strip()
    if not text and len(sys.argv) < 3: continue
    s.sendto(text.encode('utf-8'), to)
    back, addr = s.recvfrom(1024)
    assert addr == to
    print(back.decode('utf-8'))
";

/// Listens, takes one call, answers one message, hangs up.
const ONCE_SERVER: &str = "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.bind(('127.0.0.1', 0))
s.listen(5)
print('port', s.getsockname()[1])
conn, addr = s.accept()
msg = conn.recv(1024)
conn.send(msg.upper())
conn.close()
s.close()
";

/// Takes call after call, and in each answers message after message.
const LOOP_SERVER: &str = "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.bind(('127.0.0.1', 0))
s.listen(5)
print('port', s.getsockname()[1])
while True:
    conn, addr = s.accept()
    while True:
        msg = conn.recv(1024)
        if len(msg) == 0: break
        conn.send(msg.upper())
    conn.close()
";

const DATAGRAM_SERVER: &str = "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', 0))
print('port', s.getsockname()[1])
while True:
    msg, addr = s.recvfrom(1024)
    s.sendto(msg.upper(), addr)
";

const TIME_SERVER: &str = "
from socket import *
from time import strftime, gmtime
s = socket(AF_INET, SOCK_DGRAM)
s.bind(('127.0.0.1', 0))
print('port', s.getsockname()[1])
while True:
    msg, addr = s.recvfrom(1024)
    fmt = msg.decode('utf-8') if msg else '%Y-%m-%d %X'
    s.sendto(strftime(fmt, gmtime(1586952000)).encode('utf-8'), addr)
";

/// Shows a message, then answers it with a line of input, one at a time.
const CHAT_SERVER: &str = "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', 0))
print('port', s.getsockname()[1])
while True:
    msg, addr = s.recvfrom(1024)
    print('from', addr[1], msg.decode('utf-8'))
    s.sendto(input().strip().encode('utf-8'), addr)
";

fn python_server(program: &str) -> (Running, String) {
    let server = Running::start(python(program, &[]));
    let port = server.until("port ").replace("port ", "");
    (server, port)
}

#[test]
fn python_calls_our_upper() {
    let on = ["--on", "tcp://127.0.0.1:0", "--on", "udp://127.0.0.1:0"];
    let server = Running::start(landline(&[&["serve", "upper"], &on[..]].concat()));
    let (tcp, udp) = (server.port(), server.port());
    assert_eq!(
        printed(finish(python(ONCE_CLIENT, &[&tcp]), "")),
        "LINHAIFENG NB\n"
    );
    let said = "hello\n\n  你好 world \n";
    let heard = "HELLO\n你好 WORLD\n";
    assert_eq!(printed(finish(python(STREAM_CLIENT, &[&tcp]), said)), heard);
    assert_eq!(
        printed(finish(python(DATAGRAM_CLIENT, &[&udp]), said)),
        heard
    );
    let with_empty = printed(finish(
        python(DATAGRAM_CLIENT, &[&udp, "empty"]),
        "a\n\nb\n",
    ));
    assert_eq!(with_empty, "A\n\nB\n");
    server.stop();
}

#[test]
fn python_calls_our_upper_that_serves_once() {
    let once = [
        "serve",
        "upper",
        "--on",
        "tcp://127.0.0.1:0",
        "--once",
        "--lang",
        "zh",
    ];
    let server = Running::start(landline(&once));
    let port = port_of(&server.until("正在监听"));
    assert_eq!(
        printed(finish(python(ONCE_CLIENT, &[&port]), "")),
        "LINHAIFENG NB\n"
    );
    server.until("接到来自127.0.0.1的电话");
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn python_asks_our_time() {
    let mut command = landline(&["serve", "time", "--on", "udp://127.0.0.1:0"]);
    command.env("TZ", "CST-8");
    let server = Running::start(command);
    let port = server.port();
    let asked = "\n%Z %z %%\nQ%Q\n";
    let heard = printed(finish(python(DATAGRAM_CLIENT, &[&port, "empty"]), asked));
    let heard: Vec<&str> = heard.lines().collect();
    // 2020-04-15 20:00:00 and the like
    let form: String = heard[0]
        .chars()
        .map(|c| if c.is_ascii_digit() { '9' } else { c })
        .collect();
    assert_eq!(
        (form.as_str(), heard[1], heard[2]),
        ("9999-99-99 99:99:99", "CST +0800 %", "Q%Q")
    );
    server.stop();
}

#[test]
fn python_chats_with_our_server() {
    let mut server = Running::start(landline(&["serve", "chat", "--on", "udp://127.0.0.1:0"]));
    let port = server.port();
    let mut one = Running::start(python(DATAGRAM_CLIENT, &[&port]));
    let mut two = Running::start(python(DATAGRAM_CLIENT, &[&port]));
    one.type_in("我是一号");
    server.until("我是一号");
    two.type_in("我是二号");
    server.until("我是二号");
    // Both wait; the operator answers them in either order.
    server.type_in("/1 你好一号");
    one.until("你好一号");
    server.type_in("你好二号");
    two.until("你好二号");
    server.end_input();
    one.type_in("还在吗");
    server.until("还在吗");
    server.stop();
}

#[test]
fn our_client_calls_python() {
    let (_server, port) = python_server(LOOP_SERVER);
    let to = format!("tcp://127.0.0.1:{port}");
    let said = "hello\n\n  你好 world \nquit\nnever sent\n";
    assert_eq!(
        printed(finish(landline(&["call", &to]), said)),
        "HELLO\n你好 WORLD\n"
    );
    // Python answers in pieces of 1024 bytes at most.
    let long = "x".repeat(300_000);
    assert_eq!(
        printed(finish(landline(&["call", &to]), &long)).trim_end(),
        "X".repeat(300_000)
    );

    let (_server, port) = python_server(DATAGRAM_SERVER);
    let to = format!("udp://127.0.0.1:{port}");
    assert_eq!(
        printed(finish(landline(&["call", &to]), said)),
        "HELLO\n你好 WORLD\n"
    );
}

#[test]
fn our_client_calls_a_python_that_serves_once() {
    let (_server, port) = python_server(ONCE_SERVER);
    let to = format!("tcp://127.0.0.1:{port}");
    assert_eq!(
        printed(finish(landline(&["call", &to]), "hello\n")),
        "HELLO\n"
    );
    let (_server, port) = python_server(ONCE_SERVER);
    let to = format!("tcp://127.0.0.1:{port}");
    let output = finish(landline(&["call", &to]), "hello\nagain\n");
    assert_eq!(output.stdout, b"HELLO\n");
    let (line, code) = failure(output);
    assert!(line.contains("hung up") || line.contains("reset"), "{line}");
    assert_eq!(code, 1);
}

#[test]
fn our_client_asks_a_python_for_the_time() {
    let (_server, port) = python_server(TIME_SERVER);
    let to = format!("udp://127.0.0.1:{port}");
    let heard = printed(finish(landline(&["time", &to]), "\n%A %e\n"));
    assert_eq!(heard, "2020-04-15 12:00:00\nWednesday 15\n");
}

#[test]
fn our_client_chats_with_a_python() {
    let (mut server, port) = python_server(CHAT_SERVER);
    server.type_in("在的");
    server.type_in("再见");
    let folder = tempfile::tempdir().unwrap();
    let contacts = folder.path().join("contacts.toml");
    std::fs::write(&contacts, format!("'瞎驴' = 'udp://127.0.0.1:{port}'")).unwrap();
    let arguments = ["chat", "--lang", "zh", "--timeout", "30", "--contacts"];
    let mut command = landline(&arguments);
    command.arg(&contacts);
    let heard = printed(finish(command, "瞎驴\n在吗\n走了\n"));
    let from = format!("来自[127.0.0.1:{port}]的一条消息:");
    assert_eq!(heard, format!("{from}在的\n{from}再见\n"));
}

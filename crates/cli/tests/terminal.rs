//! The command on a terminal: prompts, colour, and what others must not do to it.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use std::process::Command;

use common::{Running, finish, landline, printed, python};

/// Runs a command on a terminal of its own. Each further argument is a line to type, after what
/// comes before it was seen: `SEEN=>TYPED`; `^C` and `^D` are those keys. Prints everything that
/// came to the terminal, as a Python literal, and the exit code.
const TERMINAL: &str = r"
import codecs, os, pty, signal, sys
signal.alarm(60)
decode = codecs.getincrementaldecoder('utf-8')('replace').decode
program, steps = sys.argv[1], sys.argv[2:]
split = steps.index('--')
pid, fd = pty.fork()
if pid == 0:
    os.execv(program, [program] + steps[:split])
seen, whole = '', ''
def more():
    global seen, whole
    try:
        data = os.read(fd, 4096)
    except OSError:
        data = b''
    text = decode(data)
    seen += text
    whole += text
    return bool(data)
for step in steps[split + 1:]:
    expected, typed = step.split('=>')
    while expected not in seen:
        if not more(): sys.exit('not seen: %r in %r' % (expected, whole))
    seen = seen[seen.index(expected) + len(expected):]
    keys = {'^C': b'\x03', '^D': b'\x04'}
    os.write(fd, keys.get(typed, typed.encode() + b'\n'))
while more(): pass
print(ascii(whole))
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

fn on_terminal(arguments: &[&str], steps: &[&str], environment: &[(&str, &str)]) -> (String, i32) {
    let program = env!("CARGO_BIN_EXE_landline");
    let arguments = [&[program], arguments, &["--"], steps].concat();
    let mut command: Command = python(TERMINAL, &arguments);
    for name in [
        "LC_ALL",
        "LC_MESSAGES",
        "LANG",
        "NO_COLOR",
        "CLICOLOR_FORCE",
    ] {
        command.env_remove(name);
    }
    command
        .env("TERM", "xterm")
        .envs(environment.iter().copied());
    let output = printed(finish(command, ""));
    let (seen, code) = output.trim_end().rsplit_once('\n').unwrap();
    (seen.to_owned(), code.parse().unwrap())
}

#[test]
fn the_lessons_client_with_its_prompt() {
    let server = Running::start(landline(&["serve", "upper", "--on", "tcp://127.0.0.1:0"]));
    let endpoint = server.endpoint();
    let steps = [
        ">>: =>hello",
        "HELLO\r\n>>: =>",
        ">>: =>  again",
        "AGAIN\r\n>>: =>quit",
    ];
    let (seen, code) = on_terminal(&["call", &endpoint], &steps, &[]);
    assert_eq!(code, 0, "{seen}");
    let (seen, code) = on_terminal(&["call", &endpoint], &[">>: =>^D"], &[]);
    assert_eq!((seen.as_str(), code), (r"'>>: \r\n'", 0));
    let (_, code) = on_terminal(&["call", &endpoint], &[">>: =>^C"], &[]);
    assert_eq!(code, 130);
    server.stop();
}

#[test]
fn a_server_that_hangs_up_is_told_of_at_once() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("tcp://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 5]).unwrap();
        stream.write_all(b"HELLO").unwrap();
    });
    let (seen, code) = on_terminal(&["call", &endpoint], &[">>: =>hello"], &[]);
    assert!(code == 1 && seen.contains("has hung up"), "{seen}");
    server.join().unwrap();
}

#[test]
fn time_has_the_lessons_prompt() {
    let server = Running::start(landline(&["serve", "time", "--on", "udp://127.0.0.1:0"]));
    let prompt = "请输入时间格式(例%Y %m %d)>>: ";
    let steps = [format!("{prompt}=>x%%y"), format!("x%y\r\n{prompt}=>quit")];
    let steps = steps.each_ref().map(String::as_str);
    let endpoint = server.endpoint();
    assert_eq!(
        on_terminal(&["time", &endpoint, "--lang", "zh"], &steps, &[]).1,
        0
    );
    server.stop();
}

#[test]
fn chat_is_white_on_blue_on_a_terminal_and_control_characters_are_escaped() {
    let folder = tempfile::tempdir().unwrap();
    let contacts = folder.path().join("contacts.toml");
    let arguments = [
        "chat",
        "--lang",
        "zh",
        "--contacts",
        contacts.to_str().unwrap(),
    ];
    let serve = |answer: &str| {
        let mut server = Running::start(landline(&["serve", "chat", "--on", "udp://127.0.0.1:0"]));
        let port = server.port();
        std::fs::write(&contacts, format!("'瞎驴' = 'udp://127.0.0.1:{port}'")).unwrap();
        server.type_in(answer);
        (server, port)
    };

    let (server, port) = serve("\x1b[2J在");
    let steps = [
        "请选择聊天对象: =>狗哥",
        "瞎驴\r\n请选择聊天对象: =>瞎驴",
        "请输入消息,回车发送: =>在吗",
        "在\x1b[0m\r\n请输入消息,回车发送: =>quit",
        "请选择聊天对象: =>quit",
    ];
    let (seen, code) = on_terminal(&arguments, &steps, &[]);
    assert_eq!(code, 0, "{seen}");
    // 来自[127.0.0.1:PORT]的一条消息: and then, white on blue, the escaped text
    let shown = format!(r"\u6765\u81ea[127.0.0.1:{port}]\u7684\u4e00\u6761\u6d88\u606f:");
    assert!(
        seen.contains(&format!(r"{shown}\x1b[1;44m\\x1b[2J\u5728\x1b[0m")),
        "{seen}"
    );
    server.stop();

    let (server, _) = serve("又");
    let steps = [
        "请选择聊天对象: =>瞎驴",
        "请输入消息,回车发送: =>在吗",
        "又\r\n请输入消息,回车发送: =>^D",
    ];
    let (seen, code) = on_terminal(&arguments, &steps, &[("NO_COLOR", "1")]);
    assert!(code == 0 && !seen.contains(r"\x1b"), "{seen}");
    server.stop();
}

#[test]
fn a_server_on_a_terminal_ends_on_ctrl_c() {
    let (seen, code) = on_terminal(
        &["serve", "chat", "--on", "udp://127.0.0.1:0"],
        &["answer: =>^C"],
        &[],
    );
    assert_eq!(code, 0, "{seen}");
    let (seen, code) = on_terminal(
        &["serve", "upper", "--on", "udp://127.0.0.1:0"],
        &["listening on=>^C"],
        &[],
    );
    assert_eq!(code, 0, "{seen}");
}

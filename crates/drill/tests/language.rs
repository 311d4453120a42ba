//! The language: what is understood, and what is said of what is not.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use drill::{Failure, Settings, Verdict, run_source};

fn verdict(source: &str) -> Verdict {
    run_source(source, &Settings::default()).verdict
}

fn failure(source: &str) -> Failure {
    match verdict(source) {
        Verdict::Failed(failure) => *failure,
        other => panic!("{other:?}\n{source}"),
    }
}

/// What the carets stand under.
fn pointed<'a>(source: &'a str, failure: &Failure) -> &'a str {
    &source[failure.at.span.start..failure.at.span.end]
}

/// A connection that stands: descriptor 4, both sides at 1.
const CONNECTED: &str = "
0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0  bind(3, ..., ...) = 0
+0  listen(3, 1) = 0
+0  < S 0:0(0) win 65535 <mss 1000>
+0  > S. 0:0(0) ack 1 <mss 1460>
+.1 < . 1:1(0) ack 1 win 65535
+0  accept(3, ..., ...) = 4
";

fn connected(rest: &str) -> String {
    format!("{CONNECTED}{rest}")
}

#[test]
fn what_is_wrong_is_pointed_at() {
    for (source, place, text) in [
        (
            "0 < S 0:0(0) win 65536\n",
            "65536",
            "win goes from 0 to 65535",
        ),
        ("0 < S 0:0(0)\n", "", "an inbound segment needs its window"),
        ("0 < S 0:5(0) win 1\n", "0:5(0)", "end at 0, not at 5"),
        ("0 < X 0:0(0) win 1\n", "X", "`X` is no TCP flag here"),
        (
            "0 < S 0:0(0) win 1 <mss 1460,nop>\n",
            "<mss 1460,nop>",
            "take 5 bytes",
        ),
        (
            "0 < S 0:0(0) win 1 <mass 1>\n",
            "mass",
            "no TCP option `mass`",
        ),
        (
            "+1~+2 < S 0:0(0) win 1\n",
            "+1~+2",
            "only an outbound packet",
        ),
        ("0 > S 0:0(0) <...\n", "", "but the script ends here"),
        ("0 socket(..., 1, 6 = 3\n", "=", "`)` expected here"),
        ("0 `true\n", "`", "closes what this one opens"),
        ("/* no end\n", "/*", "never ends"),
        (
            "--wrong=1\n0 < S 0:0(0) win 1\n",
            "--wrong=1",
            "there is no option --wrong",
        ),
        (
            "0 frobnicate(3) = 0\n",
            "frobnicate(3)",
            "no system call frobnicate",
        ),
        (
            "0 socket(..., SOCK_STEAM, 6) = 3\n",
            "SOCK_STEAM",
            "no constant SOCK_STEAM",
        ),
        ("", "", "but the script ends here"),
    ] {
        let failure = failure(source);
        let english = &failure.at.text.en;
        assert!(english.contains(text), "{source}: {english}");
        assert_eq!(
            pointed(source, &failure).trim(),
            place,
            "{source}: {english}"
        );
        assert_ne!(
            failure.at.text.zh, *english,
            "{source}: not said in Chinese"
        );
    }
}

#[test]
fn a_difference_is_told_field_by_field() {
    let failure = failure(&connected(
        "+0 write(4, ..., 100) = 100\n+0 > . 2:102(100) ack 3\n",
    ));
    let told: Vec<_> = failure
        .differences
        .iter()
        .map(|d| (d.field.as_str(), d.expected.as_str(), d.actual.as_str()))
        .collect();
    assert_eq!(
        told,
        [("psh", "0", "1"), ("seq", "2", "1"), ("ack", "3", "1")]
    );
    assert_eq!(failure.expected.as_deref(), Some("> . 2:102(100) ack 3"));
    assert!(
        failure.actual[0].starts_with("0.100000 > P. 1:101(100) ack 1"),
        "{:?}",
        failure.actual
    );
}

#[test]
fn segments_are_joined_unless_the_script_is_strict() {
    let script = "+0 write(4, ..., 3000) = 3000\n+0 > P. 1:3001(3000) ack 1\n";
    assert_eq!(verdict(&connected(script)), Verdict::Passed);
    let strict = failure(&format!("--strict_segments\n{}", connected(script)));
    assert_eq!(
        strict.differences[0].actual.parse::<u32>(),
        Ok(0),
        "{strict:?}"
    );
}

#[test]
fn time_has_a_tolerance() {
    let at = |time: &str| connected(&format!("+0 close(4) = 0\n{time} > F. 1:1(0) ack 1\n"));
    assert_eq!(verdict(&at("+.004")), Verdict::Passed);
    assert_eq!(failure(&at("+.0041")).differences[0].field, "time");
    assert_eq!(verdict(&at("*")), Verdict::Passed);
    assert_eq!(verdict(&at("+0~+9")), Verdict::Passed);
    assert_eq!(
        verdict(&format!("--tolerance_usecs=50000\n{}", at("+.05"))),
        Verdict::Passed
    );
}

#[test]
fn nothing_that_comes_late_or_never_is_taken_for_right() {
    let never = failure(&connected("+0 > P. 1:101(100) ack 1\n"));
    assert!(
        never.at.text.en.contains("no packet left until"),
        "{never:?}"
    );
    let blocks = failure(&connected("+0 read(4, ..., 10) = 0\n"));
    assert_eq!(blocks.differences[0].actual, "blocks");
    let early = failure(&connected(
        "+0...1 read(4, ..., 10) = 10\n+.2 < P. 1:11(10) ack 1 win 9\n",
    ));
    assert_eq!(early.differences[0].field, "returns at");
    let still = failure(&connected("+0...1 read(4, ..., 10) = 10\n"));
    assert!(still.at.text.en.contains("blocks still"), "{still:?}");
}

#[test]
fn words_are_replaced_by_definitions() {
    let settings = Settings {
        defines: [("COUNT".to_owned(), "0x64".to_owned())].into(),
        ..Settings::default()
    };
    let script = connected("+0 write(4, ..., COUNT) = 100\n+0 > P. 1:101(COUNT) ack 1\n");
    assert_eq!(run_source(&script, &settings).verdict, Verdict::Passed);
    let own = format!("--define=COUNT=100\n{script}");
    assert_eq!(verdict(&own), Verdict::Passed);
}

#[test]
fn code_is_evaluated_when_its_turn_was() {
    let code = |code: &str| connected(&format!("+0 %{{ {code} }}%\n"));
    for good in [
        "assert tcpi_state == TCP_ESTABLISHED, tcpi_state",
        "assert 1 < 2 <= 2 and not (3 != 3) or 1 / 0",
        "x = 2; x += 3; assert x ** 2 == 25 and x // 2 == 2 and -x // 2 == -3 and -x % 3 == 1",
        "assert (7 | 8) & ~1 == 14 and 1 << 4 == 16 and 0xff >> 4 == 15 and 6 ^ 3 == 5",
        "assert min(3, 1, 2) == 1 and max(3.5, 1) == 3.5 and abs(-2) == 2, 'no: %d of %s' % (1, 'x')",
        "print(tcpi_rtt) # what is told\nassert 50000 <= tcpi_rtt <= 150000, \\\n tcpi_rtt",
    ] {
        assert_eq!(verdict(&code(good)), Verdict::Passed, "{good}");
    }
    let wrong = failure(&code(
        "assert tcpi_snd_mss == 1460, 'mss=%d' % tcpi_snd_mss",
    ));
    assert_eq!(
        wrong.at.text.en,
        "assert tcpi_snd_mss == 1460 is false: mss=1000"
    );
    assert!(
        failure(&code("assert 1 % 0"))
            .at
            .text
            .en
            .contains("division by zero")
    );
    assert!(
        failure(&code("assert tcpi_nothing == 1"))
            .at
            .text
            .en
            .contains("no tcpi_nothing")
    );
    for foreign in [
        "for x in y: pass",
        "import os",
        "assert [x for x in y]",
        "assert len('x')",
    ] {
        let Verdict::Skipped(reason) = verdict(&code(foreign)) else {
            panic!("{foreign} is not skipped");
        };
        assert!(
            reason.text.en.contains("a part of Python"),
            "{}",
            reason.text.en
        );
    }
}

#[test]
fn what_only_a_kernel_has_is_skipped_with_its_reason() {
    for (script, reason) in [
        (
            "0 socket(..., SOCK_STREAM, 6) = 3\n+0 splice(3, NULL, 4, NULL, 1, 0) = 1\n",
            "splice",
        ),
        (
            "0 socket(..., SOCK_STREAM, 6) = 3\n+0 send(3, ..., 1, MSG_ZEROCOPY) = 1\n",
            "MSG_ZEROCOPY",
        ),
        ("0 < gre: ipv4 10.0.0.1 > 10.0.0.2: S 0:0(0) win 1\n", ""),
        (
            "`tc qdisc replace dev tun0 root netem delay 5ms`\n0 < S 0:0(0) win 1\n",
            "netem",
        ),
        ("`rm -rf /`\n0 < S 0:0(0) win 1\n", "rm"),
    ] {
        match verdict(script) {
            Verdict::Skipped(why) => assert!(why.text.en.contains(reason), "{}", why.text.en),
            // An inner IP header is the packet's own.
            other => assert!(reason.is_empty(), "{script}: {other:?}"),
        }
    }
}

#[test]
fn settings_reach_the_stack() {
    let script = "
`sysctl -q net.ipv4.tcp_window_scaling=0 net.ipv4.tcp_timestamps=0
 echo 0 > /proc/sys/net/ipv4/tcp_sack`
0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <mss 1460>
";
    assert_eq!(verdict(script), Verdict::Passed);
    let unknown = failure("`sysctl -q net.ipv4.tcp_nonsense=1`\n0 < S 0:0(0) win 1\n");
    assert!(
        unknown
            .at
            .text
            .en
            .contains("no setting net.ipv4.tcp_nonsense")
    );
}

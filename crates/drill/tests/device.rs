//! The script's device: its queue, under the commands of tc.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use drill::{Settings, Verdict, run_source};

/// A connection whose round trip is 100 ms, and 20,000 bytes written to it.
const WRITTEN: &str = "
0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0  bind(3, ..., ...) = 0
+0  listen(3, 1) = 0
+0  < S 0:0(0) win 65535 <mss 1000>
+0  > S. 0:0(0) ack 1 <mss 1460>
+.1 < . 1:1(0) ack 1 win 65535
+0  accept(3, ..., ...) = 4
";

fn verdict(commands: &str, rest: &str) -> Verdict {
    let source = format!("`{commands}`\n{WRITTEN}{rest}");
    run_source(&source, &Settings::default()).verdict
}

fn passes(commands: &str, rest: &str) {
    assert_eq!(verdict(commands, rest), Verdict::Passed, "{commands}");
}

#[test]
fn a_queue_without_room_takes_nothing_until_it_has_some() {
    passes(
        "true",
        "+0  `tc qdisc replace dev tun0 root pfifo limit 0`
         +0  write(4, ..., 500) = 500
         +1  %{ assert tcpi_unacked == 0 and tcpi_notsent_bytes == 500 }%
         +0  `tc qdisc delete dev tun0 root`
         +0  > P. 1:501(500) ack 1",
    );
}

#[test]
fn a_queue_with_room_is_as_none() {
    for kind in ["pfifo", "pfifo limit 1", "bfifo limit 64k", "fq_codel"] {
        passes(
            &format!("tc qdisc add dev tun0 root {kind}"),
            "+0 write(4, ..., 500) = 500\n+0 > P. 1:501(500) ack 1",
        );
    }
}

/// Ten segments go at once, and then two windows in a round trip (`tcp_pacing_ss_ratio`): 20 segments
/// each, two in a piece; the first piece after a pause earns half of its time.
#[test]
fn under_fq_every_connection_is_paced() {
    let rest = "+0  write(4, ..., 20000) = 20000
         +0  > P. 1:10001(10000) ack 1
         +.1 < . 1:1(0) ack 10001 win 65535
         +0  > P. 10001:12001(2000) ack 1
         +.0025 > P. 12001:14001(2000) ack 1
         +.005 > P. 14001:16001(2000) ack 1";
    passes("tc qdisc replace dev tun0 root fq", rest);
    let at_once = verdict("tc qdisc replace dev tun0 root pfifo", rest);
    assert!(matches!(at_once, Verdict::Failed(_)), "{at_once:?}");
}

#[test]
fn a_queue_that_changes_packets_is_said_to_be_out_of_reach() {
    let netem = verdict("tc qdisc add dev tun0 root netem loss 10%", "");
    let Verdict::Skipped(why) = netem else {
        panic!("{netem:?}");
    };
    assert!(why.text.en.contains("netem"), "{}", why.text.en);
    let unsaid = verdict("tc qdisc add dev tun0 root pfifo limit many", "");
    assert!(matches!(unsaid, Verdict::Failed(_)), "{unsaid:?}");
}

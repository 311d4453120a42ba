//! What each kind of segment does in each state, in its place and out of it (RFC 9293 §3.10.7,
//! RFC 5961 §3 to §5).

mod world;

use std::fmt::Write as _;

use tcp::State;
use world::hand::Hand;

/// Brings a fresh connection into `state`, with nothing owed; our next number and the peer's.
fn reach(h: &mut Hand, state: State) -> (u32, u32) {
    if state == State::SynReceived {
        // Both ends open at once.
        h.connect();
        h.sent();
        h.quiet("S 5000 mss 1460");
        h.sent();
        return (1001, 5001);
    }
    h.establish();
    if !matches!(state, State::Established | State::CloseWait) {
        if state == State::LastAck {
            h.take("FA 5001 ack 1001");
            h.sent();
        }
        assert_eq!(h.tcp().shutdown_write(), Ok(()));
        h.sent();
    }
    match state {
        State::CloseWait | State::Closing => h.take("FA 5001 ack 1001"),
        State::FinWait2 => h.take("A 5001 ack 1002"),
        State::TimeWait => h.take("FA 5001 ack 1002"),
        _ => {}
    }
    h.sent();
    assert_eq!(h.state(), state);
    let ours = match state {
        State::Established | State::CloseWait => 1001,
        _ => 1002,
    };
    let theirs = match state {
        State::Established | State::FinWait1 | State::FinWait2 => 5001,
        _ => 5002,
    };
    (ours, theirs)
}

const STATES: [State; 8] = [
    State::SynReceived,
    State::Established,
    State::FinWait1,
    State::FinWait2,
    State::CloseWait,
    State::Closing,
    State::LastAck,
    State::TimeWait,
];

/// A segment of each kind; `#` stands for its number, `@` for what it acknowledges.
const KINDS: [&str; 9] = [
    "S #",
    "SA # ack @",
    "R #",
    "RA # ack @",
    "A # ack @",
    "A #+10 ack @",
    "FA # ack @",
    "P #+10",
    " #",
];

/// In its place; further on in the window; before it; beyond it.
const PLACES: [i64; 4] = [0, 100, -100, 1_000_000];

/// What becomes of it: `.` nothing; `A` an ACK, at once; `R` a RST; `x` the connection is over; a
/// state's letter where it goes there. Small letters of ACKs stand for those that go out as the
/// connection's own.
fn outcome(h: &mut Hand, text: &str, before: State) -> String {
    let arrival = h.get(text);
    let mut said = String::new();
    if let Some(reply) = arrival.reply {
        let reset = reply.flags.contains(wire::tcp::Flags::RST);
        said.push(if reset { 'R' } else { 'A' });
    }
    for line in h.sent() {
        said.push(if line.starts_with('R') { 'R' } else { 'a' });
    }
    let after = h.state();
    if after == State::Closed {
        said.push('x');
    } else if after != before {
        write!(said, ">{after}").expect("it is a string");
    }
    if said.is_empty() { ".".into() } else { said }
}

/// The table as it is.
fn table() -> String {
    let mut table = String::new();
    for state in STATES {
        writeln!(table, "{state}").expect("it is a string");
        for kind in KINDS {
            write!(table, "  {kind:<13}").expect("it is a string");
            for place in PLACES {
                let mut h = Hand::at(u32::MAX - 1001, u32::MAX - 5001);
                let (ours, theirs) = reach(&mut h, state);
                let seq = u32::try_from(i64::from(theirs) + place).expect("it is near");
                let text = kind.replace('#', &seq.to_string());
                let text = text.replace('@', &ours.to_string());
                write!(table, " {:<12}", outcome(&mut h, &text, state)).expect("it is a string");
            }
            while table.ends_with(' ') {
                table.pop();
            }
            table.push('\n');
        }
    }
    table
}

#[test]
fn each_kind_in_each_state() {
    assert_eq!(table(), include_str!("segments.txt"));
}

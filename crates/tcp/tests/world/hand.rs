//! One end, and a peer written by hand.
//!
//! Segments are written as text: flags, number, `+` bytes of data, then what else there is:
//!
//! ```text
//! S 5000 win 65535 mss 1460 ws 7        a SYN
//! S 5000 sack ok ts 9 ecr 0             a SYN that permits SACK, with timestamps
//! A 5001 ack 1001 sack 2001:3001        a SACK block, in our numbers
//! PA 1001+10 ack 5001                   ten bytes
//! ```
//!
//! Flags are of `F S R P A U E W`, `.` for none; `[ce]`, `[ect0]` or `[ect1]` before them are the
//! ECN bits of the IP header. The numbers of a script are shifted by a base for each
//! direction, so that one script runs in the middle of the sequence space and across its end.

use base::{Duration, Instant, Payload};
use tcp::{
    Arrival, Connection, DropReason, Events, HalfOpen, HalfOpenOutcome, Settings, SocketOptions,
    State,
};
use wire::ip::Ecn;
use wire::tcp::{Control, Flags, SackBlock, SeqNumber, Timestamps};

use super::bytes_at;

/// Where the two directions' numbers begin: nowhere special, at the wrap of 2^32 in different
/// places of a script that begins at 1000 and 5000, and where the sign bit turns.
const BASES: [(u32, u32); 6] = [
    (0, 0),
    (4_294_966_295, 4_294_962_295), // both ISNs are 4294967295
    (4_294_966_290, 4_294_962_290), // ten bytes wrap
    (4_294_964_796, 0),             // wraps within the second segment
    (2_147_482_647, 2_147_478_647), // both ISNs are 2147483647
    (7, 4_294_960_000),             // the peer's wraps late
];

const FLAGS: [(Flags, char); 8] = [
    (Flags::FIN, 'F'),
    (Flags::SYN, 'S'),
    (Flags::RST, 'R'),
    (Flags::PSH, 'P'),
    (Flags::ACK, 'A'),
    (Flags::URG, 'U'),
    (Flags::ECE, 'E'),
    (Flags::CWR, 'W'),
];

const MARKS: [(Ecn, &str); 3] = [
    (Ecn::Ect0, "[ect0] "),
    (Ecn::Ect1, "[ect1] "),
    (Ecn::Ce, "[ce] "),
];

/// One end of a connection, its clock, and the script's bases.
pub(crate) struct Hand {
    pub(crate) now: Instant,
    pub(crate) settings: Settings,
    pub(crate) options: SocketOptions,
    /// Largest payload to ask for.
    pub(crate) max_payload: usize,
    /// What a route would let a segment carry.
    pub(crate) local_mss: u16,
    /// What a segment of a peer carries that does not say.
    pub(crate) default_mss: u16,
    /// What the clock of our timestamps is ahead.
    pub(crate) timestamp_offset: u32,
    /// Whether segments are shown with SACK and timestamps.
    pub(crate) show_options: bool,
    conn: Option<Connection>,
    ours: u32,
    theirs: u32,
    /// The number of the next byte that the program writes, and of the next that it reads.
    pub(crate) write_at: u64,
    read_at: u64,
}

impl Hand {
    /// Runs `script` at every base.
    pub(crate) fn everywhere(script: impl Fn(Hand)) {
        for (ours, theirs) in BASES {
            println!("bases: ours {ours}, theirs {theirs}");
            script(Hand::at(ours, theirs));
        }
    }

    pub(crate) fn at(ours: u32, theirs: u32) -> Self {
        Self {
            now: Instant::from_secs(100),
            settings: Settings::default(),
            options: SocketOptions::default(),
            max_payload: 1460,
            local_mss: 1460,
            default_mss: 536,
            timestamp_offset: 0,
            show_options: false,
            conn: None,
            ours,
            theirs,
            write_at: 1001,
            read_at: 5001,
        }
    }

    /// Our own ISN, 1000 in the script's numbers.
    pub(crate) fn iss(&self) -> SeqNumber {
        SeqNumber(1000) + self.ours
    }

    /// The connection under test.
    pub(crate) fn tcp(&mut self) -> &mut Connection {
        self.conn.as_mut().expect("no connection yet")
    }

    /// Hands the connection out.
    pub(crate) fn release(&mut self) -> Connection {
        self.conn.take().expect("no connection yet")
    }

    pub(crate) fn state(&self) -> State {
        self.conn.as_ref().expect("no connection yet").state()
    }

    /// Opens actively with the ISN 1000.
    pub(crate) fn connect(&mut self) {
        let conn = Connection::connect(
            self.now,
            &self.settings,
            self.options,
            self.iss(),
            self.local_mss,
        );
        let conn = conn.with_default_mss(self.default_mss);
        self.conn = Some(conn.with_timestamp_offset(self.timestamp_offset));
    }

    /// Opens actively in the place of `old`, with the ISN 1000.
    pub(crate) fn succeed(&mut self, old: &tcp::TimeWait) {
        self.connect();
        let conn = self.release().succeeding(old);
        self.conn = Some(conn);
    }

    /// An established connection: ours begins at 1001, the peer's at 5001; both MSS are 1460, the
    /// peer's window is 65535 and not scaled.
    pub(crate) fn establish(&mut self) {
        self.establish_with("SA 5000 ack 1001 win 65535 mss 1460");
    }

    /// The same with a SYN-ACK of your own.
    pub(crate) fn establish_with(&mut self, syn_ack: &str) {
        self.connect();
        assert_eq!(self.sent().len(), 1);
        let arrival = self.get(syn_ack);
        assert!(arrival.events.contains(Events::CONNECTED), "{arrival:?}");
        assert_eq!(self.sent(), ["A 1001 ack 5001"]);
        assert_eq!(self.state(), State::Established);
    }

    /// A half-open connection for the SYN `syn`, with the ISN 1000.
    pub(crate) fn half_open(&self, syn: &str) -> HalfOpen {
        let (control, _) = self.parse(syn);
        HalfOpen::new(
            self.now,
            &self.settings,
            &self.options,
            self.iss(),
            self.local_mss,
            &control,
        )
        .with_default_mss(&control, self.default_mss)
        .with_timestamp_offset(self.timestamp_offset)
    }

    /// Takes over a connection that a half-open one has become.
    pub(crate) fn adopt(&mut self, outcome: HalfOpenOutcome) -> Arrival {
        let HalfOpenOutcome::Established(conn, arrival) = outcome else {
            panic!("not established: {outcome:?}");
        };
        self.conn = Some(conn);
        arrival
    }

    /// The header and the data of a segment of the peer.
    pub(crate) fn parse(&self, text: &str) -> (Control, Payload) {
        let mut words = text.split(' ');
        let mut word = || words.next();
        let flags = word().expect("flags");
        let mut control = Control {
            window: 65535,
            ..Control::default()
        };
        for (flag, letter) in FLAGS {
            control.flags.set(flag, flags.contains(letter));
        }
        let number = word().expect("number");
        let (seq, len) = number.split_once('+').unwrap_or((number, "0"));
        let seq: u32 = seq.parse().expect("a number");
        let len: usize = len.parse().expect("a number");
        control.seq = SeqNumber(seq) + self.theirs;
        let mut stamps = None;
        while let (Some(key), Some(value)) = (word(), word()) {
            if key == "sack" {
                self.parse_sack(value, &mut control);
                continue;
            }
            let value: u32 = value.parse().expect("a number");
            match key {
                "ack" => control.ack = SeqNumber(value) + self.ours,
                "win" => control.window = value as u16,
                "mss" => control.options.mss = Some(value as u16),
                "ws" => control.options.window_scale = Some(value as u8),
                "ts" => stamps = Some(Timestamps { value, echo: 0 }),
                "ecr" => {
                    stamps = stamps.map(|stamps| Timestamps {
                        echo: value,
                        ..stamps
                    });
                }
                "urg" => control.urgent = value as u16,
                _ => panic!("{key}?"),
            }
        }
        control.options.timestamps = stamps;
        (control, Payload::from(bytes_at(u64::from(seq), len)))
    }

    /// `ok`, or `left:right` blocks of our own numbers with commas between.
    fn parse_sack(&self, value: &str, control: &mut Control) {
        if value == "ok" {
            control.options.sack_permitted = true;
            return;
        }
        for block in value.split(',') {
            let (left, right) = block.split_once(':').expect("left:right");
            let number = |text: &str| SeqNumber(text.parse().expect("a number")) + self.ours;
            control.options.sack.push(SackBlock {
                left: number(left),
                right: number(right),
            });
        }
    }

    /// A segment of the peer arrives.
    pub(crate) fn get(&mut self, text: &str) -> Arrival {
        let (mark, text) = MARKS
            .into_iter()
            .find_map(|(mark, word)| Some((mark, text.strip_prefix(word)?)))
            .unwrap_or((Ecn::NotEct, text));
        let (control, payload) = self.parse(text);
        let (now, settings) = (self.now, self.settings.clone());
        self.tcp()
            .on_marked_segment(now, &settings, &control, payload, mark)
    }

    /// A segment of the peer arrives and is used: neither dropped nor answered at once.
    pub(crate) fn take(&mut self, text: &str) {
        let arrival = self.get(text);
        assert_eq!((arrival.dropped, arrival.reply), (None, None), "{text}");
    }

    /// A segment of the peer arrives that is used and of which the program hears nothing, but
    /// perhaps that there is room to write.
    pub(crate) fn quiet(&mut self, text: &str) {
        let mut arrival = self.get(text);
        arrival.events.remove(Events::WRITABLE);
        arrival.progress = false;
        assert_eq!(arrival, Arrival::default(), "{text}");
    }

    /// A segment of the peer arrives and is dropped for `reason`, with no answer at once.
    pub(crate) fn dropped(&mut self, text: &str, reason: DropReason) {
        let arrival = self.get(text);
        assert_eq!(arrival.dropped, Some(reason), "{text}");
        assert_eq!(arrival.reply, None, "{text}");
    }

    /// A segment of the peer arrives, is dropped for `reason` and answered with `reply`.
    pub(crate) fn answered(&mut self, text: &str, reason: DropReason, reply: &str) {
        let arrival = self.get(text);
        assert_eq!(arrival.dropped, Some(reason), "{text}");
        let control = arrival.reply.expect("a reply");
        assert_eq!(self.show(&control, 0), reply, "{text}");
    }

    /// All that is sent now.
    pub(crate) fn sent(&mut self) -> Vec<String> {
        self.sent_as(Self::show)
    }

    /// The same, with the window field.
    pub(crate) fn sent_with_window(&mut self) -> Vec<String> {
        self.sent_as(|hand, control, len| {
            format!("{} win {}", hand.show(control, len), control.window)
        })
    }

    fn sent_as(&mut self, show: impl Fn(&Self, &Control, usize) -> String) -> Vec<String> {
        let mut sent = Vec::new();
        let (now, settings, max) = (self.now, self.settings.clone(), self.max_payload);
        loop {
            let wanted = self.tcp().wants_transmit();
            let Some(out) = self.tcp().poll_transmit(now, &settings, max) else {
                break;
            };
            assert!(wanted, "sends without saying so: {out:?}");
            assert!(out.payload.len() <= max);
            let place = u64::from((out.control.seq - self.ours).0);
            let expected = bytes_at(place, out.payload.len());
            assert_eq!(out.payload.to_vec(), expected, "not the program's bytes");
            let mut line = show(self, &out.control, out.payload.len());
            if let Some((_, word)) = MARKS.iter().find(|(mark, _)| *mark == out.ecn) {
                line = format!("{word}{line}");
            }
            if let Some(size) = out.segment_size {
                line += &format!(" in {size}");
            }
            sent.push(line);
            assert!(sent.len() < 10_000, "no end of sending");
        }
        assert!(!self.tcp().wants_transmit(), "wants to, but does not send");
        sent
    }

    /// A header of ours as text.
    pub(crate) fn show(&self, control: &Control, len: usize) -> String {
        let mut text = String::new();
        for (flag, letter) in FLAGS {
            if control.flags.contains(flag) {
                text.push(letter);
            }
        }
        text += &format!(" {}", (control.seq - self.ours).0);
        if len > 0 {
            text += &format!("+{len}");
        }
        if control.flags.contains(Flags::ACK) {
            text += &format!(" ack {}", (control.ack - self.theirs).0);
        }
        if let Some(mss) = control.options.mss {
            text += &format!(" mss {mss}");
        }
        if self.show_options {
            text += &self.show_more(control);
        }
        if let Some(shift) = control.options.window_scale {
            text += &format!(" ws {shift}");
        }
        text
    }

    fn show_more(&self, control: &Control) -> String {
        let mut text = String::new();
        if control.options.sack_permitted {
            text += " sackOK";
        }
        if let Some(Timestamps { value, echo }) = control.options.timestamps {
            text += &format!(" ts {value}/{echo}");
        }
        for (index, block) in control.options.sack.iter().enumerate() {
            let (left, right) = (block.left - self.theirs, block.right - self.theirs);
            text += if index == 0 { " sack " } else { "," };
            text += &format!("{}:{}", left.0, right.0);
        }
        text
    }

    /// The program writes the next `len` bytes of the stream, all of which must find room.
    pub(crate) fn write(&mut self, len: usize) {
        assert_eq!(self.try_write(len), Ok(len));
    }

    pub(crate) fn try_write(&mut self, len: usize) -> Result<usize, tcp::Error> {
        let settings = self.settings.clone();
        let data = bytes_at(self.write_at, len);
        let count = self.tcp().write(&settings, &data)?;
        self.write_at += count as u64;
        Ok(count)
    }

    /// The program reads up to `len` bytes, which must be the next of the peer's stream; how many
    /// there were.
    pub(crate) fn read(&mut self, len: usize) -> Result<usize, tcp::Error> {
        let mut out = vec![0; len];
        let count = self.tcp().read(&mut out)?;
        assert_eq!(
            out[..count],
            bytes_at(self.read_at, count),
            "not the peer's bytes"
        );
        self.read_at += count as u64;
        Ok(count)
    }

    /// Time passes without anything happening but deadlines; what is sent at them, with the
    /// milliseconds since the start of the wait.
    pub(crate) fn wait(&mut self, millis: u64) -> Vec<String> {
        let start = self.now;
        let end = start + Duration::from_millis(millis);
        let mut sent = Vec::new();
        while let Some(at) = self.tcp().deadline().filter(|&at| at <= end) {
            self.now = at.max(self.now);
            let (now, settings) = (self.now, self.settings.clone());
            let _ = self.tcp().on_deadline(now, &settings);
            let passed = (now - start).as_millis();
            sent.extend(
                self.sent()
                    .iter()
                    .map(|line| format!("{passed} ms: {line}")),
            );
        }
        self.now = end;
        sent
    }
}

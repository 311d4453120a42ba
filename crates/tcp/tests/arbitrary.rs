//! Arbitrary segments, calls and times in arbitrary states: no panic, and what must hold holds.

mod world;

use base::{Bytes, Duration, Instant, Payload, Rng};
use tcp::{
    Connection, HalfOpen, HalfOpenOutcome, Icmp, Info, Settings, SocketOptions, State,
    TimeWaitOutcome,
};
use wire::tcp::{Control, Flags, SeqNumber};
use world::net::{Replay, seeds};

/// A connection, and what a stranger on its path would know of it.
struct Stranger {
    now: Instant,
    settings: Settings,
    rng: Rng,
    conn: Connection,
    /// Its SND.NXT and RCV.NXT, as its last segment showed them.
    snd: SeqNumber,
    rcv: SeqNumber,
}

/// One of these, or anything.
fn near(rng: &mut Rng, number: SeqNumber) -> SeqNumber {
    match rng.below(8) {
        0 => SeqNumber(rng.u32()),
        1 => number + rng.below(70_000) as u32,
        2 => number - rng.below(70_000) as u32,
        3 => number + rng.below(3) as u32,
        4 => number - rng.below(3) as u32,
        _ => number,
    }
}

fn any_segment(rng: &mut Rng, seq: SeqNumber, ack: SeqNumber) -> (Control, Payload) {
    let flags = match rng.below(10) {
        0 => Flags::from_bits_truncate(rng.u32() as u16),
        1 => Flags::SYN | Flags::ACK,
        2 => Flags::RST | Flags::ACK,
        3 => Flags::FIN | Flags::ACK,
        4 => Flags::SYN,
        _ => Flags::ACK,
    };
    let mut control = Control {
        seq: near(rng, seq),
        ack: near(rng, ack),
        flags,
        window: rng.u32() as u16 >> rng.below(17).min(15),
        urgent: rng.u32() as u16,
        ..Control::default()
    };
    if rng.chance(0.3) {
        control.options.mss = Some(rng.u32() as u16 >> rng.below(16));
        control.options.window_scale = rng.chance(0.5).then(|| rng.u32() as u8);
    }
    let len = match rng.below(6) {
        0 => rng.below(70_000),
        1 => rng.below(20),
        2 => 1460,
        _ => 0,
    };
    (control, Payload::from(vec![0x55; len as usize]))
}

fn any_settings(rng: &mut Rng) -> Settings {
    let mut settings = Settings::default();
    if rng.chance(0.5) {
        let usual = rng.below(200_000) as u32;
        settings.rmem = [0, usual, rng.u32()];
        settings.wmem = [0, rng.below(50_000) as u32, rng.u32()];
        settings.window_scaling = rng.chance(0.7);
        settings.syn_retries = rng.below(4) as u8;
        settings.retries2 = rng.below(20) as u8;
        settings.initial_window = rng.below(20) as u8;
        settings.invalid_ratelimit = Duration::from_millis(rng.below(500));
        settings.rto_min = Duration::from_millis(rng.below(300));
        settings.rto_initial = Duration::from_millis(rng.below(3000));
        settings.rto_max = Duration::from_millis(rng.below(300_000));
    }
    settings
}

fn any_options(rng: &mut Rng) -> SocketOptions {
    SocketOptions {
        rcvbuf: rng.chance(0.3).then(|| rng.u32() >> rng.below(32)),
        sndbuf: rng.chance(0.3).then(|| rng.below(100_000) as u32),
        user_timeout: if rng.chance(0.2) {
            rng.u32() >> rng.below(32)
        } else {
            0
        },
        keepidle: rng.chance(0.5).then(|| rng.below(100) as u16),
        keepintvl: rng.chance(0.5).then(|| rng.below(100) as u16),
        maxseg: rng.chance(0.3).then(|| rng.u32() as u16),
        congestion: rng.chance(0.7).then(|| {
            let all = tcp::CongestionControl::ALL;
            all[rng.below(all.len() as u64) as usize]
        }),
        keepcnt: rng.chance(0.5).then(|| rng.below(5) as u8),
        keepalive: rng.chance(0.5),
        oobinline: rng.chance(0.5),
        nodelay: rng.chance(0.5),
        cork: rng.chance(0.2),
        syncnt: rng.below(4) as u8,
        max_pacing_rate: if rng.chance(0.2) {
            rng.u32() >> rng.below(32)
        } else {
            0
        },
        linger2: rng.below(4) as i8 - 1,
        defer_accept: rng.below(3) as u8,
        notsent_lowat: if rng.chance(0.3) {
            rng.u32() >> rng.below(32)
        } else {
            0
        },
        window_clamp: if rng.chance(0.3) {
            rng.u32() >> rng.below(32)
        } else {
            0
        },
        fastopen: 0,
        fastopen_connect: false,
        fastopen_no_cookie: false,
        takes_turns: rng.chance(0.1),
    }
}

impl Stranger {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::seeded(seed);
        let settings = any_settings(&mut rng);
        let options = any_options(&mut rng);
        let now = Instant::from_nanos(rng.below(1 << 50));
        let iss = SeqNumber(rng.u32());
        let mss = rng.u32() as u16 >> rng.below(16);
        let conn = Connection::connect(now, &settings, options, iss, mss);
        Self {
            now,
            settings,
            rng,
            conn,
            snd: iss,
            rcv: SeqNumber(0),
        }
    }

    fn step(&mut self) {
        let (now, settings) = (self.now, self.settings.clone());
        let rng = &mut self.rng;
        let conn = &mut self.conn;
        match rng.below(20) {
            0 => {
                let len = rng.below(100_000) as usize;
                conn.set_more(rng.chance(0.3));
                let _ = conn.write(&settings, &vec![1; len]);
            }
            1 => {
                let len = rng.below(100_000) as usize;
                let _ = conn.write_bytes(&settings, Bytes::from(vec![2; len]));
            }
            2 => drop(conn.read(&mut vec![0; rng.below(100_000) as usize])),
            3 => drop(conn.read_payload(rng.below(100_000) as usize)),
            4 if rng.chance(0.1) => drop(conn.shutdown_write()),
            4 if rng.chance(0.1) => drop(conn.shutdown_read()),
            4 if rng.chance(0.1) => conn.close(now, &settings),
            4 if rng.chance(0.02) => conn.abort(),
            5 if rng.chance(0.1) => conn.set_options(now, &settings, any_options(rng)),
            6 if rng.chance(0.2) => {
                let icmp = match rng.below(3) {
                    0 => Icmp::HostUnreachable,
                    1 => Icmp::PortUnreachable,
                    _ => Icmp::FragmentationNeeded {
                        mss: rng.u32() as u16 >> rng.below(16),
                    },
                };
                let _ = conn.on_icmp(now, &settings, near(rng, self.snd), icmp);
            }
            7 => self.now += Duration::from_nanos(rng.u64() >> (24 + rng.below(40))),
            8 | 9 => {
                self.now = self.now.max(conn.deadline().unwrap_or(now));
                let _ = conn.on_deadline(self.now, &settings);
            }
            // What the peer would say, so that the handshake is passed.
            10 if conn.state() == State::SynSent => {
                let seq = SeqNumber(rng.u32());
                let (mut control, payload) = any_segment(rng, seq, self.snd);
                control.flags = Flags::SYN | Flags::ACK;
                control.ack = self.snd;
                let _ = conn.on_segment(now, &settings, &control, payload);
            }
            _ => {
                let (control, payload) = any_segment(rng, self.rcv, self.snd);
                let arrival = conn.on_segment(now, &settings, &control, payload);
                if control.flags.contains(Flags::RST) {
                    let reply = arrival.reply.map(|reply| reply.flags);
                    assert!(reply.is_none_or(|flags| !flags.contains(Flags::RST)));
                }
            }
        }
    }

    /// Sends all that is owed, and looks at what must hold.
    fn settle(&mut self) {
        let most = 1 + self.rng.below(70_000) as usize;
        let before = self.conn.info();
        let mut sent = 0;
        while let Some(out) = self.conn.poll_transmit(self.now, &self.settings, most) {
            self.snd = out.control.seq + out.control.segment_len(out.payload.len());
            if out.control.flags.contains(Flags::ACK) {
                self.rcv = out.control.ack;
            }
            let size = out
                .segment_size
                .map_or(most, |size| usize::from(size.get()));
            assert!(out.payload.len() <= most && size <= most);
            sent += 1;
            assert!(sent < 100_000, "no end of sending");
        }
        assert!(!self.conn.wants_transmit());
        self.check(&before);
    }

    fn check(&self, before: &Info) {
        let conn = &self.conn;
        let info = conn.info();
        assert!(info.in_flight < 1 << 31, "SND.UNA behind SND.NXT");
        assert!(info.in_flight as usize <= conn.unacknowledged() + 2);
        assert!(
            info.cwnd >= 1
                || before.state == State::SynSent
                || !info.state.is_synchronized()
                || self.settings.initial_window == 0
        );
        assert!(info.snd_wnd <= 65_535 << 14 && info.rcv_wnd <= 65_535 << 14);
        // Never more than the largest window that was ever promised.
        assert!(conn.unread() <= 65_535 << 14);
        let waits = match conn.state() {
            State::Closed => false,
            State::SynSent | State::SynReceived | State::TimeWait => true,
            State::FinWait2 => conn.is_orphan(),
            State::Established | State::CloseWait => conn.unacknowledged() > 0,
            _ => true,
        };
        assert!(!waits || conn.deadline().is_some(), "no timer: {conn:?}");
        assert_eq!(conn.is_finished(), conn.state() == State::Closed);
    }
}

#[test]
fn arbitrary_segments_in_arbitrary_states() {
    let mut reached = std::collections::HashMap::new();
    for seed in seeds(3000) {
        let replay = Replay(seed, "arbitrary");
        let mut stranger = Stranger::new(seed);
        stranger.settle();
        for _ in 0..200 {
            stranger.step();
            stranger.settle();
            *reached.entry(stranger.conn.state()).or_insert(0) += 1;
        }
        replay.passed();
    }
    // The strangers have really been everywhere.
    println!("{reached:?}");
    assert!(
        reached.len() == 10 || std::env::var_os("LANDLINE_SEED").is_some(),
        "{reached:?}"
    );
}

#[test]
fn arbitrary_segments_for_half_open_connections() {
    for seed in seeds(2000) {
        let replay = Replay(seed, "arbitrary");
        let mut rng = Rng::seeded(seed);
        let settings = any_settings(&mut rng);
        let options = any_options(&mut rng);
        let mut now = Instant::from_nanos(rng.below(1 << 50));
        let (iss, irs) = (SeqNumber(rng.u32()), SeqNumber(rng.u32()));
        let (mut syn, _) = any_segment(&mut rng, irs, iss);
        syn.seq = irs;
        let mss = rng.u32() as u16;
        let mut half = HalfOpen::new(now, &settings, &options, iss, mss, &syn);
        for _ in 0..50 {
            let sent = half.poll_transmit(now, &settings);
            assert!(sent.is_none_or(|syn_ack| syn_ack.seq == iss && syn_ack.ack == irs + 1));
            assert!(!half.wants_transmit());
            if rng.chance(0.1) {
                now = half.deadline();
                if let HalfOpenOutcome::Dead(_) = half.on_deadline(now, &settings, &options) {
                    break;
                }
                continue;
            }
            let (control, payload) = any_segment(&mut rng, irs + 1, iss + 1);
            let outcome = half.on_segment(now, &settings, &options, &control, payload);
            if let HalfOpenOutcome::Established(conn, _) = &outcome {
                assert!(conn.state().is_synchronized() || conn.state() == State::Closed);
            }
            if matches!(
                outcome,
                HalfOpenOutcome::Dead(_) | HalfOpenOutcome::Established(..)
            ) {
                break;
            }
        }
        replay.passed();
    }
}

#[test]
fn arbitrary_segments_in_time_wait() {
    for seed in seeds(500) {
        let replay = Replay(seed, "arbitrary");
        let mut rng = Rng::seeded(seed);
        let settings = Settings::default();
        let mut now = Instant::from_secs(10);
        let (iss, irs) = (SeqNumber(rng.u32()), SeqNumber(rng.u32()));
        let mut conn = Connection::connect(now, &settings, SocketOptions::default(), iss, 1460);
        let deliver = |conn: &mut Connection, flags, seq, ack| {
            while conn.poll_transmit(now, &settings, 1460).is_some() {}
            let control = Control {
                seq,
                ack,
                flags,
                window: 1000,
                ..Control::default()
            };
            let _ = conn.on_segment(now, &settings, &control, Payload::new());
        };
        deliver(&mut conn, Flags::SYN | Flags::ACK, irs, iss + 1);
        conn.close(now, &settings);
        deliver(&mut conn, Flags::FIN | Flags::ACK, irs + 1, iss + 2);
        while conn.poll_transmit(now, &settings, 1460).is_some() {}
        let mut wait = conn.take_time_wait().expect("in TIME_WAIT");
        for _ in 0..100 {
            now += Duration::from_millis(rng.below(300));
            let (control, payload) = any_segment(&mut rng, irs + 2, iss + 2);
            match wait.on_segment(now, &settings, &control, payload.len()) {
                TimeWaitOutcome::Reply(ack, _) | TimeWaitOutcome::Restarted(ack) => {
                    assert_eq!((ack.seq, ack.ack), (iss + 2, irs + 2));
                    assert_eq!(ack.flags, Flags::ACK);
                }
                TimeWaitOutcome::Reusable { iss: new, .. } => {
                    assert!(new.after(iss + 2) && control.seq.after(irs + 2));
                }
                TimeWaitOutcome::Dead => assert_eq!(control.seq, irs + 2),
                TimeWaitOutcome::Reset(_) => unreachable!("the FIN is here"),
                TimeWaitOutcome::Drop(_) => {}
            }
            assert!(wait.deadline() <= now + settings.time_wait);
        }
        replay.passed();
    }
}

//! The step into ESTABLISHED.

use base::Instant;

use crate::congestion::Congestion;
use crate::connection::Marks;
use crate::handshake::window_clamp;
use crate::receive::Segment;
use crate::timers::Timer;
use crate::window::Window;
use crate::{Connection, Events, Settings, State};

impl Connection {
    /// Our SYN is acknowledged by `segment`, whose window is `window`, and the peer's is received.
    pub(crate) fn complete_handshake(
        &mut self,
        now: Instant,
        settings: &Settings,
        segment: &Segment,
        window: Window,
    ) {
        let again = self.recovery.timeouts > 0;
        let begun = self.is_opening_fast();
        if let Some(rtt) = self.rtt.acknowledged(segment.ack, now, settings) {
            let window = settings.min_rtt_wlen;
            self.recovery.min_rtt.measure(rtt, now, window);
        }
        self.rtt.established(again, settings);
        self.recovery.timeouts = 0;
        self.recovery.end_timeouts(now);
        self.recovery.backoff = 0;
        self.recovery.progress = now;
        self.soft_error = None;
        self.marks.remove(Marks::SYN_OWED);
        self.timers.stop(Timer::Retransmit);
        self.snd.acknowledge(segment.ack);
        self.snd.set_window(segment.seq, segment.ack, window);
        if begun {
            // Data may be under way already (RFC 7413 §4.2.2), which waits for its own time-out now.
            self.fast_open = None;
            if self.snd.flight() > 0 {
                self.arm_retransmit(now);
            }
        } else {
            self.begin_transfer(now, settings, again);
            self.tally.began(now);
        }
        // The SYN was a segment that was delivered.
        let rate = &mut self.congestion.rate;
        rate.delivered = rate.delivered.wrapping_add(1);
        // A FIN that was asked for meanwhile follows now (RFC 9293 §3.10.4, SYN-RECEIVED).
        self.state = if self.snd.fin {
            State::FinWait1
        } else {
            State::Established
        };
        self.arm_keepalive(now, settings);
        self.tell(Events::CONNECTED | Events::WRITABLE);
    }

    /// How much may be sent at first, either way.
    pub(crate) fn begin_transfer(&mut self, now: Instant, settings: &Settings, again: bool) {
        let (options, clamp) = (self.fixed_options(), window_clamp(&self.options));
        self.rcv.establish(options, self.snd.mss, clamp);
        self.begin_mtu_search(now, settings);
        // A lost SYN is a loss: begin with one segment (RFC 6928 §2).
        let segments = if again { 1 } else { settings.initial_window };
        let choice = self.congestion.choice();
        let initial = u32::from(segments.max(1));
        self.congestion = Congestion::new(choice, initial, self.snd.nxt, now);
    }
}

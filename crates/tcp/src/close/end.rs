//! The states in which a connection ends.

use base::{Duration, Instant};

use crate::connection::Marks;
use crate::receive::AckDebt;
use crate::timers::Timer;
use crate::{Connection, Error, Events, Settings, State};

impl Connection {
    /// The connection is over: CLOSED. What was received stays to be read; everything else goes.
    pub(crate) fn finish(&mut self) {
        self.state = State::Closed;
        self.timers.stop_all();
        self.snd.clear();
        self.recovery.clear();
        self.rcv.clear_ahead();
        self.rcv.ack = AckDebt::None;
        self.marks &= Marks::ORPHAN | Marks::READ_CLOSED | Marks::TIMESTAMPS | Marks::SYN_DATA;
        self.tell(
            Events::READABLE
                | Events::WRITABLE
                | Events::PEER_CLOSED
                | Events::HANGUP
                | Events::CLOSED,
        );
    }

    /// The connection is over for a reason that the program should know.
    pub(crate) fn fail(&mut self, error: Error) {
        self.finish();
        self.error = Some(error);
        self.tell(Events::ERROR);
    }

    /// The peer has our FIN and may go on sending. With nobody left to read it, not for ever
    /// (`tcp_fin_timeout`).
    pub(crate) fn enter_fin_wait_2(&mut self, now: Instant, settings: &Settings) {
        self.state = State::FinWait2;
        if self.marks.contains(Marks::ORPHAN) {
            self.timers.stop(Timer::Keepalive);
            let wait = match self.options.linger2 {
                // TCP_LINGER2 below 0: not at all.
                ..0 => return self.reset(),
                0 => settings.fin_timeout,
                seconds => Duration::from_secs(seconds.unsigned_abs().into()),
            };
            // As Linux: long enough for the peer's FIN to be sent again.
            let least = self.rtt.rto * 7 / 2;
            self.timers.arm(Timer::Linger, now + wait.max(least));
        }
    }

    /// Both ends are done (RFC 9293 §3.10.7.4: start the time-wait timer, turn off the others).
    pub(crate) fn enter_time_wait(&mut self, now: Instant, settings: &Settings) {
        self.state = State::TimeWait;
        self.timers.stop_all();
        self.timers.arm(Timer::Linger, now + settings.time_wait);
        self.tell(Events::TIME_WAIT | Events::HANGUP);
    }
}

//! Changing the options of a connection that exists.

use base::Instant;

use crate::connection::Marks;
use crate::handshake::{receive_limit, window_clamp};
use crate::receive::AckDebt;
use crate::timers::Timer;
use crate::{Connection, Settings, SocketOptions};

impl Connection {
    /// The options as they are.
    #[must_use]
    pub fn options(&self) -> SocketOptions {
        self.options
    }

    /// The receive buffer as it stands, in bytes: what SO_RCVBUF answers.
    #[must_use]
    pub fn receive_buffer(&self) -> u32 {
        self.rcv.buffer_size()
    }

    /// TCP_QUICKACK as Linux has it: false while the two ends take turns, so that ACKs wait for an
    /// answer to carry them.
    #[must_use]
    pub fn quick_ack(&self) -> bool {
        !self.rcv.acks.takes_turns()
    }

    /// Sets TCP_QUICKACK: 0 lets ACKs wait for an answer to carry them; an odd number sends what is
    /// owed now and from now on without waiting, until the ends take turns again; an even one sends
    /// what is owed now.
    pub fn set_quick_ack(&mut self, value: i32) {
        self.rcv.acks.set_turns(value == 0);
        if value == 0 || self.rcv.ack == AckDebt::None || !self.state.receives() {
            return;
        }
        self.rcv.acks.push();
        if self.rcv.on_read() {
            self.rcv.ack = AckDebt::Now;
        }
        if value & 1 == 0 {
            self.rcv.acks.set_turns(true);
        }
    }

    /// What waits for company goes out as it is, even if the connection is corked: what setting
    /// TCP_NODELAY does in Linux, each time.
    pub fn push_out(&mut self) {
        if self.snd.unsent() > 0 {
            self.marks |= Marks::OVERRIDE;
        }
    }

    /// Changes the options. What the handshake settled stays: the segments' size, and how far the
    /// window can be told.
    pub fn set_options(&mut self, now: Instant, settings: &Settings, options: SocketOptions) {
        let before = core::mem::replace(&mut self.options, options);
        let clamp = window_clamp(&options);
        if before.rcvbuf != options.rcvbuf {
            let space = receive_limit(settings, &options);
            self.rcv.set_space(space);
            self.rcv.set_clamp(clamp.unwrap_or(space).min(space));
        } else if before.window_clamp != options.window_clamp {
            self.rcv.set_clamp(clamp.unwrap_or(u32::MAX));
        }
        if let Some(choice) = options.congestion {
            self.congestion.choose(choice, self.snd.nxt, now);
        }
        let keepalive = |o: &SocketOptions| (o.keepalive, o.keepidle);
        if keepalive(&before) != keepalive(&options) && self.state.is_synchronized() {
            self.timers.stop(Timer::Keepalive);
            self.arm_keepalive(now, settings);
        }
        if self.state.is_synchronized() {
            // SO_SNDBUF, TCP_NOTSENT_LOWAT.
            self.wake_writer(settings);
        }
    }
}

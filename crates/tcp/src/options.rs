//! Changing the options of a connection that exists.

use base::Instant;

use crate::handshake::receive_limit;
use crate::timers::Timer;
use crate::{Connection, Settings, SocketOptions};

impl Connection {
    /// The options as they are.
    #[must_use]
    pub fn options(&self) -> SocketOptions {
        self.options
    }

    /// Changes the options. What the handshake settled stays: the segments' size, and how far the
    /// window can be told.
    pub fn set_options(&mut self, now: Instant, settings: &Settings, options: SocketOptions) {
        let before = core::mem::replace(&mut self.options, options);
        if before.rcvbuf != options.rcvbuf {
            self.rcv.set_limit(receive_limit(settings, &options));
        }
        let keepalive = |o: &SocketOptions| (o.keepalive, o.keepidle);
        if keepalive(&before) != keepalive(&options) && self.state.is_synchronized() {
            self.timers.stop(Timer::Keepalive);
            self.arm_keepalive(now, settings);
        }
    }
}

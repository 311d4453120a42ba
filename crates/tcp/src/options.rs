//! Changing the options of a connection that exists.

use base::Instant;

use crate::connection::Marks;
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
        let receiving = |o: &SocketOptions| (o.rcvbuf, o.window_clamp);
        if receiving(&before) != receiving(&options) {
            self.rcv.set_limit(receive_limit(settings, &options));
        }
        // As Linux: it pushes out what is there, even if the connection is corked.
        if options.nodelay && !before.nodelay && self.snd.unsent() > 0 {
            self.marks |= Marks::OVERRIDE;
        }
        let keepalive = |o: &SocketOptions| (o.keepalive, o.keepidle);
        if keepalive(&before) != keepalive(&options) && self.state.is_synchronized() {
            self.timers.stop(Timer::Keepalive);
            self.arm_keepalive(now, settings);
        }
    }
}

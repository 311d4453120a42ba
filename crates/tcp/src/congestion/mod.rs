//! How much may be in flight.
//!
//! [`Controller`] is the seam: recovery says what happened, an algorithm answers with a window.

mod reno;

pub(crate) use reno::Reno;

/// An algorithm of congestion control. All windows are in bytes; `mss` is that of the moment.
pub(crate) trait Controller {
    /// The congestion window.
    fn window(&self) -> u32;

    /// The slow-start threshold.
    fn threshold(&self) -> u32;

    /// `acked` new bytes were acknowledged while the window was what held the sender back.
    fn on_ack(&mut self, acked: u32, mss: u16);

    /// A loss was noticed by other segments' arrival, with `flight` bytes unacknowledged.
    fn on_loss(&mut self, flight: u32, mss: u16);

    /// What was lost then is repaired, with `flight` bytes unacknowledged.
    fn on_recovered(&mut self, flight: u32, mss: u16);

    /// A time-out, with `flight` bytes unacknowledged; `first` unless it follows another for the
    /// same data.
    fn on_timeout(&mut self, flight: u32, mss: u16, first: bool);

    /// Nothing was sent for longer than a time-out; `initial` is what a new connection starts with.
    fn on_idle(&mut self, initial: u32);
}

//! One connection.

use base::{Bytes, Instant, Payload};
use wire::tcp::{Control, SeqNumber};

use crate::{
    Arrival, Error, Events, Icmp, Info, Outgoing, Settings, SocketOptions, State, TimeWait,
};

/// One connection, from its SYN to its end.
///
/// Whoever keeps it feeds it with segments, deadlines and the program's calls, and after each asks
/// [`wants_transmit`](Self::wants_transmit) and [`deadline`](Self::deadline).
#[derive(Debug)]
pub struct Connection {
    state: State,
}

impl Connection {
    /// Opens actively: SYN_SENT, with the SYN owed.
    ///
    /// `local_mss` is what the route lets a segment carry, in bytes of data.
    #[must_use]
    pub fn connect(
        now: Instant,
        settings: &Settings,
        options: SocketOptions,
        iss: SeqNumber,
        local_mss: u16,
    ) -> Self {
        let _ = (now, settings, options, iss, local_mss);
        Self {
            state: State::SynSent,
        }
    }

    /// Takes a segment of the peer (RFC 9293 §3.10.7).
    pub fn on_segment(
        &mut self,
        now: Instant,
        settings: &Settings,
        control: &Control,
        payload: Payload,
    ) -> Arrival {
        let _ = (now, settings, control, payload);
        Arrival::of(Events::empty())
    }

    /// The next segment to send; to be called until it is `None`. No other call sends.
    ///
    /// With a `max_payload` of more than a segment's size several may come in one, see
    /// [`Outgoing`].
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        settings: &Settings,
        max_payload: usize,
    ) -> Option<Outgoing> {
        let _ = (now, settings, max_payload);
        None
    }

    /// Whether [`poll_transmit`](Self::poll_transmit) has something to do. Cheap.
    #[must_use]
    pub fn wants_transmit(&self) -> bool {
        false
    }

    /// When to call [`on_deadline`](Self::on_deadline): the next of the connection's timers.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        None
    }

    /// The deadline has come. Harmless when early.
    pub fn on_deadline(&mut self, now: Instant, settings: &Settings) -> Arrival {
        let _ = (now, settings);
        Arrival::of(Events::empty())
    }

    /// An ICMP error came back for a segment that began at `seq`.
    pub fn on_icmp(
        &mut self,
        now: Instant,
        settings: &Settings,
        seq: SeqNumber,
        icmp: Icmp,
    ) -> Arrival {
        let _ = (now, settings, seq, icmp);
        Arrival::of(Events::empty())
    }

    /// Takes data to send, copied once; how many bytes of it, at least one unless `data` is empty.
    ///
    /// # Errors
    ///
    /// [`Error::WouldBlock`] while the buffer is full or the handshake under way;
    /// [`Error::BrokenPipe`] once this direction is closed; the connection's error, once, when it
    /// has one.
    pub fn write(&mut self, settings: &Settings, data: &[u8]) -> Result<usize, Error> {
        let _ = (settings, data);
        Err(Error::WouldBlock)
    }

    /// As [`write`](Self::write), without a copy. What was not taken is the caller's to offer
    /// again: `Bytes` are cheap to clone and cut.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn write_bytes(&mut self, settings: &Settings, data: Bytes) -> Result<usize, Error> {
        let _ = (settings, data);
        Err(Error::WouldBlock)
    }

    /// Takes received data into `out`; how many bytes, 0 at the end of the stream or when `out` is
    /// empty.
    ///
    /// # Errors
    ///
    /// [`Error::WouldBlock`] when there is nothing yet; [`Error::NotConnected`] when there is
    /// nothing any more and the peer never closed; the connection's error, once, when it has one
    /// and the data is read.
    pub fn read(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        let _ = out;
        Err(Error::WouldBlock)
    }

    /// As [`read`](Self::read), and leaves the data there (MSG_PEEK).
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn peek(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        let _ = out;
        Err(Error::WouldBlock)
    }

    /// As [`read`](Self::read), without a copy: at most `max` bytes, none at the end of the stream.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_payload(&mut self, max: usize) -> Result<Payload, Error> {
        let _ = max;
        Err(Error::WouldBlock)
    }

    /// No more data will be written: a FIN goes out behind what was (SHUT_WR).
    ///
    /// # Errors
    ///
    /// [`Error::NotConnected`] when there is no connection.
    pub fn shutdown_write(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// The program reads no more: an empty buffer reads as the end (SHUT_RD). The peer is not told.
    ///
    /// # Errors
    ///
    /// [`Error::NotConnected`] when there is no connection.
    pub fn shutdown_read(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// The program lets go. What it wrote is still delivered, then the FIN; data that it did not
    /// read, or that comes from now on, resets the connection (RFC 9293 §3.6.1).
    pub fn close(&mut self, now: Instant, settings: &Settings) {
        let _ = (now, settings);
    }

    /// The program lets go and wants nothing delivered: a RST is owed (RFC 9293 §3.10.5).
    pub fn abort(&mut self) {
        self.state = State::Closed;
    }

    /// Changes the options.
    pub fn set_options(&mut self, now: Instant, settings: &Settings, options: SocketOptions) {
        let _ = (now, settings, options);
    }

    /// The options as they are.
    #[must_use]
    pub fn options(&self) -> SocketOptions {
        SocketOptions::default()
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// What a program could do now: the level of what [`Arrival::events`] gives the edges of.
    #[must_use]
    pub fn readiness(&self, settings: &Settings) -> Events {
        let _ = settings;
        Events::empty()
    }

    /// Takes the error, if there is one (SO_ERROR).
    pub fn take_error(&mut self) -> Option<Error> {
        None
    }

    /// Received and not read yet, in bytes (SIOCINQ).
    #[must_use]
    pub fn unread(&self) -> usize {
        0
    }

    /// Written and not acknowledged yet, in bytes (SIOCOUTQ).
    #[must_use]
    pub fn unacknowledged(&self) -> usize {
        0
    }

    /// Written and not sent yet, in bytes (SIOCOUTQNSD).
    #[must_use]
    pub fn unsent(&self) -> usize {
        0
    }

    /// Whether it is CLOSED and owes nothing: nothing more will come of it.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.state == State::Closed
    }

    /// Whether the program has let go.
    #[must_use]
    pub fn is_orphan(&self) -> bool {
        false
    }

    /// What is left of a connection in TIME_WAIT once its program has let go; `None` in any other
    /// state. An ACK that it owes should be sent first.
    #[must_use]
    pub fn into_time_wait(self) -> Option<TimeWait> {
        None
    }

    /// A look inside.
    #[must_use]
    pub fn info(&self) -> Info {
        Info::default()
    }
}

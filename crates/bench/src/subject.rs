//! What every peer must be able to do to be measured.

/// Two computers on one lossless in-memory link, driven by one thread.
///
/// Each case starts from a fresh pair. The MTU is 1500, checksums are computed and verified in
/// software, and the program's bytes are copied in at one end and out at the other. Time is
/// simulated, so that no subject pays for reading a clock.
pub(crate) trait Subject {
    /// What the table calls it.
    fn name(&self) -> &'static str;

    /// Moves `bytes` one way over one connection.
    fn bulk(&self, bytes: u64) -> anyhow::Result<()>;

    /// Sends one byte there and one back, `rounds` times, over one connection.
    fn ping_pong(&self, rounds: u64) -> anyhow::Result<()>;

    /// Opens a connection, sends one byte each way and closes it, `count` times.
    fn connect(&self, count: u64) -> anyhow::Result<()>;
}

/// A chunk that a program hands over at a time.
pub(crate) const CHUNK: usize = 64 * 1024;

/// The server's port.
pub(crate) const PORT: u16 = 9000;

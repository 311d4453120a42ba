//! What congestion marks do (RFC 3168): marks that come are echoed, echoes that come shrink the
//! window, and new data goes out markable.
//!
//! | file | what |
//! |---|---|
//! | `classic` | ECE until CWR, and CWR (RFC 3168 §6.1) |
//!
//! Whether both ends take part is settled in `handshake`; how far the window shrinks is
//! `recovery`'s.

mod classic;

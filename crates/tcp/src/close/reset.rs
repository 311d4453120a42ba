//! The answer to a segment of no connection.

use wire::tcp::{Control, Flags, SeqNumber};

/// The RST for a segment of no connection (RFC 9293 §3.10.7.1); `None` for a RST, which is never
/// answered. `payload_len` is in bytes.
#[must_use]
pub fn reset_for(control: &Control, payload_len: usize) -> Option<Control> {
    if control.flags.contains(Flags::RST) {
        return None;
    }
    Some(if control.flags.contains(Flags::ACK) {
        // <SEQ=SEG.ACK><CTL=RST>
        Control {
            seq: control.ack,
            flags: Flags::RST,
            ..Control::default()
        }
    } else {
        // <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>
        Control {
            seq: SeqNumber(0),
            ack: control.seq + control.segment_len(payload_len),
            flags: Flags::RST | Flags::ACK,
            ..Control::default()
        }
    })
}

//! The echo of RFC 3168 §6.1: ECE in every segment from a mark on until the sender says CWR.

use wire::ip;
use wire::tcp::Flags;

use crate::connection::Marks;
use crate::handshake::Ecn;
use crate::receive::{AckDebt, Segment};
use crate::{Connection, Outgoing, Settings};

impl Connection {
    /// Data came: takes the sender's word that it has heard the echo (RFC 3168 §6.1.3). It goes
    /// before the mark of the same segment, which may be a new one.
    pub(crate) fn take_reduced(&mut self, segment: &Segment) {
        if self.ecn == Ecn::Classic && segment.flags.contains(Flags::CWR) {
            self.marks.remove(Marks::ECHO);
            // As Linux: the sender should see at once that it is over.
            self.rcv.ack = AckDebt::Now;
        }
    }

    /// Data came in a packet with this mark (RFC 3168 §6.1.3).
    pub(crate) fn take_mark(&mut self, settings: &Settings, mark: ip::Ecn) {
        if self.ecn != Ecn::Classic {
            return;
        }
        let window = self.rcv.window().0;
        match mark {
            ip::Ecn::Ce => {
                if !self.marks.contains(Marks::ECHO) {
                    // A sender with a small window should not wait to hear of it.
                    self.rcv.acks.enter_quick_briefly(settings, window);
                }
                self.marks |= Marks::ECHO | Marks::MARKABLE_SEEN;
            }
            ip::Ecn::Ect0 | ip::Ecn::Ect1 => self.marks |= Marks::MARKABLE_SEEN,
            // From a sender that marks what is new: this was sent again.
            ip::Ecn::NotEct if self.marks.contains(Marks::MARKABLE_SEEN) => {
                self.rcv.acks.enter_quick_briefly(settings, window);
            }
            ip::Ecn::NotEct => {}
        }
    }

    /// What any segment behind the handshake tells of the marks that came.
    pub(crate) fn echo_flags(&self) -> Flags {
        if self.ecn == Ecn::Classic && self.marks.contains(Marks::ECHO) {
            Flags::ECE
        } else {
            Flags::empty()
        }
    }

    /// New data may be marked instead of dropped; what is sent again and what carries no data may
    /// not (RFC 3168 §6.1.4, §6.1.5). With the first after a reduction the peer hears of that.
    pub(crate) fn make_markable(&mut self, outgoing: &mut Outgoing) {
        if self.ecn != Ecn::Classic || outgoing.payload.is_empty() {
            return;
        }
        outgoing.ecn = ip::Ecn::Ect0;
        if self.marks.contains(Marks::REDUCED) {
            self.marks.remove(Marks::REDUCED);
            outgoing.control.flags |= Flags::CWR;
        }
    }

    /// The window was reduced, for whatever reason: the peer is owed a CWR (RFC 3168 §6.1.2).
    pub(crate) fn owe_reduced(&mut self) {
        if self.ecn == Ecn::Classic {
            self.marks |= Marks::REDUCED;
        }
    }
}

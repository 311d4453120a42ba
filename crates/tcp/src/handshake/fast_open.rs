//! Data in the SYN (RFC 7413): what a connection does that opens so, at either end.

use alloc::boxed::Box;

use base::{Instant, Payload};
use wire::tcp::{Control, FastOpen, MAX_OPTIONS_LEN, Options};

use super::half_open::HalfOpen;
use crate::connection::Marks;
use crate::receive::Segment;
use crate::recovery::FastOpenFailed;
use crate::window::WindowScale;
use crate::{Arrival, Connection, Settings, SocketOptions, State};

/// Fast Open's state of one connection, while there is any.
#[derive(Clone, Debug)]
pub(crate) enum FastOpening {
    /// The SYN, or SYN-ACK, is not answered yet.
    Calling(Calling),
    /// What the answer taught, until the stack has taken it.
    Answered(FastOpenNews),
}

/// What is kept until the SYN is answered.
#[derive(Clone, Debug)]
pub(crate) struct Calling {
    /// What the first SYN says: a cookie, the request for one, or nothing.
    option: Option<FastOpen>,
    /// Bytes of data in the first SYN.
    data: u32,
}

/// What a SYN-ACK taught of the peer's Fast Open, for the cache of cookies (RFC 7413 §4.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FastOpenNews {
    /// The MSS of the SYN-ACK.
    pub mss: Option<u16>,
    /// The cookie to keep.
    pub cookie: Option<FastOpen>,
    /// A cookie was asked for in vain: in the experimental form or in the other.
    pub refused: Option<bool>,
    /// The SYN with data, or its answer, was lost: something on the way may drop such.
    pub lost: bool,
}

impl Connection {
    /// How much data the first SYN takes, in bytes, when the peer's MSS is known to be `cached`:
    /// a segment without any options less all that options may ever take, since some boxes on the
    /// way add theirs to SYNs.
    #[must_use]
    pub fn room_in_syn(&self, cached: Option<u16>) -> usize {
        let mss = self.rcv.max_mss.min(cached.unwrap_or(u16::MAX));
        usize::from(mss).saturating_sub(MAX_OPTIONS_LEN)
    }

    /// Puts `option` and `data` into the first SYN; how many bytes of it were taken, at most
    /// [`room_in_syn`](Self::room_in_syn) for `cached`. To be called before the SYN is sent.
    pub fn open_with(
        &mut self,
        option: Option<FastOpen>,
        cached: Option<u16>,
        data: &[u8],
    ) -> usize {
        let count = data.len().min(self.room_in_syn(cached));
        self.snd.buffer.push_copy(&data[..count]);
        self.marks.remove(Marks::DEFERRED);
        self.marks |= Marks::SYN_OWED;
        if option.as_ref().is_some_and(FastOpen::is_request) {
            self.recovery.fast_open_failed(FastOpenFailed::NoCookie);
        }
        self.fast_open = Some(Box::new(FastOpening::Calling(Calling {
            option,
            data: count as u32,
        })));
        count
    }

    /// Holds the SYN back until there is data for it (TCP_FASTOPEN_CONNECT).
    pub fn defer_syn(&mut self) {
        self.marks.remove(Marks::SYN_OWED);
        self.marks |= Marks::DEFERRED;
    }

    /// Whether the SYN is held back.
    #[must_use]
    pub fn is_deferred(&self) -> bool {
        self.marks.contains(Marks::DEFERRED)
    }

    /// Whether it was opened by a SYN with a cookie and the handshake is still under way: its
    /// program may read and write already.
    #[must_use]
    pub fn is_opening_fast(&self) -> bool {
        self.state == State::SynReceived && self.marks.contains(Marks::OPENED_FAST)
    }

    /// Whether data of a SYN was acknowledged, of ours or of the peer's (TCPI_OPT_SYN_DATA).
    #[must_use]
    pub fn has_syn_data(&self) -> bool {
        self.marks.contains(Marks::SYN_DATA)
    }

    /// Whether its SYN has just been lost for the second time, which may be for what it says.
    #[must_use]
    pub fn is_fast_open_suspect(&self) -> bool {
        self.state == State::SynSent && self.fast_open.is_some() && self.recovery.timeouts == 2
    }

    /// A program holds it from now on: an ICMP error ends it no more while it is opening fast.
    pub fn set_accepted(&mut self) {
        self.marks |= Marks::ACCEPTED;
    }

    /// What its SYN-ACK taught, once.
    pub fn take_fast_open_news(&mut self) -> Option<FastOpenNews> {
        match self.fast_open.as_deref()? {
            FastOpening::Calling(_) => None,
            FastOpening::Answered(_) => match *self.fast_open.take()? {
                FastOpening::Answered(news) => Some(news),
                FastOpening::Calling(_) => None,
            },
        }
    }

    /// The option and the data of the SYN that goes out now: of the first alone, since whatever
    /// drops such a SYN would drop it again (RFC 7413 §4.1.3).
    pub(crate) fn in_first_syn(&mut self, first: bool, options: &mut Options) -> Payload {
        let Some(FastOpening::Calling(calling)) = self.fast_open.as_deref() else {
            return Payload::new();
        };
        if !first {
            return Payload::new();
        }
        options.fast_open = calling.option.clone();
        self.snd.nxt += calling.data;
        self.snd
            .buffer
            .slice(self.snd.una + 1, calling.data as usize)
    }

    /// The SYN-ACK `control` is here and acknowledges up to SND.UNA: data of the SYN that it left
    /// out goes again (RFC 7413 §4.1.3).
    pub(crate) fn settle_syn_data(&mut self, now: Instant, control: &Control) {
        let Some(FastOpening::Calling(calling)) = self.fast_open.take().map(|state| *state) else {
            return;
        };
        let again = self.recovery.total > 0;
        let sent = calling.data > 0;
        let all = sent && self.snd.una == self.snd.nxt;
        self.marks.set(Marks::SYN_DATA, all);
        if self.snd.una != self.snd.nxt {
            self.recovery.fast_open_failed(if again {
                FastOpenFailed::Lost
            } else {
                FastOpenFailed::NotAcknowledged
            });
        }
        self.resend_syn_data(now);
        let answer = control.options.fast_open.clone();
        let cookie = answer.filter(|answer| calling.option.is_some() && !answer.is_request());
        let refused = calling
            .option
            .as_ref()
            .filter(|_| !again && !sent && cookie.is_none());
        self.fast_open = Some(Box::new(FastOpening::Answered(FastOpenNews {
            mss: control.options.mss,
            refused: refused.map(|option| option.experimental),
            lost: again && sent && !all && cookie.is_none(),
            cookie,
        })));
    }

    /// Both ends opened at once, and the peer's ACK acknowledges up to SND.UNA: data of our SYN that
    /// it left out goes again.
    pub(crate) fn settle_simultaneous(&mut self, now: Instant) {
        if let Some(FastOpening::Calling(_)) = self.fast_open.as_deref() {
            self.fast_open = None;
            self.resend_syn_data(now);
        }
    }
}

impl HalfOpen {
    /// Puts a cookie into the first SYN-ACK: the one that was asked for, or that is to replace a
    /// wrong one.
    #[must_use]
    pub fn with_cookie(mut self, option: &FastOpen) -> Self {
        if let Ok(cookie) = <[u8; 8]>::try_from(&option.cookie[..]) {
            self.cookie = Some((cookie, option.experimental));
        }
        self
    }

    /// The SYN came with a valid cookie: the connection begins at once, with the data of the SYN
    /// and the SYN-ACK owed (RFC 7413 §4.2.2).
    pub fn open_fast(
        self,
        now: Instant,
        settings: &Settings,
        options: &SocketOptions,
        syn: &Control,
        payload: Payload,
    ) -> (Connection, Arrival) {
        let mut connection = self.grow(settings, options);
        connection.snd.nxt = connection.snd.una;
        connection.marks |= Marks::OPENED_FAST | Marks::SYN_OWED;
        if let Some((cookie, experimental)) = self.cookie {
            connection.fast_open = Some(Box::new(FastOpening::Calling(Calling {
                option: FastOpen::new(&cookie, experimental),
                data: 0,
            })));
        }
        let mut segment = Segment::new(syn, payload, wire::ip::Ecn::NotEct.into());
        let window = segment.window(WindowScale::NONE);
        segment.drop_syn();
        connection
            .snd
            .set_window(segment.seq, connection.snd.una, window);
        // It is all for data: the number of our SYN-ACK, in flight, takes nothing of it.
        connection.snd.wnd.0 += 1;
        connection.begin_transfer(now, settings, false);
        let has_data = !segment.payload.is_empty();
        connection.trim(settings, &mut segment);
        // It is taken as what an open connection takes; a FIN beside the SYN has no meaning.
        connection.state = State::Established;
        // The peer's first data behind the SYN is the first that its ACKs are fitted to, as in Linux.
        let acks = connection.rcv.acks.clone();
        let _ = connection.take_text(now, settings, &mut segment);
        connection.rcv.acks = acks;
        connection.state = State::SynReceived;
        connection.marks.set(Marks::SYN_DATA, has_data);
        // The SYN-ACK acknowledges it.
        connection.rcv.told_all();
        let events = connection.take_news();
        (
            connection,
            Arrival {
                dropped: segment.note,
                ..Arrival::of(events)
            },
        )
    }
}

//! The states of RFC 9293 §3.3.2.

/// Where a connection stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// No connection.
    #[default]
    Closed,
    /// Waiting for any SYN. Held by the socket layer; no [`Connection`](crate::Connection) is in it.
    Listen,
    /// A SYN was sent.
    SynSent,
    /// A SYN was received and answered, its acknowledgment is due.
    SynReceived,
    /// Data flows both ways.
    Established,
    /// This end has closed first; its FIN is not acknowledged yet.
    FinWait1,
    /// This end has closed first; the peer may still send.
    FinWait2,
    /// The peer has closed first; this end may still send.
    CloseWait,
    /// Both ends closed at once; the FIN of this one is not acknowledged yet.
    Closing,
    /// The peer has closed first, then this end; its FIN is not acknowledged yet.
    LastAck,
    /// Both are done; old segments of the connection die out.
    TimeWait,
}

impl State {
    /// Whether both ends have synchronised: ESTABLISHED and what follows (RFC 9293 §3.5.2).
    #[must_use]
    pub const fn is_synchronized(self) -> bool {
        !matches!(
            self,
            Self::Closed | Self::Listen | Self::SynSent | Self::SynReceived
        )
    }

    /// Whether new data of the peer is taken: it has not closed yet.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::Established | Self::FinWait1 | Self::FinWait2)
    }

    /// Whether the program may still hand over data.
    #[must_use]
    pub const fn takes_writes(self) -> bool {
        matches!(self, Self::Established | Self::CloseWait)
    }

    /// Whether data or a FIN of this end may still have to be sent or sent again.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(
            self,
            Self::Established | Self::CloseWait | Self::FinWait1 | Self::Closing | Self::LastAck
        )
    }

    /// Linux's number of it (`tcpi_state`).
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Established => 1,
            Self::SynSent => 2,
            Self::SynReceived => 3,
            Self::FinWait1 => 4,
            Self::FinWait2 => 5,
            Self::TimeWait => 6,
            Self::Closed => 7,
            Self::CloseWait => 8,
            Self::LastAck => 9,
            Self::Listen => 10,
            Self::Closing => 11,
        }
    }

    /// Its name in RFC 9293, written as Linux writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "CLOSED",
            Self::Listen => "LISTEN",
            Self::SynSent => "SYN_SENT",
            Self::SynReceived => "SYN_RECEIVED",
            Self::Established => "ESTABLISHED",
            Self::FinWait1 => "FIN_WAIT_1",
            Self::FinWait2 => "FIN_WAIT_2",
            Self::CloseWait => "CLOSE_WAIT",
            Self::Closing => "CLOSING",
            Self::LastAck => "LAST_ACK",
            Self::TimeWait => "TIME_WAIT",
        }
    }
}

impl core::fmt::Display for State {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.name())
    }
}

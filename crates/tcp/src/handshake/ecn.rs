//! Whether both ends understand ECN: what a SYN asks and a SYN-ACK answers (RFC 3168 §6.1.1,
//! RFC 9768 §3.1).

use wire::ip;
use wire::tcp::Flags;

use crate::Settings;
use crate::ecn::reflection;

/// What was agreed on. What marks and echoes do with it is `receive`'s and `transmit`'s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ecn {
    /// Nothing.
    #[default]
    Off,
    /// The echo of RFC 3168.
    Classic,
    /// The counter of RFC 9768.
    Accurate,
}

/// The bits that ask.
const ECN: Flags = Flags::ECE.union(Flags::CWR);
const ACCURATE: Flags = ECN.union(Flags::AE);

impl Ecn {
    /// What our SYN asks for (`tcp_ecn`).
    pub(crate) const fn wanted(settings: &Settings) -> Self {
        match settings.ecn {
            1 | 4 => Self::Classic,
            3 => Self::Accurate,
            _ => Self::Off,
        }
    }

    /// What a listener grants to a SYN. `marks` are the ECN bits of the SYN's IP header: RFC 3168
    /// §6.1.1 has none on a SYN, and one that has some was sent by somebody who means something else.
    pub(crate) fn granted(settings: &Settings, syn: Flags, marks: u8) -> Self {
        let asked = syn & ACCURATE;
        // Anything but nothing and RFC 3168's question asks for what is newer (RFC 9768 §3.1.2).
        if !asked.is_empty() && asked != ECN && settings.ecn >= 3 {
            Self::Accurate
        } else if asked.contains(ECN)
            && settings.ecn > 0
            && (marks & 3 == 0 || asked.contains(Flags::AE))
        {
            Self::Classic
        } else {
            Self::Off
        }
    }

    /// The bits with which a SYN asks.
    pub(crate) const fn in_syn(self) -> Flags {
        match self {
            Self::Off => Flags::empty(),
            Self::Classic => ECN,
            Self::Accurate => ACCURATE,
        }
    }

    /// The bits with which a SYN-ACK answers. `mark` is that of the SYN, which an accurate answer
    /// tells.
    pub(crate) const fn in_syn_ack(self, mark: ip::Ecn) -> Flags {
        match self {
            Self::Off => Flags::empty(),
            Self::Classic => Flags::ECE,
            Self::Accurate => reflection(mark),
        }
    }

    /// What a SYN-ACK grants of what our SYN `asked` (RFC 9768 §3.1.2, table 2).
    pub(crate) fn agreed(asked: Self, syn_ack: Flags) -> Self {
        let answer = syn_ack & ACCURATE;
        match asked {
            Self::Off => Self::Off,
            Self::Classic if answer & ECN == Flags::ECE => Self::Classic,
            Self::Classic => Self::Off,
            Self::Accurate if answer.is_empty() || answer == ACCURATE => Self::Off,
            Self::Accurate if answer == Flags::ECE => Self::Classic,
            // AE and ECE alone have no meaning yet, and are to be taken for agreement (RFC 9768
            // §3.1.3).
            Self::Accurate => Self::Accurate,
        }
    }
}

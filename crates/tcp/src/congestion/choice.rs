//! Which algorithm, by name.

use core::fmt;
use core::str::FromStr;

/// An algorithm of congestion control, as TCP_CONGESTION and `tcp_congestion_control` name it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CongestionControl {
    /// `reno`: NewReno (RFC 5681, RFC 6582).
    Reno,
    /// `cubic`: CUBIC (RFC 9438), with HyStart. Linux's default and ours.
    #[default]
    Cubic,
    /// `bbr`: BBR version 3 (draft-ietf-ccwg-bbr), which paces.
    Bbr,
}

impl CongestionControl {
    /// All there are, as `tcp_available_congestion_control` lists them.
    pub const ALL: [Self; 3] = [Self::Reno, Self::Cubic, Self::Bbr];

    /// Linux's name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reno => "reno",
            Self::Cubic => "cubic",
            Self::Bbr => "bbr",
        }
    }
}

impl fmt::Display for CongestionControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no algorithm of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such congestion control")]
pub struct UnknownCongestionControl;

impl FromStr for CongestionControl {
    type Err = UnknownCongestionControl;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = |one: &Self| one.name() == name;
        Self::ALL
            .into_iter()
            .find(known)
            .ok_or(UnknownCongestionControl)
    }
}

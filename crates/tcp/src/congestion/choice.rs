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
    /// `bbr`: BBR version 1, which is what Linux has by that name. It paces.
    Bbr,
    /// `bbr3`: BBR version 3 (draft-ietf-ccwg-bbr), which heeds losses and marks too.
    Bbr3,
}

impl CongestionControl {
    /// All there are, as `tcp_available_congestion_control` lists them.
    pub const ALL: [Self; 4] = [Self::Reno, Self::Cubic, Self::Bbr, Self::Bbr3];

    /// Linux's name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reno => "reno",
            Self::Cubic => "cubic",
            Self::Bbr => "bbr",
            Self::Bbr3 => "bbr3",
        }
    }
}

/// Several algorithms, as `tcp_allowed_congestion_control` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CongestionControls(u8);

impl CongestionControls {
    /// All there are.
    pub const ALL: Self = Self(0b1111);

    /// Whether `one` is among them.
    #[must_use]
    pub const fn contains(self, one: CongestionControl) -> bool {
        self.0 & (1 << one as u8) != 0
    }
}

impl Default for CongestionControls {
    fn default() -> Self {
        Self::ALL
    }
}

impl fmt::Display for CongestionControls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        for one in CongestionControl::ALL {
            if self.contains(one) {
                write!(f, "{space}{one}")?;
                space = " ";
            }
        }
        Ok(())
    }
}

impl FromStr for CongestionControls {
    type Err = UnknownCongestionControl;

    /// Names with white space between; at least one.
    fn from_str(names: &str) -> Result<Self, Self::Err> {
        let mut set = 0;
        for name in names.split_whitespace() {
            set |= 1 << name.parse::<CongestionControl>()? as u8;
        }
        if set == 0 {
            return Err(UnknownCongestionControl);
        }
        Ok(Self(set))
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

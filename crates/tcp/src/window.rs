//! Windows: what stands in the field and what it means are different types (RFC 7323 §2).

/// The window as it stands in the header's field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RawWindow(pub(crate) u16);

/// A window in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Window(pub(crate) u32);

/// By how many bits the windows of one direction are shifted. Invariant: at most 14.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WindowScale(u8);

impl WindowScale {
    /// No scaling; also how the window of every SYN is to be read (RFC 7323 §2.2).
    pub(crate) const NONE: Self = Self(0);

    /// A shift as the peer sent it; over 14 it counts as 14 (RFC 7323 §2.3).
    pub(crate) const fn from_option(shift: u8) -> Self {
        Self(if shift > 14 { 14 } else { shift })
    }

    /// The least shift with which a window of `bytes` can be told.
    pub(crate) const fn for_window(bytes: u32) -> Self {
        let bits = u32::BITS - bytes.leading_zeros();
        Self::from_option(bits.saturating_sub(u16::BITS) as u8)
    }

    pub(crate) const fn shift(self) -> u8 {
        self.0
    }

    /// The largest window that can be told.
    pub(crate) const fn largest(self) -> Window {
        Window((u16::MAX as u32) << self.0)
    }
}

impl RawWindow {
    pub(crate) const fn in_bytes(self, scale: WindowScale) -> Window {
        Window((self.0 as u32) << scale.0)
    }
}

impl Window {
    /// The field for this window. What the shift cuts off is not offered: a little less than
    /// `1 << shift` bytes.
    pub(crate) fn in_field(self, scale: WindowScale) -> RawWindow {
        RawWindow(u16::try_from(self.0 >> scale.0).unwrap_or(u16::MAX))
    }
}

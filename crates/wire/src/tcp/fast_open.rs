//! The Fast Open option (RFC 7413 §4.1.1): a request for a cookie, or the cookie.

use arrayvec::ArrayVec;

/// Bytes of the longest cookie.
pub const MAX_COOKIE_LEN: usize = 16;
/// Bytes of the shortest cookie (RFC 7413 §4.1.1).
const MIN_COOKIE_LEN: usize = 4;

/// The option's kind.
pub(super) const KIND: u8 = 34;
/// The kind of shared experiments (RFC 6994), in which the option was first deployed.
pub(super) const EXPERIMENT: u8 = 254;
/// By which experiment 254 is told to be Fast Open.
const EXPERIMENT_ID: [u8; 2] = [0xf9, 0x89];

/// What a SYN or SYN-ACK says of Fast Open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FastOpen {
    /// The cookie; empty when a client asks for one. Even, and 4 to 16 bytes.
    pub cookie: ArrayVec<u8, MAX_COOKIE_LEN>,
    /// Whether it stands in the experimental option (kind 254, 0xF989), which servers that know
    /// only that one are asked by.
    pub experimental: bool,
}

impl FastOpen {
    /// The request for a cookie.
    pub const REQUEST: Self = Self {
        cookie: ArrayVec::new_const(),
        experimental: false,
    };

    /// An option with `cookie` in it; `None` for a length that no cookie has: odd, below 4, over
    /// 16 bytes. No bytes are a request.
    #[must_use]
    pub fn new(cookie: &[u8], experimental: bool) -> Option<Self> {
        let legal = cookie.is_empty() || cookie.len() >= MIN_COOKIE_LEN;
        if !legal || !cookie.len().is_multiple_of(2) {
            return None;
        }
        Some(Self {
            cookie: ArrayVec::try_from(cookie).ok()?,
            experimental,
        })
    }

    /// Whether it asks for a cookie.
    #[must_use]
    pub fn is_request(&self) -> bool {
        self.cookie.is_empty()
    }

    /// Bytes in the header, padding to a multiple of 4 included.
    pub(super) fn len(&self) -> usize {
        (self.head().len() + self.cookie.len()).next_multiple_of(4)
    }

    /// What stands before the cookie: kind, length, and the experiment's number.
    pub(super) fn head(&self) -> ArrayVec<u8, 4> {
        let mut head = ArrayVec::new();
        let id: &[u8] = if self.experimental {
            head.push(EXPERIMENT);
            &EXPERIMENT_ID
        } else {
            head.push(KIND);
            &[]
        };
        head.push((2 + id.len() + self.cookie.len()) as u8);
        head.extend(id.iter().copied());
        head
    }
}

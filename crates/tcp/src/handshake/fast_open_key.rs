//! The cookies that a server gives out for Fast Open (RFC 7413 §4.1.2), as Linux makes them.

use core::hash::Hasher as _;
use core::net::IpAddr;

use siphasher::sip::SipHasher24;
use wire::tcp::FastOpen;

/// Bytes of a key.
pub const FAST_OPEN_KEY_LEN: usize = 16;
/// Bytes of the cookies that are given out.
const COOKIE_LEN: usize = 8;

/// The secret under which cookies are made, and the one before, whose cookies still count
/// (`tcp_fastopen_key`, TCP_FASTOPEN_KEY).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FastOpenKeys {
    /// What new cookies are made with.
    pub primary: [u8; FAST_OPEN_KEY_LEN],
    /// What the cookies of a moment ago were made with.
    pub backup: Option<[u8; FAST_OPEN_KEY_LEN]>,
}

/// What a cookie turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieCheck {
    /// None of ours.
    Wrong,
    /// Made with the primary key.
    Valid,
    /// Made with the backup key: a new one is due.
    Outdated,
}

impl FastOpenKeys {
    /// The cookie for `client` towards `server`, in the form that was asked for.
    #[must_use]
    pub fn cookie(&self, client: IpAddr, server: IpAddr, experimental: bool) -> FastOpen {
        let bytes = cookie(&self.primary, client, server);
        FastOpen {
            cookie: bytes.iter().copied().collect(),
            experimental,
        }
    }

    /// Whether `option` carries a cookie of ours for these hosts.
    #[must_use]
    pub fn check(&self, option: &FastOpen, client: IpAddr, server: IpAddr) -> CookieCheck {
        if option.cookie[..] == cookie(&self.primary, client, server) {
            CookieCheck::Valid
        } else if self
            .backup
            .is_some_and(|backup| option.cookie[..] == cookie(&backup, client, server))
        {
            CookieCheck::Outdated
        } else {
            CookieCheck::Wrong
        }
    }
}

/// SipHash-2-4 of the two addresses as they stand in the SYN's IP header.
fn cookie(key: &[u8; FAST_OPEN_KEY_LEN], client: IpAddr, server: IpAddr) -> [u8; COOKIE_LEN] {
    let mut hasher = SipHasher24::new_with_key(key);
    for addr in [client, server] {
        match addr {
            IpAddr::V4(addr) => hasher.write(&addr.octets()),
            IpAddr::V6(addr) => hasher.write(&addr.octets()),
        }
    }
    hasher.finish().to_le_bytes()
}

//! How a router speaks RIP.

use std::collections::BTreeSet;

use base::Duration;

/// How a router speaks RIP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// RIPv2, for IPv4.
    pub v2: bool,
    /// RIPng, for IPv6.
    pub ng: bool,
    /// How long it waits for what.
    pub timers: Timers,
    /// Names of cards at which it listens and says nothing.
    pub passive: BTreeSet<String>,
    /// What it tells of beside the networks of its own cards: ways to other networks that it was given.
    pub tells_static: bool,
    /// And the way to everywhere else that it was given.
    pub tells_default: bool,
    /// By what messages of RIPv2 show whose they are.
    pub secret: Secret,
}

impl Default for Config {
    /// Both families, RFC 2453's times, and what its own cards reach.
    fn default() -> Self {
        Self {
            v2: true,
            ng: true,
            timers: Timers::default(),
            passive: BTreeSet::new(),
            tells_static: false,
            tells_default: false,
            secret: Secret::None,
        }
    }
}

/// RFC 2453 §3.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// Between two updates, give or take a sixth.
    pub update: Duration,
    /// After which a way that nobody confirmed is lost.
    pub timeout: Duration,
    /// For which others are told that it is.
    pub garbage: Duration,
}

impl Default for Timers {
    /// RFC 2453 §3.8: 30, 180 and 120 seconds.
    fn default() -> Self {
        Self {
            update: Duration::from_secs(30),
            timeout: Duration::from_secs(180),
            garbage: Duration::from_secs(120),
        }
    }
}

/// By what routers know each other's messages.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// By nothing: messages that show anything are not taken (RFC 2453 §4.1).
    None,
    /// A password that everybody on the link can read.
    Password([u8; Self::LONGEST]),
    /// A key that never passes over the link: digests by MD5 (RFC 4822 §2, RFC 2082).
    Md5 {
        /// Its number.
        id: u8,
        /// The key.
        key: [u8; Self::LONGEST],
    },
}

impl Secret {
    /// Bytes of a password or key at most.
    pub const LONGEST: usize = 16;

    /// A password.
    ///
    /// # Errors
    /// [`TooLong`], also for one without a byte.
    pub fn password(text: &str) -> Result<Self, TooLong> {
        Ok(Self::Password(padded(text)?))
    }

    /// A key for digests.
    ///
    /// # Errors
    /// [`TooLong`], also for one without a byte.
    pub fn md5(id: u8, text: &str) -> Result<Self, TooLong> {
        let key = padded(text)?;
        Ok(Self::Md5 { id, key })
    }
}

impl std::fmt::Debug for Secret {
    /// Which kind, and no more.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Password(_) => "Password",
            Self::Md5 { .. } => "Md5",
        })
    }
}

/// A password or key that is not one of 1 to 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// With zeros behind it (RFC 2453 §4.1, RFC 2082 §3.2.2).
fn padded(text: &str) -> Result<[u8; Secret::LONGEST], TooLong> {
    let mut out = [0; Secret::LONGEST];
    let room = out.get_mut(..text.len()).filter(|room| !room.is_empty());
    room.ok_or(TooLong)?.copy_from_slice(text.as_bytes());
    Ok(out)
}

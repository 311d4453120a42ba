//! What can be wrong with a LAN to be.

use std::io;

use thiserror::Error;

/// Why something was not put into a LAN.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LanError {
    /// Names are of one host or one switch.
    #[error("there is a `{0}` on this LAN already")]
    NameTaken(String),
    /// A host is plugged into a switch that was not put in before.
    #[error("host `{host}` is plugged into `{switch}`, and there is no such switch")]
    NoSuchSwitch {
        /// Whose cable.
        host: String,
        /// What is missing.
        switch: String,
    },
    /// There is no such host.
    #[error("there is no host `{0}` on this LAN")]
    NoSuchHost(String),
    /// A cable's end is no switch, no hub, and no card of a host.
    #[error("a cable is to be plugged into `{0}`, and there is no such switch or card")]
    NoSuchEnd(String),
    /// A card takes one cable, and a cable has two ends.
    #[error("a cable is plugged into `{0}` already")]
    EndTaken(String),
    /// Not an address with a prefix, such as 172.16.10.1/24.
    #[error("host `{host}`: `{text}` is no address with a prefix, such as 172.16.10.1/24")]
    BadAddress {
        /// Whose.
        host: String,
        /// As it was given.
        text: String,
    },
    /// A TAP device could not be opened; the reason says what to try.
    #[error("tap `{name}`: {reason}")]
    Device {
        /// Whose.
        name: String,
        /// Which device.
        device: String,
        /// Why.
        reason: io::Error,
    },
    /// What leads to the kernel keeps to the clock, and virtual time does not.
    #[error(
        "tap `{0}` leads to the kernel, which a LAN in virtual time cannot; take one in real time"
    )]
    VirtualTime(String),
    /// Time cannot go on by the clock: there is no thread for it.
    #[error("there is no thread to let the LAN's time go on: {0}")]
    NoClock(io::Error),
    /// A stack refuses what its host was to be.
    #[error("host `{host}`: {reason}")]
    Refused {
        /// Which.
        host: String,
        /// What the stack says.
        reason: io::Error,
    },
}

impl From<LanError> for io::Error {
    fn from(error: LanError) -> Self {
        let kind = match &error {
            LanError::NameTaken(_) | LanError::EndTaken(_) => io::ErrorKind::AlreadyExists,
            LanError::NoSuchSwitch { .. } | LanError::NoSuchHost(_) | LanError::NoSuchEnd(_) => {
                io::ErrorKind::NotFound
            }
            LanError::NoClock(reason) | LanError::Device { reason, .. } => reason.kind(),
            LanError::VirtualTime(_) => io::ErrorKind::Unsupported,
            LanError::BadAddress { .. } | LanError::Refused { .. } => io::ErrorKind::InvalidInput,
        };
        Self::new(kind, error)
    }
}

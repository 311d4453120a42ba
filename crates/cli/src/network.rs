//! Opens the network that was asked for.

use landline::Network;

use crate::args::NetworkArgs;
use crate::via::Via;

/// Why a network cannot be had.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NetworkError {
    /// An option that only our own stack has, given with the kernel's network.
    KernelHasNo(&'static str),
    /// Our own stack cannot be put on a TAP device yet.
    NoTap,
}

impl NetworkError {
    /// The exit code: 2 where the command was written wrongly, 1 where the world did not play along.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::KernelHasNo(_) => 2,
            Self::NoTap => 1,
        }
    }
}

/// Opens the network that the arguments name.
///
/// # Errors
/// [`NetworkError`], with what was asked for and cannot be had.
pub(crate) fn open(args: &NetworkArgs) -> Result<Network, NetworkError> {
    match &args.via {
        Via::Kernel if args.trace => Err(NetworkError::KernelHasNo("--trace")),
        Via::Kernel if args.capture.is_some() => Err(NetworkError::KernelHasNo("--capture")),
        Via::Kernel if !args.sysctl.is_empty() => Err(NetworkError::KernelHasNo("--sysctl")),
        Via::Kernel => Ok(Network::kernel()),
        Via::Tap(_) => Err(NetworkError::NoTap),
    }
}

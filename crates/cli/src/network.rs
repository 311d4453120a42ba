//! Opens the network that was asked for.

use std::io;
use std::net::{IpAddr, Ipv4Addr};

use landline::{Network, Tap};
use services::words::Lang;
use stack::sysctl::SysctlError;

use crate::args::NetworkArgs;
use crate::output;
use crate::trace::{Ink, Tracing, live};
use crate::via::{self, Via};

/// Why a network cannot be had.
#[derive(Debug)]
pub(crate) enum NetworkError {
    /// An option that only our own stack has, given with the kernel's network.
    KernelHasNo(&'static str),
    /// The stack does not take a setting.
    Sysctl(SysctlError),
    /// The device cannot be used.
    Tap {
        /// Its name.
        device: String,
        /// Why.
        why: io::Error,
    },
    /// An address of a family that our own stack does not speak.
    OnlyIpv4(IpAddr),
    /// The capture cannot be written; the text names its path.
    Capture(io::Error),
    /// There is no thread for the trace.
    Trace(io::Error),
}

impl NetworkError {
    /// The exit code: 2 where the command was written wrongly, 1 where the world did not play along.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::KernelHasNo(_) | Self::Sysctl(_) | Self::OnlyIpv4(_) => 2,
            Self::Tap { .. } | Self::Capture(_) | Self::Trace(_) => 1,
        }
    }
}

/// Opens the network that the arguments name; gives with it what shows its packets, if anything
/// does, which is to be waited for once the network is gone.
///
/// # Errors
/// [`NetworkError`], with what was asked for and cannot be had.
pub(crate) fn open(
    args: &NetworkArgs,
    lang: Lang,
) -> Result<(Network, Option<Tracing>), NetworkError> {
    match &args.via {
        Via::Kernel if args.trace.is_some() => Err(NetworkError::KernelHasNo("--trace")),
        Via::Kernel if args.capture.is_some() => Err(NetworkError::KernelHasNo("--capture")),
        Via::Kernel if !args.sysctl.is_empty() => Err(NetworkError::KernelHasNo("--sysctl")),
        Via::Kernel => Ok((Network::kernel(), None)),
        Via::Tap(tap) => open_tap(tap, args, lang),
    }
}

fn open_tap(
    tap: &via::Tap,
    args: &NetworkArgs,
    lang: Lang,
) -> Result<(Network, Option<Tracing>), NetworkError> {
    let address = tap.host.address();
    let refused = |why| NetworkError::Tap {
        device: tap.name.clone(),
        why,
    };
    if address.is_ipv6() {
        return Err(NetworkError::OnlyIpv4(address));
    }
    let net = format!("{address}/{}", tap.host.prefix());
    let net = net
        .parse()
        .map_err(|error| refused(io::Error::other(error)))?;
    let mut plan = Tap::new(&tap.name, net);
    if let Some(gateway) = tap.gateway {
        plan = plan.gateway(gateway);
    }
    for sysctl in &args.sysctl {
        let set = plan.sysctl(&sysctl.name, &sysctl.value);
        plan = set.map_err(NetworkError::Sysctl)?;
    }
    if let Some(path) = &args.capture {
        plan = plan.capture(path).map_err(NetworkError::Capture)?;
    }
    let mut tracing = None;
    if let Some(detail) = args.trace {
        let ink = Ink {
            colour: output::colours(&io::stderr()),
        };
        let (observer, shown) = live(detail, lang, ink).map_err(NetworkError::Trace)?;
        plan = plan.observer(observer);
        tracing = Some(shown);
    }
    let network = plan.open().map_err(refused)?;
    Ok((network, tracing))
}

/// Where a service listens that was not told where: on the kernel's network for this machine alone,
/// on our own stack at the only address that others reach.
pub(crate) fn home(args: &NetworkArgs) -> IpAddr {
    match &args.via {
        Via::Kernel => Ipv4Addr::LOCALHOST.into(),
        Via::Tap(tap) => tap.host.address(),
    }
}

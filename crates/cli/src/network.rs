//! Opens the network that was asked for.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use landline::{MacAddr, Network, Tap};
use services::words::Lang;
use stack::Stack;
use stack::interface::Notice;
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
    /// Somebody else on the link has our address.
    AddressTaken {
        /// The device.
        device: String,
        /// Our address.
        address: IpAddr,
        /// Whose it is.
        by: Option<MacAddr>,
    },
    /// The capture cannot be written; the text names its path.
    Capture(io::Error),
    /// There is no thread for the trace.
    Trace(io::Error),
}

impl NetworkError {
    /// The exit code: 2 where the command was written wrongly, 1 where the world did not play along.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::KernelHasNo(_) | Self::Sysctl(_) => 2,
            Self::Tap { .. } | Self::AddressTaken { .. } | Self::Capture(_) | Self::Trace(_) => 1,
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
    let refused = |why| NetworkError::Tap {
        device: tap.name.clone(),
        why,
    };
    let mut plan = Tap::unaddressed(&tap.name);
    for host in &tap.hosts {
        let net = format!("{}/{}", host.address(), host.prefix()).parse();
        plan = plan.address(net.map_err(|error| refused(io::Error::other(error)))?);
    }
    for gateway in &tap.gateways {
        plan = plan.gateway(*gateway);
    }
    // A card that speaks IPv6 has an address of its link (RFC 4291, section 2.8). Routers are
    // listened to where that was asked for.
    if tap.has_ipv6() {
        plan = plan.autoconfigure();
    }
    if !tap.auto {
        let set = plan.sysctl(ACCEPT_RA, "0");
        plan = set.map_err(NetworkError::Sysctl)?;
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

const ACCEPT_RA: &str = "net.ipv6.conf.default.accept_ra";

/// How often one looks whether the addresses can be used.
const GLANCE: Duration = Duration::from_millis(10);

/// How long routers are waited for: one is asked within a second (RFC 4861, section 6.3.7), answers
/// within half a second (section 6.2.6), and then the address is asked for as others are.
const ROUTERS: Duration = Duration::from_secs(5);

/// Waits until the addresses of our own stack can be used: those of IPv6 are ours when nobody
/// objected within a second or two (RFC 4862, section 5.4). With `auto` a router is waited for, and
/// where none speaks, the address of the link is all there is.
///
/// # Errors
/// [`NetworkError::AddressTaken`].
pub(crate) async fn ready(network: &Network, via: &Via) -> Result<(), NetworkError> {
    let Via::Tap(tap) = via else { return Ok(()) };
    let start = network.now();
    while let Some(state) = network.with_stack(|stack, _| state(stack, tap)) {
        match state {
            State::Taken(address, by) => {
                return Err(NetworkError::AddressTaken {
                    device: tap.name.clone(),
                    address,
                    by,
                });
            }
            State::Ready => break,
            State::NoRouterYet if network.now().since(start) >= ROUTERS.into() => break,
            State::NoRouterYet | State::Asking => network.sleep(GLANCE).await,
        }
    }
    Ok(())
}

enum State {
    /// Others are being asked whether they have an address.
    Asking,
    /// The link's address can be used, and there is no other one.
    NoRouterYet,
    Ready,
    Taken(IpAddr, Option<MacAddr>),
}

fn state(stack: &mut Stack, tap: &via::Tap) -> State {
    while let Some(notice) = stack.poll_notice() {
        // The stack takes another address in the place of one that it chose itself.
        if let Notice::AddressRefused { addr, mac, .. } = notice
            && tap.hosts.iter().any(|host| host.address() == addr)
        {
            return State::Taken(addr, (mac != MacAddr::ZERO).then_some(mac));
        }
    }
    let Some(card) = stack.interface_named(&tap.name) else {
        return State::Ready;
    };
    let global =
        |net: &wire::IpNet| matches!(net.addr(), IpAddr::V6(v6) if !v6.is_unicast_link_local());
    if !card.tentative_addresses().is_empty() {
        State::Asking
    } else if tap.auto && !card.addresses().iter().any(global) {
        State::NoRouterYet
    } else {
        State::Ready
    }
}

/// Where a service listens at `port` that was not told where: on the kernel's network for this
/// machine alone; on our own stack at its first address, or the one that a router brought.
pub(crate) fn home(network: &Network, via: &Via, port: u16) -> SocketAddr {
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Via::Tap(tap) = via else { return local };
    let first = tap.hosts.first().map(|host| host.address());
    let at = network.with_stack(|stack, _| {
        let card = stack.interface_named(&tap.name)?;
        let mut own: Vec<IpAddr> = card.addresses().iter().map(|net| net.addr()).collect();
        // What reaches farther than the link comes first.
        own.sort_by_key(|addr| matches!(addr, IpAddr::V6(v6) if v6.is_unicast_link_local()));
        let addr = first.or(own.first().copied())?;
        Some(match addr {
            IpAddr::V6(v6) if v6.is_unicast_link_local() => {
                SocketAddrV6::new(v6, port, 0, card.id().scope_id()).into()
            }
            _ => SocketAddr::new(addr, port),
        })
    });
    at.flatten().unwrap_or(local)
}

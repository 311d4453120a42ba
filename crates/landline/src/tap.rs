//! A computer of ours on a TAP device.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use base::{Instant, Rng};
use host::device::Kind as DeviceKind;
use host::{Device, Driver, Observer, Recorder};
use stack::interface::Offload;
use stack::sysctl::SysctlError;
use stack::{InterfaceConfig, Medium, Route, Stack, Sysctls};
use wire::{IpNet, MacAddr};

use crate::network::{Kind, Network};
use crate::ours::{Computer, Wakers};

/// Bytes of payload that the stack sends in one go, for the driver to cut up: 45 full segments.
const SEGMENTATION: usize = 45 * 1448;

/// A computer to be, whose one network card is plugged into a TAP device.
///
/// ```no_run
/// use landline::{Tap, TcpListener};
///
/// # fn main() -> std::io::Result<()> {
/// // Before: ip tuntap add dev tap0 mode tap user $USER
/// //         ip address add 10.0.0.1/24 dev tap0; ip link set tap0 up
/// let network = Tap::new("tap0", "10.0.0.2/24".parse().unwrap())
///     .gateway("10.0.0.1".parse().unwrap())
///     .open()?;
/// let listener = TcpListener::bind(&network, "10.0.0.2:9000")?;
/// # Ok(())
/// # }
/// ```
#[must_use = "it is a plan until it is opened"]
pub struct Tap {
    device: String,
    addresses: Vec<IpNet>,
    /// Whether it arranges its own IPv6.
    automatic: bool,
    /// At most one of each family.
    gateways: Vec<IpAddr>,
    mac: Option<MacAddr>,
    mtu: Option<usize>,
    sysctls: Sysctls,
    recorder: Option<Recorder>,
    observers: Vec<Box<dyn Observer>>,
}

impl Tap {
    /// A computer with the address and network `address` on the TAP device named `device`.
    /// The card is named as the device is, which is also its IPv6 zone (`fe80::1%tap0`).
    pub fn new(device: impl Into<String>, address: IpNet) -> Self {
        Self::unaddressed(device).address(address)
    }

    /// A computer on the TAP device named `device` that has no address yet.
    pub fn unaddressed(device: impl Into<String>) -> Self {
        Self {
            device: device.into(),
            addresses: Vec::new(),
            automatic: false,
            gateways: Vec::new(),
            mac: None,
            mtu: None,
            sysctls: Sysctls::default(),
            recorder: None,
            observers: Vec::new(),
        }
    }

    /// Another address of the card, of either family. Addresses of IPv6 can be used when it is
    /// known that nobody else has them, a second or two later (RFC 4862 §5.4), unless the sysctl
    /// `net.ipv6.conf.default.dad_transmits` is `0`.
    pub fn address(mut self, address: IpNet) -> Self {
        self.addresses.push(address);
        self
    }

    /// Lets the card arrange its own IPv6: it takes an address of the link, and what routers
    /// advertise (RFC 4862), as far as the sysctls
    /// `net.ipv6.conf.default.{accept_ra,autoconf,addr_gen_mode}` allow.
    pub fn autoconfigure(mut self) -> Self {
        self.automatic = true;
        self
    }

    /// Sends what is for other networks to `gateway`; there may be one of each family.
    pub fn gateway(mut self, gateway: IpAddr) -> Self {
        self.gateways
            .retain(|other| other.is_ipv4() != gateway.is_ipv4());
        self.gateways.push(gateway);
        self
    }

    /// The card's address; without this a locally administered one that is drawn by lot.
    pub fn mac(mut self, mac: MacAddr) -> Self {
        self.mac = Some(mac);
        self
    }

    /// Bytes of the largest IP packet; without this, what the device has.
    pub fn mtu(mut self, mtu: usize) -> Self {
        self.mtu = Some(mtu);
        self
    }

    /// Sets a sysctl by its Linux name.
    ///
    /// # Errors
    ///
    /// [`SysctlError`] for one that does not exist, is refused, or does not take that value.
    pub fn sysctl(mut self, name: &str, value: &str) -> Result<Self, SysctlError> {
        self.sysctls.set(name, value)?;
        Ok(self)
    }

    /// Records every frame into a pcapng file at `path`.
    ///
    /// # Errors
    ///
    /// The file system's, with the path.
    pub fn capture(mut self, path: &Path) -> io::Result<Self> {
        self.recorder = Some(Recorder::create(path)?);
        Ok(self)
    }

    /// Shows every frame to `observer` as well.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// Opens the device, or creates it where that is permitted, and starts the computer. It lives
    /// until the network's last clone and last socket are dropped.
    ///
    /// That last drop waits, up to a second, until peers have what was sent to them.
    ///
    /// # Errors
    ///
    /// What is wrong with the device, and what to try ([`host::OpenError`]); what is wrong with an
    /// address or the MTU.
    pub fn open(self) -> io::Result<Network> {
        let device = Device::open(DeviceKind::Tap, &self.device)?;
        let mut rng = Rng::from_seed(host::seed()?);
        let mac = self.mac.unwrap_or_else(|| MacAddr::local(rng.u64()));
        let mtu = match self.mtu {
            Some(mtu) => mtu,
            None => device.mtu()?,
        };
        let mut stack = Stack::new(self.sysctls, rng);
        let interface = InterfaceConfig {
            name: device.name().to_owned(),
            medium: Medium::Ethernet(mac),
            mtu,
            addresses: self.addresses,
            offload: Offload {
                checksum: true,
                segmentation: SEGMENTATION,
            },
            probe: false,
            announce: true,
            vlan: None,
        };
        let now = host::kernel::now();
        let refused = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
        let iface = stack.add_interface(now, interface).map_err(refused)?;
        for gateway in &self.gateways {
            let route = Route::default_via(*gateway, iface);
            stack.add_route(route).map_err(refused)?;
        }
        if self.automatic {
            stack.autoconfigure(now, iface).map_err(refused)?;
        }

        let mut observers = self.observers;
        if let Some(recorder) = self.recorder {
            recorder.add_interface(iface, device.name(), device.kind().link_type())?;
            observers.push(Box::new(recorder));
        }
        let observer = (!observers.is_empty()).then(|| Box::new(observers) as Box<dyn Observer>);
        let driver = Driver::start(stack, vec![(iface, device)], Wakers::default(), observer)?;
        Ok(Network {
            kind: Kind::Stack(Arc::new(TapHost(driver))),
        })
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap")
            .field("device", &self.device)
            .field("addresses", &self.addresses)
            .field("gateways", &self.gateways)
            .finish_non_exhaustive()
    }
}

/// The computer, running.
#[derive(Debug)]
struct TapHost(Driver<Wakers>);

impl Computer for TapHost {
    fn with(&self, call: &mut dyn FnMut(&mut Stack, &mut Wakers, Instant)) {
        self.0.with(call);
    }

    fn now(&self) -> Instant {
        self.0.now()
    }

    fn park(&self, deadline: Option<Instant>) -> io::Result<()> {
        match deadline {
            None => std::thread::park(),
            Some(deadline) => std::thread::park_timeout(deadline.since(self.now()).into()),
        }
        Ok(())
    }

    fn sleep(&self, deadline: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(::tokio::time::sleep(deadline.since(self.now()).into()))
    }
}

//! What a client was given.

use std::net::Ipv4Addr;

use base::Duration;
use landline::Instant;
use wire::Ipv4Net;
use wire::dhcp::{Message, options as code};

/// A time that never ends: all ones in the field.
const FOREVER: u32 = u32::MAX;

/// An address, and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The address with its network's prefix.
    pub address: Ipv4Net,
    /// Who gave it.
    pub server: Ipv4Addr,
    /// Since when it counts: when it was asked for.
    pub since: Instant,
    /// Seconds that it may be used; `None` for ever.
    pub seconds: Option<u32>,
    /// After so long the server is asked for more time.
    pub renewal: Duration,
    /// After so long all servers are.
    pub rebinding: Duration,
    /// Gateways, the best first.
    pub routers: Vec<Ipv4Addr>,
    /// Name servers, the best first.
    pub dns: Vec<Ipv4Addr>,
    /// The domain in which names are looked up.
    pub domain: Option<String>,
    /// The MTU of the link.
    pub mtu: Option<u16>,
}

impl Lease {
    /// What a server's promise says; `None` where it lacks what it must have (RFC 2131 table 3).
    pub(super) fn of(ack: &Message, since: Instant) -> Option<Self> {
        let options = &ack.options;
        let time = options.number32(code::LEASE_TIME)?;
        let seconds = (time != FOREVER).then_some(time);
        let whole = u64::from(time);
        // RFC 2131 §4.4.5: half of it, and seven eighths, unless the server says otherwise.
        let (mut t1, mut t2) = (whole / 2, whole * 7 / 8);
        let said = |code| options.number32(code).map(u64::from);
        if let (Some(first), Some(second)) = (said(code::RENEWAL_TIME), said(code::REBINDING_TIME))
            && 0 < first
            && first < second
            && second < whole
        {
            (t1, t2) = (first, second);
        }
        let mask = options.address(code::SUBNET_MASK);
        let net = mask.and_then(|mask| Ipv4Net::with_netmask(ack.yiaddr, mask).ok());
        let net = net.unwrap_or_else(|| by_class(ack.yiaddr));
        Some(Self {
            address: net,
            server: options.address(code::SERVER_ID)?,
            since,
            seconds,
            renewal: Duration::from_secs(t1),
            rebinding: Duration::from_secs(t2),
            routers: options.addresses(code::ROUTER),
            dns: options.addresses(code::DNS),
            domain: options.text(code::DOMAIN).map(str::to_owned),
            mtu: options.number16(code::MTU),
        })
    }

    /// When the server is asked for more time; never where there is always enough.
    pub(super) fn renews(&self) -> Option<Instant> {
        self.seconds.map(|_| self.since + self.renewal)
    }

    /// When all servers are.
    pub(super) fn rebinds(&self) -> Option<Instant> {
        self.seconds.map(|_| self.since + self.rebinding)
    }

    /// When the address is ours no more.
    pub(super) fn ends(&self) -> Option<Instant> {
        let seconds = self.seconds?;
        Some(self.since + Duration::from_secs(seconds.into()))
    }
}

/// The network of an address of which no mask is known (RFC 791 §2.3).
fn by_class(address: Ipv4Addr) -> Ipv4Net {
    let prefix = match address.octets()[0] {
        0..128 => 8,
        128..192 => 16,
        _ => 24,
    };
    Ipv4Net::new_assert(address, prefix)
}

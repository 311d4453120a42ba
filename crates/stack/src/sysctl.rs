//! Settings under their Linux names.
//!
//! One table ([`table`](mod@table)) says for each name where its value lies, in which unit and
//! range, and what it does. [`Sysctls`] holds the values with Linux's defaults. What is not in the table does not exist here: every name does what it says.

mod conf;
mod conntrack;
mod nearest;
mod neighbor;
mod ports;
mod table;
mod value;

use alloc::borrow::ToOwned;
use alloc::string::String;

use base::Duration;
use thiserror::Error;

use crate::interface::InterfaceId;

pub(crate) use self::conf::Whose;
pub use self::conf::{Conf, ConfV4, ConfV6};
pub use self::conntrack::Conntrack;
pub use self::neighbor::NeighborSettings;
pub(crate) use self::ports::Ephemeral;
pub use self::ports::{NoPorts, PortSet};
pub use self::table::Sysctl;

/// The settings of one stack. `default()` gives Linux's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sysctls {
    /// Those of each TCP connection, `net.ipv4.tcp_…`.
    pub tcp: ::tcp::Settings,
    /// `net.ipv4.tcp_max_syn_backlog`: half-open connections of one listener.
    pub tcp_max_syn_backlog: u32,
    /// `net.ipv4.tcp_abort_on_overflow`: whether a full accept queue resets callers.
    pub tcp_abort_on_overflow: bool,
    /// `net.ipv4.tcp_allowed_congestion_control`: what TCP_CONGESTION may choose.
    pub tcp_allowed_congestion_control: ::tcp::CongestionControls,
    /// `net.ipv4.tcp_syncookies`, 0 to 2: whether a full queue of half-open connections
    /// is answered by cookies, 1, or every SYN, 2 (RFC 4987).
    pub tcp_syncookies: u8,
    /// `net.ipv4.tcp_fastopen`: bits of Fast Open (RFC 7413). 0x1: clients; 0x2: listeners that ask
    /// for it; 0x4: clients need no cookie; 0x200: nor do servers; 0x400: every listener.
    pub tcp_fastopen: u32,
    /// `net.ipv4.tcp_fastopen_key`: what servers make cookies with; `None` for one of the stack's own.
    pub tcp_fastopen_key: Option<::tcp::FastOpenKeys>,
    /// `net.ipv4.tcp_fastopen_blackhole_timeout_sec`: how long clients do without Fast Open after
    /// such SYNs were swallowed; 0 for never.
    pub tcp_fastopen_blackhole_timeout: Duration,
    /// `net.ipv4.tcp_challenge_ack_limit`: challenge ACKs a second (RFC 5961 §7).
    pub tcp_challenge_ack_limit: u32,
    /// `net.ipv4.tcp_tw_reuse`, 0 to 2: whether `connect` may take a four-tuple in TIME-WAIT.
    pub tcp_tw_reuse: u8,
    /// `net.ipv4.tcp_tw_reuse_delay`: how long such a four-tuple must have been quiet.
    pub tcp_tw_reuse_delay: Duration,
    /// `net.ipv4.tcp_max_tw_buckets`: connections in TIME-WAIT.
    pub tcp_max_tw_buckets: u32,
    /// `net.ipv4.tcp_max_orphans`: connections that no program holds.
    pub tcp_max_orphans: u32,
    /// `net.core.somaxconn`: most connections that wait at a listener to be accepted.
    pub somaxconn: u32,
    /// `net.core.rmem_default`, in bytes.
    pub rmem_default: u32,
    /// `net.core.rmem_max`, in bytes.
    pub rmem_max: u32,
    /// `net.core.wmem_default`, in bytes.
    pub wmem_default: u32,
    /// `net.core.wmem_max`, in bytes.
    pub wmem_max: u32,
    /// `net.unix.max_dgram_qlen`: datagrams that wait at a Unix socket.
    pub unix_max_dgram_qlen: u32,
    /// `net.ipv4.ip_local_port_range`: first and last ephemeral port.
    pub ip_local_port_range: (u16, u16),
    /// `net.ipv4.ip_local_reserved_ports`: ports that only those get who ask for them.
    pub ip_local_reserved_ports: PortSet,
    /// `net.ipv4.ip_forward`: whether packets for others are passed on.
    pub ip_forward: bool,
    /// `net.ipv4.ip_default_ttl`: hops that our packets may make.
    pub ip_default_ttl: u8,
    /// `net.ipv4.ipfrag_time`: how long fragments wait for the rest.
    pub ipfrag_time: Duration,
    /// `net.ipv4.ipfrag_high_thresh`: bytes that all fragments waiting may take.
    pub ipfrag_high_thresh: usize,
    /// `net.ipv4.ipfrag_max_dist`: fragments of one host by which those of a datagram may lie apart;
    /// 0 for any number.
    pub ipfrag_max_dist: u32,
    /// `net.ipv4.route.mtu_expires`: how long a path MTU that a router reported is believed.
    pub mtu_expires: Duration,
    /// `net.ipv4.ip_no_pmtu_disc`, 0 to 3: 1: new sockets have `IP_PMTUDISC_DONT`, and a report lowers
    /// the path's MTU to `min_pmtu` whatever it says; 2: or changes nothing; 3: but for TCP's.
    pub ip_no_pmtu_disc: u8,
    /// `net.ipv4.route.min_pmtu`: no report lowers a path MTU below this; packets to where less is
    /// reported may be fragmented instead.
    pub min_pmtu: usize,
    /// `net.ipv6.conf.all.forwarding`: whether packets of IPv6 for others are passed on.
    pub ipv6_forwarding: bool,
    /// `net.ipv6.conf.all.hop_limit`: hops that our packets of IPv6 may make.
    pub ipv6_hop_limit: u8,
    /// `net.ipv6.auto_flowlabels`: whether packets carry a flow label of their flow.
    pub ipv6_auto_flowlabels: bool,
    /// `net.ipv6.bindv6only`: whether sockets of IPv6 are deaf to IPv4 unless they say otherwise.
    pub ipv6_bindv6only: bool,
    /// `net.ipv6.ip6frag_time`: how long fragments wait for the rest.
    pub ip6frag_time: Duration,
    /// `net.ipv6.ip6frag_high_thresh`: bytes that all fragments waiting may take.
    pub ip6frag_high_thresh: usize,
    /// `net.ipv6.route.mtu_expires`: how long a path MTU that a router reported is believed.
    pub ipv6_mtu_expires: Duration,
    /// `net.ipv6.icmp.echo_ignore_all`: no ping over IPv6 is answered.
    pub icmpv6_echo_ignore_all: bool,
    /// `net.ipv6.icmp.echo_ignore_multicast`: no ping to a group is answered.
    pub icmpv6_echo_ignore_multicast: bool,
    /// `net.ipv6.icmp.ratelimit`: as `icmp_ratelimit`.
    pub icmpv6_ratelimit: Duration,
    /// `net.ipv4.icmp_echo_ignore_all`: no ping is answered.
    pub icmp_echo_ignore_all: bool,
    /// `net.ipv4.icmp_echo_ignore_broadcasts`: no ping to a broadcast address is answered.
    pub icmp_echo_ignore_broadcasts: bool,
    /// `net.ipv4.icmp_ratelimit`: the least time between two ICMP errors to one destination, a
    /// burst of six allowed.
    pub icmp_ratelimit: Duration,
    /// `net.ipv4.icmp_msgs_per_sec`: ICMP errors a second to all destinations together.
    pub icmp_msgs_per_sec: u32,
    /// `net.ipv4.icmp_msgs_burst`: so many of them at once.
    pub icmp_msgs_burst: u32,
    /// `net.ipv4.igmp_max_memberships`: groups that one socket may join.
    pub igmp_max_memberships: u32,
    /// `net.ipv4.igmp_max_msf`: sources that a membership of IPv4 may name.
    pub igmp_max_msf: u32,
    /// `net.ipv6.mld_max_msf`: sources that a membership of IPv6 may name.
    pub mld_max_msf: u32,
    /// `net.ipv4.neigh.default.…`: how IPv4's neighbours are asked for, by ARP.
    pub neigh_v4: NeighborSettings,
    /// `net.ipv6.neigh.default.…`: how IPv6's are, by Neighbour Discovery.
    pub neigh_v6: NeighborSettings,
    /// `net.ipv4.route.gc_timeout`: how long a better way that a router has shown is taken.
    pub redirect_timeout: Duration,
    /// `net.ipv6.route.gc_timeout`: the same of IPv6.
    pub ipv6_redirect_timeout: Duration,
    /// `net.netfilter.nf_conntrack_…`: conversations through this host.
    pub conntrack: Conntrack,
    /// `net.ipv4.conf.…`: IPv4's settings of single interfaces.
    pub conf_v4: Conf<ConfV4>,
    /// `net.ipv6.conf.…`: IPv6's.
    pub conf_v6: Conf<ConfV6>,
}

impl Default for Sysctls {
    /// Linux's values; those that it computes from the machine's memory are a small machine's.
    fn default() -> Self {
        Self {
            tcp: ::tcp::Settings::default(),
            tcp_max_syn_backlog: 4096,
            tcp_abort_on_overflow: false,
            tcp_allowed_congestion_control: ::tcp::CongestionControls::ALL,
            tcp_syncookies: 1,
            tcp_fastopen: 1,
            tcp_fastopen_key: None,
            tcp_fastopen_blackhole_timeout: Duration::from_secs(0),
            tcp_challenge_ack_limit: i32::MAX as u32,
            tcp_tw_reuse: 2,
            tcp_tw_reuse_delay: Duration::from_secs(1),
            tcp_max_tw_buckets: 262_144,
            tcp_max_orphans: 65_536,
            somaxconn: 4096,
            rmem_default: 212_992,
            rmem_max: 4_194_304,
            wmem_default: 212_992,
            wmem_max: 4_194_304,
            unix_max_dgram_qlen: 10,
            ip_local_port_range: (32_768, 60_999),
            ip_local_reserved_ports: PortSet::default(),
            ip_forward: false,
            ip_default_ttl: 64,
            ipfrag_time: Duration::from_secs(30),
            ipfrag_high_thresh: 4 << 20,
            ipfrag_max_dist: 64,
            mtu_expires: Duration::from_secs(600),
            ip_no_pmtu_disc: 0,
            min_pmtu: 552,
            ipv6_forwarding: false,
            ipv6_hop_limit: 64,
            ipv6_auto_flowlabels: true,
            ipv6_bindv6only: false,
            ip6frag_time: Duration::from_secs(60),
            ip6frag_high_thresh: 4 << 20,
            ipv6_mtu_expires: Duration::from_secs(600),
            icmpv6_echo_ignore_all: false,
            icmpv6_echo_ignore_multicast: false,
            icmpv6_ratelimit: Duration::from_secs(1),
            icmp_echo_ignore_all: false,
            icmp_echo_ignore_broadcasts: true,
            icmp_ratelimit: Duration::from_secs(1),
            icmp_msgs_per_sec: 1000,
            icmp_msgs_burst: 50,
            igmp_max_memberships: 20,
            igmp_max_msf: 10,
            mld_max_msf: 64,
            neigh_v4: NeighborSettings::default(),
            neigh_v6: NeighborSettings::default(),
            redirect_timeout: Duration::from_secs(300),
            ipv6_redirect_timeout: Duration::from_secs(60),
            conntrack: Conntrack::default(),
            conf_v4: Conf::default(),
            conf_v6: Conf::default(),
        }
    }
}

impl Sysctls {
    /// Reads a setting by its Linux name, dotted or slashed, as `sysctl -n` prints it.
    ///
    /// # Errors
    ///
    /// [`SysctlError::Unknown`], [`SysctlError::Refused`].
    pub fn get(&self, name: &str) -> Result<String, SysctlError> {
        self.get_with(name, |_| None)
    }

    /// As [`get`](Self::get), where `find` knows the interfaces.
    pub(crate) fn get_with(
        &self,
        name: &str,
        find: impl Fn(&str) -> Option<InterfaceId>,
    ) -> Result<String, SysctlError> {
        let (row, whose) = row(name, find)?;
        Ok(row.field.get(self, whose))
    }

    /// Changes a setting by its Linux name, dotted or slashed.
    ///
    /// ```
    /// let mut sysctls = stack::Sysctls::default();
    /// sysctls.set("net.ipv4.tcp_fin_timeout", "30")?;
    /// assert_eq!(sysctls.tcp.fin_timeout, base::Duration::from_secs(30));
    /// # Ok::<(), stack::sysctl::SysctlError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SysctlError`]; nothing has changed then.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SysctlError> {
        self.set_with(name, value, |_| None)
    }

    /// As [`set`](Self::set), where `find` knows the interfaces.
    pub(crate) fn set_with(
        &mut self,
        name: &str,
        value: &str,
        find: impl Fn(&str) -> Option<InterfaceId>,
    ) -> Result<(), SysctlError> {
        let (row, whose) = row(name, find)?;
        let set = row.field.set(self, whose, value);
        set.map_err(|range| SysctlError::Value {
            name: dotted(name),
            value: value.to_owned(),
            range,
        })?;
        match row.name {
            "net.ipv4.ip_forward" => self.forward_everywhere(false),
            "net.ipv6.conf.all.forwarding" => self.forward_everywhere(true),
            _ => {}
        }
        Ok(())
    }

    /// Every setting with its name and its meaning, in the order of `sysctl -a`. Those of single
    /// interfaces stand there once, as `default`'s.
    #[must_use]
    pub fn all() -> &'static [Sysctl] {
        table::TABLE
    }
}

fn dotted(name: &str) -> String {
    let name = name.trim();
    let name = name.strip_prefix("/proc/sys/").unwrap_or(name);
    // As sysctl(8): where slashes separate, a dot is a part of an interface's name.
    name.replace('/', ".")
}

/// The row of `name`, and whose value is meant where it is a setting of single interfaces.
fn row(
    name: &str,
    find: impl Fn(&str) -> Option<InterfaceId>,
) -> Result<(&'static Sysctl, Whose), SysctlError> {
    let dotted = dotted(name);
    let of_name = |name: &str| table::TABLE.iter().find(|row| row.name == name);
    // Another name of the same.
    let plain = match &dotted[..] {
        "net.ipv4.conf.all.forwarding" => "net.ipv4.ip_forward",
        other => other,
    };
    if let Some(row) = of_name(plain) {
        return Ok((row, Whose::Default));
    }
    if let Some((name, reason)) = table::REFUSED.iter().find(|(name, _)| *name == dotted) {
        return Err(SysctlError::Refused { name, reason });
    }
    if let Some((family, whose, what)) = of_interface(&dotted)
        && let Some(row) = of_name(&alloc::format!("{family}default.{what}"))
    {
        let whose = match whose {
            "all" => Some(Whose::All),
            one => find(one).map(Whose::One),
        };
        if let Some(whose) = whose {
            return Ok((row, whose));
        }
    }
    let nearest = nearest::nearest(&dotted, table::TABLE.iter().map(|row| row.name));
    Err(SysctlError::Unknown {
        name: dotted,
        nearest,
    })
}

/// The parts of a name such as `net.ipv4.conf.eth0.forwarding`; an interface's name may have dots.
fn of_interface(name: &str) -> Option<(&str, &str, &str)> {
    let at = "net.ipv4.conf.".len();
    let (family, rest) = name.split_at_checked(at)?;
    let known = family == "net.ipv4.conf." || family == "net.ipv6.conf.";
    let (whose, what) = rest.rsplit_once('.').filter(|_| known)?;
    Some((family, whose, what))
}

/// Why a setting was not read or changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SysctlError {
    /// There is no such name.
    #[error("no sysctl {name:?} here{}", maybe(nearest))]
    Unknown {
        /// What was asked for, dotted.
        name: String,
        /// The name that was probably meant.
        nearest: Option<&'static str>,
    },
    /// The name is known, and for a reason is nothing to be set.
    #[error("{name} is refused: {reason}")]
    Refused {
        /// Which.
        name: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// The value is none, or out of range.
    #[error("{name} takes {range}, not {value:?}")]
    Value {
        /// Which.
        name: String,
        /// What was given.
        value: String,
        /// What is allowed, with its unit.
        range: String,
    },
}

fn maybe(nearest: &Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| alloc::format!("; did you mean {name}?"))
}

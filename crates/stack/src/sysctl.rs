//! Settings under their Linux names.
//!
//! One table ([`table`](mod@table)) says for each name where its value lies, in which unit and
//! range, and what it does. [`Sysctls`] holds the values, grouped by who reads them, with Linux's
//! defaults. What is not in the table does not exist here: every name does what it says.

mod nearest;
mod table;
mod value;

use alloc::borrow::ToOwned;
use alloc::string::String;

use base::Duration;
use thiserror::Error;

pub use self::table::Sysctl;

/// The settings of one stack. `default()` gives Linux's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sysctls {
    /// Those of every socket.
    pub socket: SocketSettings,
    /// Those of IP.
    pub ip: IpSettings,
    /// Those of ICMP.
    pub icmp: IcmpSettings,
    /// Those of TCP's tables: listeners, TIME-WAIT, orphans.
    pub tcp_table: TcpTableSettings,
    /// Those of each TCP connection.
    pub tcp: ::tcp::Settings,
}

/// What governs sockets of every kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketSettings {
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
    pub max_dgram_qlen: u32,
    /// `net.ipv4.ip_local_port_range`: first and last ephemeral port.
    pub local_port_range: (u16, u16),
}

/// What governs IP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpSettings {
    /// `net.ipv4.ip_forward`: whether packets for others are passed on.
    pub forward: bool,
    /// `net.ipv4.ip_default_ttl`.
    pub default_ttl: u8,
    /// `net.ipv4.ipfrag_high_thresh`: bytes of all unfinished datagrams.
    pub ipfrag_high_thresh: u32,
    /// `net.ipv4.ipfrag_time`: how long a datagram may stay unfinished.
    pub ipfrag_time: Duration,
}

/// What governs ICMP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IcmpSettings {
    /// `net.ipv4.icmp_echo_ignore_all`.
    pub echo_ignore_all: bool,
    /// `net.ipv4.icmp_echo_ignore_broadcasts`.
    pub echo_ignore_broadcasts: bool,
    /// `net.ipv4.icmp_ratelimit`: least time between two errors to one host.
    pub ratelimit: Duration,
    /// `net.ipv4.icmp_msgs_per_sec`: errors a second to all hosts together.
    pub msgs_per_sec: u32,
    /// `net.ipv4.icmp_msgs_burst`: so many of them may come at once.
    pub msgs_burst: u32,
}

/// What governs TCP's tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpTableSettings {
    /// `net.ipv4.tcp_max_syn_backlog`: half-open connections of one listener.
    pub max_syn_backlog: u32,
    /// `net.ipv4.tcp_abort_on_overflow`: whether a full accept queue resets callers.
    pub abort_on_overflow: bool,
    /// `net.ipv4.tcp_syncookies`, 0 to 2.
    pub syncookies: u8,
    /// `net.ipv4.tcp_tw_reuse`, 0 to 2.
    pub tw_reuse: u8,
    /// `net.ipv4.tcp_max_tw_buckets`: connections in TIME-WAIT.
    pub max_tw_buckets: u32,
    /// `net.ipv4.tcp_max_orphans`: connections that no program holds.
    pub max_orphans: u32,
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            somaxconn: 4096,
            rmem_default: 212_992,
            rmem_max: 212_992,
            wmem_default: 212_992,
            wmem_max: 212_992,
            max_dgram_qlen: 10,
            local_port_range: (32_768, 60_999),
        }
    }
}

impl Default for IpSettings {
    fn default() -> Self {
        Self {
            forward: false,
            default_ttl: 64,
            ipfrag_high_thresh: 4 * 1024 * 1024,
            ipfrag_time: Duration::from_secs(30),
        }
    }
}

impl Default for IcmpSettings {
    fn default() -> Self {
        Self {
            echo_ignore_all: false,
            echo_ignore_broadcasts: true,
            ratelimit: Duration::from_millis(1000),
            msgs_per_sec: 10_000,
            msgs_burst: 10_000,
        }
    }
}

impl Default for TcpTableSettings {
    /// Linux sizes the last two by the machine's memory; these are a machine's with a few GiB.
    fn default() -> Self {
        Self {
            max_syn_backlog: 4096,
            abort_on_overflow: false,
            syncookies: 1,
            tw_reuse: 2,
            max_tw_buckets: 262_144,
            max_orphans: 65_536,
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
        Ok(find(name)?.field.get(self))
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
        let row = find(name)?;
        row.field
            .set(self, value)
            .map_err(|range| SysctlError::Value {
                name: row.name,
                value: value.to_owned(),
                range,
            })
    }

    /// Every setting with its name and its meaning, in the order of `sysctl -a`.
    #[must_use]
    pub fn all() -> &'static [Sysctl] {
        table::TABLE
    }
}

/// The row of `name`.
fn find(name: &str) -> Result<&'static Sysctl, SysctlError> {
    let dotted = name
        .trim()
        .trim_start_matches("/proc/sys/")
        .replace('/', ".");
    if let Some(row) = table::TABLE.iter().find(|row| row.name == dotted) {
        return Ok(row);
    }
    if let Some((name, reason)) = table::REFUSED.iter().find(|(name, _)| *name == dotted) {
        return Err(SysctlError::Refused { name, reason });
    }
    let nearest = nearest::nearest(&dotted, table::TABLE.iter().map(|row| row.name));
    Err(SysctlError::Unknown {
        name: dotted,
        nearest,
    })
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
        name: &'static str,
        /// What was given.
        value: String,
        /// What is allowed, with its unit.
        range: String,
    },
}

fn maybe(nearest: &Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| alloc::format!("; did you mean {name}?"))
}

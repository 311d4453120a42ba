//! Addresses, ports, tolerances: what the command line and the script's `--options` say.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::diagnostic::Diagnostic;
use crate::script::ast::ScriptOption;
use crate::words::say;

/// How one script is run.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) ipv6: bool,
    /// Sockets of `AF_INET6` that speak IPv4 (RFC 3493 §3.7).
    pub(crate) mapped: bool,
    pub(crate) local: IpAddr,
    pub(crate) remote: IpAddr,
    /// Length of the prefix of `local`.
    pub(crate) prefix: u8,
    pub(crate) bind_port: u16,
    pub(crate) connect_port: u16,
    pub(crate) mtu: usize,
    /// Microseconds by which anything may be early or late.
    pub(crate) tolerance: i64,
    /// The same as a part of the time since the event before, in percent.
    pub(crate) tolerance_percent: f64,
    /// Microseconds of one tick of the timestamps; 0 leaves their values unchecked.
    pub(crate) ts_tick: i64,
    /// Inbound echoes of timestamps that were never seen are interpolated.
    pub(crate) ts_ecr_scaled: bool,
    /// Segments are not joined before they are compared.
    pub(crate) strict_segments: bool,
    /// A segment's payload at most, where packets are cut for a script; unused otherwise.
    pub(crate) mss: Option<u16>,
}

impl Config {
    /// The language's own addresses: 192.168.0.0/16 here, TEST-NET-1 (RFC 5737) there; and as
    /// unique local addresses (RFC 4193).
    fn new(ipv6: bool) -> Self {
        let (local, remote, prefix, mtu): (IpAddr, IpAddr, u8, usize) = if ipv6 {
            let local = Ipv6Addr::new(0xfd3d, 0x0a0b, 0x17d6, 0, 0, 0, 0, 1);
            let remote = Ipv6Addr::new(0xfd3d, 0xfa7b, 0xd17d, 0, 0, 0, 0, 1);
            // 20 bytes more, so that segments are as large as with IPv4.
            (local.into(), remote.into(), 48, 1520)
        } else {
            let (local, remote) = (Ipv4Addr::new(192, 168, 0, 1), Ipv4Addr::new(192, 0, 2, 1));
            (local.into(), remote.into(), 16, 1500)
        };
        Self {
            ipv6,
            mapped: false,
            local,
            remote,
            prefix,
            bind_port: 8080,
            connect_port: 8080,
            mtu,
            tolerance: 4000,
            tolerance_percent: 12.5,
            ts_tick: 0,
            ts_ecr_scaled: false,
            strict_segments: false,
            mss: None,
        }
    }

    /// What a script asks for. `ipv6` runs any script over IPv6, whatever it says.
    pub(crate) fn of(options: &[ScriptOption], ipv6: bool) -> Result<Self, Diagnostic> {
        let asks = |option: &&ScriptOption| option.name == "ip_version";
        let asked = options
            .iter()
            .rfind(asks)
            .and_then(|option| option.value.as_deref());
        let mut config = Self::new(ipv6 || asked == Some("ipv6"));
        for option in options {
            config.set(option)?;
        }
        Ok(config)
    }

    fn set(&mut self, option: &ScriptOption) -> Result<(), Diagnostic> {
        let ScriptOption { name, value, span } = option;
        let text = value.as_deref().unwrap_or_default();
        let bad = || {
            let text = say!("--{name} cannot be \"{text}\"", "--{name} 不能是“{text}”");
            Diagnostic::new(*span, text)
        };
        let number = |most: u64| {
            let number = crate::script::lexer::integer(text).and_then(|n| u64::try_from(n).ok());
            number.filter(|n| *n <= most).ok_or_else(bad)
        };
        match name.as_str() {
            "local_ip" | "remote_ip" => {
                let addr: IpAddr = text.parse().map_err(|_| bad())?;
                // One of the other family belongs to the other run.
                if addr.is_ipv6() == self.ipv6 {
                    *(if name == "local_ip" {
                        &mut self.local
                    } else {
                        &mut self.remote
                    }) = addr;
                }
            }
            "bind_port" => self.bind_port = number(0xffff)? as u16,
            "connect_port" => self.connect_port = number(0xffff)? as u16,
            "mtu" => self.mtu = number(0xffff)? as usize,
            "mss" => self.mss = Some(number(0xffff)? as u16),
            "tolerance_usecs" => self.tolerance = number(1 << 40)? as i64,
            "tolerance_percent" => {
                let percent: f64 = text.parse().map_err(|_| bad())?;
                self.tolerance_percent = percent;
            }
            "tcp_ts_tick_usecs" => self.ts_tick = number(1_000_000)? as i64,
            "tcp_ts_ecr_scaled" => self.ts_ecr_scaled = true,
            "strict_segments" => self.strict_segments = true,
            "ip_version" if ["ipv4", "ipv6", "ipv4-mapped-ipv6"].contains(&text) => {
                self.mapped = text == "ipv4-mapped-ipv6" && !self.ipv6;
            }
            "ip_version" => return Err(bad()),
            // They tell the tool how to run, and say nothing of what is to happen.
            "define" | "verbose" | "debug" | "send_omit_free" | "gateway_ip" | "netmask_ip"
            | "init_scripts" | "speed" | "is_anyip" | "non_fatal" | "dry_run" | "psp_udp_port"
            | "code_command" | "code_format" | "code_sockopt" => {}
            _ => {
                let text = say!("there is no option --{name}", "没有选项 --{name}");
                return Err(Diagnostic::new(*span, text));
            }
        }
        Ok(())
    }

    /// The addresses at the two ends of a device.
    pub(crate) fn ends(&mut self, tap: &crate::via::Tap) {
        (self.remote, self.prefix) = tap.own;
        self.local = tap.peer;
        self.ipv6 = tap.peer.is_ipv6();
    }

    /// An address as the program's sockets have it.
    pub(crate) fn name(&self, addr: IpAddr, port: u16) -> SocketAddr {
        match addr {
            IpAddr::V4(v4) if self.mapped => (v4.to_ipv6_mapped(), port).into(),
            addr => (addr, port).into(),
        }
    }

    /// Whether the program's sockets are of `AF_INET6`.
    pub(crate) const fn has_inet6(&self) -> bool {
        self.ipv6 || self.mapped
    }

    /// How far from the script's time a thing may happen, `since` microseconds after the event
    /// before.
    pub(crate) fn tolerance(&self, since: i64) -> i64 {
        self.tolerance
            .max((self.tolerance_percent / 100.0 * since as f64) as i64)
    }
}

//! Bridge protocol data units: what switches tell each other to make a tree of their network.
//!
//! They lie in IEEE 802.3 frames, which have a length where Ethernet II has a type, and behind it
//! LLC's three bytes (IEEE 802.1D-2004 §9.3).

use crate::malformed::take;
use crate::{Layer, MacAddr, Malformed, ethernet};

/// Where they are sent to: no switch passes it on (IEEE 802.1D-2004, table 7-9).
pub const GROUP: MacAddr = MacAddr([0x01, 0x80, 0xc2, 0, 0, 0]);
/// LLC's header: the spanning tree's two addresses, and unnumbered information.
pub const LLC: [u8; 3] = [0x42, 0x42, 0x03];

/// Bytes of a notification, of a configuration, of a rapid one.
const NOTICE_LEN: usize = 4;
const CONFIG_LEN: usize = 35;
const RAPID_LEN: usize = 36;

/// Times are in units of 1/256 s.
pub const SECOND: u16 = 256;

/// Who a switch is: the lower, the likelier the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BridgeId {
    /// What somebody chose, in steps of 4096; the lower 12 bits are the extension.
    pub priority: u16,
    /// Its address, which decides between equals.
    pub mac: MacAddr,
}

/// What a port is to the tree (IEEE 802.1D-2004 §9.2.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortRole {
    /// Unknown.
    Unknown,
    /// Another way to the root, or a second port to the same segment.
    AlternateOrBackup,
    /// The way to the root.
    Root,
    /// The segment's way to the root.
    Designated,
}

/// The flags (§9.3.1, §9.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    /// The topology has changed.
    pub const TOPOLOGY_CHANGE: u8 = 0x01;
    /// The sender wants to forward at once.
    pub const PROPOSAL: u8 = 0x02;
    /// The sender learns addresses.
    pub const LEARNING: u8 = 0x10;
    /// The sender forwards.
    pub const FORWARDING: u8 = 0x20;
    /// The sender of a proposal may.
    pub const AGREEMENT: u8 = 0x40;
    /// A notification was heard.
    pub const ACKNOWLEDGED: u8 = 0x80;

    /// Whether a flag is set.
    #[must_use]
    pub const fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    /// What the sender's port is.
    #[must_use]
    pub const fn role(self) -> PortRole {
        match self.0 >> 2 & 3 {
            0 => PortRole::Unknown,
            1 => PortRole::AlternateOrBackup,
            2 => PortRole::Root,
            _ => PortRole::Designated,
        }
    }

    /// The bits of a role.
    #[must_use]
    pub const fn of_role(role: PortRole) -> u8 {
        (match role {
            PortRole::Unknown => 0,
            PortRole::AlternateOrBackup => 1,
            PortRole::Root => 2,
            PortRole::Designated => 3,
        }) << 2
    }
}

/// What a configuration says (§9.3.1, §9.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The flags; of them a configuration of STP has only [`Flags::TOPOLOGY_CHANGE`] and
    /// [`Flags::ACKNOWLEDGED`].
    pub flags: Flags,
    /// Who is the root.
    pub root: BridgeId,
    /// How far that is from the sender.
    pub cost: u32,
    /// Who sends.
    pub bridge: BridgeId,
    /// From which of its ports: four bits of priority and twelve of number.
    pub port: u16,
    /// How old this is, in 1/256 s as the following.
    pub age: u16,
    /// How old it may become.
    pub max_age: u16,
    /// How often it is said.
    pub hello: u16,
    /// How long a port listens, and learns, before it forwards.
    pub forward_delay: u16,
}

/// What switches say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bpdu {
    /// STP: the topology has changed (§9.3.2).
    Notice,
    /// STP: who is the root (§9.3.1).
    Config(Config),
    /// RSTP: the same, and what the port is (§9.3.3).
    Rapid(Config),
}

impl Bpdu {
    /// Reads what stands behind LLC's header.
    ///
    /// # Errors
    ///
    /// [`Malformed::Truncated`]; [`Malformed::Version`] for another protocol, or another version of
    /// a type that is not known; [`Malformed::Field`] for a message that is older than it may be
    /// (§9.3.4).
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        let layer = Layer::Bpdu;
        let front = take(layer, bytes, NOTICE_LEN)?;
        let protocol = u16::from_be_bytes([front[0], front[1]]);
        if protocol != 0 {
            let found = protocol;
            return Err(Malformed::Version { layer, found });
        }
        let (version, kind) = (front[2], front[3]);
        match kind {
            0x80 => Ok((Self::Notice, NOTICE_LEN)),
            0x00 => Ok((Self::Config(Config::parse(bytes)?), CONFIG_LEN)),
            // §9.3.4: later versions are read as this one.
            0x02 if version >= 2 => {
                take(layer, bytes, RAPID_LEN)?;
                Ok((Self::Rapid(Config::parse(bytes)?), RAPID_LEN))
            }
            _ => Err(Malformed::Version {
                layer,
                found: u16::from_be_bytes([version, kind]),
            }),
        }
    }

    /// 4, 35 or 36.
    #[must_use]
    pub const fn header_len(&self) -> usize {
        match self {
            Self::Notice => NOTICE_LEN,
            Self::Config(_) => CONFIG_LEN,
            Self::Rapid(_) => RAPID_LEN,
        }
    }

    /// Writes it into the front of `out`.
    pub fn emit(&self, out: &mut [u8]) {
        let out = &mut out[..self.header_len()];
        out.fill(0);
        match self {
            Self::Notice => out[3] = 0x80,
            Self::Config(config) => config.emit(out),
            Self::Rapid(config) => {
                (out[2], out[3]) = (2, 2);
                config.emit(out);
            }
        }
    }

    /// Reads a whole Ethernet frame. `None` when it is not for bridges.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse); also for a length that the frame does not have, and another LLC
    /// header.
    #[must_use]
    pub fn of_frame(frame: &[u8]) -> Option<Result<Self, Malformed>> {
        let (dst, _) = ethernet::addresses(frame)?;
        (dst == GROUP).then(|| {
            let layer = Layer::Bpdu;
            let found = u16::from_be_bytes([frame[12], frame[13]]);
            let rest = &frame[ethernet::HEADER_LEN..];
            let have = rest.len();
            let inside = rest.get(..found.into());
            let inside = inside.ok_or(Malformed::Length {
                layer,
                found: found.into(),
                have,
            })?;
            let llc = take(layer, inside, LLC.len())?;
            if llc != LLC {
                let found = u16::from_be_bytes([llc[0], llc[1]]);
                return Err(Malformed::Version { layer, found });
            }
            Self::parse(&inside[LLC.len()..]).map(|(bpdu, _)| bpdu)
        })
    }

    /// The whole Ethernet frame, filled up to the shortest that there may be.
    #[must_use]
    pub fn frame(&self, src: MacAddr) -> [u8; ethernet::MIN_LEN] {
        let mut frame = [0; ethernet::MIN_LEN];
        let len = LLC.len() + self.header_len();
        frame[..6].copy_from_slice(&GROUP.0);
        frame[6..12].copy_from_slice(&src.0);
        frame[12..14].copy_from_slice(&(len as u16).to_be_bytes());
        frame[14..17].copy_from_slice(&LLC);
        self.emit(&mut frame[17..]);
        frame
    }
}

impl Config {
    fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let layer = Layer::Bpdu;
        let bytes = take(layer, bytes, CONFIG_LEN)?;
        let short = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        let id = |at: usize| {
            let mut mac = [0; 6];
            mac.copy_from_slice(&bytes[at + 2..at + 8]);
            BridgeId {
                priority: short(at),
                mac: MacAddr(mac),
            }
        };
        let config = Self {
            flags: Flags(bytes[4]),
            root: id(5),
            cost: u32::from(short(13)) << 16 | u32::from(short(15)),
            bridge: id(17),
            port: short(25),
            age: short(27),
            max_age: short(29),
            hello: short(31),
            forward_delay: short(33),
        };
        if config.age >= config.max_age {
            let field = "Message Age";
            return Err(Malformed::Field { layer, field });
        }
        Ok(config)
    }

    fn emit(&self, out: &mut [u8]) {
        let mut short = |at: usize, value: u16| {
            out[at..at + 2].copy_from_slice(&value.to_be_bytes());
        };
        short(5, self.root.priority);
        short(13, (self.cost >> 16) as u16);
        short(15, self.cost as u16);
        short(17, self.bridge.priority);
        short(25, self.port);
        short(27, self.age);
        short(29, self.max_age);
        short(31, self.hello);
        short(33, self.forward_delay);
        out[4] = self.flags.0;
        out[7..13].copy_from_slice(&self.root.mac.0);
        out[19..25].copy_from_slice(&self.bridge.mac.0);
    }
}

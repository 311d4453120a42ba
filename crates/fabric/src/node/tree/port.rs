//! What is known of a port: the variables of IEEE 802.1D-2004 §17.19.

use wire::bpdu::{self, BridgeId, Config};

use super::Plug;

/// A priority vector (§17.5): the lower, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Vector {
    pub(super) root: BridgeId,
    pub(super) cost: u32,
    pub(super) bridge: BridgeId,
    pub(super) port: u16,
}

impl Vector {
    /// That of a switch that takes itself for the root.
    pub(super) const fn own(id: BridgeId, port: u16) -> Self {
        Self {
            root: id,
            cost: 0,
            bridge: id,
            port,
        }
    }

    pub(super) const fn of(said: &Config) -> Self {
        Self {
            root: said.root,
            cost: said.cost,
            bridge: said.bridge,
            port: said.port,
        }
    }

    /// §17.6: better, or from the same port, which knows best what it is now.
    pub(super) fn supersedes(&self, other: &Self) -> bool {
        self < other || (self.bridge.mac == other.bridge.mac && self.port == other.port)
    }
}

/// What the root says of time, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) age: u16,
    pub(super) max_age: u16,
    pub(super) hello: u16,
    pub(super) forward_delay: u16,
}

impl Times {
    /// Table 17-1.
    pub(super) const USUAL: Self = Self {
        age: 0,
        max_age: 20,
        hello: 2,
        forward_delay: 15,
    };

    /// Rounded up; none of them is 0 but the age, and none beyond what the standard has.
    pub(super) fn of(said: &Config) -> Self {
        let seconds = |time: u16| time.div_ceil(bpdu::SECOND);
        Self {
            age: seconds(said.age),
            max_age: seconds(said.max_age).clamp(6, 40),
            hello: seconds(said.hello).clamp(1, 10),
            forward_delay: seconds(said.forward_delay).clamp(4, 30),
        }
    }
}

/// What a port is to the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing is plugged in.
    Disabled,
    /// The way to the root.
    Root,
    /// Its segment's way to the root.
    Designated,
    /// Another way to the root.
    Alternate,
    /// A second port to a segment of this switch's.
    Backup,
}

/// Where the port's priority comes from (`infoIs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Info {
    Disabled,
    Aged,
    Mine,
    Received,
}

/// How far the machine of topology changes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Inactive,
    Learning,
    Active,
}

/// A port.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the standard's variables, §17.19, each by its name"
)]
pub(super) struct Port {
    /// Priority 128 and its number.
    pub(super) id: u16,
    pub(super) enabled: bool,
    pub(super) cost: u32,
    pub(super) admin_edge: bool,
    pub(super) point_to_point: bool,
    /// Whether it is taken for an edge: nothing there speaks of trees.
    pub(super) edge: bool,

    pub(super) info: Info,
    pub(super) priority: Vector,
    pub(super) times: Times,
    pub(super) designated: Vector,
    pub(super) designated_times: Times,
    pub(super) updt_info: bool,
    pub(super) reselect: bool,
    pub(super) selected: bool,
    pub(super) selected_role: Role,
    pub(super) role: Role,

    pub(super) learn: bool,
    pub(super) forward: bool,
    pub(super) agree: bool,
    pub(super) agreed: bool,
    pub(super) proposed: bool,
    pub(super) proposing: bool,
    pub(super) disputed: bool,
    pub(super) sync: bool,
    pub(super) synced: bool,
    pub(super) re_root: bool,

    pub(super) change: Change,
    pub(super) rcvd_tc: bool,
    pub(super) rcvd_tcn: bool,
    pub(super) rcvd_tc_ack: bool,
    pub(super) tc_ack: bool,
    pub(super) tc_prop: bool,

    /// Whether the neighbours speak RSTP.
    pub(super) send_rstp: bool,
    pub(super) new_info: bool,
    pub(super) tx_count: u8,

    pub(super) fd_while: u16,
    pub(super) rcvd_info_while: u16,
    pub(super) rr_while: u16,
    pub(super) rb_while: u16,
    pub(super) tc_while: u16,
    pub(super) hello_when: u16,
    pub(super) mdelay_while: u16,
    pub(super) edge_delay_while: u16,
}

/// How long a neighbour's version is believed before another is (§17.13.9).
pub(super) const MIGRATE_TIME: u16 = 3;

impl Port {
    /// The port of this number, from 1 on, nothing plugged in.
    pub(super) fn new(number: u16, bridge: BridgeId) -> Self {
        let id = 0x8000 | number & 0x0fff;
        let own = Vector::own(bridge, id);
        Self {
            id,
            enabled: false,
            cost: 20_000,
            admin_edge: false,
            point_to_point: true,
            edge: false,
            info: Info::Disabled,
            priority: own,
            times: Times::USUAL,
            designated: own,
            designated_times: Times::USUAL,
            updt_info: false,
            reselect: true,
            selected: false,
            selected_role: Role::Disabled,
            role: Role::Disabled,
            learn: false,
            forward: false,
            agree: false,
            agreed: false,
            proposed: false,
            proposing: false,
            disputed: false,
            sync: false,
            synced: true,
            re_root: false,
            change: Change::Inactive,
            rcvd_tc: false,
            rcvd_tcn: false,
            rcvd_tc_ack: false,
            tc_ack: false,
            tc_prop: false,
            send_rstp: true,
            new_info: false,
            tx_count: 0,
            fd_while: Times::USUAL.max_age,
            rcvd_info_while: 0,
            rr_while: 0,
            rb_while: 0,
            tc_while: 0,
            hello_when: Times::USUAL.hello,
            mdelay_while: 0,
            edge_delay_while: 0,
        }
    }

    /// Something was plugged in.
    pub(super) fn enable(&mut self, plug: Plug) {
        self.enabled = true;
        self.cost = plug.cost;
        self.point_to_point = plug.point_to_point;
        self.admin_edge = plug.edge;
        self.edge = plug.edge;
        self.send_rstp = true;
        self.mdelay_while = MIGRATE_TIME;
        self.edge_delay_while = self.edge_delay();
        self.hello_when = Times::USUAL.hello;
        self.tx_count = 0;
    }

    /// A second has passed (§17.22).
    pub(super) fn tick(&mut self) {
        for timer in [
            &mut self.fd_while,
            &mut self.rcvd_info_while,
            &mut self.rr_while,
            &mut self.rb_while,
            &mut self.tc_while,
            &mut self.hello_when,
            &mut self.mdelay_while,
            &mut self.edge_delay_while,
        ] {
            *timer = timer.saturating_sub(1);
        }
        self.tx_count = self.tx_count.saturating_sub(1);
        // §17.25: who proposes and hears nothing speaks to a computer.
        if self.edge_delay_while == 0 && self.send_rstp && self.proposing {
            self.edge = true;
        }
    }

    /// §17.20.4.
    pub(super) fn edge_delay(&self) -> u16 {
        if self.point_to_point {
            MIGRATE_TIME
        } else {
            self.designated_times.max_age
        }
    }

    /// §17.20.5: with neighbours of today a port need not listen and learn for so long.
    pub(super) fn forward_delay(&self) -> u16 {
        if self.send_rstp {
            self.designated_times.hello
        } else {
            self.designated_times.forward_delay
        }
    }

    /// Whether its role is settled and its information up to date.
    pub(super) fn is_settled(&self) -> bool {
        self.selected && !self.updt_info
    }
}

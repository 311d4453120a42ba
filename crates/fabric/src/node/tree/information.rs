//! What comes in: the machines of port information and of protocol migration.

use wire::bpdu::{Bpdu, Config, Flags, PortRole};

use super::Bridge;
use super::port::{Info, MIGRATE_TIME, Port, Times, Vector};

impl Bridge {
    /// A BPDU came in at a port that is plugged in (§17.23, §17.24, §17.25).
    pub(super) fn hear(&mut self, number: usize, bpdu: Bpdu) {
        let port = &mut self.ports[number];
        port.edge = false;
        port.edge_delay_while = port.edge_delay();
        let rapid = matches!(bpdu, Bpdu::Rapid(_));
        if port.mdelay_while == 0 && port.send_rstp != rapid {
            port.send_rstp = rapid;
            port.mdelay_while = MIGRATE_TIME;
        }
        match bpdu {
            Bpdu::Notice => port.rcvd_tcn = true,
            Bpdu::Config(said) => port.told(&said, PortRole::Designated, false),
            Bpdu::Rapid(said) => port.told(&said, said.flags.role(), true),
        }
    }

    /// What the port itself makes of what it knows. Whether anything changed.
    pub(super) fn inform(&mut self, number: usize) -> bool {
        let port = &mut self.ports[number];
        if !port.enabled {
            if port.info == Info::Disabled {
                return false;
            }
            port.proposing = false;
            port.proposed = false;
            port.agree = false;
            port.agreed = false;
            port.rcvd_info_while = 0;
            port.info = Info::Disabled;
            port.reselect = true;
            port.selected = false;
            return true;
        }
        match port.info {
            Info::Disabled => port.age(),
            Info::Received if port.rcvd_info_while == 0 && !port.updt_info => port.age(),
            _ if port.selected && port.updt_info => port.update(),
            _ => return false,
        }
        true
    }
}

impl Port {
    /// AGED: nobody is heard.
    fn age(&mut self) {
        self.info = Info::Aged;
        self.reselect = true;
        self.selected = false;
    }

    /// UPDATE: from now on this port tells its segment.
    fn update(&mut self) {
        self.proposing = false;
        self.proposed = false;
        // What was agreed to is no longer what is known.
        self.agree = false;
        let as_good = self.info == Info::Mine && self.designated <= self.priority;
        self.agreed &= as_good;
        self.synced &= self.agreed;
        self.priority = self.designated;
        self.times = self.designated_times;
        self.updt_info = false;
        self.info = Info::Mine;
        self.new_info = true;
    }

    /// RECEIVE, and what follows from what was said.
    fn told(&mut self, said: &Config, role: PortRole, rapid: bool) {
        let (vector, times) = (Vector::of(said), Times::of(said));
        match role {
            PortRole::Designated => {
                let same = vector == self.priority && times == self.times;
                if same && self.info == Info::Received {
                    self.record_proposal(said, rapid);
                    self.record_change(said);
                    self.record_agreement(said, rapid);
                    self.hold();
                } else if vector.supersedes(&self.priority) {
                    self.superseded(said, (vector, times), rapid);
                } else if rapid && said.flags.has(Flags::LEARNING) {
                    // §17.21.10: it forwards and hears us not, or takes us for worse.
                    self.disputed = true;
                    self.agreed = false;
                }
            }
            PortRole::Root | PortRole::AlternateOrBackup if vector >= self.priority => {
                self.record_agreement(said, rapid);
                self.record_change(said);
            }
            _ => {}
        }
    }

    /// SUPERIOR_DESIGNATED.
    fn superseded(&mut self, said: &Config, (vector, times): (Vector, Times), rapid: bool) {
        self.agreed = false;
        self.proposing = false;
        self.record_proposal(said, rapid);
        self.record_change(said);
        self.agree &= self.info == Info::Received && vector <= self.priority;
        self.record_agreement(said, rapid);
        self.synced &= self.agreed;
        self.priority = vector;
        self.times = times;
        self.hold();
        self.info = Info::Received;
        self.reselect = true;
        self.selected = false;
    }

    /// §17.21.23: believed for three hello times, if it has not come too far.
    fn hold(&mut self) {
        let Times {
            age,
            max_age,
            hello,
            ..
        } = self.times;
        self.rcvd_info_while = if age < max_age { 3 * hello } else { 0 };
    }

    fn record_proposal(&mut self, said: &Config, rapid: bool) {
        self.proposed |= rapid && said.flags.has(Flags::PROPOSAL);
    }

    fn record_agreement(&mut self, said: &Config, rapid: bool) {
        self.agreed = rapid && self.point_to_point && said.flags.has(Flags::AGREEMENT);
        self.proposing &= !self.agreed;
    }

    /// §17.21.17.
    fn record_change(&mut self, said: &Config) {
        self.rcvd_tc |= said.flags.has(Flags::TOPOLOGY_CHANGE);
        self.rcvd_tc_ack |= said.flags.has(Flags::ACKNOWLEDGED);
    }
}

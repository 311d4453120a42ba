//! When a port may learn and forward, and who must forget what it learnt.

use super::Bridge;
use super::port::{Change, Port, Role, Times};

impl Bridge {
    /// The machine of port roles (§17.29): one step. Whether there was one.
    pub(super) fn move_on(&mut self, number: usize) -> bool {
        let port = &self.ports[number];
        if !port.is_settled() {
            return false;
        }
        if port.role != port.selected_role {
            self.enter(number);
            return true;
        }
        match port.role {
            Role::Disabled => self.ports[number].rest(Times::USUAL.max_age),
            Role::Root => self.as_root(number),
            Role::Designated => self.ports[number].as_designated(),
            Role::Alternate | Role::Backup => self.as_alternate(number),
        }
    }

    /// A port takes on the role that was chosen.
    fn enter(&mut self, number: usize) {
        let port = &mut self.ports[number];
        port.role = port.selected_role;
        match port.role {
            Role::Root => port.rr_while = port.designated_times.forward_delay,
            Role::Designated => {}
            Role::Disabled => {
                (port.learn, port.forward) = (false, false);
                port.fd_while = port.designated_times.max_age;
            }
            Role::Alternate | Role::Backup => {
                (port.learn, port.forward) = (false, false);
                port.fd_while = port.forward_delay();
            }
        }
    }

    /// §17.29.2.
    fn as_root(&mut self, number: usize) -> bool {
        let all_synced = self.all_synced();
        let others = self.ports.iter().enumerate();
        let re_rooted = others
            .filter(|(other, _)| *other != number)
            .all(|(_, port)| port.rr_while == 0);
        let port = &mut self.ports[number];
        let delay = port.designated_times.forward_delay;
        if port.proposed && !port.agree {
            port.proposed = false;
            self.set_sync();
            return true;
        }
        if (all_synced && !port.agree) || (port.proposed && port.agree) {
            port.proposed = false;
            port.sync = false;
            port.agree = true;
            port.new_info = true;
            return true;
        }
        if !port.forward && !port.re_root {
            self.ports.iter_mut().for_each(|port| port.re_root = true);
            return true;
        }
        let port = &mut self.ports[number];
        if port.re_root && port.forward {
            port.re_root = false;
            return true;
        }
        if port.rr_while != delay {
            port.rr_while = delay;
            return true;
        }
        let at_once = re_rooted && port.rb_while == 0 && port.send_rstp;
        port.advance(port.fd_while == 0 || at_once)
    }

    /// §17.29.4.
    fn as_alternate(&mut self, number: usize) -> bool {
        let all_synced = self.all_synced();
        let port = &mut self.ports[number];
        if port.proposed && !port.agree {
            port.proposed = false;
            self.set_sync();
            return true;
        }
        if (all_synced && !port.agree) || (port.proposed && port.agree) {
            port.proposed = false;
            port.agree = true;
            port.new_info = true;
            return true;
        }
        let hold = 2 * port.designated_times.hello;
        if port.role == Role::Backup && port.rb_while != hold {
            port.rb_while = hold;
            return true;
        }
        port.rest(port.forward_delay())
    }

    /// §17.20.3.
    fn all_synced(&self) -> bool {
        self.ports.iter().all(|port| {
            port.selected
                && port.role == port.selected_role
                && (port.role == Role::Root || port.synced)
        })
    }

    fn set_sync(&mut self) {
        self.ports.iter_mut().for_each(|port| port.sync = true);
    }

    /// The machine of topology changes (§17.31): one step. Whether there was one.
    pub(super) fn notice_change(&mut self, number: usize) -> bool {
        let port = &mut self.ports[number];
        let active = matches!(port.role, Role::Root | Role::Designated);
        match port.change {
            Change::Inactive => {
                if !port.learn {
                    // What came in meanwhile was about others.
                    (port.rcvd_tc, port.rcvd_tcn, port.rcvd_tc_ack) = (false, false, false);
                    port.tc_prop = false;
                    return false;
                }
                port.change = Change::Learning;
            }
            Change::Learning => {
                if active && port.forward && !port.edge {
                    port.change = Change::Active;
                    self.begin_change(number);
                    self.propagate(number);
                    self.ports[number].new_info = true;
                    return true;
                }
                if !active && !port.learn {
                    self.forget(number);
                    return true;
                }
                (port.rcvd_tc, port.rcvd_tcn, port.rcvd_tc_ack) = (false, false, false);
                port.tc_prop = false;
                return false;
            }
            Change::Active if !active || port.edge => port.change = Change::Learning,
            Change::Active if port.rcvd_tcn => {
                self.begin_change(number);
                self.notified(number);
            }
            Change::Active if port.rcvd_tc => self.notified(number),
            Change::Active if port.tc_prop => {
                port.tc_prop = false;
                self.begin_change(number);
                self.flush.push(number as u32);
            }
            Change::Active if port.rcvd_tc_ack => {
                port.rcvd_tc_ack = false;
                port.tc_while = 0;
            }
            Change::Active => return false,
        }
        true
    }

    /// The port forwards no longer: what was learnt there is worth nothing.
    fn forget(&mut self, number: usize) {
        let port = &mut self.ports[number];
        port.change = Change::Inactive;
        port.tc_while = 0;
        port.tc_ack = false;
        self.flush.push(number as u32);
    }

    /// §17.21.7: for so long neighbours are told.
    fn begin_change(&mut self, number: usize) {
        let times = self.root_times;
        let port = &mut self.ports[number];
        if port.tc_while != 0 {
            return;
        }
        if port.send_rstp {
            port.tc_while = times.hello + 1;
            port.new_info = true;
        } else {
            port.tc_while = times.max_age + times.forward_delay;
        }
    }

    fn notified(&mut self, number: usize) {
        let port = &mut self.ports[number];
        port.tc_ack |= port.rcvd_tcn && port.role == Role::Designated;
        (port.rcvd_tc, port.rcvd_tcn) = (false, false);
        self.propagate(number);
    }

    /// §17.21.18: all others are to know.
    fn propagate(&mut self, from: usize) {
        for (number, port) in self.ports.iter_mut().enumerate() {
            port.tc_prop |= number != from;
        }
    }
}

impl Port {
    /// A port that forwards nothing has nothing to wait for.
    fn rest(&mut self, delay: u16) -> bool {
        let rests = self.synced && self.rr_while == 0 && !self.sync && !self.re_root;
        self.fd_while = delay;
        self.synced = true;
        self.rr_while = 0;
        self.sync = false;
        self.re_root = false;
        !rests
    }

    /// §17.29.3.
    fn as_designated(&mut self) -> bool {
        if !self.forward && !self.agreed && !self.proposing && !self.edge {
            self.proposing = true;
            self.edge_delay_while = self.edge_delay();
            self.new_info = true;
            return true;
        }
        let silent = !self.learn && !self.forward;
        if !self.synced && (silent || self.agreed || self.edge) || self.sync && self.synced {
            self.rr_while = 0;
            self.synced = true;
            self.sync = false;
            return true;
        }
        if self.re_root && self.rr_while == 0 {
            self.re_root = false;
            return true;
        }
        let held = self.sync && !self.synced || self.re_root && self.rr_while != 0;
        if (held || self.disputed) && !self.edge && !silent {
            (self.learn, self.forward) = (false, false);
            self.disputed = false;
            self.fd_while = self.forward_delay();
            return true;
        }
        let may = self.fd_while == 0 || self.agreed || self.edge;
        let moved = self.advance(may && !held && !self.sync);
        if moved && self.forward {
            self.agreed = self.send_rstp;
        }
        moved
    }

    /// One step towards forwarding, if it may take one.
    fn advance(&mut self, may: bool) -> bool {
        if !may || self.forward {
            return false;
        }
        if self.learn {
            self.forward = true;
            self.fd_while = 0;
        } else {
            self.learn = true;
            self.fd_while = self.forward_delay();
        }
        true
    }
}

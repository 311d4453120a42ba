//! Which port is what to the tree (IEEE 802.1D-2004 §17.28, §17.21.25).

use super::Bridge;
use super::port::{Info, Port, Role, Times, Vector};

impl Bridge {
    /// Chooses the way to the root, and each port's role, when something asks for that. Whether
    /// anything did.
    pub(super) fn select(&mut self) -> bool {
        if !self.ports.iter().any(|port| port.reselect) {
            return false;
        }
        let own = Vector::own(self.id, 0);
        // Between equals the lower port of this switch decides.
        let ways = self.ports.iter().enumerate().filter_map(|(number, port)| {
            let heard = port.info == Info::Received && port.priority.bridge.mac != self.id.mac;
            let way = Vector {
                cost: port.priority.cost.saturating_add(port.cost),
                ..port.priority
            };
            heard.then_some((way, port.id, Some(number)))
        });
        let best = ways.chain([(own, 0, None)]).min();
        let (root, _, root_port) = best.unwrap_or((own, 0, None));
        self.root = root;
        self.root_times = match root_port.map(|number| self.ports[number].times) {
            None => Times::USUAL,
            Some(times) => Times {
                age: times.age + 1,
                ..times
            },
        };
        for (number, port) in self.ports.iter_mut().enumerate() {
            port.designated = Vector {
                root: root.root,
                cost: root.cost,
                bridge: self.id,
                port: port.id,
            };
            port.designated_times = self.root_times;
            port.choose(root_port == Some(number));
            port.reselect = false;
            port.selected = true;
        }
        true
    }
}

impl Port {
    fn choose(&mut self, is_root: bool) {
        let (role, update) = match self.info {
            Info::Disabled => (Role::Disabled, false),
            Info::Aged => (Role::Designated, true),
            Info::Mine => {
                let stale = self.priority != self.designated || self.times != self.designated_times;
                (Role::Designated, self.updt_info || stale)
            }
            Info::Received if is_root => (Role::Root, false),
            Info::Received if self.designated < self.priority => (Role::Designated, true),
            Info::Received if self.priority.bridge.mac == self.designated.bridge.mac => {
                (Role::Backup, false)
            }
            Info::Received => (Role::Alternate, false),
        };
        self.selected_role = role;
        self.updt_info = update;
    }
}

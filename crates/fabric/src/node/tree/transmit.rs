//! What is said to the neighbours (IEEE 802.1D-2004 §17.26).

use base::Frame;
use wire::bpdu::{Bpdu, Config, Flags, PortRole, SECOND};

use super::port::{Port, Role};
use super::{Bridge, address};

/// BPDUs of a port at most, of which one is forgotten each second. The standard's `TxHoldCount` is 6
/// (table 17-2), to spare processors that there are none of here; but while the news that the root is
/// gone chases older news round a ring, a message held back for a second is a loop for a second. Age
/// ends that chase after 20 switches; this bound is against neighbours that make no sense.
const HOLD: u8 = 250;

impl Bridge {
    /// Says what a port has to say.
    pub(super) fn speak(&mut self, number: usize) {
        let port = &mut self.ports[number];
        if !port.enabled || !port.is_settled() {
            return;
        }
        if port.hello_when == 0 {
            port.hello_when = port.designated_times.hello;
            port.new_info |= match port.role {
                Role::Designated => true,
                Role::Root => port.tc_while != 0,
                _ => false,
            };
        }
        if !port.new_info || port.tx_count >= HOLD {
            return;
        }
        let Some(bpdu) = port.bpdu() else {
            port.new_info = false;
            return;
        };
        port.new_info = false;
        port.tc_ack = false;
        port.tx_count += 1;
        let [_, _, _, a, b, c] = self.id.mac.0;
        let switch = u32::from_be_bytes([0, a, b, c]) as usize;
        let frame = bpdu.frame(address(switch, number as u16 + 1));
        self.out
            .push_back((number as u32, Frame::from(frame.to_vec())));
    }
}

impl Port {
    fn bpdu(&self) -> Option<Bpdu> {
        let changed = if self.tc_while != 0 {
            Flags::TOPOLOGY_CHANGE
        } else {
            0
        };
        let set = |flag: u8, on: bool| if on { flag } else { 0 };
        if self.send_rstp {
            let role = match self.role {
                Role::Root => PortRole::Root,
                Role::Designated => PortRole::Designated,
                Role::Alternate | Role::Backup => PortRole::AlternateOrBackup,
                Role::Disabled => return None,
            };
            let flags = changed
                | Flags::of_role(role)
                | set(Flags::PROPOSAL, self.proposing)
                | set(Flags::AGREEMENT, self.agree)
                | set(Flags::LEARNING, self.learn)
                | set(Flags::FORWARDING, self.forward);
            return Some(Bpdu::Rapid(self.config(flags)));
        }
        match self.role {
            Role::Designated => {
                let flags = changed | set(Flags::ACKNOWLEDGED, self.tc_ack);
                Some(Bpdu::Config(self.config(flags)))
            }
            Role::Root => Some(Bpdu::Notice),
            _ => None,
        }
    }

    fn config(&self, flags: u8) -> Config {
        let times = self.designated_times;
        Config {
            flags: Flags(flags),
            root: self.designated.root,
            cost: self.designated.cost,
            bridge: self.designated.bridge,
            port: self.id,
            age: times.age * SECOND,
            max_age: times.max_age * SECOND,
            hello: times.hello * SECOND,
            forward_delay: times.forward_delay * SECOND,
        }
    }
}

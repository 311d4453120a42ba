//! The addresses of the world that an uplink's computer has for the time being, at its loopback: so
//! its stack takes what is for them, and nobody on its links is told that it has them.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, PoisonError};

use landline::{IpNet, Network};
use stack::InterfaceId;

/// Addresses that are kept for flows to come, beside those of flows that are: the last words of a
/// flow come when it is over already.
const KEPT: usize = 256;

#[derive(Default)]
pub(super) struct Addresses(Mutex<State>);

#[derive(Default)]
struct State {
    /// How many flows each has.
    used: HashMap<Ipv4Addr, usize>,
    /// Those without a flow, the longest unused first.
    kept: VecDeque<Ipv4Addr>,
}

impl Addresses {
    /// Sees that the computer has `address`, until [`leave`](Self::leave) was called as often.
    pub(super) fn take(&self, network: &Network, address: Ipv4Addr) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used = state.used.entry(address).or_default();
        *used += 1;
        if *used == 1 {
            state.kept.retain(|kept| *kept != address);
        }
        let host = IpNet::from(IpAddr::V4(address));
        // It has it already, of a flow before or as its own. One that was restarted has not.
        let _ =
            network.with_stack(|stack, now| stack.add_address(now, InterfaceId::LOOPBACK, host));
    }

    /// A flow of `address` is over.
    pub(super) fn leave(&self, network: &Network, address: Ipv4Addr) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(used) = state.used.get_mut(&address) else {
            return;
        };
        *used -= 1;
        if *used > 0 {
            return;
        }
        state.used.remove(&address);
        state.kept.push_back(address);
        while state.kept.len() > KEPT {
            if let Some(oldest) = state.kept.pop_front() {
                let oldest = IpAddr::V4(oldest);
                // It may be gone, since the computer crashed in the meantime.
                let _ = network
                    .with_stack(|stack, _| stack.remove_address(InterfaceId::LOOPBACK, oldest));
            }
        }
    }
}

//! The kernel's interfaces.

use rustix::net::netdevice::name_to_index;
use rustix::net::{AddressFamily, SocketType, socket};

/// The number of the interface called `name` (`sin6_scope_id`); `None` where there is none.
pub fn interface_number(name: &str) -> Option<u32> {
    // Any socket does: it only names the network namespace (netdevice(7), SIOCGIFINDEX).
    let any = socket(AddressFamily::UNIX, SocketType::DGRAM, None).ok()?;
    name_to_index(any, name).ok()
}

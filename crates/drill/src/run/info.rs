//! `TCP_INFO` under its Linux names.

use super::calls::socket_behind;
use super::machine::Machine;
use crate::code::Snapshot;

impl Machine<'_> {
    /// What code may ask of the socket under test, as it now is.
    pub(super) fn snapshot(&self) -> Snapshot {
        let fd = self.under_test.and_then(|index| self.flows[index].fd);
        let id = fd.and_then(|fd| socket_behind(&self.fds, fd));
        let info = id.and_then(|id| self.world.stack.tcp_info(id).ok());
        info.map(|info| (self.world.now(), Box::new(info)))
    }
}

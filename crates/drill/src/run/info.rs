//! `TCP_INFO` under its Linux names.

use super::calls::{kernel_info, socket_behind};
use super::machine::Machine;
use crate::code::{Seen, Snapshot};

impl Machine<'_> {
    /// What code may ask of the socket under test, as it now is.
    pub(super) fn snapshot(&self) -> Snapshot {
        let fd = self.under_test.and_then(|index| self.flows[index].fd);
        if self.world.is_foreign() {
            return kernel_info(&self.fds, fd?).map(Seen::Kernels);
        }
        let id = fd.and_then(|fd| socket_behind(&self.fds, fd));
        let info = id.and_then(|id| self.world.stack.tcp_info(id).ok());
        info.map(|info| Seen::Ours(self.world.now(), Box::new(info)))
    }
}

//! Settings under their Linux names.

use alloc::string::String;

use crate::interface::{Interface, InterfaceId};
use crate::stack::Stack;
use crate::sysctl::{SysctlError, Sysctls};

impl Stack {
    /// The settings as they are.
    #[must_use]
    pub const fn sysctls(&self) -> &Sysctls {
        &self.sysctls
    }

    /// Reads a setting by its Linux name, dotted (`net.ipv4.ip_forward`) or slashed, as
    /// `sysctl -n` prints it.
    ///
    /// # Errors
    ///
    /// [`SysctlError`] for a name that does not exist.
    pub fn sysctl(&self, name: &str) -> Result<String, SysctlError> {
        self.sysctls
            .get_with(name, |name| named(&self.interfaces, name))
    }

    /// How many segments connections begin with (RFC 6928), which Linux keeps with its routes
    /// (`initcwnd`). It counts for those whose handshake completes from now on.
    pub const fn set_initial_window(&mut self, segments: u8) {
        self.sysctls.tcp.initial_window = segments;
    }

    /// Changes a setting while the stack runs. What it governs follows from then on; buffers and
    /// queues that exist keep their size.
    ///
    /// # Errors
    ///
    /// [`SysctlError`] says which name was meant, or which range is allowed.
    pub fn set_sysctl(&mut self, name: &str, value: &str) -> Result<(), SysctlError> {
        let Self {
            sysctls,
            interfaces,
            ..
        } = self;
        sysctls.set_with(name, value, |name| named(interfaces, name))?;
        self.heed_linkdown();
        Ok(())
    }
}

fn named(interfaces: &[Interface], name: &str) -> Option<InterfaceId> {
    let found = interfaces.iter().find(|interface| interface.name == name)?;
    Some(found.id)
}

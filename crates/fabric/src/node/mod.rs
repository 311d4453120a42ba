//! What links lead to.
//!
//! A node decides, it does not send: it answers with where a frame goes, and the
//! [fabric](crate::Fabric) puts it there.

mod clock;
mod host;
mod learning;
mod switch;
mod tap;
mod tree;
mod vlan;

pub use host::{Admission, Gate};
pub(crate) use host::{AtGate, Host};
pub use switch::SwitchConfig;
pub(crate) use switch::{Forward, Switch};
pub(crate) use tap::Tap;
pub(crate) use tree::Plug;
pub use tree::SpanningTree;
pub(crate) use vlan::Exit;
pub use vlan::VlanPort;

use std::sync::Arc;

use crate::flood::Ways;
use crate::ids::{HostId, PortId};

/// A host, a switch, a hub or a tap.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) name: Box<str>,
    /// By number, in the order they were made.
    pub(crate) ports: Vec<PortId>,
    /// Where a flooded frame leaves, until something changes there.
    pub(crate) ways: Option<Arc<Ways>>,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Host(HostId),
    Switch(Box<Switch>),
    /// Repeats what comes in at one port at all others.
    Hub,
    Tap(Tap),
}

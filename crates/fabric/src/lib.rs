//! What stacks plug into: a whole network as one state machine in virtual time.
//!
//! No I/O, no clock: whoever drives a [`Fabric`] lets time pass, as fast as it likes or by a real
//! clock. The same seed and the same calls are the same run, frame by frame.
//!
//! ```text
//!   host ── link ── switch ── link ── host        Fabric    building, reaching in
//!                     │                           run.rs    the spine: who is next
//!                    link                         clock/    events and deadlines, each O(log n)
//!                     │                           cables.rs ports, links, what is under way
//!                    tap ◄─► the world outside    node/     what ports belong to
//! ```
//!
//! | module | what |
//! |---|---|
//! | `fabric`, `run` | [`Fabric`] and its spine |
//! | `switching` | what it does for its switches |
//! | `cables`, `link/` | [`Channel`]: rate, delay, queue, and what goes wrong, each in a file |
//! | `flood` | copies of one frame by many ports, which are one event |
//! | `cards` | whom a frame to many concerns |
//! | `node/` | hosts, learning switches with VLANs and a spanning tree, hubs, taps |
//! | `clock/` | what happens next |
//! | `ledger` | every [`DropReason`], counted by place |
//! | `observe` | [`Observer`]: sees every frame at every port |
//!
//! A node decides and a cable carries; only the spine knows both.

#![forbid(unsafe_code)]

mod cables;
mod cards;
mod clock;
mod fabric;
mod flood;
mod ids;
mod ledger;
mod link;
mod node;
mod observe;
mod partition;
mod run;
mod switching;

pub use fabric::{ConnectError, Fabric};
pub use ids::{Direction, HostId, LinkId, NodeId, PortId};
pub use ledger::{DropReason, Ledger};
pub use link::{
    Channel, CoDel, Correlation, Corrupt, Delay, Discipline, Distribution, Duplicate, FourState,
    GilbertElliott, Limit, Loss, Rate, Red, Reorder, Traffic,
};
pub use node::{Admission, Gate, SpanningTree, SwitchConfig, VlanPort};
pub use observe::{Observer, Sighting, What};

//! What a switch's port has to do with VLANs (IEEE 802.1Q-2022 §6.9, §8.6, §8.8).

use wire::vlan::{Tag, VlanId};

use crate::ledger::DropReason;

/// Which VLANs are at a port, and whether their frames bear tags there.
///
/// A switch of which no port was told any is blind to VLANs: it passes tags on as it passes on all
/// else. Once one was, its other ports are in VLAN 1, without tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VlanPort {
    /// For whoever knows nothing of VLANs: what comes in without a tag is in this one, and only
    /// what is in it goes out. A tag is refused, unless it tells the priority alone.
    Access(VlanId),
    /// For another switch, or a router: frames bear tags.
    Trunk {
        /// Those that may pass.
        allowed: Vec<VlanId>,
        /// The one whose frames bear no tag, if any: it may pass as well. A frame that bears its
        /// tag all the same is in it.
        native: Option<VlanId>,
    },
}

/// How a frame leaves by a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Not at all.
    Shut(DropReason),
    /// As the switch has it.
    AsItIs,
    /// With a tag.
    Tagged(Tag),
}

impl VlanPort {
    /// The tag of a frame within the switch, its VLAN known, from the one it came in with.
    pub(crate) fn admit(&self, tag: Option<Tag>) -> Result<Tag, DropReason> {
        let vlan = tag.and_then(|tag| tag.vlan);
        let vlan = match (self, vlan) {
            (Self::Access(own), None) => *own,
            (Self::Access(_), Some(_)) => return Err(DropReason::TagOnAccessPort),
            (Self::Trunk { native, .. }, None) => native.ok_or(DropReason::NoNativeVlan)?,
            (Self::Trunk { allowed, native }, Some(vlan)) => {
                if !allowed.contains(&vlan) && *native != Some(vlan) {
                    return Err(DropReason::VlanNotAllowed);
                }
                vlan
            }
        };
        Ok(Tag {
            vlan: Some(vlan),
            ..tag.unwrap_or(Tag::of(vlan))
        })
    }

    /// How a frame of a VLAN leaves here.
    pub(crate) fn exit(&self, tag: Tag) -> Exit {
        let shut = Exit::Shut(DropReason::VlanNotAllowed);
        match self {
            Self::Access(own) if tag.vlan == Some(*own) => Exit::AsItIs,
            Self::Access(_) => shut,
            Self::Trunk { native, .. } if tag.vlan == *native => Exit::AsItIs,
            Self::Trunk { allowed, .. } => match tag.vlan {
                Some(vlan) if allowed.contains(&vlan) => Exit::Tagged(tag),
                _ => shut,
            },
        }
    }
}

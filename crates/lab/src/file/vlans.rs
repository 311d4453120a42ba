//! The words for VLANs on a cable: `vlan = 10`; `trunk = [10, 20]`, `native = 10`.

use fabric::VlanPort;
use wire::vlan::VlanId;

use super::reader::{Reading, Table, Value};
use super::units;
use crate::mistake::Wrong;
use crate::scenario::At;

/// What a cable's words say of VLANs, if anything.
pub(super) fn read(table: &mut Table<'_>, reading: &mut Reading) -> Option<At<VlanPort>> {
    let access = table.take("vlan");
    let trunk = table.take("trunk");
    let native = table.take("native");
    let untagged = native.as_ref().and_then(|value| id(value, reading));
    match (access, trunk) {
        (Some(_), Some(both)) => {
            reading.wrong(&both.span, Wrong::OneOf("vlan, trunk"));
            None
        }
        (Some(value), None) => {
            if let Some(native) = native {
                let (key, near) = ("native".into(), Some("trunk".into()));
                reading.wrong(&native.span, Wrong::UnknownKey { key, near });
            }
            let vlan = id(&value, reading)?;
            Some(value.at(VlanPort::Access(vlan)))
        }
        (None, Some(value)) => {
            let each = value.each();
            let allowed = each.iter().filter_map(|value| id(value, reading));
            let mut allowed: Vec<VlanId> = allowed.collect();
            allowed.sort_unstable();
            allowed.dedup();
            Some(value.at(VlanPort::Trunk {
                allowed,
                native: untagged,
            }))
        }
        (None, None) => {
            if let Some(native) = native {
                reading.wrong(&native.span, Wrong::MissingKey("trunk"));
            }
            None
        }
    }
}

fn id(value: &Value<'_>, reading: &mut Reading) -> Option<VlanId> {
    let number = units::whole(value, reading)?;
    let id = u16::try_from(number).ok().and_then(VlanId::new);
    if id.is_none() {
        value.bad(&number.to_string(), "10, from 1 to 4094", reading);
    }
    id
}

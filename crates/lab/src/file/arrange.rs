//! How hosts get addresses and names: `{ serve = "dhcp", … }`, `{ serve = "dns", … }`, and what
//! stands in an address's place.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use landline::MacAddr;

use super::reader::{Reading, Table, Value};
use super::units;
use crate::mistake::Wrong;
use crate::scenario::{Interface, LinkDhcp, Task};

/// `address = "10.0.0.1/24"`, `"dhcp"`, `"slaac"`, or a list of them; `advertise = true`.
pub(super) fn addresses(table: &mut Table<'_>, interface: &mut Interface, reading: &mut Reading) {
    for address in table.take("address").iter().flat_map(Value::each) {
        if address.is("dhcp") {
            interface.automatic.dhcp = true;
        } else if address.is("slaac") {
            interface.automatic.slaac = true;
        } else if let Some(net) =
            address.parse("\"172.16.10.1/24\", \"dhcp\" or \"slaac\"", reading)
        {
            interface.addresses.push(address.at(net));
        }
    }
    let advertises = table.take_with("advertise", reading, |value, reading| match value.value {
        toml::de::DeValue::Boolean(on) => Some(*on),
        _ => {
            reading.wrong(&value.span, Wrong::WrongKind("true or false"));
            None
        }
    });
    interface.automatic.advertises = advertises.unwrap_or_default();
}

/// `{ serve = "dhcp", pool = "10.0.0.100-10.0.0.200", lease = "1h", router = "10.0.0.1", dns =
/// "10.0.0.53", domain = "lab", mtu = 1500, reserve."02:00:00:00:00:07" = "10.0.0.9" }`
pub(super) fn dhcp(table: &mut Table<'_>, reading: &mut Reading) -> Option<Task> {
    let pool = table.need_with("pool", reading, |value, reading| {
        let range = value.parse("\"10.0.0.100-10.0.0.200\"", reading)?;
        Some(value.at(range))
    });
    let lease = table.take_with("lease", reading, units::time);
    let mut addresses = |key, reading: &mut Reading| {
        let mut all: Vec<Ipv4Addr> = Vec::new();
        for value in table.take(key).iter().flat_map(Value::each) {
            all.extend(value.parse::<Ipv4Addr>("\"10.0.0.1\"", reading));
        }
        all
    };
    let routers = addresses("router", reading);
    let dns = addresses("dns", reading);
    let domain = table.take_with("domain", reading, |value, reading| {
        Some(value.text(reading)?.to_owned())
    });
    let mtu = table.take_with("mtu", reading, |value, reading| {
        let mtu = units::whole(value, reading)?;
        let small = u16::try_from(mtu).ok().filter(|mtu| *mtu >= 576);
        if small.is_none() {
            value.bad(&mtu.to_string(), "1500, from 576 to 65535", reading);
        }
        small
    });
    let mut reserved = BTreeMap::new();
    for (card, value) in table.named("reserve", reading) {
        let mac = card.value.parse::<MacAddr>();
        let address = value.parse("\"10.0.0.9\"", reading);
        match (mac, address) {
            (Ok(mac), Some(address)) => drop(reserved.insert(mac, address)),
            (Err(_), _) => {
                let (text, example) = (card.value, "02:00:00:00:00:07");
                reading.wrong(&card.span, Wrong::BadValue { text, example });
            }
            (Ok(_), None) => {}
        }
    }
    Some(Task::Dhcp(Box::new(LinkDhcp {
        pool: pool?,
        lease: lease.unwrap_or(Duration::from_secs(3600)),
        routers,
        dns,
        domain,
        mtu,
        reserved,
    })))
}

/// `{ serve = "dns", domain = "lab" }`
pub(super) fn dns(table: &mut Table<'_>, reading: &mut Reading) -> Option<Task> {
    let domain = table.need_with("domain", reading, |value, reading| {
        let text = value.text(reading)?;
        let zone = services::dns::Zone::new(text, BTreeMap::new());
        if zone.is_none() {
            value.bad(text, "\"lab\" or \"lab.example\"", reading);
        }
        Some(zone?.domain().to_owned())
    });
    Some(Task::Dns { domain: domain? })
}

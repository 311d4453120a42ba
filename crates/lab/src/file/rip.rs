//! `rip = true`, or `rip = { update = "5s", … }`: a router speaks RIP.

use base::Duration;
use services::rip::{Config, Secret, Timers};
use toml::de::DeValue;

use super::reader::{Reading, Table, Value};
use super::units;
use crate::mistake::Wrong;
use crate::routing::Rip;

pub(super) fn read(table: &mut Table<'_>, reading: &mut Reading) -> Option<Rip> {
    let value = table.take("rip")?;
    let span = value.span.clone();
    let mut rip = Rip {
        span,
        config: Config::default(),
        passive: Vec::new(),
    };
    match value.value {
        DeValue::Boolean(speaks) => return speaks.then_some(rip),
        DeValue::Table(_) => {}
        _ => {
            let wanted = "true, or a table such as { update = \"5s\" }";
            reading.wrong(&value.span, Wrong::WrongKind(wanted));
            return None;
        }
    }
    let mut table = value.table(reading)?;
    rip.config.timers = timers(&mut table, reading);
    for card in table.take("passive").iter().flat_map(Value::each) {
        if let Some(name) = card.text(reading) {
            rip.passive.push(card.at(name.to_owned()));
        }
    }
    for what in table.take("redistribute").iter().flat_map(Value::each) {
        match what.text(reading) {
            Some("static") => rip.config.tells_static = true,
            Some("default") => rip.config.tells_default = true,
            Some(text) => what.bad(text, "[\"static\", \"default\"]", reading),
            None => {}
        }
    }
    if let Some(versions) = table.take("versions") {
        (rip.config.v2, rip.config.ng) = (false, false);
        for version in versions.each() {
            match version.text(reading) {
                Some("ripv2") => rip.config.v2 = true,
                Some("ripng") => rip.config.ng = true,
                Some(text) => version.bad(text, "[\"ripv2\", \"ripng\"]", reading),
                None => {}
            }
        }
    }
    rip.config.secret = secret(&mut table, reading);
    table.finish(reading);
    Some(rip)
}

/// RFC 2453 §3.8: of what is not said, six and four updates.
fn timers(table: &mut Table<'_>, reading: &mut Reading) -> Timers {
    let mut time = |key| {
        let time = table.take_with(key, reading, units::time);
        time.map(Duration::from)
    };
    let update = time("update").unwrap_or(Timers::default().update);
    Timers {
        update,
        timeout: time("timeout").unwrap_or(update * 6),
        garbage: time("garbage").unwrap_or(update * 4),
    }
}

/// `password = "sesame"` for everybody to read, or `key = "sesame"` for digests.
fn secret(table: &mut Table<'_>, reading: &mut Reading) -> Secret {
    if table.take("password").is_none() && table.take("key").is_none() {
        return Secret::None;
    }
    let kind = table.one_of("password, key", reading);
    let made = kind.and_then(|kind| {
        table.take_with(kind, reading, |value, reading| {
            let text = value.text(reading)?;
            let made = match kind {
                "password" => Secret::password(text),
                _ => Secret::md5(1, text),
            };
            if made.is_err() {
                reading.wrong(&value.span, Wrong::RipPassword);
            }
            made.ok()
        })
    });
    made.unwrap_or(Secret::None)
}

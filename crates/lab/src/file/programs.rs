//! `run = [ … ]`: what runs on a host.

use std::time::Duration;

use super::reader::{Reading, Table, Value};
use super::{arrange, units, web};
use crate::mistake::Wrong;
use crate::scenario::{Amount, Program, Scheme, Service, Target, Task};

pub(super) fn read(value: &Value<'_>, reading: &mut Reading) -> Option<Program> {
    let mut table = value.table(reading)?;
    let at = table.take_with("at", reading, units::time);
    let task = match table.one_of("serve, call, transfer, ping, load, fetch", reading)? {
        "serve" => serve(&mut table, reading),
        "call" => call(&mut table, reading),
        "fetch" => web::fetch(&mut table, reading),
        "transfer" => transfer(&mut table, reading),
        "ping" => ping(&mut table, reading),
        _ => load(&mut table, reading),
    };
    table.finish(reading);
    Some(Program {
        at: at.unwrap_or_default(),
        span: value.span.clone(),
        task: task?,
    })
}

/// `{ serve = "upper", on = "tcp://0.0.0.0:9000" }`
fn serve(table: &mut Table<'_>, reading: &mut Reading) -> Option<Task> {
    if table.take("serve").is_some_and(|value| value.is("web")) {
        return web::serve(table, reading);
    }
    if table.take("serve").is_some_and(|value| value.is("dhcp")) {
        return arrange::dhcp(table, reading);
    }
    if table.take("serve").is_some_and(|value| value.is("dns")) {
        return arrange::dns(table, reading);
    }
    let service = table.take_with("serve", reading, |value, reading| {
        let text = value.text(reading)?;
        match text {
            "upper" => Some(Service::Upper),
            "echo" => Some(Service::Echo),
            "time" => Some(Service::Time),
            _ => {
                value.bad(
                    text,
                    "\"upper\", \"echo\", \"time\", \"web\", \"dhcp\" or \"dns\"",
                    reading,
                );
                None
            }
        }
    })?;
    let mut on = Vec::new();
    for value in table.take("on").iter().flat_map(Value::each) {
        on.extend(value.parse("\"tcp://0.0.0.0:9000\"", reading));
    }
    Some(Task::Serve { service, on })
}

/// `{ call = "tcp://server:9000", say = ["hello"] }`
fn call(table: &mut Table<'_>, reading: &mut Reading) -> Option<Task> {
    let to = table.take_with("call", reading, target);
    let mut say = Vec::new();
    for line in table.take("say").iter().flat_map(Value::each) {
        say.extend(line.text(reading).map(str::to_owned));
    }
    Some(Task::Call { to: to?, say })
}

fn target(value: &Value<'_>, reading: &mut Reading) -> Option<Target> {
    let text = value.text(reading)?;
    let read = || {
        let (scheme, rest) = text.split_once("://")?;
        let scheme = match scheme {
            "tcp" => Scheme::Tcp,
            "udp" => Scheme::Udp,
            _ => return None,
        };
        let (host, port) = rest.rsplit_once(':')?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = port.parse().ok().filter(|port| *port != 0)?;
        (!host.is_empty()).then(|| Target {
            scheme,
            host: value.at(host.to_owned()),
            port,
        })
    };
    let target = read();
    if target.is_none() {
        value.bad(text, "\"tcp://server:9000\"", reading);
    }
    target
}

/// `{ transfer = "server", bytes = "10MB", congestion = "bbr" }`, or `for = "10s"` instead of `bytes`
fn transfer(table: &mut Table<'_>, reading: &mut Reading) -> Option<Task> {
    let to = table.take_with("transfer", reading, |value, reading| {
        Some(value.at(value.text(reading)?.to_owned()))
    });
    let bytes = table.take_with("bytes", reading, |value, reading| {
        units::bytes(value, reading).map(Amount::Bytes)
    });
    let time = table.take_with("for", reading, |value, reading| {
        units::time(value, reading).map(Amount::For)
    });
    table.one_of("bytes, for", reading);
    let congestion = table.take_with("congestion", reading, |value, reading| {
        Some(value.at(value.text(reading)?.to_owned()))
    });
    Some(Task::Transfer {
        to: to?,
        amount: bytes.or(time)?,
        congestion,
    })
}

/// `{ ping = "server", count = 3, every = "1s" }`
fn ping(table: &mut Table<'_>, reading: &mut Reading) -> Option<Task> {
    let to = table.take_with("ping", reading, |value, reading| {
        Some(value.at(value.text(reading)?.to_owned()))
    });
    let count = table.take_with("count", reading, units::whole);
    let every = table.take_with("every", reading, units::time);
    Some(Task::Ping {
        to: to?,
        count: count.unwrap_or(1),
        every: every.unwrap_or(Duration::from_secs(1)),
    })
}

/// Requests of one load at most: their times are all kept.
const REQUESTS: usize = 10_000_000;

/// `{ load = "tcp://server:9000", rate = "100/s", size = "1KB", for = "10s" }`
fn load(table: &mut Table<'_>, reading: &mut Reading) -> Option<Task> {
    let to = table.take_with("load", reading, target);
    let rate = table.need_with("rate", reading, units::times_a_second);
    let size = table.take_with("size", reading, units::bytes);
    let time = table.need_with("for", reading, units::time);
    let size = size.unwrap_or(1000);
    let (to, rate, time) = (to?, rate?, time?);
    let most = match to.scheme {
        Scheme::Tcp => 1 << 30,
        Scheme::Udp => 65_507,
    };
    if !(1..=most).contains(&size) {
        let value = table.take("size")?;
        value.bad(
            &size.to_string(),
            "\"1KB\"; at most 65507 over udp",
            reading,
        );
        return None;
    }
    if rate * time.as_secs_f64() > REQUESTS as f64 {
        let (what, limit) = ("requests of one load", REQUESTS);
        reading.wrong(&table.span, Wrong::TooMany { what, limit });
    }
    Some(Task::Load {
        to,
        rate,
        size,
        time,
    })
}

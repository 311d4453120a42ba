//! What was measured at the hosts' cards, as tables.

use ::lab::report::{Death, Flow, HostTraffic, Measures, Spread};
use services::words::Lang;

use super::report::{megabits, millis, pick, seconds, table};

/// Which of it was asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) flows: bool,
    pub(super) drops: bool,
}

/// The tables, for a person.
pub(super) fn text(measures: &Measures, asked: Asked, lang: Lang) -> String {
    let mut out = String::new();
    if asked.flows {
        let head = ["host", "frames out", "bytes out", "frames in", "bytes in"];
        let head_zh = ["主机", "发出帧", "发出字节", "收到帧", "收到字节"];
        let hosts = measures.hosts.iter().map(host);
        table(&mut out, pick(lang, head, head_zh), hosts.collect());
        flows(&mut out, measures, lang);
    }
    if asked.drops {
        let head = ["died", "at", "of", "bytes", "what", "from", "to"];
        let head_zh = ["死于时刻", "地点", "原因", "字节", "内容", "自", "至"];
        let deaths = measures.deaths.iter().map(death);
        table(&mut out, pick(lang, head, head_zh), deaths.collect());
    }
    out
}

fn flows(out: &mut String, measures: &Measures, lang: Lang) {
    let head = [
        "seen at",
        "what",
        "from",
        "to",
        "began",
        "ended",
        "bytes",
        "Mbit/s",
        "again",
        "in flight",
        "RTT ms min",
        "p50",
        "p99",
    ];
    let head_zh = [
        "所见之处",
        "协议",
        "自",
        "至",
        "开始",
        "结束",
        "字节",
        "Mbit/s",
        "重传",
        "在途",
        "RTT ms 最小",
        "p50",
        "p99",
    ];
    let rows = measures.flows.iter().map(flow);
    table(out, pick(lang, head, head_zh), rows.collect());
    if measures.more_flows > 0 {
        let more = measures.more_flows;
        *out += &match lang {
            Lang::English => format!("({more} frames of further flows are not told apart)\n"),
            Lang::Chinese => format!("(其余流的 {more} 帧未分别列出)\n"),
        };
    }
}

fn host(host: &HostTraffic) -> [String; 5] {
    [
        host.host.clone(),
        host.frames_sent.to_string(),
        host.bytes_sent.to_string(),
        host.frames_received.to_string(),
        host.bytes_received.to_string(),
    ]
}

fn flow(flow: &Flow) -> [String; 13] {
    let tcp = flow.acknowledged.as_ref();
    let rtt = tcp.and_then(|tcp| tcp.rtt);
    let time = |of: fn(&Spread) -> std::time::Duration| {
        rtt.map_or_else(String::new, |spread| millis(of(&spread)))
    };
    [
        flow.at.clone(),
        flow.protocol.clone(),
        flow.from.clone(),
        flow.to.clone(),
        seconds(flow.began),
        seconds(flow.ended),
        flow.bytes.to_string(),
        tcp.and_then(|tcp| tcp.goodput)
            .map_or_else(String::new, megabits),
        tcp.map_or_else(String::new, |tcp| tcp.retransmits.to_string()),
        tcp.map_or_else(String::new, |tcp| tcp.in_flight_peak.to_string()),
        time(|spread| spread.min),
        time(|spread| spread.p50),
        time(|spread| spread.p99),
    ]
}

fn death(death: &Death) -> [String; 7] {
    [
        seconds(death.at),
        death.place.clone(),
        death.reason.clone(),
        death.length.to_string(),
        death.protocol.clone().unwrap_or_default(),
        death.from.clone().unwrap_or_default(),
        death.to.clone().unwrap_or_default(),
    ]
}

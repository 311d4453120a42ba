//! A report as tables.

use std::collections::BTreeMap;

use ::lab::Report;
use ::lab::report::{Ended, Link, Outcome, Passage, Result, RouteNews, Sample, Spread};
use services::rip::Event;
use services::words::Lang;
use unicode_width::UnicodeWidthStr;

/// The whole report, for a person.
pub(super) fn text(report: &Report, lang: Lang) -> String {
    let say = |en: &'static str, zh: &'static str| match lang {
        Lang::English => en,
        Lang::Chinese => zh,
    };
    let at = report.at.as_nanos() as f64 / 1e9;
    let mut out = match report.ended {
        Ended::Done => format!("{} {at:.3} s\n", say("done at", "完成于")),
        Ended::Until => format!("{} {at:.3} s\n", say("ended at", "结束于")),
        Ended::Stopped => format!("{} {at:.3} s\n", say("stopped at", "中止于")),
        Ended::Stuck => format!(
            "{} {at:.3} s\n",
            say("a program waits for ever, since", "有程序永远等下去,自")
        ),
    };
    let programs = report
        .programs
        .iter()
        .flat_map(|outcome| program(outcome, lang));
    let head = ["host", "program", "from", "to", "result"];
    let head_zh = ["主机", "程序", "开始", "结束", "结果"];
    table(&mut out, pick(lang, head, head_zh), programs.collect());
    let head = ["router", "at", "routes"];
    let routes = routes(report, lang);
    table(
        &mut out,
        pick(lang, head, ["路由器", "时间", "路由"]),
        routes,
    );
    let head = ["from", "to", "frames", "bytes", "queue peak", "busy"];
    let head_zh = ["自", "至", "帧", "字节", "队列最长", "占用"];
    let links = report.links.iter().filter(|link| link.frames > 0).map(link);
    table(&mut out, pick(lang, head, head_zh), links.collect());
    conflicts(&mut out, report, lang);
    guards(&mut out, report, lang);
    let drops = report.drops.iter().map(|drop| {
        [
            drop.place.clone(),
            drop.reason.clone(),
            drop.count.to_string(),
        ]
    });
    let drops: Vec<_> = drops.collect();
    let outside = report
        .outside
        .iter()
        .flat_map(|passage| outside(passage, lang));
    let head = ["outside", "flows", "bytes in", "bytes out", "errors"];
    let head_zh = ["内外之间", "流", "进入字节", "出去字节", "错误"];
    table(&mut out, pick(lang, head, head_zh), outside.collect());
    names(&mut out, report, lang);
    let head = ["died at", "of", "frames"];
    table(&mut out, pick(lang, head, ["死于", "原因", "帧"]), drops);
    out.extend(report.lag.filter(|lag| lag.late > 0).map(|lag| {
        let worst = lag.worst.as_secs_f64() * 1e3;
        let late = lag.late;
        match lang {
            Lang::English => format!(
                "\nthe machine could not keep up: {late} times more than 20 ms behind, {worst:.0} ms at worst\n"
            ),
            Lang::Chinese => format!("\n机器跟不上时钟:{late} 次落后超过 20 ms,最多 {worst:.0} ms\n"),
        }
    }));
    out
}

/// Addresses that two had.
fn conflicts(out: &mut String, report: &Report, lang: Lang) {
    let each = report.conflicts.iter().map(|conflict| {
        let what = match (conflict.given_up, lang) {
            (true, Lang::English) => "does without it",
            (true, Lang::Chinese) => "放弃了",
            (false, Lang::English) => "goes on using it",
            (false, Lang::Chinese) => "继续使用",
        };
        [
            conflict.card.clone(),
            conflict.address.to_string(),
            conflict.mac.clone(),
            what.to_owned(),
        ]
    });
    let head = ["noticed by", "address", "also of", "and"];
    let head_zh = ["发现者", "地址", "同时属于", "结果"];
    table(out, pick(lang, head, head_zh), each.collect());
}

/// What NAT and firewalls did.
fn guards(out: &mut String, report: &Report, lang: Lang) {
    let nats = report.nat.iter().map(|nat| {
        [
            nat.host.clone(),
            nat.mappings.to_string(),
            nat.peak.to_string(),
            nat.refused.to_string(),
            nat.unasked.to_string(),
        ]
    });
    let head = ["NAT", "mappings", "peak", "refused", "unasked"];
    let head_zh = ["NAT", "映射", "最多", "拒绝", "不请自来"];
    table(out, pick(lang, head, head_zh), nats.collect());
    let verdicts = report.firewalls.iter().map(|verdict| {
        let rule = match (lang, verdict.rule.as_str()) {
            (Lang::Chinese, "known") => "已知会话",
            (Lang::Chinese, "policy") => "默认策略",
            (_, rule) => rule,
        };
        [
            verdict.host.clone(),
            rule.to_owned(),
            verdict.packets.to_string(),
            verdict.bytes.to_string(),
        ]
    });
    let head = ["firewall", "rule", "packets", "bytes"];
    let head_zh = ["防火墙", "规则", "包", "字节"];
    table(out, pick(lang, head, head_zh), verdicts.collect());
}

/// What happened with addresses, and which names were asked for.
fn names(out: &mut String, report: &Report, lang: Lang) {
    let leases = report.leases.iter().map(|leased| {
        let at = format!("{:.3}", leased.at.as_nanos() as f64 / 1e9);
        [at, leased.host.clone(), leased.news.words(lang)]
    });
    let head = ["at", "told by", "address"];
    table(
        out,
        pick(lang, head, ["时刻", "来自", "地址"]),
        leases.collect(),
    );
    let queries = report.queries.iter().map(|query| {
        let outcome = match (lang, query.outcome) {
            (Lang::English, outcome) => outcome,
            (Lang::Chinese, "answered") => "已回答",
            (Lang::Chinese, "no data") => "没有这种记录",
            (Lang::Chinese, "no such name") => "没有这个名字",
            (Lang::Chinese, "refused") => "拒绝",
            (Lang::Chinese, _) => "看不懂",
        };
        let name = services::escaped(query.name.as_bytes());
        [
            query.server.clone(),
            name,
            outcome.to_owned(),
            query.count.to_string(),
        ]
    });
    let head = ["name server", "name", "outcome", "questions"];
    let head_zh = ["名字服务器", "名字", "结果", "次数"];
    table(out, pick(lang, head, head_zh), queries.collect());
}

/// What routers came to know, a line each, as far as anybody reads.
fn routes(report: &Report, lang: Lang) -> Vec<[String; 3]> {
    const SHOWN: usize = 200;
    let news = report.routing.news.iter();
    let news = news.filter(|news| !matches!(news.event, Event::Speaks { .. }));
    let line = |news: &RouteNews| {
        let at = format!("{:.3}", news.at.as_nanos() as f64 / 1e9);
        [news.router.clone(), at, lang.routing(&news.event)]
    };
    let mut lines: Vec<_> = news.clone().take(SHOWN).map(line).collect();
    let more = news.skip(SHOWN).count() as u64 + report.routing.more;
    if more > 0 {
        let words = match lang {
            Lang::English => format!("... and {more} more; --report json has them"),
            Lang::Chinese => format!("……另有 {more} 条,见 --report json"),
        };
        lines.push([String::new(), String::new(), words]);
    }
    lines
}

/// A passage's line; each error has one of its own.
fn outside(passage: &Passage, lang: Lang) -> Vec<[String; 5]> {
    let mut errors = errors(&passage.errors);
    let what = passage.what.clone();
    let what = match lang {
        Lang::English => what,
        Lang::Chinese => what.replacen("publish", "发布", 1),
    };
    let mut lines = vec![[
        what,
        passage.flows.to_string(),
        passage.inward.to_string(),
        passage.outward.to_string(),
        errors.next().unwrap_or_default(),
    ]];
    let blank = String::new;
    lines.extend(errors.map(|error| [blank(), blank(), blank(), blank(), error]));
    lines
}

pub(super) fn pick<const N: usize>(
    lang: Lang,
    en: [&'static str; N],
    zh: [&'static str; N],
) -> [&'static str; N] {
    match lang {
        Lang::English => en,
        Lang::Chinese => zh,
    }
}

/// A program's line; what it heard has lines of its own.
fn program(outcome: &Outcome, lang: Lang) -> Vec<[String; 5]> {
    let results = match &outcome.result {
        Result::Done => vec![pick(lang, ["done"], ["完成"])[0].to_owned()],
        Result::Failed(why) => vec![pick(lang, ["FAILED: "], ["失败:"])[0].to_owned() + why],
        Result::Heard(lines) => lines.clone(),
        Result::Transfer(transfer) => {
            let goodput = megabits(transfer.goodput().unwrap_or_default());
            let again = transfer.retransmits;
            let mut lines = vec![match lang {
                Lang::English => format!("{goodput} Mbit/s, {again} segments sent again"),
                Lang::Chinese => format!("{goodput} Mbit/s,重传 {again} 段"),
            }];
            lines.extend(transfer.rtt.map(|rtt| format!("RTT {}", spread(&rtt))));
            lines.extend(course(&transfer.course));
            lines
        }
        Result::Fetch(fetch) => {
            let (status, bytes) = (fetch.status, fetch.bytes);
            let (first, took) = (fetch.first.as_secs_f64(), fetch.took.as_secs_f64());
            vec![match lang {
                Lang::English => format!(
                    "status {status}, {bytes} bytes in {took:.3} s, the first after {first:.3} s"
                ),
                Lang::Chinese => {
                    format!("状态 {status},{bytes} 字节用时 {took:.3} s,首字节 {first:.3} s")
                }
            }]
        }
        Result::Ping(ping) => {
            let (sent, received) = (ping.sent, ping.received);
            let mut lines = vec![match lang {
                Lang::English => format!("{received} of {sent} answered"),
                Lang::Chinese => format!("{sent} 次,{received} 次有回应"),
            }];
            lines.extend(ping.rtt.map(|rtt| format!("RTT {}", spread(&rtt))));
            lines.extend(errors(&ping.errors));
            lines
        }
        Result::Load(load) => {
            let (requests, answered) = (load.requests, load.answered);
            let connections = load.connections;
            let mut lines = vec![match lang {
                Lang::English => {
                    format!("{answered} of {requests} requests answered, {connections} connections")
                }
                Lang::Chinese => {
                    format!("{requests} 个请求,{answered} 个有回应,{connections} 个连接")
                }
            }];
            let word = pick(lang, ["latency"], ["延迟"])[0];
            lines.extend(load.latency.map(|time| format!("{word} {}", spread(&time))));
            lines.extend(errors(&load.errors));
            lines
        }
    };
    let first = results.first().cloned().unwrap_or_default();
    let mut lines = vec![[
        outcome.host.clone(),
        outcome.what.clone(),
        seconds(outcome.began),
        seconds(outcome.ended),
        first,
    ]];
    let blank = String::new;
    for more in results.into_iter().skip(1) {
        lines.push([blank(), blank(), blank(), blank(), more]);
    }
    lines
}

/// A moment, in seconds.
pub(super) fn seconds(at: base::Instant) -> String {
    format!("{:.3}", at.as_nanos() as f64 / 1e9)
}

/// A time, in milliseconds.
pub(super) fn millis(time: std::time::Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1e3)
}

/// A rate, in Mbit/s.
pub(super) fn megabits(rate: f64) -> String {
    format!("{:.2}", rate / 1e6)
}

/// Percentiles in milliseconds.
fn spread(spread: &Spread) -> String {
    let Spread {
        min,
        mean,
        p50,
        p90,
        p99,
        max,
        ..
    } = *spread;
    format!(
        "min {} / mean {} / p50 {} / p90 {} / p99 {} / max {} ms",
        millis(min),
        millis(mean),
        millis(p50),
        millis(p90),
        millis(p99),
        millis(max)
    )
}

/// How often what went wrong.
fn errors(errors: &BTreeMap<String, u64>) -> impl Iterator<Item = String> + '_ {
    errors
        .iter()
        .map(|(what, count)| format!("{count} × {what}"))
}

/// The window's course in a line: at most ten of its samples.
fn course(course: &[Sample]) -> Option<String> {
    const SHOWN: usize = 10;
    let step = course.len().div_ceil(SHOWN).max(1);
    let windows: Vec<_> = course
        .iter()
        .step_by(step)
        .map(|sample| sample.cwnd.to_string())
        .collect();
    (windows.len() > 1).then(|| format!("cwnd {}", windows.join(" ")))
}

fn link(link: &Link) -> [String; 6] {
    let busy = link
        .utilisation
        .map(|share| format!("{:.1}%", share * 100.0));
    [
        link.from.clone(),
        link.to.clone(),
        link.frames.to_string(),
        link.bytes.to_string(),
        link.queue_peak.to_string(),
        busy.unwrap_or_default(),
    ]
}

/// Columns under their heads; those of numbers stand to the right.
pub(super) fn table<const N: usize>(out: &mut String, head: [&str; N], rows: Vec<[String; N]>) {
    if rows.is_empty() {
        return;
    }
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].width());
        cells.chain([head[column].width()]).max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let is_number: [bool; N] = std::array::from_fn(|column| {
        let number = |cell: &str| cell.chars().all(|c| c.is_ascii_digit() || ".%".contains(c));
        rows.iter().all(|row| number(&row[column]))
    });
    out.push('\n');
    let rows = rows
        .iter()
        .map(|row| std::array::from_fn(|at| row[at].as_str()));
    for row in std::iter::once(head).chain(rows) {
        let mut line = String::new();
        for (at, cell) in row.into_iter().enumerate() {
            let pad = " ".repeat(widths[at] - cell.width());
            let (before, behind) = if is_number[at] {
                (pad.as_str(), "")
            } else {
                ("", pad.as_str())
            };
            line.push_str(&format!("{before}{cell}{behind}  "));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

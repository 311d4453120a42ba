//! The command's own sentences, each in both languages, and the choice between them.

pub(crate) mod network;
mod via;

use std::ffi::OsString;

use services::subnet::Subnet;
use services::words::Lang;

use crate::network::NetworkError;
use crate::via::ViaError;
use via::via;

/// The language to speak: `--lang`'s, else the locale's.
pub(crate) fn language(typed: &[OsString]) -> Lang {
    let mut words = typed.iter().filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--lang") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        match value {
            Some("zh") => return Lang::Chinese,
            Some("en") => return Lang::English,
            _ => {}
        }
    }
    // POSIX.1-2017, section 8.2: the first of these that is set and not empty.
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    Lang::of_locale(&locale.unwrap_or_default())
}

/// Something that only the command says.
#[derive(Debug)]
pub(crate) enum Say<'a> {
    /// What is wrong with `--via`.
    Via(&'a ViaError),
    /// `--sysctl` is not `name=value`.
    NotASysctl,
    /// Not a time in seconds.
    NotSeconds,
    /// Not a MAC address.
    NotMac,
    /// `--publish` is not what it should be.
    NotAPublish,
    /// A network that has no parts of that prefix length, the shortest and longest that it has.
    NoParts(u8, u8, u8),
    /// More parts than anybody reads, as a power of two, and a prefix length with fewer.
    TooManyParts(u8, u8),
    /// A network on which no card makes an address of its MAC address.
    NoEui64(&'a Subnet),
    /// Something that is not known here, and what was perhaps meant.
    Unknown(&'a str, Option<&'a str>),
    /// Arguments that are missing.
    Missing(&'a str),
    /// A value that is none of those that an argument takes: the argument, the value, the choice.
    NoChoice(&'a str, &'a str, &'a str),
    /// A value that an argument does not take: the argument, the value, the reason.
    BadValue(&'a str, &'a str, &'a str),
    /// Where to read what can be typed.
    SeeHelp(&'a str),
    /// Why there is no network.
    Network(&'a NetworkError),
    /// The two addresses are of different families.
    MixedFamilies,
    /// Lines of a log that nobody read in time.
    LinesLost(u64),
    /// A line of input beyond the limit, in MiB.
    LineTooLong(usize),
}

impl Say<'_> {
    pub(crate) fn words(&self, lang: Lang) -> String {
        let pick = |en: String, zh: String| match lang {
            Lang::English => en,
            Lang::Chinese => zh,
        };
        match self {
            Say::Via(error) => via(error, lang),
            Say::NotASysctl => pick(
                "not NAME=VALUE; try net.ipv4.tcp_fin_timeout=30".into(),
                "不是“名称=值”的形式;例如 net.ipv4.tcp_fin_timeout=30".into(),
            ),
            Say::NotSeconds => pick(
                "not a number of seconds above 0 and up to 1000000; try 1.5".into(),
                "不是大于 0、不超过 1000000 的秒数;例如 1.5".into(),
            ),
            Say::NotMac => pick(
                "not a MAC address; try 02:00:00:00:10:0a".into(),
                "不是 MAC 地址;例如 02:00:00:00:10:0a".into(),
            ),
            Say::NotAPublish => pick(
                "not a port of this machine and one of a host in the lab; try 127.0.0.1:8080=web:80"
                    .into(),
                "不是“本机端口=实验网主机:端口”的形式;例如 127.0.0.1:8080=web:80".into(),
            ),
            Say::NoParts(given, from, to) => pick(
                format!(
                    "--split {given}: its parts have prefixes from {from} to {to}; try --split {}",
                    (from + 1).min(*to)
                ),
                format!(
                    "--split {given}:它的各部分前缀长度为 {from} 到 {to};例如 --split {}",
                    (from + 1).min(*to)
                ),
            ),
            Say::TooManyParts(bits, fewer) => pick(
                format!("that would be 2^{bits} networks, a line each; try --split {fewer}"),
                format!("那会有 2^{bits} 个网络,每个一行;例如 --split {fewer}"),
            ),
            Say::NoEui64(subnet) => pick(
                format!("--mac: {subnet} does not leave 64 bits to the card; try fd00::/64"),
                format!("--mac:{subnet} 没有给网卡留下 64 位;例如 fd00::/64"),
            ),
            Say::BadValue(argument, value, why) => pick(
                format!("{argument} cannot be \"{value}\": {why}"),
                format!("{argument} 不能是“{value}”:{why}"),
            ),
            Say::Unknown(word, None) => pick(
                format!("\"{word}\" is not known here"),
                format!("这里没有“{word}”"),
            ),
            Say::Unknown(word, Some(similar)) => pick(
                format!("\"{word}\" is not known here; there is {similar}"),
                format!("这里没有“{word}”;有 {similar}"),
            ),
            Say::Missing(arguments) => pick(
                format!("{arguments} is missing"),
                format!("缺少 {arguments}"),
            ),
            Say::NoChoice(argument, value, choice) => pick(
                format!("{argument} cannot be \"{value}\"; there are: {choice}"),
                format!("{argument} 不能是“{value}”;可选:{choice}"),
            ),
            Say::SeeHelp(command) => pick(
                format!("see {command} --help"),
                format!("用法见 {command} --help"),
            ),
            Say::Network(error) => network::network(error, lang),
            Say::MixedFamilies => pick(
                "an IPv4 and an IPv6 address are never on one network; give two of a kind".into(),
                "IPv4 地址和 IPv6 地址不会在同一网络;请给出同类的两个地址".into(),
            ),
            Say::LinesLost(count) => pick(
                format!("({count} lines were not read in time and are left out here)"),
                format!("(有 {count} 行未能及时读取,此处略去)"),
            ),
            Say::LineTooLong(mib) => pick(
                format!("a line is longer than {mib} MiB"),
                format!("有一行超过 {mib} MiB"),
            ),
        }
    }
}

/// What a command does, for the help in Chinese: by the words that are typed.
pub(crate) const SUMMARIES: &[(&[&str], &str)] = &[
    (&[], "用户态的完整 TCP/IP 网络,以及套接字之上的各种程序"),
    (&["serve"], "运行服务器,直到 Ctrl-C"),
    (&["serve", "upper"], "把每条消息变成大写后答复"),
    (&["serve", "echo"], "原样答复每条消息"),
    (
        &["serve", "rip"],
        "与链路上的路由器用 RIP 交谈(RIPv2 与 RIPng)",
    ),
    (
        &["serve", "time"],
        "时间服务器:每个数据报是 strftime 格式,答复时间",
    ),
    (&["serve", "chat"], "聊天服务器:显示谁来信,并可回复"),
    (&["call"], "呼叫服务:逐行发送,打印答复"),
    (&["time"], "向时间服务器询问时间"),
    (&["chat"], "与聊天对象聊天"),
    (&["subnet"], "计算子网,或判断两台主机是否在同一子网"),
    (&["demo"], "观看消息怎样穿过两个小局域网的每一层"),
    (&["dissect"], "拆解抓包文件:逐包、逐层、逐字段"),
    (
        &["serve", "web"],
        "网页服务器:一个页面,或一个文件夹里的文件",
    ),
    (&["lab", "run"], "以虚拟时间或按时钟运行一个网络,并给出报告"),
    (&["lab", "ladder"], "把抓包文件画成梯形图"),
];

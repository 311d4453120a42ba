//! What can be wrong with a scenario, each with the line where it stands.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use services::dhcp::PoolError;
use services::words::Lang;

use crate::scenario::Span;
use crate::wiring::Wiring;

/// Everything that is wrong with a scenario, in the order in which it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(Vec<Mistake>);

/// Something that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it stands in the file, in bytes; empty where no file says it.
    pub span: Span,
    /// What it is.
    pub wrong: Wrong,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wrong {
    /// Not TOML; what its reader says.
    Syntax(String),
    /// A key that means nothing where it stands.
    UnknownKey {
        /// The key.
        key: String,
        /// The nearest right one.
        near: Option<String>,
    },
    /// A key that must be there.
    MissingKey(&'static str),
    /// Keys of which just one can stand.
    OneOf(&'static str),
    /// A value of another kind than is wanted: what would be right.
    WrongKind(&'static str),
    /// A text or number that cannot be read: the text, and one that could.
    BadValue {
        /// As it stands there.
        text: String,
        /// Such as `10ms`.
        example: &'static str,
    },
    /// A name that nothing has.
    UnknownName {
        /// The name.
        name: String,
        /// The nearest that there is.
        near: Option<String>,
    },
    /// Not a name for what it is to name: letters, digits, `-`, `_` and `.`.
    BadName(String),
    /// A name that something else has.
    NameTaken(String),
    /// A port of one interface, where a cable is plugged in already.
    PortTaken(String),
    /// A cable whose two ends are one.
    CableToItself,
    /// No cable is plugged in there.
    NoCable(String),
    /// Only a host has interfaces and runs programs.
    NotAHost(String),
    /// An address that another interface has: whose.
    AddressTaken {
        /// The address.
        address: String,
        /// `bob:eth0`.
        by: String,
    },
    /// A MAC address that another interface has.
    MacTaken {
        /// The address.
        mac: String,
        /// `bob:eth0`.
        by: String,
    },
    /// An address that names no host: the network's own, the broadcast address, a group.
    NotAHostsAddress(String),
    /// Two interfaces of one host on networks that overlap.
    NetworksOverlap {
        /// One.
        network: String,
        /// The other, and whose.
        with: String,
    },
    /// A gateway that is on no network of the host.
    GatewayFar(String),
    /// A gateway that is the host itself.
    GatewayItself(String),
    /// A gateway that nobody is.
    GatewayNobody(String),
    /// A port forward to an address that nobody has.
    ForwardNobody(String),
    /// A port that leads elsewhere already.
    ForwardedAlready(u16),
    /// A host's port that another port leads to already.
    ForwardedTwice(String),
    /// A rule of a firewall that no packet can fit.
    RuleFitsNothing,
    /// A program is to reach a host that has no address.
    NoAddress(String),
    /// A setting that a stack does not have, or does not take; what it says.
    Sysctl(String),
    /// More than one scenario can hold.
    TooMany {
        /// What.
        what: &'static str,
        /// At most how many.
        limit: usize,
    },
    /// A folder that is not there.
    NoFolder(String),
    /// A port of the machine that is published already.
    PublishedTwice(String),
    /// A device of the kernel that leads into the lab already.
    DeviceTwice(String),
    /// What there is in real time only.
    RealTimeOnly(String),
    /// Times with which RIP could not work.
    RipTimes,
    /// A password or key that RIP cannot have.
    RipPassword,
    /// A host that a partition names twice.
    InTwoGroups(String),
    /// A pool of addresses on no network of its server.
    PoolFar(String),
    /// A pool that makes no sense.
    Pool(PoolError),
    /// Two servers that would give the same address.
    PoolsOverlap {
        /// One's addresses.
        pool: String,
        /// The other's, and whose.
        with: String,
    },
    /// A fault that is over when it begins.
    EndsAtOnce,
    /// How switches are wired.
    Wiring(Wiring),
}

impl Mistakes {
    /// `mistakes`, or `value` when there are none.
    pub(crate) fn or<T>(mut mistakes: Vec<Mistake>, value: T) -> Result<T, Self> {
        if mistakes.is_empty() {
            return Ok(value);
        }
        mistakes.sort_by_key(|mistake| mistake.span.start);
        Err(Self(mistakes))
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }

    /// All of them for a person, with the lines of `file` that are meant; the first hundred, when
    /// there are more. `colour` is for a terminal.
    pub fn show(&self, name: &str, file: &str, lang: Lang, colour: bool) -> String {
        const SHOWN: usize = 100;
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let mut text = String::new();
        for mistake in self.0.iter().take(SHOWN) {
            let words = mistake.wrong.words(lang);
            let report = Level::ERROR.primary_title(words.as_str());
            let span = lines_around(file, &mistake.span);
            let report = match span {
                None => report.elements(Vec::<annotate_snippets::Element<'_>>::new()),
                Some((line, from, start, end)) => report.element(
                    Snippet::source(&file[from.clone()])
                        .path(name)
                        .line_start(line)
                        .annotation(AnnotationKind::Primary.span(start..end)),
                ),
            };
            text.push_str(&renderer.render(&[report]));
            text.push('\n');
        }
        if let Some(more) = self.0.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            let words = match lang {
                Lang::English => format!("... and {more} mistakes more\n"),
                Lang::Chinese => format!("……另有 {more} 处错误\n"),
            };
            text.push_str(&words);
        }
        text
    }
}

impl std::fmt::Display for Mistakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = self
            .0
            .iter()
            .map(|mistake| mistake.wrong.words(Lang::English));
        f.write_str(&words.collect::<Vec<_>>().join("; "))
    }
}

impl std::error::Error for Mistakes {}

/// The line that `span` begins on: its number, where it is in `file`, and the span within it. So a
/// long file costs its reports nothing.
fn lines_around(file: &str, span: &Span) -> Option<(usize, Span, usize, usize)> {
    if span.is_empty() || span.end > file.len() {
        return None;
    }
    let from = file[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let to = file[span.start..]
        .find('\n')
        .map_or(file.len(), |at| span.start + at);
    let line = file[..from].matches('\n').count() + 1;
    Some((line, from..to, span.start - from, span.end.min(to) - from))
}

impl Wrong {
    /// What is wrong and what to do, in a sentence.
    pub fn words(&self, lang: Lang) -> String {
        match lang {
            Lang::English => self.english(),
            Lang::Chinese => self.chinese(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Wiring(wiring) => wiring.words(Lang::English),
            Self::Syntax(what) => format!("this is not TOML: {what}"),
            Self::UnknownKey { key, near: None } => format!("\"{key}\" means nothing here"),
            Self::UnknownKey {
                key,
                near: Some(near),
            } => format!("\"{key}\" means nothing here; there is \"{near}\""),
            Self::MissingKey(key) => format!("\"{key}\" is missing here"),
            Self::OneOf(keys) => format!("just one of these is wanted here: {keys}"),
            Self::WrongKind(wanted) => format!("this is to be {wanted}"),
            Self::BadValue { text, example } => {
                format!("\"{text}\" cannot be read; write it like {example}")
            }
            Self::UnknownName { name, near: None } => format!("there is no \"{name}\""),
            Self::UnknownName {
                name,
                near: Some(near),
            } => format!("there is no \"{name}\"; there is \"{near}\""),
            Self::BadName(name) => {
                format!("\"{name}\" is no name: up to 63 letters, digits, \"-\" and \"_\"")
            }
            Self::NameTaken(name) => format!("there is a \"{name}\" already"),
            Self::PortTaken(end) => format!("a cable is plugged into {end} already"),
            Self::CableToItself => "a cable has two ends, and both are plugged in here".into(),
            Self::NoCable(end) => format!("no cable is plugged into {end}"),
            Self::NotAHost(name) => format!("\"{name}\" is no host"),
            Self::AddressTaken { address, by } => format!("{by} has {address} already"),
            Self::MacTaken { mac, by } => format!("{by} has {mac} already"),
            Self::NotAHostsAddress(address) => {
                format!("no host can have {address}: it names a network or a group")
            }
            Self::NetworksOverlap { network, with } => {
                format!("{network} overlaps with {with} of the same host")
            }
            Self::GatewayFar(gateway) => {
                format!("the gateway {gateway} is on no network of this host")
            }
            Self::GatewayItself(gateway) => format!("the gateway {gateway} is this host itself"),
            Self::GatewayNobody(gateway) => format!("nobody has the gateway's address {gateway}"),
            Self::ForwardNobody(to) => format!("nobody has the address {to} to forward to"),
            Self::ForwardedAlready(port) => format!("port {port} leads elsewhere already"),
            Self::ForwardedTwice(to) => format!("another port leads to {to} already"),
            Self::RuleFitsNothing => {
                "no packet fits this rule: what a host sends came in nowhere, what \
                 is for it leaves nowhere, and only tcp and udp have ports"
                    .into()
            }
            Self::NoAddress(host) => format!("\"{host}\" has no address to be called at"),
            Self::Sysctl(what) => what.clone(),
            Self::TooMany { what, limit } => format!("there are at most {limit} {what}"),
            Self::InTwoGroups(host) => format!("\"{host}\" is in a group already"),
            Self::PoolFar(pool) => format!("{pool} is on no network of this host"),
            Self::Pool(error) => error.to_string(),
            Self::PoolsOverlap { pool, with } => {
                format!("{pool} has addresses in common with {with}")
            }
            Self::RipTimes => {
                "a way would be lost before it is confirmed: \"timeout\" has to be longer \
                               than \"update\", and each time at least 100 ms"
                    .into()
            }
            Self::RipPassword => "a password or key of RIP has 1 to 16 bytes".into(),
            Self::NoFolder(folder) => format!(
                "there is no folder {folder}; it is looked for from where the command is run"
            ),
            Self::PublishedTwice(on) => format!("{on} of this machine is published already"),
            Self::DeviceTwice(device) => format!("the device {device} leads into the lab already"),
            Self::RealTimeOnly(what) => format!(
                "{what}: the world outside keeps to the clock, and virtual time does not; \
                 run it with --real-time"
            ),
            Self::EndsAtOnce => {
                "this is over when it begins; leave \"for\" out, and it lasts".into()
            }
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Wiring(wiring) => wiring.words(Lang::Chinese),
            Self::Syntax(what) => format!("这不是 TOML:{what}"),
            Self::UnknownKey { key, near: None } => format!("这里没有“{key}”这个键"),
            Self::UnknownKey {
                key,
                near: Some(near),
            } => format!("这里没有“{key}”这个键;有“{near}”"),
            Self::MissingKey(key) => format!("这里缺少“{key}”"),
            Self::OneOf(keys) => format!("这里只能有其中一个:{keys}"),
            Self::WrongKind(wanted) => format!("这里应为 {wanted}"),
            Self::BadValue { text, example } => format!("无法读懂“{text}”;应写成 {example} 的样子"),
            Self::UnknownName { name, near: None } => format!("没有“{name}”"),
            Self::UnknownName {
                name,
                near: Some(near),
            } => format!("没有“{name}”;有“{near}”"),
            Self::BadName(name) => {
                format!("“{name}”不能作名字:最多 63 个字母、数字、“-”、“_”")
            }
            Self::NameTaken(name) => format!("已经有一个“{name}”"),
            Self::PortTaken(end) => format!("{end} 上已经插了一根线"),
            Self::CableToItself => "一根线有两头,这里两头插在同一处".into(),
            Self::NoCable(end) => format!("{end} 上没有插线"),
            Self::NotAHost(name) => format!("“{name}”不是主机"),
            Self::AddressTaken { address, by } => format!("{by} 已经用了 {address}"),
            Self::MacTaken { mac, by } => format!("{by} 已经用了 {mac}"),
            Self::NotAHostsAddress(address) => {
                format!("主机不能用 {address}:它是网络地址或组地址")
            }
            Self::NetworksOverlap { network, with } => {
                format!("{network} 与本机的 {with} 重叠")
            }
            Self::GatewayFar(gateway) => format!("网关 {gateway} 不在本机的任何网络上"),
            Self::GatewayItself(gateway) => format!("网关 {gateway} 就是本机"),
            Self::GatewayNobody(gateway) => format!("没有人用网关的地址 {gateway}"),
            Self::ForwardNobody(to) => format!("没有人用转发的目的地址 {to}"),
            Self::ForwardedAlready(port) => format!("端口 {port} 已经转发到别处"),
            Self::ForwardedTwice(to) => format!("已经有另一个端口转发到 {to}"),
            Self::RuleFitsNothing => {
                "没有包能符合这条规则:本机发出的包没有入口,给本机的包没有出口,只有 tcp 和 udp 有端口".into()
            }
            Self::NoAddress(host) => format!("“{host}”没有可以呼叫的地址"),
            Self::Sysctl(what) => what.clone(),
            Self::TooMany { what, limit } => format!("{what} 最多 {limit} 个"),
            Self::InTwoGroups(host) => format!("“{host}”已经在一个组里"),
            Self::PoolFar(pool) => format!("{pool} 不在本机的任何网络上"),
            Self::Pool(error) => pool_in_chinese(error),
            Self::PoolsOverlap { pool, with } => format!("{pool} 与 {with} 有共同的地址"),
            Self::RipTimes => {
                "路由会在得到确认之前失效:“timeout”必须比“update”长,各项至少 100 ms".into()
            }
            Self::RipPassword => "RIP 的口令或密钥为 1 到 16 字节".into(),
            Self::NoFolder(folder) => {
                format!("没有文件夹 {folder};它从运行命令的目录算起")
            }
            Self::PublishedTwice(on) => format!("本机的 {on} 已经发布过了"),
            Self::DeviceTwice(device) => format!("设备 {device} 已经接进实验网了"),
            Self::RealTimeOnly(what) => {
                format!("{what}:外面的世界跟着时钟走,虚拟时间却不;请加 --real-time 运行")
            }
            Self::EndsAtOnce => "这件事一开始就结束了;不写“for”就一直持续".into(),
        }
    }
}

fn pool_in_chinese(error: &PoolError) -> String {
    match error {
        PoolError::Outside(address, network) => format!("{address} 不是 {network} 上主机的地址"),
        PoolError::TooMany(count) => format!("{count} 个地址太多;最多 65536 个"),
        PoolError::Lease(time) => {
            format!("租期不能是 {} 秒;至少 10 秒", time.as_secs_f64())
        }
        PoolError::ReservedTwice(address) => format!("{address} 被保留了两次"),
    }
}

/// The one of `names` that was perhaps meant by `word`.
pub(crate) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let near = names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(word, name), name))
        .min()?;
    // Half the word may be wrong, but not all of a short one.
    (near.0 <= (word.chars().count() / 2).max(1)).then(|| near.1.to_owned())
}

//! The catalogue in Chinese; the sentences that the lesson has are the lesson's.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use super::en::{binary, either, list, scheme, usual_prefix, with_zone};
use super::{
    Catalogue, Cause, Data, Failure, IN_LOG, Label, Message, Note, Paint, Prompt, TimeRefusal,
};
use crate::subnet::{AsksFor, Kind, SubnetError, group_mac, solicited_node};
use crate::{Endpoint, EndpointError, Peer};

pub(super) struct Chinese;

impl Catalogue for Chinese {
    fn message(&self, message: &Message<'_>, paint: Paint) -> String {
        match message {
            Message::Listening { on } => format!("正在监听 {on}"),
            Message::Called { by: Peer::Inet(at) } => {
                format!("接到来自{}的电话(端口 {})", at.ip(), at.port())
            }
            Message::Called { by } => format!("接到来自{}的电话", peer(by)),
            Message::Heard { from, data } => {
                let text = data.shown(IN_LOG);
                format!("{} 说:“{text}”({} 字节)", peer(from), data.0.len())
            }
            Message::HungUp { by } => format!("{} 挂断了电话", peer(by)),
            Message::Served {
                to,
                method,
                path,
                status,
            } => {
                let (method, path) = (Data(method.as_bytes()), Data(path.as_bytes()));
                let (method, path) = (method.shown(IN_LOG), path.shown(IN_LOG));
                format!("{} 请求 {method} {path};已回复 {status}", peer(to))
            }
            Message::CallLost { by, why } => format!("{} 掉线:{}", peer(by), cause(why)),
            Message::Trouble { on, why } => format!("{on} 出现问题:{};继续服务", cause(why)),
            Message::AnswerLost { to, why } => format!("无法回复 {}:{}", peer(to), cause(why)),
            Message::Nameless => "收到一条来自无名套接字的消息,无处可回复".to_owned(),
            Message::Reply { data } => data.shown(usize::MAX),
            Message::Chat { from, data } => {
                let text = paint.written(&data.shown(usize::MAX));
                format!("来自[{}]的一条消息:{text}", peer(from))
            }
            Message::NewWriter { number, from } => {
                format!("{} 是 {number} 号,可用“/{number} 内容”回复", peer(from))
            }
            Message::Writer { number, from, last } => {
                let mark = if *last { "(最近来信)" } else { "" };
                format!("{number} 号:{}{mark}", peer(from))
            }
            Message::NobodyWrote => "还没有人来信,无人可回复".to_owned(),
            Message::NoSuchWriter { number } => {
                format!("没有 {number} 号;输入“/who”查看来信的人")
            }
            Message::ChatHelp => "直接输入则回复最近来信的人;“/2 内容”回复 2 号;\
                                  “/who”列出来信的人;“//内容”回复“/内容”"
                .to_owned(),
            Message::Contacts { names } => format!("可选的聊天对象:{}", names.join("、")),
            Message::Chosen { name, at } => {
                format!("正在与 {name}({at})聊天,输入 quit 重新选择")
            }
            Message::Rip { news, .. } => super::rip::chinese(news),
        }
    }

    fn prompt(&self, prompt: Prompt) -> &'static str {
        match prompt {
            Prompt::Call => ">>: ",
            Prompt::TimeFormat => "请输入时间格式(例%Y %m %d)>>: ",
            Prompt::Contact => "请选择聊天对象: ",
            Prompt::ChatMessage => "请输入消息,回车发送: ",
            Prompt::ChatAnswer => "回复消息: ",
        }
    }

    fn failure(&self, failure: &Failure) -> String {
        match failure {
            Failure::Listen { on, why } => {
                format!("无法监听 {on}:{}{}", cause(why), listen_hint(on, why))
            }
            Failure::Connect { to, tried, why } => format!(
                "无法呼叫 {to}:{}{}{}",
                cause(why),
                tried_in_vain(tried),
                connect_hint(to, why)
            ),
            Failure::HungUp { by, got, of: 0 } if *got == 0 => {
                format!("{by} 挂断了电话;请重新拨打")
            }
            Failure::HungUp { by, got, of } => {
                format!("{by} 中途挂断:{of} 字节只答复了 {got} 字节;请重新拨打")
            }
            Failure::Lost {
                to,
                why: Cause::Refused,
            } => {
                format!("没有程序在监听 {to};服务器启动了吗?")
            }
            Failure::Lost {
                to,
                why: Cause::TooLong,
            } => {
                format!("内容太长,一个数据报装不下,无法发往 {to};请分成几条发送")
            }
            Failure::Lost { to, why } => {
                format!("与 {to} 的通话中断:{};请重新拨打", cause(why))
            }
            Failure::NoAnswer { from, waited } => format!(
                "{from} 在 {} 秒内没有答复;服务器启动了吗?可用 --timeout 延长等待",
                waited.as_secs_f32()
            ),
            Failure::Unanswered { by, count, of } => {
                format!("发给 {by} 的 {of} 条消息中有 {count} 条没有答复")
            }
            Failure::NotOurStack => {
                "内核的路由不归我们管;请用自己的协议栈:--via tap:tap0,10.0.0.2/24".into()
            }
            Failure::WrongKind { given, example } => {
                format!("该服务不支持 {given};可以用 {example}")
            }
            Failure::UnknownContact { name, known } => {
                format!("没有名为“{name}”的聊天对象;可选:{}", known.join("、"))
            }
            Failure::Contacts { file, why } => format!(
                "无法从 {} 读取聊天对象:{why};每行形如:\"瞎驴\" = \"udp://127.0.0.1:8081\"",
                file.display()
            ),
            Failure::Input(why) => format!("无法读取输入:{}", cause(why)),
            Failure::Output(error) => format!("无法写出结果:{error}"),
        }
    }

    fn endpoint_error(&self, error: &EndpointError) -> String {
        match error {
            EndpointError::NoScheme(text) => {
                format!("“{text}”没有说明套接字的种类;例如 tcp://127.0.0.1:9000")
            }
            EndpointError::UnknownScheme(scheme) => {
                format!("“{scheme}”不是 tcp、udp、unix、unixgram 之一;例如 tcp://127.0.0.1:9000")
            }
            EndpointError::NoPort { scheme, host } => {
                format!("缺少端口;例如 {scheme}://{host}:9000")
            }
            EndpointError::BadPort { scheme, port } => {
                format!("“{port}”不是端口(0 到 65535 的数);例如 {scheme}://127.0.0.1:9000")
            }
            EndpointError::BadAddress { scheme, host } => format!(
                "“{host}”既不是 IP 地址,也不是主机名;\
                 例如 {scheme}://127.0.0.1:9000 或 {scheme}://[::1]:9000"
            ),
            EndpointError::NeedsBrackets {
                scheme,
                with_port,
                alone,
            } => {
                let either = either(scheme, with_port.as_deref(), *alone).join(" 或 ");
                format!("IPv6 地址要放在方括号里,否则分不清哪里是端口;例如 {either}")
            }
            EndpointError::NoPath(scheme) => {
                format!("缺少路径;例如 {scheme}:/tmp/landline.sock")
            }
            EndpointError::PathTooLong(length) => {
                format!("套接字路径最多 107 字节,这里有 {length} 字节;请换一个短的")
            }
            EndpointError::PathHasNul => {
                "路径中不能有 NUL 字节;例如 unix:/tmp/landline.sock".to_owned()
            }
        }
    }

    fn time_refusal(&self, refusal: TimeRefusal) -> String {
        match refusal {
            TimeRefusal::NotUtf8 => "错误:格式不是 UTF-8".to_owned(),
            TimeRefusal::TooLong { limit } => format!("错误:答复会超过 {limit} 字节"),
        }
    }

    fn subnet_error(&self, error: &SubnetError) -> String {
        match error {
            SubnetError::NoMask(text) => {
                let prefix = usual_prefix(text);
                format!("“{text}”没有子网掩码,无法辨识它所处的子网;例如 {text}/{prefix}")
            }
            SubnetError::BadAddress(text) => {
                format!("“{text}”不是 IP 地址;例如 172.16.10.1/24")
            }
            SubnetError::BadMask { given, max: 32 } => {
                format!("“{given}”既不是 0 到 32 的长度,也不是子网掩码;例如 /24 或 /255.255.255.0")
            }
            SubnetError::BadMask { given, max } => {
                format!("“{given}”不是 0 到 {max} 的长度;例如 /64")
            }
            SubnetError::HolesInMask(mask) => format!(
                "{mask} 不是子网掩码:其二进制({})在 0 的右边还有 1,不能标出地址的网络部分;\
                 例如 255.255.255.0",
                binary(*mask)
            ),
        }
    }

    fn label(&self, label: Label) -> &'static str {
        match label {
            Label::Address => "地址",
            Label::Mask => "子网掩码",
            Label::Network => "网络地址",
            Label::Broadcast => "广播地址",
            Label::FirstHost => "第一台主机",
            Label::LastHost => "最后一台主机",
            Label::Hosts => "主机数",
            Label::Kind => "类型",
            Label::InFull => "完整写法",
            Label::Ipv4 => "内含 IPv4",
            Label::Mac => "内含 MAC",
            Label::Group => "询问组",
            Label::GroupMac => "组的 MAC",
            Label::ReverseName => "反向域名",
            Label::ReverseZone => "反向区域",
            Label::None => "无",
        }
    }

    fn kind(&self, kind: Kind, scope: Option<u8>) -> String {
        let said = match kind {
            Kind::Unspecified => "未指定地址:还没有地址",
            Kind::Loopback => "环回:主机自己",
            Kind::Private => "私有地址(RFC 1918)",
            Kind::UniqueLocal => "唯一本地地址(ULA,RFC 4193)",
            Kind::LinkLocal => "链路本地:只在一条链路上有效,要写明接口,如 %eth0",
            Kind::SiteLocal => "站点本地,已废弃(RFC 3879)",
            Kind::Shared => "运营商 NAT 之后的共享地址(RFC 6598)",
            Kind::Benchmarking => "性能测试用(RFC 2544、RFC 5180)",
            Kind::Documentation => "文档用:没有主机使用",
            Kind::V4Mapped => "IPv4 映射:IPv6 套接字里的 IPv4 地址",
            Kind::Nat64 => "NAT64:转换器之后的 IPv4 主机(RFC 6052)",
            Kind::SixToFour => "6to4:IPv4 地址之后的网络(RFC 3056)",
            Kind::Teredo => "Teredo(RFC 4380)",
            Kind::Multicast => match scope {
                Some(1) => "组播:本接口的组",
                Some(2) => "组播:本链路的组",
                Some(3) => "组播:本地域的组",
                Some(4) => "组播:管理员划定范围的组",
                Some(5) => "组播:本站点的组",
                Some(8) => "组播:本组织的组",
                Some(14) => "组播:全球的组",
                Some(other) => return format!("组播:范围 {other:x} 的组"),
                None => "组播:一组主机",
            },
            Kind::Broadcast => "广播:链路上的所有主机",
            Kind::Reserved => "保留",
            Kind::Global => "全球地址",
        };
        said.to_owned()
    }

    fn note(&self, note: &Note) -> String {
        match note {
            Note::Bits { network, host } => {
                format!("网络部分 {network} 位(标识子网),主机部分 {host} 位(标识主机)")
            }
            Note::PointToPoint => {
                "/31 只连接两台主机,不需要网络地址和广播地址(RFC 3021)".to_owned()
            }
            Note::SingleHost => "只有一台主机".to_owned(),
            Note::IsNetwork => "这是网络地址本身,不能分配给主机".to_owned(),
            Note::IsAnycast => "这是该网络路由器的任播地址,由最近的路由器应答(RFC 4291)".to_owned(),
            Note::RouterLink => "/127 只连接两台路由器,不需要任播地址(RFC 6164)".to_owned(),
            Note::Contains { whole, part } => format!(
                "{}/{} 是 {}/{} 的一部分",
                part.network(),
                part.prefix(),
                whole.network(),
                whole.prefix()
            ),
            Note::IsBroadcast => "这是广播地址,代表所有主机,不能分配给某一台".to_owned(),
            Note::Decision { from, to, asks_for } => {
                let (mask, here, there) =
                    (from.mask(), from.network(), from.network_of(to.address()));
                let outcome = match asks_for {
                    AsksFor::Peer => format!(
                        "一样,在同一个局域网内\n2、{},询问 {} 的 MAC 地址",
                        asked(to.address()).unwrap_or_else(|| BY_BROADCAST.into()),
                        to.address()
                    ),
                    AsksFor::Gateway if from.address().is_ipv6() => {
                        "不一样,不在同一个局域网内\n2、向网关所在的组发送组播包,询问网关的 MAC 地址"
                            .to_owned()
                    }
                    AsksFor::Gateway => "不一样,不在同一个局域网内\n\
                         2、发送广播包(FF:FF:FF:FF:FF:FF),询问网关的 MAC 地址"
                        .to_owned(),
                };
                format!(
                    "{} 发往 {}:\n\
                     1、计算二者网络地址:{} & {mask} = {here},{} & {mask} = {there},{outcome}",
                    from.address(),
                    to.address(),
                    from.address(),
                    to.address(),
                )
            }
            Note::MasksDisagree => {
                "两边的掩码不一致:一方认为对方在同一子网,另一方却不这么认为;请使用相同的掩码"
                    .to_owned()
            }
            Note::SameAddress => "两台主机地址相同,谁也不能被可靠地找到".to_owned(),
        }
    }
}

const BY_BROADCAST: &str = "发送广播包(FF:FF:FF:FF:FF:FF)";

/// The group at which an address of IPv6 is asked for.
fn asked(address: IpAddr) -> Option<String> {
    let group = solicited_node(address)?;
    let mac = group_mac(group.into())?;
    Some(format!("向组 {group}({mac})发送组播包"))
}

fn peer(peer: &Peer) -> Cow<'static, str> {
    match peer {
        Peer::Inet(at) => at.to_string().into(),
        Peer::Named(name) => name.clone().into(),
        Peer::Path(path) => crate::escaped(path.as_os_str().as_encoded_bytes()).into(),
        Peer::Abstract(name) => format!("@{}", crate::escaped(name)).into(),
        Peer::Nameless => "本机程序".into(),
    }
}

/// The reason alone, as a clause.
fn cause(cause: &Cause) -> Cow<'static, str> {
    Cow::Borrowed(match cause {
        Cause::AddressInUse => "地址已被占用",
        Cause::NotOurAddress => "本机没有这个地址",
        Cause::NotPermitted => "权限不足",
        Cause::Refused => "那里没有程序在监听",
        Cause::Reset => "连接被重置",
        Cause::TimedOut => "对方没有应答",
        Cause::Unreachable => "无法到达该主机",
        Cause::NoSuchPath => "路径不存在",
        Cause::TooLong => "一个数据报装不下",
        Cause::NoDescriptors => "打开的文件太多",
        Cause::PortZero => "端口 0 不属于任何程序;请写服务器打印出的端口",
        Cause::NoSuchZone => "没有这个名称的网络接口",
        Cause::NeedsZone => "每条链路上都有这样的地址,没有说明是哪一条",
        Cause::UnknownName(words) => return format!("没有这个名称的主机({words})").into(),
        Cause::Other(words) => return Cow::Owned(words.clone()),
    })
}

fn listen_hint(on: &Endpoint, why: &Cause) -> String {
    match (why, on) {
        (Cause::AddressInUse, Endpoint::Tcp(at) | Endpoint::Udp(at)) => {
            let (scheme, free) = (scheme(on), at.at_port(0));
            format!(";请停掉占用它的程序,或换一个空闲端口:--on {scheme}://{free}")
        }
        (Cause::AddressInUse, _) => ";请停掉占用它的程序,或删除该文件".into(),
        (Cause::NotOurAddress, _) => {
            ";可以用 127.0.0.1 或 [::1];0.0.0.0 表示所有地址,[::] 表示 IPv4 和 IPv6 的所有地址"
                .into()
        }
        (Cause::NoSuchZone | Cause::NeedsZone | Cause::UnknownName(_), _) => name_hint(on, why),
        (Cause::NotPermitted, Endpoint::Tcp(_) | Endpoint::Udp(_)) => {
            ";1024 以下的端口需要 root:请用 --on 换一个大的".into()
        }
        (Cause::NotPermitted, _) => ";请换到自己有权限的目录".into(),
        (Cause::NoSuchPath, _) => ";请先建立它的目录".into(),
        _ => String::new(),
    }
}

fn connect_hint(to: &Endpoint, why: &Cause) -> String {
    match why {
        Cause::Refused | Cause::NoSuchPath => {
            format!(";请先启动服务器:landline serve upper --on {to}")
        }
        Cause::TimedOut | Cause::Unreachable => ";请检查地址和网络".into(),
        Cause::NoSuchZone | Cause::NeedsZone | Cause::UnknownName(_) => name_hint(to, why),
        _ => String::new(),
    }
}

fn name_hint(of: &Endpoint, why: &Cause) -> String {
    match why {
        Cause::NeedsZone => {
            let with_zone = with_zone(of).unwrap_or_default();
            format!(";请写明接口,例如 {with_zone}(用 ip link 查看)")
        }
        Cause::NoSuchZone => {
            ";内核的接口用 ip link 查看,自己的协议栈的接口就是 --via 指定的那个".into()
        }
        _ => format!(";请检查名称,或直接写地址:{}://[::1]:9000", scheme(of)),
    }
}

fn tried_in_vain(tried: &[SocketAddr]) -> String {
    if tried.is_empty() {
        return String::new();
    }
    format!("(试过 {})", list(tried))
}

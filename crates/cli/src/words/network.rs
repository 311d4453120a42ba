//! Why there is no network, in each language.

use std::io;

use host::OpenError;
use services::words::Lang;
use stack::sysctl::SysctlError;

use crate::network::NetworkError;

/// One line: what, why, what to try.
pub(super) fn network(error: &NetworkError, lang: Lang) -> String {
    let pick = |en: String, zh: String| match lang {
        Lang::English => en,
        Lang::Chinese => zh,
    };
    match error {
        NetworkError::KernelHasNo(option) => pick(
            format!(
                "{option} reaches into Landline's own stack, and the kernel's sockets do not go \
                 through it; use --via tap:NAME,ADDRESS/PREFIX or leave {option} out"
            ),
            format!(
                "{option} 作用于 Landline 自己的协议栈,而内核的套接字不经过它;\
                 请用 --via tap:名称,地址/前缀,或去掉 {option}"
            ),
        ),
        NetworkError::Sysctl(error) => sysctl(error, lang),
        NetworkError::Tap { device, why } => tap(&format!("--via tap:{device}"), device, why, lang),
        NetworkError::AddressTaken {
            device,
            address,
            by,
        } => {
            let (who, whose) = match by {
                Some(mac) => (format!("the card {mac}"), format!("网卡 {mac}")),
                None => ("somebody else".into(), "别的主机".into()),
            };
            pick(
                format!("--via tap:{device}: {who} has {address} already; take another address"),
                format!("--via tap:{device}:{whose}已在使用 {address};请换一个地址"),
            )
        }
        NetworkError::Capture(why) => pick(
            format!("--capture: {why}; try a file in a directory of your own"),
            format!("--capture:{why};请换一个自己目录里的文件"),
        ),
        NetworkError::Trace(why) => pick(
            format!("--trace needs a thread of its own: {why}; try without"),
            format!("--trace 需要一个线程:{why};请去掉它再试"),
        ),
    }
}

fn sysctl(error: &SysctlError, lang: Lang) -> String {
    let said = format!("--sysctl: {error}");
    if lang == Lang::English {
        return said;
    }
    match error {
        SysctlError::Unknown {
            name,
            nearest: Some(nearest),
        } => format!("--sysctl:没有 {name};是否指 {nearest}?"),
        SysctlError::Unknown {
            name,
            nearest: None,
        } => format!("--sysctl:没有 {name};例如 net.ipv4.tcp_fin_timeout=30"),
        SysctlError::Refused {
            name: name @ "net.ipv4.tcp_tw_recycle",
            ..
        } => format!(
            "--sysctl:不接受 {name}:它把同一地址的最新时间戳当作一台机器的时钟,\
             因而丢弃 NAT 之后共用地址的客户端的连接;Linux 4.12 已将它删除。\
             安全的选择见 net.ipv4.tcp_tw_reuse"
        ),
        SysctlError::Refused { name, reason } => format!("--sysctl:不接受 {name}:{reason}"),
        SysctlError::Value { name, value, range } => {
            format!("--sysctl:{name} 不能是“{value}”,可取 {range}")
        }
    }
}

/// Why a TAP device could not be opened, for which `asked`, such as `--via tap:tap0`, asked.
pub(crate) fn tap(asked: &str, device: &str, why: &io::Error, lang: Lang) -> String {
    let open = why
        .get_ref()
        .and_then(|error| error.downcast_ref::<OpenError>());
    match (lang, open) {
        (Lang::English, Some(open)) => format!("{asked}: {open}"),
        (Lang::English, None) => {
            format!("{asked}: {why}; see ip -details link show {device}, or take another device")
        }
        (Lang::Chinese, Some(OpenError::NoTun)) => format!(
            "{asked}:没有 /dev/net/tun;请试 sudo modprobe tun\
             (在容器里:启动时加 --device /dev/net/tun)"
        ),
        (Lang::Chinese, Some(OpenError::TunForbidden)) => {
            format!("{asked}:无权打开 /dev/net/tun;请试 sudo chmod 666 /dev/net/tun")
        }
        (Lang::Chinese, Some(OpenError::Forbidden { .. })) => format!(
            "{asked}:无权使用这个设备;请试 sudo ip tuntap add dev {device} mode tap \
             user $USER(或在自己的网络命名空间里运行:unshare -Urn)"
        ),
        (Lang::Chinese, Some(OpenError::Busy { .. })) => {
            format!("{asked}:设备正被另一个程序使用;请停掉它,或换一个名称")
        }
        (Lang::Chinese, Some(OpenError::OtherKind { .. })) => format!(
            "{asked}:已有同名设备,但不是 TAP(见 ip -details link show {device});\
             请换一个名称"
        ),
        (Lang::Chinese, _) => {
            format!("{asked}:{why};请看 ip -details link show {device},或换一个设备")
        }
    }
}

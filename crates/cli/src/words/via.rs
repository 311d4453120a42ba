//! What is wrong with `--via`, in each language.

use services::words::Lang;

use crate::via::{GatewayError, ViaError};

const FORM: &str = "tap:tap0,172.16.10.2/24,172.16.10.1";
const FORM6: &str = "tap:tap0,fd00::2/64";

pub(super) fn via(error: &ViaError, lang: Lang) -> String {
    let (en, zh) = match error {
        ViaError::Unknown(text) => (
            format!(
                "\"{text}\" is neither kernel nor tap:NAME,ADDRESS/PREFIX[,GATEWAY]; try {FORM}, \
                 or for IPv6 {FORM6}"
            ),
            format!(
                "“{text}”既不是 kernel,也不是 tap:名称,地址/前缀[,网关];例如 {FORM},IPv6 例如 {FORM6}"
            ),
        ),
        ViaError::Parts => (
            format!(
                "a TAP host is NAME,ADDRESS/PREFIX[,GATEWAY], or NAME,auto; try {FORM}, or for \
                 IPv6 {FORM6}"
            ),
            format!(
                "TAP 主机的形式是 名称,地址/前缀[,网关],或 名称,auto;例如 {FORM},IPv6 例如 {FORM6}"
            ),
        ),
        ViaError::BadName(name) => (
            format!(
                "\"{name}\" is no name for a device (1 to 15 bytes without \"/\", \":\", \"%\" \
                 and spaces); try tap0"
            ),
            format!("“{name}”不能作为设备名(1 到 15 字节,不含“/”“:”“%”和空白);例如 tap0"),
        ),
        ViaError::Subnet(error) => return lang.subnet_error(error),
        ViaError::NotAHost(host) => (
            format!(
                "{} belongs to the network, not to a host; try {}/{}",
                host.address(),
                host.first_host(),
                host.prefix()
            ),
            format!(
                "{} 属于网络本身,不能分配给主机;例如 {}/{}",
                host.address(),
                host.first_host(),
                host.prefix()
            ),
        ),
        ViaError::Nobodys(address) => (
            format!("no card has the address {address}; try {FORM}, or for IPv6 {FORM6}"),
            format!("{address} 不能作网卡的地址;例如 {FORM},IPv6 例如 {FORM6}"),
        ),
        ViaError::Twice(address) => (
            format!("{address} stands there twice; give each address once"),
            format!("{address} 写了两次;每个地址只写一次"),
        ),
        ViaError::Gateway(error) => gateway(error),
    };
    match lang {
        Lang::English => en,
        Lang::Chinese => zh,
    }
}

/// English and Chinese.
fn gateway(error: &GatewayError) -> (String, String) {
    match error {
        GatewayError::Unreadable(text) => (
            format!(
                "\"{text}\" is neither ADDRESS/PREFIX, nor a gateway's IP address, nor auto; \
                 try {FORM}"
            ),
            format!("“{text}”既不是 地址/前缀,也不是网关的 IP 地址或 auto;例如 {FORM}"),
        ),
        GatewayError::OtherFamily(gateway) => (
            format!(
                "the host has no address of the gateway {gateway}'s kind; give it one, such as {}",
                if gateway.is_ipv4() {
                    "172.16.10.2/24"
                } else {
                    "fd00::2/64"
                }
            ),
            format!(
                "主机没有与网关 {gateway} 同类的地址;请加上一个,例如 {}",
                if gateway.is_ipv4() {
                    "172.16.10.2/24"
                } else {
                    "fd00::2/64"
                }
            ),
        ),
        GatewayError::Second(gateway) => (
            format!("{gateway} is a second gateway of its kind; give one of each"),
            format!("{gateway} 是同类的第二个网关;每类只写一个"),
        ),
        GatewayError::Far(gateway, host) => (
            format!(
                "the gateway {gateway} is not on the network {}/{}, where its MAC address is \
                 asked for",
                host.network(),
                host.prefix()
            ),
            format!(
                "网关 {gateway} 不在网络 {}/{} 内,无法询问它的 MAC 地址",
                host.network(),
                host.prefix()
            ),
        ),
        GatewayError::Own(gateway) => (
            format!("{gateway} is the host itself and cannot be its gateway"),
            format!("{gateway} 是主机自己,不能作它的网关"),
        ),
    }
}

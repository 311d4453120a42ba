//! What the grammar names, in Chinese.

const TABLE: &[(&str, &str)] = &[
    ("a TCP option", " TCP 选项"),
    ("a code", "代码"),
    ("a command", "命令"),
    ("a length", "长度"),
    (
        "a packet (`<` or `>`), a call, a `command` or %{ code }%",
        "包(`<` 或 `>`)、调用、`命令` 或 %{ 代码 }%",
    ),
    (
        "a packet: TCP flags (FSRPUEWA., or `-`), udp or icmp",
        "包:TCP 标志(FSRPUEWA. 或 `-`)、udp 或 icmp",
    ),
    ("a port", "端口"),
    ("a time in seconds", "以秒计的时间"),
    ("a value", "一个值"),
    ("an AccECN counter", " AccECN 计数"),
    ("an IP address", " IP 地址"),
    (
        "an event (`TIME packet`, `TIME call(…) = result`)",
        "事件(`时间 包` 或 `时间 调用(…) = 结果`)",
    ),
    (
        "one of noecn, ect0, ect1, ect01, ce, tos, ttl, flowlabel, frag, id",
        " noecn、ect0、ect1、ect01、ce、tos、ttl、flowlabel、frag、id 之一",
    ),
    ("pairs of hexadecimal digits", "成对的十六进制数字"),
    ("the MTU", " MTU "),
    ("the end of the sequence numbers", "序号的终点"),
    ("the flow label", "流标签"),
    ("the identifier", "标识"),
    ("the name of a system call", "系统调用名"),
    ("the option's value", "选项的值"),
    ("the payload's length", "载荷长度"),
    ("the sequence number", "序号"),
    ("the type of an ICMP message", " ICMP 报文类型"),
];

/// A noun of the grammar in Chinese; what is code stays as it is.
pub(super) fn chinese(noun: &str) -> String {
    let known = TABLE.iter().find(|(en, _)| *en == noun);
    known.map_or_else(|| format!(" {noun} "), |(_, zh)| (*zh).to_owned())
}

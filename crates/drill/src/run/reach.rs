//! What of a script is out of a user-space stack's reach, found before it runs.
//!
//! A script that turns at its end to what only a kernel has says the same at its beginning: whether
//! it is skipped does not depend on how far it would have come.

use super::{Step, Stop};
use crate::diagnostic::Span;
use crate::script::ast::{Action, Call, Expr, ExprKind, Outer, Packet, Script};
use crate::words::{Text, say};

/// Words of a kernel's own, and what they are about.
const KERNELS: &[(&str, &str, &str)] = &[
    (
        "SO_TIMESTAMPING",
        "stamps of network cards and drivers",
        "网卡与驱动的时间戳",
    ),
    (
        "SO_ZEROCOPY",
        "notices about a kernel's pages",
        "关于内核页的通知",
    ),
    (
        "MSG_ZEROCOPY",
        "notices about a kernel's pages",
        "关于内核页的通知",
    ),
    (
        "MSG_ERRQUEUE",
        "what a kernel reports of its own work",
        "内核对自身工作的报告",
    ),
    (
        "MSG_EOR",
        "where a kernel's buffers are not joined",
        "内核缓冲区的合并边界",
    ),
    (
        "TCP_MD5SIG",
        "RFC 2385, which is obsolete",
        "已废弃的 RFC 2385",
    ),
    (
        "SO_BINDTODEVICE",
        "devices; a script has one",
        "设备;脚本只有一个",
    ),
    ("SOCK_RAW", "a kernel's privileges", "内核特权"),
];

/// Skips a script for the first thing that is out of reach.
pub(super) fn check(script: &Script) -> Step<()> {
    script
        .events
        .iter()
        .try_for_each(|event| match &event.action {
            Action::Packet(packet) => check_packet(packet),
            Action::Call(call) => check_call(call),
            Action::Command(_) | Action::Code(_) => Ok(()),
        })
}

fn check_packet(packet: &Packet) -> Step<()> {
    let Some(outer) = packet.outer.last().map(Outer::name) else {
        return Ok(());
    };
    let text = say!(
        "{outer} is not spoken by this stack",
        "本协议栈不支持 {outer}"
    );
    Err(Stop::skip(packet.span, text))
}

fn check_call(call: &Call) -> Step<()> {
    let name = call.name.as_str();
    let reason: Option<Text> = match name {
        "open" | "sendfile" | "splice" | "pipe" => Some(say!(
            "{name} moves bytes between a kernel's files; a user-space stack has none",
            "{name} 在内核文件之间搬运数据;用户态协议栈没有内核文件"
        )),
        "cap_set" => Some(say!("{name} is the kernel's own", "{name} 是内核独有的")),
        _ if name.starts_with("psp_") => {
            Some(say!("{name} is the kernel's own", "{name} 是内核独有的"))
        }
        _ => None,
    };
    match reason {
        Some(text) => Err(Stop::skip(call.span, text)),
        None => call.arguments.iter().try_for_each(check_expr),
    }
}

fn check_expr(expr: &Expr) -> Step<()> {
    match &expr.kind {
        ExprKind::Word(word) => check_word(word, expr.span),
        ExprKind::Or(left, right) => {
            check_expr(left)?;
            check_expr(right)
        }
        ExprKind::List(list) => list.iter().try_for_each(check_expr),
        ExprKind::Record(members) => members.iter().try_for_each(|(_, value)| check_expr(value)),
        ExprKind::Int(_) | ExprKind::Str(_) | ExprKind::Ellipsis | ExprKind::Other => Ok(()),
    }
}

fn check_word(word: &str, span: Span) -> Step<()> {
    match KERNELS.iter().find(|(name, ..)| *name == word) {
        Some((name, en, zh)) => Err(Stop::skip(span, say!("{name}: {en}", "{name}:{zh}"))),
        None => Ok(()),
    }
}

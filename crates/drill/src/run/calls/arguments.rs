//! What stands between a call's brackets.

use super::super::{Step, Stop};
use crate::script::ast::{Call, Expr, ExprKind};
use crate::symbols;
use crate::words::say;

/// The argument at a place.
pub(super) fn at(call: &Call, index: usize) -> Step<&Expr> {
    call.arguments.get(index).ok_or_else(|| {
        let (name, number) = (&call.name, index + 1);
        Stop::fail(
            call.span,
            say!(
                "{name} lacks its argument {number}",
                "{name} 缺少第 {number} 个参数"
            ),
        )
    })
}

/// Refuses a call with too many or too few arguments.
pub(super) fn count(call: &Call, wanted: usize) -> Step<()> {
    let count = call.arguments.len();
    if count == wanted {
        return Ok(());
    }
    let name = &call.name;
    Err(Stop::fail(
        call.span,
        say!(
            "{name} takes {wanted} arguments, not {count}",
            "{name} 需要 {wanted} 个参数,而不是 {count} 个"
        ),
    ))
}

/// A number: a literal, a constant's name, or several with `|` between.
pub(super) fn int(expr: &Expr) -> Step<i64> {
    match &expr.kind {
        ExprKind::Int(number) => Ok(*number),
        ExprKind::Or(left, right) => Ok(int(left)? | int(right)?),
        ExprKind::Word(name) => symbols::number(name).ok_or_else(|| {
            Stop::fail(
                expr.span,
                say!("there is no constant {name}", "没有常量 {name}"),
            )
        }),
        ExprKind::List(list) if list.len() == 1 => int(&list[0]),
        _ => Err(Stop::fail(
            expr.span,
            say!("a number is needed here", "此处需要一个数"),
        )),
    }
}

/// A number of bytes.
pub(super) fn size(expr: &Expr) -> Step<usize> {
    /// No script moves more at once.
    const MOST: i64 = 1 << 28;
    let number = int(expr)?;
    if (0..=MOST).contains(&number) {
        return Ok(number as usize);
    }
    Err(Stop::fail(
        expr.span,
        say!("no buffer is that long", "缓冲区没有这么长"),
    ))
}

/// Whether a buffer is given as `NULL`.
pub(super) fn is_null(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Word(word) if word == "NULL")
}

/// Whether nothing is said: `...`.
pub(super) const fn is_unsaid(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Ellipsis)
}

/// A member of `{name=value, …}`.
pub(super) fn member<'a>(expr: &'a Expr, name: &str) -> Option<&'a Expr> {
    let ExprKind::Record(members) = &expr.kind else {
        return None;
    };
    members
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value)
}

/// A member that has to be there.
pub(super) fn need<'a>(expr: &'a Expr, name: &str) -> Step<&'a Expr> {
    member(expr, name).ok_or_else(|| {
        Stop::fail(
            expr.span,
            say!("`{name}=` is missing here", "此处缺少 `{name}=`"),
        )
    })
}

/// The elements of `[…]`.
pub(super) fn list(expr: &Expr) -> Step<&[Expr]> {
    match &expr.kind {
        ExprKind::List(list) => Ok(list),
        _ => Err(Stop::fail(
            expr.span,
            say!("a list `[…]` is needed here", "此处需要列表 `[…]`"),
        )),
    }
}

/// The bytes of `[{..., n}, {..., m}]` together.
pub(super) fn vector(expr: &Expr) -> Step<usize> {
    let mut total = 0;
    for part in list(expr)? {
        let ExprKind::Record(members) = &part.kind else {
            return Err(Stop::fail(
                part.span,
                say!("`{{..., n}}` is needed here", "此处需要 `{{..., n}}`"),
            ));
        };
        if let Some((_, len)) = members.get(1) {
            total += size(len)?;
        }
    }
    Ok(total)
}

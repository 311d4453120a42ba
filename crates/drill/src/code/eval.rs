//! Statements at work.

use std::collections::BTreeMap;
use std::fmt;

use super::Snapshot;
use super::parser::{Expr, Statement};
use crate::symbols;

/// Why a statement did not go through.
pub(super) enum Trouble {
    /// An assertion does not hold: how it was written, what its names stand for, what it says.
    False {
        text: String,
        sides: Vec<(String, String)>,
        message: Option<String>,
    },
    /// It makes no sense: an unknown name, a division by zero.
    Cannot(String),
    /// Python could, this cannot.
    Unsupported(String),
}

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Int(i128),
    Float(f64),
    Str(String),
    Tuple(Vec<Value>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
            Self::Str(text) => text.fmt(f),
            Self::Tuple(list) => {
                let shown: Vec<_> = list.iter().map(ToString::to_string).collect();
                write!(f, "({})", shown.join(", "))
            }
        }
    }
}

impl Value {
    fn is_true(&self) -> bool {
        match self {
            Self::Int(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::Tuple(list) => !list.is_empty(),
        }
    }

    fn float(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "as Python's float() does")]
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }
}

type Evaluated = Result<Value, Trouble>;

/// The names that are known.
#[derive(Default)]
pub(super) struct Scope {
    names: BTreeMap<String, Value>,
    /// What the connection said when this snippet's turn came.
    pub(super) snapshot: Snapshot,
}

impl Scope {
    pub(super) fn execute(&mut self, statement: &Statement) -> Result<(), Trouble> {
        match statement {
            Statement::Bare(expr) => self.value(expr).map(|_| ()),
            Statement::Assign(name, expr) => {
                let value = self.value(expr)?;
                self.names.insert(name.clone(), value);
                Ok(())
            }
            Statement::Assert(condition, text, message) => {
                if self.value(condition)?.is_true() {
                    return Ok(());
                }
                let mut sides = Vec::new();
                self.sides(condition, &mut sides);
                let message = match message {
                    Some(message) => Some(self.value(message)?.to_string()),
                    None => None,
                };
                Err(Trouble::False {
                    text: text.clone(),
                    sides,
                    message,
                })
            }
        }
    }

    /// The names in an expression that are no constants, and their values.
    fn sides(&self, expr: &Expr, out: &mut Vec<(String, String)>) {
        match expr {
            Expr::Name(name) => {
                let known = out.iter().any(|(other, _)| other == name);
                if let (false, Some(value)) = (known, self.known(name)) {
                    out.push((name.clone(), value.to_string()));
                }
            }
            Expr::Unary(_, inner) => self.sides(inner, out),
            Expr::Binary(_, left, right) | Expr::And(left, right) | Expr::Or(left, right) => {
                self.sides(left, out);
                self.sides(right, out);
            }
            Expr::Compare(first, rest) => {
                self.sides(first, out);
                rest.iter().for_each(|(_, right)| self.sides(right, out));
            }
            Expr::Tuple(list) | Expr::Call(_, list) => {
                list.iter().for_each(|part| self.sides(part, out));
            }
            Expr::Int(_) | Expr::Float(_) | Expr::Str(_) => {}
        }
    }

    fn value(&self, expr: &Expr) -> Evaluated {
        Ok(match expr {
            Expr::Int(number) => Value::Int(*number),
            Expr::Float(number) => Value::Float(*number),
            Expr::Str(text) => Value::Str(text.clone()),
            Expr::Name(name) => return self.name(name),
            Expr::Tuple(list) => Value::Tuple(
                list.iter()
                    .map(|part| self.value(part))
                    .collect::<Result<_, _>>()?,
            ),
            Expr::Unary(op, inner) => return unary(op, self.value(inner)?),
            Expr::Binary(op, left, right) => {
                return binary(op, self.value(left)?, self.value(right)?);
            }
            Expr::Compare(first, rest) => {
                let mut left = self.value(first)?;
                for (op, right) in rest {
                    let right = self.value(right)?;
                    if !compare(op, &left, &right)? {
                        return Ok(Value::Int(0));
                    }
                    left = right;
                }
                Value::Int(1)
            }
            Expr::And(left, right) => {
                let left = self.value(left)?;
                if left.is_true() {
                    self.value(right)?
                } else {
                    left
                }
            }
            Expr::Or(left, right) => {
                let left = self.value(left)?;
                if left.is_true() {
                    left
                } else {
                    self.value(right)?
                }
            }
            Expr::Call(name, list) => {
                let values = list
                    .iter()
                    .map(|part| self.value(part))
                    .collect::<Result<_, _>>()?;
                return call(name, values);
            }
        })
    }

    /// What a name stands for that is no constant.
    fn known(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.names.get(name) {
            return Some(value.clone());
        }
        let seen = self
            .snapshot
            .as_ref()
            .filter(|_| name.starts_with("tcpi_"))?;
        seen.tcpi(name).map(|value| Value::Int(value.into()))
    }

    fn name(&self, name: &str) -> Evaluated {
        if let Some(value) = self.known(name) {
            return Ok(value);
        }
        match name {
            "True" => Ok(Value::Int(1)),
            "False" => Ok(Value::Int(0)),
            // Python's preamble does not know it; scripts set it themselves.
            "TCP_INFINITE_SSTHRESH" => Err(Trouble::Cannot(format!("{name} is not set"))),
            _ if name.starts_with("TCP") => symbols::number(name)
                .map(|number| Value::Int(number.into()))
                .ok_or_else(|| Trouble::Cannot(format!("there is no constant {name}"))),
            _ if name.starts_with("tcpi_") && self.snapshot.is_none() => {
                Err(Trouble::Cannot(format!("no connection to ask for {name}")))
            }
            _ if name.starts_with("tcpi_") => {
                Err(Trouble::Cannot(format!("TCP_INFO has no {name} here")))
            }
            _ => Err(Trouble::Cannot(format!("{name} is not set"))),
        }
    }
}

fn unary(op: &str, value: Value) -> Evaluated {
    Ok(match (op, value) {
        ("not", value) => Value::Int(i128::from(!value.is_true())),
        ("-", Value::Int(number)) => Value::Int(number.checked_neg().ok_or_else(too_large)?),
        ("-", Value::Float(number)) => Value::Float(-number),
        ("~", Value::Int(number)) => Value::Int(!number),
        ("+", value) => value,
        (op, value) => return Err(Trouble::Unsupported(format!("{op} {value}"))),
    })
}

fn too_large() -> Trouble {
    Trouble::Cannot("a number is too large".into())
}

fn binary(op: &str, left: Value, right: Value) -> Evaluated {
    if let (Value::Str(format), "%") = (&left, op) {
        return percent(format, right);
    }
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => ints(op, a, b),
        (Value::Str(a), Value::Str(b)) if op == "+" => Ok(Value::Str(a + &b)),
        (left, right) => match (left.float(), right.float()) {
            (Some(a), Some(b)) => floats(op, a, b),
            _ => Err(Trouble::Unsupported(format!("{left} {op} {right}"))),
        },
    }
}

fn ints(op: &str, a: i128, b: i128) -> Evaluated {
    if b == 0 && matches!(op, "/" | "//" | "%") {
        return Err(Trouble::Cannot("division by zero".into()));
    }
    let shift = u32::try_from(b).unwrap_or(u32::MAX);
    let value = match op {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        // Python rounds down, and the rest has the divisor's sign.
        "//" => a.checked_div_euclid(b).map(|q| {
            if b < 0 && a.rem_euclid(b) != 0 {
                q - 1
            } else {
                q
            }
        }),
        "%" => a.checked_rem(b).map(|r| {
            if r != 0 && (r < 0) != (b < 0) {
                r + b
            } else {
                r
            }
        }),
        "|" => Some(a | b),
        "&" => Some(a & b),
        "^" => Some(a ^ b),
        "<<" => a
            .checked_shl(shift)
            .filter(|v| v.checked_shr(shift) == Some(a)),
        ">>" => Some(a.checked_shr(shift).unwrap_or(if a < 0 { -1 } else { 0 })),
        "**" if b >= 0 => a.checked_pow(shift),
        "/" | "**" => {
            let (a, b) = (Value::Int(a).float(), Value::Int(b).float());
            return floats(op, a.unwrap_or_default(), b.unwrap_or_default());
        }
        _ => return Err(Trouble::Unsupported(format!("`{op}`"))),
    };
    value.map(Value::Int).ok_or_else(too_large)
}

fn floats(op: &str, a: f64, b: f64) -> Evaluated {
    Ok(Value::Float(match op {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" | "//" | "%" if b == 0.0 => return Err(Trouble::Cannot("division by zero".into())),
        "/" => a / b,
        "//" => (a / b).floor(),
        "%" => a - b * (a / b).floor(),
        "**" => a.powf(b),
        _ => return Err(Trouble::Unsupported(format!("{a} {op} {b}"))),
    }))
}

fn compare(op: &str, left: &Value, right: &Value) -> Result<bool, Trouble> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let order = match (left, right) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
        _ => match (left.float(), right.float()) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ if op == "==" => return Ok(left == right),
            _ if op == "!=" => return Ok(left != right),
            _ => return Err(Trouble::Unsupported(format!("{left} {op} {right}"))),
        },
    };
    Ok(match op {
        "==" => order == Some(Equal),
        "!=" => order != Some(Equal),
        "<" => order == Some(Less),
        ">" => order == Some(Greater),
        "<=" => matches!(order, Some(Less | Equal)),
        _ => matches!(order, Some(Greater | Equal)),
    })
}

/// `'…%d…' % (…)`: `%d %i %u %s %x %r %f`, flags and widths passed over.
fn percent(format: &str, right: Value) -> Evaluated {
    let values = match right {
        Value::Tuple(list) => list,
        one => vec![one],
    };
    let mut values = values.into_iter();
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let kind = chars
            .by_ref()
            .find(|c| c.is_ascii_alphabetic() || *c == '%');
        match kind {
            Some('%') => out.push('%'),
            Some(kind) => {
                let value = values
                    .next()
                    .ok_or_else(|| Trouble::Cannot("not enough values for the format".into()))?;
                match (kind, value) {
                    ('x', Value::Int(number)) => out.push_str(&format!("{number:x}")),
                    (_, value) => out.push_str(&value.to_string()),
                }
            }
            None => out.push('%'),
        }
    }
    Ok(Value::Str(out))
}

fn call(name: &str, mut values: Vec<Value>) -> Evaluated {
    let one = |values: &mut Vec<Value>| {
        if values.len() == 1 {
            Ok(values.remove(0))
        } else {
            Err(Trouble::Cannot(format!("{name} takes one value")))
        }
    };
    Ok(match name {
        // What a script prints is for whoever reads along; the run's result is what counts here.
        "print" => Value::Int(0),
        "abs" => match one(&mut values)? {
            Value::Int(number) => Value::Int(number.checked_abs().ok_or_else(too_large)?),
            Value::Float(number) => Value::Float(number.abs()),
            other => return Err(Trouble::Unsupported(format!("abs({other})"))),
        },
        "int" => match one(&mut values)? {
            Value::Float(number) => Value::Int(number as i128),
            Value::Int(number) => Value::Int(number),
            other => return Err(Trouble::Unsupported(format!("int({other})"))),
        },
        "float" => match one(&mut values)?.float() {
            Some(number) => Value::Float(number),
            None => return Err(Trouble::Unsupported("float of a string".into())),
        },
        "str" => Value::Str(one(&mut values)?.to_string()),
        "min" | "max" => {
            let mut best = values
                .pop()
                .ok_or_else(|| Trouble::Cannot(format!("{name} of nothing")))?;
            for value in values {
                if compare(if name == "min" { "<" } else { ">" }, &value, &best)? {
                    best = value;
                }
            }
            best
        }
        _ => return Err(Trouble::Unsupported(format!("{name}(…)"))),
    })
}

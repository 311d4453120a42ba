//! TOML's values with the places where they stand. What is not as it should be is noted, and
//! reading goes on.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::mistake::{Mistake, Wrong, nearest};
use crate::scenario::{At, Span};

/// What was found to be wrong so far.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) mistakes: Vec<Mistake>,
}

impl Reading {
    /// Notes that something is wrong.
    pub(super) fn wrong(&mut self, span: &Span, wrong: Wrong) {
        self.mistakes.push(Mistake {
            span: span.clone(),
            wrong,
        });
    }
}

/// A table, and which of its keys were asked for.
pub(super) struct Table<'a> {
    entries: &'a DeTable<'a>,
    /// Where it stands, or the key that it belongs to.
    pub(super) span: Span,
    asked: BTreeSet<&'static str>,
}

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct Value<'a> {
    pub(super) span: Span,
    pub(super) value: &'a DeValue<'a>,
}

impl<'a> Table<'a> {
    /// The whole file.
    pub(super) fn top(table: &'a Spanned<DeTable<'a>>) -> Self {
        Self {
            entries: table.get_ref(),
            span: 0..0,
            asked: BTreeSet::new(),
        }
    }

    /// The value of a key, if it is there.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.asked.insert(key);
        let value = self.entries.get(key)?;
        Some(Value::of(value))
    }

    /// The value of a key, as `read` reads it.
    pub(super) fn take_with<T>(
        &mut self,
        key: &'static str,
        reading: &mut Reading,
        read: impl FnOnce(&Value<'a>, &mut Reading) -> Option<T>,
    ) -> Option<T> {
        let value = self.take(key)?;
        read(&value, reading)
    }

    /// As [`take_with`](Self::take_with), for a key that must be there.
    pub(super) fn need_with<T>(
        &mut self,
        key: &'static str,
        reading: &mut Reading,
        read: impl FnOnce(&Value<'a>, &mut Reading) -> Option<T>,
    ) -> Option<T> {
        if self.take(key).is_none() {
            reading.wrong(&self.span, Wrong::MissingKey(key));
        }
        self.take_with(key, reading, read)
    }

    /// The tables below a key, each with its name: `[host.alice]`, `[host.bob]`.
    pub(super) fn named(
        &mut self,
        key: &'static str,
        reading: &mut Reading,
    ) -> Vec<(At<String>, Value<'a>)> {
        let Some(value) = self.take(key) else {
            return Vec::new();
        };
        let DeValue::Table(entries) = value.value else {
            reading.wrong(&value.span, Wrong::WrongKind("a table of names"));
            return Vec::new();
        };
        let mut named: Vec<_> = entries
            .iter()
            .map(|(name, value)| {
                let name = At {
                    value: name.get_ref().to_string(),
                    span: name.span(),
                };
                let mut value = Value::of(value);
                // A table's header stands where its name does.
                value.span = name.span.clone();
                (name, value)
            })
            .collect();
        named.sort_by_key(|(name, _)| name.span.start);
        named
    }

    /// The one of `keys`, such as `bytes, for`, that is there; none or several are a mistake.
    pub(super) fn one_of(
        &mut self,
        keys: &'static str,
        reading: &mut Reading,
    ) -> Option<&'static str> {
        let mut present = keys.split(", ").filter(|key| self.take(key).is_some());
        let found = present.next();
        // To the end, so that every key counts as asked for.
        if found.is_some() && present.count() == 0 {
            return found;
        }
        reading.wrong(&self.span, Wrong::OneOf(keys));
        None
    }

    /// Notes every key that nobody asked for.
    pub(super) fn finish(self, reading: &mut Reading) {
        for (key, _) in self.entries {
            let name: &str = key.get_ref();
            if !self.asked.contains(name) {
                let wrong = Wrong::UnknownKey {
                    key: name.into(),
                    near: nearest(name, self.asked.iter().copied()),
                };
                reading.wrong(&key.span(), wrong);
            }
        }
    }
}

impl<'a> Value<'a> {
    fn of(value: &'a Spanned<DeValue<'a>>) -> Self {
        Self {
            span: value.span(),
            value: value.get_ref(),
        }
    }

    /// A value of its kind, where it stands.
    pub(super) fn at<T>(&self, value: T) -> At<T> {
        At {
            value,
            span: self.span.clone(),
        }
    }

    /// A text.
    pub(super) fn text(&self, reading: &mut Reading) -> Option<&'a str> {
        match self.value {
            DeValue::String(text) => Some(text),
            _ => {
                reading.wrong(&self.span, Wrong::WrongKind("a text in quotes"));
                None
            }
        }
    }

    /// Whether it is this text.
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self.value, DeValue::String(is) if is == text)
    }

    /// A text that `T` reads.
    pub(super) fn parse<T: std::str::FromStr>(
        &self,
        example: &'static str,
        reading: &mut Reading,
    ) -> Option<T> {
        let text = self.text(reading)?;
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.bad(text, example, reading);
        }
        parsed
    }

    /// Notes that it cannot be read.
    pub(super) fn bad(&self, text: &str, example: &'static str, reading: &mut Reading) {
        let text = text.to_owned();
        reading.wrong(&self.span, Wrong::BadValue { text, example });
    }

    /// A table.
    pub(super) fn table(&self, reading: &mut Reading) -> Option<Table<'a>> {
        match self.value {
            DeValue::Table(entries) => Some(Table {
                entries,
                span: self.span.clone(),
                asked: BTreeSet::new(),
            }),
            _ => {
                reading.wrong(&self.span, Wrong::WrongKind("a table"));
                None
            }
        }
    }

    /// What an array holds; of anything else, that one thing.
    pub(super) fn each(&self) -> Vec<Self> {
        match self.value {
            DeValue::Array(values) => values.iter().map(Value::of).collect(),
            _ => vec![self.clone()],
        }
    }
}

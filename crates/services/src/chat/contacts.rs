//! Whom one can chat with: names and their endpoints.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use crate::Endpoint;
use crate::words::{Failure, Lang};

/// Names and where they are, in the order they were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contacts {
    known: Vec<(String, Endpoint)>,
}

impl Default for Contacts {
    /// The lesson's four, who all live at 127.0.0.1:8081.
    fn default() -> Self {
        let at = Endpoint::Udp(SocketAddr::from(([127, 0, 0, 1], 8081)).into());
        let names = ["狗哥alex", "瞎驴", "一棵树", "武大郎"];
        Self {
            known: names.map(|name| (name.to_owned(), at.clone())).into(),
        }
    }
}

impl FromIterator<(String, Endpoint)> for Contacts {
    fn from_iter<T: IntoIterator<Item = (String, Endpoint)>>(contacts: T) -> Self {
        Self {
            known: contacts.into_iter().collect(),
        }
    }
}

impl Contacts {
    /// Reads contacts from the text of a TOML file, a line each: `"瞎驴" = "udp://127.0.0.1:8081"`.
    /// `file` and `lang` are for what a [`Failure::Contacts`] says.
    ///
    /// # Errors
    /// [`Failure::Contacts`] when it is not TOML, or an endpoint is not one of datagrams.
    pub fn parse(text: &str, file: &Path, lang: Lang) -> Result<Self, Failure> {
        let wrong = |why: String| Failure::Contacts {
            file: file.to_owned(),
            why,
        };
        let table: BTreeMap<String, toml::Spanned<String>> =
            toml::from_str(text).map_err(|error| {
                let line = error
                    .span()
                    .map_or(String::new(), |span| at_line(text, span.start));
                wrong(format!("{line}{}", error.message().replace('\n', " ")))
            })?;
        let mut known = Vec::with_capacity(table.len());
        for (name, endpoint) in table {
            let place = endpoint.span().start;
            let why = match endpoint.get_ref().parse::<Endpoint>() {
                Ok(endpoint) if endpoint.is_datagram() => {
                    known.push((place, (name, endpoint)));
                    continue;
                }
                Ok(given) => lang.failure(&Failure::WrongKind {
                    given,
                    example: "udp://127.0.0.1:8081",
                }),
                Err(error) => lang.endpoint_error(&error),
            };
            return Err(wrong(format!("{}{name}: {why}", at_line(text, place))));
        }
        known.sort_by_key(|(place, _)| *place);
        Ok(known.into_iter().map(|(_, contact)| contact).collect())
    }

    /// Where `name` is.
    pub fn find(&self, name: &str) -> Option<&Endpoint> {
        self.known
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, at)| at)
    }

    /// All names.
    pub fn names(&self) -> Vec<&str> {
        self.known.iter().map(|(name, _)| name.as_str()).collect()
    }
}

fn at_line(text: &str, offset: usize) -> String {
    let before = &text.as_bytes()[..offset.min(text.len())];
    format!(
        "{}: ",
        before.iter().filter(|&&byte| byte == b'\n').count() + 1
    )
}

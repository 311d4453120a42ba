//! Everything the programs say, as values; the catalogues put them into words.
//!
//! A service says a [`Message`] or ends with a [`Failure`]; `en.rs` and `zh.rs` match on every one of
//! them, so that a sentence without its translation does not compile. As JSON a message is its own
//! fields.

mod en;
mod failure;
mod rip;
mod zh;

use serde::{Serialize, Serializer};

use crate::rip::{Event, Protocol};
use crate::subnet::{AsksFor, Kind, Subnet, SubnetError};
use crate::{Endpoint, EndpointError, Peer, escaped};
pub use failure::{Cause, Failure};

/// A language that the programs speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// English.
    English,
    /// Chinese (simplified), with the lesson's own sentences where it has them.
    Chinese,
}

impl Lang {
    /// The language of a POSIX locale name such as `zh_CN.UTF-8`: Chinese for `zh`, else English.
    pub fn of_locale(name: &str) -> Self {
        let language = name.split(['_', '.', '@', '-']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("zh") {
            Self::Chinese
        } else {
            Self::English
        }
    }

    fn catalogue(self) -> &'static dyn Catalogue {
        match self {
            Self::English => &en::English,
            Self::Chinese => &zh::Chinese,
        }
    }

    /// A message as a line without its end; `colour` puts escape sequences around what people wrote.
    pub fn message(self, message: &Message<'_>, colour: bool) -> String {
        self.catalogue().message(message, Paint { colour })
    }

    /// What a router came to know, as a line.
    pub fn routing(self, news: &Event) -> String {
        match self {
            Self::English => rip::english(news),
            Self::Chinese => rip::chinese(news),
        }
    }

    /// What stands before the place where a person types.
    pub fn prompt(self, prompt: Prompt) -> &'static str {
        self.catalogue().prompt(prompt)
    }

    /// A failure as one line: what was tried, what is wrong, what to try.
    pub fn failure(self, failure: &Failure) -> String {
        self.catalogue().failure(failure)
    }

    /// What is wrong with an endpoint, and how a right one looks.
    pub fn endpoint_error(self, error: &EndpointError) -> String {
        self.catalogue().endpoint_error(error)
    }

    /// What the time service answers when it cannot answer.
    pub fn time_refusal(self, refusal: TimeRefusal) -> String {
        self.catalogue().time_refusal(refusal)
    }

    /// What is wrong with an address and its mask, and how right ones look.
    pub fn subnet_error(self, error: &SubnetError) -> String {
        self.catalogue().subnet_error(error)
    }

    /// The name of a line in the description of a subnet.
    pub(crate) fn label(self, label: Label) -> &'static str {
        self.catalogue().label(label)
    }

    /// What an address is for; of a group, how far it reaches.
    pub(crate) fn kind(self, kind: Kind, scope: Option<u8>) -> String {
        self.catalogue().kind(kind, scope)
    }

    /// A remark on a subnet.
    pub(crate) fn note(self, note: &Note) -> String {
        self.catalogue().note(note)
    }
}

/// One language. Every method matches on every case.
trait Catalogue {
    fn message(&self, message: &Message<'_>, paint: Paint) -> String;
    fn prompt(&self, prompt: Prompt) -> &'static str;
    fn failure(&self, failure: &Failure) -> String;
    fn endpoint_error(&self, error: &EndpointError) -> String;
    fn time_refusal(&self, refusal: TimeRefusal) -> String;
    fn subnet_error(&self, error: &SubnetError) -> String;
    fn label(&self, label: Label) -> &'static str;
    fn kind(&self, kind: Kind, scope: Option<u8>) -> String;
    fn note(&self, note: &Note) -> String;
}

/// What a service tells while it runs, a line each.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Message<'a> {
    /// The service is reachable; with port 0 this is the port that it got.
    Listening {
        /// Where.
        on: &'a Endpoint,
    },
    /// A caller has connected.
    Called {
        /// Who.
        by: &'a Peer,
    },
    /// Bytes from a caller, as one read or one datagram brought them.
    Heard {
        /// Who sent them.
        from: &'a Peer,
        /// The bytes.
        #[serde(flatten)]
        data: Data<'a>,
    },
    /// A caller has ended the call.
    HungUp {
        /// Who.
        by: &'a Peer,
    },
    /// A request over HTTP was answered.
    Served {
        /// Who asked.
        to: &'a Peer,
        /// Such as GET.
        method: &'a str,
        /// What for.
        path: &'a str,
        /// The answer's status code.
        status: u16,
    },
    /// A call ended by an error; the service goes on.
    CallLost {
        /// Whose.
        by: &'a Peer,
        /// Why.
        why: &'a Cause,
    },
    /// A caller could not be taken, or a datagram not be received; the service goes on.
    Trouble {
        /// Where.
        on: &'a Endpoint,
        /// Why.
        why: &'a Cause,
    },
    /// A datagram could not be answered; the service goes on.
    AnswerLost {
        /// Who would have got it.
        to: &'a Peer,
        /// Why.
        why: &'a Cause,
    },
    /// A datagram came from a socket without a name: there is nowhere to answer to.
    Nameless,
    /// What a called service answered.
    Reply {
        /// The bytes.
        #[serde(flatten)]
        data: Data<'a>,
    },
    /// Somebody wrote in the chat.
    Chat {
        /// Who.
        from: &'a Peer,
        /// The text.
        #[serde(flatten)]
        data: Data<'a>,
    },
    /// Somebody wrote to the chat server for the first time and got a number.
    NewWriter {
        /// The number to answer by.
        number: u64,
        /// Who.
        from: &'a Peer,
    },
    /// One of those who wrote.
    Writer {
        /// The number to answer by.
        number: u64,
        /// Who.
        from: &'a Peer,
        /// Whether a line without a number goes to this one.
        last: bool,
    },
    /// The operator answered before anybody wrote.
    NobodyWrote,
    /// The operator answered a number that nobody has.
    NoSuchWriter {
        /// The number.
        number: u64,
    },
    /// How the chat server's operator answers.
    ChatHelp,
    /// Whom one can chat with.
    Contacts {
        /// Their names.
        names: &'a [&'a str],
    },
    /// A contact was chosen.
    Chosen {
        /// The name.
        name: &'a str,
        /// Where that is.
        at: &'a Endpoint,
    },
    /// A router came to know something.
    Rip {
        /// Of which family.
        protocol: Protocol,
        /// What.
        #[serde(flatten)]
        news: &'a Event,
    },
}

/// Bytes that somebody sent. Shown escaped; in JSON their number and, as text, their beginning.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a>(pub &'a [u8]);

impl Data<'_> {
    /// The text, harmless to look at, cut after about `limit` bytes.
    fn shown(self, limit: usize) -> String {
        if self.0.len() <= limit {
            return escaped(self.0);
        }
        // Cut between characters: at most three bytes before the limit.
        let boundary = |&end: &usize| self.0[end] & 0xc0 != 0x80;
        let end = (limit.saturating_sub(3)..=limit)
            .rev()
            .find(boundary)
            .unwrap_or(limit);
        format!("{}…", escaped(&self.0[..end]))
    }
}

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut data = to.serialize_struct("Data", 2)?;
        data.serialize_field("bytes", &self.0.len())?;
        data.serialize_field("text", &String::from_utf8_lossy(self.0))?;
        data.end()
    }
}

/// A question to the person at the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// What to send to the called service.
    Call,
    /// A time format.
    TimeFormat,
    /// Whom to chat with.
    Contact,
    /// What to write to the contact.
    ChatMessage,
    /// What to answer those who wrote.
    ChatAnswer,
}

/// Why the time service cannot say the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeRefusal {
    /// The format is no text.
    NotUtf8,
    /// The answer would be longer than this many bytes.
    TooLong {
        /// The most bytes that this question can have as its answer.
        limit: usize,
    },
}

/// A line in the description of a subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    Address,
    Mask,
    Network,
    Broadcast,
    FirstHost,
    LastHost,
    Hosts,
    Kind,
    InFull,
    /// The IPv4 address in one of IPv6.
    Ipv4,
    /// The MAC address in one of IPv6.
    Mac,
    /// Where neighbours ask for it.
    Group,
    /// Of a group itself.
    GroupMac,
    ReverseName,
    ReverseZone,
    /// Stands where there is no such thing.
    None,
}

/// A remark on one subnet or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// How many bits name the network, and how many the host.
    Bits { network: u8, host: u8 },
    /// A /31: two hosts on a line (RFC 3021).
    PointToPoint,
    /// A /32 or /128.
    SingleHost,
    /// The address is the network's own.
    IsNetwork,
    /// The address is the anycast address of the network's routers (RFC 4291 section 2.6.1).
    IsAnycast,
    /// A /127: two routers on a line (RFC 6164).
    RouterLink,
    /// One network is a part of the other.
    Contains { whole: Subnet, part: Subnet },
    /// The address is the broadcast address.
    IsBroadcast,
    /// The lesson's decision, for one direction.
    Decision {
        from: Subnet,
        to: Subnet,
        asks_for: AsksFor,
    },
    /// One asks for the other, who asks for the gateway.
    MasksDisagree,
    /// Two hosts with one address.
    SameAddress,
}

/// Whether and how what people wrote is coloured.
#[derive(Clone, Copy, Debug)]
struct Paint {
    colour: bool,
}

impl Paint {
    /// The lesson's white on blue.
    fn written(self, text: &str) -> String {
        if self.colour {
            format!("\x1b[1;44m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// How much of a message the log of a service shows.
const IN_LOG: usize = 60;

//! What a router tells of its routes, for people and programs.

use std::net::IpAddr;

use serde::Serialize;

use super::machine::Why;

/// Something that a router came to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Event {
    /// RIP is spoken at a card from now on, or listened to.
    Speaks {
        /// At which.
        card: String,
        /// It says nothing there.
        passive: bool,
    },
    /// A router was heard for the first time, or after a silence.
    RouterMet {
        /// Who.
        router: IpAddr,
        /// At which card.
        card: String,
    },
    /// A router was not heard for so long that nothing it told holds.
    RouterMissed {
        /// Who.
        router: IpAddr,
        /// At which card.
        card: String,
    },
    /// There is a way to a network, the first or another one.
    RouteLearnt {
        /// Which network.
        network: String,
        /// How far it is from here.
        metric: u8,
        /// Whom packets are given to.
        via: IpAddr,
        /// Where they leave.
        card: String,
        /// Who told it.
        from: IpAddr,
    },
    /// That way is lost.
    RouteLost {
        /// To which network.
        network: String,
        /// Whom packets were given to.
        via: IpAddr,
        /// Why.
        why: Why,
    },
    /// A way that the computer does not take.
    RouteRefused {
        /// To which network.
        network: String,
        /// Whom packets would be given to.
        via: IpAddr,
        /// What it says.
        why: String,
    },
}

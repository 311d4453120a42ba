//! What the story says of IPv6 only, in each language.

use services::words::Lang;

use super::scene::Card;

/// A sentence of the story of IPv6.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ipv6Line<'a> {
    /// How many frames it took to claim the addresses, and what alice's card asked.
    Claimed(usize, &'a Card),
    /// Whom a question for a MAC address goes to: the group and its MAC address.
    GroupAsked(&'a str),
    /// The question itself, to be peeled; for whose MAC address.
    PeelQuestion(&'a str),
    /// Not everyone, but who listens.
    Group,
    HopLimit,
}

impl Ipv6Line<'_> {
    pub(crate) fn words(self, lang: Lang) -> String {
        match lang {
            Lang::English => self.english(),
            Lang::Chinese => self.chinese(),
        }
    }

    fn english(self) -> String {
        match self {
            Self::Claimed(frames, Card { ip, .. }) => {
                format!(
                    "Plugged in, the cards ask whether somebody has their addresses already, and say \
                     which\n  groups they listen to: {frames} frames, and nobody objects. alice: \
                     \"does anybody have {ip}?\""
                )
            }
            Self::GroupAsked(group) => {
                format!(
                    "IPv6 has no broadcast. The question, a Neighbor Solicitation, goes to the group of \
                     those whose\naddresses end with the same 24 bits, {group}:\nno other card has to \
                     read it."
                )
            }
            Self::PeelQuestion(peer) => {
                format!(
                    "The question, peeled: what ARP does beside IP, Neighbor Discovery does within it, \
                     as ICMPv6.\nHop Limit 255 shows that it came through no router. To {peer}'s group:"
                )
            }
            Self::Group => "a group".to_owned(),
            Self::HopLimit => "Hop Limit".to_owned(),
        }
    }

    fn chinese(self) -> String {
        match self {
            Self::Claimed(frames, Card { ip, .. }) => {
                format!(
                    "插上网线,各网卡先问有没有人已在用自己的地址,并说明自己在听哪些组:共 {frames} 帧,\
                     无人反对。\n  alice:“有谁在用 {ip} 吗?”"
                )
            }
            Self::GroupAsked(group) => {
                format!(
                    "IPv6 没有广播。这个问题(邻居请求)只发给一个组,组里是地址末 24 位相同的主机:\n\
                     {group},别的网卡不必读它。"
                )
            }
            Self::PeelQuestion(peer) => {
                format!(
                    "剥开这个问题:ARP 在 IP 之外做的事,邻居发现在 IP 之内以 ICMPv6 来做。\n\
                     Hop Limit 255 表明它没有经过路由器。发给 {peer} 所在的组:"
                )
            }
            Self::Group => "一组".to_owned(),
            Self::HopLimit => "Hop Limit".to_owned(),
        }
    }
}

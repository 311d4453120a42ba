//! What can be wrong with how switches are wired: VLANs and loops.

use services::words::Lang;

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wiring {
    /// A cable that makes a loop of switches and hubs of which none takes part in a spanning tree:
    /// those that the loop goes through.
    Loop(Vec<String>),
    /// VLANs on a cable without a switch at either end.
    NoSwitch,
    /// Tags on a cable to a hub, behind which nobody expects them.
    TrunkToHub(String),
    /// A VLAN in which nobody else can be heard.
    VlanAlone(u16),
    /// An interface of a VLAN, such as `eth0.10`, whose card is not there.
    NoCard {
        /// `eth0.10`.
        interface: String,
        /// `eth0`.
        card: String,
    },
    /// An interface of a VLAN whose card's cable is no trunk with that VLAN.
    NotOnTrunk {
        /// `eth0.10`.
        interface: String,
        /// 10.
        vlan: u16,
    },
    /// A cable into an interface of a VLAN.
    CableToVlan {
        /// `eth0.10`.
        interface: String,
        /// `eth0`.
        card: String,
    },
}

/// So many of a loop's nodes are named.
const NAMED: usize = 8;

impl Wiring {
    pub(crate) fn words(&self, lang: Lang) -> String {
        match lang {
            Lang::English => self.english(),
            Lang::Chinese => self.chinese(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Loop(nodes) => format!(
                "with this cable {} are a loop, in which frames go round for ever; give one of its \
                 switches spanning_tree = true",
                named(nodes, ", ", "…")
            ),
            Self::NoSwitch => "VLANs are a matter of switches, and this cable leads to none".into(),
            Self::TrunkToHub(hub) => {
                format!("\"{hub}\" is a hub: nobody behind it expects the tags of a trunk")
            }
            Self::VlanAlone(vlan) => format!("nobody else is in VLAN {vlan} from here"),
            Self::NoCard { interface, card } => {
                format!("\"{interface}\" is a VLAN of \"{card}\", and there is no such card")
            }
            Self::NotOnTrunk { interface, vlan } => format!(
                "VLAN {vlan} does not reach \"{interface}\": its card's cable needs trunk = [{vlan}]"
            ),
            Self::CableToVlan { interface, card } => {
                format!("no cable goes into \"{interface}\": it is a VLAN of \"{card}\"")
            }
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Loop(nodes) => format!(
                "加上这根线,{} 就成了一个环,帧会在里面一直转圈;请给其中一台交换机写上 spanning_tree = true",
                named(nodes, "、", "……")
            ),
            Self::NoSwitch => "VLAN 是交换机的事,而这根线没有接到交换机".into(),
            Self::TrunkToHub(hub) => format!("“{hub}”是集线器:它后面没有人认识 trunk 的标签"),
            Self::VlanAlone(vlan) => format!("从这里出发,VLAN {vlan} 里没有别人"),
            Self::NoCard { interface, card } => {
                format!("“{interface}”是“{card}”上的 VLAN,而没有这块网卡")
            }
            Self::NotOnTrunk { interface, vlan } => {
                format!("VLAN {vlan} 到不了“{interface}”:它的网卡的线需要 trunk = [{vlan}]")
            }
            Self::CableToVlan { interface, card } => {
                format!("“{interface}”上不能插线:它是“{card}”上的 VLAN")
            }
        }
    }
}

fn named(nodes: &[String], comma: &str, more: &str) -> String {
    let mut names: Vec<&str> = nodes.iter().take(NAMED).map(String::as_str).collect();
    if nodes.len() > NAMED {
        names.push(more);
    }
    names.join(comma)
}

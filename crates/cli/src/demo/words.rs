//! The story's sentences, in each language.

use services::words::Lang;

use super::acts::Program;
use super::ipv6_words::Ipv6Line;
use super::scene::Card;

/// What is sent in the chat: the question and its answer.
pub(crate) const fn chat(lang: Lang) -> [&'static str; 2] {
    match lang {
        Lang::English => ["Are you there?", "Yes, come over!"],
        Lang::Chinese => ["在吗?", "在,过来吧!"],
    }
}

/// A sentence of the story.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line<'a> {
    Title,
    Seed(u64),
    /// How many cards announced themselves, and what alice's said.
    Announced(usize, &'a Card),
    /// What is said of IPv6 only.
    OfIpv6(Ipv6Line<'a>),
    /// What the sums behind messages are; the bytes of IP's header.
    BytesExplained(u8),
    Chapter(Program),
    /// Before a packet goes: which MAC address is needed?
    Decide,
    SameNetwork(&'a str),
    OtherNetwork,
    /// The gateway decides again, on its other side.
    GatewayDecides,
    /// One of the three of the handshake.
    Handshake(u8),
    /// Data, and how far the other's data has come: bytes that it acknowledges, 0 for no news.
    Says(&'a str, u32),
    /// One of the four of the close.
    Close(u8),
    /// The second and third in one segment.
    CloseTwoAndThree,
    Acknowledged,
    /// A datagram that the gateway passes on.
    Forwarded(&'a str),
    /// How the data went down through alice's layers, and up through the peer's.
    PeelTcp(&'a str),
    PeelUdp(&'a str),
    /// The gateway's table: its heading, the sides, and the rows.
    GatewayDid,
    OfficeSide,
    CampusSide,
    From,
    To,
    Ports,
    TimeToLive,
    HeaderChecksum,
    Data,
    Changed,
    Stayed,
    /// Nothing was asked by that protocol: the MAC addresses are known from before.
    NoQuestions(&'a str),
    Everyone,
    Prints(&'a str),
    /// Frames, and whether all are sound.
    Counted(usize, bool),
    Yourself,
}

impl Line<'_> {
    pub(crate) fn words(self, lang: Lang) -> String {
        match lang {
            Lang::English => self.english(),
            Lang::Chinese => self.chinese(),
        }
    }

    fn english(self) -> String {
        match self {
            Self::Title => "Landline: what happens between send() and recv()",
            Self::Seed(seed) => return format!("seed {seed} · virtual time"),
            Self::Announced(cards, Card { host, ip, mac, .. }) => {
                return format!(
                    "Plugged in, all {cards} cards tell everyone who they are. {host}: \
                     \"{ip} is at {mac}\""
                );
            }
            Self::OfIpv6(line) => return line.words(Lang::English),
            Self::BytesExplained(ip) => {
                return format!(
                    "Behind a message: its bytes, and those of TCP (12 are timestamps), IP, Ethernet: \
                     5+32+{ip}+14."
                );
            }
            Self::Chapter(Program::UpperTcp) => "upper over TCP: alice calls bob, on her own LAN",
            Self::Chapter(Program::UpperUdp) => {
                "upper over UDP: alice writes to the server, beyond the gateway"
            }
            Self::Chapter(Program::Time) => "time: alice asks the server for the time",
            Self::Chapter(Program::Chat) => "chat: alice writes to bob, and he answers",
            Self::Decide => {
                "IP knows the address, Ethernet needs a MAC. Whose? alice masks both and compares:"
            }
            Self::SameNetwork(peer) => return format!("the same: ask for {peer}'s MAC"),
            Self::OtherNetwork => "another: ask for the gateway's MAC",
            Self::GatewayDecides => "it decides: its own LAN",
            Self::Handshake(1) => "handshake 1/3: may I call?",
            Self::Handshake(2) => "handshake 2/3: you may. May I?",
            Self::Handshake(_) => "handshake 3/3: you may",
            Self::Says(data, 0) => return data.to_owned(),
            Self::Says(data, came) => return format!("{data}; your {came} came"),
            Self::Close(1) => "close 1/4: that was all from me",
            Self::Close(2) => "close 2/4: I heard it",
            Self::Close(3) => "close 3/4: and all from me",
            Self::Close(_) => "close 4/4: I heard it (TIME-WAIT)",
            Self::CloseTwoAndThree => "close 2/4, 3/4: heard; all from me",
            Self::Acknowledged => "it came",
            Self::Forwarded(data) => return format!("{data}, passed on"),
            Self::PeelTcp(peer) => {
                return format!(
                    "\"hello\", peeled. Going down, alice's TCP, IP and Ethernet each put a header \
                     around what\nthey were given; going up, {peer}'s Ethernet, IP and TCP take \
                     them off again:"
                );
            }
            Self::PeelUdp(peer) => {
                return format!(
                    "The answer as the {peer} sent it. UDP puts on 8 bytes: no handshake, no order, no \
                     goodbye."
                );
            }
            Self::GatewayDid => "What the gateway did to it:",
            Self::OfficeSide => "from alice",
            Self::CampusSide => "to the server",
            Self::From => "from",
            Self::To => "to",
            Self::Ports => "ports",
            Self::TimeToLive => "TTL",
            Self::HeaderChecksum => "checksum",
            Self::Data => "data",
            Self::Changed => "changed",
            Self::Stayed => "the same",
            Self::NoQuestions(asks) => {
                return format!("No {asks} this time: everyone remembers whom to send to.");
            }
            Self::Everyone => "everyone",
            Self::Prints(who) => return format!("{who}'s screen:"),
            Self::Counted(frames, true) => {
                return format!("{frames} frames, nothing malformed, every checksum right.");
            }
            Self::Counted(frames, false) => return format!("{frames} frames, NOT ALL OF THEM SOUND."),
            Self::Yourself => {
                "More: --capture demo.pcapng (for Wireshark), --json (every field), --seed 2, -6, --lang zh"
            }
        }
        .to_owned()
    }

    fn chinese(self) -> String {
        match self {
            Self::Title => "Landline:send() 与 recv() 之间发生了什么",
            Self::Seed(seed) => return format!("种子 {seed} · 虚拟时间"),
            Self::Announced(cards, Card { host, ip, mac, .. }) => {
                return format!(
                    "插上网线,{cards} 块网卡各自通告所有人。{host}:“{ip} 的 MAC 是 {mac}”"
                );
            }
            Self::OfIpv6(line) => return line.words(Lang::Chinese),
            Self::BytesExplained(ip) => {
                return format!(
                    "消息之后是它的字节数,以及 TCP 或 UDP、IP、以太网各套上的字节数:5+32+{ip}+14\
                     (TCP 含 12 字节时间戳)。"
                );
            }
            Self::Chapter(Program::UpperTcp) => "TCP 上的 upper:alice 呼叫同一局域网内的 bob",
            Self::Chapter(Program::UpperUdp) => "UDP 上的 upper:alice 写给网关另一边的 server",
            Self::Chapter(Program::Time) => "time:alice 向 server 询问时间",
            Self::Chapter(Program::Chat) => "chat:alice 写给 bob,bob 回复",
            Self::Decide => {
                "IP 知道对方的地址,以太网需要 MAC。要谁的?alice 把两个地址与掩码相与,再比较:"
            }
            Self::SameNetwork(peer) => return format!("网络相同:问 {peer} 的 MAC"),
            Self::OtherNetwork => "网络不同:问网关的 MAC",
            Self::GatewayDecides => "再作决定:在自己的局域网",
            Self::Handshake(1) => "握手 1/3:我可以呼叫吗?",
            Self::Handshake(2) => "握手 2/3:可以。我也可以吗?",
            Self::Handshake(_) => "握手 3/3:可以",
            Self::Says(data, 0) => return data.to_owned(),
            Self::Says(data, came) => return format!("{data};你的 {came} 字节已收到"),
            Self::Close(1) => "挥手 1/4:我说完了",
            Self::Close(2) => "挥手 2/4:听到了",
            Self::Close(3) => "挥手 3/4:我也说完了",
            Self::Close(_) => "挥手 4/4:听到了(TIME-WAIT)",
            Self::CloseTwoAndThree => "挥手 2/4、3/4:听到了,我也说完了",
            Self::Acknowledged => "已收到",
            Self::Forwarded(data) => return format!("{data},转发"),
            Self::PeelTcp(peer) => {
                return format!(
                    "剥开 \"hello\":向下时,alice 的 TCP、IP、以太网依次在外面套上自己的头;\n\
                     向上时,{peer} 的以太网、IP、TCP 依次把它们取下:"
                );
            }
            Self::PeelUdp(peer) => {
                return format!(
                    "{peer} 发给 alice 的答复。UDP 只套上 8 字节:不握手,不排序,不道别。"
                );
            }
            Self::GatewayDid => "网关对它做了什么:",
            Self::OfficeSide => "alice 发出时",
            Self::CampusSide => "到达 server 时",
            Self::From => "源",
            Self::To => "目标",
            Self::Ports => "端口",
            Self::TimeToLive => "TTL",
            Self::HeaderChecksum => "校验和",
            Self::Data => "数据",
            Self::Changed => "变了",
            Self::Stayed => "没变",
            Self::NoQuestions(asks) => {
                return format!("这次没有 {asks}:大家都记得该发给谁。");
            }
            Self::Everyone => "所有人",
            Self::Prints(who) => return format!("{who} 的屏幕:"),
            Self::Counted(frames, true) => {
                return format!("共 {frames} 帧,格式全对,校验和全对。");
            }
            Self::Counted(frames, false) => return format!("共 {frames} 帧,其中有错!"),
            Self::Yourself => {
                "更多:--capture demo.pcapng(用 Wireshark 看)、--json(每个字段)、--seed 2、-6、--lang en"
            }
        }
        .to_owned()
    }
}

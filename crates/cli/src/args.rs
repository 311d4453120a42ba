//! What can be typed.

use std::path::PathBuf;
use std::time::Duration;

use ::lab::Publish;
use ::lab::analysis::Filter;
use clap::{Args, Parser, Subcommand, ValueEnum};
use landline::MacAddr;
use services::Endpoint;
use services::call::Complete;
use services::subnet::Subnet;

use crate::rip::RipArgs;
use crate::trace::Detail;
use crate::via::{Sysctl, Via};

/// A whole TCP/IP network in user space, and the programs that sockets are for.
#[derive(Debug, Parser)]
#[command(
    name = "landline",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  landline serve upper                     answer in capitals, on TCP and UDP port 9000
  landline call tcp://127.0.0.1:9000       talk to it
  landline subnet 172.16.10.10/24 101.100.200.11/10
  landline demo                            see it all happen

An ENDPOINT is tcp://HOST:PORT, udp://HOST:PORT, unix:PATH or unixgram:PATH. A HOST is an IPv4
address, an IPv6 address in brackets ([::1], on a link [fe80::1%eth0]), or a name such as localhost.
A server at [::] hears both families. Port 0 takes a free port."
)]
pub(crate) struct Cli {
    /// Language of messages [default: as LC_ALL, LC_MESSAGES or LANG say]
    #[arg(long, global = true, value_name = "zh|en", hide_possible_values = true)]
    pub(crate) lang: Option<LangArg>,

    /// Print JSON, an object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LangArg {
    Zh,
    En,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a server until Ctrl-C
    #[command(subcommand)]
    Serve(Serve),
    /// Call a service: send lines, print its answers
    #[command(after_help = "\
At the prompt `>>: ` a line is sent, and the answer printed; `quit` or Ctrl-D leaves. From a pipe it
works line by line, without prompts, and answers are printed as they came.

TCP has no mark for the end of an answer. --reply says when one is complete:
  auto     when it is as long as what was sent, as upper's and echo's are; for a service whose
           answers have other lengths, after a quiet moment
  length   when it is as long as what was sent, and never before
  quiet    after a quiet moment

Exit code: 0; 1 if nobody can be called, hangs up early, or does not answer; 2 for a mistyped command.

Examples:
  landline call tcp://127.0.0.1:9000
  echo hello | landline call udp://127.0.0.1:9000 --timeout 1
  landline call tcp://[::1]:9000
  landline call 'tcp://[fe80::1%eth0]:9000'
  landline call tcp://localhost:80 --reply quiet")]
    Call(CallArgs),
    /// Ask a time server, with strftime formats
    #[command(after_help = "\
A line is a format such as `%Y-%m-%d %X`; an empty line asks for the server's own format. `quit` or
Ctrl-D leaves.

Examples:
  landline time
  echo '%A, %e %B %Y' | landline time udp://127.0.0.1:9000")]
    Time(TimeArgs),
    /// Chat with a contact
    #[command(after_help = "\
Choose a contact by name, then write; `quit` goes back to choosing, and leaves from there. From a
pipe the first line is the contact, and at the end of input answers still due are awaited.

A contacts file is TOML, a contact a line; without one there are the lesson's four, at
udp://127.0.0.1:8081:
  \"alice\" = \"udp://127.0.0.1:8081\"
  \"瞎驴\" = \"udp://[::1]:8081\"

Examples:
  landline chat --contacts friends.toml
  printf '瞎驴\\n在吗?\\n' | landline chat")]
    Chat(ChatArgs),
    /// Explain a subnet, or whether two hosts are in one
    #[command(after_help = "\
A mask may be written either way: /24 or /255.255.255.0. It says what the address is for, what is in it
and which group of IPv6 it is asked for at. With two addresses it says whether they are on one network,
whether one is a part of the other, and whose MAC address is asked for.

Examples:
  landline subnet 172.16.10.1/24
  landline subnet 172.16.10.10/24 101.100.200.11/255.192.0.0
  landline subnet fe80::1:ff:fe00:100a/64
  landline subnet fd00::/48 --split 50
  landline subnet fd00::/64 --mac 02:00:00:00:10:0a
  landline subnet 2001:db8::1/64 2001:db8::/32 --json")]
    Subnet(SubnetArgs),
    /// Watch messages go through every layer of two small LANs
    #[command(after_help = "\
Two LANs and a gateway, all in this process: alice calls bob on her own LAN, and a server beyond the
gateway. Every frame is told, and a few are peeled layer by layer. Needs no privileges and no network.
The same seed gives the same story, byte for byte.

Examples:
  landline demo
  landline demo -6
  landline demo --capture demo.pcapng
  landline demo --json | head -1")]
    Demo(DemoArgs),
    /// Draw a network in a file, run it, and see what came of it
    #[command(subcommand)]
    Lab(LabCommand),
    /// Take a capture apart: packet by packet, layer by layer, field by field
    #[command(after_help = "\
Reads pcap and pcapng, of anybody: Ethernet, raw IP, Linux cooked captures and loopback. Of captures
that Landline wrote it shows the hosts' names and why a packet died. Checksums are judged, and TCP
connections followed: relative numbers, and what is out of the ordinary. A file of any length is read
packet by packet; of a damaged one, what is before the damage is shown.

A filter is words that all have to be true: arp, ip, ipv4, ipv6, icmp, icmpv6, igmp, tcp, udp, vlan,
rip, ripng, dhcp; host ADDRESS|NAME, port N, stream N; marked (out of the ordinary), dropped, bad (a wrong checksum, or
malformed); not before a word, or between alternatives.

Exit code: 0; 1 for a file that is damaged or cannot be read.

Examples:
  landline dissect lab.pcapng
  landline dissect lab.pcapng --full --filter 'arp or icmp'
  landline dissect lab.pcapng --filter 'host alice tcp marked'
  landline dissect lab.pcapng --follow 0
  tcpdump -w - | landline dissect -")]
    Dissect(DissectArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum LabCommand {
    /// Write a small network to begin with
    #[command(after_help = "\
Examples:
  landline lab new
  landline lab new office.toml")]
    New(LabNewArgs),
    /// Say what is wrong with a file, each mistake with its line
    #[command(after_help = "\
Exit code: 0 for a file without mistakes, else 1.

Examples:
  landline lab check lab.toml")]
    Check(LabCheckArgs),
    /// Run a network in virtual time or by the clock, and report
    #[command(after_help = "\
Hosts, routers, switches and cables are all in this process, and time is virtual: it goes on whenever
everybody waits, as fast as the machine can. The same file and seed are the same run, packet by
packet. Ctrl-C ends the run; the report says what was so far.

With --real-time it goes by the clock, and the world outside can take part: --publish and what the
file has of it. A lab with published ports runs until Ctrl-C.

Exit code: 0; 1 when a program of the lab could not do what it was to do, or the file has mistakes.

Examples:
  landline lab run examples/labs/two-lans.toml
  landline lab run examples/labs/lossy-path.toml --seed 7 --capture path.pcapng
  landline lab run lab.toml --until 1h --report json
  landline lab run lab.toml --real-time --publish 127.0.0.1:8080=web:80")]
    Run(LabRunArgs),
    /// Draw captures as a ladder: a column a host, an arrow a frame
    #[command(after_help = "\
Of captures that Landline wrote, columns are hosts, and a frame that is seen to leave one card and to
arrive at another is one arrow; one that died ends in the middle, with the reason. Of others, columns
are addresses. Several files are put together by their times. Filters: see landline dissect --help.

Examples:
  landline lab run examples/labs/two-lans.toml --capture lans.pcapng
  landline lab ladder lans.pcapng
  landline lab ladder lans.pcapng --filter 'tcp port 9000'")]
    Ladder(LabLadderArgs),
}

#[derive(Args, Debug)]
pub(crate) struct LabLadderArgs {
    /// The captures
    #[arg(value_name = "FILE.pcapng", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Which packets to draw
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) filter: Filter,
    /// How many arrows to draw at most
    #[arg(long, value_name = "N", default_value = "500")]
    pub(crate) first: usize,
}

#[derive(Args, Debug)]
pub(crate) struct DissectArgs {
    /// The capture; - for standard input
    #[arg(value_name = "FILE.pcap[ng]")]
    pub(crate) file: PathBuf,
    /// Show each layer and field, with its bytes
    #[arg(long)]
    pub(crate) full: bool,
    /// Print what a TCP connection carried: its number as the packets' lines show it
    #[arg(long, value_name = "STREAM", conflicts_with_all = ["full", "filter"])]
    pub(crate) follow: Option<u64>,
    /// Which packets to show
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) filter: Filter,
}

#[derive(Args, Debug)]
pub(crate) struct LabNewArgs {
    /// Where to write it; nothing is overwritten
    #[arg(value_name = "FILE.toml", default_value = "lab.toml")]
    pub(crate) file: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct LabCheckArgs {
    /// The network; - for standard input
    #[arg(value_name = "FILE.toml")]
    pub(crate) file: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct LabRunArgs {
    /// The network; - for standard input
    #[arg(value_name = "FILE.toml")]
    pub(crate) file: PathBuf,
    /// Let time go on by the clock
    #[arg(long)]
    pub(crate) real_time: bool,
    /// Lead a port of this machine to one of a host in the lab; may be given several times. With a
    /// port alone before the `=` nobody but this machine reaches it
    #[arg(
        long,
        value_name = "[udp://][ADDRESS:]PORT=HOST:PORT",
        requires = "real_time"
    )]
    pub(crate) publish: Vec<Publish>,
    /// What all chance comes from [default: as the file says, else 1]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// When the run ends at the latest, in the lab's time, such as 90s or 1h [default: as the file
    /// says, else when every program has ended]
    #[arg(long, value_name = "TIME", value_parser = lab::length_of_time)]
    pub(crate) until: Option<Duration>,
    /// Write every frame to a capture file, with the reason where one died; with a folder (one that
    /// there is, or a name that ends with /) to a file for each host
    #[arg(long, value_name = "FILE.pcapng|FOLDER/")]
    pub(crate) capture: Option<PathBuf>,
    /// Say of each host, and of who spoke to whom, what passed: bytes, goodput, round-trip times, what was
    /// sent again
    #[arg(long)]
    pub(crate) flows: bool,
    /// Tell each frame that died, one by one; at most N of them
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        default_missing_value = "1000"
    )]
    pub(crate) drops: Option<usize>,
    /// How to report
    #[arg(
        long,
        value_name = "text|json",
        hide_possible_values = true,
        default_value = "text"
    )]
    pub(crate) report: ReportArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportArg {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Serve {
    /// Answer each message in capitals
    #[command(after_help = "\
The letters a-z become capitals, every other byte stays. Without --on it listens on
tcp://127.0.0.1:9000 and udp://127.0.0.1:9000, or with --via tap: there at the host's own address.

Examples:
  landline serve upper
  landline serve upper --via tap:tap0,172.16.10.2/24 --trace
  landline serve upper --via tap:tap0,172.16.10.2/24,fd00::2/64 --on tcp://[::]:9000
  landline serve upper --via tap:tap0,auto
  landline serve upper --on tcp://0.0.0.0:9000 --on unix:/tmp/upper.sock
  landline serve upper --on tcp://127.0.0.1:9000 --once")]
    Upper(MessageArgs),
    /// Answer each message with itself
    #[command(after_help = "\
Without --on it listens on tcp://127.0.0.1:9000 and udp://127.0.0.1:9000.

Examples:
  landline serve echo --on tcp://[::1]:0")]
    Echo(MessageArgs),
    /// Answer each datagram, a strftime format, with the time
    #[command(after_help = "\
An empty datagram is answered in the format `%Y-%m-%d %X`, any other is the format, as Python's
time.strftime takes it in the C locale. The zone is TZ's, else the system's. An answer has at most
1024 bytes, or 16 times the question's.

Examples:
  landline serve time
  TZ=Asia/Shanghai landline serve time --on udp://[::]:9000")]
    Time(TimeServerArgs),
    /// Answer over HTTP, with one page or with a folder's files
    #[command(after_help = "\
Without --on it listens on tcp://127.0.0.1:8080, or with --via tap: there at the host's own address.
Of a folder it shows the files below it and a folder's index.html, and nothing outside of it.

Examples:
  landline serve web --root site
  landline serve web --page '<p>hello' --via tap:tap0,172.16.10.2/24 --on tcp://172.16.10.2:80")]
    Web(WebArgs),
    /// Speak RIP with the routers of a link: RIPv2 and RIPng
    #[command(after_help = "\
A host of our own stack tells the routers of its link which networks it has: those of its addresses but
the first one of IPv4, whose network is the link's own. What they tell goes into its routing table,
and each change is a line. When it ends it takes back what it told.

Examples:
  landline serve rip --via tap:tap0,192.0.2.2/24,10.7.0.1/24
  landline serve rip --via tap:tap0,192.0.2.2/24,fd00::2/64,fd00:7::1/64 --update 5s --json
  landline serve rip --via tap:tap0,192.0.2.2/24 --passive --password sesame")]
    Rip(RipArgs),
    /// Show who writes, and answer
    #[command(after_help = "\
While messages arrive, a line answers the last to write. `/2 text` answers number 2, `/who` lists who
wrote, `//text` answers `/text`. From a pipe each line answers the last to write, and waits for the
first message.

Examples:
  landline serve chat
  echo 'back soon' | landline serve chat --on udp://[::]:8081")]
    Chat(ChatServerArgs),
}

#[derive(Args, Debug)]
pub(crate) struct MessageArgs {
    /// Where to listen; may be given several times
    #[arg(long, value_name = "ENDPOINT")]
    pub(crate) on: Vec<Endpoint>,
    /// Serve one call (of datagrams: one) and exit
    #[arg(long)]
    pub(crate) once: bool,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

#[derive(Args, Debug)]
pub(crate) struct WebArgs {
    /// The folder to show
    #[arg(
        long,
        value_name = "FOLDER",
        required_unless_present = "page",
        conflicts_with = "page"
    )]
    pub(crate) root: Option<PathBuf>,
    /// The one page to show, in HTML
    #[arg(long, value_name = "HTML")]
    pub(crate) page: Option<String>,
    /// Where to listen; may be given several times
    #[arg(long, value_name = "ENDPOINT")]
    pub(crate) on: Vec<Endpoint>,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

#[derive(Args, Debug)]
pub(crate) struct TimeServerArgs {
    /// Where to listen [default: udp://127.0.0.1:9000, with --via tap: the host's own address]
    #[arg(long, value_name = "ENDPOINT")]
    pub(crate) on: Option<Endpoint>,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ChatServerArgs {
    /// Where to listen [default: udp://127.0.0.1:8081, with --via tap: the host's own address]
    #[arg(long, value_name = "ENDPOINT")]
    pub(crate) on: Option<Endpoint>,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

#[derive(Args, Debug)]
pub(crate) struct CallArgs {
    /// Whom to call
    #[arg(value_name = "ENDPOINT")]
    pub(crate) to: Endpoint,
    /// When an answer on a stream is complete
    #[arg(
        long,
        value_name = "auto|length|quiet",
        hide_possible_values = true,
        default_value = "auto"
    )]
    pub(crate) reply: ReplyArg,
    /// How long to wait for an answer
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// How long nothing comes in a quiet moment
    #[arg(long, value_name = "SECONDS", default_value = "0.5", value_parser = seconds)]
    pub(crate) quiet_after: Duration,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

#[derive(Args, Debug)]
pub(crate) struct TimeArgs {
    /// Whom to ask
    #[arg(value_name = "ENDPOINT", default_value = "udp://127.0.0.1:9000")]
    pub(crate) to: Endpoint,
    /// How long to wait for an answer
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    pub(crate) timeout: Duration,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ChatArgs {
    /// Whom one can chat with
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) contacts: Option<PathBuf>,
    /// How long to wait for answers at the end of piped input
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    pub(crate) timeout: Duration,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

#[derive(Args, Debug)]
pub(crate) struct SubnetArgs {
    /// An address with its mask
    #[arg(value_name = "ADDRESS/PREFIX")]
    pub(crate) from: Subnet,
    /// Another one, to which the first sends
    #[arg(value_name = "ADDRESS/PREFIX")]
    pub(crate) to: Option<Subnet>,
    /// List the networks of this prefix length that it consists of
    #[arg(long, value_name = "PREFIX", conflicts_with = "to")]
    pub(crate) split: Option<u8>,
    /// Tell the address that a card makes for itself there out of its MAC address (EUI-64)
    #[arg(long, value_name = "MAC", value_parser = mac, conflicts_with_all = ["to", "split"])]
    pub(crate) mac: Option<MacAddr>,
}

/// Which network to be on.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkArgs {
    /// The kernel's sockets, or our own stack on a TAP device: tap:NAME,ADDRESS/PREFIX[,GATEWAY],
    /// with several addresses and a gateway of each family, or auto for what IPv6 finds on the link
    #[arg(long, value_name = "NETWORK", default_value = "kernel")]
    pub(crate) via: Via,
    /// Set a sysctl of our own stack; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) sysctl: Vec<Sysctl>,
    /// Show every packet of our own stack on standard error; with =full layer by layer
    #[arg(
        long,
        value_name = "line|full",
        hide_possible_values = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "line"
    )]
    pub(crate) trace: Option<Detail>,
    /// Write every packet of our own stack to a capture file
    #[arg(long, value_name = "FILE.pcapng")]
    pub(crate) capture: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// Tell it of IPv6
    #[arg(short = '6', long)]
    pub(crate) ipv6: bool,
    /// What all chance comes from: ports, sequence numbers
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) seed: u64,
    /// Write every frame to a capture file
    #[arg(long, value_name = "FILE.pcapng")]
    pub(crate) capture: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplyArg {
    Auto,
    Length,
    Quiet,
}

impl From<ReplyArg> for Complete {
    fn from(reply: ReplyArg) -> Self {
        match reply {
            ReplyArg::Auto => Self::Auto,
            ReplyArg::Length => Self::Length,
            ReplyArg::Quiet => Self::Quiet,
        }
    }
}

/// Not a MAC address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotMac;

impl std::fmt::Display for NotMac {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a MAC address; try 02:00:00:00:10:0a")
    }
}

impl std::error::Error for NotMac {}

fn mac(text: &str) -> Result<MacAddr, NotMac> {
    text.parse().map_err(|_| NotMac)
}

/// Not a length of time in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotSeconds;

impl std::fmt::Display for NotSeconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a number of seconds above 0 and up to 1000000; try 1.5")
    }
}

impl std::error::Error for NotSeconds {}

fn seconds(text: &str) -> Result<Duration, NotSeconds> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 1e6 => {
            Duration::try_from_secs_f64(seconds).map_err(|_| NotSeconds)
        }
        _ => Err(NotSeconds),
    }
}

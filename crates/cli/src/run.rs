//! Joins what was asked for: a service, its network, the process's input and output.

use std::future::Future;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use landline::Network;
use services::call::{Call, Complete};
use services::chat::Contacts;
use services::subnet::{Pair, Subnet};
use services::upper::Answer;
use services::web::Site;
use services::words::{Failure, Lang};
use services::{Console, Endpoint, call, chat, time, upper, web};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::{
    CallArgs, ChatArgs, Cli, Command, DemoArgs, MessageArgs, NetworkArgs, Serve, SubnetArgs,
    TimeArgs,
};
use crate::demo::{self, DemoError, Story};
use crate::network::{self, NetworkError};
use crate::rip::{self, NotBegun};
use crate::trace::Ink;
use crate::via::Via;
use crate::words::Say;
use crate::{dissect, input, lab, output};

/// Why a command came to nothing.
enum Failed {
    Service(Failure),
    Network(NetworkError),
    MixedFamilies,
    /// What was typed cannot be done; says why.
    Mistyped(String),
    /// The runtime or its signal handlers could not be set up.
    Process(io::Error),
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self::Service(failure)
    }
}

impl From<NetworkError> for Failed {
    fn from(error: NetworkError) -> Self {
        Self::Network(error)
    }
}

impl From<DemoError> for Failed {
    fn from(error: DemoError) -> Self {
        match error {
            DemoError::Service(failure) => Self::Service(failure),
            DemoError::Capture(error) => Self::Network(NetworkError::Capture(error)),
            DemoError::Io(error) => Self::Process(error),
        }
    }
}

/// Runs the command; its failure becomes one line and an exit code.
pub(crate) fn run(cli: Cli, lang: Lang) -> ExitCode {
    let shown = Shown {
        lang,
        json: cli.json,
    };
    let ended = match cli.command {
        Command::Subnet(args) => subnet(&args, shown).map(|()| 0),
        Command::Demo(args) => demo(&args, shown).map(|()| 0),
        Command::Dissect(args) => return dissect::run(&args, lang, cli.json),
        Command::Lab(command) => return lab::run(&command, lang, cli.json),
        Command::Serve(serve) => self::serve(serve, shown).map(|()| 0),
        Command::Call(args) => client(&args.network.clone(), shown, |network| {
            call_service(network, args, shown)
        }),
        Command::Time(args) => client(&args.network.clone(), shown, |network| {
            ask_time(network, args, shown)
        }),
        Command::Chat(args) => client(&args.network.clone(), shown, |network| {
            join_chat(network, args, shown)
        }),
    };
    let (words, code) = match ended {
        Ok(code) => return ExitCode::from(code),
        Err(Failed::Service(failure)) if failure.is_closed_pipe() => return ExitCode::SUCCESS,
        Err(Failed::Service(failure)) => (lang.failure(&failure), failure.exit_code()),
        Err(Failed::Network(error)) => (Say::Network(&error).words(lang), error.exit_code()),
        Err(Failed::Mistyped(words)) => (words, 2),
        Err(Failed::MixedFamilies) => (Say::MixedFamilies.words(lang), 2),
        Err(Failed::Process(error)) => (error.to_string(), 1),
    };
    let _ = writeln!(io::stderr(), "landline: {words}"); // nowhere else to say it
    ExitCode::from(code)
}

/// How to say things.
#[derive(Clone, Copy)]
struct Shown {
    lang: Lang,
    json: bool,
}

/// Runs a future on a runtime of this thread, until it ends or one of the signals comes that ask a
/// program to end; then gives the signal.
fn until_signalled<F>(future: F) -> Result<Option<SignalKind>, Failed>
where
    F: Future<Output = Result<(), Failed>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failed::Process)?;
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Failed::Process)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(Failed::Process)?;
        tokio::select! {
            ended = future => ended.map(|()| None),
            _ = interrupt.recv() => Ok(Some(SignalKind::interrupt())),
            _ = terminate.recv() => Ok(Some(SignalKind::terminate())),
        }
    })
}

/// Runs a future on the network that was asked for, until it ends or a signal comes; the network is
/// gone afterwards, and its trace and capture are complete.
fn on_network<F>(
    args: &NetworkArgs,
    lang: Lang,
    work: impl FnOnce(Network) -> F,
) -> Result<Option<SignalKind>, Failed>
where
    F: Future<Output = Result<(), Failed>>,
{
    let (network, tracing) = network::open(args, lang)?;
    let ended = until_signalled(async {
        network::ready(&network, &args.via).await?;
        work(network).await
    });
    if let Some(tracing) = tracing {
        tracing.wait();
    }
    ended
}

/// A client that is told to end has not finished: its exit code is a shell's for the signal.
fn client<F>(
    args: &NetworkArgs,
    shown: Shown,
    work: impl FnOnce(Network) -> F,
) -> Result<u8, Failed>
where
    F: Future<Output = Result<(), Failed>>,
{
    let signal = on_network(args, shown.lang, work)?;
    if signal.is_some() {
        end_line();
    }
    Ok(signal.map_or(0, |signal| {
        128_u8.saturating_add(signal.as_raw_value() as u8)
    }))
}

/// After `^C`, so that the shell's prompt begins a line.
fn end_line() {
    if io::IsTerminal::is_terminal(&io::stdout()) {
        let _ = writeln!(io::stdout()); // looks only
    }
}

fn serve(serve: Serve, shown: Shown) -> Result<(), Failed> {
    let args = match &serve {
        Serve::Upper(args) | Serve::Echo(args) => args.network.clone(),
        Serve::Time(args) => args.network.clone(),
        Serve::Web(args) => args.network.clone(),
        Serve::Chat(args) => args.network.clone(),
        Serve::Rip(args) => args.network.clone(),
    };
    let (console, flush) = output::log(shown.lang, shown.json);
    let via = args.via.clone();
    let ended = on_network(&args, shown.lang, |network| {
        server(network, serve, via, console, shown.lang)
    });
    flush.wait();
    if ended?.is_some() {
        end_line();
    }
    Ok(())
}

/// Serves at home, unless something else was asked for.
async fn server(
    network: Network,
    serve: Serve,
    via: Via,
    console: Console,
    lang: Lang,
) -> Result<(), Failed> {
    let home = |port| network::home(&network, &via, port);
    match serve {
        Serve::Upper(args) => answer(&network, args, home(9000), Answer::Upper, &console).await,
        Serve::Echo(args) => answer(&network, args, home(9000), Answer::Echo, &console).await,
        Serve::Time(args) => {
            let on = args.on.unwrap_or(Endpoint::Udp(home(9000).into()));
            let clock = time::system_clock;
            let server = time::Server::bind(&network, &on, clock, &console).await?;
            Ok(server.run().await?)
        }
        Serve::Web(args) => {
            let mut on = args.on;
            if on.is_empty() {
                on = vec![Endpoint::Tcp(home(8080).into())];
            }
            let site = match (args.root, args.page) {
                (Some(folder), _) => Site::Folder(folder),
                (None, page) => Site::Page(page.unwrap_or_default()),
            };
            let server = web::Server::bind(&network, &on, site, &console).await?;
            Ok(server.run().await?)
        }
        Serve::Rip(args) => match rip::serve(&network, &args, console).await {
            Ok(()) => Ok(()),
            Err(NotBegun::Mistyped(words)) => Err(Failed::Mistyped(words)),
            Err(NotBegun::Failed(failure)) => Err(failure.into()),
        },
        Serve::Chat(args) => {
            let on = args.on.unwrap_or(Endpoint::Udp(home(8081).into()));
            let server = chat::Server::bind(&network, &on, &console).await?;
            Ok(server.run(input::stdin(lang)).await?)
        }
    }
}

async fn answer(
    network: &Network,
    args: MessageArgs,
    home: SocketAddr,
    answer: Answer,
    console: &Console,
) -> Result<(), Failed> {
    let mut on = args.on;
    if on.is_empty() {
        on = vec![Endpoint::Tcp(home.into()), Endpoint::Udp(home.into())];
    }
    let server = upper::Server::bind(network, &on, answer, console).await?;
    Ok(server.run(args.once).await?)
}

async fn call_service(network: Network, args: CallArgs, shown: Shown) -> Result<(), Failed> {
    let call = Call {
        to: args.to,
        complete: args.reply.into(),
        patience: args.timeout,
        quiet: args.quiet_after,
    };
    let mut input = input::stdin(shown.lang);
    let console = output::console(shown.lang, shown.json);
    Ok(call::call(&network, &call, &mut input, &console).await?)
}

async fn ask_time(network: Network, args: TimeArgs, shown: Shown) -> Result<(), Failed> {
    let call = Call {
        to: args.to,
        complete: Complete::Auto,
        patience: args.timeout,
        quiet: args.timeout,
    };
    let mut input = input::stdin(shown.lang);
    let console = output::console(shown.lang, shown.json);
    Ok(time::ask(&network, &call, &mut input, &console).await?)
}

async fn join_chat(network: Network, args: ChatArgs, shown: Shown) -> Result<(), Failed> {
    let contacts = match &args.contacts {
        Some(file) => read_contacts(file, shown.lang)?,
        None => Contacts::default(),
    };
    let mut input = input::stdin(shown.lang);
    let console = output::console(shown.lang, shown.json);
    Ok(chat::chat(&network, &contacts, args.timeout, &mut input, &console).await?)
}

/// The longest file of contacts that is read.
const LONGEST_CONTACTS: u64 = 1 << 20;

fn read_contacts(file: &Path, lang: Lang) -> Result<Contacts, Failure> {
    let mut text = String::new();
    std::fs::File::open(file)
        .and_then(|opened| opened.take(LONGEST_CONTACTS).read_to_string(&mut text))
        .map_err(|error| Failure::Contacts {
            file: file.to_owned(),
            why: error.to_string(),
        })?;
    Contacts::parse(&text, file, lang)
}

fn subnet(args: &SubnetArgs, shown: Shown) -> Result<(), Failed> {
    if let Some(prefix) = args.split {
        return split(args.from, prefix, shown);
    }
    if let Some(mac) = args.mac {
        let Some(address) = args.from.eui64(mac) else {
            return Err(mistyped(&Say::NoEui64(&args.from), shown));
        };
        let own = format!("{address}/{}", args.from.prefix());
        return subnet_report(own.parse().unwrap_or(args.from), None, shown);
    }
    subnet_report(args.from, args.to, shown)
}

/// A line a network; more than these nobody reads.
const MOST_PARTS_BITS: u8 = 16;

fn split(subnet: Subnet, prefix: u8, shown: Shown) -> Result<(), Failed> {
    let longest = if subnet.address().is_ipv4() { 32 } else { 128 };
    let Some(bits) = subnet.split_bits(prefix) else {
        let wrong = Say::NoParts(prefix, subnet.prefix(), longest);
        return Err(mistyped(&wrong, shown));
    };
    if bits > MOST_PARTS_BITS {
        let wrong = Say::TooManyParts(bits, subnet.prefix() + MOST_PARTS_BITS);
        return Err(mistyped(&wrong, shown));
    }
    let text = |part: Subnet| {
        if shown.json {
            json(&part)
        } else {
            Ok(format!("{part}\n"))
        }
    };
    print(
        &subnet
            .split(prefix)
            .map(text)
            .collect::<Result<String, _>>()?,
    )
}

fn mistyped(wrong: &Say<'_>, shown: Shown) -> Failed {
    Failed::Mistyped(wrong.words(shown.lang))
}

fn subnet_report(from: Subnet, to: Option<Subnet>, shown: Shown) -> Result<(), Failed> {
    let colour = output::look(shown.json).colour;
    let pair = match to {
        Some(to) => Some(Pair::new(from, to).ok_or(Failed::MixedFamilies)?),
        None => None,
    };
    let text = match (&pair, shown.json) {
        (Some(pair), true) => json(pair)?,
        (None, true) => json(&from)?,
        (Some(pair), false) => pair.report(shown.lang, colour),
        (None, false) => from.report(shown.lang, colour),
    };
    print(&text)
}

fn demo(args: &DemoArgs, shown: Shown) -> Result<(), Failed> {
    let story = Story::play(args.seed, args.ipv6, args.capture.as_deref(), shown.lang)?;
    if shown.json {
        return print(&demo::json(&story, shown.lang));
    }
    let colour = output::look(shown.json).colour;
    print(&demo::tell(&story, shown.lang, Ink { colour }))
}

/// Prints a result.
fn print(text: &str) -> Result<(), Failed> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failed::Service(Failure::Output(error)))
}

fn json(value: &impl serde::Serialize) -> Result<String, Failed> {
    let mut text = serde_json::to_string(value).map_err(|error| Failure::Output(error.into()))?;
    text.push('\n');
    Ok(text)
}

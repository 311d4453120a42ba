//! Joins what was asked for: a service, its network, the process's input and output.

use std::future::Future;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use services::call::{Call, Complete};
use services::chat::Contacts;
use services::subnet::Pair;
use services::upper::Answer;
use services::words::{Failure, Lang};
use services::{Console, Endpoint, call, chat, time, upper};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::{
    CallArgs, ChatArgs, Cli, Command, DemoArgs, MessageArgs, Serve, SubnetArgs, TimeArgs,
};
use crate::demo::{self, DemoError, Story};
use crate::network::{self, NetworkError};
use crate::trace::Ink;
use crate::words::Say;
use crate::{input, output};

/// Why a command came to nothing.
enum Failed {
    Service(Failure),
    Network(NetworkError),
    MixedFamilies,
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
        Command::Serve(serve) => self::serve(serve, shown).map(|()| 0),
        Command::Call(args) => client(call_service(args, shown)),
        Command::Time(args) => client(ask_time(args, shown)),
        Command::Chat(args) => client(join_chat(args, shown)),
    };
    let (words, code) = match ended {
        Ok(code) => return ExitCode::from(code),
        Err(Failed::Service(failure)) if failure.is_closed_pipe() => return ExitCode::SUCCESS,
        Err(Failed::Service(failure)) => (lang.failure(&failure), failure.exit_code()),
        Err(Failed::Network(error)) => (Say::Network(&error).words(lang), error.exit_code()),
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

/// A client that is told to end has not finished: its exit code is a shell's for the signal.
fn client(work: impl Future<Output = Result<(), Failed>>) -> Result<u8, Failed> {
    let signal = until_signalled(work)?;
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
    let (console, flush) = output::log(shown.lang, shown.json);
    let ended = until_signalled(server(serve, console, shown.lang));
    flush.wait();
    if ended?.is_some() {
        end_line();
    }
    Ok(())
}

async fn server(serve: Serve, console: Console, lang: Lang) -> Result<(), Failed> {
    match serve {
        Serve::Upper(args) => answer(args, Answer::Upper, &console).await,
        Serve::Echo(args) => answer(args, Answer::Echo, &console).await,
        Serve::Time(args) => {
            let network = network::open(&args.network)?;
            let clock = time::system_clock;
            let server = time::Server::bind(&network, &args.on, clock, &console).await?;
            Ok(server.run().await?)
        }
        Serve::Chat(args) => {
            let network = network::open(&args.network)?;
            let server = chat::Server::bind(&network, &args.on, &console).await?;
            Ok(server.run(input::stdin(lang)).await?)
        }
    }
}

async fn answer(args: MessageArgs, answer: Answer, console: &Console) -> Result<(), Failed> {
    let network = network::open(&args.network)?;
    let mut on = args.on;
    if on.is_empty() {
        let at = ([127, 0, 0, 1], 9000).into();
        on = vec![Endpoint::Tcp(at), Endpoint::Udp(at)];
    }
    let server = upper::Server::bind(&network, &on, answer, console).await?;
    Ok(server.run(args.once).await?)
}

async fn call_service(args: CallArgs, shown: Shown) -> Result<(), Failed> {
    let network = network::open(&args.network)?;
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

async fn ask_time(args: TimeArgs, shown: Shown) -> Result<(), Failed> {
    let network = network::open(&args.network)?;
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

async fn join_chat(args: ChatArgs, shown: Shown) -> Result<(), Failed> {
    let contacts = match &args.contacts {
        Some(file) => read_contacts(file, shown.lang)?,
        None => Contacts::default(),
    };
    let network = network::open(&args.network)?;
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
    let colour = output::look(shown.json).colour;
    let pair = match args.to {
        Some(to) => Some(Pair::new(args.from, to).ok_or(Failed::MixedFamilies)?),
        None => None,
    };
    let text = match (&pair, shown.json) {
        (Some(pair), true) => json(pair)?,
        (None, true) => json(&args.from)?,
        (Some(pair), false) => pair.report(shown.lang, colour),
        (None, false) => args.from.report(shown.lang, colour),
    };
    print(&text)
}

fn demo(args: &DemoArgs, shown: Shown) -> Result<(), Failed> {
    let story = Story::play(args.seed, args.capture.as_deref(), shown.lang)?;
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

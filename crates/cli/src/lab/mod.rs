//! `landline lab`: networks from files.

mod ladder;
mod report;
mod words;

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use ::lab::{Lab, Run, Scenario};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use services::words::Lang;

use crate::args::{LabCommand, LabNewArgs, LabRunArgs, ReportArg};
use crate::output;
use words::Say;

/// The longest file that is read: a hundred thousand hosts fit.
const LONGEST_FILE: u64 = 64 << 20;

/// Runs one of lab's commands; its failure becomes words and an exit code.
pub(crate) fn run(command: &LabCommand, lang: Lang, json: bool) -> ExitCode {
    let done = match command {
        LabCommand::New(args) => new(args, lang),
        LabCommand::Check(args) => read(&args.file, lang).and_then(|scenario| {
            let (hosts, nodes) = (scenario.hosts().count(), scenario.nodes.len());
            print(&Say::NoMistakes { hosts, nodes }.words(lang))
        }),
        LabCommand::Run(args) => run_lab(args, lang, json),
        LabCommand::Ladder(args) => return ladder::run(args, lang, json),
    };
    let (words, code) = match done {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failed::ClosedPipe) => return ExitCode::SUCCESS,
        Err(Failed::Reported) => return ExitCode::FAILURE,
        Err(Failed::Mistakes(shown)) => (shown, 1),
        Err(Failed::Say(say)) => (format!("landline: {}\n", say.words(lang)), 1),
    };
    let _ = io::stderr().write_all(words.as_bytes()); // nowhere else to say it
    ExitCode::from(code)
}

/// Why a command came to nothing.
enum Failed {
    /// Whoever read the output has gone.
    ClosedPipe,
    /// The report says it.
    Reported,
    /// Of the file, as they are shown.
    Mistakes(String),
    Say(Say),
}

fn new(args: &LabNewArgs, lang: Lang) -> Result<(), Failed> {
    let made = File::create_new(&args.file)
        .and_then(|mut file| file.write_all(include_bytes!("starter.toml")));
    let file = args.file.clone();
    match made {
        Ok(()) => print(&Say::Written(file).words(lang)),
        Err(error) => Err(Failed::Say(Say::CannotWrite(file, error.to_string()))),
    }
}

/// Reads and checks a file.
fn read(file: &Path, lang: Lang) -> Result<Scenario, Failed> {
    let cannot = |why: String| Failed::Say(Say::CannotRead(file.to_owned(), why));
    let mut text = String::new();
    File::open(file)
        .and_then(|opened| opened.take(LONGEST_FILE + 1).read_to_string(&mut text))
        .map_err(|error| cannot(error.to_string()))?;
    if text.len() as u64 > LONGEST_FILE {
        return Err(Failed::Say(Say::TooLong(
            file.to_owned(),
            LONGEST_FILE >> 20,
        )));
    }
    Scenario::read(&text).map_err(|mistakes| {
        let colour = output::colours(&io::stderr());
        Failed::Mistakes(mistakes.show(&file.display().to_string(), &text, lang, colour))
    })
}

fn run_lab(args: &LabRunArgs, lang: Lang, json: bool) -> Result<(), Failed> {
    let scenario = read(&args.file, lang)?;
    let seed = args.seed.or(scenario.seed).unwrap_or(1);
    let lab = Lab::build(scenario, seed)
        .map_err(|error| Failed::Say(Say::CannotBuild(error.to_string())))?;
    if let Some(file) = &args.capture {
        let cannot = |error: io::Error| Say::CannotWrite(file.clone(), error.to_string());
        lab.capture(file)
            .map_err(|error| Failed::Say(cannot(error)))?;
    }
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_signal(&stop).map_err(|error| Failed::Say(Say::CannotBuild(error.to_string())))?;
    let bar = progress();
    let (shown, began) = (bar.clone(), Instant::now());
    let run = Run {
        until: args.until,
        stop,
        progress: Some(Box::new(move |now, frames| {
            let rate = frames as f64 / began.elapsed().as_secs_f64().max(1e-3);
            let now = now.as_nanos() as f64 / 1e9;
            shown.set_message(match lang {
                Lang::English => format!("{now:.1} s of the lab's time, {rate:.0} packets/s"),
                Lang::Chinese => format!("实验网时间 {now:.1} s,每秒 {rate:.0} 个包"),
            });
            shown.tick();
        })),
    };
    let ended = lab.run(run);
    bar.finish_and_clear();
    let report = ended.map_err(|error| Failed::Say(Say::Capture(error.to_string())))?;
    if json || args.report == ReportArg::Json {
        let text = serde_json::to_string(&report)
            .map_err(|error| Failed::Say(Say::Capture(error.to_string())))?;
        print(&text)?;
    } else {
        print(report::text(&report, lang).trim_end())?;
    }
    if report.failed() {
        return Err(Failed::Reported);
    }
    Ok(())
}

/// A line on standard error that says how far it is, where a person looks on.
fn progress() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if !io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    bar
}

/// Ctrl-C ends the run, not the program; a second one does that too.
fn stop_on_signal(stop: &Arc<AtomicBool>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let stop = Arc::clone(stop);
    std::thread::Builder::new().spawn(move || {
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                stop.store(true, Ordering::Relaxed);
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(130); // as a shell says of one ended by SIGINT
            }
        });
    })?;
    Ok(())
}

/// Prints a result.
fn print(text: &str) -> Result<(), Failed> {
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    written.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failed::ClosedPipe,
        _ => Failed::Say(Say::Output(error.to_string())),
    })
}

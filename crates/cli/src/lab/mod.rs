//! `landline lab`: networks from files.

mod ladder;
mod measures;
mod report;
mod words;

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use ::lab::scenario::Scheme;
use ::lab::{Door, DoorError, Lab, Measure, Mistakes, Run, RunError, Scenario};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use landline::LanError;
use services::Endpoint;
use services::words::Failure;
use services::words::Lang;

use crate::args::{LabCommand, LabNewArgs, LabRunArgs, ReportArg};
use crate::output;
use crate::words::network::tap;
use measures::Asked;
use tokio::signal::unix::{SignalKind, signal};
use words::Say;

/// The longest file that is read: a hundred thousand hosts fit.
const LONGEST_FILE: u64 = 64 << 20;

/// Runs one of lab's commands; its failure becomes words and an exit code.
pub(crate) fn run(command: &LabCommand, lang: Lang, json: bool) -> ExitCode {
    let done = match command {
        LabCommand::New(args) => new(args, lang),
        LabCommand::Check(args) => read(&args.file, None, lang).and_then(|scenario| {
            let (hosts, nodes) = (scenario.hosts().count(), scenario.nodes.len());
            let real_time = scenario.check_virtual_time().is_err();
            let said = Say::NoMistakes {
                hosts,
                nodes,
                real_time,
            };
            print(&said.words(lang))
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
fn read(file: &Path, args: Option<&LabRunArgs>, lang: Lang) -> Result<Scenario, Failed> {
    let cannot = |why: String| Failed::Say(Say::CannotRead(file.to_owned(), why));
    let mut text = String::new();
    let read = if file == Path::new("-") {
        let stdin = io::stdin().lock();
        stdin.take(LONGEST_FILE + 1).read_to_string(&mut text)
    } else {
        File::open(file).and_then(|opened| opened.take(LONGEST_FILE + 1).read_to_string(&mut text))
    };
    read.map_err(|error| cannot(error.to_string()))?;
    if text.len() as u64 > LONGEST_FILE {
        return Err(Failed::Say(Say::TooLong(
            file.to_owned(),
            LONGEST_FILE >> 20,
        )));
    }
    let read = Scenario::read(&text).and_then(|scenario| fit(scenario, args));
    read.map_err(|mistakes| {
        let colour = output::colours(&io::stderr());
        Failed::Mistakes(mistakes.show(&file.display().to_string(), &text, lang, colour))
    })
}

/// A scenario as it is to be run: with what the command adds, if that can be.
fn fit(mut scenario: Scenario, args: Option<&LabRunArgs>) -> Result<Scenario, Mistakes> {
    let Some(args) = args else {
        return Ok(scenario);
    };
    if !args.publish.is_empty() {
        scenario.publish.extend(args.publish.iter().cloned());
        scenario.check()?;
    }
    if !args.real_time {
        scenario.check_virtual_time()?;
    }
    Ok(scenario)
}

fn run_lab(args: &LabRunArgs, lang: Lang, json: bool) -> Result<(), Failed> {
    let scenario = read(&args.file, Some(args), lang)?;
    let seed = args.seed.or(scenario.seed).unwrap_or(1);
    let built = if args.real_time {
        Lab::build_in_real_time(scenario, seed)
    } else {
        Lab::build(scenario, seed)
    };
    let lab = built.map_err(|error| Failed::Say(Say::CannotBuild(refused(&error, lang))))?;
    if let Some(file) = &args.capture {
        let cannot = |error: io::Error| Say::CannotWrite(file.clone(), error.to_string());
        let folder = file.is_dir() || file.as_os_str().as_encoded_bytes().ends_with(b"/");
        let capture = if folder {
            lab.capture_each(file)
        } else {
            lab.capture(file)
        };
        capture.map_err(|error| Failed::Say(cannot(error)))?;
    }
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_signal(&stop).map_err(|error| Failed::Say(Say::CannotBuild(error.to_string())))?;
    let bar = progress();
    let (shown, began) = (bar.clone(), Instant::now());
    let asked = Asked {
        flows: args.flows,
        drops: args.drops.is_some(),
    };
    let run = Run {
        until: args.until,
        measure: (asked.flows || asked.drops).then(|| Measure {
            deaths: args.drops.unwrap_or(0),
        }),
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
        opened: Some(Box::new(move |doors| {
            for door in doors {
                // Nowhere else to say it, and the doors are open all the same.
                let _ = writeln!(io::stderr(), "{}", published(door, lang, json));
            }
        })),
    };
    let ended = lab.run(run);
    bar.finish_and_clear();
    let report = ended.map_err(|error| match error {
        RunError::Door(error) => Failed::Say(Say::NoDoor(no_door(error, lang))),
        RunError::Capture(error) => Failed::Say(Say::Capture(error.to_string())),
    })?;
    if json || args.report == ReportArg::Json {
        let text = serde_json::to_string(&report)
            .map_err(|error| Failed::Say(Say::Capture(error.to_string())))?;
        print(&text)?;
    } else {
        let mut text = report::text(&report, lang);
        if let Some(measures) = &report.measures {
            text += &measures::text(measures, asked, lang);
        }
        print(text.trim_end())?;
    }
    if report.failed() {
        return Err(Failed::Reported);
    }
    Ok(())
}

/// Why a lab cannot be built.
fn refused(error: &LanError, lang: Lang) -> String {
    match error {
        LanError::Device {
            name,
            device,
            reason,
        } => tap(&format!("tap {name} ({device})"), device, reason, lang),
        _ => error.to_string(),
    }
}

/// Says that a port is published.
fn published(door: &Door, lang: Lang, json: bool) -> String {
    let Door { on, publish, from } = door;
    let udp = publish.scheme == Scheme::Udp;
    let (to, port) = (&publish.to.value, publish.port);
    if json {
        let (scheme, on, to) = (
            if udp { "udp" } else { "tcp" },
            on.to_string(),
            format!("{to}:{port}"),
        );
        let line = serde_json::json!({
            "event": "published", "scheme": scheme, "on": on, "to": to, "from": from,
        });
        return line.to_string();
    }
    let scheme = if udp { "udp://" } else { "" };
    match lang {
        Lang::English => format!("published: {scheme}{on} → {to}:{port} (calls come from {from})"),
        Lang::Chinese => format!("已发布:{scheme}{on} → {to}:{port}(呼叫来自 {from})"),
    }
}

/// Says which port cannot be listened on, why, and what to do.
fn no_door(error: DoorError, lang: Lang) -> String {
    let on = match error.scheme {
        Scheme::Tcp => Endpoint::Tcp(error.on.into()),
        Scheme::Udp => Endpoint::Udp(error.on.into()),
    };
    let why = error.why.into();
    lang.failure(&Failure::Listen { on, why })
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

/// Ctrl-C or a polite kill ends the run, not the program; a second one does that too.
fn stop_on_signal(stop: &Arc<AtomicBool>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // From here on, not only once the thread runs.
    let inside = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    drop(inside);
    let stop = Arc::clone(stop);
    std::thread::Builder::new().spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            stop.store(true, Ordering::Relaxed);
            // As a shell says of one ended by the signal.
            std::process::exit(tokio::select! {
                _ = interrupt.recv() => 130,
                _ = terminate.recv() => 143,
            });
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

//! The command `drill`.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Parser;
use drill::report::{self, Tally};
use drill::suite::{self, Ran};
use drill::via::Via;
use drill::{Lang, Settings, Verdict};

/// Runs packet scripts: against our stack in virtual time, or against another one in real time.
///
/// Each script gets a fresh stack with one interface. A line tells how it went; the last line is
/// `N passed, M failed, K skipped`.
#[derive(Parser, Debug)]
#[command(name = "drill", version, max_term_width = 100, after_help = AFTER)]
struct Args {
    /// Scripts, and folders with scripts (`*.pkt`) in them.
    #[arg(required = true, value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// Over IPv6 instead of IPv4.
    #[arg(long)]
    ipv6: bool,
    /// Replace a word of the scripts: NAME=VALUE. May be given several times.
    #[arg(short = 'D', long = "define", value_name = "NAME=VALUE", value_parser = definition)]
    defines: Vec<(String, String)>,
    /// An option that scripts may begin with, for all of them: mtu=1400, strict_segments,
    /// ip_version=ipv4-mapped-ipv6 … What a script says itself goes before. May be given several times.
    #[arg(short = 'o', long = "option", value_name = "NAME[=VALUE]", value_parser = drill::script_option)]
    options: Vec<(String, Option<String>)>,
    /// Microseconds by which anything may be early or late (4000, or what a script says).
    #[arg(long, value_name = "N")]
    tolerance_usecs: Option<u64>,
    /// Hold them against another stack, in real time: `kernel`, this machine's, each script in a
    /// network of its own; `tap:NAME,ADDRESS/PREFIX,PEER` (or `tun:…`), whoever is PEER behind that
    /// device, where the script plays ADDRESS. Calls are made on this machine's kernel.
    #[arg(long, value_name = "STACK")]
    via: Option<Via>,
    /// With --via: leave the calls to the foreign stack's own program, and look at packets alone.
    #[arg(long, requires = "via")]
    packets_only: bool,
    /// Write the packets as pcapng: into FILE for one script, into the folder DIR for several.
    #[arg(long, value_name = "FILE|DIR")]
    capture: Option<PathBuf>,
    /// One JSON object a line: each script, then the totals.
    #[arg(long)]
    json: bool,
    /// Tell every packet and call.
    #[arg(short, long)]
    verbose: bool,
    /// From which the stack draws its sequence numbers and ports.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Speak English (en) or Chinese (zh); else as the locale says.
    #[arg(long, value_name = "LANG", value_parser = ["en", "zh"])]
    lang: Option<String>,
}

const AFTER: &str = "\
Exit code: 0 when no script failed, 1 when one did, 2 when it could not be done.

Example: a script of four lines, and its run

  $ cat refuse.pkt
   0 < S 0:0(0) win 1000
  +0 > R. 0:0(0) ack 1
  $ drill refuse.pkt
  PASS refuse.pkt
  1 passed, 0 failed, 0 skipped

The same against this machine's kernel, and packets alone against whoever is on a TAP device

  $ drill --via kernel refuse.pkt
  $ drill --via tap:tap0,192.0.2.1/24,192.0.2.2 --packets-only refuse.pkt";

fn definition(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("not NAME=VALUE; try CC=reno".to_owned()),
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        // Whoever reads has gone: nothing is wrong with the scripts.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "drill: {error}");
            ExitCode::from(2)
        }
    }
}

/// The language asked for, else the locale's (POSIX.1-2017, section 8.2).
fn language(args: &Args) -> Lang {
    let locale = || {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
        let mut set = names.iter().filter_map(|name| std::env::var(name).ok());
        set.find(|value| !value.is_empty()).unwrap_or_default()
    };
    let asked = args.lang.clone().unwrap_or_else(locale);
    if asked.starts_with("zh") {
        Lang::Chinese
    } else {
        Lang::English
    }
}

/// Runs them all, and says how many failed.
fn run(args: &Args) -> io::Result<usize> {
    if args.via == Some(Via::Kernel) {
        own_users()?;
    }
    let lang = language(args);
    let paths = suite::find(&args.paths)?;
    if paths.is_empty() {
        return Err(io::Error::other("no script (*.pkt) there"));
    }
    let capture = args.capture.as_deref();
    let folder = capture.filter(|path| path.is_dir() || paths.len() > 1);
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder).map_err(|e| at(folder, &e))?;
    }
    let settings = Settings {
        defines: args.defines.iter().cloned().collect(),
        options: args.options.clone(),
        ipv6: args.ipv6,
        tolerance_usecs: args.tolerance_usecs,
        seed: args.seed,
        via: args.via.clone().unwrap_or_default(),
        packets_only: args.packets_only,
        capture: capture.is_some(),
        verbose: args.verbose,
    };
    let mut tally = Tally::default();
    let mut told = Ok(());
    let mut out = anstream::stdout().lock();
    suite::run(&paths, &settings, |ran| {
        tally.count(&ran.outcome.verdict);
        if told.is_ok() {
            told = tell(&mut out, &ran, args.json, lang)
                .and_then(|()| write_capture(&ran, capture, folder));
        }
    })?;
    told?;
    if args.json {
        writeln!(out, "{}", tally.json())?;
    } else {
        writeln!(out, "{}", tally.line())?;
    }
    out.flush()?;
    Ok(tally.failed)
}

/// Makes us root of a user namespace of our own, who may make networks: we are started in it again.
fn own_users() -> io::Result<()> {
    const INSIDE: &str = "DRILL_INSIDE";
    if std::env::var_os(INSIDE).is_some() {
        return Ok(());
    }
    let mut again = Command::new("unshare");
    again.args(["-Ur", "--"]).arg(std::env::current_exe()?);
    again.args(std::env::args_os().skip(1)).env(INSIDE, "1");
    let error = again.exec();
    Err(io::Error::new(
        error.kind(),
        format!("unshare (util-linux) cannot be started: {error}"),
    ))
}

fn tell(out: &mut impl Write, ran: &Ran, json: bool, lang: Lang) -> io::Result<()> {
    if json {
        return writeln!(out, "{}", report::json(ran, lang));
    }
    write!(out, "{}", report::text(ran, lang))?;
    // A failure is read while the others run.
    if matches!(ran.outcome.verdict, Verdict::Failed(_)) {
        out.flush()
    } else {
        Ok(())
    }
}

fn write_capture(ran: &Ran, file: Option<&Path>, folder: Option<&Path>) -> io::Result<()> {
    let path = match (file, folder) {
        (_, Some(folder)) => folder.join(report::capture_name(&ran.path)),
        (Some(file), None) => file.to_owned(),
        (None, None) => return Ok(()),
    };
    std::fs::write(&path, &ran.outcome.capture).map_err(|error| at(&path, &error))
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

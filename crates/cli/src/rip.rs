//! `landline serve rip`: a host on a TAP device that speaks RIP with its neighbours.

use std::sync::Arc;

use base::{Duration, Rng};
use clap::{Args, ValueEnum};
use lab::Wrong;
use landline::Network;
use services::Console;
use services::rip::{Config, Router, Secret, Timers};
use services::words::{Failure, Lang, Message};

use crate::args::NetworkArgs;
use crate::via::Via;

/// How it is to speak.
#[derive(Args, Debug)]
pub(crate) struct RipArgs {
    /// Time between two updates, such as 30s [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = lab::length_of_time)]
    pub(crate) update: Option<std::time::Duration>,
    /// When a way that nobody confirms is lost [default: six updates]
    #[arg(long, value_name = "TIME", value_parser = lab::length_of_time)]
    pub(crate) timeout: Option<std::time::Duration>,
    /// For how long others are told that a way is lost [default: four updates]
    #[arg(long, value_name = "TIME", value_parser = lab::length_of_time)]
    pub(crate) garbage: Option<std::time::Duration>,
    /// Listen and say nothing
    #[arg(long)]
    pub(crate) passive: bool,
    /// Tell of ways that this host was given: static, default; may be given several times
    #[arg(long, value_name = "static|default", hide_possible_values = true)]
    pub(crate) redistribute: Vec<Told>,
    /// The password that RIPv2's messages show, for everybody to read
    #[arg(long, value_name = "PASSWORD", conflicts_with = "key")]
    pub(crate) password: Option<String>,
    /// The key of RIPv2's digests (MD5, key number 1)
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

/// Ways that a host was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Told {
    Static,
    Default,
}

/// Why it does not begin.
pub(crate) enum NotBegun {
    /// What was typed cannot be done.
    Mistyped(String),
    /// The program, or the machine's chance, failed.
    Failed(Failure),
}

/// Speaks until it is told to end, then takes back what it told.
pub(crate) async fn serve(
    network: &Network,
    args: &RipArgs,
    console: Console,
) -> Result<(), NotBegun> {
    let config = config(args, console.lang()).map_err(NotBegun::Mistyped)?;
    let seed = host::seed().map_err(|error| NotBegun::Failed(Failure::Input((&error).into())))?;
    let listener = move |_, protocol, event| {
        let news = &event;
        console.say(&Message::Rip { protocol, news })
    };
    let router = Router::new(network, config, Rng::from_seed(seed), Arc::new(listener));
    router.run().await.map_err(NotBegun::Failed)
}

/// What was asked for, or what is wrong with it.
fn config(args: &RipArgs, lang: Lang) -> Result<Config, String> {
    let update = args.update.map_or(Timers::default().update, Duration::from);
    let timers = Timers {
        update,
        timeout: args.timeout.map_or(update * 6, Duration::from),
        garbage: args.garbage.map_or(update * 4, Duration::from),
    };
    let least = Duration::from_millis(100);
    if timers.timeout <= update || update < least || timers.garbage < least {
        return Err(Wrong::RipTimes.words(lang));
    }
    let secret = match (&args.password, &args.key) {
        (Some(password), _) => Secret::password(password),
        (None, Some(key)) => Secret::md5(1, key),
        (None, None) => Ok(Secret::None),
    };
    let mut config = Config {
        timers,
        tells_static: args.redistribute.contains(&Told::Static),
        tells_default: args.redistribute.contains(&Told::Default),
        secret: secret.map_err(|_| Wrong::RipPassword.words(lang))?,
        ..Config::default()
    };
    if let (true, Via::Tap(tap)) = (args.passive, &args.network.via) {
        config.passive.insert(tap.name.clone());
    }
    Ok(config)
}

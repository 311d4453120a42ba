//! From what was typed to [`Cli`], or to one line that says what is wrong with it.

use std::error::Error as _;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches};
use services::EndpointError;
use services::subnet::SubnetError;
use services::words::Lang;

use crate::args::{Cli, NotSeconds};
use crate::via::{NotASysctl, ViaError};
use crate::words::{SUMMARIES, Say};

/// Understands what was typed; otherwise says what is wrong, or gives the help that was asked for,
/// and names the exit code.
pub(crate) fn parse(typed: Vec<OsString>, lang: Lang) -> Result<Cli, ExitCode> {
    let mut command = Cli::command();
    if lang == Lang::Chinese {
        for (path, summary) in SUMMARIES {
            command = with_summary(command, path, summary);
        }
    }
    let parsed = command
        .try_get_matches_from_mut(&typed)
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    parsed.map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print(); // a closed pipe is nothing to complain about
            ExitCode::SUCCESS
        }
        // `landline` alone: the help is the answer, but nothing was done.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            ExitCode::from(2)
        }
        _ => {
            let _ = writeln!(
                anstream::stderr(),
                "landline: {}",
                one_line(&error, &typed, lang)
            );
            ExitCode::from(2)
        }
    })
}

fn with_summary(command: clap::Command, path: &[&str], summary: &'static str) -> clap::Command {
    match path {
        [] => command.about(summary),
        [name, rest @ ..] => command.mut_subcommand(name, |sub| with_summary(sub, rest, summary)),
    }
}

fn one_line(error: &clap::Error, typed: &[OsString], lang: Lang) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let invalid = (
        context(ContextKind::InvalidArg),
        context(ContextKind::InvalidValue),
    );
    if let (Some(why), (Some(argument), Some(value))) = (reason(error, lang), invalid) {
        let argument = argument.split(' ').next().unwrap_or(argument);
        return Say::BadValue(argument, &services::escaped(value.as_bytes()), &why).words(lang);
    }
    // What clap says comes in paragraphs: what is wrong, what was perhaps meant, the usage.
    let text = error.render().to_string();
    let mut said: Vec<String> = text
        .split("\n\n")
        .take_while(|paragraph| !paragraph.starts_with("Usage:"))
        .filter(|paragraph| !paragraph.starts_with("For more"))
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    if let Some(first) = said.first_mut() {
        *first = first.trim_start_matches("error: ").to_owned();
    }
    said.push(Say::SeeHelp(&command_of(typed)).words(lang));
    said.join("; ")
}

/// The command that was typed, as far as it is one: `landline serve upper`.
fn command_of(typed: &[OsString]) -> String {
    let root = Cli::command();
    let (mut command, mut words) = (&root, vec!["landline"]);
    for word in typed.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(found) = command.find_subcommand(word) {
            words.push(word);
            command = found;
        }
    }
    words.join(" ")
}

/// The reason that one of our own types gave, in the language that is spoken.
fn reason(error: &clap::Error, lang: Lang) -> Option<String> {
    let source = error.source()?;
    if let Some(error) = source.downcast_ref::<EndpointError>() {
        Some(lang.endpoint_error(error))
    } else if let Some(error) = source.downcast_ref::<SubnetError>() {
        Some(lang.subnet_error(error))
    } else if let Some(error) = source.downcast_ref::<ViaError>() {
        Some(Say::Via(error).words(lang))
    } else if source.is::<NotASysctl>() {
        Some(Say::NotASysctl.words(lang))
    } else if source.is::<NotSeconds>() {
        Some(Say::NotSeconds.words(lang))
    } else {
        None
    }
}

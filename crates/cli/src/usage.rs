//! From what was typed to [`Cli`], or to one line that says what is wrong with it.

use std::error::Error as _;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use ::lab::NotAPublish;
use ::lab::analysis::NotAFilter;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches};
use services::EndpointError;
use services::subnet::SubnetError;
use services::words::Lang;

use crate::args::{Cli, NotMac, NotSeconds};
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
        Some(ContextValue::String(text)) => Some(services::escaped(text.as_bytes())),
        Some(ContextValue::Strings(texts)) => Some(services::escaped(texts.join(", ").as_bytes())),
        _ => None,
    };
    let argument = context(ContextKind::InvalidArg);
    // `--timeout <SECONDS>`, of which the name is enough.
    let name = argument
        .as_deref()
        .and_then(|argument| argument.split(' ').next());
    let value = context(ContextKind::InvalidValue);
    if let (Some(why), Some(name), Some(value)) = (reason(error, lang), name, &value) {
        return Say::BadValue(name, value, &why).words(lang);
    }
    let choice = context(ContextKind::ValidValue);
    let said = match (error.kind(), name, &value, &choice) {
        (ErrorKind::UnknownArgument, Some(word), ..) => {
            Say::Unknown(word, context(ContextKind::SuggestedArg).as_deref()).words(lang)
        }
        (ErrorKind::InvalidSubcommand, ..) => {
            let word = context(ContextKind::InvalidSubcommand).unwrap_or_default();
            Say::Unknown(&word, context(ContextKind::SuggestedSubcommand).as_deref()).words(lang)
        }
        (ErrorKind::MissingRequiredArgument, ..) => {
            Say::Missing(argument.as_deref().unwrap_or_default()).words(lang)
        }
        (ErrorKind::InvalidValue, Some(name), Some(value), Some(choice)) => {
            Say::NoChoice(name, value, choice).words(lang)
        }
        _ => first_paragraph(error),
    };
    format!("{said}; {}", Say::SeeHelp(&command_of(typed)).words(lang))
}

/// The rarer mistakes in clap's own words, of which the first paragraph says what is wrong.
fn first_paragraph(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let said = text.split("\n\n").next().unwrap_or_default();
    let said: Vec<&str> = said
        .split_whitespace()
        .skip_while(|&word| word == "error:")
        .collect();
    services::escaped(said.join(" ").as_bytes())
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
    } else if let Some(error) = source.downcast_ref::<NotAFilter>() {
        Some(error.words(lang))
    } else if source.is::<NotASysctl>() {
        Some(Say::NotASysctl.words(lang))
    } else if source.is::<NotSeconds>() {
        Some(Say::NotSeconds.words(lang))
    } else if source.is::<NotAPublish>() {
        Some(Say::NotAPublish.words(lang))
    } else if source.is::<NotMac>() {
        Some(Say::NotMac.words(lang))
    } else {
        None
    }
}

//! The commands in back quotes: an administrator's hand on the machine under test.
//!
//! No shell runs. Lines that change what a stack has are carried out on it (`sysctl`, `echo` into
//! `/proc/sys`, `ip route`, `ip link`); lines that change nothing here are passed over, each for a
//! reason that stands below; every other line makes the script *skipped*, with that reason.

mod defaults;
mod foreign;
mod ip;
mod tc;

use std::collections::BTreeSet;

use crate::diagnostic::Span;
use crate::run::world::World;
use crate::run::{Step, Stop};
use crate::words::{Text, say};

/// Why a command was not carried out.
enum Refusal {
    /// It means nothing to a stack of this kind.
    Skip(Text),
    /// It is wrong.
    Fail(Text),
}

type Ran = Result<(), Refusal>;

/// Runs the lines of a command.
pub(crate) fn run(text: &str, span: Span, world: &mut World) -> Step<()> {
    // A backslash joins lines; `;`, `&&` and line ends separate commands.
    let text = text
        .replace("\\\n", " ")
        .replace("\\\"", "\"")
        .replace("\\$", "$")
        .replace("&&", "\n");
    for line in text.split(['\n', ';']) {
        let words = words(line);
        if words.is_empty() {
            continue;
        }
        let ran = match world.foreign.as_ref().map(|foreign| foreign.may_set) {
            Some(may_set) => foreign::command(line, &words, may_set),
            None => command(&words, world),
        };
        match ran {
            Ok(()) => {}
            Err(Refusal::Skip(text)) => return Err(Stop::skip(span, text)),
            Err(Refusal::Fail(text)) => return Err(Stop::fail(span, text)),
        }
    }
    Ok(())
}

/// Words as a shell splits them: quotes keep blanks together, `#` begins a comment, redirections
/// and what follows `||` are left out.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut begun = false;
    for c in line.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                begun = true;
            }
            None if c == '#' && !begun => break,
            None if c.is_whitespace() => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            _ => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    if let Some(at) = words.iter().position(|word| word == "||") {
        words.truncate(at);
    }
    words
}

/// Leaves out where a command's output goes.
fn without_output(words: &[String]) -> Vec<&str> {
    let mut kept = Vec::new();
    let mut skip = false;
    for word in words {
        if std::mem::take(&mut skip) {
            continue;
        }
        let is_redirection = word.contains('>') && !word.contains('=');
        if is_redirection {
            skip = word.ends_with('>');
            continue;
        }
        kept.push(word.as_str());
    }
    kept
}

fn command(words: &[String], world: &mut World) -> Ran {
    let name = words[0].rsplit('/').next().unwrap_or_default();
    match name {
        "defaults.sh" => defaults::run(world),
        "set_sysctls.py" => words[1..].iter().try_for_each(|word| assign(word, world)),
        "sysctl" => sysctl(&without_output(words)[1..], world),
        "echo" => echo(words, world),
        "ip" => ip::run(&without_output(words)[1..], world),
        "ethtool" => ethtool(words),
        "tc" => tc::run(&without_output(words)[1..], world),
        "nstat" => nstat(&without_output(words)[1..], world),
        // Nothing waits outside of virtual time, and nothing is loaded.
        "true" | ":" | "sync" | "sleep" | "modprobe" => Ok(()),
        // It restores what one run has changed; here every run has a stack of its own.
        _ if name.starts_with("sysctl_restore_") => Ok(()),
        _ => skip(say!(
            "the command {name} is none that a user-space stack could carry out",
            "命令 {name} 不是用户态协议栈能执行的"
        )),
    }
}

fn skip(text: Text) -> Ran {
    Err(Refusal::Skip(text))
}

/// Linux's counters that are one of the stack's own.
const COUNTERS: &[(&str, &str)] = &[("TcpExtOutOfWindowIcmps", "Tcp(IcmpOutOfFlight)")];

/// `nstat`, which begins to count anew, and `nstat | grep COUNTER`, which is to find some.
fn nstat(words: &[&str], world: &mut World) -> Ran {
    match *words {
        [] => {
            world.remember_drops();
            Ok(())
        }
        ["|", "grep", counter] => {
            let Some((_, own)) = COUNTERS.iter().find(|(name, _)| *name == counter) else {
                return skip(say!(
                    "{counter} is counted by the kernel",
                    "{counter} 是内核的计数"
                ));
            };
            if world.drops_since(own) > 0 {
                return Ok(());
            }
            Err(Refusal::Fail(say!(
                "nothing was counted as {counter}",
                "{counter} 没有计数"
            )))
        }
        _ => skip(say!("nstat counts in the kernel", "nstat 是内核的计数")),
    }
}

/// `sysctl [-q -w -e …] name=value…`.
fn sysctl(words: &[&str], world: &mut World) -> Ran {
    let settings = words.iter().filter(|word| !word.starts_with('-'));
    settings.copied().try_for_each(|word| assign(word, world))
}

/// `echo value > /proc/sys/name`.
fn echo(words: &[String], world: &mut World) -> Ran {
    let Some(at) = words.iter().position(|word| word.starts_with('>')) else {
        return Ok(());
    };
    let value = words[1..at].join(" ");
    let path = match words[at].trim_start_matches('>') {
        "" => words.get(at + 1).map_or("", String::as_str),
        path => path,
    };
    if path.starts_with("/proc/sys/") {
        return set(path, &value, world);
    }
    // CUBIC's HyStart with 3 looks at both signs, which is its default.
    if path == "/sys/module/tcp_cubic/parameters/hystart_detect" && value == "3" {
        return Ok(());
    }
    skip(say!("{path} is the kernel's own", "{path} 是内核独有的"))
}

fn assign(word: &str, world: &mut World) -> Ran {
    match word.split_once('=') {
        Some((name, value)) => set(name.trim(), value.trim().trim_matches('"'), world),
        // To read one changes nothing.
        None => Ok(()),
    }
}

/// Settings of Linux that govern what a stack of this kind does not have, so that a script may set
/// them to any value: its segments are cut one by one, and nothing loads modules.
const WITHOUT_MEANING: &[&str] = &[
    "net.ipv4.tcp_tso_win_divisor",
    "net.ipv4.tcp_fack",
    "net.ipv4.tcp_autocorking",
    "net.core.optmem_max",
];

/// Sets one setting.
fn set(name: &str, value: &str, world: &mut World) -> Ran {
    let name = name.trim_start_matches("/proc/sys/").replace('/', ".");
    if WITHOUT_MEANING.contains(&name.as_str()) {
        return Ok(());
    }
    let plain = plain(value);
    match world.stack.set_sysctl(&name, &plain) {
        Ok(()) => Ok(()),
        Err(stack::sysctl::SysctlError::Unknown { .. }) => {
            if defaults::is_default(&name, &plain) {
                return Ok(());
            }
            // It would apply: to lack it is no reason not to be held against the script.
            Err(Refusal::Fail(say!(
                "the stack has no setting {name}",
                "协议栈没有设置项 {name}"
            )))
        }
        Err(error) => Err(Refusal::Fail(say!("{error}", "{error}"))),
    }
}

/// Numbers in C's notation as decimal ones.
fn plain(value: &str) -> String {
    let number = |word: &str| {
        let hex = word
            .strip_prefix("0x")
            .and_then(|hex| u64::from_str_radix(hex, 16).ok());
        hex.map_or_else(|| word.to_owned(), |number| number.to_string())
    };
    value
        .split_whitespace()
        .map(number)
        .collect::<Vec<_>>()
        .join(" ")
}

/// `ethtool -K tun0 FEATURE on|off`: here packets are always seen as the wire has them.
fn ethtool(words: &[String]) -> Ran {
    let known = BTreeSet::from(["tso", "gso", "gro", "lro", "tx", "rx", "sg", "on", "off"]);
    let features = words.iter().skip(3);
    if words.get(1).is_some_and(|word| word == "-K")
        && features.clone().all(|w| known.contains(w.as_str()))
    {
        return Ok(());
    }
    skip(say!(
        "ethtool speaks with a network card",
        "ethtool 操作的是网卡"
    ))
}

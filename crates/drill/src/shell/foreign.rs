//! The same commands where the stack under test is a kernel with a network of the script's own.

use super::{Ran, defaults, skip};
use crate::run::foreign::shell;
use crate::words::say;

/// Commands that are run as they stand: they reach no further than the network they are run in.
const RUN: &[&str] = &[
    "sysctl", "echo", "ip", "tc", "ethtool", "sleep", "true", ":",
];

pub(super) fn command(line: &str, words: &[String], may_set: bool) -> Ran {
    let name = words[0].rsplit('/').next().unwrap_or_default();
    if name.starts_with("sysctl_restore_") {
        return Ok(());
    }
    if !may_set {
        return skip(say!(
            "the settings of a foreign stack are its owner's: {name}",
            "对方协议栈的设置由其主人决定:{name}"
        ));
    }
    let ran = match name {
        "defaults.sh" => {
            for (name, value) in defaults::SETTINGS {
                // One that this kernel lacks stays as the kernel is.
                let _ = set(name, value);
            }
            Ok(())
        }
        "set_sysctls.py" => words[1..].iter().try_for_each(|word| {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            set(name, value)
        }),
        _ if RUN.contains(&name) => shell(line),
        _ => {
            return skip(say!("the command {name} is not run", "不执行命令 {name}"));
        }
    };
    match ran {
        Ok(()) => Ok(()),
        Err(error) => skip(say!("{name}: {error}", "{name}:{error}")),
    }
}

fn set(name: &str, value: &str) -> std::io::Result<()> {
    let name = name.trim_start_matches("/proc/sys/").replace('.', "/");
    std::fs::write(format!("/proc/sys/{name}"), value)
}

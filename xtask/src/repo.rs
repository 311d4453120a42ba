//! Where the repository lies, and how to call cargo in it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The top of the repository: the folder above this crate.
pub(crate) fn top() -> PathBuf {
    // Cargo sets the variable when it runs us; the compiled-in path serves a bare binary.
    let here = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map(Path::to_path_buf).unwrap_or(here)
}

/// A command line for the cargo that runs us, at the top of the repository.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(top());
    command
}

/// The path of `tool`, looked for as a shell does, and where a user's `PATH` has no `sbin`, there.
pub(crate) fn find_tool(tool: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(tool))
        .find(|candidate| candidate.is_file())
}

/// Whether continuous integration runs us (`CI=true`).
pub(crate) fn in_ci() -> bool {
    env::var("CI").is_ok_and(|value| matches!(value.as_str(), "true" | "1"))
}

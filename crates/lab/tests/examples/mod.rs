//! Every file of `examples/labs`, small enough to be run without optimisation.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lab::{Lab, Report, Run, Scenario};

/// Hosts that a `[hosts.NAME]` has at most.
const MANY: u64 = 50;

/// How late it becomes at most.
const UNTIL: Duration = Duration::from_secs(120);

/// Their paths, in order: whoever adds a file has it tested.
pub(crate) fn all() -> Vec<PathBuf> {
    let labs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/labs");
    let files = std::fs::read_dir(labs).expect("the folder is there");
    let paths = files.map(|file| file.expect("it can be read").path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|kind| kind == "toml"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 3, "{paths:?}");
    paths
}

/// Runs one, with what its cards saw in the file `capture`.
pub(crate) fn run(example: &Path, capture: &Path) -> Report {
    let file = std::fs::read_to_string(example).expect("it is there");
    let scenario = Scenario::read(&smaller(&file)).expect("it has no mistakes");
    let until = scenario.until.map_or(UNTIL, |until| until.min(UNTIL));
    let lab = Lab::build(scenario, 7).expect("it was checked");
    lab.capture(capture).expect("the folder is there");
    let run = Run {
        until: Some(until),
        ..Run::default()
    };
    lab.run(run).expect("the capture can be written")
}

/// The same file with fewer hosts, where it has many.
fn smaller(file: &str) -> String {
    let lines = file.lines().map(|line| {
        let count = line.strip_prefix("count = ");
        match count.and_then(|count| count.parse::<u64>().ok()) {
            Some(count) if count > MANY => format!("count = {MANY}\n"),
            _ => format!("{line}\n"),
        }
    });
    lines.collect()
}

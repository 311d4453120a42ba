//! Each example, run in processes of its own, is the same run: the capture and the report, byte for
//! byte, twice on all the processors that there are and once on one of them.

mod examples;

use std::path::Path;
use std::process::Command;

/// Names the example that a process is to run, and the folder for what came of it.
const CHILD: &str = "LANDLINE_LAB_CHILD";

#[test]
fn each_example_is_the_same_run_in_each_process() {
    if let Ok(child) = std::env::var(CHILD) {
        let (example, folder) = child.split_once('|').expect("two paths");
        return run(Path::new(example), Path::new(folder));
    }
    for example in examples::all() {
        let folders = [false, false, true].map(|alone| {
            let folder = tempfile::tempdir().expect("there is room");
            let own = std::env::current_exe().expect("this process is a file");
            let mut command = if alone {
                let mut command = Command::new("taskset");
                command.args(["--cpu-list", &a_processor()]).arg(own);
                command
            } else {
                Command::new(own)
            };
            let child = format!("{}|{}", example.display(), folder.path().display());
            let name = "each_example_is_the_same_run_in_each_process";
            let done = command.args(["--exact", name]).env(CHILD, child).output();
            let done = done.expect("it can be started");
            assert!(done.status.success(), "{done:?}");
            folder
        });
        for file in ["capture.pcapng", "report.json"] {
            let read = |folder: &tempfile::TempDir| {
                std::fs::read(folder.path().join(file)).expect("it was written")
            };
            let [one, other, alone] = folders.each_ref().map(read);
            let example = example.display();
            assert!(!one.is_empty(), "{file} of {example}");
            assert!(one == other, "{file} of {example} differs");
            assert!(one == alone, "{file} of {example} differs on one processor");
        }
    }
}

/// One of those that this process may run on, by its number.
fn a_processor() -> String {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let mut lines = status.lines();
    let list = lines.find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let first = list.and_then(|list| list.trim().split([',', '-']).next());
    first.expect("there is one").to_owned()
}

fn run(example: &Path, folder: &Path) {
    let report = examples::run(example, &folder.join("capture.pcapng"));
    let report = serde_json::to_string(&report).expect("it is values");
    std::fs::write(folder.join("report.json"), report).expect("there is room");
}

//! Each example, run twice in processes of their own, is the same run: the capture and the report,
//! byte for byte.

use std::path::Path;
use std::process::Command;

use lab::{Lab, Run, Scenario};

/// Names the example that a process is to run, and the folder for what came of it.
const CHILD: &str = "LANDLINE_LAB_CHILD";

#[test]
fn each_example_is_the_same_run_in_each_process() {
    if let Ok(child) = std::env::var(CHILD) {
        let (example, folder) = child.split_once('|').expect("two paths");
        return run(Path::new(example), Path::new(folder));
    }
    let labs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/labs");
    let examples = std::fs::read_dir(labs).expect("the folder is there");
    let mut seen = 0;
    for example in examples {
        let example = example.expect("it can be read").path();
        let folders = [(), ()].map(|()| tempfile::tempdir().expect("there is room"));
        for folder in &folders {
            let own = std::env::current_exe().expect("this process is a file");
            let child = format!("{}|{}", example.display(), folder.path().display());
            let name = "each_example_is_the_same_run_in_each_process";
            let mut command = Command::new(own);
            let done = command.args(["--exact", name]).env(CHILD, child).output();
            let done = done.expect("it can be started");
            assert!(done.status.success(), "{done:?}");
        }
        for file in ["capture.pcapng", "report.json"] {
            let [one, other] = [0, 1].map(|at: usize| {
                std::fs::read(folders[at].path().join(file)).expect("it was written")
            });
            assert!(!one.is_empty(), "{file} of {}", example.display());
            assert!(one == other, "{file} of {} differs", example.display());
        }
        seen += 1;
    }
    assert!(seen > 0, "no examples");
}

fn run(example: &Path, folder: &Path) {
    let file = std::fs::read_to_string(example).expect("it is there");
    // Without optimisation a thousand hosts take long.
    let file = file.replace("count = 1000", "count = 50");
    let scenario = Scenario::read(&file).expect("it has no mistakes");
    let lab = Lab::build(scenario, 7).expect("it was checked");
    let capture = folder.join("capture.pcapng");
    lab.capture(&capture).expect("the folder is there");
    let report = lab.run(Run::default()).expect("the capture can be written");
    let report = serde_json::to_string(&report).expect("it is values");
    std::fs::write(folder.join("report.json"), report).expect("there is room");
}

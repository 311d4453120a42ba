//! Labs with the kernel on them: a TAP device on a switch's port, and pings by an uplink.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use std::fs;
use std::process::Command;

use common::{Running, failure, finish, landline};
use host::testing::shell;

/// A web server on a switch, and the kernel by tap0.
const LAB: &str = r#"
[switch.office]
[tap.kernel]
device = "tap0"
to = "office"
link = { delay = "1ms" }
[host.web]
interface.eth0 = { to = "office", address = "10.9.0.2/24" }
run = [{ serve = "web", page = "<p>hello from the lab" }]
[host.a]
interface.eth0 = { to = "office", address = "10.9.0.3/24" }
run = [{ ping = "10.9.0.1", count = 2, every = "10ms" }]
"#;

fn make_device() {
    shell(
        "ip tuntap add dev tap0 mode tap; ip address add 10.9.0.1/24 dev tap0; \
         ip link set tap0 up",
    );
}

host::in_own_network! {
    fn the_kernel_is_on_the_lan() {
        make_device();
        let folder = tempfile::tempdir().unwrap();
        let (file, capture) = (folder.path().join("lab.toml"), folder.path().join("lab.pcapng"));
        fs::write(&file, LAB).unwrap();
        let lab = Running::start(landline(&[
            "lab", "run", file.to_str().unwrap(), "--real-time", "--report", "json",
            "--capture", capture.to_str().unwrap(),
        ]));
        // The lab is up when a host of it answers.
        shell("until ping -c 1 -W 1 10.9.0.2; do :; done");
        let page = shell("curl --silent --show-error --max-time 60 --noproxy '*' http://10.9.0.2/");
        assert_eq!(page, "<p>hello from the lab");
        // A browser of the kernel's sees it as well.
        if Command::new("chromium").arg("--version").output().is_ok() {
            let page = common::browse(folder.path(), "http://10.9.0.2/");
            assert!(page.contains("<p>hello from the lab"), "{page}");
        } else {
            host::testing::skip("the_kernel_is_on_the_lan", "there is no chromium");
        }
        lab.signal("INT");
        let report = lab.until("\"ended\"");
        assert_eq!(lab.end().0, Some(0));
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["ended"], "stopped");
        let ping = &report["programs"][0]["ping"];
        assert_eq!((&ping["sent"], &ping["received"]), (&2.into(), &2.into()), "{report}");
        let tap = &report["outside"][0];
        assert_eq!(tap["what"], "tap kernel (tap0)");
        assert!(tap["inward"].as_u64() > Some(0) && tap["outward"].as_u64() > Some(0), "{tap}");
        // The capture has the kernel's side as well.
        let seen = shell(&format!("tshark -r {} -T fields -e frame.interface_name", capture.display()));
        for interface in ["kernel", "web:eth0", "a:eth0"] {
            assert!(seen.lines().any(|line| line == interface), "{interface}: {seen}");
        }
    }

    fn a_device_that_is_not_to_be_had_is_said_and_nothing_runs() {
        let lab = LAB.replace("\"tap0\"", "\"lo\"");
        let (line, code) = failure(finish(landline(&["lab", "run", "-", "--real-time"]), &lab));
        assert_eq!(code, 1);
        assert!(line.contains("tap kernel (lo)") && line.contains("no TAP device"), "{line}");
        let chinese = ["--lang", "zh", "lab", "run", "-", "--real-time"];
        let (line, code) = failure(finish(landline(&chinese), &lab));
        assert_eq!(code, 1);
        assert!(line.contains("tap kernel (lo)") && line.contains("请换一个名称"), "{line}");
    }

    fn pings_go_out_by_the_uplink_where_the_kernel_allows_them() {
        shell("ip address add 192.0.2.1/32 dev lo");
        let lab = r#"
            [switch.lan]
            [uplink.out]
            interface.eth0 = { to = "lan", address = "10.0.2.2/24" }
            allow = ["192.0.2.0/24:*"]
            [host.a]
            interface.eth0 = { to = "lan", address = "10.0.2.15/24" }
            gateway = "10.0.2.2"
            run = [{ ping = "192.0.2.1", count = 2, every = "10ms" }, { ping = "198.51.100.1" }]
        "#;
        let ping = |report: &serde_json::Value, to: &str| {
            let programs = report["programs"].as_array().unwrap().iter();
            let mut those = programs.filter(|it| it["what"] == format!("ping {to}"));
            those.next().unwrap()["ping"].clone()
        };
        let run = || -> serde_json::Value {
            let run = ["lab", "run", "-", "--real-time", "--report", "json"];
            serde_json::from_slice(&finish(landline(&run), lab).stdout).unwrap()
        };
        // Nobody's group may, in a network that is new (icmp(7)).
        let report = run();
        assert_eq!(ping(&report, "192.0.2.1")["received"], 0, "{report}");
        let errors = report["outside"][0]["errors"].as_object().unwrap();
        assert!(errors.keys().any(|why| why.contains("ping_group_range")), "{report}");
        // What the file does not allow is told.
        assert_eq!(errors["not allowed by the file"], 1, "{report}");
        shell("echo '0 0' > /proc/sys/net/ipv4/ping_group_range");
        let report = run();
        assert_eq!(ping(&report, "192.0.2.1")["received"], 2, "{report}");
        assert_eq!(ping(&report, "198.51.100.1")["received"], 0, "{report}");
    }
}

#[test]
fn a_tap_needs_the_clock() {
    let output = finish(landline(&["lab", "run", "-"]), LAB);
    let shown = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        shown.contains("tap kernel") && shown.contains("--real-time"),
        "{shown}"
    );
    // It is no mistake of the file's.
    let checked = finish(landline(&["lab", "check", "-"]), LAB);
    assert!(common::printed(checked).contains("with --real-time only"));
    let twice = LAB.replace(
        "[host.web]",
        "[tap.again]\ndevice = \"tap0\"\nto = \"kernel\"\n[host.web]",
    );
    let output = finish(landline(&["lab", "check", "-"]), &twice);
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.contains("tap0 leads into the lab already"), "{shown}");
    assert!(shown.contains("plugged into kernel already"), "{shown}");
}

//! Labs in real time as a person runs them, with curl and a browser as their callers.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{Running, failure, finish, landline, port_of};

/// A web server behind a gateway.
const SITE: &str = r#"
[switch.street]
[router.gate]
interface.eth0 = { to = "street", address = "10.0.0.254/24" }
[host.web]
interface.eth0 = { to = "street", address = "10.0.0.1/24", link = { rate = "100Mbit", delay = "2ms" } }
gateway = "10.0.0.254"
run = [{ serve = "web", page = "<!doctype html><title>lab</title><p>hello from the lab" }]
"#;

fn site(folder: &Path) -> String {
    let file = folder.join("site.toml");
    fs::write(&file, SITE).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Runs the site, published at a free port; gives that port.
fn published(file: &str, more: &[&str]) -> (Running, String) {
    let mut words = vec!["lab", "run", file, "--real-time", "--publish", "0=web:80"];
    words.extend(more);
    let running = Running::start(landline(&words));
    let line = running.until("published: 127.0.0.1:");
    assert!(line.ends_with(" → web:80 (calls come from gate)"), "{line}");
    let on = line.split(' ').nth(1).unwrap().to_owned();
    (running, port_of(&on))
}

fn curl(url: &str) -> Output {
    let mut curl = Command::new("curl");
    finish(
        {
            curl.args([
                "--silent",
                "--show-error",
                "--max-time",
                "60",
                "--noproxy",
                "*",
                url,
            ]);
            curl
        },
        "",
    )
}

#[test]
fn curl_reads_a_page_of_a_lab_and_ctrl_c_reports() {
    let folder = tempfile::tempdir().unwrap();
    let file = site(folder.path());
    let (lab, port) = published(&file, &[]);
    for _ in 0..2 {
        let page = common::printed(curl(&format!("http://127.0.0.1:{port}/")));
        assert!(page.ends_with("<p>hello from the lab"), "{page}");
    }
    lab.signal("INT");
    let (code, rest) = lab.end();
    assert_eq!(code, Some(0), "{rest:#?}");
    let report = rest.join("\n");
    assert!(report.contains("stopped at"), "{report}");
    let passage = rest
        .iter()
        .find(|line| line.starts_with("publish 127.0.0.1:0=web:80"));
    assert!(
        passage.unwrap().split_whitespace().nth(2) == Some("2"),
        "{report}"
    );
}

#[test]
fn a_browser_reads_a_page_of_a_lab() {
    if Command::new("chromium").arg("--version").output().is_err() {
        return host::testing::skip("a_browser_reads_a_page_of_a_lab", "there is no chromium");
    }
    let folder = tempfile::tempdir().unwrap();
    let (lab, port) = published(&site(folder.path()), &[]);
    let page = common::browse(folder.path(), &format!("http://127.0.0.1:{port}/"));
    assert!(page.contains("<p>hello from the lab"), "{page}");
    lab.signal("TERM");
    assert_eq!(lab.end().0, Some(0));
}

#[test]
fn a_port_that_is_taken_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = site(folder.path());
    let (_lab, port) = published(&file, &[]);
    let publish = format!("{port}=web:80");
    let again = ["lab", "run", &file, "--real-time", "--publish", &publish];
    let (line, code) = failure(finish(landline(&again), ""));
    assert_eq!(code, 1);
    let named = format!("landline: cannot listen on tcp://127.0.0.1:{port}: ");
    assert!(
        line.starts_with(&named) && line.contains("in use"),
        "{line}"
    );
    let mut chinese = vec!["--lang", "zh"];
    chinese.extend(again);
    let (line, code) = failure(finish(landline(&chinese), ""));
    assert_eq!(code, 1);
    assert!(line.contains("无法监听"), "{line}");
}

#[test]
fn a_folder_takes_a_capture_for_each_host() {
    let folder = tempfile::tempdir().unwrap();
    let captures = format!("{}/captures/", folder.path().display());
    let file = format!(
        "{SITE}\n[host.a]\ninterface.eth0 = {{ to = \"street\", address = \"10.0.0.2/24\" }}\n\
         run = [{{ fetch = \"http://web/\" }}]\n"
    );
    common::printed(finish(
        landline(&["lab", "run", "-", "--capture", &captures]),
        &file,
    ));
    let packets = |host: &str| {
        let capture = format!("{captures}{host}.pcapng");
        let shown = common::printed(finish(landline(&["dissect", &capture]), ""));
        shown.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    for host in ["a", "web"] {
        let own = format!("{host}:eth0");
        let packets = packets(host);
        assert!(
            packets
                .iter()
                .any(|line| line.contains("HTTP") || line.contains(":80")),
            "{packets:#?}"
        );
        assert!(
            packets.iter().all(|line| line.contains(&own)),
            "{packets:#?}"
        );
    }
    // A switch tells the gateway of what was for everybody alone.
    assert!(packets("gate").len() < packets("web").len());
}

#[test]
fn a_file_comes_from_standard_input_and_reports_as_json() {
    let file = format!(
        "{SITE}\n[host.a]\ninterface.eth0 = {{ to = \"street\", address = \"10.0.0.2/24\" }}\nrun = [{{ fetch = \"http://web/\" }}]\n"
    );
    let run = ["lab", "run", "-", "--real-time", "--report", "json"];
    let report = common::printed(finish(landline(&run), &file));
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["ended"], "done");
    assert_eq!(report["programs"][0]["fetch"]["status"], 200);
    assert!(report["lag"]["worst"].is_number(), "{report}");
    // And in virtual time nothing is late.
    let run = ["lab", "run", "-", "--report", "json"];
    let report = common::printed(finish(landline(&run), &file));
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert!(report["lag"].is_null() && report["outside"] == serde_json::json!([]));
}

#[test]
fn what_needs_the_clock_is_a_mistake_without_it() {
    let file = format!("{SITE}\n[[publish]]\non = \"127.0.0.1:0\"\nto = \"web:80\"\n");
    let output = finish(landline(&["lab", "run", "-"]), &file);
    let shown = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        shown.contains("--real-time") && shown.contains("on = \"127.0.0.1:0\""),
        "{shown}"
    );
    // The command's own word has no line to show.
    let words = ["lab", "run", "-", "--real-time", "--publish", "0=nobody:80"];
    let output = finish(landline(&words), SITE);
    let shown = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(shown.contains("there is no \"nobody\""), "{shown}");
    let (line, code) = failure(finish(
        landline(&["lab", "run", "-", "--real-time", "--publish", "web:80"]),
        "",
    ));
    assert_eq!(code, 2);
    assert!(line.contains("127.0.0.1:8080=web:80"), "{line}");
}

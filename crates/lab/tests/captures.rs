//! A stranger reads the examples' captures: tshark finds nothing malformed in them, and no wrong
//! checksum but in the frames that a link damaged, which say so.

mod examples;

use std::path::Path;
use std::process::Command;

/// What tshark may find wrong.
const WRONG: &str = "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 \
    || udp.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0 \
    || igmp.checksum.status == 0";

/// The frames that `filter` chooses: their numbers and comments.
fn frames(capture: &Path, filter: &str) -> Vec<String> {
    let mut tshark = Command::new("tshark");
    tshark.arg("-r").arg(capture).args(["-Y", filter]);
    for protocol in ["ip", "tcp", "udp"] {
        tshark.args(["-o", &format!("{protocol}.check_checksum:TRUE")]);
    }
    tshark.args(["-T", "fields", "-e", "frame.number", "-e", "frame.comment"]);
    let output = tshark.output().expect("it can be started");
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8(output.stdout).expect("it is text");
    lines.lines().map(str::to_owned).collect()
}

/// Whether there is a tshark to ask.
fn is_there(test: &str) -> bool {
    let there = Command::new("tshark").arg("--version").output().is_ok();
    if !there {
        host::testing::skip(test, "there is no tshark");
    }
    there
}

#[test]
fn tshark_finds_nothing_wrong_in_any_example() {
    if !is_there("tshark_finds_nothing_wrong_in_any_example") {
        return;
    }
    let folder = tempfile::tempdir().expect("there is room");
    for example in examples::all() {
        let capture = folder.path().join("capture.pcapng");
        examples::run(&example, &capture);
        let wrong = frames(&capture, WRONG);
        let unexplained = wrong.iter().filter(|line| !line.contains("flipped a bit"));
        let unexplained: Vec<_> = unexplained.take(10).collect();
        assert!(
            unexplained.is_empty(),
            "{}: {unexplained:?}",
            example.display()
        );
        // And it did look.
        let right = "ip.checksum.status == 1 || icmpv6.checksum.status == 1";
        assert!(!frames(&capture, right).is_empty(), "{}", example.display());
    }
}

/// A damaged frame is known for one at every card that it reaches, behind switches and routers.
#[test]
fn damage_is_told_wherever_it_goes() {
    if !is_there("damage_is_told_wherever_it_goes") {
        return;
    }
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("damage.toml");
    let drawn = r#"
        [switch.near]
        [host.a]
        interface.eth0 = { to = "near", address = "10.0.1.1/24", link = { corrupt = "5%" } }
        gateway = "10.0.1.254"
        run = [{ transfer = "b", bytes = "500KB" }]
        [router.r]
        interface.eth0 = { to = "near", address = "10.0.1.254/24" }
        interface.eth1 = { to = "b:eth0", address = "10.0.2.254/24" }
        [host.b]
        interface.eth0 = { address = "10.0.2.1/24" }
        gateway = "10.0.2.254"
    "#;
    std::fs::write(&file, drawn).expect("there is room");
    let capture = folder.path().join("damage.pcapng");
    examples::run(&file, &capture);
    let wrong = frames(&capture, WRONG);
    assert!(wrong.len() > 20, "{wrong:?}");
    let unexplained: Vec<_> = wrong
        .iter()
        .filter(|line| !line.contains("flipped a bit"))
        .collect();
    assert!(unexplained.is_empty(), "{unexplained:?}");
    // The router passes on what it cannot know to be wrong: TCP's checksum is for the ends.
    let beyond = frames(&capture, "tcp.checksum.status == 0 && ip.ttl == 63");
    assert!(!beyond.is_empty());
}

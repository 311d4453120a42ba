//! `cargo xtask conformance DIR`: the public packet scripts against the stack, as a page of `docs/`.
//!
//! The scripts lie where the user has them; of them the repository holds paths and classes alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::{Outcome, repo};

/// Class, path, and Linux's result, a line each.
const KNOWN: &str = include_str!("conformance.tsv");
const PAGE: &str = "docs/conformance.md";
/// Classes in their order, and what is in them.
const CLASSES: &[(&str, &str)] = &[
    ("a", "TCP as the RFCs have it"),
    ("b", "Loss recovery and congestion control, in numbers"),
    ("c", "Linux's own interfaces"),
    ("d", "Fast Open"),
    ("e", "MD5 and PSP"),
    ("f", "Settings"),
    ("x", "The tool's own tests, which are meant to fail"),
];

/// `cargo xtask conformance`
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  git clone https://github.com/google/packetdrill\n  \
    cargo xtask conformance packetdrill/gtests/net\n\n\
    It writes docs/conformance.md, and says how many pass."
)]
pub(crate) struct Args {
    /// The folder gtests/net of google/packetdrill
    folder: PathBuf,
}

/// One script of the list.
struct Script {
    class: &'static str,
    path: &'static str,
    linux: &'static str,
    /// The family that it is about alone, and why.
    only: Option<(&'static str, &'static str)>,
}

impl Script {
    /// Whether it can be held against the stack over this family.
    fn is_for(&self, ipv6: bool) -> bool {
        self.only
            .is_none_or(|(family, _)| (family == "ipv6") == ipv6)
    }
}

/// How a script went, in a cell's words.
#[derive(Default)]
struct Cell {
    passed: bool,
    text: String,
}

type Results = BTreeMap<String, Cell>;

/// Runs all scripts over both families and writes the page.
///
/// # Errors
/// A folder without the scripts; `drill` cannot be run; the page cannot be written.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let folder = args.folder.canonicalize();
    let folder = folder.with_context(|| format!("no folder {}", args.folder.display()))?;
    let scripts = known();
    if !scripts.iter().any(|s| folder.join(s.path).is_file()) {
        bail!(
            "{} has none of the scripts; it is the folder gtests/net that is wanted",
            folder.display()
        );
    }
    let v4 = drill(&[&folder], false)?;
    let mut v6 = drill(&[&folder], true)?;
    // Those of IPv6 alone have packets of its own usual size; the others of IPv4's, and 20 bytes more.
    let six: Vec<_> = scripts.iter().filter(|s| !s.is_for(false)).collect();
    let six: Vec<_> = six.iter().map(|s| folder.join(s.path)).collect();
    v6.extend(drill(&six, true)?);
    let strip = |results: Results| -> Results {
        let name = |path: String| match Path::new(&path).strip_prefix(&folder) {
            Ok(within) => within.display().to_string(),
            Err(_) => path,
        };
        results
            .into_iter()
            .map(|(path, cell)| (name(path), cell))
            .collect()
    };
    let (v4, v6) = (strip(v4), strip(v6));
    let page = page(&scripts, &v4, &v6);
    let path = repo::top().join(PAGE);
    fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
    for (results, ipv6, version) in [(&v4, false, "IPv4"), (&v6, true, "IPv6")] {
        let (passed, of) = goal(&scripts, results, ipv6);
        say!("{version}: {passed} of the {of} that Linux passes in a, b, d and f");
    }
    say!("written: {PAGE}");
    Ok(Outcome::Held)
}

fn known() -> Vec<Script> {
    let lines = KNOWN.lines().filter(|line| !line.starts_with('#'));
    let script = |line: &'static str| {
        let mut fields = line.split('\t');
        Some(Script {
            class: fields.next()?,
            path: fields.next()?,
            linux: fields.next()?,
            only: fields.next().zip(fields.next()),
        })
    };
    lines.filter_map(script).collect()
}

/// Runs `drill` over scripts or folders, and gives what it says by path.
fn drill(paths: &[impl AsRef<Path>], ipv6: bool) -> anyhow::Result<Results> {
    let mut command = repo::cargo(&["run", "--quiet", "--package", "drill", "--", "--json"]);
    command.args(["--lang", "en"]);
    if ipv6 {
        command.arg("--ipv6");
    }
    let paths = paths.iter().map(AsRef::as_ref);
    let single = paths.clone().all(Path::is_file);
    if single {
        command.args(["--option", "mtu=1500"]);
    }
    let output = command.args(paths).stderr(std::process::Stdio::inherit());
    let output = output.output().context("cannot run drill")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut results = Results::new();
    for line in text.lines() {
        let ran: Value = serde_json::from_str(line).context("drill said what is no JSON")?;
        let Some(path) = ran["script"].as_str() else {
            continue;
        };
        results.insert(path.to_owned(), cell(&ran));
    }
    if results.is_empty() {
        bail!("drill ran nothing");
    }
    Ok(results)
}

/// A result in our own words: where, what, and which fields.
fn cell(ran: &Value) -> Cell {
    let line = &ran["line"];
    let text = match ran["result"].as_str() {
        Some("passed") => "pass".to_owned(),
        Some("skipped") => format!("skip: {}", ran["reason"].as_str().unwrap_or_default()),
        _ => {
            let error = ran["error"].as_str().unwrap_or_default();
            let fields = ran["fields"].as_array().into_iter().flatten();
            let fields: Vec<_> = fields.filter_map(|field| field["field"].as_str()).collect();
            let fields = fields.join(", ");
            // An assertion's words are the script's: its line is enough.
            let error = if error.starts_with("assert ") {
                "an assertion is false"
            } else {
                error
            };
            match fields.as_str() {
                "" => format!("fail, line {line}: {error}"),
                fields => format!("fail, line {line}: {error} ({fields})"),
            }
        }
    };
    let text = text.replace('|', "\\|").replace('<', "&lt;");
    Cell {
        passed: text == "pass",
        text,
    }
}

/// How many of those that Linux passes in the classes that this stack is measured by pass here.
fn goal(scripts: &[Script], results: &Results, ipv6: bool) -> (usize, usize) {
    let wanted = scripts
        .iter()
        .filter(|s| "abdf".contains(s.class) && s.linux == "pass" && s.is_for(ipv6));
    let passed = wanted
        .clone()
        .filter(|s| results.get(s.path).is_some_and(|cell| cell.passed));
    (passed.count(), wanted.count())
}

fn page(scripts: &[Script], v4: &Results, v6: &Results) -> String {
    let ((four, of4), (six, of6)) = (goal(scripts, v4, false), goal(scripts, v6, true));
    let mut out = format!(
        "# Conformance\n\n\
         Every script of [google/packetdrill](https://github.com/google/packetdrill)'s `gtests/net`, run by \
         [`drill`](../crates/drill/src/lib.rs) against this stack, beside what Linux 6.18 makes of it over IPv4. \
         This page is written by a command:\n\n\
         ```console\n\
         $ git clone https://github.com/google/packetdrill\n\
         $ cargo xtask conformance packetdrill/gtests/net\n\
         ```\n\n\
         *Skip* is what cannot apply to a stack in user space, with the reason. Of the scripts in the classes a, b, d and f \
         that Linux 6.18 passes, **{four}** of {of4} pass over IPv4 and **{six}** of {of6} over IPv6. What is left out \
         is about the other family alone; the reason stands beside it.\n"
    );
    for (class, title) in CLASSES {
        let of_class: Vec<_> = scripts.iter().filter(|s| s.class == *class).collect();
        let passed = |results: &Results, ipv6: bool| {
            let passed = |s: &&&Script| {
                s.is_for(ipv6) && results.get(s.path).is_some_and(|cell| cell.passed)
            };
            of_class.iter().filter(passed).count()
        };
        let linux = of_class.iter().filter(|s| s.linux == "pass").count();
        let _ = write!(
            out,
            "\n## {class}: {title}\n\n{} scripts; {linux} pass on Linux, {} here over IPv4, {} over IPv6.\n\n\
             | script | Linux | IPv4 | IPv6 |\n|---|---|---|---|\n",
            of_class.len(),
            passed(v4, false),
            passed(v6, true),
        );
        for script in of_class {
            let (four, six) = (text(script, v4, false), text(script, v6, true));
            let six = if four == six && four != "pass" {
                "the same".to_owned()
            } else {
                six
            };
            let Script { path, linux, .. } = script;
            let _ = writeln!(out, "| `{path}` | {linux} | {four} | {six} |");
        }
    }
    out
}

/// A script's cell.
fn text(script: &Script, results: &Results, ipv6: bool) -> String {
    if let Some((family, why)) = script.only
        && !script.is_for(ipv6)
    {
        let family = family.replace("ipv", "IPv");
        return format!("{family} only: {why}");
    }
    let cell = results
        .get(script.path)
        .filter(|cell| !cell.text.is_empty());
    cell.map_or_else(|| "not there".to_owned(), |cell| cell.text.clone())
}

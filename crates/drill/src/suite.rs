//! Many scripts at once, told in the order in which they were named.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::via::Via;
use crate::{Outcome, Settings, run_source};

/// A script and how it went.
#[derive(Debug)]
pub struct Ran {
    /// Its file.
    pub path: PathBuf,
    /// Its text.
    pub source: String,
    /// How it went.
    pub outcome: Outcome,
}

/// The scripts among `paths`: files as they are, and every `.pkt` file in and below a folder, by
/// name.
///
/// # Errors
///
/// The file system's, for a path that is not there or a folder that cannot be read.
pub fn find(paths: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        let explain =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        if std::fs::metadata(path).map_err(explain)?.is_dir() {
            descend(path, &mut found).map_err(explain)?;
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn descend(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            descend(&entry, found)?;
        } else if entry
            .extension()
            .is_some_and(|extension| extension == "pkt")
        {
            found.push(entry);
        }
    }
    Ok(())
}

/// Runs scripts on all processors and hands each to `tell`, in the order of `paths`, as soon as
/// its turn has come.
///
/// # Errors
///
/// The file system's, for a script that cannot be read; nothing has run then.
pub fn run(paths: &[PathBuf], settings: &Settings, mut tell: impl FnMut(Ran)) -> io::Result<()> {
    let mut sources = Vec::with_capacity(paths.len());
    for path in paths {
        let bytes = std::fs::read(path).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        })?;
        sources.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    let next = AtomicUsize::new(0);
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let workers = match settings.via {
        Via::Ours => processors,
        // In real time scripts mostly wait.
        Via::Kernel => 4 * processors,
        // There is one device.
        Via::Tap(_) => 1,
    };
    let workers = workers.min(sources.len());
    thread::scope(|scope| {
        let (done, arrived) = mpsc::channel();
        for _ in 0..workers {
            let (done, next, sources) = (done.clone(), &next, &sources);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(source) = sources.get(index) else {
                        return;
                    };
                    if done.send((index, run_source(source, settings))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        let mut early = BTreeMap::new();
        let mut turn = 0;
        for (index, outcome) in arrived {
            early.insert(index, outcome);
            while let Some(outcome) = early.remove(&turn) {
                let (path, source) = (paths[turn].clone(), sources[turn].clone());
                tell(Ran {
                    path,
                    source,
                    outcome,
                });
                turn += 1;
            }
        }
    });
    Ok(())
}

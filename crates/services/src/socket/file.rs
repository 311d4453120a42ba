//! The files that `AF_UNIX` sockets leave.

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The file that an `AF_UNIX` socket made; goes away with it.
pub(crate) struct SocketFile(PathBuf);

impl SocketFile {
    /// The file of a socket that was bound to `path`.
    pub(super) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// A name for a client's datagram socket, so that it can be answered.
    pub(super) fn of_our_own() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("landline-{}-{number}.sock", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if is_socket(&self.0) {
            let _ = fs::remove_file(&self.0); // left behind, the next server finds and removes it
        }
    }
}

/// Removes a socket's file that nobody listens on any more, as `probe` found out.
pub(super) fn remove_if_left_over(path: &Path, probe: io::Result<()>) -> Option<()> {
    let refused = probe.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
    (refused && is_socket(path) && fs::remove_file(path).is_ok()).then_some(())
}

fn is_socket(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket())
}

//! Binding, in the one shape that listeners and datagram sockets have.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use landline::Network;

use super::file::{SocketFile, remove_if_left_over};
use crate::words::{Cause, Failure};
use crate::{Endpoint, Place};

/// Binds the first of the place's addresses that can be.
pub(super) async fn at_place<T, F>(
    network: &Network,
    on: &Endpoint,
    place: &Place,
    mut bind: impl FnMut(SocketAddr) -> F,
) -> Result<T, Failure>
where
    F: Future<Output = io::Result<T>>,
{
    let failed = |why| Failure::Listen {
        on: on.clone(),
        why,
    };
    let found = place.resolve(network).await;
    let mut why = Cause::UnknownName(String::new());
    for at in found.map_err(|error| failed(Cause::of_name(&error)))? {
        match bind(at).await {
            Ok(bound) => return Ok(bound),
            Err(error) => why = Cause::of_address(&error, at),
        }
    }
    Err(failed(why))
}

/// Binds a name in the file system; one that is left over of a program that has gone is taken.
/// `probe` says whether somebody is there.
pub(super) async fn at_path<T>(
    path: &Path,
    bind: impl Fn() -> io::Result<T>,
    probe: impl Future<Output = io::Result<()>>,
) -> io::Result<(T, SocketFile)> {
    let bound = match bind() {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            remove_if_left_over(path, probe.await).ok_or(error)?;
            bind()
        }
        bound => bound,
    };
    Ok((bound?, SocketFile::at(path)))
}

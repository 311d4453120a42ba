//! Who has which name.

use alloc::format;

use base::{Bytes, Rng};

use crate::keyed::{Keyed, KeyedMap};
use crate::socket::{Errno, Kind, SocketId, UnixName};

/// The name space of one host.
#[derive(Debug)]
pub(super) struct Names {
    /// Paths are like files: one of a name, whatever its kind, and it outlives its socket.
    paths: KeyedMap<Bytes, Option<SocketId>>,
    /// Abstract names stand for each kind alone, and go with their socket.
    abstracts: KeyedMap<(Kind, Bytes), SocketId>,
    /// Where the search for a free name goes on.
    next: u32,
}

/// Autobind's names are five hexadecimal digits (unix(7)).
const AUTOBIND_NAMES: u32 = 1 << 20;

impl Names {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self {
            paths: KeyedMap::with_hasher(Keyed::new(rng)),
            abstracts: KeyedMap::with_hasher(Keyed::new(rng)),
            next: rng.u32() % AUTOBIND_NAMES,
        }
    }

    /// Takes a name for a socket.
    pub(super) fn take(&mut self, kind: Kind, name: &UnixName, id: SocketId) -> Result<(), Errno> {
        let taken = match name {
            UnixName::Unnamed => return Err(Errno::EINVAL),
            UnixName::Path(path) => self.paths.try_insert(path.clone(), Some(id)).is_err(),
            UnixName::Abstract(name) => {
                self.abstracts.try_insert((kind, name.clone()), id).is_err()
            }
        };
        if taken {
            Err(Errno::EADDRINUSE)
        } else {
            Ok(())
        }
    }

    /// Takes any free abstract name.
    pub(super) fn autobind(&mut self, kind: Kind, id: SocketId) -> Result<UnixName, Errno> {
        for _ in 0..AUTOBIND_NAMES {
            self.next = (self.next + 1) % AUTOBIND_NAMES;
            let name = UnixName::Abstract(Bytes::from(format!("{:05x}", self.next)));
            if self.take(kind, &name, id).is_ok() {
                return Ok(name);
            }
        }
        Err(Errno::ENOMEM)
    }

    /// Who can be reached by a name.
    ///
    /// # Errors
    ///
    /// As connect(2) gives them: nothing there, or nobody behind it any more.
    pub(super) fn find(&self, kind: Kind, name: &UnixName) -> Result<SocketId, Errno> {
        match name {
            UnixName::Unnamed => Err(Errno::EINVAL),
            UnixName::Path(path) => self
                .paths
                .get(path)
                .ok_or(Errno::ENOENT)?
                .ok_or(Errno::ECONNREFUSED),
            UnixName::Abstract(name) => self
                .abstracts
                .get(&(kind, name.clone()))
                .copied()
                .ok_or(Errno::ECONNREFUSED),
        }
    }

    /// A socket is gone: its abstract name is free, its path stays taken.
    pub(super) fn release(&mut self, kind: Kind, name: &UnixName, id: SocketId) {
        match name {
            UnixName::Unnamed => {}
            UnixName::Path(path) => {
                if let Some(holder) = self.paths.get_mut(path)
                    && *holder == Some(id)
                {
                    *holder = None;
                }
            }
            UnixName::Abstract(name) => {
                // An accepted socket has its listener's name without holding it.
                let key = (kind, name.clone());
                if self.abstracts.get(&key) == Some(&id) {
                    self.abstracts.remove(&key);
                }
            }
        }
    }

    pub(super) fn unlink(&mut self, path: &[u8]) -> Result<(), Errno> {
        self.paths.remove(path).map(|_| ()).ok_or(Errno::ENOENT)
    }
}

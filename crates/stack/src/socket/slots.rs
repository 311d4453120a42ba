//! Where a transport keeps its sockets.

use alloc::vec::Vec;

use super::{Errno, SocketId, Transport};

/// A table whose rows are named by slot and generation, so that an old name is never taken for a
/// new row.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    transport: Transport,
    rows: Vec<Row<T>>,
    free: Vec<u32>,
}

/// Rows of one table, which leaves two bits of a slot's number to whoever has several tables.
const MOST: u32 = 1 << 30;

#[derive(Debug)]
struct Row<T> {
    /// Invariant: no name with this generation was given out before the row's present use.
    generation: u32,
    value: Option<T>,
}

impl<T> Slots<T> {
    /// Bytes that each row takes.
    #[cfg(test)]
    pub(crate) const ROW: usize = size_of::<Row<T>>();

    /// No rows.
    pub(crate) const fn new(transport: Transport) -> Self {
        Self {
            transport,
            rows: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Keeps `value`; its slot, or `None` when 2^30 are in use.
    pub(crate) fn insert(&mut self, value: T) -> Option<u32> {
        if let Some(slot) = self.free.pop() {
            self.rows[slot as usize].value = Some(value);
            return Some(slot);
        }
        let slot = u32::try_from(self.rows.len()).ok();
        let slot = slot.filter(|slot| *slot < MOST)?;
        self.rows.push(Row {
            generation: 0,
            value: Some(value),
        });
        Some(slot)
    }

    /// The name under which a program knows the slot.
    pub(crate) fn id(&self, slot: u32) -> SocketId {
        SocketId {
            transport: self.transport,
            slot,
            generation: self.rows.get(slot as usize).map_or(0, |r| r.generation),
        }
    }

    /// What is kept at `slot`.
    pub(crate) fn get(&self, slot: u32) -> Option<&T> {
        self.rows.get(slot as usize)?.value.as_ref()
    }

    /// What is kept at `slot`.
    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut T> {
        self.rows.get_mut(slot as usize)?.value.as_mut()
    }

    /// What a program's name stands for.
    ///
    /// # Errors
    ///
    /// [`Errno::EBADF`] for a name that was closed.
    pub(crate) fn find(&self, id: SocketId) -> Result<&T, Errno> {
        self.rows
            .get(id.slot as usize)
            .filter(|row| row.generation == id.generation)
            .and_then(|row| row.value.as_ref())
            .ok_or(Errno::EBADF)
    }

    /// What a program's name stands for.
    ///
    /// # Errors
    ///
    /// [`Errno::EBADF`] for a name that was closed.
    pub(crate) fn find_mut(&mut self, id: SocketId) -> Result<&mut T, Errno> {
        self.rows
            .get_mut(id.slot as usize)
            .filter(|row| row.generation == id.generation)
            .and_then(|row| row.value.as_mut())
            .ok_or(Errno::EBADF)
    }

    /// Ends the program's name for the slot; what is kept there stays.
    pub(crate) fn revoke(&mut self, slot: u32) {
        if let Some(row) = self.rows.get_mut(slot as usize) {
            row.generation = row.generation.saturating_add(1);
        }
    }

    /// Ends the name and takes what was kept.
    pub(crate) fn remove(&mut self, slot: u32) -> Option<T> {
        let row = self.rows.get_mut(slot as usize)?;
        let value = row.value.take()?;
        row.generation = row.generation.saturating_add(1);
        // The last generation's name would never end: such a row is not used again.
        if row.generation < u32::MAX {
            self.free.push(slot);
        }
        Some(value)
    }

    /// Every row with its slot.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let rows = self.rows.iter().zip(0..);
        rows.filter_map(|(row, slot)| Some((slot, row.value.as_ref()?)))
    }
}

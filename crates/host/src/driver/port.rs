//! One device, and the frames that wait for it.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use base::{Duration, Frame, Instant};
use rustix::io::Errno;
use wire::offload;

use super::counters::Counters;
use crate::device::Device;

/// Frames that wait for a device that takes no more: Linux's default `txqueuelen`.
const QUEUE_LIMIT: usize = 1000;

/// When a device without buffers is asked again: it does not say when it has some.
const NO_BUFFERS_PAUSE: Duration = Duration::from_millis(1);

/// A device's sending half: frames are cut to size and finished, and wait for room.
pub struct Port {
    device: Arc<Device>,
    /// Bounded by [`QUEUE_LIMIT`]; empty unless the device refused one.
    queue: VecDeque<Frame>,
    /// Set while the device is out of buffers.
    retry: Option<Instant>,
}

/// What becomes of a frame that a device was offered.
enum Offered {
    Gone,
    NoRoom,
    NoBuffers,
}

impl Port {
    /// The sending half of `device`, with nothing to send.
    #[must_use]
    pub const fn new(device: Arc<Device>) -> Self {
        Self {
            device,
            queue: VecDeque::new(),
            retry: None,
        }
    }

    /// When the device, which is out of buffers, is to be asked again.
    #[must_use]
    pub const fn retry(&self) -> Option<Instant> {
        self.retry
    }

    /// Whether it waits for the device to have room.
    #[must_use]
    pub fn wants_room(&self) -> bool {
        !self.queue.is_empty() && self.retry.is_none()
    }

    /// Whether frames wait here.
    pub(super) fn has_queued(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Sends a frame, cut to size and with its checksum filled in, and shows `observe` each that
    /// goes or waits.
    pub fn send(
        &mut self,
        now: Instant,
        frame: Frame,
        counters: &mut Counters,
        mut observe: impl FnMut(&Frame),
    ) {
        let Ok(segments) = offload::segments(self.device.kind().link_type(), frame) else {
            counters.not_cuttable += 1;
            return;
        };
        for mut segment in segments {
            offload::finish_checksum(&mut segment);
            if self.queue.len() >= QUEUE_LIMIT {
                counters.queue_full += 1;
                continue;
            }
            observe(&segment);
            if !self.queue.is_empty() {
                self.queue.push_back(segment);
                continue;
            }
            match offer(&self.device, &segment, counters) {
                Offered::Gone => {}
                Offered::NoRoom => self.queue.push_back(segment),
                Offered::NoBuffers => {
                    self.queue.push_back(segment);
                    self.retry = Some(now + NO_BUFFERS_PAUSE);
                }
            }
        }
    }

    /// Sends what waits, as far as the device has room.
    pub fn send_queued(&mut self, now: Instant, counters: &mut Counters) {
        self.retry = None;
        while let Some(frame) = self.queue.front() {
            match offer(&self.device, frame, counters) {
                Offered::Gone => {
                    self.queue.pop_front();
                }
                Offered::NoRoom => return,
                Offered::NoBuffers => {
                    self.retry = Some(now + NO_BUFFERS_PAUSE);
                    return;
                }
            }
        }
    }
}

fn offer(device: &Device, frame: &Frame, counters: &mut Counters) -> Offered {
    loop {
        let refusal = match device.send(frame) {
            Ok(()) => {
                counters.frames_out += 1;
                counters.bytes_out += frame.len() as u64;
                return Offered::Gone;
            }
            Err(refusal) => refusal,
        };
        match errno(&refusal) {
            Some(Errno::INTR) => continue,
            Some(Errno::AGAIN) => return Offered::NoRoom,
            Some(Errno::NOBUFS | Errno::NOMEM) => return Offered::NoBuffers,
            Some(Errno::IO) => counters.device_down += 1,
            Some(Errno::BADFD) => counters.device_gone += 1,
            _ => counters.refused += 1,
        }
        return Offered::Gone;
    }
}

pub(super) fn errno(error: &io::Error) -> Option<Errno> {
    error.raw_os_error().map(Errno::from_raw_os_error)
}

//! What went over a driver's devices, and what did not.

/// How much a driver moved, and how many frames it had to drop, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Frames from devices.
    pub frames_in: u64,
    /// Their bytes.
    pub bytes_in: u64,
    /// Frames to devices, each as long as the wire allows.
    pub frames_out: u64,
    /// Their bytes.
    pub bytes_out: u64,
    /// Dropped: the device took no more and the queue in front of it was full.
    pub queue_full: u64,
    /// Dropped: the kernel's side of the device is down (EIO).
    pub device_down: u64,
    /// Dropped: the device was deleted (EBADFD).
    pub device_gone: u64,
    /// Dropped: the kernel refused the frame for another reason.
    pub refused: u64,
    /// Dropped: a frame for an interface without a device.
    pub no_device: u64,
    /// Dropped: a frame of several segments whose headers cannot be read.
    pub not_cuttable: u64,
}

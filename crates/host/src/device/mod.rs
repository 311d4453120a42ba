//! TAP and TUN: network devices of the kernel whose cable ends in this program.
//!
//! - `error.rs`: [`OpenError`], which says what to try.
//! - `request.rs`: the ioctls.

mod error;
mod request;

use std::fmt;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use base::Frame;
use bytes::Bytes;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType, netdevice, socket};
use wire::LinkType;

pub use error::OpenError;
use request::{Request, valid_name};

/// What a device carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ethernet frames.
    Tap,
    /// IP packets with nothing in front.
    Tun,
}

impl Kind {
    /// As `ip tuntap` calls it.
    const fn mode(self) -> &'static str {
        match self {
            Self::Tap => "tap",
            Self::Tun => "tun",
        }
    }
}

impl Kind {
    /// What lies at the front of its frames.
    #[must_use]
    pub const fn link_type(self) -> LinkType {
        match self {
            Self::Tap => LinkType::Ethernet,
            Self::Tun => LinkType::RawIp,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tap => "TAP",
            Self::Tun => "TUN",
        })
    }
}

/// Bytes of the longest frame that is read: what an IP packet can be, and a link header.
const LONGEST_FRAME: usize = 65_535 + 64;

/// As many pieces as writev(2) takes at once (IOV_MAX).
const MOST_PIECES: usize = 1024;

/// An open TAP or TUN device, never blocking.
///
/// A device that did not exist lives until this is dropped.
#[derive(Debug)]
pub struct Device {
    fd: OwnedFd,
    name: String,
    kind: Kind,
    /// Any socket: the ioctls about devices want one.
    control: OwnedFd,
}

impl Device {
    /// Attaches to the device `name`, or creates it where that is permitted.
    ///
    /// A created device is brought up, if that is permitted too. Its address on the kernel's side
    /// is the user's to give: `ip address add …`.
    ///
    /// # Errors
    ///
    /// [`OpenError`], which says what to try.
    pub fn open(kind: Kind, name: &str) -> Result<Self, OpenError> {
        if !valid_name(name) {
            return Err(OpenError::BadName { name: name.into() });
        }
        let otherwise = |errno: Errno| OpenError::Kernel {
            name: name.into(),
            kind,
            source: errno.into(),
        };
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = open("/dev/net/tun", flags, Mode::empty()).map_err(|errno| match errno {
            Errno::NOENT | Errno::NXIO | Errno::NODEV => OpenError::NoTun,
            Errno::ACCESS | Errno::PERM => OpenError::TunForbidden,
            errno => otherwise(errno),
        })?;
        let control = socket(AddressFamily::INET, SocketType::DGRAM, None).map_err(otherwise)?;
        let existed = netdevice::name_to_index(&control, name).is_ok();

        // IFF_VNET_HDR (offloads) and IFF_MULTI_QUEUE would be asked for here; the header of the
        // first is then `receive`'s and `send`'s to take off and put on.
        let mut request = Request::about(name);
        request.set_flags(match kind {
            Kind::Tap => (libc::IFF_TAP | libc::IFF_NO_PI) as u16,
            Kind::Tun => (libc::IFF_TUN | libc::IFF_NO_PI) as u16,
        });
        request.attach(&fd).map_err(|errno| match errno {
            Errno::PERM | Errno::ACCESS => OpenError::Forbidden {
                name: name.into(),
                kind,
            },
            Errno::BUSY => OpenError::Busy {
                name: name.into(),
                kind,
            },
            Errno::INVAL if existed => OpenError::OtherKind {
                name: name.into(),
                kind,
            },
            errno => otherwise(errno),
        })?;
        let device = Self {
            fd,
            name: request.name(),
            kind,
            control,
        };
        if !existed {
            // Who may not still has a device; `ip link set … up` is then somebody else's.
            let _ = device.set_up();
        }
        Ok(device)
    }

    /// What it carries.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the kernel's side is up.
    ///
    /// # Errors
    ///
    /// The kernel's, such as ENODEV when the device was deleted.
    pub fn is_up(&self) -> io::Result<bool> {
        let mut request = Request::about(&self.name);
        request.read_flags(&self.control)?;
        Ok(request.flags() & libc::IFF_UP as u16 != 0)
    }

    /// Brings the kernel's side up.
    ///
    /// # Errors
    ///
    /// EPERM for those who do not administer the network.
    pub fn set_up(&self) -> io::Result<()> {
        let mut request = Request::about(&self.name);
        request.read_flags(&self.control)?;
        request.set_flags(request.flags() | libc::IFF_UP as u16);
        Ok(request.write_flags(&self.control)?)
    }

    /// Bytes of the largest IP packet that the kernel's side sends.
    ///
    /// # Errors
    ///
    /// The kernel's, such as ENODEV when the device was deleted.
    pub fn mtu(&self) -> io::Result<usize> {
        let mut request = Request::about(&self.name);
        request.read_mtu(&self.control)?;
        Ok(usize::try_from(request.mtu()).unwrap_or_default())
    }

    /// Sets the MTU of the kernel's side.
    ///
    /// # Errors
    ///
    /// EPERM for those who do not administer the network, EINVAL outside 68 to 65,521.
    pub fn set_mtu(&self, mtu: usize) -> io::Result<()> {
        let mtu = i32::try_from(mtu).map_err(|_| io::ErrorKind::InvalidInput)?;
        let mut request = Request::about(&self.name);
        request.set_mtu(mtu);
        Ok(request.write_mtu(&self.control)?)
    }

    /// Takes the next frame that the kernel sent, in a buffer of just its size.
    ///
    /// `scratch` is where frames are first put; keep it from call to call.
    ///
    /// # Errors
    ///
    /// EAGAIN when there is none, EBADFD when the device was deleted.
    pub fn receive(&self, scratch: &mut Scratch) -> io::Result<Frame> {
        let len = rustix::io::read(&self.fd, &mut scratch.0[..])?;
        // The copy costs a tenth of the read and frees the frame of a 64 KiB buffer.
        Ok(Frame::from(Bytes::copy_from_slice(&scratch.0[..len])))
    }

    /// Gives the kernel one frame, as it is.
    ///
    /// # Errors
    ///
    /// EAGAIN or ENOBUFS when there is no room, EIO while the device is down, EINVAL for what is
    /// no frame, EBADFD when the device was deleted.
    pub fn send(&self, frame: &Frame) -> io::Result<()> {
        let mut pieces = arrayvec::ArrayVec::<_, 16>::new();
        for piece in frame.pieces() {
            if pieces.try_push(IoSlice::new(piece)).is_err() {
                return self.send_many_pieces(frame);
            }
        }
        rustix::io::writev(&self.fd, &pieces)?;
        Ok(())
    }

    #[cold]
    fn send_many_pieces(&self, frame: &Frame) -> io::Result<()> {
        let pieces: Vec<_> = frame.pieces().map(IoSlice::new).collect();
        if pieces.len() <= MOST_PIECES {
            rustix::io::writev(&self.fd, &pieces)?;
        } else {
            rustix::io::write(&self.fd, &frame.to_vec())?;
        }
        Ok(())
    }
}

impl AsFd for Device {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Room for one frame of any length.
pub struct Scratch(Box<[u8; LONGEST_FRAME]>);

impl Default for Scratch {
    fn default() -> Self {
        Self(Box::new([0; LONGEST_FRAME]))
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scratch")
    }
}

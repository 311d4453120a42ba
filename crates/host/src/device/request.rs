//! The ioctls about network devices: netdevice(7) and the kernel's `tuntap.rst`.

use std::os::fd::AsFd;

use rustix::io;
use rustix::ioctl::{self, Opcode, Updater};

/// `struct ifreq`: a device's name, and a value that the request defines.
///
/// As long as the longest that any architecture has, so that the kernel never reads or writes
/// behind it.
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    name: [u8; libc::IFNAMSIZ],
    value: [u8; 24],
}

impl Request {
    /// About the device `name`, its value zero. The name must have passed [`valid_name`].
    pub(super) fn about(name: &str) -> Self {
        let mut request = Self {
            name: [0; libc::IFNAMSIZ],
            value: [0; 24],
        };
        let len = name.len().min(libc::IFNAMSIZ - 1);
        request.name[..len].copy_from_slice(&name.as_bytes()[..len]);
        request
    }

    /// The name that the kernel wrote.
    pub(super) fn name(&self) -> String {
        let end = self.name.iter().position(|b| *b == 0);
        let name = &self.name[..end.unwrap_or(self.name.len())];
        String::from_utf8_lossy(name).into_owned()
    }

    /// `ifr_flags`.
    pub(super) fn flags(&self) -> u16 {
        u16::from_ne_bytes([self.value[0], self.value[1]])
    }

    pub(super) fn set_flags(&mut self, flags: u16) {
        self.value[..2].copy_from_slice(&flags.to_ne_bytes());
    }

    /// `ifr_mtu`.
    pub(super) fn mtu(&self) -> i32 {
        let [a, b, c, d, ..] = self.value;
        i32::from_ne_bytes([a, b, c, d])
    }

    pub(super) fn set_mtu(&mut self, mtu: i32) {
        self.value[..4].copy_from_slice(&mtu.to_ne_bytes());
    }

    /// TUNSETIFF: makes `tun`, an open /dev/net/tun, the device that this describes; creates the
    /// device if there is none.
    pub(super) fn attach(&mut self, tun: impl AsFd) -> io::Result<()> {
        // SAFETY: TUNSETIFF takes a `struct ifreq`.
        unsafe { self.ask::<{ libc::TUNSETIFF as Opcode }>(tun) }
    }

    /// SIOCGIFFLAGS: reads [`flags`](Self::flags) by any `socket`.
    pub(super) fn read_flags(&mut self, socket: impl AsFd) -> io::Result<()> {
        // SAFETY: SIOCGIFFLAGS takes a `struct ifreq`.
        unsafe { self.ask::<{ libc::SIOCGIFFLAGS as Opcode }>(socket) }
    }

    /// SIOCSIFFLAGS.
    pub(super) fn write_flags(&mut self, socket: impl AsFd) -> io::Result<()> {
        // SAFETY: SIOCSIFFLAGS takes a `struct ifreq`.
        unsafe { self.ask::<{ libc::SIOCSIFFLAGS as Opcode }>(socket) }
    }

    /// SIOCGIFMTU: reads [`mtu`](Self::mtu).
    pub(super) fn read_mtu(&mut self, socket: impl AsFd) -> io::Result<()> {
        // SAFETY: SIOCGIFMTU takes a `struct ifreq`.
        unsafe { self.ask::<{ libc::SIOCGIFMTU as Opcode }>(socket) }
    }

    /// SIOCSIFMTU.
    pub(super) fn write_mtu(&mut self, socket: impl AsFd) -> io::Result<()> {
        // SAFETY: SIOCSIFMTU takes a `struct ifreq`.
        unsafe { self.ask::<{ libc::SIOCSIFMTU as Opcode }>(socket) }
    }

    /// # Safety
    ///
    /// The argument of `REQUEST` must be a pointer to a `struct ifreq`.
    unsafe fn ask<const REQUEST: Opcode>(&mut self, fd: impl AsFd) -> io::Result<()> {
        // SAFETY: the caller vouches for the type; the kernel keeps no pointer to it.
        unsafe { ioctl::ioctl(fd, Updater::<REQUEST, Self>::new(self)) }
    }
}

/// Whether the kernel's `dev_valid_name` would take it; `%` would ask it for a number.
pub(super) fn valid_name(name: &str) -> bool {
    (1..libc::IFNAMSIZ).contains(&name.len())
        && !matches!(name, "." | "..")
        && !name
            .bytes()
            .any(|b| matches!(b, b'/' | b':' | b'%' | 0) || b.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::valid_name;

    #[test]
    fn names_are_the_kernels() {
        for good in ["tap0", "x", "fifteen-bytes-x", "a.b", "\u{e9}t\u{e9}"] {
            assert!(valid_name(good), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            "sixteen-bytes-xx",
            "a b",
            "a/b",
            "eth0:1",
            "tap%d",
            "a\0",
        ] {
            assert!(!valid_name(bad), "{bad}");
        }
    }
}

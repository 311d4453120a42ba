//! Berkeley sockets over the kernel, a TAP host or a simulated LAN.

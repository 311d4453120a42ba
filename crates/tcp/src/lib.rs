//! The TCP machine alone: no IP, no sockets, no clock.

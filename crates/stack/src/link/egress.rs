//! A frame for the cable.

use base::Frame;
use wire::{EtherType, MacAddr, ethernet};

use crate::interface::{Interface, Medium};

/// Puts the link header on, where the medium has one.
pub(crate) fn send(interface: &Interface, dst: MacAddr, ethertype: EtherType, frame: &mut Frame) {
    if let Medium::Ethernet(src) = interface.medium {
        ethernet::Header {
            dst,
            src,
            ethertype,
        }
        .emit(frame.push_header(ethernet::HEADER_LEN));
    }
}

//! Colour, where it is wanted.

use wire::dissect::LayerKind;

/// Whether to colour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ink {
    pub(crate) colour: bool,
}

impl Ink {
    fn paint(self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// What belongs to a layer: each has its colour.
    pub(crate) fn layer(self, kind: LayerKind, text: &str) -> String {
        self.paint(
            match kind {
                LayerKind::Ethernet => "34",
                LayerKind::Arp => "35",
                LayerKind::Ipv4
                | LayerKind::Icmpv4
                | LayerKind::Igmp
                | LayerKind::Ipv6
                | LayerKind::HopByHop
                | LayerKind::Routing
                | LayerKind::Fragment
                | LayerKind::Destination
                | LayerKind::Icmpv6 => "32",
                LayerKind::Rip | LayerKind::Ripng => "36",
                LayerKind::Tcp | LayerKind::Udp | LayerKind::Dhcp => "33",
                _ => "1",
            },
            text,
        )
    }

    /// A heading, or what matters in a line.
    pub(crate) fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// What can be passed over.
    pub(crate) fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }
}

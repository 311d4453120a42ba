//! The words of a dissection: each with a key that never changes, for programs and translations,
//! and its English term, which is the RFC's.

use core::fmt;

macro_rules! terms {
    ($(#[doc = $doc:literal])+ $name:ident { $($variant:ident, $key:literal, $english:literal;)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", $key, "`: ", $english, ".")] $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The key, which never changes.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// The English term.
            #[must_use]
            pub const fn english(self) -> &'static str {
                match self { $(Self::$variant => $english,)+ }
            }
        }

        impl fmt::Display for $name {
            /// The English term.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.english())
            }
        }
    };
}

terms! {
    /// What a part of a packet is.
    LayerKind {
        Ethernet, "ethernet", "Ethernet II";
        Arp, "arp", "ARP";
        Ipv4, "ipv4", "IPv4";
        Icmpv4, "icmp", "ICMP";
        Udp, "udp", "UDP";
        Tcp, "tcp", "TCP";
        Data, "data", "data";
        Padding, "padding", "padding";
    }
}

terms! {
    /// A field of a header.
    FieldId {
        EthernetDestination, "ethernet.dst", "Destination Address";
        EthernetSource, "ethernet.src", "Source Address";
        EthernetType, "ethernet.type", "EtherType";

        ArpHardwareType, "arp.hrd", "Hardware Address Space";
        ArpProtocolType, "arp.pro", "Protocol Address Space";
        ArpHardwareLength, "arp.hln", "Hardware Address Length";
        ArpProtocolLength, "arp.pln", "Protocol Address Length";
        ArpOperation, "arp.op", "Opcode";
        ArpSenderMac, "arp.sha", "Sender Hardware Address";
        ArpSenderIp, "arp.spa", "Sender Protocol Address";
        ArpTargetMac, "arp.tha", "Target Hardware Address";
        ArpTargetIp, "arp.tpa", "Target Protocol Address";

        Ipv4Version, "ipv4.version", "Version";
        Ipv4HeaderLength, "ipv4.ihl", "Internet Header Length";
        Ipv4Dscp, "ipv4.dscp", "Differentiated Services";
        Ipv4Ecn, "ipv4.ecn", "Explicit Congestion Notification";
        Ipv4TotalLength, "ipv4.length", "Total Length";
        Ipv4Identification, "ipv4.id", "Identification";
        Ipv4DontFragment, "ipv4.df", "Don't Fragment";
        Ipv4MoreFragments, "ipv4.mf", "More Fragments";
        Ipv4FragmentOffset, "ipv4.offset", "Fragment Offset";
        Ipv4Ttl, "ipv4.ttl", "Time to Live";
        Ipv4Protocol, "ipv4.protocol", "Protocol";
        Ipv4Checksum, "ipv4.checksum", "Header Checksum";
        Ipv4Source, "ipv4.src", "Source Address";
        Ipv4Destination, "ipv4.dst", "Destination Address";
        Ipv4Options, "ipv4.options", "Options";

        IcmpType, "icmp.type", "Type";
        IcmpCode, "icmp.code", "Code";
        IcmpChecksum, "icmp.checksum", "Checksum";
        IcmpIdentifier, "icmp.id", "Identifier";
        IcmpSequence, "icmp.seq", "Sequence Number";
        IcmpNextHopMtu, "icmp.mtu", "Next-Hop MTU";
        IcmpPointer, "icmp.pointer", "Pointer";
        IcmpRest, "icmp.rest", "Rest of Header";

        UdpSourcePort, "udp.src", "Source Port";
        UdpDestinationPort, "udp.dst", "Destination Port";
        UdpLength, "udp.length", "Length";
        UdpChecksum, "udp.checksum", "Checksum";

        TcpSourcePort, "tcp.src", "Source Port";
        TcpDestinationPort, "tcp.dst", "Destination Port";
        TcpSequence, "tcp.seq", "Sequence Number";
        TcpAcknowledgment, "tcp.ack", "Acknowledgment Number";
        TcpDataOffset, "tcp.offset", "Data Offset";
        TcpFlags, "tcp.flags", "Control Bits";
        TcpWindow, "tcp.window", "Window";
        TcpChecksum, "tcp.checksum", "Checksum";
        TcpUrgent, "tcp.urgent", "Urgent Pointer";
        TcpEndOfOptions, "tcp.option.end", "End of Option List";
        TcpNoOperation, "tcp.option.nop", "No-Operation";
        TcpMss, "tcp.option.mss", "Maximum Segment Size";
        TcpWindowScale, "tcp.option.scale", "Window Scale";
        TcpSackPermitted, "tcp.option.sack_permitted", "SACK Permitted";
        TcpSack, "tcp.option.sack", "SACK Block";
        TcpTimestampValue, "tcp.option.tsval", "Timestamp Value";
        TcpTimestampEcho, "tcp.option.tsecr", "Timestamp Echo Reply";
        TcpUnknownOption, "tcp.option.unknown", "Unknown Option";
        TcpBadOption, "tcp.option.bad", "Option of Illegal Length";

        Bytes, "bytes", "Bytes";
    }
}

terms! {
    /// What a field's value means.
    Meaning {
        Broadcast, "mac.broadcast", "broadcast";
        Multicast, "mac.multicast", "multicast";
        LocallyAdministered, "mac.local", "locally administered";
        Ipv4, "type.ipv4", "IPv4";
        Arp, "type.arp", "ARP";
        Vlan, "type.vlan", "802.1Q VLAN tag";
        Ipv6, "type.ipv6", "IPv6";
        Ethernet, "hardware.ethernet", "Ethernet";
        Request, "arp.request", "request";
        Reply, "arp.reply", "reply";
        Icmp, "protocol.icmp", "ICMP";
        Tcp, "protocol.tcp", "TCP";
        Udp, "protocol.udp", "UDP";
        Icmpv6, "protocol.icmpv6", "ICMPv6";
        NotEct, "ecn.not_ect", "Not-ECT";
        Ect1, "ecn.ect1", "ECT(1)";
        Ect0, "ecn.ect0", "ECT(0)";
        Ce, "ecn.ce", "CE, congestion experienced";
        EchoReply, "icmp.echo_reply", "Echo Reply";
        Unreachable, "icmp.unreachable", "Destination Unreachable";
        Redirect, "icmp.redirect", "Redirect";
        EchoRequest, "icmp.echo", "Echo";
        TimeExceeded, "icmp.time_exceeded", "Time Exceeded";
        ParameterProblem, "icmp.parameter", "Parameter Problem";
        NetUnreachable, "icmp.net", "net unreachable";
        HostUnreachable, "icmp.host", "host unreachable";
        ProtocolUnreachable, "icmp.protocol", "protocol unreachable";
        PortUnreachable, "icmp.port", "port unreachable";
        FragmentationNeeded, "icmp.fragmentation_needed", "fragmentation needed and DF set";
        SourceRouteFailed, "icmp.source_route", "source route failed";
        Prohibited, "icmp.prohibited", "communication administratively prohibited";
        TtlExceeded, "icmp.ttl", "time to live exceeded in transit";
        ReassemblyTimeExceeded, "icmp.reassembly", "fragment reassembly time exceeded";
        NoChecksum, "checksum.none", "the sender computed none";
    }
}

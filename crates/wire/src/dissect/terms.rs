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
        Igmp, "igmp", "IGMP";
        Ipv6, "ipv6", "IPv6";
        HopByHop, "ipv6.hop_by_hop", "IPv6 Hop-by-Hop Options";
        Routing, "ipv6.routing", "IPv6 Routing";
        Fragment, "ipv6.fragment", "IPv6 Fragment";
        Destination, "ipv6.destination", "IPv6 Destination Options";
        Icmpv6, "icmpv6", "ICMPv6";
        Udp, "udp", "UDP";
        Tcp, "tcp", "TCP";
        Dhcp, "dhcp", "DHCP";
        Data, "data", "data";
        Padding, "padding", "padding";
        Vlan, "vlan", "802.1Q";
        Llc, "llc", "802.2 LLC";
        Bpdu, "stp", "802.1D BPDU";
        Cooked, "cooked", "Linux cooked capture";
        Loopback, "loopback", "BSD loopback";
        Rip, "rip", "RIP";
        Ripng, "ripng", "RIPng";
    }
}

terms! {
    /// A field of a header.
    FieldId {
        EthernetDestination, "ethernet.dst", "Destination Address";
        EthernetSource, "ethernet.src", "Source Address";
        EthernetType, "ethernet.type", "EtherType";
        EthernetLength, "ethernet.length", "Length";

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

        Ipv6Version, "ipv6.version", "Version";
        Ipv6Dscp, "ipv6.dscp", "Differentiated Services";
        Ipv6Ecn, "ipv6.ecn", "Explicit Congestion Notification";
        Ipv6FlowLabel, "ipv6.flow", "Flow Label";
        Ipv6PayloadLength, "ipv6.length", "Payload Length";
        Ipv6NextHeader, "ipv6.next", "Next Header";
        Ipv6HopLimit, "ipv6.hops", "Hop Limit";
        Ipv6Source, "ipv6.src", "Source Address";
        Ipv6Destination, "ipv6.dst", "Destination Address";

        ExtensionNextHeader, "ipv6.extension.next", "Next Header";
        ExtensionLength, "ipv6.extension.length", "Hdr Ext Len";
        OptionPad1, "ipv6.option.pad1", "Pad1";
        OptionPadN, "ipv6.option.padn", "PadN";
        OptionRouterAlert, "ipv6.option.alert", "Router Alert";
        OptionTunnelLimit, "ipv6.option.tunnel", "Tunnel Encapsulation Limit";
        OptionJumbo, "ipv6.option.jumbo", "Jumbo Payload Length";
        OptionHomeAddress, "ipv6.option.home", "Home Address";
        OptionUnknown, "ipv6.option.unknown", "Unknown Option";
        OptionBad, "ipv6.option.bad", "Option of Illegal Length";
        RoutingType, "ipv6.routing.type", "Routing Type";
        RoutingSegmentsLeft, "ipv6.routing.left", "Segments Left";
        RoutingData, "ipv6.routing.data", "Type-Specific Data";
        FragmentOffset, "ipv6.fragment.offset", "Fragment Offset";
        FragmentMore, "ipv6.fragment.more", "M Flag";
        FragmentIdentification, "ipv6.fragment.id", "Identification";

        Icmpv6Type, "icmpv6.type", "Type";
        Icmpv6Code, "icmpv6.code", "Code";
        Icmpv6Checksum, "icmpv6.checksum", "Checksum";
        Icmpv6Identifier, "icmpv6.id", "Identifier";
        Icmpv6Sequence, "icmpv6.seq", "Sequence Number";
        Icmpv6Mtu, "icmpv6.mtu", "MTU";
        Icmpv6Pointer, "icmpv6.pointer", "Pointer";
        Icmpv6Rest, "icmpv6.rest", "Message Body";

        NdpHopLimit, "ndp.hops", "Cur Hop Limit";
        NdpManaged, "ndp.managed", "Managed Address Configuration";
        NdpOther, "ndp.other", "Other Configuration";
        NdpPreference, "ndp.preference", "Default Router Preference";
        NdpLifetime, "ndp.lifetime", "Router Lifetime";
        NdpReachable, "ndp.reachable", "Reachable Time";
        NdpRetrans, "ndp.retrans", "Retrans Timer";
        NdpRouter, "ndp.router", "Router Flag";
        NdpSolicited, "ndp.solicited", "Solicited Flag";
        NdpOverride, "ndp.override", "Override Flag";
        NdpTarget, "ndp.target", "Target Address";
        NdpDestination, "ndp.dst", "Destination Address";
        NdpSourceMac, "ndp.option.slla", "Source Link-Layer Address";
        NdpTargetMac, "ndp.option.tlla", "Target Link-Layer Address";
        NdpPrefixLength, "ndp.option.prefix_length", "Prefix Length";
        NdpOnLink, "ndp.option.on_link", "On-Link Flag";
        NdpAutonomous, "ndp.option.autonomous", "Autonomous Address-Configuration Flag";
        NdpValid, "ndp.option.valid", "Valid Lifetime";
        NdpPreferred, "ndp.option.preferred", "Preferred Lifetime";
        NdpPrefix, "ndp.option.prefix", "Prefix";
        NdpRedirected, "ndp.option.redirected", "Redirected Header";
        NdpMtu, "ndp.option.mtu", "MTU";
        NdpNonce, "ndp.option.nonce", "Nonce";
        NdpRoutePreference, "ndp.option.route_preference", "Route Preference";
        NdpOptionLifetime, "ndp.option.lifetime", "Lifetime";
        NdpRoute, "ndp.option.route", "Route Prefix";
        NdpServer, "ndp.option.rdnss", "Recursive DNS Server";
        NdpDomains, "ndp.option.dnssl", "DNS Search List";
        NdpUnknownOption, "ndp.option.unknown", "Unknown Option";
        NdpBadOption, "ndp.option.bad", "Option of Illegal Length";

        IgmpType, "igmp.type", "Type";
        IgmpChecksum, "igmp.checksum", "Checksum";
        IgmpRest, "igmp.rest", "Message Body";
        GroupMaxResponse, "membership.max_response", "Maximum Response Code";
        Group, "membership.group", "Group Address";
        GroupSuppress, "membership.suppress", "Suppress Router-Side Processing";
        GroupRobustness, "membership.robustness", "Querier's Robustness Variable";
        GroupInterval, "membership.interval", "Querier's Query Interval Code";
        GroupSources, "membership.sources", "Number of Sources";
        GroupSource, "membership.source", "Source Address";
        GroupRecords, "membership.records", "Number of Group Records";
        RecordType, "membership.record.type", "Record Type";
        RecordAuxiliary, "membership.record.aux_len", "Aux Data Len";
        RecordData, "membership.record.aux", "Auxiliary Data";

        UdpSourcePort, "udp.src", "Source Port";
        UdpDestinationPort, "udp.dst", "Destination Port";
        UdpLength, "udp.length", "Length";
        UdpChecksum, "udp.checksum", "Checksum";

        DhcpOp, "dhcp.op", "op";
        DhcpHardwareType, "dhcp.htype", "htype";
        DhcpHardwareLength, "dhcp.hlen", "hlen";
        DhcpHops, "dhcp.hops", "hops";
        DhcpTransaction, "dhcp.xid", "xid";
        DhcpSeconds, "dhcp.secs", "secs";
        DhcpFlags, "dhcp.flags", "flags";
        DhcpClientAddress, "dhcp.ciaddr", "ciaddr";
        DhcpYourAddress, "dhcp.yiaddr", "yiaddr";
        DhcpServerAddress, "dhcp.siaddr", "siaddr";
        DhcpRelayAddress, "dhcp.giaddr", "giaddr";
        DhcpClientMac, "dhcp.chaddr", "chaddr";
        DhcpServerName, "dhcp.sname", "sname";
        DhcpFile, "dhcp.file", "file";
        DhcpCookie, "dhcp.cookie", "magic cookie";
        DhcpMessageType, "dhcp.option.type", "DHCP Message Type";
        DhcpSubnetMask, "dhcp.option.mask", "Subnet Mask";
        DhcpRouter, "dhcp.option.router", "Router";
        DhcpNameServer, "dhcp.option.dns", "Domain Name Server";
        DhcpHostName, "dhcp.option.host", "Host Name";
        DhcpDomain, "dhcp.option.domain", "Domain Name";
        DhcpMtu, "dhcp.option.mtu", "Interface MTU";
        DhcpBroadcast, "dhcp.option.broadcast", "Broadcast Address";
        DhcpRequested, "dhcp.option.requested", "Requested IP Address";
        DhcpLeaseTime, "dhcp.option.lease", "IP Address Lease Time";
        DhcpOverload, "dhcp.option.overload", "Option Overload";
        DhcpServerId, "dhcp.option.server", "Server Identifier";
        DhcpParameters, "dhcp.option.parameters", "Parameter Request List";
        DhcpMessage, "dhcp.option.message", "Message";
        DhcpMaxSize, "dhcp.option.max_size", "Maximum DHCP Message Size";
        DhcpRenewal, "dhcp.option.t1", "Renewal (T1) Time Value";
        DhcpRebinding, "dhcp.option.t2", "Rebinding (T2) Time Value";
        DhcpVendorClass, "dhcp.option.vendor", "Vendor Class Identifier";
        DhcpClientId, "dhcp.option.client", "Client-identifier";
        DhcpRelayAgent, "dhcp.option.relay", "Relay Agent Information";
        DhcpDomainSearch, "dhcp.option.search", "Domain Search";
        DhcpOption, "dhcp.option.other", "Option";

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
        TcpAccEcn, "tcp.option.accecn", "Accurate ECN";
        TcpAccEcnEct0, "tcp.option.accecn.e0b", "Bytes under ECT(0)";
        TcpAccEcnCe, "tcp.option.accecn.ceb", "Bytes under CE";
        TcpAccEcnEct1, "tcp.option.accecn.e1b", "Bytes under ECT(1)";
        TcpUnknownOption, "tcp.option.unknown", "Unknown Option";
        TcpBadOption, "tcp.option.bad", "Option of Illegal Length";

        Bytes, "bytes", "Bytes";

        VlanPriority, "vlan.pcp", "Priority Code Point";
        VlanDropEligible, "vlan.dei", "Drop Eligible Indicator";
        VlanId, "vlan.id", "VLAN Identifier";
        VlanType, "vlan.type", "EtherType";

        LlcDestination, "llc.dsap", "Destination Service Access Point";
        LlcSource, "llc.ssap", "Source Service Access Point";
        LlcControl, "llc.control", "Control";
        BpduProtocol, "stp.protocol", "Protocol Identifier";
        BpduVersion, "stp.version", "Protocol Version Identifier";
        BpduType, "stp.type", "BPDU Type";
        BpduAcknowledged, "stp.tc_ack", "Topology Change Acknowledgment";
        BpduAgreement, "stp.agreement", "Agreement";
        BpduForwarding, "stp.forwarding", "Forwarding";
        BpduLearning, "stp.learning", "Learning";
        BpduRole, "stp.role", "Port Role";
        BpduProposal, "stp.proposal", "Proposal";
        BpduChange, "stp.tc", "Topology Change";
        BpduRootPriority, "stp.root.priority", "Root Identifier: Priority";
        BpduRootMac, "stp.root.mac", "Root Identifier: Address";
        BpduCost, "stp.cost", "Root Path Cost";
        BpduBridgePriority, "stp.bridge.priority", "Bridge Identifier: Priority";
        BpduBridgeMac, "stp.bridge.mac", "Bridge Identifier: Address";
        BpduPort, "stp.port", "Port Identifier";
        BpduAge, "stp.age", "Message Age, in 1/256 s";
        BpduMaxAge, "stp.max_age", "Max Age, in 1/256 s";
        BpduHello, "stp.hello", "Hello Time, in 1/256 s";
        BpduForwardDelay, "stp.forward_delay", "Forward Delay, in 1/256 s";
        BpduVersion1Length, "stp.version1", "Version 1 Length";

        CookedPacketType, "cooked.packet", "Packet Type";
        CookedHardware, "cooked.hardware", "ARPHRD_ Type";
        CookedAddressLength, "cooked.address_length", "Link-Layer Address Length";
        CookedAddress, "cooked.address", "Link-Layer Address";
        CookedInterface, "cooked.interface", "Interface Index";
        CookedProtocol, "cooked.protocol", "Protocol Type";
        LoopbackFamily, "loopback.family", "Protocol Family";

        RipCommand, "rip.command", "Command";
        RipVersion, "rip.version", "Version";
        RipFamily, "rip.family", "Address Family Identifier";
        RipTag, "rip.tag", "Route Tag";
        RipAddress, "rip.address", "IP Address";
        RipMask, "rip.mask", "Subnet Mask";
        RipNextHop, "rip.next_hop", "Next Hop";
        RipMetric, "rip.metric", "Metric";
        RipPrefix, "rip.prefix", "IPv6 Prefix";
        RipPrefixLength, "rip.prefix_length", "Prefix Length";
        RipAuthenticationType, "rip.authentication.type", "Authentication Type";
        RipPassword, "rip.authentication.password", "Authentication";
        RipDigestOffset, "rip.authentication.packet_length", "RIPv2 Packet Length";
        RipKey, "rip.authentication.key", "Key ID";
        RipDigestLength, "rip.authentication.length", "Authentication Data Length";
        RipSequence, "rip.authentication.sequence", "Sequence Number";
        RipAuthenticationData, "rip.authentication.data", "Authentication Data";
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
        Igmp, "protocol.igmp", "IGMP";
        HopByHop, "protocol.hop_by_hop", "Hop-by-Hop Options";
        Routing, "protocol.routing", "Routing header";
        Fragment, "protocol.fragment", "Fragment header";
        NoNextHeader, "protocol.none", "No Next Header";
        Destination, "protocol.destination", "Destination Options";
        AlertMld, "alert.mld", "MLD message";
        SourceRoute, "routing.source", "Source Route";
        HomeRoute, "routing.home", "Type 2 Routing Header";
        SegmentRoute, "routing.segment", "Segment Routing Header";
        PacketTooBig, "icmpv6.too_big", "Packet Too Big";
        Icmpv6Echo, "icmpv6.echo", "Echo Request";
        ListenerQuery, "icmpv6.mld_query", "Multicast Listener Query";
        ListenerReport, "icmpv6.mld_report", "Multicast Listener Report";
        ListenerDone, "icmpv6.mld_done", "Multicast Listener Done";
        RouterSolicitation, "icmpv6.rs", "Router Solicitation";
        RouterAdvertisement, "icmpv6.ra", "Router Advertisement";
        NeighborSolicitation, "icmpv6.ns", "Neighbor Solicitation";
        NeighborAdvertisement, "icmpv6.na", "Neighbor Advertisement";
        ListenerReport2, "icmpv6.mld2_report", "Version 2 Multicast Listener Report";
        NoRoute, "icmpv6.no_route", "no route to destination";
        BeyondScope, "icmpv6.scope", "beyond scope of source address";
        AddressUnreachable, "icmpv6.address", "address unreachable";
        SourcePolicy, "icmpv6.policy", "source address failed ingress/egress policy";
        RejectRoute, "icmpv6.reject", "reject route to destination";
        HopLimitExceeded, "icmpv6.hop_limit", "hop limit exceeded in transit";
        ErroneousField, "icmpv6.field", "erroneous header field encountered";
        UnknownNextHeader, "icmpv6.next", "unrecognized Next Header type encountered";
        UnknownOption, "icmpv6.option", "unrecognized IPv6 option encountered";
        IncompleteChain, "icmpv6.chain", "IPv6 First Fragment has incomplete IPv6 Header Chain";
        PreferenceLow, "preference.low", "Low";
        PreferenceMedium, "preference.medium", "Medium";
        PreferenceHigh, "preference.high", "High";
        PreferenceReserved, "preference.reserved", "reserved";
        Infinity, "lifetime.infinity", "infinity";
        MembershipQuery, "igmp.query", "Membership Query";
        MembershipReport1, "igmp.report1", "Version 1 Membership Report";
        MembershipReport2, "igmp.report2", "Version 2 Membership Report";
        MembershipReport3, "igmp.report3", "Version 3 Membership Report";
        LeaveGroup, "igmp.leave", "Leave Group";
        IsInclude, "record.is_include", "MODE_IS_INCLUDE";
        IsExclude, "record.is_exclude", "MODE_IS_EXCLUDE";
        ToInclude, "record.to_include", "CHANGE_TO_INCLUDE_MODE";
        ToExclude, "record.to_exclude", "CHANGE_TO_EXCLUDE_MODE";
        AllowNew, "record.allow", "ALLOW_NEW_SOURCES";
        BlockOld, "record.block", "BLOCK_OLD_SOURCES";
        BootRequest, "dhcp.request_op", "BOOTREQUEST";
        BootReply, "dhcp.reply_op", "BOOTREPLY";
        DhcpDiscover, "dhcp.discover", "DHCPDISCOVER";
        DhcpOffer, "dhcp.offer", "DHCPOFFER";
        DhcpRequest, "dhcp.request", "DHCPREQUEST";
        DhcpDecline, "dhcp.decline", "DHCPDECLINE";
        DhcpAck, "dhcp.ack", "DHCPACK";
        DhcpNak, "dhcp.nak", "DHCPNAK";
        DhcpRelease, "dhcp.release", "DHCPRELEASE";
        DhcpInform, "dhcp.inform", "DHCPINFORM";
        NoChecksum, "checksum.none", "the sender computed none";
        SpanningTree, "llc.stp", "spanning tree";
        BpduConfig, "stp.config", "Configuration";
        BpduNotice, "stp.notice", "Topology Change Notification";
        BpduRapid, "stp.rapid", "Rapid Spanning Tree";
        PortAlternate, "stp.alternate", "alternate or backup";
        PortRoot, "stp.root_port", "root";
        PortDesignated, "stp.designated", "designated";
        CookedToUs, "cooked.to_us", "to us";
        CookedToAll, "cooked.to_all", "broadcast by somebody else";
        CookedToGroup, "cooked.to_group", "multicast by somebody else";
        CookedToOther, "cooked.to_other", "to somebody else, by somebody else";
        CookedByUs, "cooked.by_us", "sent by us";
        RipRequest, "rip.request", "Request";
        RipResponse, "rip.response", "Response";
        RipAuthentication, "rip.authentication", "Authentication";
        RipPassword, "rip.password", "Simple Password";
        RipDigest, "rip.digest", "Cryptographic Authentication";
    }
}

//! ICMP's types and codes under the language's names.

/// ICMPv4 (RFC 792), type by name.
const TYPES4: &[(&str, u8)] = &[
    ("echo_reply", 0),
    ("unreachable", 3),
    ("source_quench", 4),
    ("redirect", 5),
    ("echo_request", 8),
    ("time_exceeded", 11),
    ("parameter_problem", 12),
    ("timestamp_request", 13),
    ("timestamp_reply", 14),
    ("information_request", 15),
    ("information_reply", 16),
    ("address_mask_request", 17),
    ("address_mask_reply", 18),
];

/// Codes of "destination unreachable", from 0 (RFC 792, RFC 1812 §5.2.7.1).
const UNREACHABLE4: &[&str] = &[
    "net_unreachable",
    "host_unreachable",
    "protocol_unreachable",
    "port_unreachable",
    "frag_needed",
    "source_route_failed",
    "net_unknown",
    "host_unknown",
    "source_host_isolated",
    "net_prohibited",
    "host_prohibited",
    "net_unreachable_for_tos",
    "host_unreachable_for_tos",
    "packet_filtered",
    "precedence_violation",
    "precedence_cutoff",
];

/// ICMPv6 (RFC 4443), type by name.
const TYPES6: &[(&str, u8)] = &[
    ("unreachable", 1),
    ("packet_too_big", 2),
    ("time_exceeded", 3),
    ("parameter_problem", 4),
    ("echo_request", 128),
    ("echo_reply", 129),
];

const UNREACHABLE6: &[(&str, u8)] = &[
    ("net_unreachable", 0),
    ("no_route", 0),
    ("admin_prohibited", 1),
    ("not_neighbour", 2),
    ("address_unreachable", 3),
    ("port_unreachable", 4),
];

const EXCEEDED6: &[(&str, u8)] = &[("exceeded_hop_limit", 0), ("exceeded_frag_time", 1)];

const PROBLEM6: &[(&str, u8)] = &[
    ("header_field", 0),
    ("unknown_next_header", 1),
    ("unknown_option", 2),
];

fn find(table: &[(&str, u8)], name: &str) -> Option<u8> {
    table
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, number)| *number)
}

/// The type and code of a message, or which of the two words is unknown.
pub(super) fn numbers<'a>(
    ipv6: bool,
    kind: &'a str,
    code: Option<&'a str>,
) -> Result<(u8, u8), &'a str> {
    let numbered = |word: &str, prefix| word.strip_prefix(prefix).and_then(|n| n.parse().ok());
    let table = if ipv6 { TYPES6 } else { TYPES4 };
    let number = numbered(kind, "type_")
        .or_else(|| find(table, kind))
        .ok_or(kind)?;
    let Some(code) = code else {
        return Ok((number, 0));
    };
    let named = match (ipv6, number) {
        (false, 3) => UNREACHABLE4
            .iter()
            .position(|name| *name == code)
            .map(|at| at as u8),
        (true, 1) => find(UNREACHABLE6, code),
        (true, 3) => find(EXCEEDED6, code),
        (true, 4) => find(PROBLEM6, code),
        _ => None,
    };
    let code = numbered(code, "code_").or(named).ok_or(code)?;
    Ok((number, code))
}

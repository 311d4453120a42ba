//! Where the stack answers otherwise than Linux, and why.

/// A case, what its labels begin with, and the reason.
pub(crate) const DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "options::of_connections",
        "SO_SNDBUF at first",
        "the send buffer grows as data is sent, and not with the handshake",
    ),
    ("options::of_connections", "TCP_MAXSEG at first", HALF),
    ("options::of_connections", "TCP_MAXSEG then", HALF),
    (
        "options::of_connections",
        "TCP_WINDOW_CLAMP at first",
        "Linux shows the bound that a window has without scaling; here none is shown that the program did not set",
    ),
    ("states::of_streams", "closed by both: bind", RENAME),
    ("states::of_streams", "closed last: bind", RENAME),
    ("states::of_streams", "reset: bind", RENAME),
    ("states::of_streams", "reset and told: bind", RENAME),
    ("states::of_streams", "reset after its end: bind", RENAME),
    ("states::of_streams", "no longer listening: bind", RENAME),
    (
        "states::of_streams",
        "refused: getsockname",
        "Linux keeps showing the port that a failed call has given back",
    ),
];

/// What kernels do not agree on: a line may differ or not.
const UNSURE: &[(&str, &str, &str)] = &[
    ("states::of_streams", "refused: listen", ROLE),
    ("states::of_streams", "no longer listening: connect", ROLE),
];

/// Of sockets that change their part.
const ROLE: &str = "some hardened kernels let no socket listen that has called, nor call that has listened; upstream \
                    Linux does, and so do we";

/// Of TCP_MAXSEG on a loopback.
const HALF: &str = "Linux sends no segment of more than half the peer's largest window, which the 64 KiB packets of a \
                    loopback meet at once";
/// Of `bind` on a socket whose connection is over.
const RENAME: &str = "Linux gives back a port that the program did not choose when the connection ends, and lets the \
                      socket be bound again; here the name goes with the socket, or with the next call";

/// Why a line must differ.
pub(crate) fn reason(case: &str, label: &str) -> Option<&'static str> {
    find(DIFFERENCES, case, label)
}

/// Whether a line may differ.
pub(crate) fn is_unsure(case: &str, label: &str) -> bool {
    find(UNSURE, case, label).is_some()
}

fn find(table: &[(&str, &str, &'static str)], case: &str, label: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(of, begins, _)| *of == case && label.starts_with(begins))
        .map(|(.., why)| *why)
}

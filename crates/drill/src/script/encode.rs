//! TCP options as bytes.

use super::ast::TcpOption;

impl TcpOption {
    /// Kind, length and value (RFC 9293 §3.1, and the RFC of each).
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Eol => vec![0],
            Self::Nop => vec![1],
            Self::Mss(mss) => tlv(2, &mss.to_be_bytes()),
            Self::WindowScale(shift) => tlv(3, &[*shift]),
            Self::SackOk => tlv(4, &[]),
            Self::Sack(blocks) => {
                let edges = blocks.iter().flat_map(|(left, right)| [left, right]);
                tlv(
                    5,
                    &edges
                        .flat_map(|edge| edge.to_be_bytes())
                        .collect::<Vec<_>>(),
                )
            }
            Self::Timestamps { val, ecr } => {
                tlv(8, &[val.to_be_bytes(), ecr.to_be_bytes()].concat())
            }
            Self::Md5(digest) => tlv(19, digest),
            Self::FastOpen(cookie) => tlv(34, cookie),
            // RFC 6994's shared kind, with the magic number that Fast Open had there.
            Self::FastOpenExp(cookie) => tlv(254, &[&[0xf9, 0x89], cookie.as_slice()].concat()),
            Self::AccEcn { first_e1, counters } => {
                // RFC 9768 §3.2.3: 24 bits each.
                let value = counters
                    .iter()
                    .flat_map(|c| [(c >> 16) as u8, (c >> 8) as u8, *c as u8]);
                tlv(
                    if *first_e1 { 174 } else { 172 },
                    &value.collect::<Vec<_>>(),
                )
            }
        }
    }
}

fn tlv(kind: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind, (value.len() + 2) as u8];
    bytes.extend_from_slice(value);
    bytes
}

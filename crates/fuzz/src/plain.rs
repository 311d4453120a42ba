//! Checksums, slow and plainly right: to check ours by, and to mend what a mutation broke.

use base::Frame;

/// RFC 1071 §1, word by word, with the carry added at once.
pub(crate) fn checksum(bytes: &[u8]) -> u16 {
    let mut sum = 0_u16;
    for pair in bytes.chunks(2) {
        let word = u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]);
        let (added, carry) = sum.overflowing_add(word);
        sum = added + u16::from(carry);
    }
    !sum
}

/// `bytes` with a right IPv4 header checksum, if a header fits.
pub(crate) fn with_header_checksum(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(header) = ipv4_header(&bytes) {
        put(&mut bytes[..header], 10);
    }
    bytes
}

/// Mends the checksums of a packet of IPv4 or IPv6 and of the ICMP, UDP or TCP in it, as far as it
/// has room for them.
pub(crate) fn mend_packet(packet: &mut [u8]) {
    if packet.first().is_some_and(|first| first >> 4 == 6) {
        return mend_v6(packet);
    }
    let Some(header) = ipv4_header(packet) else {
        return;
    };
    put(&mut packet[..header], 10);
    let total = usize::from(u16::from_be_bytes([packet[2], packet[3]]));
    let (protocol, addresses) = (packet[9], packet[12..20].to_vec());
    let end = total.min(packet.len()).max(header);
    mend_transport(protocol, addresses, &mut packet[header..end]);
}

/// The same of IPv6, whose header has no checksum. Extension headers are not looked into.
fn mend_v6(packet: &mut [u8]) {
    if packet.len() < 40 {
        return;
    }
    let end = 40 + usize::from(u16::from_be_bytes([packet[4], packet[5]]));
    let end = end.min(packet.len());
    let (protocol, addresses) = (packet[6], packet[8..40].to_vec());
    mend_transport(protocol, addresses, &mut packet[40..end]);
}

fn mend_transport(protocol: u8, addresses: Vec<u8>, inner: &mut [u8]) {
    let field = match protocol {
        1 => return put(inner, 2),
        6 => 16,
        17 => 6,
        58 => 2,
        _ => return,
    };
    if inner.len() < field + 2 {
        return;
    }
    inner[field..field + 2].fill(0);
    // The pseudo-header (RFC 9293 §3.1); IPv6's fields are longer by zeros alone (RFC 8200 §8.1).
    let mut summed = addresses;
    summed.extend([0, protocol]);
    summed.extend((inner.len() as u16).to_be_bytes());
    summed.extend_from_slice(inner);
    let sum = checksum(&summed);
    inner[field..field + 2].copy_from_slice(&sum.to_be_bytes());
}

/// Changes the ECN bits of the packet in an Ethernet frame (RFC 3168 §5), which keeps what else is
/// known of it.
pub(crate) fn set_ecn(frame: &mut Frame, change: impl Fn(u8) -> u8) {
    let mut head = [0; 34];
    if frame.copy_to(&mut head) < head.len() {
        return;
    }
    let packet = &mut head[14..];
    let done = match packet[0] >> 4 {
        4 => {
            packet[1] = packet[1] & !3 | change(packet[1] & 3);
            // RFC 1624 wants no more than the words that changed; this is the plain way.
            let Some(len) = ipv4_header(packet) else {
                return;
            };
            put(&mut packet[..len], 10);
            frame.overwrite(15, &[head[15]]) && frame.overwrite(24, &head[24..26])
        }
        6 => {
            packet[1] = packet[1] & !0x30 | change(packet[1] >> 4 & 3) << 4;
            frame.overwrite(15, &[head[15]])
        }
        _ => true,
    };
    assert!(done, "the frame is long enough");
}

/// The length of the IPv4 header at the front, if there is room for it.
pub(crate) fn ipv4_header(bytes: &[u8]) -> Option<usize> {
    let len = usize::from(bytes.first()? & 0xf) * 4;
    (len >= 20 && len <= bytes.len()).then_some(len)
}

/// Stores the checksum of `bytes` at `field`, if that is in them.
fn put(bytes: &mut [u8], field: usize) {
    if bytes.len() >= field + 2 {
        bytes[field..field + 2].fill(0);
        let sum = checksum(bytes);
        bytes[field..field + 2].copy_from_slice(&sum.to_be_bytes());
    }
}

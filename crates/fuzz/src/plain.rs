//! Checksums, slow and plainly right: to check ours by, and to mend what a mutation broke.

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

/// Mends the checksums of an IPv4 packet and of the ICMP, UDP or TCP in it, as far as it has room
/// for them.
pub(crate) fn mend_packet(packet: &mut [u8]) {
    let Some(header) = ipv4_header(packet) else {
        return;
    };
    put(&mut packet[..header], 10);
    let total = usize::from(u16::from_be_bytes([packet[2], packet[3]]));
    let (protocol, addresses) = (packet[9], packet[12..20].to_vec());
    let end = total.min(packet.len()).max(header);
    let inner = &mut packet[header..end];
    let field = match protocol {
        1 => return put(inner, 2),
        6 => 16,
        17 => 6,
        _ => return,
    };
    if inner.len() < field + 2 {
        return;
    }
    inner[field..field + 2].fill(0);
    // The pseudo-header (RFC 9293 §3.1).
    let mut summed = addresses;
    summed.extend([0, protocol]);
    summed.extend((inner.len() as u16).to_be_bytes());
    summed.extend_from_slice(inner);
    let sum = checksum(&summed);
    inner[field..field + 2].copy_from_slice(&sum.to_be_bytes());
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

//! Frames that a Linux kernel put on a TAP device, as it put them there: 172.16.10.10
//! (02:00:00:00:00:01) speaks to 172.16.10.11 (02:00:00:00:00:02).

#![allow(dead_code, reason = "each test file reads those that it is about")]

/// Who has 172.16.10.12?
pub(crate) const ARP_REQUEST: &str =
    "ffffffffffff02000000000108060001080006040001020000000001ac100a0a000000000000ac100a0c";

/// A ping.
pub(crate) const ECHO: &str = "02000000000202000000000108004500005431f8400040019c7bac100a0aac100a0b\
    080084ca4b000001d21b036b0000000086da0d0000000000101112131415161718191a1b1c1d1e1f\
    202122232425262728292a2b2c2d2e2f3031323334353637";

/// "hello" from port 40000 to port 9000.
pub(crate) const UDP: &str = "0200000000020200000000010800450000218cd74000401141bfac100a0aac100a0b\
    9c402328000d906368656c6c6f";

/// Port 7 is unreachable, says .10 of a datagram from .11, whose UDP checksum was 0.
pub(crate) const PORT_UNREACHABLE: &str = "020000000002020000000001080045c0003d325700004001db73\
    ac100a0aac100a0b030395ee0000000045000021000140004011ce95ac100a0bac100a0a\
    23280007000d000068656c6c6f";

/// A SYN to port 9000.
pub(crate) const SYN: &str = "02000000000202000000000108004500003c8cd94000400641adac100a0aac100a0b\
    b530232862df0f7600000000a002faf0f6de0000020405b40402080abb24e424000000000103030a";

/// A SYN and ACK from port 80.
pub(crate) const SYN_ACK: &str = "02000000000202000000000108004500003c000040004006ce86ac100a0aac100a0b\
    0050c3509c95e8d4000003e9a012fe8851c30000020405b40402080aaf828ef3000000010103030a";

/// An ACK with two SACK blocks: 1031-1036 and 1011-1016.
pub(crate) const TWO_SACKS: &str = "0200000000020200000000010800450000484133400040068d47ac100a0aac100a0b\
    0050c3509c95e8d5000003e9d010004016b400000101080aaf8290f40000000201010512\
    000004070000040c000003f3000003f8";

/// The bytes.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let digit = |c: u8| (c as char).to_digit(16).unwrap_or(0) as u8;
    digits
        .chunks(2)
        .map(|c| digit(c[0]) << 4 | digit(c[1]))
        .collect()
}

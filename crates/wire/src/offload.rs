//! The last moment before a real wire: large frames are cut, owed checksums are paid.
//!
//! On the way down one frame may stand for many segments ([`Frame::segment_size`]) and its checksum
//! field may hold the pseudo-header's sum alone ([`ChecksumState::Partial`]). A device that knows
//! these debts takes the frame as it is; for any other, [`segments`] and [`finish_checksum`] do
//! what the card would have done. Payload is sliced, never copied.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base::{ChecksumState, Frame, Payload};

use crate::checksum::Checksum;
use crate::malformed::take;
use crate::tcp::{self, Flags};
use crate::{EtherType, Layer, LinkType, Malformed, Protocol, ethernet, ipv4, ipv6, udp, vlan};

/// Ethernet with a tag, IPv4 and TCP with every option that they can carry; IPv6's header is shorter.
const MAX_HEADERS: usize = ethernet::HEADER_LEN + vlan::TAG_LEN + 60 + 60;

/// Cuts a frame of several segments into frames of one.
///
/// Each gets a copy of the headers with its own sequence number, identification, lengths and IPv4
/// header checksum. FIN and PSH stay with the last segment, CWR with the first (RFC 3168 §6.1.2:
/// it is said once); with [`Frame::accurate_ecn`] it is part of a number that all of them say. All of them owe their TCP checksum ([`ChecksumState::Partial`]): whatever
/// the whole frame's field held, it was not about the parts.
///
/// A frame without a segment size passes unchanged, and one that is no longer than that passes as
/// the only segment.
///
/// # Errors
///
/// [`Malformed`] when there is a segment size and the headers are not whole TCP over IPv4 or IPv6
/// without extension headers: there
/// is no saying how to cut it.
pub fn segments(link: LinkType, frame: Frame) -> Result<Segments, Malformed> {
    let Some(size) = frame.segment_size else {
        return Ok(Segments(Shape::Whole(Some(frame))));
    };
    Cut::new(link, frame, size.get().into()).map(|cut| Segments(Shape::Cut(cut)))
}

/// The frames that [`segments`] makes of one.
#[derive(Debug)]
pub struct Segments(Shape);

#[derive(Debug)]
enum Shape {
    Whole(Option<Frame>),
    Cut(Cut),
}

impl Iterator for Segments {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        match &mut self.0 {
            Shape::Whole(frame) => frame.take(),
            Shape::Cut(cut) => cut.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = match &self.0 {
            Shape::Whole(frame) => usize::from(frame.is_some()),
            Shape::Cut(cut) if cut.done => 0,
            Shape::Cut(cut) => cut.rest.left.div_ceil(cut.size).max(1),
        };
        (left, Some(left))
    }
}

impl ExactSizeIterator for Segments {}

/// A frame under the knife.
#[derive(Debug)]
struct Cut {
    /// The headers of the next segment but for lengths and checksums.
    headers: [u8; MAX_HEADERS],
    /// How many of these bytes there are.
    headers_len: usize,
    /// Where IP and TCP begin.
    ip: usize,
    tcp: usize,
    /// It is IPv6, which has neither identification nor header checksum.
    v6: bool,
    /// Sum of the IPv4 header with identification, total length and checksum zero.
    ip_sum: Checksum,
    /// Sum of the pseudo-header with length zero.
    pseudo_sum: Checksum,
    /// What all segments but the last carry.
    size: usize,
    /// FIN and PSH as the whole frame had them: the last segment gets them back.
    last_flags: u8,
    /// What the first segment alone says of the flags: CWR, where it is no part of ACE.
    once: u8,
    rest: Cursor,
    done: bool,
}

impl Cut {
    fn new(link: LinkType, mut frame: Frame, size: usize) -> Result<Self, Malformed> {
        let have = frame.len();
        let places = match Places::find(link, frame.prefix(), have) {
            // The headers may lie in several pieces.
            Err(Malformed::Truncated { .. }) => {
                Places::find(link, frame.contiguous(MAX_HEADERS), have)
            }
            found => found,
        };
        let Places {
            v6,
            ip,
            tcp,
            data,
            end,
        } = places?;
        // IPv6's length does not count the fixed header.
        let uncounted = if v6 { ipv6::HEADER_LEN } else { 0 };
        let longest = data - ip + size.min(end - data) - uncounted;
        if longest > usize::from(u16::MAX) {
            return Err(Malformed::Length {
                layer: if v6 { Layer::Ipv6 } else { Layer::Ipv4 },
                found: longest,
                have: have - ip,
            });
        }
        let mut headers = [0; MAX_HEADERS];
        headers[..data].copy_from_slice(&frame.prefix()[..data]);
        let once = if frame.accurate_ecn {
            0
        } else {
            Flags::CWR.bits() as u8
        };
        frame.pull(data);
        frame.truncate(end - data);

        let last_flags = headers[tcp + FLAGS] & (Flags::FIN | Flags::PSH).bits() as u8;
        headers[tcp + FLAGS] &= !last_flags;
        // The sum that each header starts from leaves out what differs between them.
        let mut ip_sum = Checksum::new();
        if !v6 {
            let identification = [headers[ip + 4], headers[ip + 5]];
            for at in [2, 3, 4, 5, 10, 11] {
                headers[ip + at] = 0;
            }
            ip_sum.add(&headers[ip..tcp]);
            headers[ip + 4..ip + 6].copy_from_slice(&identification);
        }
        let (src, dst) = addresses(v6, &headers[ip..]);
        Ok(Self {
            pseudo_sum: Checksum::pseudo_header(src, dst, Protocol::TCP, 0),
            v6,
            headers,
            headers_len: data,
            ip,
            tcp,
            ip_sum,
            size,
            last_flags,
            once,
            rest: Cursor::new(frame.into_payload()),
            done: false,
        })
    }

    fn next(&mut self) -> Option<Frame> {
        if self.done {
            return None;
        }
        let take = self.size.min(self.rest.left);
        self.done = take == self.rest.left;
        if self.done {
            self.headers[self.tcp + FLAGS] |= self.last_flags;
        }
        self.set_lengths(take);
        let mut frame = Frame::new(self.rest.take(take));
        let headers = &self.headers[..self.headers_len];
        // Ethernet alone, since a frame takes at most 120 bytes of header at a time.
        let (ethernet, behind) = headers.split_at(self.ip);
        frame.push_header(behind.len()).copy_from_slice(behind);
        frame.push_header(ethernet.len()).copy_from_slice(ethernet);
        frame.checksum = ChecksumState::Partial {
            start: self.tcp as u16,
            offset: tcp::CHECKSUM_OFFSET as u16,
        };
        self.advance(take);
        Some(frame)
    }

    /// Fills in what depends on the segment's length: lengths and checksums.
    fn set_lengths(&mut self, payload_len: usize) {
        let tcp_len = self.headers_len - self.tcp + payload_len;
        // `new` saw to it that the longest segment fits the field.
        let total_len = self.tcp - self.ip + tcp_len;
        let ip = &mut self.headers[self.ip..self.tcp];
        if self.v6 {
            let payload_len = (total_len - ipv6::HEADER_LEN) as u16;
            ip[4..6].copy_from_slice(&payload_len.to_be_bytes());
        } else {
            ip[2..4].copy_from_slice(&(total_len as u16).to_be_bytes());
            let mut sum = self.ip_sum;
            sum.add(&ip[2..6]);
            ip[10..12].copy_from_slice(&sum.finish().to_be_bytes());
        }

        let mut sum = self.pseudo_sum;
        sum.add(&(tcp_len as u16).to_be_bytes());
        let field = self.tcp + tcp::CHECKSUM_OFFSET;
        self.headers[field..field + 2].copy_from_slice(&sum.partial().to_be_bytes());
    }

    /// Makes the headers those of the next segment.
    fn advance(&mut self, payload_len: usize) {
        if !self.v6 {
            let id = &mut self.headers[self.ip + 4..self.ip + 6];
            let next = u16::from_be_bytes([id[0], id[1]]).wrapping_add(1);
            id.copy_from_slice(&next.to_be_bytes());
        }
        let seq = &mut self.headers[self.tcp + 4..self.tcp + 8];
        let next = u32::from_be_bytes([seq[0], seq[1], seq[2], seq[3]]);
        seq.copy_from_slice(&next.wrapping_add(payload_len as u32).to_be_bytes());
        self.headers[self.tcp + FLAGS] &= !self.once;
    }
}

/// Where the low eight control bits lie in a TCP header.
const FLAGS: usize = 13;

/// Where the parts of a frame begin, from its front.
struct Places {
    v6: bool,
    ip: usize,
    tcp: usize,
    data: usize,
    /// Where the data ends: the link's padding may follow.
    end: usize,
}

impl Places {
    /// Finds them in the headers at the front of a frame of `have` bytes.
    ///
    /// `ipv4::Header::parse` would not do: the total length of a large frame may not fit its field,
    /// which then says 0.
    fn find(link: LinkType, bytes: &[u8], have: usize) -> Result<Self, Malformed> {
        let ip = match link {
            LinkType::Ethernet => {
                let (header, len) = ethernet::Header::parse(bytes)?;
                let (ethertype, len) = match header.ethertype {
                    EtherType::VLAN => {
                        let tagged = take(Layer::Vlan, &bytes[len..], vlan::TAG_LEN)?;
                        let inner = u16::from_be_bytes([tagged[2], tagged[3]]);
                        (EtherType(inner), len + vlan::TAG_LEN)
                    }
                    ethertype => (ethertype, len),
                };
                if ![EtherType::IPV4, EtherType::IPV6].contains(&ethertype) {
                    return Err(Malformed::Version {
                        layer: Layer::Ethernet,
                        found: ethertype.0,
                    });
                }
                len
            }
            LinkType::RawIp => 0,
        };
        let v6 = bytes.get(ip).is_some_and(|first| first >> 4 == 6);
        // UDP datagrams (USO) get their arm here.
        let (layer, tcp, len) = if v6 {
            let layer = Layer::Ipv6;
            let fixed = take(layer, &bytes[ip..], ipv6::HEADER_LEN)?;
            expect(layer, fixed[ipv6::NEXT_HEADER_OFFSET], Protocol::TCP.0)?;
            let len = match u16::from_be_bytes([fixed[4], fixed[5]]) {
                0 => 0,
                len => ipv6::HEADER_LEN + usize::from(len),
            };
            (layer, ip + ipv6::HEADER_LEN, len)
        } else {
            let layer = Layer::Ipv4;
            let fixed = take(layer, &bytes[ip..], ipv4::MIN_HEADER_LEN)?;
            expect(layer, fixed[0] >> 4, 4)?;
            expect(layer, fixed[9], Protocol::TCP.0)?;
            let header = header_len(layer, &bytes[ip..], fixed[0] & 0xf)?;
            let len = u16::from_be_bytes([fixed[2], fixed[3]]);
            (layer, ip + header, len.into())
        };
        let fixed_tcp = take(Layer::Tcp, &bytes[tcp..], tcp::MIN_HEADER_LEN)?;
        let data = tcp + header_len(Layer::Tcp, &bytes[tcp..], fixed_tcp[12] >> 4)?;
        let end = match len {
            0 => have,
            len => ip + len,
        };
        if end < data || end > have {
            return Err(Malformed::Length {
                layer,
                found: end - ip,
                have: have - ip,
            });
        }
        Ok(Self {
            v6,
            ip,
            tcp,
            data,
            end,
        })
    }
}

/// Refuses a field that says something else.
fn expect(layer: Layer, found: u8, right: u8) -> Result<(), Malformed> {
    if found == right {
        return Ok(());
    }
    let found = found.into();
    Err(Malformed::Version { layer, found })
}

/// Source and destination in the IP header at the front of `header`, which is all there.
fn addresses(v6: bool, header: &[u8]) -> (IpAddr, IpAddr) {
    let v4 = |at: usize| Ipv4Addr::new(header[at], header[at + 1], header[at + 2], header[at + 3]);
    let six = |at: usize| {
        let octets = header[at..].first_chunk::<16>();
        octets.map_or(Ipv6Addr::UNSPECIFIED, |octets| (*octets).into())
    };
    if v6 {
        (six(8).into(), six(24).into())
    } else {
        (v4(12).into(), v4(16).into())
    }
}

/// A header length of `words` words of 32 bits, in bytes: at least 20, and there.
fn header_len(layer: Layer, bytes: &[u8], words: u8) -> Result<usize, Malformed> {
    let found = usize::from(words) * 4;
    if found < tcp::MIN_HEADER_LEN {
        return Err(Malformed::HeaderLength { layer, found });
    }
    take(layer, bytes, found).map(<[u8]>::len)
}

/// A payload being sliced from front to back, each slice visited once.
#[derive(Debug)]
struct Cursor {
    payload: Payload,
    /// The slice that is next, and how much of it is gone.
    slice: usize,
    gone: usize,
    left: usize,
}

impl Cursor {
    fn new(payload: Payload) -> Self {
        let left = payload.len();
        Self {
            payload,
            slice: 0,
            gone: 0,
            left,
        }
    }

    /// The next `len` bytes; at most `left`.
    fn take(&mut self, len: usize) -> Payload {
        let mut part = Payload::new();
        self.left -= len;
        let mut want = len;
        while want > 0 {
            let Some(slice) = self.payload.slices().get(self.slice) else {
                break;
            };
            let take = want.min(slice.len() - self.gone);
            part.push(slice.slice(self.gone..self.gone + take));
            want -= take;
            self.gone += take;
            if self.gone == slice.len() {
                (self.slice, self.gone) = (self.slice + 1, 0);
            }
        }
        part
    }
}

/// Pays an owed transport checksum: sums what [`ChecksumState::Partial`] says and stores the
/// result. Frames that owe nothing are left alone; of one that says nonsense (a field behind its
/// end) nothing is known afterwards.
pub fn finish_checksum(frame: &mut Frame) {
    let ChecksumState::Partial { start, offset } = frame.checksum else {
        return;
    };
    let (start, offset) = (usize::from(start), usize::from(offset));
    let mut sum = Checksum::new();
    let mut skip = start;
    for piece in frame.pieces() {
        sum.add(piece.get(skip..).unwrap_or_default());
        skip = skip.saturating_sub(piece.len());
    }
    let mut field = sum.finish();
    // UDP's 0 means "none". Of all others no sum is all ones (RFC 1624 §3), and readers say so.
    if offset == udp::CHECKSUM_OFFSET {
        field = udp::checksum_to_send(field);
    }
    frame.checksum = if frame.overwrite(start + offset, &field.to_be_bytes()) {
        ChecksumState::Verified
    } else {
        ChecksumState::Unverified
    };
}

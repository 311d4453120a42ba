//! How options lie in a message: each behind its code and its length of one byte, long ones in
//! several pieces, and those that no longer fit in the fields of the file and the server's name
//! (RFC 2131 §4.1, RFC 3396).

use alloc::vec::Vec;

use super::options::{END, OVERLOAD, Options, PAD};
use crate::{Layer, Malformed};

/// Bytes of the field of the server's name.
pub(super) const SNAME: usize = 64;
/// Bytes of the field of the file.
pub(super) const FILE: usize = 128;

/// The longest piece of an option: its length has one byte.
const PIECE: usize = 255;

/// Which fields hold options.
#[derive(Clone, Copy, Default)]
pub(super) struct Used {
    pub(super) file: bool,
    pub(super) sname: bool,
}

/// The options of a message: those behind the cookie first, then the file's, then the server
/// name's (RFC 3396 §5).
pub(super) fn read(behind: &[u8], file: &[u8], sname: &[u8]) -> Result<(Options, Used), Malformed> {
    let mut options = Options::default();
    let mut overload = None;
    field(behind, |code, piece| match (code, piece) {
        (OVERLOAD, &[which]) => overload = Some(which),
        (OVERLOAD, _) => overload = Some(0),
        _ => options.append(code, piece),
    })?;
    let used = match overload {
        None => Used::default(),
        Some(which @ 1..=3) => Used {
            file: which & 1 != 0,
            sname: which & 2 != 0,
        },
        Some(_) => {
            return Err(Malformed::Field {
                layer: Layer::Dhcp,
                field: "Option Overload",
            });
        }
    };
    for (holds, bytes) in [(used.file, file), (used.sname, sname)] {
        if holds {
            // There it would have no meaning.
            field(bytes, |code, piece| match code {
                OVERLOAD => {}
                _ => options.append(code, piece),
            })?;
        }
    }
    Ok((options, used))
}

/// Every option that lies in a field. One that ends without its mark is believed.
fn field(bytes: &[u8], mut found: impl FnMut(u8, &[u8])) -> Result<(), Malformed> {
    let mut rest = bytes;
    while let Some((&code, behind)) = rest.split_first() {
        match code {
            PAD => rest = behind,
            END => break,
            _ => {
                let len = behind.first().map_or(0, |len| usize::from(*len));
                let piece = behind.get(1..1 + len).ok_or(Malformed::Length {
                    layer: Layer::Dhcp,
                    found: 2 + len,
                    have: rest.len(),
                })?;
                found(code, piece);
                rest = &behind[1 + len..];
            }
        }
    }
    Ok(())
}

/// The pieces in which options are written: each at most as long as its length can say.
fn pieces(options: &Options) -> impl Iterator<Item = (u8, &[u8])> {
    options.iter().flat_map(|(code, value)| {
        let none = value.is_empty().then_some((code, value));
        let some = value.chunks(PIECE).map(move |piece| (code, piece));
        none.into_iter().chain(some)
    })
}

/// Bytes that all options take together, with their end.
pub(super) fn len(options: &Options) -> usize {
    pieces(options)
        .map(|(_, piece)| 2 + piece.len())
        .sum::<usize>()
        + 1
}

/// Writes all options, and their end, to the front of `out`.
pub(super) fn write(options: &Options, out: &mut [u8]) {
    let mut at = 0;
    for (code, piece) in pieces(options) {
        // A piece has at most 255 bytes.
        out[at..at + 2].copy_from_slice(&[code, piece.len() as u8]);
        out[at + 2..at + 2 + piece.len()].copy_from_slice(piece);
        at += 2 + piece.len();
    }
    out[at] = END;
}

/// Options over three fields.
pub(super) struct Spread {
    /// Behind the cookie.
    pub(super) options: Vec<u8>,
    pub(super) file: [u8; FILE],
    pub(super) sname: [u8; SNAME],
}

/// Spreads options over the field behind the cookie, which has room for `room` bytes, the file's
/// and the server name's. A piece stays whole, and their order is kept.
pub(super) fn spread(options: &Options, room: usize) -> Option<Spread> {
    let mut fields = [Vec::new(), Vec::new(), Vec::new()];
    // Behind the cookie it is said that there are others.
    fields[0].extend([OVERLOAD, 1, 0]);
    let rooms = [room.checked_sub(1)?, FILE - 1, SNAME - 1];
    let mut at = 0;
    for (code, piece) in pieces(options) {
        while fields[at].len() + 2 + piece.len() > rooms[at] {
            at += 1;
            if at == fields.len() {
                return None;
            }
        }
        fields[at].extend([code, piece.len() as u8]);
        fields[at].extend(piece);
    }
    let [mut behind, mut file, mut sname] = fields;
    behind[2] = u8::from(!file.is_empty()) | u8::from(!sname.is_empty()) << 1;
    behind.push(END);
    for field in [&mut file, &mut sname] {
        // One without options holds no name either.
        if !field.is_empty() {
            field.push(END);
        }
    }
    file.resize(FILE, PAD);
    sname.resize(SNAME, PAD);
    Some(Spread {
        options: behind,
        file: file.try_into().ok()?,
        sname: sname.try_into().ok()?,
    })
}

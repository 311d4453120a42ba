//! `Payload` and `Frame` against a plain vector.

use base::{Bytes, ChecksumState, Frame, Payload};
use proptest::prelude::*;

fn cut(bytes: &[u8], pieces: &[usize]) -> Payload {
    let mut rest = bytes;
    let mut payload = Payload::new();
    for &len in pieces {
        let (piece, behind) = rest.split_at(len.min(rest.len()));
        payload.push(Bytes::copy_from_slice(piece));
        rest = behind;
    }
    payload.push(Bytes::copy_from_slice(rest));
    payload
}

proptest! {
    #[test]
    fn payload_reads_as_one_string(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        pieces in prop::collection::vec(0usize..60, 0..6),
        at in 0usize..220,
        len in 0usize..220,
    ) {
        let payload = cut(&bytes, &pieces);
        let from = at.min(bytes.len());
        let to = (at + len).min(bytes.len());
        prop_assert_eq!(payload.slice(at, len).to_vec(), &bytes[from..to]);
        prop_assert_eq!(payload.to_bytes(), &bytes[..]);
        let mut rest = payload.clone();
        prop_assert_eq!(rest.split_to(at).to_vec(), &bytes[..from]);
        prop_assert_eq!(rest.to_vec(), &bytes[from..]);
        let mut short = payload.clone();
        short.truncate(at);
        prop_assert_eq!(short.to_vec(), &bytes[..from]);
        prop_assert_eq!(short.len(), from);
        prop_assert!(short.slices().iter().all(|s| !s.is_empty()));
        prop_assert_eq!(payload, Payload::copy_from(&bytes));
    }

    #[test]
    fn headers_go_on_and_come_off(
        bytes in prop::collection::vec(any::<u8>(), 0..100),
        pieces in prop::collection::vec(0usize..30, 0..4),
        headers in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..60), 0..6),
        want in 0usize..300,
    ) {
        let mut frame = Frame::new(cut(&bytes, &pieces));
        let mut plain = bytes.clone();
        for header in &headers {
            frame.push_header(header.len()).copy_from_slice(header);
            plain.splice(0..0, header.iter().copied());
            prop_assert_eq!(frame.to_vec(), plain.clone());
        }
        let mut gathered = frame.clone();
        prop_assert_eq!(&gathered.contiguous(want)[..want.min(plain.len())], &plain[..want.min(plain.len())]);
        prop_assert_eq!(gathered.to_vec(), plain.clone());
        let mut short = frame.clone();
        short.truncate(want);
        prop_assert_eq!(short.to_vec(), &plain[..want.min(plain.len())]);
        for header in headers.iter().rev() {
            prop_assert_eq!(&frame.contiguous(header.len())[..header.len()], &header[..]);
            frame.pull(header.len());
        }
        prop_assert_eq!(frame.into_payload().to_vec(), bytes);
    }
}

proptest! {
    #[test]
    fn overwriting_changes_these_bytes_and_no_other_frame(
        bytes in prop::collection::vec(any::<u8>(), 0..60),
        pieces in prop::collection::vec(0usize..20, 0..4),
        header in prop::collection::vec(any::<u8>(), 0..30),
        at in 0usize..90,
        new in prop::collection::vec(any::<u8>(), 0..50),
    ) {
        let mut frame = Frame::new(cut(&bytes, &pieces));
        frame.push_header(header.len()).copy_from_slice(&header);
        let before = frame.clone();
        let mut plain = [header, bytes].concat();
        let untouched = plain.clone();
        let fits = at + new.len() <= plain.len();
        if fits {
            plain[at..at + new.len()].copy_from_slice(&new);
        }
        prop_assert_eq!(frame.overwrite(at, &new), fits);
        prop_assert_eq!(frame.to_vec(), plain);
        prop_assert_eq!(before.to_vec(), untouched);
    }
}

#[test]
fn a_pushed_header_is_zeroed_even_where_one_was_pulled() {
    let mut frame = Frame::new(Payload::new());
    frame.push_header(20).fill(0xff);
    frame.pull(20);
    assert_eq!(frame.push_header(20), [0; 20]);
}

#[test]
fn the_place_of_a_partial_checksum_moves_with_the_headers() {
    let mut frame = Frame::new(Payload::copy_from(b"data"));
    frame.push_header(20);
    frame.checksum = ChecksumState::Partial {
        start: 0,
        offset: 16,
    };
    frame.push_header(20);
    assert_eq!(
        frame.checksum,
        ChecksumState::Partial {
            start: 20,
            offset: 16
        }
    );
    frame.pull(20);
    assert_eq!(
        frame.checksum,
        ChecksumState::Partial {
            start: 0,
            offset: 16
        }
    );
}

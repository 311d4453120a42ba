//! TCP options, the well-formed and the others (RFC 9293 §3.1: MUST-4 to MUST-7).

use arrayvec::ArrayVec;
use proptest::prelude::*;
use wire::tcp::options::{TcpOption, iter};
use wire::tcp::{AccEcn, Control, FastOpen, Header, Options, SackBlock, SeqNumber, Timestamps};

fn all(bytes: &[u8]) -> Vec<TcpOption<'_>> {
    iter(bytes).collect()
}

#[test]
fn padding_is_passed_over_and_the_end_mark_ends() {
    assert_eq!(all(&[]), []);
    assert_eq!(all(&[1, 1, 1]), []);
    assert_eq!(
        all(&[1, 2, 4, 5, 0xb4, 1, 0, 3, 3, 7]),
        [TcpOption::Mss(1460)]
    );
}

#[test]
fn a_length_that_makes_no_sense_ends_the_walk() {
    let mss = [TcpOption::Mss(1460)];
    for bad in [
        &[3, 0, 7][..],
        &[3, 1, 7],
        &[3],
        &[3, 4, 7],
        &[254, 255, 0, 0],
        &[8, 10, 0, 0, 0, 1],
        &[5, 200, 0, 0, 0, 1],
    ] {
        let bytes = [&[2, 4, 5, 0xb4], bad].concat();
        assert_eq!(all(&bytes), mss, "{bad:?}");
        assert_eq!(Options::parse(&bytes).mss, Some(1460));
        // What would follow cannot be told apart any more.
        let behind = [&bytes[..], &[4, 2]].concat();
        let misread = Options::parse(&behind).sack_permitted;
        assert!(!misread || bad.len() == 1, "{bad:?}");
    }
}

#[test]
fn unknown_kinds_are_skipped_by_their_length() {
    let bytes = [30, 2, 254, 5, 1, 2, 3, 3, 3, 9];
    let unknown = |kind, data| TcpOption::Unknown { kind, data };
    let expected = [
        unknown(30, &[][..]),
        unknown(254, &[1, 2, 3]),
        TcpOption::WindowScale(9),
    ];
    assert_eq!(all(&bytes), expected);
    assert_eq!(Options::parse(&bytes).window_scale, Some(9));
}

#[test]
fn a_known_kind_at_a_wrong_length_is_unknown() {
    for bytes in [
        &[2, 3, 5][..],
        &[2, 5, 5, 0xb4, 0],
        &[3, 2],
        &[3, 4, 7, 7],
        &[4, 3, 0],
        &[5, 2],
        &[5, 9, 0, 0, 0, 0, 0, 0, 0],
        &[8, 9, 0, 0, 0, 0, 0, 0, 0],
        &[8, 2],
    ] {
        let found = all(bytes);
        assert!(
            matches!(found[..], [TcpOption::Unknown { .. }]),
            "{found:?}"
        );
        assert_eq!(Options::parse(bytes), Options::default());
    }
}

#[test]
fn of_a_kind_that_comes_twice_the_first_counts() {
    let bytes = [2, 4, 5, 0xb4, 2, 4, 2, 0x18, 3, 3, 7, 3, 3, 8];
    let options = Options::parse(&bytes);
    assert_eq!((options.mss, options.window_scale), (Some(1460), Some(7)));
}

#[test]
fn the_usual_timestamps_take_the_short_way_to_the_same() {
    // RFC 7323, appendix A.
    let usual = [1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8];
    let expected = Options {
        timestamps: Some(Timestamps { value: 9, echo: 8 }),
        ..Options::default()
    };
    assert_eq!(Options::parse(&usual), expected);
    let unusual = [8, 10, 0, 0, 0, 9, 0, 0, 0, 8, 1, 1];
    assert_eq!(Options::parse(&unusual), expected);
}

fn block(n: u32) -> SackBlock {
    // One block reaches over the end of the sequence space.
    let left = SeqNumber(u32::MAX - 5) + n * 100;
    SackBlock {
        left,
        right: left + 10,
    }
}

#[test]
fn as_many_sack_blocks_as_fit() {
    // RFC 2018 §3: four blocks, or three beside timestamps. RFC 9293 §3.1: 40 bytes in all.
    for stamps in [false, true] {
        for count in 0..=4 {
            let options = Options {
                sack: (0..count).map(block).collect(),
                timestamps: stamps.then_some(Timestamps { value: 1, echo: 2 }),
                ..Options::default()
            };
            let fit = if stamps { count.min(3) } else { count };
            let blocks = if fit == 0 { 0 } else { 4 + fit as usize * 8 };
            assert_eq!(options.len(), if stamps { 12 } else { 0 } + blocks);
            let control = Control {
                options,
                ..Control::default()
            };
            let header = Header {
                src_port: 1,
                dst_port: 2,
                control,
            };
            let mut out = vec![0xee; header.header_len()];
            header.emit(&mut out);
            let (read, _) = Header::parse(&out).unwrap();
            let expected: ArrayVec<_, 4> = (0..fit).map(block).collect();
            assert_eq!(read.control.options.sack, expected);
            assert_eq!(read.control.options.timestamps.is_some(), stamps);
        }
    }
}

#[test]
fn blocks_of_several_options_are_gathered_up_to_four() {
    let mut bytes = vec![5, 18];
    bytes.extend([1; 16]);
    bytes.extend([5, 18]);
    bytes.extend([2; 16]);
    assert_eq!(Options::parse(&bytes).sack.len(), 4);
    bytes.extend([5, 10]);
    bytes.extend([3; 8]);
    let sack = Options::parse(&bytes).sack;
    assert_eq!(sack.len(), 4);
    assert_eq!(sack[3].left, SeqNumber(0x0202_0202));
}

proptest! {
    #[test]
    fn arbitrary_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..=40)) {
        let found = all(&bytes);
        prop_assert!(found.len() <= bytes.len() / 2);
        let options = Options::parse(&bytes);
        prop_assert!(options.len() <= 40 && options.len().is_multiple_of(4));
    }

    #[test]
    fn likely_bytes_end(
        parts in prop::collection::vec((0u8..10, 0u8..14, any::<[u8; 12]>()), 0..8),
    ) {
        let bytes: Vec<u8> = parts
            .iter()
            .flat_map(|(kind, len, data)| {
                let take = usize::from(*len).saturating_sub(2);
                [*kind, *len].into_iter().chain(data[..take].iter().copied())
            })
            .collect();
        let options = Options::parse(&bytes);
        prop_assert!(options.len() <= 40 && options.len().is_multiple_of(4));
    }
}

/// RFC 7413 §4.1.1, and the experimental form that Linux still speaks.
#[test]
fn fast_open_in_both_forms() {
    let cookie = [0x30, 0x21, 0xb9, 0xd8, 0x89, 0x01, 0x7e, 0xeb];
    for (option, bytes) in [
        (FastOpen::REQUEST, &[34, 2, 1, 1][..]),
        (
            FastOpen::new(&cookie, false).unwrap(),
            &[34, 10, 0x30, 0x21, 0xb9, 0xd8, 0x89, 0x01, 0x7e, 0xeb, 1, 1],
        ),
        (FastOpen::new(&[], true).unwrap(), &[254, 4, 0xf9, 0x89]),
        (
            FastOpen::new(&cookie[..6], true).unwrap(),
            &[
                254, 10, 0xf9, 0x89, 0x30, 0x21, 0xb9, 0xd8, 0x89, 0x01, 1, 1,
            ],
        ),
    ] {
        let header = Header {
            src_port: 1,
            dst_port: 2,
            control: Control {
                options: Options {
                    fast_open: Some(option.clone()),
                    ..Options::default()
                },
                ..Control::default()
            },
        };
        let mut out = vec![0; header.header_len()];
        header.emit(&mut out);
        assert_eq!(&out[20..], bytes);
        assert_eq!(Options::parse(bytes).fast_open, Some(option));
    }
}

#[test]
fn a_cookie_of_no_legal_length_is_no_fast_open() {
    for len in [1, 2, 3, 5, 7, 15, 17, 18] {
        assert_eq!(FastOpen::new(&vec![7; len], false), None, "{len}");
        let mut bytes = vec![34, 2 + len as u8];
        bytes.extend(vec![7; len]);
        assert!(matches!(
            all(&bytes)[..],
            [TcpOption::Unknown { kind: 34, .. }]
        ));
    }
    // Another experiment.
    assert_eq!(Options::parse(&[254, 4, 0xf9, 0x88]).fast_open, None);
    assert_eq!(Options::parse(&[254, 2]).fast_open, None);
}

/// RFC 9768 §3.2.3, and the order and padding that Linux has.
#[test]
fn acc_ecn_counters_have_24_bits_and_fill_the_place_of_padding() {
    let write = |options: &Options| {
        let header = Header {
            src_port: 1,
            dst_port: 2,
            control: Control {
                options: options.clone(),
                ..Control::default()
            },
        };
        let mut bytes = vec![0; header.header_len()];
        header.emit(&mut bytes);
        bytes.split_off(20)
    };
    let counted = |counters: &[u32]| AccEcn {
        ect1_first: true,
        counters: counters.iter().copied().collect(),
    };
    let with = |counters: &[u32]| Options {
        acc_ecn: Some(counted(counters)),
        ..Options::default()
    };
    let three = [174, 11, 0, 0, 1, 0xff, 0xff, 0xff, 0, 0, 3, 1];
    assert_eq!(write(&with(&[1, 0xff_ffff, 3])), three);
    // The fourth byte of a counter is not told.
    assert_eq!(write(&with(&[0x0100_0001, 0xff_ffff, 3])), three);
    assert_eq!(write(&with(&[1, 2])), [174, 8, 0, 0, 1, 0, 0, 2]);
    assert_eq!(write(&with(&[1])), [174, 5, 0, 0, 1, 1, 1, 1]);
    assert_eq!(write(&with(&[])), [174, 2, 1, 1]);
    let block = SackBlock {
        left: SeqNumber(1),
        right: SeqNumber(2),
    };
    let sack = |counters: &[u32]| {
        let mut options = with(counters);
        options.sack.push(block);
        options
    };
    let tail = [5, 10, 0, 0, 0, 1, 0, 0, 0, 2];
    assert_eq!(write(&sack(&[])), [&[174, 2][..], &tail].concat());
    assert_eq!(
        write(&sack(&[1])),
        [&[174, 5, 0, 0, 1, 1][..], &tail].concat()
    );
    let scaled = Options {
        window_scale: Some(8),
        ..with(&[1])
    };
    assert_eq!(write(&scaled), [174, 5, 0, 0, 1, 3, 3, 8]);
    // One counter and SACK permitted, without timestamps.
    let permitted = Options {
        sack_permitted: true,
        ..with(&[1])
    };
    assert_eq!(write(&permitted), [174, 5, 0, 0, 1, 1, 4, 2]);
    for options in [with(&[1, 2, 3]), sack(&[1]), scaled, permitted, with(&[])] {
        assert_eq!(Options::parse(&write(&options)), options);
    }
    // Bytes that are no counter say nothing.
    let odd = Options::parse(&[172, 7, 0, 0, 9, 1, 1, 1]);
    assert_eq!(odd.acc_ecn.unwrap().by_mark(), [Some(9), None, None]);
}

//! Inputs from a seed: a known one changed a little, as a fuzzer would.

use base::Rng;

/// Bytes at which lengths, counts and flags turn.
const TURNING_BYTES: [u8; 8] = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, 40];
/// Words at which lengths, ports and sequence numbers turn.
const TURNING_WORDS: [u16; 6] = [0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff];
/// No input grows beyond an Ethernet frame by more than the biggest insertion.
const MOST: usize = 1600;

/// The input of this `seed`: one of `corpus` with a few changes, or now and then plain chance.
#[must_use]
pub fn input(seed: u64, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut rng = Rng::seeded(seed);
    if corpus.is_empty() || rng.chance(0.05) {
        return noise(&mut rng, 128);
    }
    let mut bytes = pick(&mut rng, corpus).clone();
    for _ in 0..=rng.below(4) {
        change(&mut rng, &mut bytes, corpus);
    }
    bytes.truncate(MOST);
    bytes
}

fn change(rng: &mut Rng, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    let at = place(rng, bytes.len());
    match rng.below(8) {
        0 => bytes.truncate(at),
        1 => {
            let more = noise(rng, 16);
            bytes.splice(at..at, more);
        }
        2 => {
            let end = (at + place(rng, 16)).min(bytes.len());
            bytes.drain(at..end);
        }
        3 => {
            // The head of this one on the tail of another.
            let other = pick(rng, corpus);
            let from = place(rng, other.len());
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        4 if bytes.len() >= at + 2 => {
            let word = *pick(rng, &TURNING_WORDS);
            bytes[at..at + 2].copy_from_slice(&word.to_be_bytes());
        }
        5 if at < bytes.len() => bytes[at] = *pick(rng, &TURNING_BYTES),
        6 if at < bytes.len() => bytes[at] = bytes[at].wrapping_add(1),
        _ if at < bytes.len() => bytes[at] ^= 1 << rng.below(8),
        _ => bytes.push(0),
    }
}

/// A place in `len` bytes, or behind the last; more often near the front, where headers are.
fn place(rng: &mut Rng, len: usize) -> usize {
    let reach = if rng.chance(0.7) { len.min(64) } else { len };
    rng.below(reach as u64 + 1) as usize
}

fn noise(rng: &mut Rng, most: u64) -> Vec<u8> {
    let mut bytes = vec![0; rng.below(most + 1) as usize];
    rng.fill(&mut bytes);
    bytes
}

fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[rng.below(from.len() as u64) as usize]
}

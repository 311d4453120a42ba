//! What must hold after every step.

use base::{ChecksumState, Frame};
use tcp::State;
use wire::LinkType;
use wire::dissect::{Verdict, dissect};

use super::world::World;

/// Most that a socket holds of either direction, whatever the script writes and leaves unread: the
/// largest of `tcp_rmem` and `tcp_wmem`, and a call's worth.
const MOST_HELD: usize = (32 << 20) + 100_000;
/// Of a burst, the first frames are looked into.
const LOOKED_AT: usize = 4;

impl World {
    /// Of every connection: that it stands where it may, holds no more than it may, has a timer where
    /// something is owed, and told its program of what that waits for.
    pub(super) fn check(&mut self) {
        for end in &mut self.ends {
            let next = end.stack.next_deadline();
            for held in &mut end.held {
                let ready = end.stack.readiness(held.id);
                let news = ready - held.ready;
                assert!(
                    news.is_empty() || end.told.contains(&held.id),
                    "nobody said that it became {news:?}: {held:?}"
                );
                held.ready = ready;
                let Ok(info) = end.stack.tcp_info(held.id) else {
                    continue;
                };
                held.deferred &= info.state == State::Closed;
                if held.deferred {
                    continue;
                }
                assert!(
                    may_follow(held.state, info.state),
                    "{} after {}",
                    info.state,
                    held.state
                );
                held.state = info.state;
                let queued = end.stack.queued(held.id).unwrap_or_default();
                let most = queued.unread.max(queued.unacknowledged);
                assert!(most <= MOST_HELD, "{most} bytes are held");
                let owed = queued.unacknowledged > 0 && info.state.sends();
                if owed || info.in_flight > 0 && info.state != State::Closed {
                    assert!(
                        info.deadline
                            .is_some_and(|due| next.is_some_and(|next| next <= due)),
                        "something is owed and no timer runs: {info:?}"
                    );
                }
            }
            end.told.clear();
        }
    }

    /// Of a frame that leaves: that it is well-formed, adds up, and is no longer than its card takes.
    /// It is the one of that number in a burst.
    pub(super) fn check_frame(&self, end: usize, frame: &Frame, number: usize) {
        let offload = self.setup.large_frames(end);
        if !offload {
            assert!(!matches!(frame.checksum, ChecksumState::Partial { .. }));
            assert_eq!(frame.segment_size, None);
        }
        if number >= LOOKED_AT || frame.checksum != ChecksumState::Unverified && offload {
            return;
        }
        for layer in dissect(LinkType::Ethernet, &frame.to_vec()) {
            // What an error quotes is the other's, and cut short.
            if layer.quoted {
                continue;
            }
            assert_eq!(layer.malformed, None, "{layer:?}");
            assert!(
                !matches!(layer.checksum, Some(Verdict::Bad { .. })),
                "{layer:?}"
            );
        }
    }
}

/// Whether a connection may stand at `next` some time after it stood at `state` (RFC 9293 §3.3.2).
fn may_follow(state: State, next: State) -> bool {
    use State::{
        CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, SynReceived, SynSent,
        TimeWait,
    };
    if state == next || next == Closed {
        return true;
    }
    match state {
        SynSent => true,
        SynReceived => next != SynSent,
        Established => !matches!(next, SynSent | SynReceived),
        FinWait1 => matches!(next, FinWait2 | Closing | TimeWait),
        FinWait2 | Closing => next == TimeWait,
        CloseWait => next == LastAck,
        LastAck | TimeWait | Closed | State::Listen => false,
    }
}

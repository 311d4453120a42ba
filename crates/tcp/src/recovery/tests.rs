//! What a transfer through the whole sequence space would take too long to show.

use base::Instant;
use wire::tcp::SeqNumber;

use super::Recovery;
use crate::congestion::Reno;

#[test]
fn old_numbers_do_not_come_to_lie_ahead() {
    for iss in [0, 1 << 31, u32::MAX] {
        let iss = SeqNumber(iss);
        let mut recovery = Recovery::new(iss, Instant::ZERO);
        let mut reno = Reno::new(14_600);
        let mut una = iss + 1;
        // Nearly nine times round, a quarter of the circle at a time.
        for _ in 0..35 {
            una += 1 << 30;
            recovery.on_advance(1 << 30, una, una, 1460, true, &mut reno);
            assert_eq!(recovery.owed(), None);
        }
        let nxt = una + 10_000;
        let begins = [0; 3].map(|_| recovery.on_duplicate(una, nxt, 1460, &mut reno));
        assert_eq!(begins, [false, false, true]);
        assert_eq!(recovery.owed(), Some((una, una + 1460)));
    }
}

//! The eventfd as poll sees it.

#![allow(
    clippy::unwrap_used,
    reason = "tests; clippy only knows functions marked as such"
)]

use host::EventFd;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

fn readable(fd: &EventFd) -> bool {
    let now = Timespec::default();
    poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(&now)).unwrap() == 1
}

#[test]
fn is_readable_exactly_while_it_is_set() {
    let fd = EventFd::new().unwrap();
    assert!(!readable(&fd));
    fd.set();
    fd.set();
    assert!(readable(&fd));
    assert!(readable(&fd), "looking does not clear it");
    fd.clear();
    assert!(!readable(&fd), "however often it was set");
    fd.clear();
    fd.set();
    assert!(readable(&fd));
}

#[test]
fn wakes_a_poll_of_another_thread() {
    let fd = EventFd::new().unwrap();
    std::thread::scope(|scope| {
        let poller = scope.spawn(|| poll(&mut [PollFd::new(&fd, PollFlags::IN)], None).unwrap());
        fd.set();
        assert_eq!(poller.join().unwrap(), 1);
    });
}

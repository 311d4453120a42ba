//! State is as small as its phase.

use core::mem::size_of;

#[test]
fn states_are_small() {
    println!("Connection {}", size_of::<tcp::Connection>());
    println!("HalfOpen {}", size_of::<tcp::HalfOpen>());
    println!("TimeWait {}", size_of::<tcp::TimeWait>());
    // Of accurate ECN, one pointer.
    assert!(size_of::<tcp::Connection>() <= 908);
    assert!(size_of::<tcp::HalfOpen>() <= 80);
    assert!(size_of::<tcp::TimeWait>() <= 48);
}

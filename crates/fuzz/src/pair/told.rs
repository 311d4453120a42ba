//! The script in words, for who reads of a panic.
//!
//! libFuzzer ends the process from its own hook, before anything could unwind: so this is a hook too.

use std::cell::RefCell;
use std::fmt::{Debug, Write};
use std::panic;
use std::sync::Once;

static HOOKED: Once = Once::new();

thread_local! {
    static TOLD: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A script begins.
pub(super) fn begin() {
    HOOKED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            TOLD.with_borrow(|told| eprint!("{told}"));
            before(info);
        }));
    });
    TOLD.with_borrow_mut(String::clear);
}

/// This comes next.
pub(super) fn tell(what: &impl Debug) {
    TOLD.with_borrow_mut(|told| {
        // Writing to a string does not fail.
        let _ = writeln!(told, "{what:02x?}");
    });
}

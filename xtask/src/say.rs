//! Printing that outlives its reader.

/// `println!`, but when the reader has left (`… | head`) the words go nowhere and work goes on.
macro_rules! say {
    ($($arg:tt)*) => {{
        use std::io::Write as _;
        // The exit code still says how it ended.
        let _ = writeln!(std::io::stdout(), $($arg)*);
    }};
}

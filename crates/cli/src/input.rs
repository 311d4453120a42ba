//! The process's standard input, as lines.

use std::io::{self, BufRead, IsTerminal, Read};
use std::thread;

use services::words::Lang;
use services::{Input, LineSender};

use crate::words::Say;

/// The longest line that is taken.
const LONGEST_LINE_MIB: usize = 16;

/// Standard input. A thread of its own reads it, and may be left in the middle of a read when the
/// process ends: a runtime's thread would have to be waited for until somebody presses Enter.
pub(crate) fn stdin(lang: Lang) -> Input {
    let (lines, input) = Input::channel(io::stdin().is_terminal());
    let failed = lines.clone();
    let reader = thread::Builder::new()
        .name("stdin".into())
        .spawn(move || read(&lines, lang));
    if let Err(error) = reader {
        let _ = failed.try_send(Err(error)); // the channel is new, and so has room
    }
    input
}

fn read(lines: &LineSender, lang: Lang) {
    let limit = LONGEST_LINE_MIB << 20;
    let mut stdin = io::stdin().lock();
    loop {
        let mut line = Vec::new();
        let next = match stdin
            .by_ref()
            .take(limit as u64 + 1)
            .read_until(b'\n', &mut line)
        {
            Ok(0) => return,
            Ok(_) if line.len() > limit => {
                let words = Say::LineTooLong(LONGEST_LINE_MIB).words(lang);
                Err(io::Error::new(io::ErrorKind::InvalidData, words))
            }
            Ok(_) => {
                if line.last() == Some(&b'\n') {
                    line.pop();
                }
                Ok(line)
            }
            Err(error) => Err(error),
        };
        let failed = next.is_err();
        if lines.blocking_send(next).is_err() || failed {
            return; // nobody reads any more, or there is no more to read
        }
    }
}

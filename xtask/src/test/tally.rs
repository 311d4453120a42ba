//! Adds up the closing lines of cargo's test runs.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};

/// How many tests ran, over all test binaries.
#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Tally {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Tally {
    /// Whether any test ran.
    pub(super) fn any(self) -> bool {
        self != Self::default()
    }

    /// Copies `from` to standard output as it comes, and counts what it says.
    ///
    /// # Errors
    /// Reading failed.
    pub(super) fn pass_through(&mut self, from: impl Read) -> io::Result<()> {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        let mut to = io::stdout().lock();
        // Bytes: what a test prints need not be UTF-8.
        while from.read_until(b'\n', &mut line)? > 0 {
            // A reader that left misses the words, not the count.
            let _ = to.write_all(&line);
            self.count(&String::from_utf8_lossy(&line));
            line.clear();
        }
        Ok(())
    }

    /// Counts a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    fn count(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        let counts = result.split_once(". ").map_or("", |(_, counts)| counts);
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let (Some(number), Some(what)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.ignored
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn closing_lines_add_up() {
        let mut tally = Tally::default();
        tally.count("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out\n");
        tally.count("test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured\n");
        tally.count("test a::b ... ok\n");
        assert_eq!(tally.to_string(), "8 passed, 2 failed, 1 skipped");
    }
}

//! Passes over all rows on two threads: the only threads an engine starts by itself, and gone when the pass ends.

use std::ops::Range;
use std::panic::resume_unwind;
use std::thread;

/// Rows below which a second thread costs more than it saves.
const WORTH: u32 = 100_000;

/// Works on the rows below `rows` in two parts, side by side when they are many. The parts meet at a multiple of 64.
pub fn halves<T: Send>(rows: u32, work: impl Fn(Range<u32>) -> T + Sync) -> (T, T) {
    halves_from(WORTH, rows, work)
}

/// The same, side by side from `worth` rows on: for work that takes longer a row.
pub fn halves_from<T: Send>(
    worth: u32,
    rows: u32,
    work: impl Fn(Range<u32>) -> T + Sync,
) -> (T, T) {
    let middle = rows / 2 / 64 * 64;
    if rows < worth {
        return (work(0..middle), work(middle..rows));
    }
    thread::scope(|scope| {
        let other = scope.spawn(|| work(middle..rows));
        let one = work(0..middle);
        (
            one,
            other.join().unwrap_or_else(|panic| resume_unwind(panic)),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_of_the_halves() {
        for rows in [0, 1, 63, 64, 65, 1_000, WORTH + 7] {
            let (one, other) = halves(rows, |part| part);
            assert_eq!((one.start, one.end, other.end), (0, other.start, rows));
            assert_eq!(one.end % 64, 0);
        }
    }
}

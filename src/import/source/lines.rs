//! Physical lines, counted and held to a length.

use std::io::{BufRead, BufReader, Read};

use super::error::{MAX_LINE, ReadError};

/// Reads lines one by one.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    /// What ends a line.
    end: u8,
    /// Lines read so far.
    pub(super) count: u64,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R, end: u8) -> Self {
        Self {
            input: BufReader::with_capacity(1 << 16, source),
            end,
            count: 0,
        }
    }

    /// Appends the next line, its end included, to `text`, which began on line `first`; `false` at the end of the file.
    pub(super) fn next(&mut self, text: &mut Vec<u8>, first: u64) -> Result<bool, ReadError> {
        let room = MAX_LINE.saturating_sub(text.len());
        let limit = u64::try_from(room).unwrap_or(u64::MAX) + 1;
        let read = self.input.by_ref().take(limit).read_until(self.end, text)?;
        if read > room {
            return Err(ReadError::LongLine(first));
        }
        self.count += u64::from(read > 0);
        Ok(read > 0)
    }
}

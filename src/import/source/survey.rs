//! One look through a file before anything is done with it: its length, its digest, and whether it is UTF-8 text.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use super::error::{MAX_LINE, ReadError, halt};
use crate::store::journal::hex;

/// A part of a file, read without moving anybody's place in it.
#[derive(Clone, Debug)]
pub(super) struct Window {
    file: Arc<File>,
    at: u64,
    end: u64,
    stop: Option<Arc<AtomicBool>>,
}

impl Window {
    pub(super) fn new(file: Arc<File>, at: u64, end: u64) -> Self {
        let stop = None;
        Self {
            file,
            at,
            end,
            stop,
        }
    }

    /// The reading ends where somebody sets this flag.
    pub(super) fn watching(mut self, stop: Option<&Arc<AtomicBool>>) -> Self {
        self.stop = stop.cloned();
        self
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self
            .stop
            .as_ref()
            .is_some_and(|s| s.load(Ordering::Relaxed))
        {
            return Err(halt());
        }
        let room = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let most = buffer.len().min(room);
        let read = self
            .file
            .read_at(buffer.get_mut(..most).unwrap_or_default(), self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// What one look said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one an observation")]
pub(super) struct Survey {
    /// SHA-256, hexadecimal.
    pub(super) digest: String,
    /// Length.
    pub(super) bytes: u64,
    /// No byte contradicts UTF-8.
    pub(super) is_utf8: bool,
    /// It holds characters of three bytes and more: Chinese, for instance.
    pub(super) has_long_forms: bool,
    /// It holds anything but ASCII.
    pub(super) is_foreign: bool,
    /// Its lines end in carriage returns alone.
    pub(super) has_old_lines: bool,
}

/// Reads to the end, at most `most` bytes, passing everything on to `copy`.
///
/// Text (`is_text`) is given up on at a line that is too long, so an endless line ends the look early.
pub(super) fn survey(
    input: &mut impl Read,
    copy: &mut impl Write,
    is_text: bool,
    stop: &AtomicBool,
) -> Result<Survey, ReadError> {
    let mut look = Look {
        is_text,
        lines: 1,
        is_utf8: true,
        ..Look::default()
    };
    let mut digest = Sha256::new();
    let mut chunk = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(ReadError::Stopped);
        }
        let read = input.read(&mut chunk)?;
        let fresh = chunk.get(..read).unwrap_or_default();
        if read == 0 {
            break;
        }
        bytes += read as u64;
        digest.update(fresh);
        copy.write_all(fresh)?;
        look.take(fresh)?;
    }
    Ok(Survey {
        digest: hex(&digest.finalize()),
        bytes,
        is_utf8: look.is_utf8 && look.cut.is_empty(),
        has_long_forms: look.has_long_forms,
        is_foreign: look.is_foreign || !look.cut.is_empty(),
        has_old_lines: look.lines == 1 && look.has_returns,
    })
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "one an observation")]
struct Look {
    is_text: bool,
    /// Lines begun.
    lines: u64,
    /// Bytes of the line begun.
    length: usize,
    is_utf8: bool,
    has_long_forms: bool,
    is_foreign: bool,
    has_returns: bool,
    /// A character that the last chunk cut off.
    cut: Vec<u8>,
}

impl Look {
    fn take(&mut self, chunk: &[u8]) -> Result<(), ReadError> {
        if !self.is_text {
            return Ok(());
        }
        self.measure(chunk)?;
        if chunk.is_ascii() && self.cut.is_empty() {
            return Ok(());
        }
        self.is_foreign = true;
        self.has_long_forms |= chunk.iter().any(|b| *b >= 0xE0);
        if self.is_utf8 {
            self.cut.extend_from_slice(chunk);
            let text = std::mem::take(&mut self.cut);
            if let Err(error) = std::str::from_utf8(&text) {
                self.is_utf8 = error.error_len().is_none();
                let rest = text.get(error.valid_up_to()..).unwrap_or_default();
                if self.is_utf8 {
                    self.cut = rest.to_vec();
                }
            }
        }
        Ok(())
    }

    /// Counts lines and holds them to their length.
    fn measure(&mut self, chunk: &[u8]) -> Result<(), ReadError> {
        // A file of carriage returns alone is one line to everybody else.
        if self.lines == 1 && !self.has_returns {
            self.has_returns = memchr::memchr(b'\r', chunk).is_some();
        }
        let Some(first) = memchr::memchr(b'\n', chunk) else {
            self.length += chunk.len();
            return self.check(self.has_returns);
        };
        self.length += first;
        self.check(false)?;
        let last = memchr::memrchr(b'\n', chunk).unwrap_or(first);
        self.lines += memchr::memchr_iter(b'\n', chunk).count() as u64;
        self.length = chunk.len() - last - 1;
        Ok(())
    }

    fn check(&self, has_returns: bool) -> Result<(), ReadError> {
        if self.length > MAX_LINE && !has_returns {
            return Err(ReadError::LongLine(self.lines));
        }
        Ok(())
    }
}

//! Which encoding a text is in, decided over the whole of it, and its transcoding to UTF-8.
//!
//! Excel in China saves CSV as GBK, "Unicode text" as UTF-16, and everything else writes UTF-8. UTF-8 and UTF-16 announce
//! themselves; GBK does not, and some GBK is valid UTF-8 and the other way round. So each line with foreign characters is
//! held against both, and the file is read only when one encoding explains every line: a file put together from both is
//! refused with a line of each, and a file with too little text to tell asks to be told.

use std::io::{BufRead, BufReader, Read};

use encoding_rs::{Decoder, DecoderResult, GB18030, UTF_16BE, UTF_16LE};

use super::error::{MAX_LINE, ReadError};

/// An encoding that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// GB18030, of which GBK and GB 2312 are parts.
    Gb18030,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
}

impl Encoding {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB18030",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
        }
    }

    /// Reads a name as people write it: `utf-8`, `gbk`, `GB2312`, `utf-16`.
    pub fn parse(text: &str) -> Option<Self> {
        let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        match plain.to_ascii_lowercase().as_str() {
            "utf8" => Some(Self::Utf8),
            "gb18030" | "gbk" | "gb2312" | "cp936" => Some(Self::Gb18030),
            "utf16" | "utf16le" => Some(Self::Utf16Le),
            "utf16be" => Some(Self::Utf16Be),
            _ => None,
        }
    }

    /// What the first bytes announce, and how many of them only announce.
    pub(super) fn announced(head: &[u8]) -> Option<(Self, u64)> {
        if head.starts_with(b"\xEF\xBB\xBF") {
            Some((Self::Utf8, 3))
        } else if head.starts_with(b"\xFF\xFE") {
            Some((Self::Utf16Le, 2))
        } else if head.starts_with(b"\xFE\xFF") {
            Some((Self::Utf16Be, 2))
        } else {
            Self::unmarked_utf16(head).map(|encoding| (encoding, 0))
        }
    }

    /// UTF-16 without a mark: a header in ASCII letters makes every other byte zero.
    fn unmarked_utf16(head: &[u8]) -> Option<Self> {
        let pairs = || head.chunks_exact(2).take(64);
        let zeros = |at: usize| pairs().filter(|pair| pair.get(at) == Some(&0)).count();
        let (high, low, all) = (zeros(0), zeros(1), pairs().count());
        match (high, low) {
            (0, n) if n > 1 && n * 4 > all => Some(Self::Utf16Le),
            (n, 0) if n > 1 && n * 4 > all => Some(Self::Utf16Be),
            _ => None,
        }
    }

    /// A decoder that does not look for marks; `None` for UTF-8, which needs none.
    fn decoder(self) -> Option<Decoder> {
        Some(match self {
            Self::Utf8 => return None,
            Self::Gb18030 => GB18030.new_decoder_without_bom_handling(),
            Self::Utf16Le => UTF_16LE.new_decoder_without_bom_handling(),
            Self::Utf16Be => UTF_16BE.new_decoder_without_bom_handling(),
        })
    }
}

/// Looks through a text without a mark, line by line, and says its encoding.
///
/// # Errors
/// A line that is no text, two encodings in one file, or too little text to tell.
pub(super) fn decide(mut text: impl Read) -> Result<Encoding, ReadError> {
    let mut lines = BufReader::with_capacity(1 << 16, &mut text);
    let mut judge = Judge::default();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = lines
            .by_ref()
            .take(MAX_LINE as u64 + 1)
            .read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        if read > MAX_LINE {
            return Err(ReadError::LongLine(number));
        }
        judge.look(number, &line)?;
    }
    judge.verdict()
}

/// Holds a whole text against one encoding.
///
/// # Errors
/// The first line that is not in it.
pub(super) fn verify(text: impl Read, encoding: Encoding) -> Result<(), ReadError> {
    let mut decoded = Transcoded::new(text, encoding);
    let mut chunk = vec![0; CHUNK];
    let mut cut = Vec::new();
    let mut line = 1;
    let wrong = |line| ReadError::NotEncoding {
        line,
        encoding: encoding.name(),
    };
    loop {
        let read = match decoded.read(&mut chunk) {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(wrong(line + decoded.lines_before_fault()));
            }
            Err(error) => return Err(error.into()),
        };
        if read == 0 {
            break;
        }
        cut.extend_from_slice(chunk.get(..read).unwrap_or_default());
        let text = std::mem::take(&mut cut);
        let valid = match std::str::from_utf8(&text) {
            Ok(_) => text.len(),
            Err(error) => {
                let (good, bad) = text
                    .split_at_checked(error.valid_up_to())
                    .unwrap_or_default();
                if error.error_len().is_some() {
                    return Err(wrong(line + newlines(good)));
                }
                cut = bad.to_vec();
                good.len()
            }
        };
        line += newlines(text.get(..valid).unwrap_or_default());
    }
    if cut.is_empty() {
        Ok(())
    } else {
        Err(wrong(line))
    }
}

fn newlines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// First lines that speak for or against an encoding.
#[derive(Default)]
struct Judge {
    /// Valid in UTF-8 only.
    utf8: Option<u64>,
    /// Valid in GB18030 only.
    gbk: Option<u64>,
    /// Valid in both, of three-byte forms, and strange as GBK.
    rather_utf8: Option<u64>,
    /// Valid in both, and of two-byte forms alone.
    either: Option<u64>,
    scratch: String,
}

impl Judge {
    fn look(&mut self, number: u64, line: &[u8]) -> Result<(), ReadError> {
        if line.is_ascii() {
            return Ok(());
        }
        let is_utf8 = std::str::from_utf8(line).is_ok();
        let slot = match (is_utf8, self.is_gb18030(line)) {
            (false, false) => return Err(ReadError::NoText(number)),
            (true, false) => &mut self.utf8,
            (false, true) => &mut self.gbk,
            (true, true) if line.iter().any(|b| *b >= 0xE0) => {
                if is_gb2312(line) {
                    return Ok(());
                }
                &mut self.rather_utf8
            }
            (true, true) => &mut self.either,
        };
        slot.get_or_insert(number);
        Ok(())
    }

    fn is_gb18030(&mut self, line: &[u8]) -> bool {
        let mut decoder = GB18030.new_decoder_without_bom_handling();
        self.scratch.clear();
        let room = decoder
            .max_utf8_buffer_length_without_replacement(line.len())
            .unwrap_or(line.len());
        self.scratch.reserve(room);
        let (done, _) = decoder.decode_to_string_without_replacement(line, &mut self.scratch, true);
        done == DecoderResult::InputEmpty
            && !self
                .scratch
                .contains(|c| ('\u{e000}'..='\u{f8ff}').contains(&c))
    }

    fn verdict(self) -> Result<Encoding, ReadError> {
        match (self.utf8.or(self.rather_utf8), self.gbk) {
            (Some(utf8), Some(gbk)) => Err(ReadError::Mixed { utf8, gbk }),
            (None, Some(_)) => Ok(Encoding::Gb18030),
            (Some(_), None) => Ok(Encoding::Utf8),
            (None, None) => match self.either {
                Some(line) => Err(ReadError::Ambiguous(line)),
                None => Ok(Encoding::Utf8),
            },
        }
    }
}

/// Every pair of a line is among the 6,763 everyday characters and symbols of GB 2312.
fn is_gb2312(line: &[u8]) -> bool {
    let mut bytes = line.iter().filter(|b| !b.is_ascii());
    while let Some(lead) = bytes.next() {
        let everyday = (0xA1..=0xF7).contains(lead);
        if !everyday || bytes.next().is_none_or(|trail| *trail < 0xA1) {
            return false;
        }
    }
    true
}

/// A text as UTF-8, whatever it was.
pub(super) struct Transcoded<R> {
    input: R,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    /// Bytes of `raw` that wait to be decoded.
    waiting: std::ops::Range<usize>,
    out: Vec<u8>,
    given: usize,
    at_end: bool,
}

/// Bytes read at a time.
const CHUNK: usize = 1 << 16;

impl<R: Read> Transcoded<R> {
    /// Marks must have been skipped.
    pub(super) fn new(input: R, encoding: Encoding) -> Self {
        Self {
            input,
            decoder: encoding.decoder(),
            raw: Vec::new(),
            waiting: 0..0,
            out: Vec::new(),
            given: 0,
            at_end: false,
        }
    }

    /// Decodes what waits, or reads more.
    fn refill(&mut self) -> std::io::Result<()> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(());
        };
        if self.waiting.is_empty() {
            self.raw.resize(CHUNK, 0);
            let read = self.input.read(&mut self.raw)?;
            self.waiting = 0..read;
            self.at_end = read == 0;
        }
        // Four bytes of UTF-8 for two of the others, and what the decoder holds back.
        self.out.resize(3 * CHUNK + 16, 0);
        self.given = 0;
        let waiting = self.raw.get(self.waiting.clone()).unwrap_or_default();
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(waiting, &mut self.out, self.at_end);
        self.out.truncate(written);
        self.waiting.start += read;
        match result {
            DecoderResult::InputEmpty | DecoderResult::OutputFull => Ok(()),
            DecoderResult::Malformed(..) => Err(std::io::ErrorKind::InvalidData.into()),
        }
    }
}

impl<R> Transcoded<R> {
    /// Line ends in what was decoded before the fault and not given out.
    fn lines_before_fault(&self) -> u64 {
        newlines(self.out.get(self.given..).unwrap_or_default())
    }
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.decoder.is_none() {
            return self.input.read(buffer);
        }
        while self.given == self.out.len() {
            if self.at_end {
                return Ok(0);
            }
            self.refill()?;
        }
        let rest = self.out.get(self.given..).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        self.given += n;
        Ok(n)
    }
}

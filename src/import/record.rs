//! CSV records, strictly: RFC 4180 in UTF-8, each record with the line it begins on.
//!
//! A forgiving reader turns one forgotten quote into one field that holds the rest of the file, and says nothing. This one
//! reads physical lines, joins them only while a quote is open, and gives up on a quote that stays open too long; every
//! other fault spoils one record and is named by its line.

use std::io::{BufRead, BufReader, Read};

/// The longest line, in bytes.
const MAX_LINE: usize = 1 << 20;
/// The most lines one record may span.
const MAX_LINES: u64 = 50;
/// The most fields of a record.
const MAX_FIELDS: usize = 1_000;

/// One record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// Line it begins on, from 1.
    pub(super) line: u64,
    /// Its fields, unquoted; the whole text in one field when it could not be split.
    pub(super) fields: Vec<String>,
}

/// Why the file cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system said no.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A quote that nobody closes.
    #[error("line {0}: a quote is opened and not closed within {MAX_LINES} lines")]
    OpenQuote(u64),
    /// A line too long to be one.
    #[error("line {0} is longer than {MAX_LINE} bytes")]
    LongLine(u64),
    /// UTF-16, as some programs save "Unicode text".
    #[error("the file is UTF-16; save it as UTF-8 (in Excel: CSV UTF-8)")]
    Utf16,
}

/// Reads records one by one.
pub(super) struct Records<R> {
    input: BufReader<R>,
    /// Lines read so far.
    lines: u64,
    text: Vec<u8>,
}

impl<R: Read> Records<R> {
    /// Begins; a byte order mark of UTF-8 is skipped.
    pub(super) fn new(source: R) -> Result<Self, ReadError> {
        let mut input = BufReader::with_capacity(1 << 16, source);
        let head = input.fill_buf()?;
        if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
            return Err(ReadError::Utf16);
        }
        if head.starts_with(b"\xEF\xBB\xBF") {
            input.consume(3);
        }
        Ok(Self {
            input,
            lines: 0,
            text: Vec::new(),
        })
    }

    /// The next record into `record`; `None` at the end. `Some(Err(reason))`: this record is spoilt, the next may be read.
    pub(super) fn next(
        &mut self,
        record: &mut Record,
    ) -> Result<Option<Result<(), String>>, ReadError> {
        loop {
            record.line = self.lines + 1;
            self.text.clear();
            if !self.line(record.line)? {
                return Ok(None);
            }
            while memchr::memchr_iter(b'"', &self.text).count() % 2 == 1 {
                if self.lines - record.line >= MAX_LINES - 1 || !self.line(record.line)? {
                    return Err(ReadError::OpenQuote(record.line));
                }
            }
            if self.text.ends_with(b"\n") {
                self.text.pop();
            }
            if self.text.ends_with(b"\r") {
                self.text.pop();
            }
            // Blank lines separate nothing.
            if !self.text.is_empty() {
                return Ok(Some(split(&self.text, &mut record.fields)));
            }
        }
    }

    /// Appends the next physical line; `false` at the end of the file.
    fn line(&mut self, first: u64) -> Result<bool, ReadError> {
        let room = MAX_LINE.saturating_sub(self.text.len());
        let limit = u64::try_from(room).unwrap_or(u64::MAX) + 1;
        let read = self
            .input
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut self.text)?;
        if read > room {
            return Err(ReadError::LongLine(first));
        }
        self.lines += u64::from(read > 0);
        Ok(read > 0)
    }
}

/// Splits the text of one record.
fn split(text: &[u8], fields: &mut Vec<String>) -> Result<(), String> {
    let spoilt = |fields: &mut Vec<String>, why: &str| {
        fields.clear();
        fields.push(String::from_utf8_lossy(text).into_owned());
        Err(why.to_owned())
    };
    let Ok(line) = std::str::from_utf8(text) else {
        return spoilt(
            fields,
            "is not UTF-8 (a file saved by Excel as CSV is often GBK: save it as CSV UTF-8)",
        );
    };
    if line.contains('\0') {
        return spoilt(fields, "holds a NUL byte");
    }
    let mut count = 0;
    let mut rest = Some(line);
    while let Some(text) = rest {
        if count == MAX_FIELDS {
            return spoilt(fields, "has more than 1000 columns");
        }
        if fields.len() <= count {
            fields.push(String::new());
        }
        let Some(out) = fields.get_mut(count) else {
            break;
        };
        out.clear();
        rest = match field(text, out) {
            Ok(rest) => rest,
            Err(why) => return spoilt(fields, why),
        };
        count += 1;
    }
    fields.truncate(count);
    Ok(())
}

/// Reads one field into `out`; what follows its comma, or `None` after the last.
fn field<'a>(text: &'a str, out: &mut String) -> Result<Option<&'a str>, &'static str> {
    let Some(mut quoted) = text.strip_prefix('"') else {
        let (value, rest) = text
            .split_once(',')
            .map_or((text, None), |(v, r)| (v, Some(r)));
        if value.contains('"') {
            return Err("has a quote inside an unquoted field");
        }
        if value.contains('\r') {
            return Err(
                "has a carriage return inside an unquoted field (lines must end in LF or CR LF)",
            );
        }
        out.push_str(value);
        return Ok(rest);
    };
    loop {
        let (value, after) = quoted
            .split_once('"')
            .ok_or("has a quote that is not closed")?;
        out.push_str(value);
        if let Some(more) = after.strip_prefix('"') {
            out.push('"');
            quoted = more;
        } else if after.is_empty() {
            return Ok(None);
        } else {
            return after
                .strip_prefix(',')
                .map(Some)
                .ok_or("has text after a closing quote");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Seen = Vec<(u64, Result<Vec<String>, String>)>;

    fn all(text: &[u8]) -> Result<Seen, ReadError> {
        let mut records = Records::new(text)?;
        let mut record = Record::default();
        let mut out = Vec::new();
        while let Some(read) = records.next(&mut record)? {
            out.push((record.line, read.map(|()| record.fields.clone())));
        }
        Ok(out)
    }

    fn good(text: &str) -> Vec<Vec<String>> {
        all(text.as_bytes())
            .unwrap()
            .into_iter()
            .map(|(_, r)| r.unwrap())
            .collect()
    }

    #[test]
    fn quotes_commas_and_line_ends_are_read() {
        assert_eq!(
            good("\u{FEFF}a,b\r\n1,\"x, \"\"y\"\"\"\n\n\"two\nlines\",\n"),
            [["a", "b"], ["1", "x, \"y\""], ["two\nlines", ""]]
        );
    }

    #[test]
    fn an_open_quote_names_the_line_it_began_on() {
        let mut text = String::from("a,b\n1,\"open\n");
        text.push_str(&"2,x\n".repeat(100));
        assert!(matches!(all(text.as_bytes()), Err(ReadError::OpenQuote(2))));
        assert!(matches!(
            all(b"a,b\n1,\"open"),
            Err(ReadError::OpenQuote(2))
        ));
    }

    #[test]
    fn one_spoilt_record_does_not_shift_the_next() {
        for bad in ["1,\"x\"y", "1,x\"y\"", "1,\0", "1,x\ry"] {
            let read = all(format!("a,b\n{bad}\n3,4\n").as_bytes()).unwrap();
            assert!(read[1].1.is_err() && read[1].0 == 2, "{bad:?}");
            assert_eq!(read[2], (3, Ok(vec!["3".into(), "4".into()])), "{bad:?}");
        }
        let read = all(b"a\n\xC4\xE3\nok\n").unwrap();
        assert!(read[1].1.as_ref().unwrap_err().contains("GBK"));
        assert!(matches!(all(b"\xFF\xFEa\0"), Err(ReadError::Utf16)));
    }

    #[test]
    fn a_line_without_end_is_refused_early() {
        let endless = std::io::repeat(b'x').take(1 << 40);
        let mut records = Records::new(endless).unwrap();
        assert!(matches!(
            records.next(&mut Record::default()),
            Err(ReadError::LongLine(1))
        ));
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_back(rows in proptest::collection::vec(
            proptest::collection::vec("[^\0\r]{0,12}", 2..4), 1..6))
        {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = writer.into_inner().unwrap();
            let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&text);
            let starts_like_utf16 = text.starts_with(&[0xFF, 0xFE]) || text.starts_with(&[0xFE, 0xFF]);
            prop_assume!(!starts_like_utf16 && !rows[0][0].starts_with('\u{FEFF}'));
            let read: Vec<Vec<String>> = all(text).unwrap().into_iter().map(|(_, r)| r.unwrap()).collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = all(&bytes);
        }
    }
}

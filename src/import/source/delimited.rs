//! CSV and its kin, strictly: RFC 4180, each record with the line it begins on.
//!
//! A forgiving reader turns one forgotten quote into one field that holds the rest of the file, and says nothing. This one
//! reads physical lines, joins them only while a quote is open, and gives up on a quote that stays open too long; every
//! other fault spoils one record and is named by its line.

use std::io::Read;

use super::error::{MAX_FIELDS, MAX_LINES, ReadError};
use super::lines::Lines;
use super::{Record, TITLES};
use crate::domain::Sentence;
use crate::domain::sentence::Fixed;
use crate::import::headings;

/// How the fields and lines of a file are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Between fields: `,`, a tab, `;` or `|`.
    pub(super) separator: char,
    /// Ends a line: a line feed, or a carriage return alone.
    pub(super) line_end: u8,
    /// The first line only says what separates (`sep=;`).
    pub(super) says_separator: bool,
}

/// Separators that are guessed.
const SEPARATORS: [char; 4] = [',', '\t', ';', '|'];

impl Dialect {
    /// Works out the separator from the first lines of a text.
    ///
    /// A line `sep=X` says it. Else it is the one that splits the header and as many of the next lines alike, where the header
    /// may stand below a title; `preferred` where nothing tells.
    pub(super) fn guess(head: &str, has_old_lines: bool, preferred: char) -> Self {
        let (line_end, end) = if has_old_lines {
            (b'\r', '\r')
        } else {
            (b'\n', '\n')
        };
        let mut lines = head.split(end).map(|line| line.trim_end_matches('\r'));
        let first = lines.next().unwrap_or_default();
        let said = first
            .get(..4)
            .filter(|word| word.eq_ignore_ascii_case("sep="))
            .and_then(|_| first.chars().nth(4))
            .filter(|c| c.is_ascii() && *c != '"' && first.chars().count() == 5);
        if let Some(separator) = said {
            return Self {
                separator,
                line_end,
                says_separator: true,
            };
        }
        let lines = lines.filter(|line| !line.is_empty()).take(20);
        let sample: Vec<String> = std::iter::once(first)
            .chain(lines)
            .map(outside_quotes)
            .collect();
        let score = |separator: &char| {
            let columns = |line: &String| line.matches(*separator).count();
            // Below a title stand three columns, or two of which one is known.
            let heads = |(above, line): &(usize, &String)| match columns(line) {
                0 => false,
                1 => *above == 0 || line.split(*separator).any(headings::is_one),
                _ => true,
            };
            let of = |(above, line): (usize, &String)| {
                let own = columns(line);
                let below = sample.iter().skip(above + 1);
                let alike = below.filter(|line| columns(line) == own).count();
                (alike, own, *separator == preferred)
            };
            let begins = sample.iter().enumerate().take(TITLES);
            begins.filter(heads).map(of).max()
        };
        let best = SEPARATORS
            .iter()
            .filter_map(|s| Some((score(s)?, *s)))
            .max_by_key(|(score, _)| *score);
        Self {
            separator: best.map_or(preferred, |(_, separator)| separator),
            line_end,
            says_separator: false,
        }
    }
}

/// A line without what stands in quotes.
fn outside_quotes(line: &str) -> String {
    line.split('"').step_by(2).collect()
}

/// Reads records one by one.
pub(super) struct Delimited<R> {
    lines: Lines<R>,
    dialect: Dialect,
    text: Vec<u8>,
}

impl<R: Read> Delimited<R> {
    /// Begins; a byte order mark must have been skipped.
    pub(super) fn new(source: R, dialect: Dialect) -> Result<Self, ReadError> {
        let mut records = Self {
            lines: Lines::new(source, dialect.line_end),
            dialect,
            text: Vec::new(),
        };
        if dialect.says_separator {
            records.lines.next(&mut Vec::new(), 1)?;
        }
        Ok(records)
    }

    /// The next record into `record`; `None` at the end. `Some(Err(reason))`: this record is spoilt, the next may be read.
    pub(super) fn next(
        &mut self,
        record: &mut Record,
    ) -> Result<Option<Result<(), Sentence>>, ReadError> {
        loop {
            record.line = self.lines.count + 1;
            self.text.clear();
            if !self.lines.next(&mut self.text, record.line)? {
                return Ok(None);
            }
            let mut quotes = memchr::memchr_iter(b'"', &self.text).count();
            while quotes % 2 == 1 {
                let so_far = self.text.len();
                let is_long = self.lines.count - record.line >= MAX_LINES - 1;
                if is_long || !self.lines.next(&mut self.text, record.line)? {
                    return Err(ReadError::OpenQuote(record.line));
                }
                let more = self.text.get(so_far..).unwrap_or_default();
                quotes += memchr::memchr_iter(b'"', more).count();
            }
            if self.text.last() == Some(&self.dialect.line_end) {
                self.text.pop();
            }
            if self.text.ends_with(b"\r") {
                self.text.pop();
            }
            // Blank lines separate nothing.
            if !self.text.is_empty() {
                let separator = self.dialect.separator;
                return Ok(Some(split(
                    &self.text,
                    separator,
                    quotes > 0,
                    &mut record.fields,
                )));
            }
        }
    }
}

/// Splits the text of one record.
fn split(
    text: &[u8],
    separator: char,
    has_quotes: bool,
    fields: &mut Vec<String>,
) -> Result<(), Sentence> {
    let spoilt = |fields: &mut Vec<String>, why: Fixed| {
        fields.clear();
        fields.push(String::from_utf8_lossy(text).into_owned());
        Err(why.into())
    };
    let Ok(line) = std::str::from_utf8(text) else {
        return spoilt(fields, ("不是 UTF-8", "is not UTF-8"));
    };
    if memchr::memchr(0, text).is_some() {
        return spoilt(fields, ("含有 NUL 字节", "holds a NUL byte"));
    }
    let has_returns = memchr::memchr(b'\r', text).is_some();
    let mut count = 0;
    let mut rest = Some(line);
    while let Some(text) = rest {
        if count == MAX_FIELDS {
            return spoilt(fields, ("超过 1000 列", "has more than 1000 columns"));
        }
        if fields.len() <= count {
            fields.push(String::new());
        }
        let Some(out) = fields.get_mut(count) else {
            break;
        };
        out.clear();
        rest = if has_quotes || has_returns {
            match field(text, separator, out) {
                Ok(rest) => rest,
                Err(why) => return spoilt(fields, why),
            }
        } else {
            plain(text, separator, out)
        };
        count += 1;
    }
    fields.truncate(count);
    Ok(())
}

/// Reads one field of a line without quotes; what follows its separator, or `None` after the last.
fn plain<'a>(text: &'a str, separator: char, out: &mut String) -> Option<&'a str> {
    if let Some((value, rest)) = text.split_once(separator) {
        out.push_str(value);
        Some(rest)
    } else {
        out.push_str(text);
        None
    }
}

/// Reads one field into `out`; what follows its separator, or `None` after the last.
fn field<'a>(text: &'a str, separator: char, out: &mut String) -> Result<Option<&'a str>, Fixed> {
    // `="0012"`: some shops keep spreadsheets from counting with an id.
    let text = match text.strip_prefix("=\"") {
        Some(inner) if !inner.starts_with('"') => text.get(1..).unwrap_or(text),
        Some(_) | None => text,
    };
    let Some(mut quoted) = text.strip_prefix('"') else {
        let rest = plain(text, separator, out);
        if out.contains('"') {
            return Err((
                "没有引号的单元格里有引号",
                "has a quote inside an unquoted field",
            ));
        }
        if out.contains('\r') {
            return Err((
                "没有引号的单元格里有回车 (行尾应是 LF 或 CR LF)",
                "has a carriage return inside an unquoted field (lines must end in LF or CR LF)",
            ));
        }
        return Ok(rest);
    };
    loop {
        let (value, after) = quoted
            .split_once('"')
            .ok_or(("引号没有关上", "has a quote that is not closed"))?;
        out.push_str(value);
        if let Some(more) = after.strip_prefix('"') {
            out.push('"');
            quoted = more;
        } else if after.is_empty() {
            return Ok(None);
        } else {
            return after
                .strip_prefix(separator)
                .map(Some)
                .ok_or(("引号关上后还有文字", "has text after a closing quote"));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Seen = Vec<(u64, Result<Vec<String>, String>)>;

    fn all(text: &[u8]) -> Result<Seen, ReadError> {
        let dialect = Dialect {
            separator: ',',
            line_end: b'\n',
            says_separator: false,
        };
        let mut records = Delimited::new(text, dialect)?;
        let mut record = Record::default();
        let mut out = Vec::new();
        while let Some(read) = records.next(&mut record)? {
            let read = read.map_err(|why| why.to_string());
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
            good("a,b\r\n1,\"x, \"\"y\"\"\"\n\n\"two\nlines\",\n"),
            [["a", "b"], ["1", "x, \"y\""], ["two\nlines", ""]]
        );
    }

    #[test]
    fn an_id_in_a_formula_is_the_id() {
        assert_eq!(good("=\"001\",b\n1,=\"2\"\n"), [["001", "b"], ["1", "2"]]);
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
        for bad in [
            "1,\"x\"y",
            "1,=\"x\"y",
            "1,=x\"y\"",
            "1,x\"y\"",
            "1,\0",
            "1,x\ry",
        ] {
            let read = all(format!("a,b\n{bad}\n3,4\n").as_bytes()).unwrap();
            assert!(read[1].1.is_err() && read[1].0 == 2, "{bad:?}");
            assert_eq!(read[2], (3, Ok(vec!["3".into(), "4".into()])), "{bad:?}");
        }
        let read = all(b"a\n\xC4\xE3\nok\n").unwrap();
        assert!(read[1].1.as_ref().unwrap_err().contains("UTF-8"));
    }

    #[test]
    fn the_separator_is_said_or_guessed_from_what_splits_the_lines_alike() {
        let guess = |head: &str| Dialect::guess(head, false, ',').separator;
        assert_eq!(guess("a,b\n1,2\n"), ',');
        assert_eq!(guess("a\tb\n1,5\t2\n"), '\t');
        assert_eq!(guess("a;b;c\n1,5;2,5;3\n"), ';');
        assert_eq!(guess("a|b\n1|x,y\n"), '|');
        // A comma in a heading does not win over what really separates.
        assert_eq!(guess("a;\"b,c,d\";e\n1;2;3\n"), ';');
        assert_eq!(guess("a;b, c\n1;2\n3;4\n"), ';');
        assert_eq!(guess("alone\n1\n"), ',');
        assert_eq!(guess("店铺：甲, 三月\na\tb\tc\n1\t2\t3\n"), '\t');
        assert_eq!(guess("三月; 甲, 乙\n客户ID\t标签\n1\t2\n3\t4\n"), '\t');
        assert_eq!(guess("三月\n\na;b;c\n1,5;2,5;3\n"), ';');
        assert_eq!(guess("tag\na;b\nc;d\n"), ',', "of one column");
        let said = Dialect::guess("SEP=;\r\na,b;c\r\n", false, ',');
        assert_eq!((said.separator, said.says_separator), (';', true));
    }

    #[test]
    fn a_line_without_end_is_refused_early() {
        let endless = std::io::repeat(b'x').take(1 << 40);
        let mut records = Delimited::new(endless, Dialect::guess("", false, ',')).unwrap();
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
            let read: Vec<Vec<String>> = all(&text).unwrap().into_iter().map(|(_, r)| r.unwrap()).collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = all(&bytes);
        }
    }
}

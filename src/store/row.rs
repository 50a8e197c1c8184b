//! Reading cells so that one bad value never fails the rows around it.
//!
//! STRICT columns keep types apart, but not invalid UTF-8, impossible dates or numbers out of range. Text is read lossily;
//! a number that does not fit is `None`, as NULL is.

use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::load::parse_day;
use crate::domain::{Day, Fen, SafeText};

/// Lossy access to a row's cells by column number.
pub(super) trait Cells {
    /// Text made safe; NULL is empty.
    fn text(&self, i: usize) -> SafeText;
    /// Raw text, for ids and codes; NULL is empty.
    fn raw(&self, i: usize) -> Arc<str>;
    /// An integer; `None` for NULL or anything else.
    fn int(&self, i: usize) -> Option<i64>;
    /// A finite number; `None` for NULL or anything else.
    fn real(&self, i: usize) -> Option<f64>;

    /// A count; negative or too large is `None`.
    fn count(&self, i: usize) -> Option<u32> {
        self.int(i).and_then(|n| u32::try_from(n).ok())
    }
    /// Money; NULL is 0.
    fn fen(&self, i: usize) -> Fen {
        Fen(self.int(i).unwrap_or(0))
    }
    /// A business day; anything but a real `YYYY-MM-DD` is `None`.
    fn day(&self, i: usize) -> Option<Day>;
}

/// The bytes of a text or blob cell; anything else has none.
pub(super) fn bytes<'a>(row: &'a Row<'_>, i: usize) -> &'a [u8] {
    match row.get_ref(i) {
        Ok(ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => bytes,
        Ok(ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_)) | Err(_) => &[],
    }
}

impl Cells for Row<'_> {
    fn text(&self, i: usize) -> SafeText {
        SafeText::new(&String::from_utf8_lossy(bytes(self, i)))
    }

    fn raw(&self, i: usize) -> Arc<str> {
        String::from_utf8_lossy(bytes(self, i)).into()
    }

    fn int(&self, i: usize) -> Option<i64> {
        match self.get_ref(i) {
            Ok(ValueRef::Integer(n)) => Some(n),
            Ok(ValueRef::Null | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_))
            | Err(_) => None,
        }
    }

    fn day(&self, i: usize) -> Option<Day> {
        parse_day(bytes(self, i))
    }

    fn real(&self, i: usize) -> Option<f64> {
        match self.get_ref(i) {
            #[expect(clippy::cast_precision_loss, reason = "a figure to show")]
            Ok(ValueRef::Integer(n)) => Some(n as f64),
            Ok(ValueRef::Real(x)) => Some(x).filter(|x| x.is_finite()),
            Ok(ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_)) | Err(_) => None,
        }
    }
}

/// Runs a cached query and makes one thing of each row, leaving out rows that make none.
pub(super) fn rows<T>(
    conn: &rusqlite::Connection,
    sql: &str,
    params: impl rusqlite::Params,
    mut make: impl FnMut(&Row<'_>) -> Option<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut found = statement.query(params)?;
    let mut out = Vec::new();
    while let Some(row) = found.next()? {
        out.extend(make(row));
    }
    Ok(out)
}

//! Reading the API's objects: cell by cell, forgiving about how a value is written and strict about what it must be.

use serde_json::Value;

/// Longest id taken, bytes.
const LONGEST_ID: usize = 128;
/// 2000-01-01 and 2100-01-01, unix seconds: a time outside them is no time.
const TIMES: std::ops::Range<i64> = 946_684_800..4_102_444_800;

/// An object of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a>(&'a Value);

impl<'a> Cells<'a> {
    /// The cells of an object; of anything else, none is there.
    pub fn of(value: &'a Value) -> Self {
        Self(value)
    }

    /// A value by its name; `null` counts as absent.
    pub fn raw(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|v| !v.is_null())
    }

    /// An object inside.
    #[must_use]
    pub fn inside(self, name: &str) -> Cells<'a> {
        Cells(self.raw(name).unwrap_or(&Value::Null))
    }

    /// A list inside; absent is empty. `None`: something is there that is no list.
    pub fn list(self, name: &str) -> Option<&'a [Value]> {
        match self.raw(name) {
            None => Some(&[]),
            Some(value) => value.as_array().map(Vec::as_slice),
        }
    }

    /// A whole number, written as one or in digits.
    pub fn int(self, name: &str) -> Option<i64> {
        self.raw(name).and_then(int)
    }

    /// A number.
    pub fn real(self, name: &str) -> Option<f64> {
        let value = self.raw(name)?;
        let number = value
            .as_f64()
            .or_else(|| value.as_str()?.trim().parse().ok());
        number.filter(|n| n.is_finite())
    }

    /// A moment, unix seconds; years before 2000 or after 2099 are none.
    pub fn time(self, name: &str) -> Option<i64> {
        self.int(name).filter(|at| TIMES.contains(at))
    }

    /// An id: trimmed, 1 to 128 bytes, no control character. Numbers count as their digits.
    pub fn id(self, name: &str) -> Option<String> {
        self.raw(name).and_then(id)
    }

    /// A text of at most `most` characters, longer ones cut, NUL replaced; empty counts as absent.
    pub fn text(self, name: &str, most: usize) -> Option<String> {
        let text = text(self.raw(name)?.as_str()?, most);
        (!text.is_empty()).then_some(text)
    }

    /// The cursor of the next page; `None` at the end, where it is empty or absent.
    pub fn next_cursor(self) -> Option<String> {
        let cursor = self.raw("next_cursor")?.as_str()?;
        (!cursor.is_empty() && cursor.len() <= 16_384).then(|| cursor.to_owned())
    }
}

/// An id by itself, as in lists of ids.
pub fn id(value: &Value) -> Option<String> {
    let owned;
    let text = match value {
        Value::String(text) => text.trim(),
        Value::Number(n) => {
            owned = n.to_string();
            owned.as_str()
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let fits = (1..=LONGEST_ID).contains(&text.len()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

/// Text as the store takes it.
pub fn text(raw: &str, most: usize) -> String {
    raw.chars()
        .take(most)
        .map(|c| if c == '\0' { '\u{fffd}' } else { c })
        .collect()
}

fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => n.as_i64(),
        Value::String(s) => s.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_may_be_written_as_text_and_ids_with_blanks_behind() {
        let value = json!({"a": "1600000000", "b": 1_600_000_000, "c": " wm1 \n", "d": 253_402_300_799_i64, "e": [1], "f": 7});
        let cells = Cells::of(&value);
        assert_eq!(cells.time("a"), cells.time("b"));
        assert_eq!(cells.id("c").as_deref(), Some("wm1"));
        assert_eq!(cells.id("f").as_deref(), Some("7"));
        // Year 9999.
        assert_eq!(
            (cells.int("d"), cells.time("d")),
            (Some(253_402_300_799), None)
        );
        assert_eq!((cells.int("e"), cells.id("e")), (None, None));
        assert!(cells.list("a").is_none());
        assert_eq!(cells.list("z"), Some(&[][..]));
    }

    #[test]
    fn ids_that_the_store_would_refuse_are_none() {
        for bad in [
            json!(""),
            json!("  "),
            json!("a\u{0}b"),
            json!("x".repeat(129)),
            json!(null),
            json!({}),
        ] {
            assert_eq!(id(&bad), None);
        }
    }

    #[test]
    fn text_is_cut_by_characters_and_free_of_nul() {
        assert_eq!(text("王\u{0}小明", 3), "王\u{fffd}小");
    }
}

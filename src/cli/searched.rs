//! What was searched for, as the journal keeps it and shows it: everybody reads the journal, so no phone stands in it whole.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::domain::{SafeText, mask};
use crate::store::number::Number;

/// Digits from which a run of them is no day and no amount any more.
const LONG: usize = 10;
/// Runs of digits that a mobile is written in at most, its country included.
const PIECES: usize = 5;

/// A filter with its phones masked.
pub(super) fn filter(text: &str) -> String {
    without_numbers(text, &['-', '+'])
}

/// The name of a file with its phones masked; it may be made of the filter and the day.
pub(super) fn file(name: &str) -> String {
    without_numbers(name, &[])
}

/// The detail of a line of the journal. `masked` shows neither what was searched for nor the file that may be called by it.
pub(super) fn shown(detail: &SafeText, masked: bool) -> SafeText {
    let Ok(mut fields) = serde_json::from_str::<Map<String, Value>>(detail.as_str()) else {
        return detail.clone();
    };
    let said = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
    // An export names its filter, an edit where its customers were.
    let found = ["filter", "where"].map(|key| Some((key, said(key)?)));
    let (Some((key, sought)), named) = (found.into_iter().flatten().next(), said("file")) else {
        return detail.clone();
    };
    let is_hidden = masked && !sought.is_empty();
    let shown = |text: &str, open: fn(&str) -> String| {
        Value::String(if is_hidden {
            mask::text(text)
        } else {
            open(text)
        })
    };
    if let Some(named) = named.filter(|named| named != "-") {
        fields.insert("file".to_owned(), shown(&named, file));
    }
    fields.insert(key.to_owned(), shown(&sought, filter));
    SafeText::new(&Value::Object(fields).to_string())
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '０'..='９')
}

/// Where the runs of digits of a text stand.
fn runs(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| is_digit(*c)) {
        let end = at + c.len_utf8();
        match runs.last_mut() {
            Some(run) if run.end == at => run.end = end,
            Some(_) | None => runs.push(at..end),
        }
    }
    runs
}

/// A text without the mobiles in it, whatever stands between their digits: `138 0000 0001`, and `138-0000-0001` in the name
/// of a file.
fn without_mobiles(text: &str) -> String {
    let runs = runs(text);
    let mobile = |from: usize, to: usize| {
        let (first, last) = (runs.get(from)?, runs.get(to)?);
        let number = Number::of(text.get(first.start..last.end)?)?;
        let whole = number.is_mobile().then(|| mask::phone(number.plain()));
        Some((whole?, last.end))
    };
    let (mut out, mut told, mut at) = (String::new(), 0, 0);
    while let Some(run) = runs.get(at) {
        let found = (at..at + PIECES).find_map(|to| Some((to, mobile(at, to)?)));
        at += 1;
        if let Some((to, (masked, end))) = found {
            let before = text.get(told..run.start).unwrap_or_default();
            out.push_str(before.strip_suffix(['+', '＋']).unwrap_or(before));
            out.push_str(&masked);
            (told, at) = (end, to + 1);
        }
    }
    out.push_str(text.get(told..).unwrap_or_default());
    out
}

/// A text without the numbers in it; marks in `within` stand inside them.
fn without_numbers(text: &str, within: &[char]) -> String {
    let is_part = |c: char| is_digit(c) || within.contains(&c);
    let text = without_mobiles(text);
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(from) = rest.find(is_part) {
        let (before, behind) = rest.split_at(from);
        let end = behind.find(|c| !is_part(c)).unwrap_or(behind.len());
        let (run, after) = behind.split_at(end);
        out.push_str(before);
        match Number::of(run) {
            Some(number) if run.chars().filter(|c| is_digit(*c)).count() >= LONG => {
                out.push_str(&mask::phone(number.plain()));
            }
            Some(_) | None => out.push_str(run),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_masked_and_days_and_amounts_are_not() {
        for (text, wanted) in [
            ("13800000001", "138****0001"),
            (
                "手机:138-0000-0001 or name:张三",
                "手机:138****0001 or name:张三",
            ),
            ("１３８０００００００１", "138****0001"),
            ("+8613800000001", "138****0001"),
            ("021-55550123", "***"),
            ("\"138 0000 0001\" 100", "\"138****0001\" 100"),
            ("+86 138.0000.0001", "138****0001"),
            ("13 8000 00001", "138****0001"),
            ("138 张 0000 0001", "138 张 0000 0001"),
            (
                "消费>1000000 加粉:2026-03-01..2026-03-31",
                "消费>1000000 加粉:2026-03-01..2026-03-31",
            ),
            ("", ""),
        ] {
            assert_eq!(filter(text), wanted);
        }
        assert_eq!(
            file("customers-13800000001-2026-11-11.csv"),
            "customers-138****0001-2026-11-11.csv"
        );
        assert_eq!(
            file("customers-138-0000-0001-2026-11-11.csv"),
            "customers-138****0001-2026-11-11.csv"
        );
    }

    #[test]
    fn a_line_of_an_earlier_version_shows_no_phone_and_masked_no_name() {
        let kept = SafeText::new(
            r#"{"file":"张三-13800000001.csv","filter":"张三 13800000001","rows":1}"#,
        );
        assert_eq!(
            shown(&kept, false).as_str(),
            r#"{"file":"张三-138****0001.csv","filter":"张三 138****0001","rows":1}"#
        );
        assert_eq!(
            shown(&kept, true).as_str(),
            r#"{"file":"***","filter":"***","rows":1}"#
        );
        let edit = SafeText::new(r#"{"customers":1,"tag":"VIP","where":"张三 13800000001"}"#);
        assert_eq!(
            shown(&edit, false).as_str(),
            r#"{"customers":1,"tag":"VIP","where":"张三 138****0001"}"#
        );
        assert_eq!(
            shown(&edit, true).as_str(),
            r#"{"customers":1,"tag":"VIP","where":"***"}"#
        );
        for other in ["", "no JSON", r#"{"tag":"13800000001"}"#] {
            let other = SafeText::new(other);
            assert_eq!(shown(&other, true), other);
        }
    }
}

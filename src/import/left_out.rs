//! Records that are no rows and nothing wrong: what spreadsheets and shops put between and below the rows.

use rusqlite::types::Value;

use super::dress::undressed;
use super::kind::Kind;
use super::narrow::narrow;
use super::parse::{bare, is_unknown};
use super::row::Sheet;

/// How many records were left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Sums below the rows.
    pub totals: u64,
    /// Refunds that were not made: asked for, refused or taken back, or of nothing.
    pub unsettled: u64,
    /// Customers without a tag, in a file of tags.
    pub untagged: u64,
}

/// Why a record is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Nothing stands in it.
    Blank,
    /// It adds the others up.
    Total,
    /// A refund that was not made.
    Unsettled,
    /// A customer without a tag.
    Untagged,
}

impl LeftOut {
    /// Counts a record; blank ones are nobody's news.
    pub(super) fn count(&mut self, reason: Reason) {
        match reason {
            Reason::Blank => {}
            Reason::Total => self.totals += 1,
            Reason::Unsettled => self.unsettled += 1,
            Reason::Untagged => self.untagged += 1,
        }
    }

    /// Both together.
    pub(super) fn add(&mut self, other: Self) {
        self.totals += other.totals;
        self.unsettled += other.unsettled;
        self.untagged += other.untagged;
    }
}

/// The id of a refund that was not made: one that stands in the workspace was taken back since.
pub(super) fn not_made(sheet: &Sheet, reason: Reason, fields: &[String]) -> Option<String> {
    match (reason, sheet.told(fields, "refund_id")) {
        (Reason::Unsettled, Some(Value::Text(id))) => Some(id),
        (Reason::Unsettled | Reason::Blank | Reason::Total | Reason::Untagged, _) => None,
    }
}

/// Words that sums begin with.
const SUMS: [&str; 6] = ["合计", "总计", "小计", "汇总", "共计", "total"];

/// A record whose first cell is a word of sums and this `rest` adds the others up: it has no key, or no other than the word.
/// What merely begins so (a tag 总计消费过万, a person total01) is a row as any.
fn is_total<'a>(first: &str, rest: &str, keys: impl Iterator<Item = &'a str>) -> bool {
    let ends = |c: char| !c.is_alphanumeric();
    let is_word = rest.is_empty() || rest.starts_with(ends);
    let keys: Vec<&str> = keys.collect();
    match keys.as_slice() {
        _ if keys.iter().any(|key| key.is_empty()) => {
            is_word || rest.starts_with(|c: char| c.is_ascii_digit())
        }
        [key] => is_word && key.to_lowercase() == first,
        _ => false,
    }
}

/// Nothing but a number of rows or people, as stands beside a word of sums: `3`, `1,204`, `6人`, `共 12 条`. Longer
/// numbers are ids.
fn is_count(text: &str) -> bool {
    let text = text.strip_prefix('共').unwrap_or(text);
    let digits = text.trim_matches(|c: char| !c.is_ascii_digit());
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == ',' || c == ' ');
    let n = digits.bytes().filter(u8::is_ascii_digit).count();
    let is_plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b',');
    is_plain && (1..=6).contains(&n) && UNITS.contains(&unit.trim())
}

/// What is counted, behind the number.
const UNITS: [&str; 11] = [
    "", "人", "位", "名", "个", "条", "行", "笔", "单", "次", "群",
];

/// A record that is called nothing but a word of sums, with a count at most where its id should be: nobody has that name and
/// such an id.
fn is_counted<'a>(called: &str, mut keys: impl Iterator<Item = &'a str>) -> bool {
    let called = called.to_lowercase();
    let rest = SUMS.iter().find_map(|word| called.strip_prefix(word));
    let is_sum = rest.is_some_and(|rest| {
        let rest = rest.trim_matches(|c: char| !c.is_alphanumeric());
        rest.is_empty() || is_count(rest)
    });
    is_sum && keys.all(|key| key.is_empty() || is_count(&narrow(key)))
}

/// Why a record is no row of its sheet, if it is none.
pub(super) fn reason(sheet: &Sheet, fields: &[String]) -> Option<Reason> {
    let mut said = fields.iter().map(|cell| bare(undressed(cell)));
    let Some(first) = said.find(|cell| !cell.is_empty()) else {
        return Some(Reason::Blank);
    };
    let first = first.to_lowercase();
    let keys = || sheet.key_cells(fields).map(|cell| bare(undressed(cell)));
    let rest = SUMS.iter().find_map(|word| first.strip_prefix(word));
    if rest.is_some_and(|rest| is_total(&first, rest, keys())) {
        return Some(Reason::Total);
    }
    let name = sheet.told(fields, "name");
    let name = name.as_ref().and_then(|name| match name {
        Value::Text(name) => Some(name.as_str()),
        Value::Null | Value::Integer(_) | Value::Real(_) | Value::Blob(_) => None,
    });
    let mut called = name.into_iter().chain([first.as_str()]);
    if called.any(|called| is_counted(called, keys())) {
        return Some(Reason::Total);
    }
    if sheet.kind == Kind::CustomerTags {
        let tag = sheet.key_cells(fields).next();
        let tag = tag.map(|cell| bare(undressed(cell)));
        let is_untagged = tag.is_some_and(|tag| tag.is_empty() || is_unknown(tag));
        return is_untagged.then_some(Reason::Untagged);
    }
    if sheet.kind != Kind::Refunds {
        return None;
    }
    let is_made = match sheet.told(fields, "status") {
        Some(Value::Text(word)) => word == "refunded",
        Some(_) | None => true,
    };
    let is_nothing = sheet.told(fields, "amount_fen") == Some(Value::Integer(0));
    (!is_made || is_nothing).then_some(Reason::Unsettled)
}

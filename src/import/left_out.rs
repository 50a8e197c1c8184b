//! Records that are no rows and nothing wrong: what spreadsheets and shops put between and below the rows.

use rusqlite::types::Value;

use super::dress::undressed;
use super::kind::Kind;
use super::parse::bare;
use super::row::Sheet;

/// How many records were left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Sums below the rows.
    pub totals: u64,
    /// Refunds that were not made: asked for, refused or taken back, or of nothing.
    pub unsettled: u64,
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
}

impl LeftOut {
    /// Counts a record; blank ones are nobody's news.
    pub(super) fn count(&mut self, reason: Reason) {
        match reason {
            Reason::Blank => {}
            Reason::Total => self.totals += 1,
            Reason::Unsettled => self.unsettled += 1,
        }
    }

    /// Both together.
    pub(super) fn add(&mut self, other: Self) {
        self.totals += other.totals;
        self.unsettled += other.unsettled;
    }
}

/// Words that sums begin with.
const SUMS: [&str; 6] = ["合计", "总计", "小计", "汇总", "共计", "total"];

/// Why a record is no row of its sheet, if it is none.
pub(super) fn reason(sheet: &Sheet, fields: &[String]) -> Option<Reason> {
    let mut said = fields.iter().map(|cell| bare(undressed(cell)));
    let Some(first) = said.find(|cell| !cell.is_empty()) else {
        return Some(Reason::Blank);
    };
    let first = first.to_lowercase();
    if SUMS.iter().any(|word| first.starts_with(word)) {
        let mut keys = sheet.key_cells(fields).map(|cell| bare(undressed(cell)));
        if keys.any(|key| key.is_empty() || key.to_lowercase() == first) {
            return Some(Reason::Total);
        }
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

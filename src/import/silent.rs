//! Cells of a file that say nothing of a row that is there: empty ones, and masked ones beside what is known.
//!
//! Exports leave cells empty and mask names and phones; none of that is news. A cell is emptied by a word of its own.

use rusqlite::types::{Value, ValueRef};

use super::column::{Column, Empty};
use super::dress::undressed;
use super::kind::Kind;
use super::narrow::half;
use super::parse::{Type, is_nothing, is_unknown};
use super::prepared::Cells;
use super::row::Sheet;
use crate::domain::mask;

/// Words that empty a cell. Exports write `-` or `null` for what they do not know: those are no such words.
pub(super) const CLEAR: [&str; 2] = ["(清空)", "(clear)"];

/// The slot that says which cells of a row say nothing; in SQL, `:silent`.
pub(super) const SILENT: &str = "silent";

/// The parameter of [`SILENT`].
pub(super) const PARAMETER: &str = ":silent";

/// Cells of a row that may be told apart: empty ones in the lower half of the bits, masked ones in the upper.
const MOST: u8 = 31;

/// A column whose cells may say nothing.
#[derive(Clone, Copy)]
pub(super) struct Left {
    place: u8,
    /// What the table has where nobody said anything; `None` where that follows from the rest of the row: an
    /// order is placed when it is paid.
    unsaid: Option<&'static str>,
    /// What is left of a phone or an id under a mask is none: it is not even kept where nothing is known.
    is_lost: bool,
}

/// A place that is still free.
pub(super) struct Place(u8);

/// Masked cells of new rows, beside which nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Masked {
    /// Phones and ids: not kept.
    pub lost: u64,
    /// Names and other texts: kept as they are written.
    pub names: u64,
}

impl Masked {
    /// Both together.
    pub(super) fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.names += other.names;
    }
}

impl Left {
    /// Places for the columns of a sheet.
    pub(super) fn places() -> impl Iterator<Item = Place> {
        (0..MOST).map(Place)
    }

    /// The bit of a cell that says nothing; 0 of one that does.
    pub(super) fn bit(self, text: &str, ty: Type) -> i64 {
        let text = undressed(text).trim();
        if text.is_empty() || is_unknown(text) || is_nothing(text, ty) {
            self.empty()
        } else if is_lost(text, ty) || matches!(ty, Type::Text(_)) && is_masked(text) {
            self.masked()
        } else {
            0
        }
    }

    /// Whether the cell of a row, of which `silent` tells which cells say nothing, leaves what stands there.
    pub(super) fn keeps(self, silent: i64, is_known: bool) -> bool {
        let is_masked = silent & self.masked() != 0;
        silent & self.empty() != 0 || is_masked && (is_known || self.is_lost)
    }

    /// A masked cell of a new row.
    fn masks(self, silent: i64) -> Masked {
        let n = u64::from(silent & self.masked() != 0);
        if self.is_lost {
            Masked { lost: n, names: 0 }
        } else {
            Masked { lost: 0, names: n }
        }
    }

    /// The same row with this cell empty for good: others say that there is nothing.
    pub(super) fn emptied(self, silent: i64) -> i64 {
        silent & !self.empty()
    }

    /// The same row with this cell saying nothing.
    pub(super) fn silenced(self, silent: i64) -> i64 {
        silent | self.empty()
    }

    fn empty(self) -> i64 {
        1 << self.place
    }

    fn masked(self) -> i64 {
        1 << (self.place + 32)
    }

    /// Whether a cell leaves what stands in `field`, as SQL.
    pub(super) fn stands(self, field: &str) -> String {
        let (empty, masked) = (self.empty(), self.masked());
        if self.is_lost {
            return format!("({PARAMETER} & {} <> 0)", empty | masked);
        }
        format!(
            "({PARAMETER} & {empty} <> 0 OR {PARAMETER} & {masked} <> 0 AND ifnull({field} <> '', 0))"
        )
    }

    /// 1 where a cell leaves something that is known, else 0, as SQL.
    pub(super) fn counted(self, field: &str) -> String {
        let Some(unsaid) = self.unsaid else {
            return "0".to_owned();
        };
        let stands = self.stands(field);
        format!("({stands} AND ifnull({field} <> '' AND {field} <> '{unsaid}', 0))")
    }
}

impl Sheet {
    /// The masked cells of a row that is new.
    pub(super) fn masked(&self, row: &impl Cells) -> Masked {
        let mut masked = Masked::default();
        let silent = self.slot(SILENT).map(|at| row.cell(at));
        if let Some(ValueRef::Integer(silent)) = silent.filter(|said| *said != ValueRef::Integer(0))
        {
            let cells = self.slots.iter().filter_map(|slot| slot.left);
            cells.for_each(|left| masked.add(left.masks(silent)));
        }
        masked
    }

    /// Which cells of a row say nothing. Of relations the status and the end speak for each other: one that is called live
    /// has no end, one that has an end is not live.
    pub(super) fn silent(&self, silent: i64, values: &[Value]) -> i64 {
        let left = |field| {
            let at = self.slot(field).filter(|_| self.kind == Kind::Follows)?;
            Some((values.get(at)?, self.slots.get(at)?.left?))
        };
        match (left("status"), left("ended_at")) {
            (Some((_, status)), Some((Value::Integer(_), _))) => status.emptied(silent),
            (Some((Value::Text(said), _)), Some((_, end))) if said == "active" => {
                end.emptied(silent)
            }
            (None, _) | (_, None) | (Some(_), Some(_)) => silent,
        }
    }
}

impl Place {
    /// The cells of a column at this place.
    pub(super) fn of(self, column: &Column) -> Left {
        let unsaid = match column.empty {
            Empty::Null if column.name == "ordered_at" => None,
            Empty::Text(text) => Some(text),
            Empty::Null | Empty::Refused => Some(""),
        };
        Left {
            place: self.0,
            unsaid,
            is_lost: matches!(column.ty, Type::Phone | Type::Id),
        }
    }
}

/// Somebody wants the cell empty; in brackets of either width, and in any case.
pub(super) fn clears(text: &str) -> bool {
    let text = undressed(text).trim();
    text.ends_with([')', '\u{ff09}']) && {
        let plain: String = text.chars().map(half).collect();
        CLEAR.contains(&plain.to_lowercase().as_str())
    }
}

/// A phone or an id of which a part is masked: it is nobody's.
pub(super) fn is_lost(text: &str, ty: Type) -> bool {
    ty == Type::Phone && text.contains('*') || ty == Type::Id && text.contains(mask::WHOLE)
}

/// Nothing but stars, or a mask as shops and messengers write them: a character before two stars or more, or around them
/// (`J***`, `t***g`), or one of a Chinese name beside one (`李*`, `李*梅`, `*梅`).
fn is_masked(text: &str) -> bool {
    let is_star = |c: &char| half(*c) == '*';
    let before = text.chars().take_while(|c| !is_star(c)).count();
    let stars = text.chars().skip(before).take_while(is_star).count();
    let after = text.chars().skip(before + stars).count();
    let mut shown = text.chars().filter(|c| !is_star(c)).peekable();
    let is_name = shown.peek().is_some() && shown.all(mask::is_ideograph);
    before < 2 && after < 2 && (stars > 1 || stars == 1 && is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_names_are_told_from_names_with_a_star() {
        for masked in [
            "***",
            "**",
            "李*",
            "李**",
            "李*梅",
            "*梅",
            "**梅",
            "J***",
            "t***g",
            "a**1",
            "🌸**",
            "李＊＊",
        ] {
            assert!(is_masked(masked), "{masked}");
        }
        for name in [
            "",
            "*",
            "李",
            "李梅",
            "A*B",
            "*小美*",
            "李*晓梅",
            "5*",
            "*A",
            "Ja***",
            "a**b*",
            "null",
        ] {
            assert!(!is_masked(name), "{name}");
        }
    }
}

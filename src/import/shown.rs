//! Cells that are what the workspace shows of a text: with marks for what cannot be seen, without the invisible parts of
//! emoji, cut where it is long ([`SafeText`]), without the white space around it. An export writes them so; one that comes in
//! again says nothing new, and must not spoil the text that stands.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::column::Role;
use super::parse::bare;
use super::prepared::{Cells, Prepared};
use super::row::{Sheet, Slot};
use crate::domain::SafeText;

/// Finds the texts that stand, of the rows of a sheet.
pub(super) struct Shown<'c> {
    known: Prepared<'c>,
    /// Slots of words, in the order in which they are read.
    words: Vec<usize>,
}

impl<'c> Shown<'c> {
    /// `None` where a sheet has no words but its key.
    pub(super) fn of(conn: &'c Connection, sheet: &Sheet) -> rusqlite::Result<Option<Self>> {
        let of = |wanted: fn(&Slot) -> bool| {
            let slots = sheet.slots.iter().enumerate();
            slots.filter(move |(_, slot)| wanted(slot))
        };
        let words = of(|slot| slot.role == Role::Compared && slot.is_words());
        let (words, fields): (Vec<_>, Vec<_>) = words.map(|(at, s)| (at, &*s.field)).unzip();
        if words.is_empty() {
            return Ok(None);
        }
        let (keys, terms): (Vec<_>, Vec<_>) = of(Slot::is_key)
            .map(|(at, slot)| (at, format!("{} = ?", slot.field)))
            .unzip();
        let sql = format!(
            "SELECT {} FROM {} WHERE {}",
            fields.join(", "),
            sheet.kind.spec().table,
            terms.join(" AND ")
        );
        let known = Prepared::new(conn, &sql, keys)?;
        Ok(Some(Self { known, words }))
    }

    /// What stands where the cells of a row only show it, by their slots.
    pub(super) fn find(&mut self, row: &impl Cells) -> rusqlite::Result<Vec<(usize, Value)>> {
        let mut rows = self.known.rows(row)?;
        let Some(known) = rows.next()? else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for (at, slot) in self.words.iter().enumerate() {
            // What is no text, in a file that somebody else wrote, no cell could show.
            let (Ok(stands), Ok(said)) = (known.get_ref(at)?.as_str(), row.cell(*slot).as_str())
            else {
                continue;
            };
            let said = bare(said);
            let shows = || bare(SafeText::new(stands).as_str()) == said;
            if bare(stands) == said || shows() {
                found.push((*slot, Value::Text(stands.to_owned())));
            }
        }
        Ok(found)
    }
}

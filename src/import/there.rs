//! The row of a table that a row of a file meets: whether it says the same, and what a change writes.

use rusqlite::Connection;

use super::cell::left;
use super::column::Role;
use super::kind::Kind;
use super::prepared::Prepared;
use super::row::{Sheet, Slot};

/// The columns of a sheet, for writing SQL. All names are our own, none comes from a file.
pub(super) struct Names<'a>(pub(super) &'a Sheet);

impl Names<'_> {
    /// Positions of the columns with one of these roles.
    pub(super) fn of(&self, roles: &[Role]) -> Vec<usize> {
        let slots = self.0.slots.iter().enumerate();
        slots
            .filter(|(_, s)| roles.contains(&s.role))
            .map(|(i, _)| i)
            .collect()
    }

    /// Each column in a form, joined.
    pub(super) fn terms(
        &self,
        list: &[usize],
        form: impl Fn(&Slot) -> String,
        between: &str,
    ) -> String {
        list.iter()
            .filter_map(|i| self.0.slots.get(*i).map(&form))
            .collect::<Vec<_>>()
            .join(between)
    }
}

/// What a row meets that is there already.
pub(super) struct There<'c> {
    /// 1 when the row is there with the same values, 0 when with others, no row when it is not there; and how many cells
    /// leave something that is known.
    pub(super) find: Prepared<'c>,
    /// `None` when the key is all there is.
    pub(super) update: Option<Prepared<'c>>,
}

/// How a cell stands in SQL.
pub(super) type Form = fn(&Slot) -> String;

impl<'c> There<'c> {
    /// With the forms of a cell that is the same and of one that is left by a change.
    pub(super) fn new(
        conn: &'c Connection,
        sheet: &Sheet,
        forms: (Form, Form),
    ) -> rusqlite::Result<Self> {
        let (table, names) = (sheet.kind.spec().table, Names(sheet));
        let keys = names.of(&[Role::Key]);
        let same_key = names.terms(&keys, |s| format!("{} = ?", s.field), " AND ");
        // A target of the tree itself belongs to no node.
        let no_node = if sheet.kind == Kind::Targets {
            " AND node_id IS NULL"
        } else {
            ""
        };
        let earliest = is_earliest(sheet);
        let judged = if earliest {
            sheet.slot("at").into_iter().collect()
        } else {
            names.of(&[Role::Compared, Role::Found])
        };
        let same = match (earliest, judged.is_empty()) {
            (true, _) => "at <= ?".to_owned(),
            (false, true) => "1".to_owned(),
            (false, false) => names.terms(&judged, forms.0, " AND "),
        };
        let written = names.of(&[Role::Compared, Role::Follows, Role::Found]);
        let new = |s: &Slot| format!("{} = {}", s.field, forms.1(s));
        let changes = names.terms(&written, new, ", ");
        let chain = |a: &[usize]| a.iter().chain(&keys).copied().collect::<Vec<_>>();
        let left = left(&sheet.slots);
        let find = format!("SELECT {same}, {left} FROM {table} WHERE {same_key}{no_node}");
        let update = format!("UPDATE {table} SET {changes} WHERE {same_key}{no_node}");
        let update = || Prepared::of_sheet(conn, sheet, (&update, chain(&written)));
        Ok(Self {
            find: Prepared::of_sheet(conn, sheet, (&find, chain(&judged)))?,
            update: (!written.is_empty()).then(update).transpose()?,
        })
    }
}

/// Of several rows of a key the earliest wins.
pub(super) fn is_earliest(sheet: &Sheet) -> bool {
    sheet.kind == Kind::CampaignSteps
}

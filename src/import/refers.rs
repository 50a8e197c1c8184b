//! Who or what rows speak of, and whether the workspace has it.

use rusqlite::{Connection, Statement};

use super::column::Refers;
use super::row::Sheet;

/// The slot of who or what a row speaks of, and the question whether the workspace has it.
pub(super) fn refers<'c>(
    conn: &'c Connection,
    sheet: &Sheet,
    refers: Option<Refers>,
) -> rusqlite::Result<Option<(usize, Statement<'c>)>> {
    let Some(refers) = refers else {
        return Ok(None);
    };
    let Some(at) = sheet.slot(refers.column) else {
        return Ok(None);
    };
    Ok(Some((at, conn.prepare(refers.sql)?)))
}

/// For a row that does not say who bought: asks whose an order is already.
pub(super) fn keeps<'c>(
    conn: &'c Connection,
    sheet: &Sheet,
) -> rusqlite::Result<Option<(usize, Statement<'c>)>> {
    let (Some(_), Some(key)) = (sheet.buyer(), sheet.slot("order_id")) else {
        return Ok(None);
    };
    let sql = "SELECT 1 FROM sale_order JOIN customer USING (external_userid) WHERE order_id = ?1";
    Ok(Some((key, conn.prepare(sql)?)))
}

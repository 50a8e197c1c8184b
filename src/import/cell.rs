//! The cells of a row beside those that stand in its table, as SQL: what is the same, and what a change leaves.

use super::column::Role;
use super::row::Slot;
use super::rules::ALONE;

/// A phone or a part of one, `p`, that is written with a mask.
const MASKED: &str = "p LIKE '%*%'";

/// A phone whose middle is masked says nothing new about the whole one that it fits: a masked list that comes back must not
/// take the numbers away. One masked whole (a landline, a number from abroad) fits any, and any fits none. `p` is the phone of
/// the row.
const FITS: &str =
    "ifnull(p = '***' OR p LIKE '%*%' AND (phone IS NULL OR phone LIKE replace(p, '*', '_')), 0)";

/// That a relation ended, by nobody knows whom, says nothing new of one of which it is known. `s` is the status of the row.
const HOW: &str = "(s = 'unknown_gone' AND status <> 'active')";

/// A status that nobody says: how a relation ended may be known, and a payment says nothing new of an order that is completed
/// or closed.
const UNSAID: &str = "(s = 'unknown_gone' AND status <> 'active' OR s = 'paid' AND status IN ('completed', 'closed') OR s = 'created' AND status = 'closed')";

/// The payment of an order contradicts the status that stands, whatever an empty cell leaves.
const PAYMENT: &str =
    "(s = 'paid' AND status = 'created' OR s = 'created' AND status IN ('paid', 'completed'))";

/// What a new row has in a cell.
pub(super) fn first_cell(slot: &Slot) -> String {
    match slot.field.as_str() {
        "phone" => format!("(SELECT CASE WHEN {MASKED} THEN NULL ELSE p END FROM (SELECT ? AS p))"),
        _ => "?".to_owned(),
    }
}

/// Whether a cell of a row says what stands in the table already.
pub(super) fn same_cell(slot: &Slot) -> String {
    match (&slot.left, slot.field.as_str()) {
        (Some(left), "status") => {
            let stands = left.stands("status");
            format!(
                "(SELECT {stands} AND NOT {PAYMENT} OR s IS status OR {HOW} FROM (SELECT ? AS s))"
            )
        }
        (Some(left), field) => format!("({} OR {field} IS ?)", left.stands(field)),
        (None, "phone") => format!("(SELECT p IS phone OR {FITS} FROM (SELECT ? AS p))"),
        (None, "status") if slot.is_made() => {
            format!("(SELECT s IS status OR {UNSAID} FROM (SELECT ? AS s))")
        }
        (None, other) => format!("{other} IS ?"),
    }
}

/// How many cells of a row leave something that is known as it is.
pub(super) fn left(slots: &[Slot]) -> String {
    let left = slots.iter().filter_map(|slot| {
        let counted = slot.left?.counted(&slot.field);
        Some(format!(" + {counted}"))
    });
    format!("0{}", left.collect::<String>())
}

/// What a changed row leaves in a cell.
pub(super) fn new_cell(slot: &Slot) -> String {
    match (&slot.left, slot.field.as_str()) {
        (Some(left), "status") => {
            let stands = left.stands("status");
            format!(
                "(SELECT CASE WHEN {stands} AND NOT {PAYMENT} OR {HOW} THEN status ELSE s END FROM (SELECT ? AS s))"
            )
        }
        (Some(left), field) => {
            format!("CASE WHEN {} THEN {field} ELSE ? END", left.stands(field))
        }
        (None, "phone") => {
            format!(
                "(SELECT CASE WHEN {FITS} THEN phone WHEN {MASKED} THEN NULL ELSE p END FROM (SELECT ? AS p))"
            )
        }
        (None, "status") if slot.is_made() => {
            format!("(SELECT CASE WHEN {UNSAID} THEN status ELSE s END FROM (SELECT ? AS s))")
        }
        (None, _) => "?".to_owned(),
    }
}

/// An order that names somebody keeps them; a buyer `b` of whom only the order is known says nothing new.
fn keeps_buyer() -> String {
    format!("external_userid IS NOT NULL OR ifnull(b GLOB '{ALONE}*', 0)")
}

/// [`same_cell`] of a row that does not name its buyer.
pub(super) fn same_if_nameless(slot: &Slot) -> String {
    if slot.role != Role::Found {
        return same_cell(slot);
    }
    let (field, keeps) = (&slot.field, keeps_buyer());
    format!("(SELECT {keeps} OR {field} IS b FROM (SELECT ? AS b))")
}

/// [`new_cell`] of a row that does not name its buyer.
pub(super) fn new_if_nameless(slot: &Slot) -> String {
    if slot.role != Role::Found {
        return new_cell(slot);
    }
    let (field, keeps) = (&slot.field, keeps_buyer());
    format!("(SELECT CASE WHEN {keeps} THEN {field} ELSE b END FROM (SELECT ? AS b))")
}

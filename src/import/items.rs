//! Exports of orders that have a row for each item, or a column of what was given back: neither is a row of an order of its own.

use rusqlite::types::{ToSqlOutput, Value};
use rusqlite::{Connection, Statement};

use super::headings::{self, normal};
use super::kind::Kind;
use super::owners::{Hashes, hash};
use super::plan::Plan;
use super::prepared::{Cells, Prepared};
use super::row::{GIVEN_BACK, Sheet};
use crate::domain::{Sentence, sentence};

/// Cells of an order that such exports give of the item, not of the order.
const OF_ITEM: [&str; 2] = ["list_fen", "discount_fen"];

impl Plan {
    /// The file has columns of items that fill nothing here.
    pub(super) fn has_items(&self) -> bool {
        self.unread(Kind::OrderItems, &["name", "sku", "qty"])
            .is_some()
    }

    /// Where a heading stands that fills nothing here, and one of these columns in a file of another kind.
    pub(super) fn unread(&self, of: Kind, columns: &[&str]) -> Option<usize> {
        let is_meant = |heading: &str, column: &&str| {
            headings::of(of.code(), column).contains(&normal(heading))
        };
        self.pairs().position(|(heading, column)| {
            column.is_none() && columns.iter().any(|of| is_meant(heading, of))
        })
    }
}

impl Sheet {
    /// Why a row is not taken that has the key of an earlier one and other values.
    pub(super) fn contradiction(&self) -> Sentence {
        if self.has_items {
            return sentence!(
                "和前面一行订单号相同, 金额等不同: 像是一件商品一行. 请导出一单一行的订单表, 商品明细另用 `caopan import order-items FILE` 导入",
                "has the order of an earlier line and other values, as if each item had a line: export orders with one line each, and bring the items with `caopan import order-items FILE`",
            );
        }
        sentence!(
            "和前面一行编号相同, 内容不同",
            "has the key of an earlier line and other values",
        )
    }
}

/// What stands of an order in the cells that tell of an item.
pub(super) struct Items<'c> {
    known: Prepared<'c>,
    slots: Vec<usize>,
}

impl<'c> Items<'c> {
    /// `None` where a sheet has no columns of items beside those of orders.
    pub(super) fn of(conn: &'c Connection, sheet: &Sheet) -> rusqlite::Result<Option<Self>> {
        let Some(order) = sheet.slot("order_id").filter(|_| sheet.has_items) else {
            return Ok(None);
        };
        let there = OF_ITEM
            .iter()
            .filter_map(|field| Some((*field, sheet.slot(field)?)));
        let (fields, slots): (Vec<&str>, Vec<usize>) = there.unzip();
        if fields.is_empty() {
            return Ok(None);
        }
        let fields = fields.join(", ");
        let sql = format!("SELECT {fields} FROM sale_order WHERE order_id = ?1");
        Ok(Some(Self {
            known: Prepared::new(conn, &sql, vec![order])?,
            slots,
        }))
    }

    /// The cells of the order that stands, in the place of those of a further item.
    pub(super) fn find(&mut self, row: &impl Cells) -> rusqlite::Result<Vec<(usize, Value)>> {
        let mut rows = self.known.rows(row)?;
        let Some(known) = rows.next()? else {
            return Ok(Vec::new());
        };
        let slots = self.slots.iter().enumerate();
        slots
            .map(|(at, slot)| Ok((*slot, known.get(at)?)))
            .collect()
    }
}

/// Orders of which the file says that money was given back, where the workspace knows of no refund: net figures are too
/// high until the refunds come, which count by their own time.
pub(super) struct GivenBack<'c> {
    amount: usize,
    order: usize,
    known: Statement<'c>,
    /// Orders looked at, as hashes: an order may have several rows.
    seen: Hashes,
}

impl<'c> GivenBack<'c> {
    /// `None` where no column tells.
    pub(super) fn of(conn: &'c Connection, sheet: &Sheet) -> rusqlite::Result<Option<Self>> {
        let (Some(amount), Some(order)) = (sheet.slot(GIVEN_BACK), sheet.slot("order_id")) else {
            return Ok(None);
        };
        let known = "SELECT EXISTS (SELECT 1 FROM order_refund WHERE order_id = ?1)";
        Ok(Some(Self {
            amount,
            order,
            known: conn.prepare(known)?,
            seen: Hashes::default(),
        }))
    }

    /// Money was given back of this order, and no refund is known; said of each order once.
    pub(super) fn is_open(&mut self, row: &impl Cells) -> rusqlite::Result<bool> {
        let amount = row.cell(self.amount).as_i64_or_null()?;
        if amount.unwrap_or(0) == 0 || !self.seen.insert(hash(row, &[self.order])) {
            return Ok(false);
        }
        let order = ToSqlOutput::Borrowed(row.cell(self.order));
        let known: bool = self.known.query_row([order], |row| row.get(0))?;
        Ok(!known)
    }
}

//! Orders and refunds as rows, under the headings that their import reads.

use std::io::{self, Write};

use super::asking::Asking;
use super::cell::Cell;
use super::error::Failure;
use super::head::Head;
use super::progress::Watching;
use super::table::{Column, Printed, Sheet};
use crate::domain::SafeText;
use crate::domain::period::Period;
use crate::engine::answer::Stamp;
use crate::store::StoreError;
use crate::store::trade::{PaidBack, PaidOrder};
use crate::workspace::Workspace;
use crate::workspace::trade::Whose;

/// Rows written at once, and between two looks at whether to go on.
const BATCH: usize = 2_000;

/// Rows on their way: of whatever sort, gathered and written by batches.
struct Stream<'a, 'w, W: Write, T> {
    sheet: Sheet<'a, W, T>,
    batch: Vec<T>,
    /// Rows still wanted.
    left: u64,
    seen: u64,
    all: u64,
    watching: &'a mut Watching<'w>,
}

impl<T, W: Write> Stream<'_, '_, W, T> {
    fn take(&mut self, row: Option<T>) -> Result<(), Failure> {
        if self.seen.is_multiple_of(BATCH as u64) {
            (self.watching)(self.seen, self.all)?;
        }
        self.seen += 1;
        if let Some(row) = row.filter(|_| self.left > 0) {
            self.left -= 1;
            self.batch.push(row);
        }
        if self.batch.len() >= BATCH {
            self.write()?;
        }
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        self.sheet.rows(&self.batch)?;
        self.batch.clear();
        Ok(())
    }

    fn end(mut self) -> Result<Printed, Failure> {
        self.write()?;
        (self.watching)(self.all, self.all)?;
        Ok(self.sheet.end(&[])?)
    }
}

/// Takes a row; `None` is one that is somebody else's.
type Take<'a, T> = dyn FnMut(Option<T>) -> Result<(), Failure> + 'a;

/// Orders, or refunds.
struct Trade<T> {
    kind: &'static str,
    columns: fn() -> Vec<Column<T>>,
    /// Rows that are looked at in a period.
    within: fn(&Workspace, Period) -> Result<u64, StoreError>,
    /// Hands them on.
    each: fn(&Workspace, Whose<'_>, &mut Take<'_, T>) -> Result<(), Failure>,
}

const ORDERS: Trade<PaidOrder> = Trade {
    kind: "orders",
    columns: order_columns,
    within: Workspace::orders_within,
    each: |workspace, whose, take| workspace.each_order(whose, take),
};

const REFUNDS: Trade<PaidBack> = Trade {
    kind: "refunds",
    columns: refund_columns,
    within: Workspace::refunds_within,
    each: |workspace, whose, take| workspace.each_refund(whose, take),
};

/// Writes the orders that the customers of the scope paid in its period.
pub fn print_orders(
    asking: &mut Asking,
    limit: Option<u64>,
    out: &mut impl Write,
    watching: &mut Watching<'_>,
) -> Result<Printed, Failure> {
    ORDERS.print(asking, limit, out, watching)
}

/// Writes what was given back to the customers of the scope in its period.
pub fn print_refunds(
    asking: &mut Asking,
    limit: Option<u64>,
    out: &mut impl Write,
    watching: &mut Watching<'_>,
) -> Result<Printed, Failure> {
    REFUNDS.print(asking, limit, out, watching)
}

impl<T> Trade<T> {
    fn print(
        &self,
        asking: &mut Asking,
        limit: Option<u64>,
        out: &mut impl Write,
        watching: &mut Watching<'_>,
    ) -> Result<Printed, Failure> {
        let (customers, how) = (asking.customers()?, asking.how);
        let (workspace, stamp) = asking.workspace()?;
        let all = (self.within)(workspace, stamp.period)?;
        let mut stream = Stream {
            sheet: Sheet::begin(out, how, &head(self.kind, &stamp), (self.columns)())?,
            batch: Vec::new(),
            left: limit.unwrap_or(u64::MAX),
            seen: 0,
            all,
            watching,
        };
        let whose = customers.whose(stamp.period);
        (self.each)(workspace, whose, &mut |row| stream.take(row))?;
        stream.end()
    }
}

fn head<'a>(kind: &'static str, stamp: &'a Stamp) -> Head<'a> {
    Head {
        kind,
        stamp: Some(stamp),
        ..Head::default()
    }
}

fn person(id: Option<&std::sync::Arc<str>>) -> Cell {
    Cell::or(id, Cell::Empty, |id| Cell::id(id))
}

fn number(id: Option<i64>) -> Cell {
    Cell::or(id, Cell::Empty, Cell::Id)
}

fn moment(at: Option<i64>) -> Cell {
    Cell::or(at, Cell::Empty, Cell::Instant)
}

fn words(text: &SafeText) -> Cell {
    Cell::text(text)
}

fn order_columns() -> Vec<Column<PaidOrder>> {
    type C = Column<PaidOrder>;
    vec![
        C::text("order_id", "订单号", "order id", |o, _| words(&o.id)),
        C::text("external_userid", "客户编号", "customer id", |o, _| {
            person(o.customer.as_ref())
        }),
        C::text("name", "姓名", "name", |o, _| words(&o.name)),
        C::text("paid_at", "支付时间", "paid at", |o, _| {
            moment(o.paid_at)
        }),
        C::number("paid_yuan", "实付(元)", "paid(yuan)", |o, _| {
            Cell::Money(o.paid)
        }),
        C::number("refunded_yuan", "已退(元)", "refunded(yuan)", |o, _| {
            Cell::Money(o.refunded)
        }),
        C::text("status", "状态", "status", |o, _| words(&o.status)),
        C::text("source", "来源", "source", |o, _| words(&o.source)),
        C::text("credited_userid", "归属员工", "credited to", |o, _| {
            words(&o.credited)
        }),
        C::text("chat_id", "群编号", "group id", |o, _| words(&o.chat)),
        C::text("campaign_id", "活动编号", "campaign id", |o, _| {
            number(o.campaign)
        }),
        C::text("ordered_at", "下单时间", "ordered at", |o, _| {
            moment(o.ordered_at)
        }),
        C::text("buyer_key", "买家标识", "buyer key", |o, _| {
            words(&o.buyer_key)
        }),
        C::number("list_yuan", "原价(元)", "list(yuan)", |o, _| {
            Cell::Money(o.list)
        }),
        C::number("discount_yuan", "优惠(元)", "discount(yuan)", |o, _| {
            Cell::Money(o.discount)
        }),
        C::number("freight_yuan", "运费(元)", "freight(yuan)", |o, _| {
            Cell::Money(o.freight)
        }),
        C::text(
            "credited_dept_id",
            "归属部门编号",
            "department id",
            |o, _| number(o.dept),
        ),
        C::text("channel_id", "渠道编号", "channel id", |o, _| {
            number(o.channel)
        }),
        C::text("coupon_id", "优惠券编号", "coupon id", |o, _| {
            words(&o.coupon)
        }),
    ]
}

fn refund_columns() -> Vec<Column<PaidBack>> {
    type C = Column<PaidBack>;
    vec![
        C::text("refund_id", "退款单号", "refund id", |r, _| {
            words(&r.id)
        }),
        C::text("order_id", "订单号", "order id", |r, _| words(&r.order)),
        C::text("external_userid", "客户编号", "customer id", |r, _| {
            person(r.customer.as_ref())
        }),
        C::text("name", "姓名", "name", |r, _| words(&r.name)),
        C::text("refunded_at", "退款时间", "refunded at", |r, _| {
            moment(r.at)
        }),
        C::number("amount_yuan", "退款(元)", "refund(yuan)", |r, _| {
            Cell::Money(r.amount)
        }),
        C::text("is_full", "全额", "in full", |r, _| Cell::Yes(r.is_full)),
        C::text("reason", "原因", "reason", |r, _| words(&r.reason)),
        C::text(
            "order_paid_at",
            "订单支付时间",
            "order paid at",
            |r, _| moment(r.paid_at),
        ),
        C::text("credited_userid", "归属员工", "credited to", |r, _| {
            words(&r.credited)
        }),
    ]
}

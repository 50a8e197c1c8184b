//! `caopan list campaigns` and `list staff`: rows held against targets, filtered by their name, id and band.

use std::io::{self, Write};

use serde_json::json;

use super::cell::Cell;
use super::held::{band_cell, band_word, course_cell, gmv_line, target_line};
use super::how::How;
use super::table::{Column, Head, Printed, Sheet};
use crate::config::words::Words;
use crate::domain::{AsOf, Fen};
use crate::engine::answer::{BoardPage, BoardRow, CampaignHead, KpiBand, KpiPage};
use crate::filter::{Field, Filter, Has, RowFilter};

/// The staff a filter over staff means (`name: id: band:`), in their order; sort and limit are the caller's.
pub fn keep_staff(rows: &[BoardRow], filter: &Filter, now: AsOf) -> Vec<BoardRow> {
    let filter = RowFilter::new(&filter.expr, now);
    let kept = rows
        .iter()
        .filter(|r| filter.holds(&|field| named(field, r.id.as_str(), r.name.as_str(), r.band)));
    kept.cloned().collect()
}

/// The campaigns a filter over campaigns means (`name: id: band:`), in their order.
pub fn keep_campaigns(rows: &[CampaignHead], filter: &Filter, now: AsOf) -> Vec<CampaignHead> {
    let filter = RowFilter::new(&filter.expr, now);
    let kept = rows.iter().filter(|r| {
        let id = r.id.0.to_string();
        filter.holds(&|field| named(field, &id, r.name.as_str(), r.band))
    });
    kept.cloned().collect()
}

fn named<'a>(field: Field, id: &'a str, name: &'a str, band: Option<KpiBand>) -> Has<'a> {
    match field {
        Field::Name => Has::Name { id, name },
        Field::Id => Has::Name { id, name: "" },
        Field::Band => band.map_or(Has::Nothing, |b| Has::Words(vec![band_word(b)])),
        _ => Has::Nothing,
    }
}

/// Writes the campaigns of the chooser.
pub fn print_campaigns(
    page: &KpiPage,
    rows: &[CampaignHead],
    how: How,
    out: &mut impl Write,
) -> io::Result<Printed> {
    type C = Column<CampaignHead>;
    let columns = vec![
        C::number("campaign_id", "活动编号", "campaign id", |r, _| {
            Cell::Id(r.id.0)
        }),
        C::text("name", "活动", "campaign", |r, _| Cell::text(&r.name)),
        C::text("status", "状态", "status", |r, how| {
            if how.is_for_people() {
                let words = Words::new(how.lang);
                return Cell::id(words.named("campaign", r.status.as_str()));
            }
            Cell::text(&r.status)
        }),
        C::text("starts_on", "开始", "from", |r, _| Cell::Day(r.days.from)),
        C::text("ends_on", "结束", "to", |r, _| Cell::Day(r.days.to)),
        C::hidden("starts_at", |r, how| Cell::id(&how.iso(r.lasts.0))),
        // A text in a workbook, too: a midnight there is a day, and a day as an end is meant with all of it.
        C::hidden("ends_at", |r, how| Cell::id(&how.iso(r.lasts.1))),
        C::hidden("warmup_at", |r, how| {
            Cell::or(r.warmup_at, Cell::Empty, |at| Cell::id(&how.iso(at)))
        }),
        C::number("gmv_yuan", "GMV(元)", "gmv(yuan)", |r, _| {
            Cell::Money(r.gmv)
        }),
        C::number("target_yuan", "目标(元)", "target(yuan)", |r, _| {
            Cell::or(r.target, Cell::NoValue, Cell::Money)
        }),
        C::rate("achievement", "达成", "achieved", |r, _| {
            let yuan = |fen: Fen| fen.0 as f64 / 100.0;
            Cell::Achievement(r.achievement, Some(yuan(r.gmv)), r.target.map(yuan))
        }),
        C::text("band", "达成状态", "band", |r, how| {
            band_cell((r.band, r.course), how)
        }),
        C::hidden("course", |r, _| course_cell(r.course)),
    ];
    let mut heads = page.campaigns.iter();
    let borrowed = heads.find_map(|head| target_line(head, page.gmv, how));
    let head = Head {
        kind: "campaigns",
        stamp: Some(&page.stamp),
        lines: std::iter::once(gmv_line(page.gmv, how))
            .chain(borrowed)
            .collect(),
        facts: vec![("gmv_kind", json!(page.gmv.code()))],
    };
    let mut sheet = Sheet::begin(out, how, &head, columns)?;
    sheet.rows(rows)?;
    sheet.end(&[])
}

/// Writes the staff of a board as plain rows, without ranks.
pub fn print_staff(
    page: &BoardPage,
    rows: &[BoardRow],
    how: How,
    out: &mut impl Write,
) -> io::Result<Printed> {
    type C = Column<BoardRow>;
    let columns = vec![
        C::text("userid", "员工账号", "userid", |r, _| {
            Cell::id(r.id.as_str())
        }),
        C::text("name", "姓名", "name", |r, _| Cell::text(&r.name)),
        C::text("department", "部门", "department", |r, _| {
            Cell::text(&r.dept)
        }),
        C::number("orders", "支付单数", "orders", |r, _| {
            Cell::or(r.orders, Cell::NotMeasured, |n| Cell::Count(n.into()))
        }),
        C::number("adds", "加粉数", "adds", |r, _| {
            Cell::or(r.adds, Cell::NotMeasured, |n| Cell::Count(n.into()))
        }),
        C::number("refunds_yuan", "退款(元)", "refunds(yuan)", |r, _| {
            Cell::or(r.refunds, Cell::NotMeasured, Cell::Money)
        }),
        C::text("left", "已离职", "left", |r, _| Cell::Yes(r.left)),
    ];
    let head = Head {
        kind: "staff",
        stamp: Some(&page.stamp),
        ..Head::default()
    };
    let mut sheet = Sheet::begin(out, how, &head, columns)?;
    sheet.rows(rows)?;
    sheet.end(&[])
}

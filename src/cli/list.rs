//! `caopan list`: customers, campaigns and staff as rows.

use std::io::{self, Write};

use serde_json::json;

use super::cell::Cell;
use super::table::{Column, Format, Head, How, Sheet};
use crate::domain::SafeText;
use crate::engine::answer::{BoardPage, BoardRow, CampaignHead, CustomerRow, CustomersPage, KpiPage};
use crate::filter::Field;
use crate::filter::values::choices;

use super::kpi::band_cell;

/// A customer list being written page by page.
pub struct CustomerList<'a, W: Write> {
    sheet: Sheet<'a, W, CustomerRow>,
    how: How,
    foot: Vec<String>,
}

impl<'a, W: Write> CustomerList<'a, W> {
    /// Begins with the first page, whose counts stand in the head. `cols` chooses the columns (`cols:` of the filter);
    /// empty means the usual ones in a table and all in the other formats.
    pub fn begin(
        out: &'a mut W,
        how: How,
        cols: &[Field],
        first: &CustomersPage,
    ) -> io::Result<Self> {
        let head = Head {
            kind: "customers",
            stamp: Some(&first.stamp),
            lines: Vec::new(),
            facts: vec![
                ("hits", json!(first.hits)),
                ("pool", json!(first.pool)),
                ("spend_yuan", json!(first.spend.0 as f64 / 100.0)),
            ],
        };
        let mut list = Self {
            sheet: Sheet::begin(out, how, &head, chosen(cols, how.format))?,
            how,
            foot: Vec::new(),
        };
        list.page(first)?;
        list.foot = foot(first, &how);
        Ok(list)
    }

    /// Writes a page's rows.
    pub fn page(&mut self, page: &CustomersPage) -> io::Result<()> {
        self.sheet.rows(&page.rows)
    }

    /// Ends the list.
    pub fn end(self) -> io::Result<()> {
        let lines = if self.how.format == Format::Table {
            self.foot
        } else {
            Vec::new()
        };
        self.sheet.end(&lines)
    }
}

/// Writes one page of customers, head and foot included.
pub fn print_customers(
    page: &CustomersPage,
    cols: &[Field],
    how: How,
    out: &mut impl Write,
) -> io::Result<()> {
    CustomerList::begin(out, how, cols, page)?.end()
}

fn foot(page: &CustomersPage, how: &How) -> Vec<String> {
    let style = how.style();
    let (hits, pool) = (count(page.hits), count(page.pool));
    let mut lines = vec![format!(
        "{} {} / {} {} | {} {}",
        how.word("命中", "hits"),
        style.count(hits),
        style.count(pool),
        how.word("客户", "customers"),
        how.word("累计消费 (元)", "spend (yuan)"),
        style.money(page.spend),
    )];
    if let Some((term, without)) = &page.culprit {
        let term = SafeText::new(term);
        let people = style.count(count(*without));
        lines.push(match how.lang {
            crate::domain::Lang::Zh => format!("0 人。去掉 \"{term}\" 有 {people} 人"),
            crate::domain::Lang::En => format!("Nobody. Without \"{term}\": {people}"),
        });
    }
    lines
}

/// A count as shown figures take it; no workspace has 2^63 rows.
pub(super) fn count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Every column of a customer, each with the field that chooses it. The first of a field is the one tables show.
fn columns() -> Vec<(Field, Column<CustomerRow>)> {
    type C = Column<CustomerRow>;
    vec![
        (Field::Id, C::text("external_userid", "编号", "id", |r, _| Cell::id(r.id.as_str()))),
        (Field::Name, C::text("name", "姓名", "name", |r, _| Cell::text(&r.name))),
        (Field::Phone, C::text("phone", "手机", "phone", |r, _| Cell::text(&r.phone))),
        (Field::Gender, C::text("gender", "性别", "gender", gender)),
        (Field::City, C::text("region", "地区", "region", |r, _| Cell::text(&r.city))),
        (Field::Tag, C::text("tags", "标签", "tags", |r, _| Cell::List(r.tags.clone()))),
        (Field::Stage, C::text("stage", "阶段", "stage", |r, _| Cell::or(r.stage.as_ref(), Cell::Empty, Cell::text))),
        (Field::Spend, C::number("spend_yuan", "累计消费(元)", "spend(yuan)", |r, _| Cell::Money(r.spend))),
        (Field::Orders, C::number("orders", "单数", "orders", |r, _| Cell::Count(r.orders.into()))),
        (Field::Aov, C::number("aov_yuan", "客单(元)", "aov(yuan)", aov)),
        (Field::LastPurchase, C::text("last_purchase_at", "最近购买", "bought", |r, _| Cell::or(r.last_purchase, Cell::Empty, Cell::Instant))),
        (Field::LastContact, C::text("last_contact_at", "最近联系", "contact", |r, _| Cell::or(r.last_contact, Cell::Empty, Cell::Instant))),
        (Field::Added, C::text("first_added_at", "首次添加", "added", |r, _| Cell::or(r.added, Cell::Empty, Cell::Instant))),
        (Field::Owner, C::text("owner_name", "顾问", "owner", |r, _| Cell::or(r.owner.as_ref(), Cell::Empty, |o| Cell::text(&o.1)))),
        (Field::Owner, C::hidden("owner_userid", |r, _| Cell::or(r.owner.as_ref(), Cell::Empty, |o| Cell::id(o.0.as_str())))),
        (Field::Source, C::text("source", "来源", "source", |r, _| Cell::text(&r.source))),
        (Field::Segment, C::text("rfm_segment", "RFM 分层", "rfm", segment)),
        (Field::Segment, C::hidden("rfm_r", |r, _| Cell::or(r.rfm, Cell::Empty, |s| Cell::Count(s.r.into())))),
        (Field::Segment, C::hidden("rfm_f", |r, _| Cell::or(r.rfm, Cell::Empty, |s| Cell::Count(s.f.into())))),
        (Field::Segment, C::hidden("rfm_m", |r, _| Cell::or(r.rfm, Cell::Empty, |s| Cell::Count(s.m.into())))),
        (Field::Risk, C::number("risk", "流失(0-3)", "risk(0-3)", |r, _| Cell::or(r.risk, Cell::NoValue, |n| Cell::Count(n.into())))),
        (Field::ValueAtRisk, C::number("value_at_risk_yuan", "风险值(元)", "at risk(yuan)", |r, _| Cell::Money(r.value_at_risk))),
    ]
}

/// What a table shows when nothing is chosen.
const USUAL: &[Field] = &[
    Field::Name,
    Field::Phone,
    Field::Tag,
    Field::Stage,
    Field::Spend,
    Field::Orders,
    Field::LastPurchase,
    Field::LastContact,
    Field::Owner,
    Field::Segment,
];

fn chosen(cols: &[Field], format: Format) -> Vec<Column<CustomerRow>> {
    let cols = match (cols.is_empty(), format) {
        (false, _) => cols,
        (true, Format::Table) => USUAL,
        (true, Format::Csv | Format::Jsonl | Format::Json) => {
            return columns().into_iter().map(|(_, c)| c).collect();
        }
    };
    cols.iter()
        .flat_map(|wanted| columns().into_iter().filter(move |(field, _)| field == wanted))
        .map(|(_, column)| column)
        .collect()
}

fn gender(row: &CustomerRow, how: &How) -> Cell {
    let word = choices(Field::Gender)
        .get(usize::from(row.gender))
        .map_or("", |c| c.label(how.lang));
    match row.gender {
        1 => Cell::Code("1", word.to_owned()),
        2 => Cell::Code("2", word.to_owned()),
        _ => Cell::Code("0", String::new()),
    }
}

/// Spend per order; no orders, no value.
fn aov(row: &CustomerRow, _: &How) -> Cell {
    match i64::from(row.orders) {
        0 => Cell::NoValue,
        orders => Cell::Money(crate::domain::Fen(
            // Half up, away from zero for negatives, as everywhere.
            (2 * row.spend.0.abs() + orders) / (2 * orders) * row.spend.0.signum(),
        )),
    }
}

fn segment(row: &CustomerRow, how: &How) -> Cell {
    let place = row.rfm.map_or(8, |rfm| usize::from(rfm.segment));
    choices(Field::Segment)
        .get(place)
        .map_or(Cell::Empty, |c| Cell::Code(c.code, c.label(how.lang).to_owned()))
}

/// Writes the campaigns of the chooser.
pub fn print_campaigns(page: &KpiPage, rows: &[CampaignHead], how: How, out: &mut impl Write) -> io::Result<()> {
    type C = Column<CampaignHead>;
    let columns = vec![
        C::number("campaign_id", "编号", "id", |r, _| Cell::Id(r.id.0)),
        C::text("name", "活动", "campaign", |r, _| Cell::text(&r.name)),
        C::text("status", "状态", "status", |r, _| Cell::text(&r.status)),
        C::text("starts_on", "开始", "from", |r, _| Cell::Day(r.days.from)),
        C::text("ends_on", "结束", "to", |r, _| Cell::Day(r.days.to)),
        C::number("gmv_yuan", "GMV(元)", "gmv(yuan)", |r, _| Cell::Money(r.gmv)),
        C::number("target_yuan", "目标(元)", "target(yuan)", |r, _| Cell::or(r.target, Cell::NoValue, Cell::Money)),
        C::rate("achievement", "达成", "achieved", |r, _| {
            let yuan = |fen: crate::domain::Fen| fen.0 as f64 / 100.0;
            Cell::Achievement(r.achievement, Some(yuan(r.gmv)), r.target.map(yuan))
        }),
        C::text("band", "达成状态", "band", |r, how| band_cell(r.band, how)),
    ];
    let head = Head {
        kind: "campaigns",
        stamp: Some(&page.stamp),
        lines: vec![super::kpi::gmv_line(page.gmv, &how)],
        facts: vec![("gmv_kind", json!(super::kpi::gmv_code(page.gmv)))],
    };
    let mut sheet = Sheet::begin(out, how, &head, columns)?;
    sheet.rows(rows)?;
    sheet.end(&[])
}

/// Writes the staff of a board as plain rows, without ranks.
pub fn print_staff(page: &BoardPage, rows: &[BoardRow], how: How, out: &mut impl Write) -> io::Result<()> {
    type C = Column<BoardRow>;
    let columns = vec![
        C::text("userid", "工号", "userid", |r, _| Cell::id(r.id.as_str())),
        C::text("name", "姓名", "name", |r, _| Cell::text(&r.name)),
        C::text("department", "部门", "department", |r, _| Cell::text(&r.dept)),
        C::number("orders", "支付单数", "orders", |r, _| Cell::Count(r.orders.into())),
        C::number("adds", "新增好友", "adds", |r, _| Cell::Count(r.adds.into())),
        C::number("refunds_yuan", "退款(元)", "refunds(yuan)", |r, _| Cell::Money(r.refunds)),
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

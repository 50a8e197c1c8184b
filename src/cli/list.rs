//! `caopan list customers`: customers as rows, page by page.

use std::io::{self, Write};

use serde_json::json;

use super::cell::{Cell, count};
use super::how::How;
use super::options::OutputFormat;
use super::table::{Column, Head, Printed, Sheet};
use crate::domain::SafeText;
use crate::engine::answer::{CustomerRow, CustomersPage};
use crate::filter::fields::choices;
use crate::filter::{Field, print_in};

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
        list.foot = foot(first, how);
        Ok(list)
    }

    /// Writes a page's rows.
    pub fn page(&mut self, page: &CustomersPage) -> io::Result<()> {
        self.sheet.rows(&page.rows)
    }

    /// Ends the list.
    pub fn end(self) -> io::Result<Printed> {
        let lines = if self.how.format == OutputFormat::Table {
            self.foot
        } else {
            Vec::new()
        };
        self.sheet.end(&lines)
    }
}

fn foot(page: &CustomersPage, how: How) -> Vec<String> {
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
    if let Some(culprit) = &page.culprit {
        if let Some(doubt) = &culprit.doubt {
            lines.push(doubt.said(how.lang));
        }
        let term = SafeText::new(&print_in(&culprit.terms, how.lang));
        let people = style.count(count(culprit.without));
        lines.push(match how.lang {
            crate::domain::Lang::Zh => format!("0 人。去掉 \"{term}\" 有 {people} 人"),
            crate::domain::Lang::En => format!("Nobody. Without \"{term}\": {people}"),
        });
    }
    lines
}

/// A column and the field that chooses it (`cols:`).
type Chosen = (Field, Column<CustomerRow>);

/// Every column of a customer.
fn columns() -> impl Iterator<Item = Chosen> {
    who()
        .into_iter()
        .chain(purchases())
        .chain(relation())
        .chain(standing())
}

/// Who the customer is.
fn who() -> Vec<Chosen> {
    type C = Column<CustomerRow>;
    vec![
        (
            Field::Id,
            C::text("external_userid", "客户编号", "customer id", |r, _| {
                Cell::id(r.id.as_str())
            }),
        ),
        (
            Field::Name,
            C::text("name", "姓名", "name", |r, _| Cell::text(&r.name)),
        ),
        (
            Field::Phone,
            C::text("phone", "手机", "phone", |r, _| Cell::text(&r.phone)),
        ),
        (Field::Gender, C::text("gender", "性别", "gender", gender)),
        (
            Field::City,
            C::text("region", "地区", "region", |r, _| Cell::text(&r.city)),
        ),
        (
            Field::Tag,
            C::text("tags", "标签", "tags", |r, _| Cell::List(r.tags.clone())),
        ),
        (
            Field::Stage,
            C::text("stage", "阶段", "stage", |r, _| {
                Cell::or(r.stage.as_ref(), Cell::Empty, Cell::text)
            }),
        ),
    ]
}

/// What and when the customer bought.
fn purchases() -> Vec<Chosen> {
    type C = Column<CustomerRow>;
    vec![
        (
            Field::Spend,
            C::number("spend_yuan", "累计消费(元)", "spend(yuan)", |r, _| {
                Cell::Money(r.spend)
            }),
        ),
        (
            Field::Orders,
            C::number("orders", "单数", "orders", |r, _| {
                Cell::Count(r.orders.into())
            }),
        ),
        (
            Field::Aov,
            C::number("aov_yuan", "客单(元)", "aov(yuan)", aov),
        ),
        (
            Field::LastPurchase,
            C::text("last_purchase_at", "最近购买", "bought", |r, _| {
                Cell::or(r.last_purchase, Cell::Empty, Cell::Instant)
            }),
        ),
    ]
}

/// How the customer stands to us.
fn relation() -> Vec<Chosen> {
    type C = Column<CustomerRow>;
    vec![
        (
            Field::LastContact,
            C::text("last_contact_at", "最近联系", "contact", |r, _| {
                Cell::or(r.last_contact, Cell::Empty, Cell::Instant)
            }),
        ),
        (
            Field::Added,
            C::text("first_added_at", "首次添加", "added", |r, _| {
                Cell::or(r.added, Cell::Empty, Cell::Instant)
            }),
        ),
        (
            Field::Owner,
            C::text("owner_name", "顾问", "owner", |r, _| {
                Cell::or(r.owner.as_ref(), Cell::Empty, |o| Cell::text(&o.1))
            }),
        ),
        (
            Field::Owner,
            C::hidden("owner_userid", |r, _| {
                Cell::or(r.owner.as_ref(), Cell::Empty, |o| Cell::id(o.0.as_str()))
            }),
        ),
        (
            Field::Source,
            C::text("source", "来源", "source", |r, _| Cell::text(&r.source)),
        ),
    ]
}

/// How good, and how near to leaving, the customer is.
fn standing() -> Vec<Chosen> {
    type C = Column<CustomerRow>;
    vec![
        (
            Field::Segment,
            C::text("rfm_segment", "RFM 分层", "rfm", segment),
        ),
        (
            Field::Segment,
            C::hidden("rfm_r", |r, _| {
                Cell::or(r.rfm, Cell::Empty, |s| Cell::Count(s.r.into()))
            }),
        ),
        (
            Field::Segment,
            C::hidden("rfm_f", |r, _| {
                Cell::or(r.rfm, Cell::Empty, |s| Cell::Count(s.f.into()))
            }),
        ),
        (
            Field::Segment,
            C::hidden("rfm_m", |r, _| {
                Cell::or(r.rfm, Cell::Empty, |s| Cell::Count(s.m.into()))
            }),
        ),
        (
            Field::Risk,
            C::number("risk", "流失(0-3)", "risk(0-3)", |r, _| {
                Cell::or(r.risk, Cell::NoValue, |n| Cell::Count(n.into()))
            }),
        ),
        (
            Field::ValueAtRisk,
            C::number(
                "value_at_risk_yuan",
                "风险值(元)",
                "at risk(yuan)",
                |r, _| Cell::or(r.value_at_risk, Cell::NoValue, Cell::Money),
            ),
        ),
    ]
}

/// What a table shows when nothing is chosen.
const USUAL: &[Field] = &[
    Field::Name,
    Field::Risk,
    Field::ValueAtRisk,
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

/// The fields that are shown when these columns are chosen.
pub(super) fn fields(cols: &[Field], format: OutputFormat) -> Vec<Field> {
    match (cols, format) {
        ([], OutputFormat::Table | OutputFormat::Md) => USUAL.to_vec(),
        ([], _) => {
            let mut all: Vec<Field> = columns().map(|chosen| chosen.0).collect();
            all.dedup();
            all
        }
        (chosen, _) => chosen.to_vec(),
    }
}

fn chosen(cols: &[Field], format: OutputFormat) -> Vec<Column<CustomerRow>> {
    let fields = fields(cols, format).into_iter();
    let of = |wanted| columns().filter(move |chosen| chosen.0 == wanted);
    fields.flat_map(of).map(|chosen| chosen.1).collect()
}

fn gender(row: &CustomerRow, how: How) -> Cell {
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
fn aov(row: &CustomerRow, _: How) -> Cell {
    let aov = row.spend.per(row.orders.into());
    Cell::or(aov, Cell::NoValue, Cell::Money)
}

fn segment(row: &CustomerRow, how: How) -> Cell {
    let place = row.rfm.map_or(8, |rfm| usize::from(rfm.segment));
    choices(Field::Segment).get(place).map_or(Cell::Empty, |c| {
        Cell::Code(c.code, c.label(how.lang).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::testing::{NOW, how, printed, stamp};
    use crate::domain::{CustomerId, Fen, Lang, StaffId};
    use crate::engine::answer::Culprit;
    use crate::engine::answer::Rfm;
    use crate::filter::{Ctx, Expr, Filter, Match, Test, parse};

    fn safe(text: &str) -> SafeText {
        SafeText::new(text)
    }

    fn customer(id: &str, name: &str) -> CustomerRow {
        CustomerRow {
            id: CustomerId::from(id),
            name: safe(name),
            phone: safe("138****2210"),
            gender: 2,
            city: safe("上海"),
            tags: vec![safe("高净值"), safe("新客")],
            stage: Some(safe("复购")),
            spend: Fen(764_950),
            orders: 3,
            last_purchase: Some(NOW - 86_400),
            last_contact: None,
            added: Some(NOW - 40 * 86_400),
            owner: Some((StaffId::from("hemin"), safe("何敏"))),
            source: safe("扫码"),
            rfm: Some(Rfm {
                r: 5,
                f: 4,
                m: 4,
                segment: 7,
            }),
            risk: Some(0),
            value_at_risk: Some(Fen(0)),
        }
    }

    fn page(rows: Vec<CustomerRow>) -> CustomersPage {
        CustomersPage {
            stamp: stamp(),
            hits: rows.len() as u64,
            pool: 20_486,
            spend: Fen(rows.iter().map(|r| r.spend.0).sum()),
            offset: 0,
            rows,
            anchor_at: None,
            preliminary: false,
            sketch: false,
            culprit: None,
        }
    }

    fn print(page: &CustomersPage, cols: &[Field], how: How) -> String {
        printed(|out| CustomerList::begin(out, how, cols, page)?.end())
    }

    #[test]
    fn csv_reads_back_as_the_rows_it_was_written_from() {
        let names = [
            "张三",
            "a,b \"c\"",
            "=SUM(A1)",
            "+86",
            "-1",
            "@x",
            "'quoted",
            "😀 王",
        ];
        let rows = names
            .iter()
            .enumerate()
            .map(|(i, n)| customer(&format!("wm{i}"), n))
            .collect();
        let text = print(&page(rows), &[], how(OutputFormat::Csv, Lang::Zh));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        let cell = |row: &csv::StringRecord, key: &str| {
            let at = header.iter().position(|h| h == key).unwrap();
            row.get(at).unwrap().to_owned()
        };
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        let read: Vec<_> = rows.iter().map(|r| cell(r, "name")).collect();
        assert_eq!(
            read,
            [
                "张三",
                "a,b \"c\"",
                "'=SUM(A1)",
                "'+86",
                "'-1",
                "'@x",
                "'quoted",
                "😀 王"
            ]
        );
        let row = rows.first().unwrap();
        assert_eq!(cell(row, "external_userid"), "wm0");
        assert_eq!(cell(row, "spend_yuan"), "7649.50");
        assert_eq!(cell(row, "orders"), "3");
        // 7649.50 ÷ 3 = 2549.8333…
        assert_eq!(cell(row, "aov_yuan"), "2549.83");
        assert_eq!(cell(row, "gender"), "2");
        assert_eq!(cell(row, "last_purchase_at"), "2026-03-17T10:00:00+08:00");
        assert_eq!(cell(row, "last_contact_at"), "");
        assert_eq!(cell(row, "tags"), "高净值;新客");
        assert_eq!(cell(row, "rfm_segment"), "important-value");
    }

    #[test]
    fn negative_money_stays_a_number() {
        let mut row = customer("wm1", "张三");
        row.spend = Fen(-5);
        let text = print(
            &page(vec![row]),
            &[Field::Spend, Field::Aov],
            how(OutputFormat::Csv, Lang::Zh),
        );
        // −0.05 ÷ 3 = −0.0166…, rounded away from zero to −0.02.
        assert_eq!(text, "spend_yuan,aov_yuan\n-0.05,-0.02\n");
    }

    #[test]
    fn a_table_is_aligned_by_display_width_and_says_its_scope() {
        let rows = vec![
            customer("wm1", "张三"),
            customer("wm2", "Bob"),
            customer("wm3", "欧阳娜娜"),
        ];
        let cols = [Field::Name, Field::Spend, Field::Owner];
        let text = print(&page(rows), &cols, how(OutputFormat::Table, Lang::Zh));
        assert_eq!(
            text,
            "全部组织 | 2026-03-01..2026-03-31 (至今) | 筛选 标签:vip | 截至 2026-03-18 10:00\n\
             姓名      累计消费(元)  顾问\n\
             张三          7,649.50  何敏\n\
             Bob           7,649.50  何敏\n\
             欧阳娜娜      7,649.50  何敏\n\
             命中 3 / 20,486 客户 | 累计消费 (元) 22,948.50\n"
        );
    }

    #[test]
    fn hostile_names_print_nothing_a_terminal_obeys() {
        let hostile = ["a\u{1b}[2Jb", "c\u{202e}d", "e\nf", "\u{9b}31m", "g\u{0}h"];
        for format in [
            OutputFormat::Table,
            OutputFormat::Csv,
            OutputFormat::Jsonl,
            OutputFormat::Json,
        ] {
            let mut answer = page(hostile.iter().map(|n| customer(n, n)).collect());
            answer.stamp.filter = hostile.concat();
            let terms = Filter {
                expr: Expr::term(
                    Field::Name,
                    Test::Has(vec![Match::quoted(&hostile.concat())]),
                ),
                ..Filter::default()
            };
            answer.stamp.named = terms.clone();
            answer.culprit = Some(Culprit {
                terms,
                without: 3,
                doubt: None,
            });
            let text = print(&answer, &[], how(format, Lang::En));
            let bad = text
                .chars()
                .find(|c| *c != '\n' && (c.is_control() || *c == '\u{202e}'));
            assert_eq!(bad, None, "{format:?}");
            let lines = text.lines().count();
            assert!(
                lines <= hostile.len() + 5,
                "a name began a line of its own: {text}"
            );
        }
    }

    #[test]
    fn zero_hits_name_the_term_to_drop() {
        let mut answer = page(Vec::new());
        answer.culprit = Some(Culprit {
            terms: parse("spend>5000", &Ctx::default()).unwrap(),
            without: 37,
            doubt: None,
        });
        let text = print(&answer, &[Field::Name], how(OutputFormat::Table, Lang::Zh));
        assert!(
            text.ends_with("0 人。去掉 \"消费>5000\" 有 37 人\n"),
            "{text}"
        );
        assert!(
            text.contains("\n姓名\n"),
            "titles also without rows: {text}"
        );
    }

    #[test]
    fn json_is_one_document_with_scope_and_period() {
        let text = print(
            &page(vec![customer("wm1", "张三")]),
            &[Field::Id, Field::Spend],
            how(OutputFormat::Json, Lang::Zh),
        );
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            read,
            json!({
                "schema_version": 1, "kind": "customers", "as_of": "2026-03-18T10:00:00+08:00",
                "period": { "from": "2026-03-01", "to": "2026-03-31", "partial": true, "begun": true },
                "scope": { "org": null, "filter": "tag:vip" },
                "hits": 1, "pool": 20486, "spend_yuan": 7649.5,
                "rows": [{ "external_userid": "wm1", "spend_yuan": 7649.5 }],
            })
        );
        let empty = print(&page(Vec::new()), &[], how(OutputFormat::Json, Lang::Zh));
        assert!(
            serde_json::from_str::<serde_json::Value>(&empty).is_ok(),
            "{empty}"
        );
    }

    #[test]
    fn pages_of_a_long_list_make_one_list() {
        let (a, b) = (
            page(vec![customer("wm1", "a")]),
            page(vec![customer("wm2", "b"), customer("wm3", "c")]),
        );
        for (format, lines) in [(OutputFormat::Csv, 4), (OutputFormat::Jsonl, 3)] {
            let text = printed(|out| {
                let mut list = CustomerList::begin(out, how(format, Lang::Zh), &[Field::Id], &a)?;
                list.page(&b)?;
                list.end()
            });
            assert_eq!(text.lines().count(), lines, "{text}");
        }
        let text = printed(|out| {
            let mut list =
                CustomerList::begin(out, how(OutputFormat::Json, Lang::Zh), &[Field::Id], &a)?;
            list.page(&b)?;
            list.end()
        });
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            read.get("rows").and_then(|r| r.as_array()).map(Vec::len),
            Some(3)
        );
    }
}

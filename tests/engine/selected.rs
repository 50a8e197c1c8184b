//! Filters, sorts, windows, counts and facets against SQL.

use crate::asked::{cases, cases_sql, filter, ground, list, sort, stamp, today};
use crate::dice::Dice;
use crate::shop::Shop;
use caopan::domain::CustomerId;
use caopan::engine::{Disclosure, Engine, ListAsk};
use caopan::filter::{Expr, Field, Filter, SortKey, fold};

pub fn customers(where_: &str, order: &str) -> String {
    format!(
        "SELECT c.external_userid FROM customer c JOIN customer_stat s USING (external_userid) WHERE {where_} ORDER BY {order}"
    )
}

#[test]
fn every_filter_selects_what_sql_selects() {
    for seed in 1..=3 {
        let shop = Shop::new(seed);
        let mut engine = shop.load().engine;
        for (text, sql) in cases() {
            let mut found = list(
                &mut engine,
                &filter(text),
                ground(),
                &[sort(Field::Id, false)],
                0,
                10_000,
            );
            found.sort();
            assert_eq!(
                found,
                shop.ids(&customers(&sql, "1")),
                "seed {seed}, filter {text}"
            );
        }
        assert_eq!(
            engine.pool() as i64,
            shop.number("SELECT count(*) FROM customer")
        );
    }
}

#[test]
fn any_combination_of_terms_selects_what_sql_selects() {
    let shop = Shop::new(4);
    let mut engine = shop.load().engine;
    let (cases, mut dice) = (cases(), Dice(9));
    for _ in 0..300 {
        let (expr, sql) = combine(&cases, &mut dice, 3);
        let q = Filter {
            expr,
            ..Filter::default()
        };
        let mut found = list(
            &mut engine,
            &q,
            ground(),
            &[sort(Field::Id, false)],
            0,
            10_000,
        );
        found.sort();
        assert_eq!(
            found,
            shop.ids(&customers(&sql, "1")),
            "{}",
            caopan::filter::print(&q)
        );
    }
}

fn combine(cases: &[(&'static str, String)], dice: &mut Dice, depth: u32) -> (Expr, String) {
    if depth == 0 || dice.chance(25) {
        let (text, sql) = dice.pick(cases);
        return (filter(text).expr, format!("({sql})"));
    }
    let ((a, x), (b, y)) = (
        combine(cases, dice, depth - 1),
        combine(cases, dice, depth - 1),
    );
    // A condition over a missing value is false here and unknown in SQL; NOT must see false.
    match dice.below(3) {
        0 => (Expr::all_of(vec![a, b]), format!("({x} AND {y})")),
        1 => (Expr::any_of(vec![a, b]), format!("({x} OR {y})")),
        _ => (Expr::Not(Box::new(a)), format!("NOT coalesce({x}, 0)")),
    }
}

/// Sort fields and their SQL value over `c` and `s`.
const SORTS: &[(Field, &str)] = &[
    (Field::Spend, "s.spend_fen"),
    (Field::Orders, "s.orders"),
    (
        Field::Aov,
        "CASE WHEN s.orders > 0 THEN s.spend_fen * 1.0 / s.orders END",
    ),
    (Field::LastContact, "s.last_contact_at"),
    (Field::LastPurchase, "s.last_paid_at"),
    (Field::Added, "c.first_added_at"),
    (
        Field::Gender,
        "CASE WHEN c.gender IN (1, 2) THEN c.gender END",
    ),
    (Field::Birthday, "substr(c.birthday, 6)"),
    (Field::Id, "c.external_userid"),
    (Field::City, "c.region"),
    (
        Field::Owner,
        "(SELECT coalesce(u.name, f.userid) FROM follow f LEFT JOIN staff u USING (userid) WHERE f.external_userid = c.external_userid AND f.is_owner = 1)",
    ),
    (
        Field::Stage,
        "(SELECT x.stage_id FROM customer_stage x WHERE x.external_userid = c.external_userid AND x.journey_id = 1)",
    ),
    (Field::Name, "nullif(form(c.name), '')"),
];

#[test]
fn every_window_under_every_sort_is_the_one_sql_gives() {
    let shop = Shop::new(5);
    let mut engine = shop.load().engine;
    let mut dice = Dice(1);
    for q in ["", "spend>200", "-tag:vip", "tag:vip 张"] {
        let where_ = match q {
            "" => "1".to_owned(),
            q => cases_sql(q),
        };
        for (field, value) in SORTS {
            for descending in [false, true] {
                let expected = sorted(&shop, &where_, value, descending);
                for _ in 0..4 {
                    let (offset, rows) =
                        (dice.below(expected.len() as u64 + 1), dice.below(40_u32));
                    let got = list(
                        &mut engine,
                        &filter(q),
                        ground(),
                        &[sort(*field, descending)],
                        offset,
                        rows,
                    );
                    let from = (offset as usize).min(expected.len().saturating_sub(1));
                    let upto = (from + rows as usize).min(expected.len());
                    assert_eq!(
                        got,
                        expected[from..upto],
                        "{q} by {field:?} {descending} from {offset}"
                    );
                    if dice.chance(50) {
                        engine.prepare(&[sort(*field, descending)], today());
                    }
                }
                anchors_stand_where_sql_puts_them(
                    &mut engine,
                    q,
                    sort(*field, descending),
                    &expected,
                    &mut dice,
                );
            }
        }
    }
}

fn anchors_stand_where_sql_puts_them(
    engine: &mut Engine,
    q: &str,
    key: SortKey,
    expected: &[String],
    dice: &mut Dice,
) {
    let at = dice.below(expected.len());
    let id = CustomerId::from(expected[at].as_str());
    let q = filter(q);
    let ask = ListAsk {
        filter: &q,
        ground: ground(),
        sort: &[key],
        offset: 0,
        rows: 9,
        anchor: Some((&id, 4)),
        disclosure: Disclosure::Usual,
    };
    let page = engine.customers_page(&ask, stamp());
    assert_eq!(page.anchor_at, Some(at as u64));
    assert_eq!(page.offset, at.saturating_sub(4) as u64);
    assert_eq!(page.rows[at.min(4)].id, id);
}

/// Sorted by SQL; names by their search form, which SQL does not know.
fn sorted(shop: &Shop, where_: &str, value: &str, descending: bool) -> Vec<String> {
    let direction = if descending { "DESC" } else { "ASC" };
    if let Some(inner) = value.strip_prefix("nullif(form(") {
        let column = inner.split(')').next().unwrap();
        let sql = format!(
            "SELECT c.external_userid, {column} FROM customer c JOIN customer_stat s USING (external_userid) WHERE {where_}"
        );
        let mut statement = shop.conn.prepare(&sql).unwrap();
        let mut all: Vec<(String, String)> = statement
            .query_map([], |r| {
                Ok((r.get(0)?, fold::search_form(&r.get::<_, String>(1)?)))
            })
            .unwrap()
            .map(Result::unwrap)
            .collect();
        all.sort_by(|a, b| {
            let by_name = if descending {
                b.1.cmp(&a.1)
            } else {
                a.1.cmp(&b.1)
            };
            a.1.is_empty()
                .cmp(&b.1.is_empty())
                .then(by_name)
                .then(a.0.cmp(&b.0))
        });
        return all.into_iter().map(|(id, _)| id).collect();
    }
    shop.ids(&customers(
        where_,
        &format!("({value}) IS NULL, ({value}) {direction}, 1"),
    ))
}

#[test]
fn counts_and_facets_are_those_of_sql() {
    let shop = Shop::new(6);
    let mut engine = shop.load().engine;
    for (text, sql) in cases() {
        let page = engine.tags_page(&filter(text), ground(), stamp());
        let scope = format!(
            "SELECT c.external_userid FROM customer c JOIN customer_stat s USING (external_userid) WHERE {sql}"
        );
        assert_eq!(
            page.hits as i64,
            shop.number(&format!("SELECT count(*) FROM ({scope})")),
            "{text}"
        );
        let names: Vec<&str> = page.groups.iter().map(|g| g.name.as_str()).collect();
        assert_eq!(names, ["地区", "兴趣", "等级"]);
        for tag in page.groups.iter().flat_map(|g| &g.tags) {
            let holders = |cond: &str| {
                shop.number(&format!("SELECT count(DISTINCT external_userid) FROM customer_tag WHERE tag_id = '{}' AND external_userid IN ({cond})", tag.id.as_str()))
            };
            assert_eq!(tag.hits as i64, holders(&scope), "{text}: {}", tag.name);
            assert_eq!(
                tag.all as i64,
                holders("SELECT external_userid FROM customer"),
                "{}",
                tag.name
            );
        }
        let ask = ListAsk {
            filter: &filter(text),
            ground: ground(),
            sort: &[],
            offset: 0,
            rows: 1,
            anchor: None,
            disclosure: Disclosure::Usual,
        };
        let list = engine.customers_page(&ask, stamp());
        let spend =
            format!("SELECT sum(spend_fen) FROM customer_stat WHERE external_userid IN ({scope})");
        assert_eq!(list.spend.0, shop.number(&spend), "{text}");
    }
}

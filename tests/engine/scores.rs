//! RFM, churn and overdue levels against the documents' SQL.

use std::collections::{BTreeMap, BTreeSet};

use crate::asked::{filter, ground, list, stamp, today};
use crate::shop::Shop;
use caopan::domain::{CustomerId, Day, Fen};
use caopan::engine::{Disclosure, ListAsk};
use caopan::filter::Filter;

#[test]
fn scores_are_those_of_the_documents_sql() {
    let shop = Shop::new(10);
    let mut engine = shop.load().engine;
    // metrics.md 4.11, buyer_key read as the person.
    let sql = "WITH w AS (SELECT coalesce(external_userid, buyer_key) p, biz_date, net_fen FROM v_valid WHERE biz_date > date('2026-03-20', '-365 days') AND biz_date <= '2026-03-20'),
        v AS (SELECT p, max(biz_date) last, count(DISTINCT biz_date) f, sum(net_fen) m FROM w WHERE p IN (SELECT external_userid FROM customer) GROUP BY p)
        SELECT p, 1 + 5 * (rank() OVER (ORDER BY last) - 1) / count(*) OVER (), 1 + 5 * (rank() OVER (ORDER BY f) - 1) / count(*) OVER (), 1 + 5 * (rank() OVER (ORDER BY m) - 1) / count(*) OVER () FROM v";
    let mut statement = shop.conn.prepare(sql).unwrap();
    let expected: BTreeMap<String, (u8, u8, u8)> = statement
        .query_map([], |r| Ok((r.get(0)?, (r.get(1)?, r.get(2)?, r.get(3)?))))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(expected.len() > 100);
    for id in shop.ids("SELECT external_userid FROM customer") {
        let row = engine
            .customer(&CustomerId::from(id.as_str()), ground(), Disclosure::Usual)
            .unwrap();
        assert_eq!(
            row.rfm.map(|s| (s.r, s.f, s.m)),
            expected.get(&id).copied(),
            "{id}"
        );
    }
    let unsold = list(&mut engine, &filter("rfm:未购"), ground(), &[], 0, 10_000).len();
    assert_eq!(
        unsold as i64,
        shop.number("SELECT count(*) FROM customer") - expected.len() as i64
    );
}

#[test]
fn customers_are_listed_by_what_would_be_lost_first_then_by_spend() {
    let mut engine = Shop::new(11).load().engine;
    let everybody = Filter::default();
    let ask = ListAsk {
        filter: &everybody,
        ground: ground(),
        sort: &[],
        offset: 0,
        rows: 100_000,
        anchor: None,
        disclosure: Disclosure::Whole,
    };
    let listed = engine.customers_page(&ask, stamp()).rows;
    assert_eq!(
        listed.len() as u64,
        engine.customers_page(&ask, stamp()).pool
    );
    // Without a level there is no value: those stand behind a value of nothing.
    let key = |row: &caopan::engine::answer::CustomerRow| {
        let value = row.value_at_risk.map_or(-1, |value| value.0);
        (-value, -row.spend.0, row.id.as_str().to_owned())
    };
    let keys: Vec<_> = listed.iter().map(key).collect();
    assert!(keys.is_sorted());
    assert!(
        keys.first().is_some_and(|first| first.0 < 0),
        "somebody is at risk"
    );
    let top = list(&mut engine, &everybody, ground(), &[], 0, 7);
    let first: Vec<_> = keys.iter().take(7).map(|key| key.2.clone()).collect();
    assert_eq!(top, first, "the top without the whole order");
}

#[test]
fn overdue_levels_follow_the_purchase_days() {
    use caopan::domain::churn::{Intervals, Purchases, value_at_risk};
    let shop = Shop::new(11);
    let mut engine = shop.load().engine;
    let sql = "SELECT DISTINCT coalesce(external_userid, buyer_key), CAST(julianday(biz_date) - julianday('1970-01-01') AS INTEGER) FROM v_valid
        WHERE biz_date <= '2026-03-20' AND coalesce(external_userid, buyer_key) IN (SELECT external_userid FROM customer) ORDER BY 1, 2";
    let mut days: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    let mut statement = shop.conn.prepare(sql).unwrap();
    for pair in statement
        .query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, i32>(1)?)))
        .unwrap()
    {
        let (id, day) = pair.unwrap();
        days.entry(id).or_default().push(day);
    }
    let mut intervals = Intervals::default();
    for pair in days.values().flat_map(|d| d.windows(2)) {
        intervals.add((pair[1] - pair[0]) as u32);
    }
    assert!(intervals.len() > 200);
    let mut levels = BTreeSet::new();
    for id in shop.ids("SELECT external_userid FROM customer") {
        let row = engine
            .customer(&CustomerId::from(id.as_str()), ground(), Disclosure::Usual)
            .unwrap();
        let expected = days.get(&id).and_then(|d| {
            let bought = Purchases {
                first: Day(d[0]),
                last: Day(d[d.len() - 1]),
                days: d.len() as u32,
            };
            intervals.cuts().overdue(bought, today()).level()
        });
        let spend = shop.number(&format!(
            "SELECT spend_fen FROM customer_stat WHERE external_userid = '{id}'"
        ));
        let value =
            expected.map(|level| value_at_risk(Fen(spend), Day(days[&id][0]), today(), level));
        assert_eq!((row.risk, row.value_at_risk), (expected, value), "{id}");
        levels.insert(row.risk);
    }
    assert!(
        levels.len() > 3,
        "the sample has several levels: {levels:?}"
    );
}

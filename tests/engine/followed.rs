//! An engine that follows changes equals one that loads anew.

use std::collections::BTreeMap;

use crate::asked::{cases, filter, follow, ground, list, sort, stamp, today};
use crate::dice::Dice;
use crate::names::tag_of_shop;
use crate::shop::{CUSTOMERS, Shop};
use caopan::domain::kpi::GmvKind;
use caopan::domain::period::PeriodSpec;
use caopan::domain::{CampaignId, CustomerId};
use caopan::engine::answer::BoardMetric;
use caopan::engine::load::{Loaded, load};
use caopan::engine::{Disclosure, Engine, ListAsk};
use caopan::filter::{Field, Filter};
use proptest::prelude::*;

/// Everything the engine answers, as text.
fn everything(engine: &mut Engine) -> String {
    engine.refresh_scores(today());
    let sorts = [
        sort(Field::Spend, true),
        sort(Field::Name, false),
        sort(Field::Owner, true),
    ];
    for key in sorts {
        engine.prepare(&[key], today());
    }
    let mut said = String::new();
    for (text, _) in cases().into_iter().step_by(2) {
        let q = filter(text);
        for key in sorts {
            let ask = ListAsk {
                filter: &q,
                ground: ground(),
                sort: &[key],
                offset: 0,
                rows: 1000,
                anchor: None,
                disclosure: Disclosure::Whole,
            };
            said += &format!("{text}: {:?}\n", engine.customers_page(&ask, stamp()));
        }
        said += &format!("{:?}\n", engine.tags_page(&q, ground(), stamp()));
        let rows = engine.selection(&q, ground());
        let rows = (!rows.whole).then_some(&*rows.rows);
        let board = engine.board_counts(
            PeriodSpec::Last(90).resolve(today()),
            today(),
            BoardMetric::Gmv,
            rows,
            None,
        );
        said += &format!(
            "{:?} {:?}\n",
            board.staff.into_iter().collect::<BTreeMap<_, _>>(),
            board.uncredited
        );
        while engine.lacks_picked() {
            engine.pick_ahead();
        }
        for campaign in [1, 2, 3] {
            said += &format!(
                "{:?}\n",
                engine.campaign_counts(
                    CampaignId(campaign),
                    GmvKind::NetByRefundDate,
                    today(),
                    today(),
                    rows
                )
            );
        }
        said += &format!(
            "{:?}\n",
            engine
                .group_buyers(today(), rows)
                .into_iter()
                .collect::<BTreeMap<_, _>>()
        );
    }
    said
}

/// Boards of everybody over the periods that are kept, as text.
fn boards(engine: &mut Engine, metric: BoardMetric) -> String {
    let periods = [
        PeriodSpec::Today,
        PeriodSpec::Week,
        PeriodSpec::Month,
        PeriodSpec::Quarter,
        PeriodSpec::Year,
    ];
    let mut said = String::new();
    for spec in periods {
        let period = spec.resolve(today());
        let board = engine.board_counts(period, today(), metric, None, None);
        let staff = board.staff.into_iter().collect::<BTreeMap<_, _>>();
        said += &format!("{spec:?} {staff:?} {:?}\n", board.uncredited);
    }
    said
}

#[test]
fn a_kept_board_follows_an_order_its_refund_and_its_end() {
    let shop = Shop::new(23);
    let Loaded {
        mut engine,
        mut seq,
        ..
    } = shop.load();
    let metric = BoardMetric::NetGmv;
    boards(&mut engine, metric);
    let edits = [
        "UPDATE sale_order SET paid_fen = paid_fen + 777, biz_date = '2026-03-20' WHERE order_id IN (SELECT order_id FROM v_paid ORDER BY order_id LIMIT 3)",
        "UPDATE sale_order SET credited_userid = (SELECT max(userid) FROM staff) WHERE order_id IN (SELECT order_id FROM order_refund)",
        "DELETE FROM order_refund WHERE order_id IN (SELECT min(order_id) FROM order_refund)",
    ];
    for sql in edits {
        assert!(shop.conn.execute(sql, []).unwrap() > 0, "{sql}");
        seq = follow(&shop, &mut engine, seq);
        let month = PeriodSpec::Month.resolve(today());
        let (kept, room) = (
            !engine.lacks_board(month, today(), metric),
            engine.lacks_board(month, today(), BoardMetric::Adds),
        );
        assert!(kept && !room, "all five boards are kept");
        let fresh = boards(&mut shop.load().engine, metric);
        assert_eq!(boards(&mut engine, metric), fresh, "{sql}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn an_engine_that_followed_changes_equals_one_that_loads_anew(seed in any::<u64>(), rounds in prop::collection::vec(1_usize..12, 1..5), ranked in prop::sample::select(vec![BoardMetric::NetGmv, BoardMetric::Orders, BoardMetric::Adds])) {
        let mut shop = Shop::new(seed % 3 + 20);
        shop.dice = Dice(seed);
        let Loaded { mut engine, mut seq, .. } = shop.load();
        // Kept orders, sets, scores and boards must follow too.
        everything(&mut engine);
        boards(&mut engine, ranked);
        for acts in rounds {
            for _ in 0..acts {
                shop.act();
            }
            seq = follow(&shop, &mut engine, seq);
        }
        let fresh = boards(&mut shop.load().engine, ranked);
        prop_assert_eq!(boards(&mut engine, ranked), fresh);
        let followed = everything(&mut engine);
        let fresh = everything(&mut shop.load().engine);
        for (a, b) in followed.lines().zip(fresh.lines()) {
            prop_assert_eq!(a, b);
        }
    }
}

#[test]
fn one_thread_loads_what_two_threads_load() {
    let shop = Shop::new(15);
    let mut alone = load(&mut shop.reader(), None, &|_, _| {}).unwrap().engine;
    assert_eq!(everything(&mut alone), everything(&mut shop.load().engine));
}

#[test]
fn a_row_nobody_can_read_spoils_no_other() {
    let shop = Shop::new(16);
    shop.conn
        .execute_batch(
            "PRAGMA ignore_check_constraints = ON; UPDATE bulk SET active = 1;
             UPDATE customer SET name = CAST(x'ff41fe' AS TEXT), birthday = '2026-99-99', region = CAST(x'c328' AS TEXT), gender = 9223372036854775807, first_added_at = -9223372036854775808 WHERE external_userid = 'wm0007';
             UPDATE sale_order SET paid_fen = 9223372036854775807, biz_date = 'never' WHERE order_id IN ('o00001', 'o00002');",
        )
        .unwrap();
    let mut engine = shop.load().engine;
    assert_eq!(
        list(&mut engine, &Filter::default(), ground(), &[], 0, 10_000).len() as u64,
        CUSTOMERS
    );
    let row = engine
        .customer(&CustomerId::from("wm0007"), ground(), Disclosure::Usual)
        .unwrap();
    assert_eq!(
        (row.name.as_str(), row.gender, row.added),
        ("\u{fffd}A\u{fffd}", 0, Some(i64::MIN))
    );
}

#[test]
fn counts_made_ahead_are_those_asked_for_and_follow_a_tag_that_is_taken() {
    let shop = Shop::new(21);
    let Loaded {
        mut engine, seq, ..
    } = shop.load();
    let (tag, _) = tag_of_shop(&shop);
    let with = filter(&format!("tag:#{tag}"));
    let count = |engine: &mut Engine, q: &Filter| {
        let page = engine.tags_page(q, ground(), stamp());
        let tags = page.groups.iter().flat_map(|group| &group.tags);
        let hits: Vec<u64> = tags.clone().map(|tag| tag.hits).collect();
        let one = tags.clone().find(|row| row.id.as_str() == tag);
        (one.expect("the tag").hits, hits)
    };
    let links = format!(
        "SELECT count(DISTINCT external_userid) FROM customer_tag JOIN customer USING (external_userid) WHERE tag_id = '{tag}'"
    );
    for q in [&with, &Filter::default()] {
        engine.foresee(q, ground());
        let asked = count(&mut engine, q);
        assert_eq!(asked, count(&mut shop.load().engine, q));
        assert_eq!(i64::try_from(asked.0).unwrap(), shop.number(&links));
    }
    // Nobody comes, leaves or spends: all that is kept of everybody is who they are.
    let taken = format!(
        "DELETE FROM customer_tag WHERE tag_id = '{tag}' AND external_userid = (SELECT min(external_userid)
         FROM customer_tag JOIN customer USING (external_userid) WHERE tag_id = '{tag}')"
    );
    let before = shop.number(&links);
    shop.conn.execute(&taken, []).unwrap();
    follow(&shop, &mut engine, seq);
    for q in [&Filter::default(), &with] {
        let (now, _) = count(&mut engine, q);
        assert_eq!(i64::try_from(now).unwrap(), before - 1);
    }
}

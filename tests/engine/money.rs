//! The board, campaigns and groups' buyers against SQL.

use crate::asked::{cases_sql, filter, ground, period, today};
use crate::selected::customers;
use crate::shop::Shop;
use caopan::domain::kpi::{CampaignCounts, GmvKind, Step};
use caopan::domain::period::{Period, PeriodSpec};
use caopan::domain::{CampaignId, ChatId, Day, StaffId};
use caopan::engine::Engine;
use caopan::engine::answer::BoardMetric;

/// The person of an order `o`.
const PERSON: &str = "coalesce(o.external_userid, o.buyer_key)";

/// SQL for the person of an order or step being among some customers; all persons for the empty filter.
fn among(person: &str, q: &str) -> String {
    if q.is_empty() {
        return "1".to_owned();
    }
    format!("{person} IN ({})", customers(&cases_sql(q), "1"))
}

#[test]
fn the_board_is_the_one_sql_adds_up() {
    let shop = Shop::new(12);
    let mut engine = shop.load().engine;
    let spans = [
        period(),
        Period::day(today()),
        PeriodSpec::LastMonth.resolve(today()),
        PeriodSpec::Last(90).resolve(today()),
    ];
    for q in ["", "tag:vip", "spend>200"] {
        let rows = engine.selection(&filter(q), ground());
        let rows = (!rows.whole).then_some(&*rows.rows);
        for span in spans {
            let counts = engine.board_counts(span, today(), BoardMetric::NetGmv, rows, None);
            let between = format!("BETWEEN '{}' AND '{}'", span.from, span.to);
            let who = among("coalesce(o.external_userid, o.buyer_key)", q);
            for staff in ["s1", "s2", "s3", "s4", "s5"] {
                let by = format!("o.credited_userid = '{staff}' AND {who}");
                let got = counts
                    .staff
                    .get(&StaffId::from(staff))
                    .cloned()
                    .unwrap_or_default();
                let gross = |on: &str| {
                    shop.number(&format!(
                        "SELECT sum(paid_fen) FROM v_paid o WHERE {by} AND o.biz_date {on}"
                    ))
                };
                let refunds = |on: &str| {
                    shop.number(&format!("SELECT sum(r.amount_fen) FROM order_refund r JOIN v_paid o USING (order_id) WHERE {by} AND r.biz_date {on}"))
                };
                let orders = shop.number(&format!(
                    "SELECT count(*) FROM v_paid o WHERE {by} AND o.biz_date {between}"
                ));
                let adds = shop.number(&format!("SELECT count(*) FROM follow_event e WHERE kind = 'add' AND userid = '{staff}' AND biz_date {between} AND {}", among("e.external_userid", q)));
                assert_eq!(
                    (
                        got.gross.0,
                        got.refunds.0,
                        i64::from(got.orders),
                        i64::from(got.adds)
                    ),
                    (gross(&between), refunds(&between), orders, adds),
                    "{staff} {span:?} {q}"
                );
                let last = span.to.min(today());
                let trend: Vec<i64> = (0..7)
                    .map(|i| format!("= '{}'", last.plus(i - 6)))
                    .map(|on| gross(&on) - refunds(&on))
                    .collect();
                assert!(
                    got.trend.is_empty() && trend.iter().all(|v| *v == 0) || got.trend == trend,
                    "{staff} {span:?} {q}: {:?} {trend:?}",
                    got.trend
                );
            }
            let nobody = shop.number(&format!("SELECT sum(paid_fen) FROM v_paid o WHERE o.credited_userid IS NULL AND {who} AND o.biz_date {between}"));
            assert_eq!(counts.uncredited.gross.0, nobody);
            // Asked for again, its orders are picked out of all others while nobody waits.
            let again = |engine: &mut Engine| {
                engine.board_counts(span, today(), BoardMetric::NetGmv, rows, None)
            };
            assert_eq!(again(&mut engine), counts);
            while engine.lacks_picked() {
                engine.pick_ahead();
            }
            assert_eq!(again(&mut engine), counts);
        }
    }
    let only = engine.staff_set(&[StaffId::from("s2")]);
    let counts = engine.board_counts(spans[3], today(), BoardMetric::Adds, None, Some(&only));
    assert_eq!(
        counts.staff.keys().map(StaffId::as_str).collect::<Vec<_>>(),
        ["s2"]
    );
}

/// A campaign by SQL, of the customers a filter selects, up to today.
struct Plain<'a> {
    shop: &'a Shop,
    campaign: i64,
    last: Day,
    q: &'a str,
    /// Its paid orders, as a table and a condition.
    orders: String,
}

impl<'a> Plain<'a> {
    fn of(shop: &'a Shop, campaign: i64, last: Day, q: &'a str) -> Self {
        let of = format!("o.campaign_id = {campaign} AND o.biz_date <= '2026-03-20'");
        let orders = format!("v_paid o WHERE {of} AND {}", among(PERSON, q));
        Self {
            shop,
            campaign,
            last,
            q,
            orders,
        }
    }

    fn number(&self, what: &str) -> i64 {
        self.shop
            .number(&format!("SELECT {what} FROM {}", self.orders))
    }

    /// Of orders whose items are known.
    fn of_known(&self, what: &str) -> i64 {
        let known = "EXISTS (SELECT 1 FROM order_item i WHERE i.order_id = o.order_id)";
        self.shop
            .number(&format!("SELECT {what} FROM {} AND {known}", self.orders))
    }

    /// What was given back on the days of a condition.
    fn given_back(&self, days: &str) -> i64 {
        self.shop.number(&format!(
            "SELECT sum(r.amount_fen) FROM order_refund r JOIN (SELECT o.order_id FROM {}) USING (order_id) WHERE r.biz_date {days}",
            self.orders
        ))
    }

    fn items(&self) -> i64 {
        self.shop.number(&format!(
            "SELECT sum(qty) FROM order_item WHERE order_id IN (SELECT o.order_id FROM {})",
            self.orders
        ))
    }

    /// Who reached a step, as a query.
    fn at(&self, step: Step) -> String {
        format!(
            "SELECT person_key FROM campaign_step k WHERE campaign_id = {} AND step = '{}' AND {}",
            self.campaign,
            step.as_str(),
            among("k.person_key", self.q)
        )
    }

    fn check_sums(&self, got: &CampaignCounts) {
        let buyers = self.number(&format!("count(DISTINCT {PERSON})"));
        assert_eq!(got.buyers as i64, buyers, "{} {}", self.campaign, self.q);
        assert_eq!(
            (got.orders as i64, got.money.gross.0),
            (self.number("count(*)"), self.number("sum(paid_fen)"))
        );
        let in_time = self.given_back(&format!("<= '{}'", self.last));
        assert_eq!(
            (got.money.refunded_so_far.0, got.money.refunded_in_period.0),
            (self.number("sum(refund_fen)"), in_time)
        );
        let known = got.itemised.unwrap_or_default();
        assert_eq!(
            (known.items as i64, known.orders as i64),
            (self.items(), self.of_known("count(*)"))
        );
        assert_eq!(
            (known.money.gross.0, known.money.refunded_so_far.0),
            (
                self.of_known("sum(paid_fen)"),
                self.of_known("sum(refund_fen)")
            )
        );
    }

    fn check_days(&self, got: &CampaignCounts, kind: GmvKind) {
        for (i, fen) in (0..).zip(&got.by_day) {
            let day = self.last.plus(i - 13);
            let counted = if kind == GmvKind::NetByOrderDate {
                "paid_fen - refund_fen"
            } else {
                "paid_fen"
            };
            let paid = self.shop.number(&format!(
                "SELECT sum({counted}) FROM {} AND o.biz_date = '{day}'",
                self.orders
            ));
            let back = if kind == GmvKind::NetByRefundDate {
                self.given_back(&format!("= '{day}'"))
            } else {
                0
            };
            assert_eq!(fen.0, paid - back, "{} {day} {kind:?}", self.campaign);
        }
    }

    fn check_steps(&self, counted: &CampaignCounts) {
        let mut before: Option<Step> = None;
        for (step, people) in Step::ALL.into_iter().zip(counted.steps) {
            let count = |of: &str| self.shop.number(&format!("SELECT count(*) FROM ({of})"));
            let at = self.at(step);
            assert_eq!(people.people as i64, count(&at));
            let both = before.map_or(0, |b| count(&format!("{} INTERSECT {at}", self.at(b))));
            assert_eq!(people.with_previous as i64, both);
            // The steps of everybody, also for those of whom nobody is at one.
            let recorded = self.shop.number(&format!(
                "SELECT count(*) FROM campaign_step WHERE campaign_id = {} AND step = '{}'",
                self.campaign,
                step.as_str()
            ));
            assert_eq!(
                people.recorded,
                recorded > 0,
                "{} {step:?} {}",
                self.campaign,
                self.q
            );
            if people.recorded {
                before = Some(step);
            }
        }
    }
}

#[test]
fn campaigns_count_what_sql_counts() {
    let shop = Shop::new(13);
    let mut engine = shop.load().engine;
    let mut late = 0;
    for q in ["", "tag:vip", "orders>=3"] {
        let rows = engine.selection(&filter(q), ground());
        let rows = (!rows.whole).then_some(&*rows.rows);
        // Of campaigns long over, just over and under way.
        let last = |id: CampaignId| Some(today().plus(i32::try_from(id.0).unwrap() * 8 - 24));
        let money = engine.campaign_money(today(), &last, rows);
        for id in [1, 2, 3] {
            let campaign = CampaignId(id);
            let last = last(campaign).unwrap();
            let plain = Plain::of(&shop, id, last, q);
            late += plain.given_back("<= '2026-03-20'") - plain.given_back(&format!("<= '{last}'"));
            for kind in [
                GmvKind::Gross,
                GmvKind::NetByRefundDate,
                GmvKind::NetByOrderDate,
            ] {
                let got = engine.campaign_counts(campaign, kind, today(), last, rows);
                plain.check_sums(&got);
                assert_eq!(money.get(&campaign), Some(&got.money));
                plain.check_days(&got, kind);
            }
            let gross = GmvKind::Gross;
            plain.check_steps(&engine.campaign_counts(campaign, gross, today(), today(), rows));
        }
    }
    assert!(late > 0, "some was given back after the last day");
}

#[test]
fn buyers_among_a_groups_members_are_those_of_sql() {
    let shop = Shop::new(14);
    let mut engine = shop.load().engine;
    for q in ["", "tag:vip"] {
        let rows = engine.selection(&filter(q), ground());
        let rows = (!rows.whole).then_some(&*rows.rows);
        let buyers = engine.group_buyers(today(), rows);
        for chat in ["c1", "c2", "c3", "c4"] {
            let sql = format!("SELECT count(DISTINCT m.member_id) FROM group_member m JOIN group_chat g USING (chat_id) WHERE chat_id = '{chat}' AND g.dissolved_at IS NULL
                AND m.type = 2 AND m.quit_at IS NULL AND {} AND EXISTS (SELECT 1 FROM v_valid o WHERE coalesce(o.external_userid, o.buyer_key) = m.member_id
                AND o.biz_date BETWEEN '2026-02-18' AND '2026-03-19')", among("m.member_id", q));
            let got = buyers.get(&ChatId::from(chat)).map_or(0, |of| of.bought);
            assert_eq!(i64::from(got), shop.number(&sql), "{chat} {q}");
        }
    }
}

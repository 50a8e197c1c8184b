//! How the engine is asked, and the filters with the SQL that says the same.

use crate::shop::{NOW, Shop, date};
use caopan::domain::period::{Period, PeriodSpec};
use caopan::domain::{AsOf, Day, Zone};
use caopan::engine::answer::Stamp;
use caopan::engine::{Disclosure, Engine, Ground, ListAsk};
use caopan::filter::{Ctx, Field, Filter, SortKey, parse};
use caopan::store::changes::{Seq, Tail, since};
use caopan::store::load as rows;

pub fn as_of() -> AsOf {
    AsOf {
        unix: NOW,
        zone: Zone::default(),
    }
}

pub fn today() -> Day {
    as_of().today()
}

pub fn period() -> Period {
    PeriodSpec::Month.resolve(today())
}

pub fn ground() -> Ground<'static> {
    Ground {
        as_of: as_of(),
        period: period(),
        org: None,
    }
}

pub fn stamp() -> Stamp {
    Stamp {
        revision: 0,
        as_of: NOW,
        period: period(),
        partial: true,
        org: None,
        filter: String::new(),
        named: Filter::default(),
    }
}

pub fn filter(text: &str) -> Filter {
    parse(text, &Ctx::default()).unwrap_or_else(|e| panic!("{text}: {e:?}"))
}

pub fn sort(field: Field, descending: bool) -> SortKey {
    SortKey { field, descending }
}

/// The ids of a window, its offset and where the anchor stands.
pub fn list(
    engine: &mut Engine,
    filter: &Filter,
    ground: Ground<'_>,
    sort: &[SortKey],
    offset: u64,
    rows: u32,
) -> Vec<String> {
    let ask = ListAsk {
        filter,
        ground,
        sort,
        offset,
        rows,
        anchor: None,
        disclosure: Disclosure::Whole,
    };
    engine
        .customers_page(&ask, stamp())
        .rows
        .into_iter()
        .map(|row| row.id.as_str().to_owned())
        .collect()
}

fn days_ago(n: i64) -> i64 {
    NOW - n * 86_400
}

/// Filters and what they mean in SQL over `customer c` and `customer_stat s`.
pub fn cases() -> Vec<(&'static str, String)> {
    let month = (date(period().from), date(period().to));
    let start = |day: Day| as_of().zone.start_of(day);
    let tag = |cond: &str| {
        format!(
            "EXISTS (SELECT 1 FROM customer_tag x JOIN tag t USING (tag_id) WHERE x.external_userid = c.external_userid AND t.is_deleted = 0 AND {cond})"
        )
    };
    let owner = |cond: &str| {
        format!(
            "EXISTS (SELECT 1 FROM follow f LEFT JOIN staff u USING (userid) WHERE f.external_userid = c.external_userid AND f.is_owner = 1 AND {cond})"
        )
    };
    let person = "coalesce(o.external_userid, o.buyer_key) = c.external_userid";
    let text = |word: &str| {
        format!("(instr(lower(c.name), '{word}') OR instr(c.external_userid, '{word}')
        OR EXISTS (SELECT 1 FROM follow f WHERE f.external_userid = c.external_userid AND instr(lower(f.remark), '{word}')))")
    };
    let member = |cond: &str| {
        format!("EXISTS (SELECT 1 FROM group_member m JOIN group_chat g USING (chat_id) WHERE m.member_id = c.external_userid
        AND m.type = 2 AND m.quit_at IS NULL AND g.dissolved_at IS NULL AND {cond})")
    };
    vec![
        ("", "1".into()),
        ("tag:vip", tag("t.name = 'vip'")),
        ("tag:高净值,复购", tag("t.name IN ('高净值','复购')")),
        ("tag:高", tag("instr(t.name, '高')")),
        ("-tag:#t2", format!("NOT {}", tag("t.tag_id = 't2'"))),
        ("no:tag", "NOT EXISTS (SELECT 1 FROM customer_tag x WHERE x.external_userid = c.external_userid)".into()),
        ("spend>200", "s.spend_fen > 20000".into()),
        ("spend:100..9000万", "s.spend_fen BETWEEN 10000 AND 9000000000".into()),
        ("orders>=3", "s.orders >= 3".into()),
        ("aov>250", "s.orders > 0 AND s.spend_fen * 1.0 / s.orders > 25000".into()),
        ("last<30d", format!("s.last_contact_at > {}", days_ago(30))),
        ("no:last", "s.last_contact_at IS NULL".into()),
        ("bought>60d", format!("s.last_paid_at < {}", days_ago(60))),
        ("has:bought", "s.last_paid_at IS NOT NULL".into()),
        ("added:本月", format!("c.first_added_at >= {} AND c.first_added_at < {}", start(period().from), start(period().to.plus(1)))),
        ("owner:何敏", owner("u.name = '何敏'")),
        ("owner:#s5", owner("f.userid = 's5'")),
        ("no:owner", format!("NOT {}", owner("1"))),
        ("source:直播间", "(SELECT h.name FROM follow f LEFT JOIN channel h USING (channel_id) WHERE f.external_userid = c.external_userid
            ORDER BY f.is_owner DESC, f.added_at, f.userid LIMIT 1) = '直播间'".into()),
        ("stage:复购期", "EXISTS (SELECT 1 FROM customer_stage x WHERE x.external_userid = c.external_userid AND x.stage_id = 12)".into()),
        ("has:stage", "EXISTS (SELECT 1 FROM customer_stage x WHERE x.external_userid = c.external_userid AND x.journey_id = 1)".into()),
        ("group:母婴", member("instr(g.name, '母婴')")),
        ("has:group", member("1")),
        ("city:上海", "c.region = '上海'".into()),
        ("city:上海*", "c.region LIKE '上海%'".into()),
        ("gender:女", "c.gender = 2".into()),
        ("gender:未知", "coalesce(c.gender, 0) NOT IN (1, 2)".into()),
        ("birthday:3", "c.birthday LIKE '____-03-__'".into()),
        ("张", text("张")),
        ("name:alice", "instr(lower(c.name), 'alice')".into()),
        ("2210", format!("({} OR c.phone LIKE '%2210')", text("2210"))),
        ("phone:210", "c.phone LIKE '%210'".into()),
        ("#wm0070", "c.external_userid = 'wm0070'".into()),
        ("name~^张.丽", "c.name LIKE '张_丽%'".into()),
        ("buyer:#s2", format!("EXISTS (SELECT 1 FROM v_paid o WHERE {person} AND o.credited_userid = 's2' AND (o.biz_date BETWEEN '{0}' AND '{1}' OR EXISTS (SELECT 1 FROM order_refund r WHERE r.order_id = o.order_id AND r.biz_date BETWEEN '{0}' AND '{1}')))", month.0, month.1)),
        ("adder:#s2", format!("EXISTS (SELECT 1 FROM follow_event e WHERE e.external_userid = c.external_userid AND e.userid = 's2' AND e.kind = 'add' AND e.biz_date BETWEEN '{}' AND '{}')", month.0, month.1)),
        ("campaign:1", format!("EXISTS (SELECT 1 FROM v_paid o WHERE {person} AND o.campaign_id = 1)")),
        ("step:1/paid", "EXISTS (SELECT 1 FROM campaign_step k WHERE k.person_key = c.external_userid AND k.campaign_id = 1 AND k.step = 'paid')".into()),
        ("环节:三八节/支付", "EXISTS (SELECT 1 FROM campaign_step k WHERE k.person_key = c.external_userid AND k.campaign_id = 1 AND k.step = 'paid')".into()),
    ]
}

pub fn cases_sql(q: &str) -> String {
    let cases = cases();
    let one = |text: &str| {
        cases
            .iter()
            .find(|(t, _)| *t == text)
            .map(|(_, sql)| sql.clone())
    };
    one(q).unwrap_or_else(|| match q {
        "-tag:vip" => format!("NOT {}", one("tag:vip").unwrap()),
        _ => q
            .split(' ')
            .map(|part| one(part).unwrap())
            .collect::<Vec<_>>()
            .join(" AND "),
    })
}

/// Follows the log from `seq` on.
pub fn follow(shop: &Shop, engine: &mut Engine, seq: Seq) -> Seq {
    let conn = shop.reader();
    let Tail::Changes(changes) = since(&conn, seq).unwrap() else {
        panic!("no gap expected")
    };
    let again = rows::again(&conn, &changes, &engine.owners(&changes)).unwrap();
    engine.apply(&again);
    changes.upto
}

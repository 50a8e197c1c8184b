//! Org nodes, hits of none and names: what is among whom, and what is said of nothing.

use crate::asked::{cases_sql, filter, ground, list, stamp};
use crate::names::tag_of_shop;
use crate::selected::customers;
use crate::shop::Shop;
use caopan::domain::StaffId;
use caopan::engine::answer::Doubt;
use caopan::engine::{Disclosure, Ground, ListAsk};

#[test]
fn an_org_node_holds_the_customers_its_staff_own() {
    let shop = Shop::new(7);
    let mut engine = shop.load().engine;
    let set = engine.staff_set(&[
        StaffId::from("s1"),
        StaffId::from("s5"),
        StaffId::from("nobody"),
    ]);
    let ground = Ground {
        org: Some(&set),
        ..ground()
    };
    let mut found = list(&mut engine, &filter("-tag:vip"), ground, &[], 0, 10_000);
    found.sort();
    let owned = "c.external_userid IN (SELECT external_userid FROM follow WHERE is_owner = 1 AND userid IN ('s1','s5'))";
    assert_eq!(
        found,
        shop.ids(&customers(
            &format!("{owned} AND {}", cases_sql("-tag:vip")),
            "1"
        ))
    );
    let page = engine.tags_page(&filter("-tag:vip"), ground, stamp());
    let vip = page
        .groups
        .iter()
        .flat_map(|g| &g.tags)
        .find(|t| t.name.as_str() == "vip")
        .unwrap();
    let all = shop.number(&format!("SELECT count(DISTINCT x.external_userid) FROM customer_tag x JOIN customer c USING (external_userid) WHERE tag_id = 't1' AND {owned}"));
    assert_eq!((vip.all as i64, vip.hits), (all, 0));
}

#[test]
fn zero_hits_name_the_term_to_drop() {
    let shop = Shop::new(8);
    let mut engine = shop.load().engine;
    let q = filter("spend>200 name:没有这个人");
    let ask = ListAsk {
        filter: &q,
        ground: ground(),
        sort: &[],
        offset: 5,
        rows: 10,
        anchor: None,
        disclosure: Disclosure::Usual,
    };
    let page = engine.customers_page(&ask, stamp());
    assert_eq!((page.hits, page.rows.len()), (0, 0));
    let culprit = page.culprit.unwrap();
    assert_eq!(
        (culprit.terms, culprit.without as i64),
        (
            filter("name:没有这个人"),
            shop.number("SELECT count(*) FROM customer_stat WHERE spend_fen > 20000")
        )
    );
}

#[test]
fn zero_hits_of_two_terms_name_both() {
    let shop = Shop::new(8);
    let mut engine = shop.load().engine;
    let q = filter("spend>200 name:没有这个人 city:没有这座城");
    let ask = ListAsk {
        filter: &q,
        ground: ground(),
        sort: &[],
        offset: 0,
        rows: 10,
        anchor: None,
        disclosure: Disclosure::Usual,
    };
    let culprit = engine.customers_page(&ask, stamp()).culprit.unwrap();
    assert_eq!(
        (culprit.terms, culprit.without as i64),
        (
            filter("name:没有这个人 city:没有这座城"),
            shop.number("SELECT count(*) FROM customer_stat WHERE spend_fen > 20000")
        )
    );
}

#[test]
fn zero_hits_say_which_name_there_is_not_and_which_word_is_no_operator() {
    let shop = Shop::new(8);
    let mut engine = shop.load().engine;
    let (_, name) = tag_of_shop(&shop);
    let mut doubt = |text: &str| {
        let q = filter(text);
        let ask = ListAsk {
            filter: &q,
            ground: ground(),
            sort: &[],
            offset: 0,
            rows: 10,
            anchor: None,
            disclosure: Disclosure::Usual,
        };
        let page = engine.customers_page(&ask, stamp());
        assert_eq!(page.hits, 0, "{text}");
        page.culprit.and_then(|culprit| culprit.doubt)
    };
    let typo = format!("{name}错");
    let said = doubt(&format!("tag:{typo}"))
        .unwrap()
        .said(caopan::domain::Lang::Zh);
    assert!(
        said.starts_with(&format!("没有标签 {typo}, 是不是 ")),
        "{said}"
    );
    assert_eq!(
        doubt("spend>1 or name:没有这个人").unwrap(),
        Doubt::SmallOperator("OR")
    );
    assert_eq!(doubt("name:没有这个人"), None);
}

//! Rows nobody can read, and filters shown with names.

use crate::asked::{filter, ground};
use crate::shop::Shop;
use caopan::engine::Engine;

/// A tag of which there is one of its name: id and name.
pub fn tag_of_shop(shop: &Shop) -> (String, String) {
    let sql = "SELECT tag_id, name FROM tag WHERE is_deleted = 0 GROUP BY name HAVING count(*) = 1 ORDER BY length(name) DESC";
    shop.conn
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
}

#[test]
fn a_filter_is_shown_with_names_and_finds_the_same_rows() {
    let shop = Shop::new(8);
    let mut engine = shop.load().engine;
    let (tag, name) = tag_of_shop(&shop);
    let by_id = filter(&format!("tag:#{tag} -owner:#nobody"));
    let shown = engine.named(&by_id);
    let words = caopan::filter::print_in(&shown, caopan::domain::Lang::Zh);
    assert!(
        words.starts_with("标签:") && words.contains(&name),
        "{words}"
    );
    assert!(
        words.ends_with(" -顾问:#nobody"),
        "an id of nobody stays: {words}"
    );
    assert_eq!(filter(&words), shown);
    let hits = |engine: &mut Engine, q| engine.select(q, ground()).count();
    assert_eq!(hits(&mut engine, &shown), hits(&mut engine, &by_id));
}

#[test]
fn a_step_is_shown_with_the_campaigns_name_in_the_words_of_the_language() {
    let shop = Shop::new(8);
    let mut engine = shop.load().engine;
    let by_number = filter("step:1/clicked");
    let shown = engine.named(&by_number);
    let words = caopan::filter::print_in(&shown, caopan::domain::Lang::Zh);
    assert_eq!(words, "环节:三八节/点击");
    assert_eq!(filter(&words), shown);
    let hits = |engine: &mut Engine, q| engine.select(q, ground()).count();
    assert!(hits(&mut engine, &by_number) > 0);
    assert_eq!(hits(&mut engine, &shown), hits(&mut engine, &by_number));
}

#[test]
fn two_of_one_name_are_told_apart_and_their_name_says_that_it_means_both() {
    let shop = Shop::new(8);
    let owners = "SELECT userid, count(*) FROM follow JOIN customer USING (external_userid)
        WHERE is_owner = 1 AND userid IN (SELECT userid FROM staff) GROUP BY 1 ORDER BY 2 DESC LIMIT 2";
    let each: Vec<(String, u64)> = {
        let mut statement = shop.conn.prepare(owners).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().map(Result::unwrap).collect()
    };
    let [(one, first), (two, second)] = &each[..] else {
        panic!("{each:?}")
    };
    let sql = "UPDATE staff SET name = '王芳芳' WHERE userid IN (?1, ?2)";
    shop.conn.execute(sql, [one, two]).unwrap();
    let mut engine = shop.load().engine;
    let mut hits = |text: &str| {
        let q = filter(text);
        let shown = engine.named(&q);
        let found = engine.select(&q, ground()).count();
        assert_eq!(engine.select(&shown, ground()).count(), found, "{text}");
        let words = caopan::filter::print(&shown);
        assert_eq!(filter(&words), shown, "{words}");
        (found, words)
    };
    let apart = |id: &str| format!("owner:\"王芳芳({id})\"");
    assert_eq!(hits(&format!("owner:{one}")).0, *first);
    assert_eq!(hits(&format!("owner:王芳芳({two})")).0, *second);
    assert_eq!(hits(&format!("owner:王芳芳（{two}） ")).0, *second);
    assert_eq!(hits(&format!("owner:#{one}")), (*first, apart(one)));
    let (both, words) = hits("owner:王芳芳");
    assert_eq!(both, first + second);
    assert!(words.contains(&format!("\"王芳芳({one})\"")), "{words}");
    assert!(words.contains(&format!("\"王芳芳({two})\"")), "{words}");
    assert_eq!(hits("owner=王芳芳").0, both);
    assert_eq!(
        hits("owner:王芳").1,
        "owner:王芳",
        "part of a name lists nobody"
    );
}

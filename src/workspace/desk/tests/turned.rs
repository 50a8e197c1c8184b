//! What a notice of changed rows says of them.

use std::collections::BTreeSet;

use super::*;
use crate::engine::request::Notice;
use crate::workspace::CaughtUp;

#[test]
fn a_notice_says_what_differs_of_customers_and_who_is_gone() {
    let folder = folder();
    let path = folder.path().join("w.db");
    let mut workspace = desk(&path).workspace;
    let as_of = workspace.as_of(NOW);
    let other = Connection::open(&path).unwrap();
    let one = |sql: &str| -> String { other.query_row(sql, [], |row| row.get(0)).unwrap() };
    let [tagged, left] = ["min", "max"].map(|which| {
        one(&format!(
            "SELECT {which}(external_userid) FROM customer_tag"
        ))
    });
    let names = "SELECT group_concat(DISTINCT name) FROM customer_tag JOIN tag USING (tag_id)
                 WHERE external_userid = (SELECT min(external_userid) FROM customer_tag)";
    let names = one(names);
    let untag = "DELETE FROM customer_tag WHERE external_userid = ?1";
    other.execute(untag, [&tagged]).unwrap();
    let leave = "DELETE FROM customer WHERE external_userid = ?1";
    other.execute(leave, [&left]).unwrap();
    let caught = workspace.catch_up(as_of).unwrap();
    let CaughtUp::Changed(Notice::Changed { turned, gone, .. }, _) = caught else {
        panic!("{caught:?}");
    };
    let [(id, told)] = turned.as_slice() else {
        panic!("{turned:?}");
    };
    let [tags] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!((id.as_str(), tags.field), (tagged.as_str(), Field::Tag));
    let was: BTreeSet<&str> = tags
        .was
        .iter()
        .map(crate::domain::SafeText::as_str)
        .collect();
    assert_eq!(was, names.split(',').collect());
    assert_eq!((tags.is.len(), gone), (0, vec![left.as_str().into()]));
}

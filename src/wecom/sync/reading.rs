//! Relations out of the server's answers: pages of `batch/get_by_user`, and one customer's own.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::wecom::intake::contacts::{Contact, Person};
use crate::wecom::intake::relation::Relation;
use crate::wecom::page::{Cells, id, text};

/// The relations of a page of `batch/get_by_user`, and how many rows were none.
pub fn contacts_of(rows: &[Value]) -> (Vec<Contact>, u64) {
    let read = |row: &Value| {
        let cells = Cells::of(row);
        Some(Contact {
            person: person(cells.inside("external_contact"))?,
            relation: relation(cells.inside("follow_info"))?,
        })
    };
    let found: Vec<_> = rows.iter().filter_map(read).collect();
    let odd = (rows.len() - found.len()) as u64;
    (found, odd)
}

/// The relations of an answer of `externalcontact/get`: one person, whoever follows them.
pub fn followers(answer: &Value) -> (Vec<Contact>, u64) {
    let cells = Cells::of(answer);
    let rows = cells.list("follow_user").unwrap_or_default();
    let Some(person) = person(cells.inside("external_contact")) else {
        return (Vec::new(), rows.len() as u64);
    };
    let found: Vec<_> = rows
        .iter()
        .filter_map(|row| {
            Some(Contact {
                person: person.clone(),
                relation: relation(Cells::of(row))?,
            })
        })
        .collect();
    let odd = (rows.len() - found.len()) as u64;
    (found, odd)
}

fn person(cells: Cells<'_>) -> Option<Person> {
    Some(Person {
        id: cells.id("external_userid")?,
        name: cells.text("name", 512).unwrap_or_default(),
        avatar: cells.text("avatar", 2048),
        kind: cells.int("type"),
        gender: cells.int("gender"),
        unionid: cells.text("unionid", 128),
        corp_name: cells.text("corp_name", 512),
        corp_full_name: cells.text("corp_full_name", 512),
        position: cells.text("position", 512),
    })
}

fn relation(cells: Cells<'_>) -> Option<Relation> {
    let channels = cells.inside("wechat_channels");
    let mobiles = cells.list("remark_mobiles").unwrap_or_default().iter();
    let mobiles = mobiles
        .filter_map(Value::as_str)
        .map(str::trim)
        .filter(|m| is_phone(m));
    let (tags, personal) = tags(cells);
    Some(Relation {
        userid: cells.id("userid")?,
        added_at: cells.time("createtime"),
        add_way: cells.int("add_way"),
        state: cells.text("state", 128),
        oper_userid: cells.id("oper_userid"),
        remark: cells.text("remark", 512),
        description: cells.text("description", 4096),
        remark_corp_name: cells
            .text("remark_corp_name", 512)
            .or_else(|| cells.text("remark_company", 512)),
        mobiles: mobiles.take(20).map(str::to_owned).collect(),
        channels_nickname: channels.text("nickname", 512),
        channels_source: channels.int("source"),
        tags,
        personal,
    })
}

fn is_phone(text: &str) -> bool {
    (3..=32).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || b"+- ".contains(&b))
}

/// Tags of a relation: ids in pages, whole tags in a customer's own answer, where personal ones have no id.
fn tags(cells: Cells<'_>) -> (BTreeSet<String>, Option<BTreeSet<(String, String)>>) {
    let ids = cells
        .list("tag_id")
        .unwrap_or_default()
        .iter()
        .filter_map(id);
    let mut company: BTreeSet<String> = ids.collect();
    if cells.raw("tags").is_none() {
        return (company, None);
    }
    let mut personal = BTreeSet::new();
    for tag in cells.list("tags").unwrap_or_default().iter().map(Cells::of) {
        match (
            tag.id("tag_id"),
            tag.raw("tag_name").and_then(Value::as_str),
        ) {
            (Some(id), _) => {
                company.insert(id);
            }
            (None, Some(name)) => {
                let group = tag.text("group_name", 512).unwrap_or_default();
                personal.insert((group, text(name, 512)));
            }
            (None, None) => {}
        }
    }
    (company, Some(personal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_page_is_read_with_odd_rows_left_out_and_unknown_ways_kept() {
        let rows = [
            json!({"external_contact": {"external_userid": "wm1 ", "name": "\u{202e}王\u{0}", "type": 1, "gender": "1"},
                   "follow_info": {"userid": "zhang", "createtime": "1600000000", "add_way": 999, "tag_id": ["et1", " et2"],
                                   "remark_mobiles": ["13800000000", "x"]}}),
            json!({"external_contact": {"name": "nobody"}, "follow_info": {"userid": "zhang"}}),
            json!("text"),
        ];
        let (contacts, odd) = contacts_of(&rows);
        assert_eq!((contacts.len(), odd), (1, 2));
        let Contact { person, relation } = &contacts[0];
        assert_eq!(
            (person.id.as_str(), person.name.as_str()),
            ("wm1", "\u{202e}王\u{fffd}")
        );
        assert_eq!(
            (relation.add_way, relation.added_at),
            (Some(999), Some(1_600_000_000))
        );
        assert_eq!(relation.tags, ["et1".to_owned(), "et2".to_owned()].into());
        assert_eq!(relation.mobiles, ["13800000000"]);
        assert_eq!(relation.personal, None);
    }

    /// Any JSON under the names that a page has.
    fn page() -> impl Strategy<Value = Value> {
        let names = [
            "external_contact",
            "follow_info",
            "follow_user",
            "external_userid",
            "userid",
            "name",
            "createtime",
            "tag_id",
            "tags",
            "tag_name",
            "remark_mobiles",
            "wechat_channels",
            "state",
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,200}".prop_map(Value::from),
            "wm[0-9a-z\\x00 ]{0,9}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 60, 6, move |inner| {
            let name = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(name, inner, 0..9)
                    .prop_map(|map| map.into_iter().collect::<Value>()),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_a_page_holds_what_is_read_fits_the_store(pages in prop::collection::vec(page(), 0..4)) {
            let (mut found, odd) = contacts_of(&pages);
            prop_assert_eq!(found.len() + usize::try_from(odd).unwrap(), pages.len());
            for answer in &pages {
                found.extend(followers(answer).0);
            }
            for Contact { person, relation } in found {
                for id in [&person.id, &relation.userid] {
                    prop_assert!((1..=128).contains(&id.len()) && !id.chars().any(char::is_control), "{id:?}");
                }
                prop_assert!(person.name.chars().count() <= 512 && !person.name.contains('\0'));
                prop_assert!(relation.added_at.is_none_or(|at| (946_684_800..4_102_444_800).contains(&at)));
                prop_assert!(relation.mobiles.len() <= 20);
            }
        }
    }

    #[test]
    fn a_personal_tag_has_no_id() {
        let answer = json!({"external_contact": {"external_userid": "wm1"},
            "follow_user": [{"userid": "z", "tags": [
                {"group_name": "g", "tag_name": "own", "type": 2},
                {"group_name": "g", "tag_name": "company", "tag_id": "et1", "type": 1}]}]});
        let (contacts, _) = followers(&answer);
        let relation = &contacts[0].relation;
        assert_eq!(relation.tags, ["et1".to_owned()].into());
        assert_eq!(
            relation.personal,
            Some([("g".to_owned(), "own".to_owned())].into())
        );
    }
}

//! What speaks of a person in texts that are not theirs: lines of the journal, messages of runs, kept places, file names.
//!
//! A key (id, unionid, phone) counts where it stands as a word of its own, so that a short id takes nobody else's lines
//! along; a name or a remark counts where it stands at all, unless somebody else has it too.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use serde_json::Value;

use super::error::{Doing, StoreError};
use super::number::{Number, mobiles_in};

/// What is being done, for errors.
const DOING: &str = "erasing a customer";

/// Bytes below which a word stands everywhere by chance.
const SHORT: usize = 6;

/// Digits from which a number in somebody's text is taken for a phone's.
const PHONE: usize = 7;

/// Digits of a number that are looked for with nothing between them where many bytes are searched.
pub(super) const TAIL: usize = 4;

/// A person's keys and words.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// The id, and unionid and phone where there are any.
    pub keys: Vec<String>,
    /// Numbers that members of staff noted: an order or a funnel step may be known by one.
    pub mobiles: Vec<String>,
    /// The phone and the numbers noted: they may be written in many ways.
    pub numbers: Vec<Number>,
    /// Keys, names, remarks and whatever else is theirs, none of it short.
    pub words: Vec<String>,
}

impl Traces {
    /// What the workspace knows of the person under this id.
    pub fn of(conn: &Connection, id: &str) -> Result<Self, StoreError> {
        let mut statement = conn
            .prepare(
                "WITH me AS MATERIALIZED (SELECT * FROM customer WHERE external_userid = ?1)
         SELECT 1, ?1 UNION SELECT 1, nullif(unionid, '') FROM me UNION SELECT 4, nullif(phone, '') FROM me
         UNION SELECT 3, name FROM me UNION SELECT 0, avatar FROM me
         UNION SELECT 3, remark FROM follow WHERE external_userid = ?1
         UNION SELECT 3, description FROM follow WHERE external_userid = ?1
         UNION SELECT 2, remark_mobiles FROM follow WHERE external_userid = ?1
         UNION SELECT 0, wechat_channels_nickname FROM follow WHERE external_userid = ?1
         UNION SELECT 3, name FROM group_member WHERE member_id = ?1
         UNION SELECT 3, group_nickname FROM group_member WHERE member_id = ?1",
            )
            .doing(DOING)?;
        let found = statement
            .query_map([id], |row| Ok((row.get::<_, i64>(0)?, text_of(row, 1)?)))
            .doing(DOING)?
            .collect::<rusqlite::Result<Vec<_>>>()
            .doing(DOING)?;
        let mut traces = Self::default();
        for (kind, text) in found {
            let Some(text) = text else { continue };
            match kind {
                1 => traces.keys.push(text.clone()),
                4 => {
                    traces.keys.push(text.clone());
                    traces.numbers.extend(Number::of(&text));
                }
                2 => each_mobile(&text, &mut |mobile| {
                    let digits = mobile.chars().filter(char::is_ascii_digit).count();
                    if digits >= PHONE && !traces.mobiles.iter().any(|known| known == mobile) {
                        traces.mobiles.push(mobile.to_owned());
                    }
                    traces.take(mobile);
                }),
                3 => {
                    for mobile in mobiles_in(&text) {
                        traces.mobiles.push(mobile.to_owned());
                        traces.take(mobile);
                    }
                }
                _ => {}
            }
            traces.take(&text);
        }
        traces.mobiles.sort();
        traces.mobiles.dedup();
        for text in &traces.keys {
            // An id of digits is no phone, as amounts and dates are none; one that is a mobile is.
            let number = Number::of(text).filter(Number::is_mobile);
            let number = number.filter(|number| !traces.numbers.contains(number));
            traces.numbers.extend(number);
        }
        for text in &traces.mobiles {
            let number = Number::of(text).filter(|number| !traces.numbers.contains(number));
            traces.numbers.extend(number);
        }
        Ok(traces)
    }

    /// Takes a word. Of one that is no UTF-8, what is text to both sides of the bytes that are none.
    fn take(&mut self, text: &str) {
        for word in text.split(char::REPLACEMENT_CHARACTER) {
            if word.len() >= SHORT && !self.words.iter().any(|known| known == word) {
                self.words.push(word.to_owned());
            }
        }
    }

    /// Whether a text, or a string of the JSON document that it is, speaks of the person. `is_of_others` is asked of words
    /// that are no keys.
    pub fn are_in(&self, text: &str, mut is_of_others: impl FnMut(&str) -> bool) -> bool {
        let mut speaks = |text: &str| {
            let mut words = self.words.iter().filter(|word| !self.keys.contains(word));
            let mut numbers = self.numbers.iter();
            self.keyed(text)
                || words.any(|word| text.contains(word.as_str()) && !is_of_others(word))
                || numbers.any(|number| {
                    number.stands_in(text) && (self.is_key(number) || !is_of_others(number.plain()))
                })
        };
        match serde_json::from_str::<Value>(text) {
            // Numbers of a document are amounts and moments. Text that is nothing but digits may be a phone.
            Ok(json) if !json.is_number() => any_text(&json, &mut speaks),
            Ok(_) | Err(_) => speaks(text),
        }
    }

    /// Whether a text names one of the keys.
    pub(super) fn keyed(&self, text: &str) -> bool {
        let is_there = |number: &&Number| number.stands_in(text) && self.is_key(number);
        self.keys.iter().any(|key| names(text, key)) || self.numbers.iter().any(|n| is_there(&n))
    }

    /// Whether a number is one of the keys, and not only noted.
    pub(super) fn is_key(&self, number: &Number) -> bool {
        self.keys.iter().any(|key| number.is(key))
    }

    /// Whether a file's bytes hold one of the words, a number in whatever way it is written.
    pub fn are_in_bytes(&self, bytes: &[u8]) -> bool {
        let mut words = self.words.iter();
        words.any(|word| memchr::memmem::find(bytes, word.as_bytes()).is_some())
            || self
                .numbers
                .iter()
                .any(|n| !n.places(bytes, TAIL).is_empty())
    }
}

/// Whether a text has this key as a word of its own. A short key must be all of the text, or a value as in `id:7`.
fn names(text: &str, key: &str) -> bool {
    if text == key {
        return true;
    }
    let short = key.len() < SHORT;
    let joins =
        |c: char| c.is_ascii_alphanumeric() || (short && (!c.is_ascii() || "_-.".contains(c)));
    text.match_indices(key).any(|(at, found)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|t| t.chars().next());
        let is_word = !before.is_some_and(joins) && !after.is_some_and(joins);
        is_word && (!short || matches!(before, Some(':' | '=' | '/' | '"')))
    })
}

/// A cell as text, whatever is in it; of bytes that are no UTF-8, what can be read.
pub(super) fn text_of(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        ValueRef::Integer(n) => Some(n.to_string()),
        ValueRef::Real(x) => Some(x.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
    })
}

/// The mobiles of a remark: a JSON array of texts as WeCom gives them, or whatever a file or a table of another program
/// had there, piece by piece and number by number.
fn each_mobile(text: &str, take: &mut dyn FnMut(&str)) {
    if let Ok(json) = serde_json::from_str::<Value>(text) {
        any_text(&json, &mut |one| {
            take(one);
            false
        });
    } else {
        for piece in text.split([',', ';', '/', '|', '、', '，', '；', '\n', '\t']) {
            take(piece.trim());
        }
    }
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    for number in numbers.filter(|number| number.len() >= PHONE) {
        take(number);
    }
}

/// Whether any string of a JSON document, keys included, is such a one.
pub(super) fn any_text(json: &Value, is_such: &mut dyn FnMut(&str) -> bool) -> bool {
    match json {
        Value::String(text) => is_such(text),
        Value::Array(all) => all.iter().any(|one| any_text(one, is_such)),
        Value::Object(all) => all
            .iter()
            .any(|(key, one)| is_such(key) || any_text(one, is_such)),
        Value::Number(_) | Value::Bool(_) | Value::Null => false,
    }
}

/// Whether this word is somebody else's too, once the person's own rows are gone; a number in whatever way it is written.
pub(super) fn is_of_others(conn: &Connection, word: &str) -> Result<bool, StoreError> {
    if let Some(number) = Number::of(word)
        && is_number_of_others(conn, &number, "").doing(DOING)?
    {
        return Ok(true);
    }
    conn.query_row(
        "SELECT EXISTS (SELECT 1 FROM staff WHERE instr(name, ?1))
             OR EXISTS (SELECT 1 FROM tag WHERE instr(name, ?1))
             OR EXISTS (SELECT 1 FROM group_chat WHERE instr(name, ?1) OR instr(notice, ?1))
             OR EXISTS (SELECT 1 FROM kpi_node WHERE instr(label, ?1) OR instr(filter, ?1))
             OR EXISTS (SELECT 1 FROM customer WHERE instr(name, ?1) OR instr(external_userid, ?1) OR instr(avatar, ?1) OR instr(phone, ?1) OR unionid = ?1)
             OR EXISTS (SELECT 1 FROM group_member WHERE instr(name, ?1) OR instr(group_nickname, ?1) OR instr(member_id, ?1))
             OR EXISTS (SELECT 1 FROM follow WHERE instr(remark, ?1) OR instr(description, ?1) OR instr(remark_mobiles, ?1))",
        [word],
        |row| row.get(0),
    )
    .doing(DOING)
}

/// Whether somebody has this number, other than the person under this id.
pub(super) fn is_number_of_others(
    conn: &Connection,
    number: &Number,
    id: &str,
) -> rusqlite::Result<bool> {
    let mut statement = conn.prepare(
        "SELECT phone FROM customer WHERE phone <> '' AND external_userid <> ?1
         UNION ALL SELECT remark_mobiles FROM follow WHERE remark_mobiles <> '' AND external_userid <> ?1",
    )?;
    let mut rows = statement.query([id])?;
    while let Some(row) = rows.next()? {
        let text = text_of(row, 0)?.unwrap_or_default();
        if number.is(&text) || number.stands_in(&text) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Bytes from which a key is no number that anything else has by chance.
const LONG: usize = 11;

/// Columns that say who somebody is.
const WHO: [&str; 8] = [
    "external_userid",
    "buyer_key",
    "person_key",
    "member_id",
    "invitor_userid",
    "unionid",
    "phone",
    "target_id",
];

/// Tables and columns where this word of the person stands as theirs alone. In the texts of others a name is theirs, and a
/// short number is chance; a key is the person's wherever it is a word of its own.
pub(super) fn left(
    conn: &Connection,
    traces: &Traces,
    word: &str,
) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    if is_of_others(conn, word)? {
        return Ok(found);
    }
    let number = traces.numbers.iter().find(|number| number.is(word));
    let known = traces.keys.iter().chain(&traces.mobiles);
    let is_key = number.is_some() || known.into_iter().any(|key| key == word);
    let mut columns = conn
        .prepare(
            "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c
             WHERE t.type = 'table' AND c.type = 'TEXT' ORDER BY 1, 2",
        )
        .doing(DOING)?;
    let columns = columns
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .doing(DOING)?
        .collect::<rusqlite::Result<Vec<(String, String)>>>()
        .doing(DOING)?;
    for (table, column) in columns {
        let is_asked = WHO.contains(&column.as_str()) || (is_key && word.len() >= LONG);
        if !is_asked {
            continue;
        }
        let sql = format!("SELECT \"{column}\" FROM \"{table}\" WHERE instr(\"{column}\", ?1)");
        let mut statement = conn.prepare(&sql).doing(DOING)?;
        let mut rows = statement.query([word]).doing(DOING)?;
        while let Some(row) = rows.next().doing(DOING)? {
            let text = text_of(row, 0).doing(DOING)?;
            let is_there =
                |text: &String| names(text, word) || number.is_some_and(|n| n.stands_in(text));
            if text.as_ref().is_some_and(is_there) {
                found.push(format!("{table}.{column}"));
                break;
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_as_a_word_of_its_own() {
        for text in [
            "wmCanary1",
            "id:wmCanary1 spend>5",
            "客户wmCanary1的订单",
            "customers-wmCanary1-2026.csv",
        ] {
            assert!(names(text, "wmCanary1"), "{text}");
        }
        for text in ["wmCanary10", "xwmCanary1", "wmcanary1", ""] {
            assert!(!names(text, "wmCanary1"), "{text}");
        }
    }

    #[test]
    fn a_short_key_takes_nobody_elses_lines_along() {
        for text in ["7", "id:7 vip", "tag:x id=7"] {
            assert!(names(text, "7"), "{text}");
        }
        for text in [
            "17", "spend>7", "last<7d", "id:7d", "id:17", "id:7-8", "7 days", "wm7",
        ] {
            assert!(!names(text, "7"), "{text}");
        }
    }

    #[test]
    fn json_is_read_and_not_searched() {
        let traces = Traces {
            keys: vec!["7".into()],
            words: vec!["王小明".into()],
            ..Traces::default()
        };
        let never = |_: &str| false;
        assert!(traces.are_in(r#"{"stages":[["7",[11,500],[12,600]]]}"#, never));
        assert!(!traces.are_in(r#"{"stages":[["8",[7,7],[12,7]]],"customers":7}"#, never));
        assert!(traces.are_in(r#"{"where":"a\nid:7"}"#, never));
        assert!(traces.are_in(r#"{"where":"王小明"}"#, never));
        assert!(!traces.are_in(r#"{"where":"王小明"}"#, |word| word == "王小明"));
    }
}

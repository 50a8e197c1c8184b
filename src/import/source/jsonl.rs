//! One JSON object of plain values a line.
//!
//! Numbers that a double cannot hold come back in scientific form, which no id and no amount accepts: nothing is rounded
//! in silence. Lists, objects within objects, a name given twice and halves of characters spoil their line.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::Record;
use super::error::{MAX_FIELDS, ReadError};
use super::lines::Lines;
use super::number;
use crate::domain::{Sentence, sentence};

/// Names in the order in which they first come, each with its place.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) order: Vec<String>,
    places: HashMap<String, usize>,
}

impl Names {
    /// Collects the names of every line; lines that are no objects are left to the second reading, unless no line is one.
    pub(super) fn collect(text: impl Read) -> Result<Self, ReadError> {
        let mut names = Self::default();
        let mut lines = Lines::new(text, b'\n');
        let (mut line, mut first_fault) = (Vec::new(), None);
        while lines.next(&mut line, lines.count + 1)? {
            if !line.trim_ascii().is_empty() {
                let mut fault = None;
                let read = read(&line, &mut names, true, &mut Vec::new(), &mut fault);
                if let (Err(reason), None) = (read, &first_fault) {
                    first_fault = Some((lines.count, reason));
                }
            }
            line.clear();
        }
        match first_fault {
            Some((line, reason)) if names.order.is_empty() => {
                Err(ReadError::Header { line, reason })
            }
            _ => Ok(names),
        }
    }
}

/// Reads objects one by one.
pub(super) struct Objects<R> {
    lines: Lines<R>,
    names: Names,
    line: Vec<u8>,
}

impl<R: Read> Objects<R> {
    pub(super) fn new(text: R, names: Names) -> Self {
        Self {
            lines: Lines::new(text, b'\n'),
            names,
            line: Vec::new(),
        }
    }

    /// The next record, as [`super::Records::next`] says.
    pub(super) fn next(
        &mut self,
        record: &mut Record,
    ) -> Result<Option<Result<(), Sentence>>, ReadError> {
        loop {
            self.line.clear();
            record.line = self.lines.count + 1;
            if !self.lines.next(&mut self.line, record.line)? {
                return Ok(None);
            }
            if self.line.trim_ascii().is_empty() {
                continue;
            }
            let fields = &mut record.fields;
            fields.resize(self.names.order.len(), String::new());
            fields.iter_mut().for_each(String::clear);
            let done = read(&self.line, &mut self.names, false, fields, &mut None);
            if done.is_err() {
                fields.clear();
                fields.push(String::from_utf8_lossy(self.line.trim_ascii()).into_owned());
            }
            return Ok(Some(done));
        }
    }
}

/// Reads one line into `fields`, or its names into `names`.
fn read(
    line: &[u8],
    names: &mut Names,
    collects: bool,
    fields: &mut Vec<String>,
    fault: &mut Option<Sentence>,
) -> Result<(), Sentence> {
    let line = line.trim_ascii();
    if !line.starts_with(b"{") {
        return Err(sentence!(
            "不是 JSON 对象 (JSONL 一行一个对象)",
            "is not a JSON object (JSONL is one object a line)"
        ));
    }
    let mut json = serde_json::Deserializer::from_slice(line);
    let object = Object {
        names,
        collects,
        fields,
        fault,
    };
    let outcome = json.deserialize_map(object).and_then(|()| json.end());
    outcome.map_err(|error| {
        let reason = fault.take();
        reason.unwrap_or_else(|| {
            let column = error.column();
            sentence!(
                "从第 {column} 个字符起不是 JSON",
                "is not JSON from character {column} on",
            )
        })
    })
}

struct Object<'a> {
    names: &'a mut Names,
    collects: bool,
    fields: &'a mut Vec<String>,
    /// What to say of the line; the parser's own words repeat contents.
    fault: &'a mut Option<Sentence>,
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut given = Vec::new();
        let refuse = |fault: &mut Option<Sentence>, why: Sentence| {
            *fault = Some(why);
            Err(A::Error::custom(""))
        };
        while let Some(Name(name)) = map.next_key_seed(NameSeed)? {
            let place = match self.names.places.get(name.as_ref()) {
                Some(place) => *place,
                None if self.collects => {
                    let place = self.names.order.len();
                    if place == MAX_FIELDS {
                        return refuse(
                            self.fault,
                            sentence!("名字到了一千个", "brings the thousandth name"),
                        );
                    }
                    self.names.order.push(name.to_string());
                    self.names.places.insert(name.into_owned(), place);
                    place
                }
                None => {
                    return refuse(
                        self.fault,
                        sentence!(
                            "有前面没出现过的名字",
                            "has a name that was not there before"
                        ),
                    );
                }
            };
            if given.contains(&place) {
                return refuse(
                    self.fault,
                    sentence!("同一个名字出现两次", "gives one name twice"),
                );
            }
            given.push(place);
            let cell = map.next_value_seed(Cell {
                fault: &mut *self.fault,
            })?;
            if let Some(field) = self.fields.get_mut(place) {
                *field = cell;
            }
        }
        Ok(())
    }
}

struct Name<'de>(Cow<'de, str>);

struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Name<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Name<'de>, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}

/// One value as text.
struct Cell<'a> {
    fault: &'a mut Option<Sentence>,
}

impl Cell<'_> {
    fn nested<E: Error>(self) -> Result<String, E> {
        *self.fault = Some(sentence!(
            "应是一个值, 却是列表或对象",
            "holds a list or an object where one value is wanted"
        ));
        Err(E::custom(""))
    }
}

impl<'de> DeserializeSeed<'de> for Cell<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<String, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Cell<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one value")
    }

    fn visit_bool<E>(self, yes: bool) -> Result<String, E> {
        Ok(yes.to_string())
    }

    fn visit_i64<E>(self, n: i64) -> Result<String, E> {
        Ok(n.to_string())
    }

    fn visit_u64<E>(self, n: u64) -> Result<String, E> {
        Ok(n.to_string())
    }

    fn visit_f64<E>(self, n: f64) -> Result<String, E> {
        Ok(number::exactly(n))
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_unit<E>(self) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        self.nested()
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        self.nested()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Cells of a row, or why it is refused.
    type Row = Result<Vec<String>, String>;

    fn all(text: &str) -> Result<(Vec<String>, Vec<Row>), ReadError> {
        let names = Names::collect(text.as_bytes())?;
        let mut objects = Objects::new(text.as_bytes(), names.clone());
        let (mut record, mut rows) = (Record::default(), Vec::new());
        while let Some(read) = objects.next(&mut record)? {
            let read = read.map_err(|why| why.to_string());
            rows.push(read.map(|()| record.fields.clone()));
        }
        Ok((names.order, rows))
    }

    #[test]
    fn names_may_come_in_any_order_and_be_missing() {
        let (names, rows) = all("{\"a\":\"x\",\"b\":12.50}\n\n{\"b\":null,\"c\":true}\n").unwrap();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(rows[0], Ok(vec!["x".into(), "12.5".into(), String::new()]));
        assert_eq!(
            rows[1],
            Ok(vec![String::new(), String::new(), "true".into()])
        );
    }

    #[test]
    fn long_numbers_keep_their_digits_or_show_that_they_lost_them() {
        let (_, rows) =
            all("{\"a\":110101199003078888}\n{\"a\":18446744073709551616}\n{\"a\":19.99}\n")
                .unwrap();
        assert_eq!(rows[0], Ok(vec!["110101199003078888".into()]));
        assert_eq!(rows[1], Ok(vec!["1.84467440737096E+19".into()]));
        assert_eq!(rows[2], Ok(vec!["19.99".into()]));
    }

    #[test]
    fn what_is_no_flat_object_spoils_its_own_line() {
        let nested = format!("{{\"a\":{}", "[".repeat(100_000));
        for bad in [
            nested.as_str(),
            "{\"a\":{\"b\":1}}",
            "{\"a\":1,\"a\":2}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":NaN}",
            "{\"a\":1e999}",
            "{\"a\":1} x",
            "{\"a\":1",
            "[1]",
            "null",
            "\"personal\"",
        ] {
            let (_, rows) = all(&format!("{{\"a\":1}}\n{bad}\n{{\"a\":3}}\n")).unwrap();
            let why = rows[1].as_ref().unwrap_err();
            assert!(!why.contains("personal"), "{why}");
            assert_eq!(rows[2], Ok(vec!["3".into()]), "{}", bad.len());
        }
    }

    #[test]
    fn a_document_that_is_no_lines_of_objects_is_named_by_its_first_line() {
        assert!(matches!(
            all("[1,2]\n"),
            Err(ReadError::Header { line: 1, .. })
        ));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), like in "[{}\\[\\]\":,a1e.\\\\u\n-]{0,80}") {
            let _ = all(&text);
            let _ = all(&like);
        }
    }
}

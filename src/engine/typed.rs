//! What is typed without a field, and names: looked for in names, remarks, ids and ends of phone numbers. What earlier
//! needles found is remembered, so that a text that grows is looked for among fewer and fewer rows.

use super::Engine;
use super::bits::Bits;
use super::scan;
use crate::filter::{Field, Match, NameMatcher};

/// Rows found by earlier needles, to start from when the text grows.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    found: Vec<(Field, String, Bits)>,
}

/// Needles remembered.
const REMEMBERED: usize = 12;

impl Typed {
    /// Names changed: nothing found before can be relied on.
    pub fn forget(&mut self) {
        self.found.clear();
    }

    /// The longest needle looked for in this field that the text goes on from, and its rows.
    fn start(&self, field: Field, text: &str) -> Option<(&str, &Bits)> {
        self.found
            .iter()
            .filter(|(of, needle, _)| *of == field && text.starts_with(needle.as_str()))
            .max_by_key(|(_, needle, _)| needle.len())
            .map(|(_, needle, bits)| (needle.as_str(), bits))
    }

    fn remember(&mut self, field: Field, text: &str, bits: &Bits) {
        if self.found.len() >= REMEMBERED {
            self.found.remove(0);
        }
        self.found.push((field, text.to_owned(), bits.clone()));
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.found.iter().map(|(_, _, bits)| bits.bytes()).sum()
    }
}

impl Engine {
    /// Bare text: name, remark, id, and four digits or more of the phone's end.
    pub(super) fn text(&mut self, value: &Match, whole: bool, within: &Bits) -> Bits {
        let mut found = if whole || value.id {
            let mut found = self.name(value, whole, within);
            found.or(&self.id(value, whole));
            if value.id {
                return found;
            }
            found
        } else {
            self.growing(Field::Text, value, within)
        };
        let digits = value.text.bytes().all(|b| b.is_ascii_digit());
        if digits && value.text.len() >= 4 && !value.prefix {
            found.or(&self.customers.phones.ending(&value.text));
        }
        found
    }

    /// Rows by name.
    pub(super) fn name(&mut self, value: &Match, whole: bool, within: &Bits) -> Bits {
        let names = &self.customers.names;
        if value.id {
            return Bits::none(names.len());
        }
        if whole {
            let matcher = NameMatcher::of(value);
            return Bits::of(names.len(), |row| {
                within.has(row) && matcher.equals(names.lowered(row))
            });
        }
        self.growing(Field::Name, value, within)
    }

    /// Rows that hold a needle; one that goes on where an earlier one ended starts from what that one found.
    fn growing(&mut self, field: Field, value: &Match, within: &Bits) -> Bits {
        let matcher = NameMatcher::of(value);
        if value.literal || value.prefix {
            return self.held(field, value, &matcher, within);
        }
        let found = match self.typed.start(field, &value.text) {
            Some((text, bits)) if text == value.text => return bits.clone(),
            Some((_, bits)) => self.held(field, value, &matcher, bits),
            None if within.count() * 8 < self.customers.len() as u64 => {
                return self.held(field, value, &matcher, within);
            }
            None => self.held(field, value, &matcher, &self.customers.live),
        };
        self.typed.remember(field, &value.text, &found);
        found
    }

    /// Rows whose name holds a needle; for bare text also those whose id or remarks do. Only rows of `within` need be
    /// right.
    fn held(&self, field: Field, value: &Match, matcher: &NameMatcher, within: &Bits) -> Bits {
        let customers = &self.customers;
        if scan::is_one_search(matcher, within) {
            let others = (field == Field::Text).then_some((&*customers.ids, &customers.remarks));
            let mut found = scan::one_search(&customers.names, others, value, matcher);
            found.and(within);
            return found;
        }
        let mut found = Bits::none(customers.len());
        scan::names(&customers.names, matcher, within, &mut found);
        if field == Field::Text {
            scan::ids(&customers.ids, value, within, &mut found);
            scan::notes(&customers.remarks, matcher, within, &mut found);
        }
        found
    }

    pub(super) fn id(&self, value: &Match, whole: bool) -> Bits {
        let ids = &self.customers.ids;
        let mut found = Bits::none(ids.len());
        if whole || value.id {
            if let Some(row) = ids.find(&value.text) {
                found.put(row, true);
            }
        } else {
            scan::ids(ids, value, &self.customers.live, &mut found);
        }
        found
    }

    pub(super) fn phone(&self, value: &Match, whole: bool) -> Bits {
        let phones = &self.customers.phones;
        match (whole, value.prefix) {
            (true, _) => phones.testing(|phone| phone == value.text),
            (false, true) => phones.testing(|phone| phone.starts_with(&value.text)),
            (false, false) => phones.ending(&value.text),
        }
    }
}

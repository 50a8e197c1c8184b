//! Customers by a pattern (`~`): over their own text, or over the words of a coded field.

use super::super::Engine;
use super::super::bits::Bits;
use super::super::people::row_of;
use crate::filter::{Field, eval};

impl Engine {
    /// Rows where a pattern is found.
    pub(super) fn pattern(&mut self, field: Field, pattern: &str, within: &Bits) -> Bits {
        let c = &self.customers;
        let Ok(regex) = eval::regex(pattern) else {
            return Bits::none(c.len());
        };
        match field {
            Field::Name => Bits::of(c.len(), |row| {
                within.has(row) && regex.is_match(c.names.get(row))
            }),
            Field::Text => Bits::of(c.len(), |row| {
                within.has(row)
                    && (regex.is_match(c.names.get(row)) || regex.is_match(c.ids.get(row)))
            }),
            Field::Id => Bits::of(c.len(), |row| {
                within.has(row) && regex.is_match(c.ids.get(row))
            }),
            Field::Phone => c
                .phones
                .testing(|phone| !phone.is_empty() && regex.is_match(phone)),
            Field::City | Field::Owner | Field::Source | Field::Stage => {
                let codes = self.codes_found(field, &regex);
                self.with_codes(field, &codes)
            }
            Field::Tag => {
                let codes = self.codes_found(field, &regex);
                self.with_tags(&codes)
            }
            Field::Group => self.members_of_found(&regex),
            _ => Bits::none(c.len()),
        }
    }

    /// Codes with a name in which the pattern is found. The kind of a channel is no name of it.
    fn codes_found(&self, field: Field, regex: &regex::Regex) -> Vec<u16> {
        let names = if field == Field::Source {
            let channels = self.words.channel_names.iter();
            channels
                .map(|(code, (_, name))| (*code, name.raw.as_str()))
                .collect()
        } else {
            self.coded_names(field)
        };
        let found = names.into_iter().filter(|(_, name)| regex.is_match(name));
        found.map(|(code, _)| code).collect()
    }

    /// Members of the groups in whose name the pattern is found.
    fn members_of_found(&self, regex: &regex::Regex) -> Bits {
        let mut any = Bits::none(self.customers.len());
        let groups = self.groups.iter();
        let members = groups
            .filter(|group| regex.is_match(&group.name))
            .flat_map(|group| &group.members);
        for row in members.filter_map(|person| row_of(*person)) {
            any.put(row, true);
        }
        any
    }
}

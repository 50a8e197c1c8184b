//! Fields of few distinct words, each word a code: tags, owners, channels, stages, regions, campaigns.

use super::super::Engine;
use super::super::bits::Bits;
use super::super::column::put;
use crate::filter::{Field, Match, eval};

impl Engine {
    /// The names of a coded field, each with its code.
    pub(in crate::engine) fn coded_names(&self, field: Field) -> Vec<(u16, &str)> {
        let words = &self.words;
        match field {
            Field::Owner | Field::CreditedTo | Field::AddedBy => words
                .staff
                .iter()
                .map(|(c, _)| (c, words.staff_name(c)))
                .collect(),
            Field::Tag => words.all_tags().map(|t| (t.code, t.raw.as_str())).collect(),
            Field::Stage => words
                .stage_names
                .iter()
                .map(|(c, (_, n))| (*c, n.raw.as_str()))
                .collect(),
            Field::City => self
                .customers
                .cities
                .iter()
                .map(|(c, w)| (c, &**w))
                .collect(),
            Field::Source => words
                .channel_names
                .iter()
                .flat_map(|(c, (kind, n))| [(*c, n.raw.as_str()), (*c, kind.as_str())])
                .collect(),
            Field::Campaign => words
                .campaign_names
                .iter()
                .map(|(c, n)| (*c, n.raw.as_str()))
                .chain(words.campaigns.iter().map(|(c, id)| (c, &**id)))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Codes whose word a value means.
    pub(in crate::engine) fn codes(&self, field: Field, value: &Match, whole: bool) -> Vec<u16> {
        let words = &self.words;
        if value.id {
            let dict = match field {
                Field::Owner | Field::CreditedTo | Field::AddedBy => &words.staff,
                Field::Tag => &words.tags,
                Field::Source => &words.channels,
                Field::Stage => &words.stages,
                Field::Campaign => &words.campaigns,
                _ => return Vec::new(),
            };
            return dict.find(&value.text).into_iter().collect();
        }
        if field.is_staff() {
            let staff = words.staff.iter();
            let staff: Vec<_> = staff
                .map(|(c, id)| (c, id.as_ref(), words.staff_name(c)))
                .collect();
            return eval::people_meant(value, whole, &staff);
        }
        let names = self.coded_names(field);
        eval::keys_meant(value, whole, &names)
    }

    /// Rows whose cell of a coded field is one of these codes.
    pub(super) fn with_codes(&self, field: Field, codes: &[u16]) -> Bits {
        let c = &self.customers;
        let column = match field {
            Field::City => &c.city,
            Field::Owner => &c.owner,
            Field::Source => &c.source,
            Field::Stage => &c.stage,
            _ => return Bits::none(c.len()),
        };
        match codes {
            [] => Bits::none(c.len()),
            [one] => column.select(|code| code == *one),
            many => {
                let set = flags(many);
                column.select(|code| set.get(usize::from(code)).copied().unwrap_or(false))
            }
        }
    }

    pub(super) fn with_tags(&mut self, codes: &[u16]) -> Bits {
        let mut any = Bits::none(self.customers.len());
        for code in codes {
            any.or(&self.tags.bits(*code));
        }
        any
    }
}

/// A table by code with these codes set.
pub(super) fn flags(codes: &[u16]) -> Vec<bool> {
    let mut set = vec![false; codes.iter().map(|c| usize::from(*c) + 1).max().unwrap_or(0)];
    for code in codes {
        put(&mut set, usize::from(*code), true);
    }
    set
}

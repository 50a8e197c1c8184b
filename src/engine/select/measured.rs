//! Customers by a number, an instant or a birthday, and by having a value at all.

use super::super::Engine;
use super::super::bits::Bits;
use super::super::circles;
use super::super::narrow::Narrow;
use super::Ground;
use crate::filter::{Field, Match, Range, When, eval};

impl Engine {
    pub(super) fn number(&mut self, field: Field, range: &Range<f64>, ground: Ground<'_>) -> Bits {
        let (low, high) = range.whole();
        let len = self.customers.len();
        match field {
            Field::Spend => self.customers.spend.select(|v| low <= v && v <= high),
            Field::Orders => self.customers.orders.select(|n| low <= n && n <= high),
            Field::Aov => Bits::of(len, |row| self.aov(row).is_some_and(|v| range.holds(v))),
            Field::Birthday => Bits::of_column(&self.customers.birthday, |cell| {
                born(cell, |month, day| range.holds_birthday(month, day))
            }),
            Field::Risk => {
                let scores = self.scores(ground.as_of.today());
                Bits::of(len, |row| {
                    scores.level(row).is_some_and(|l| range.holds(f64::from(l)))
                })
            }
            Field::ValueAtRisk => {
                self.scores(ground.as_of.today());
                Bits::of(len, |row| {
                    self.value_at_risk(row)
                        .is_some_and(|v| low <= v && v <= high)
                })
            }
            _ => Bits::none(len),
        }
    }

    /// Value at risk where there is a level. Scores have been computed.
    fn value_at_risk(&self, row: u32) -> Option<i64> {
        let spend = self.customers.spend.get(row).unwrap_or(0);
        Some(self.derived.as_ref()?.at_risk(row, spend)?.0)
    }

    pub(super) fn time(&self, field: Field, range: &Range<When>, ground: Ground<'_>) -> Bits {
        let c = &self.customers;
        let column = match field {
            Field::LastContact => &c.last_contact,
            Field::LastPurchase => &c.last_paid,
            Field::Added => &c.added,
            Field::Birthday => {
                return Bits::of_column(&c.birthday, |cell| {
                    born(cell, |month, day| {
                        day > 0 && eval::birthday_in(range, month, day, ground.as_of)
                    })
                });
            }
            _ => return Bits::none(c.len()),
        };
        let instants = eval::instants(range, ground.as_of);
        column.select(|at| instants.hold(at))
    }

    /// Rows with a value.
    pub(super) fn present(&mut self, field: Field, ground: Ground<'_>) -> Bits {
        let c = &self.customers;
        let coded = |column: &Narrow| column.select(|code| code != 0);
        match field {
            Field::Text | Field::Name => Bits::of(c.len(), |row| !c.names.get(row).is_empty()),
            Field::Id => Bits::all(c.len()),
            Field::Phone => c.phones.present(),
            Field::Gender => Bits::of_column(&c.gender, |g| g != 0),
            Field::City => coded(&c.city),
            Field::Birthday => Bits::of_column(&c.birthday, |cell| cell != 0),
            Field::Owner => coded(&c.owner),
            Field::Source => coded(&c.source),
            Field::Stage => coded(&c.stage),
            Field::Tag => Bits::of(c.len(), |row| self.tags.count(row) > 0),
            Field::Spend => c.spend.select(|v| v != 0),
            Field::Orders | Field::Aov => c.orders.select(|n| n != 0),
            Field::LastContact => c.last_contact.present(),
            Field::LastPurchase => c.last_paid.present(),
            Field::Added => c.added.present(),
            Field::Group => self.in_groups(
                &Match {
                    prefix: true,
                    ..Match::default()
                },
                false,
            ),
            Field::Segment => {
                let (len, scores) = (c.len(), self.scores(ground.as_of.today()));
                Bits::of(len, |row| scores.rfm(row).is_some())
            }
            Field::Risk | Field::ValueAtRisk => {
                let (len, scores) = (c.len(), self.scores(ground.as_of.today()));
                Bits::of(len, |row| scores.level(row).is_some())
            }
            Field::CreditedTo => {
                let all: Vec<u16> = self.words.staff.iter().map(|(code, _)| code).collect();
                self.credited(&all, ground.period)
            }
            Field::AddedBy => {
                let all: Vec<u16> = self.words.staff.iter().map(|(code, _)| code).collect();
                self.added_by(&all, ground.period)
            }
            Field::Campaign => {
                let all: Vec<u16> = self.words.campaigns.iter().map(|(code, _)| code).collect();
                self.bought_in(&all)
            }
            Field::Step => {
                let mut any = Bits::none(c.len());
                for people in self.steps.everybody() {
                    any.or(&circles::rows_of(people, c.len()));
                }
                any
            }
            Field::Health | Field::Members | Field::Flag | Field::Band | Field::Role => {
                Bits::none(c.len())
            }
        }
    }
}

/// Tests a birthday cell. When only the month is known, all of the month must pass.
fn born(cell: u16, test: impl Fn(u32, u32) -> bool) -> bool {
    let (month, day) = (u32::from(cell / 32), u32::from(cell % 32));
    match (month, day) {
        (0, _) => false,
        (month, 0) => test(month, 1) && test(month, 28),
        (month, day) => test(month, day),
    }
}

//! A condition over customers, written as SQL: `s` is `customer_stat`, `c` is `customer`.

use rusqlite::Connection;
use rusqlite::types::Value;

use crate::domain::AsOf;
use crate::filter::fields::position;
use crate::filter::{Bound, Expr, Field, Match, Range, Term, Test, When, eval};
use crate::store::error::{Doing, StoreError};
use crate::store::load::{Catalogue, catalogue};
use crate::store::row::{Cells, rows};

/// A customer with an owner of whom this holds; `f` is the relation.
pub(super) fn owned(condition: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM follow f WHERE f.external_userid = s.external_userid AND f.is_owner = 1 AND {condition})"
    )
}

/// A customer with a tag of whom this holds; `x` is the link.
fn tagged(condition: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM customer_tag x WHERE x.external_userid = s.external_userid AND {condition})"
    )
}

/// A customer at a stage of the first journey of which this holds; `j` is the place.
fn staged(condition: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM customer_stage j WHERE j.journey_id = (SELECT min(journey_id) FROM journey)
           AND j.external_userid = s.external_userid AND {condition})"
    )
}

/// Where a field's values lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A kept amount.
    Amount(&'static str),
    /// A kept moment.
    Moment(&'static str),
    /// When first added.
    Added,
    /// Spend per order.
    Aov,
    /// The id.
    Id,
    /// Gender.
    Gender,
    /// Tags.
    Tag,
    /// The stage.
    Stage,
    /// The owner.
    Owner,
}

impl Place {
    /// `None` for fields that are the engine's.
    fn of(field: Field) -> Option<Self> {
        Some(match field {
            Field::Spend => Self::Amount("s.spend_fen"),
            Field::Orders => Self::Amount("s.orders"),
            Field::LastContact => Self::Moment("s.last_contact_at"),
            Field::LastPurchase => Self::Moment("s.last_paid_at"),
            Field::Added => Self::Added,
            Field::Aov => Self::Aov,
            Field::Id => Self::Id,
            Field::Gender => Self::Gender,
            Field::Tag => Self::Tag,
            Field::Stage => Self::Stage,
            Field::Owner => Self::Owner,
            Field::Text
            | Field::Name
            | Field::Phone
            | Field::City
            | Field::Birthday
            | Field::Source
            | Field::Group
            | Field::Segment
            | Field::Risk
            | Field::ValueAtRisk
            | Field::CreditedTo
            | Field::AddedBy
            | Field::Step
            | Field::Campaign
            | Field::Health
            | Field::Members
            | Field::Flag
            | Field::Band
            | Field::Role => return None,
        })
    }
}

const ADDED: &str = "c.first_added_at";
const GENDER: &str = "(CASE c.gender WHEN 1 THEN 1 WHEN 2 THEN 2 ELSE 0 END)";
const AOV: &str = "(CAST(s.spend_fen AS REAL) / nullif(s.orders, 0))";
/// Nobody.
const NONE: &str = "0";

/// A condition while it is written.
pub(super) struct Writing<'c> {
    conn: &'c Connection,
    as_of: AsOf,
    names: Option<Catalogue>,
    /// Bound values, in the order of their numbers.
    pub values: Vec<Value>,
    /// What was written looks at `customer`.
    pub person: bool,
}

impl<'c> Writing<'c> {
    /// Nothing written yet.
    pub fn new(conn: &'c Connection, as_of: AsOf) -> Self {
        Self {
            conn,
            as_of,
            names: None,
            values: Vec::new(),
            person: false,
        }
    }

    /// A condition; `None` when SQL cannot say it.
    pub fn expr(&mut self, expr: &Expr) -> Result<Option<String>, StoreError> {
        match expr {
            Expr::All => Ok(Some("1".to_owned())),
            Expr::And(parts) => self.joined(parts, " AND "),
            Expr::Or(parts) => self.joined(parts, " OR "),
            Expr::Not(inner) => Ok(self.expr(inner)?.map(|inner| format!("NOT ({inner})"))),
            Expr::Term(term) => self.term(term),
        }
    }

    fn joined(&mut self, parts: &[Expr], by: &str) -> Result<Option<String>, StoreError> {
        let mut written = Vec::with_capacity(parts.len());
        for part in parts {
            match self.expr(part)? {
                Some(part) => written.push(part),
                None => return Ok(None),
            }
        }
        Ok(Some(format!("({})", written.join(by))))
    }

    fn term(&mut self, term: &Term) -> Result<Option<String>, StoreError> {
        let field = term.field;
        Ok(match &term.test {
            Test::Has(values) => self.any_of(field, values, false)?,
            Test::Is(values) => self.any_of(field, values, true)?,
            Test::Not(values) => self
                .any_of(field, values, true)?
                .map(|any| format!("NOT ({any})")),
            Test::Regex(_) => None,
            Test::Number(range) => self.number(field, range),
            Test::Time(range) => self.time(field, range),
            Test::Present => self.present(field),
            Test::Absent => self.present(field).map(|there| format!("NOT ({there})")),
        })
    }

    /// The column a field is sorted by; NULL where there is no value.
    pub fn column(&mut self, field: Field) -> Option<&'static str> {
        Some(match Place::of(field)? {
            Place::Amount(column) | Place::Moment(column) => column,
            Place::Added => {
                self.person = true;
                ADDED
            }
            Place::Aov => AOV,
            Place::Id => "s.external_userid",
            Place::Gender => {
                self.person = true;
                "nullif((CASE c.gender WHEN 1 THEN 1 WHEN 2 THEN 2 ELSE 0 END), 0)"
            }
            Place::Tag | Place::Stage | Place::Owner => return None,
        })
    }

    fn number(&mut self, field: Field, range: &Range<f64>) -> Option<String> {
        match Place::of(field)? {
            Place::Amount(column) => {
                let (low, high) = range.whole();
                let (low, high) = (self.value(low), self.value(high));
                Some(format!("{column} BETWEEN {low} AND {high}"))
            }
            Place::Aov => Some(self.fraction(AOV, range)),
            Place::Moment(_)
            | Place::Added
            | Place::Id
            | Place::Gender
            | Place::Tag
            | Place::Stage
            | Place::Owner => None,
        }
    }

    fn fraction(&mut self, column: &str, range: &Range<f64>) -> String {
        let mut all = format!("{column} IS NOT NULL");
        let ends = [(range.from, ">", ">="), (range.to, "<", "<=")];
        for (bound, without, with) in ends {
            let (sign, value) = match bound {
                Bound::None => continue,
                Bound::Included(value) => (with, value),
                Bound::Excluded(value) => (without, value),
            };
            let value = self.value(value);
            all = format!("{all} AND {column} {sign} {value}");
        }
        format!("({all})")
    }

    fn time(&mut self, field: Field, range: &Range<When>) -> Option<String> {
        let column = self.moment(field)?;
        let instants = eval::instants(range, self.as_of);
        let (from, to) = (self.value(instants.from), self.value(instants.to));
        Some(format!(
            "({column} IS NOT NULL AND {column} >= {from} AND {column} < {to})"
        ))
    }

    /// The column of a moment.
    fn moment(&mut self, field: Field) -> Option<&'static str> {
        let is_moment = matches!(Place::of(field)?, Place::Moment(_) | Place::Added);
        is_moment.then(|| self.column(field)).flatten()
    }

    fn present(&mut self, field: Field) -> Option<String> {
        Some(match Place::of(field)? {
            Place::Amount(column) => format!("{column} <> 0"),
            Place::Aov => "s.orders <> 0".to_owned(),
            Place::Moment(_) | Place::Added => format!("{} IS NOT NULL", self.moment(field)?),
            Place::Id => "1".to_owned(),
            Place::Gender => {
                self.person = true;
                format!("{GENDER} <> 0")
            }
            Place::Tag => tagged("1"),
            Place::Stage => staged("1"),
            Place::Owner => owned("1"),
        })
    }

    /// Any of some values.
    fn any_of(
        &mut self,
        field: Field,
        values: &[Match],
        whole: bool,
    ) -> Result<Option<String>, StoreError> {
        let mut any = Vec::with_capacity(values.len());
        for value in values {
            match self.one_of(field, value, whole)? {
                Some(one) => any.push(one),
                None => return Ok(None),
            }
        }
        any.retain(|one| one != NONE);
        Ok(Some(if any.is_empty() {
            NONE.to_owned()
        } else {
            format!("({})", any.join(" OR "))
        }))
    }

    fn one_of(
        &mut self,
        field: Field,
        value: &Match,
        whole: bool,
    ) -> Result<Option<String>, StoreError> {
        let Some(place) = Place::of(field) else {
            return Ok(None);
        };
        Ok(match place {
            Place::Id if whole || value.id => {
                let id = self.value(value.text.clone());
                Some(format!("s.external_userid = {id}"))
            }
            Place::Gender => Some(match position(field, &value.text) {
                Some(gender) => {
                    self.person = true;
                    format!("{GENDER} = {gender}")
                }
                None => NONE.to_owned(),
            }),
            Place::Tag | Place::Stage | Place::Owner => {
                let ids = self.meant(place, value, whole)?;
                Some(self.among(place, ids))
            }
            Place::Id | Place::Amount(_) | Place::Moment(_) | Place::Added | Place::Aov => None,
        })
    }

    /// One of these tags, stages or owners.
    fn among(&mut self, place: Place, mut ids: Vec<String>) -> String {
        if place == Place::Stage {
            // A stage is known by its number as it is written, not by another writing of it.
            ids.retain(|id| id.parse::<i64>().is_ok_and(|n| n.to_string() == *id));
        }
        if ids.is_empty() {
            // Nothing is bound that the statement does not name.
            return NONE.to_owned();
        }
        if place == Place::Stage {
            return staged(&format!("j.stage_id IN ({})", ids.join(", ")));
        }
        let list = self.list(ids.iter().map(String::as_str));
        if place == Place::Tag {
            tagged(&format!("x.tag_id IN ({list})"))
        } else {
            owned(&format!("f.userid IN ({list})"))
        }
    }

    /// The ids of what a value means.
    fn meant(
        &mut self,
        place: Place,
        value: &Match,
        whole: bool,
    ) -> Result<Vec<String>, StoreError> {
        if value.id {
            return Ok(vec![value.text.clone()]);
        }
        if self.names.is_none() {
            self.names = Some(catalogue(self.conn).doing("reading names")?);
        }
        let Some(names) = &self.names else {
            return Ok(Vec::new());
        };
        let unlisted = if place == Place::Owner {
            unlisted(self.conn).doing("reading names")?
        } else {
            Vec::new()
        };
        let candidates: Vec<(String, &str)> = match place {
            Place::Tag => names
                .tags
                .iter()
                .map(|(id, _, name, _)| (id.clone(), name.as_str()))
                .collect(),
            Place::Stage => names
                .stages
                .iter()
                .map(|(id, name)| (id.to_string(), name.as_str()))
                .collect(),
            Place::Owner => {
                let listed = names.staff.iter();
                let listed = listed.map(|(id, name)| (id.clone(), id.as_str(), name.as_str()));
                let others = unlisted.iter();
                let others = others.map(|id| (id.clone(), id.as_str(), id.as_str()));
                let staff: Vec<_> = listed.chain(others).collect();
                return Ok(eval::people_meant(value, whole, &staff));
            }
            Place::Amount(_)
            | Place::Moment(_)
            | Place::Added
            | Place::Aov
            | Place::Id
            | Place::Gender => Vec::new(),
        };
        Ok(eval::keys_meant(value, whole, &candidates))
    }

    /// Binds a value.
    fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    /// Binds a list, however long, as one value.
    pub fn list<'a>(&mut self, ids: impl Iterator<Item = &'a str>) -> String {
        let json: serde_json::Value = ids.collect();
        let bound = self.value(json.to_string());
        format!("SELECT value FROM json_each({bound})")
    }
}

/// Staff who have customers and no row of their own: they are called by their id. Jumps from one to the next along the key.
fn unlisted(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    rows(
        conn,
        "WITH RECURSIVE each(userid) AS (
           SELECT min(userid) FROM follow UNION ALL
           SELECT (SELECT min(f.userid) FROM follow f WHERE f.userid > each.userid) FROM each WHERE each.userid IS NOT NULL)
         SELECT userid FROM each WHERE userid IS NOT NULL AND userid NOT IN (SELECT userid FROM staff)",
        [],
        |row| Some(row.raw(0).to_string()),
    )
}

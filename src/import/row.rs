//! A row on its way into its table: which cell of the file fills which column, and with what.

use rusqlite::types::{Value, ValueRef};

use super::column::{Column, Empty, Role};
use super::dress::undressed;
use super::headings;
use super::kind::Kind;
use super::parse::{self, Reading, Type};
use super::plan::Plan;
use super::prepared::Cells;
use super::silent::{self, Left};
use crate::domain::{SafeText, Sentence, Zone, sentence};

/// Why a row is no good: column, reason.
pub(super) type Fault = (&'static str, Sentence);

/// A column of the table that is filled.
pub(super) struct Slot {
    /// Column of the table.
    pub(super) field: String,
    pub(super) role: Role,
    /// Its place among the cells that leave what is known where they say nothing; none where an empty cell says something.
    pub(super) left: Option<Left>,
    from: From,
}

impl Slot {
    /// Part of the natural key.
    pub(super) fn is_key(&self) -> bool {
        self.role == Role::Key
    }

    /// Worked out from the other cells.
    pub(super) fn is_made(&self) -> bool {
        matches!(self.from, From::Made)
    }

    /// Holds words of a file.
    pub(super) fn is_words(&self) -> bool {
        matches!(&self.from, From::File(_, column, _) if matches!(column.ty, Type::Text(_)))
    }

    /// A masked cell of it is as good as an empty one. What a key or a needed id was cannot be guessed; phones of another
    /// system are held against those that are known.
    fn may_be_lost(&self) -> bool {
        self.left.is_some() || self.role == Role::Found
    }
}

enum From {
    /// Column of the file: position, meaning, and how it is written.
    File(usize, &'static Column, Reading),
    /// Nobody says: this value.
    Default(Value),
    /// An amount of a column that is not ours to fill, if it is one.
    Hint(usize),
    /// Worked out from the others.
    Made,
    /// Which cells of the row say nothing.
    Silent,
}

/// The slot of what an order gave back, as a file of orders says it.
pub(super) const GIVEN_BACK: &str = "given_back";

/// Which columns of a file fill which of the table.
pub(super) struct Sheet {
    pub(super) kind: Kind,
    pub(super) slots: Vec<Slot>,
    /// Orders that have columns of items beside their own.
    pub(super) has_items: bool,
    /// Fields each record must have.
    pub(super) width: usize,
    /// Columns that the file calls by another name: ours, theirs.
    headings: Vec<(&'static str, SafeText)>,
    /// Zone of local times and of the business day.
    pub(super) zone: Zone,
    /// When it is read, in unix seconds.
    pub(super) now: i64,
}

/// Who bought: where the cell of the customer is empty or no column has it, the phone may say, or what stands in the
/// workspace already.
fn buyers(slots: &mut Vec<Slot>) {
    for field in ["buyer_key", "external_userid"] {
        match slots.iter_mut().find(|slot| slot.field == field) {
            Some(slot) => slot.role = Role::Found,
            None => slots.push(Slot {
                field: field.to_owned(),
                role: Role::Found,
                left: None,
                from: From::Made,
            }),
        }
    }
}

/// What orders gave back, where a file of orders says it.
fn given_back(plan: &Plan) -> Option<Slot> {
    let at = plan.unread(Kind::Refunds, &["amount_yuan"])?;
    Some(Slot {
        field: GIVEN_BACK.to_owned(),
        role: Role::Aside,
        left: None,
        from: From::Hint(at),
    })
}

impl Sheet {
    /// Prepares the reading of rows.
    pub(super) fn new(plan: &Plan, zone: Zone, now: i64) -> Result<Self, Sentence> {
        let kind = plan.kind();
        let spec = kind.spec();
        let mut slots = Vec::new();
        for column in spec.columns {
            let is_key = spec.key.contains(&column.name);
            let slot = |role, from| Slot {
                field: column.field(),
                role,
                left: None,
                from,
            };
            match (plan.position(column.name), column.empty) {
                (Some((at, reading)), _) => {
                    let role = match (is_key, column.name) {
                        (true, _) => Role::Key,
                        (false, "phone") if kind == Kind::Orders => Role::Aside,
                        (false, "status") if kind == Kind::Refunds => Role::Aside,
                        (false, "group_name") if kind == Kind::CustomerTags => Role::Aside,
                        (false, _) => Role::Compared,
                    };
                    slots.push(slot(role, From::File(at, column, reading)));
                }
                (None, Empty::Text(text)) => {
                    let role = if is_key { Role::Key } else { Role::Birth };
                    let value = read(text, column, Reading::Plain, (kind, zone))?;
                    slots.push(slot(role, From::Default(value)));
                }
                (None, Empty::Null | Empty::Refused) => {}
            }
        }
        if kind == Kind::Orders {
            buyers(&mut slots);
            slots.extend(given_back(plan));
        }
        for (field, role) in spec.made {
            if !slots.iter().any(|s| s.field == *field) {
                slots.push(Slot {
                    field: (*field).to_owned(),
                    role: *role,
                    left: None,
                    from: From::Made,
                });
            }
        }
        Ok(Self {
            kind,
            slots,
            has_items: kind == Kind::Orders && plan.has_items(),
            width: plan.width(),
            headings: plan
                .pairs()
                .filter_map(|(heading, column)| Some((column?, heading.trim())))
                .filter(|(column, heading)| !heading.eq_ignore_ascii_case(column))
                .map(|(column, heading)| (column, SafeText::new(heading)))
                .collect(),
            zone,
            now,
        })
    }

    /// The same for a file, in which an empty or a masked cell leaves what is known as it is. Rows of another system are
    /// the whole truth about what they speak of: there, empty is empty.
    pub(super) fn of_file(plan: &Plan, zone: Zone, now: i64) -> Result<Self, Sentence> {
        let mut sheet = Self::new(plan, zone, now)?;
        let mut places = Left::places();
        for slot in &mut sheet.slots {
            slot.left = match &slot.from {
                From::File(_, column, _) if slot.role == Role::Compared && !column.required => {
                    places.next().map(|place| place.of(column))
                }
                From::File(..) | From::Default(_) | From::Hint(_) | From::Made | From::Silent => {
                    None
                }
            };
        }
        if sheet.slots.iter().any(|slot| slot.left.is_some()) {
            sheet.slots.push(Slot {
                field: silent::SILENT.to_owned(),
                role: Role::Aside,
                left: None,
                from: From::Silent,
            });
        }
        Ok(sheet)
    }

    /// What the file calls a column, where that is not our name for it.
    pub(super) fn heading(&self, column: &str) -> Option<SafeText> {
        let mut named = self.headings.iter();
        named
            .find(|(ours, _)| *ours == column)
            .map(|(_, theirs)| theirs.clone())
    }

    /// Turns the cells of one record into the values of the slots; what is worked out is still NULL.
    pub(super) fn cells(&self, fields: &[String], values: &mut Vec<Value>) -> Result<(), Fault> {
        values.clear();
        let mut silent = 0;
        for slot in &self.slots {
            values.push(match &slot.from {
                From::File(at, column, reading) => {
                    let text = fields.get(*at).map_or("", String::as_str);
                    silent |= slot.left.map_or(0, |left| left.bit(text, column.ty));
                    let is_lost = slot.may_be_lost() && silent::is_lost(text, column.ty);
                    let text = if is_lost || silent::clears(text) {
                        ""
                    } else {
                        text
                    };
                    cell(text, column, *reading, (self.kind, self.zone))
                        .map_err(|why| (column.name, with_cell(why, text, column)))?
                }
                From::Default(value) => value.clone(),
                From::Hint(at) => {
                    let text = undressed(fields.get(*at).map_or("", String::as_str));
                    parse::value(text, Type::SignedMoney, self.zone).unwrap_or(Value::Null)
                }
                From::Made => Value::Null,
                From::Silent => Value::Integer(self.silent(silent, values)),
            });
        }
        Ok(())
    }

    /// The latest instant a row gives that is later than now: it counts from then on.
    pub(super) fn later(&self, row: &impl Cells) -> Option<i64> {
        let at = |field: &&str| match row.cell(self.slot(field)?) {
            ValueRef::Integer(at) => Some(at),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => None,
        };
        let instants = self.kind.spec().instants.iter().filter_map(at);
        instants.max().filter(|at| *at > self.now)
    }

    /// Position of a column of the table.
    pub(super) fn slot(&self, field: &str) -> Option<usize> {
        self.slots.iter().position(|s| s.field == field)
    }

    /// What a record's cell says of a column; `None` where the file has no such column, the cell is empty, or cannot be read.
    pub(super) fn told(&self, fields: &[String], field: &str) -> Option<Value> {
        let slot = self.slots.get(self.slot(field)?)?;
        let From::File(at, column, reading) = &slot.from else {
            return None;
        };
        let text = fields.get(*at)?;
        cell(text, column, *reading, (self.kind, self.zone))
            .ok()
            .filter(|value| *value != Value::Null)
    }

    /// The cells of the natural key, where the file has them.
    pub(super) fn key_cells<'f>(&self, fields: &'f [String]) -> impl Iterator<Item = &'f str> {
        let keys = self.slots.iter().filter(|slot| slot.role == Role::Key);
        keys.filter_map(move |slot| match &slot.from {
            From::File(at, ..) => fields.get(*at).map(String::as_str),
            From::Default(_) | From::Hint(_) | From::Made | From::Silent => None,
        })
    }

    /// Position of the customer who bought, in a sheet of orders.
    pub(super) fn buyer(&self) -> Option<usize> {
        let is_buyer = |s: &Slot| s.role == Role::Found && s.field == "external_userid";
        self.slots.iter().position(is_buyer)
    }

    /// The file itself says it (not a default of ours).
    pub(super) fn says(&self, field: &str) -> bool {
        self.slots
            .iter()
            .any(|s| s.field == field && matches!(s.from, From::File(..)))
    }
}

/// Characters of a cell that a reason repeats.
const REPEATED: usize = 24;

/// Digits that may be a phone in the wrong column.
const PHONE: usize = 7;

/// Repeats the cell behind the reason, unless it is empty, long or may hold personal data.
fn with_cell(why: Sentence, text: &str, column: &Column) -> Sentence {
    let text = text.trim();
    let is_long = text.chars().nth(REPEATED).is_some();
    let digits = |run: &str| run.len() >= PHONE;
    let has_phone = text.split(|c: char| !c.is_ascii_digit()).any(digits);
    if text.is_empty() || is_long || has_phone || column.is_personal() {
        return why;
    }
    let text = SafeText::new(text);
    sentence!("{why}: `{text}`", "{why}: `{text}`", why = why)
}

fn cell(
    text: &str,
    column: &Column,
    reading: Reading,
    of: (Kind, Zone),
) -> Result<Value, Sentence> {
    let text = undressed(text);
    if !text.trim().is_empty() && !parse::is_nothing(text, column.ty) {
        return read(text, column, reading, of);
    }
    match column.empty {
        Empty::Refused => Err(sentence!("是空的", "is empty")),
        Empty::Null => Ok(Value::Null),
        Empty::Text(instead) => read(instead, column, Reading::Plain, of),
    }
}

/// Reads a text; the empty one only stands for itself.
fn read(
    text: &str,
    column: &Column,
    reading: Reading,
    (kind, zone): (Kind, Zone),
) -> Result<Value, Sentence> {
    if text.is_empty() {
        return Ok(Value::Text(String::new()));
    }
    parse::read(text, column.ty, reading, zone).or_else(|why| {
        let code = headings::code(kind.code(), column.name, text.trim());
        let coded = || match headings::coded(kind.code(), column.name) {
            Some(words) => sentence!("不是其中之一: {words}", "is none of {words}"),
            None => why,
        };
        code.map(Value::Integer).ok_or_else(coded)
    })
}

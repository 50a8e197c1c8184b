//! A row on its way into its table: cells become values, and what the file does not say is worked out.

use rusqlite::types::Value;

use super::kind::{Column, Empty, Kind, MONEY_METRICS, Spec, nearest};
use super::parse::{self, Type};
use crate::domain::Zone;

/// A column that files of ours may carry and that says nothing about the row.
pub(super) const REASON: &str = "reject_reason";

/// What a column of the table has to do with a row that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Part of the natural key.
    Key,
    /// A difference makes the row a changed one.
    Compared,
    /// Written when the row is new or something else differs.
    Follows,
    /// Written when the row is new.
    Birth,
}

/// A column of the table that is filled.
pub(super) struct Slot {
    /// Column of the table.
    pub(super) field: String,
    pub(super) role: Role,
    from: From,
}

enum From {
    /// Column of the file: position and meaning.
    File(usize, &'static Column),
    /// Nobody says: this value.
    Default(Value),
    /// Worked out from the others.
    Made,
}

/// Which columns of a file fill which of the table.
pub(super) struct Sheet {
    pub(super) kind: Kind,
    pub(super) slots: Vec<Slot>,
    /// Fields each record must have.
    pub(super) width: usize,
    zone: Zone,
    now: i64,
}

/// Why a row is no good: column, reason.
pub(super) type Fault = (&'static str, String);

/// Columns that are worked out when the file has none.
fn made(kind: Kind) -> &'static [(&'static str, Role)] {
    match kind {
        Kind::Orders => &[
            ("buyer_key", Role::Compared),
            ("biz_date", Role::Compared),
            ("status", Role::Birth),
            ("source", Role::Birth),
            ("ordered_at", Role::Birth),
            ("list_fen", Role::Birth),
        ],
        Kind::Refunds => &[("biz_date", Role::Compared)],
        Kind::FollowEvents => &[("dedup_key", Role::Key), ("biz_date", Role::Compared)],
        Kind::Customers | Kind::Groups => &[("synced_at", Role::Follows)],
        Kind::StaffDays => &[("fetched_at", Role::Follows)],
        Kind::Departments
        | Kind::Staff
        | Kind::Follows
        | Kind::TagGroups
        | Kind::Tags
        | Kind::CustomerTags
        | Kind::Journeys
        | Kind::Stages
        | Kind::CustomerStages
        | Kind::Channels
        | Kind::GroupMembers
        | Kind::GroupDays
        | Kind::OrderItems
        | Kind::Costs
        | Kind::Campaigns
        | Kind::CampaignSteps
        | Kind::Targets
        | Kind::Incentives => &[],
    }
}

impl Sheet {
    /// Reads a header.
    pub(super) fn new(kind: Kind, header: &[String], zone: Zone, now: i64) -> Result<Self, String> {
        let spec = kind.spec();
        let names: Vec<String> = header
            .iter()
            .map(|h| h.trim().to_ascii_lowercase())
            .collect();
        check(spec, &names)?;
        let position = |name: &str| names.iter().position(|n| n == name);
        let mut slots = Vec::new();
        for column in spec.columns {
            let is_key = spec.key.contains(&column.name);
            let slot = |role, from| Slot {
                field: column.field(),
                role,
                from,
            };
            match (position(column.name), column.empty) {
                (Some(at), _) => {
                    let role = if is_key { Role::Key } else { Role::Compared };
                    slots.push(slot(role, From::File(at, column)));
                }
                (None, Empty::Text(text)) => {
                    let role = if is_key { Role::Key } else { Role::Birth };
                    slots.push(slot(role, From::Default(read(text, column.ty, zone)?)));
                }
                (None, Empty::Null | Empty::Refused) => {}
            }
        }
        for (field, role) in made(kind) {
            if !slots.iter().any(|s| s.field == *field) {
                slots.push(Slot {
                    field: (*field).to_owned(),
                    role: *role,
                    from: From::Made,
                });
            }
        }
        Ok(Self {
            kind,
            slots,
            width: header.len(),
            zone,
            now,
        })
    }

    /// Turns the cells of one record into the values of the slots.
    pub(super) fn read(&self, fields: &[String], values: &mut Vec<Value>) -> Result<(), Fault> {
        values.clear();
        for slot in &self.slots {
            values.push(match &slot.from {
                From::File(at, column) => {
                    let text = fields.get(*at).map_or("", String::as_str);
                    cell(text, column, self.zone).map_err(|why| (column.name, why))?
                }
                From::Default(value) => value.clone(),
                From::Made => Value::Null,
            });
        }
        let mut row = Row {
            sheet: self,
            values,
        };
        match self.kind {
            Kind::Orders => row.order(),
            Kind::Refunds => row.refund(),
            Kind::FollowEvents => row.event(),
            Kind::Customers | Kind::Groups => row.set("synced_at", Value::Integer(self.now)),
            Kind::StaffDays => row.set("fetched_at", Value::Integer(self.now)),
            Kind::Departments => row.department(),
            Kind::Campaigns => row.ordered_times("starts_at", "ends_at"),
            Kind::Follows => row.ordered_times("added_at", "ended_at"),
            Kind::Targets => row.target(),
            Kind::Incentives => row.measures(&["threshold"]),
            Kind::Staff
            | Kind::TagGroups
            | Kind::Tags
            | Kind::CustomerTags
            | Kind::Journeys
            | Kind::Stages
            | Kind::CustomerStages
            | Kind::Channels
            | Kind::GroupMembers
            | Kind::GroupDays
            | Kind::OrderItems
            | Kind::Costs
            | Kind::CampaignSteps => Ok(()),
        }
    }

    /// Position of a column of the table.
    pub(super) fn slot(&self, field: &str) -> Option<usize> {
        self.slots.iter().position(|s| s.field == field)
    }

    /// The file itself says it (not a default of ours).
    pub(super) fn says(&self, field: &str) -> bool {
        self.slots
            .iter()
            .any(|s| s.field == field && matches!(s.from, From::File(..)))
    }
}

/// Says what is wrong with a header.
fn check(spec: &Spec, names: &[String]) -> Result<(), String> {
    let first = names.first().map_or("", String::as_str);
    if first.starts_with("sep=") {
        return Err("the first line says `sep=`: delete that line".into());
    }
    if names.len() == 1 && first.contains(['\t', ';']) {
        return Err(
            "the columns are not separated by commas: save the file as comma-separated CSV".into(),
        );
    }
    for (i, name) in names.iter().enumerate() {
        if names.iter().take(i).any(|n| n == name) {
            return Err(format!("the column `{}` is there twice", shown(name)));
        }
        if name != REASON && !spec.columns.iter().any(|c| c.name == name) {
            return Err(unknown(spec, name));
        }
    }
    let lacks = |c: &&Column| c.required && !names.iter().any(|n| n == c.name);
    let missing: Vec<&str> = spec.columns.iter().filter(lacks).map(|c| c.name).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("the header lacks {}", missing.join(", ")))
    }
}

fn unknown(spec: &Spec, name: &str) -> String {
    let known = || spec.columns.iter().map(|c| c.name);
    match nearest(name, known()) {
        Some(near) => format!(
            "the column `{}` is unknown; did you mean `{near}`?",
            shown(name)
        ),
        None => format!(
            "the column `{}` is unknown; there are {}",
            shown(name),
            known().collect::<Vec<_>>().join(", ")
        ),
    }
}

/// A header as an error may show it: short and without control characters.
fn shown(name: &str) -> String {
    crate::domain::SafeText::new(&name.chars().take(40).collect::<String>()).to_string()
}

fn cell(text: &str, column: &Column, zone: Zone) -> Result<Value, String> {
    if !text.trim().is_empty() {
        return read(text, column.ty, zone);
    }
    match column.empty {
        Empty::Refused => Err("is empty".into()),
        Empty::Null => Ok(Value::Null),
        Empty::Text(instead) => read(instead, column.ty, zone),
    }
}

/// Reads a text; the empty one only stands for itself.
fn read(text: &str, ty: Type, zone: Zone) -> Result<Value, String> {
    if text.is_empty() {
        Ok(Value::Text(String::new()))
    } else {
        parse::value(text, ty, zone)
    }
}

/// The values of one row by the names of their columns.
struct Row<'a> {
    sheet: &'a Sheet,
    values: &'a mut Vec<Value>,
}

impl Row<'_> {
    fn get(&self, field: &str) -> &Value {
        self.sheet
            .slot(field)
            .and_then(|at| self.values.get(at))
            .unwrap_or(&Value::Null)
    }

    fn int(&self, field: &str) -> Option<i64> {
        match self.get(field) {
            Value::Integer(n) => Some(*n),
            Value::Null | Value::Real(_) | Value::Text(_) | Value::Blob(_) => None,
        }
    }

    fn text(&self, field: &str) -> Option<&str> {
        match self.get(field) {
            Value::Text(text) => Some(text),
            Value::Null | Value::Integer(_) | Value::Real(_) | Value::Blob(_) => None,
        }
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "ends the rules of a kind, which may fail"
    )]
    fn set(&mut self, field: &str, value: Value) -> Result<(), Fault> {
        if let Some(slot) = self
            .sheet
            .slot(field)
            .and_then(|at| self.values.get_mut(at))
        {
            *slot = value;
        }
        Ok(())
    }

    fn fill(&mut self, field: &str, value: Value) -> Result<(), Fault> {
        if *self.get(field) == Value::Null {
            self.set(field, value)
        } else {
            Ok(())
        }
    }

    fn biz_date(&mut self, of: &str) -> Result<(), Fault> {
        let day = self.int(of).map_or(Value::Null, |at| {
            Value::Text(parse::biz_date(at, self.sheet.zone))
        });
        self.set("biz_date", day)
    }

    /// Paid by `paid_at`; an unpaid order's amount is what it would cost, not money received.
    fn order(&mut self) -> Result<(), Fault> {
        let (paid_at, amount) = (self.int("paid_at"), self.int("paid_fen").unwrap_or(0));
        let status = if paid_at.is_some() { "paid" } else { "created" };
        self.fill("status", Value::Text(status.into()))?;
        match (paid_at, self.text("status")) {
            (None, Some(status @ ("paid" | "completed"))) => {
                return Err(("status", format!("is {status}, but paid_at is empty")));
            }
            (Some(_), Some("created")) => {
                return Err(("status", "is created, but paid_at is given".into()));
            }
            _ => {}
        }
        self.fill("list_fen", Value::Integer(amount))?;
        if paid_at.is_none() {
            self.set("paid_fen", Value::Integer(0))?;
        }
        if let Some(at) = paid_at {
            self.fill("ordered_at", Value::Integer(at))?;
        }
        if self.int("ordered_at").is_none() {
            return Err((
                "ordered_at",
                "is needed for an order that is not paid".into(),
            ));
        }
        self.fill("source", Value::Text("other".into()))?;
        let key = match self.text("external_userid") {
            Some(person) => person.to_owned(),
            None => format!("order:{}", self.text("order_id").unwrap_or_default()),
        };
        self.fill("buyer_key", Value::Text(key))?;
        self.biz_date("paid_at")
    }

    fn refund(&mut self) -> Result<(), Fault> {
        if self.int("amount_fen") == Some(0) {
            return Err(("amount_yuan", "is zero".into()));
        }
        self.biz_date("refunded_at")
    }

    /// An event without a key of its own is known by what happened when between whom.
    fn event(&mut self) -> Result<(), Fault> {
        let at = self.int("occurred_at").unwrap_or(0);
        let [kind, guide, person] =
            ["kind", "userid", "external_userid"].map(|f| self.text(f).unwrap_or_default());
        let key = format!("{kind}:{at}:{guide}:{person}");
        if key.chars().count() > 256 {
            return Err((
                "dedup_key",
                "is needed: the ids are too long to make one".into(),
            ));
        }
        self.fill("dedup_key", Value::Text(key))?;
        self.biz_date("occurred_at")
    }

    /// WeCom's root has parent 0.
    fn department(&mut self) -> Result<(), Fault> {
        if self.int("parent_id") == Some(0) {
            self.set("parent_id", Value::Null)?;
        }
        if self.int("parent_id").is_some() && self.int("parent_id") == self.int("dept_id") {
            return Err(("parent_id", "is the department itself".into()));
        }
        Ok(())
    }

    fn ordered_times(&mut self, from: &str, to: &'static str) -> Result<(), Fault> {
        match (self.int(from), self.int(to)) {
            (Some(a), Some(b)) if b < a => Err((to, format!("is before {from}"))),
            _ => Ok(()),
        }
    }

    fn target(&mut self) -> Result<(), Fault> {
        self.fill("subject_id", Value::Text(String::new()))?;
        if self.text("subject_id") == Some("") && self.text("subject_kind") != Some("workspace") {
            return Err(("subject_id", "is empty".into()));
        }
        if self.text("period_end") < self.text("period_start") {
            return Err(("period_end", "is before period_start".into()));
        }
        self.measures(&["target_value", "floor_value", "stretch_value"])
    }

    fn measures(&mut self, fields: &[&'static str]) -> Result<(), Fault> {
        let money = self
            .text("metric_code")
            .is_some_and(|code| MONEY_METRICS.contains(&code));
        for field in fields {
            if let Some(text) = self.text(field) {
                let value = parse::measure(text, money).map_err(|why| (*field, why))?;
                self.set(field, value)?;
            }
        }
        Ok(())
    }
}

//! What the cells of a row mean in the workspace: whose phone an order has, which member of staff and which campaign a name is.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Statement};

use super::kind::Kind;
use super::parse;
use super::placing::Placing;
use super::prepared::{Cells, Over};
use super::row::{Fault, Sheet};
use super::rules::ALONE;
use super::standing::Standing;
use super::subject::Subjects;
use crate::domain::sentence;

/// How the rows of a file were matched with the workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// Orders whose customer was found by the phone.
    pub by_phone: u64,
    /// Orders of nobody: several customers have their phone.
    pub shared_phone: u64,
    /// Orders of nobody with neither phone nor another key of the buyer: each counts as a buyer of its own.
    pub alone: u64,
    /// Orders credited to somebody who is no member of staff, or whose name several have.
    pub unknown_staff: u64,
    /// Groups whose owner is no member of staff, or whose name several have.
    pub unknown_owners: u64,
    /// Staff of whom the file names a department that the workspace does not have, or several of that name.
    pub unknown_depts: u64,
    /// Orders that name a campaign which the workspace does not have, or several of that name: they belong to none.
    pub unknown_campaign: u64,
}

impl Matched {
    /// Both together.
    pub(super) fn add(&mut self, other: Self) {
        self.by_phone += other.by_phone;
        self.shared_phone += other.shared_phone;
        self.alone += other.alone;
        self.unknown_staff += other.unknown_staff;
        self.unknown_owners += other.unknown_owners;
        self.unknown_depts += other.unknown_depts;
        self.unknown_campaign += other.unknown_campaign;
    }
}

/// A row with what was found for it.
pub(super) struct Resolved<'r, C> {
    cells: Over<'r, C>,
    /// What to count when the row goes in.
    pub(super) matched: Matched,
}

impl<C> Resolved<'_, C> {
    /// The same with another value in a slot.
    pub(super) fn with(mut self, over: Option<(usize, Value)>) -> Self {
        self.cells.over.extend(over);
        self
    }
}

impl<C: Cells> Cells for Resolved<'_, C> {
    fn cell(&self, slot: usize) -> ValueRef<'_> {
        self.cells.cell(slot)
    }

    fn own(&self, slot: usize) -> ValueRef<'_> {
        self.cells.own(slot)
    }
}

/// Rows of the workspace by their ids and by their names; `None` where several have the name.
pub(super) struct Named<I> {
    ids: HashMap<String, I>,
    names: HashMap<String, Option<I>>,
}

impl<I: Clone + ToString + rusqlite::types::FromSql> Named<I> {
    /// Reads id and name.
    pub(super) fn new(conn: &Connection, sql: &str) -> rusqlite::Result<Self> {
        let mut named = Self {
            ids: HashMap::new(),
            names: HashMap::new(),
        };
        let mut statement = conn.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            // What is no text, in a file that somebody else wrote, is nobody's name and no id that a file could give.
            let Ok(id) = row.get::<_, I>(0) else {
                continue;
            };
            named.ids.insert(id.to_string(), id.clone());
            let name = parse::bare(row.get_ref(1)?.as_str().unwrap_or_default());
            if !name.is_empty() {
                let first = named.names.entry(name.to_owned());
                first.and_modify(|one| *one = None).or_insert(Some(id));
            }
        }
        Ok(named)
    }

    /// The one that is meant: by its id, else by a name that no other has.
    pub(super) fn find(&self, text: &str) -> Option<&I> {
        let by_name = || self.names.get(text).and_then(Option::as_ref);
        self.ids.get(text).or_else(by_name)
    }

    /// Several have the name.
    pub(super) fn is_shared(&self, text: &str) -> bool {
        self.names.get(text).is_some_and(Option::is_none)
    }
}

/// Where a sheet of orders has what is looked up.
struct Buyer {
    customer: usize,
    key: usize,
    phone: Option<usize>,
}

/// Finds what the rows of one file mean.
pub(super) struct Lookup<'c> {
    conn: &'c Connection,
    buyer: Option<Buyer>,
    /// Slots of staff, and who they are.
    staff: Option<(Vec<usize>, Named<String>)>,
    /// In which department staff are.
    placing: Option<Placing>,
    campaigns: Option<(usize, Named<i64>)>,
    /// Whom targets are for.
    subjects: Option<Subjects<'c>>,
    /// How relations stand.
    standing: Option<Standing<'c>>,
    /// An unknown campaign spoils the row.
    strict: bool,
    /// Customers by their phones, each once it is asked for; `None` where several have it.
    phones: Option<HashMap<u64, Option<Box<str>>>>,
}

impl<'c> Lookup<'c> {
    /// Looks for what the sheet may need.
    pub(super) fn new(conn: &'c Connection, sheet: &Sheet) -> rusqlite::Result<Self> {
        let is_orders = sheet.kind == Kind::Orders;
        let at = |wanted: bool, field: &str| wanted.then(|| sheet.slot(field)).flatten();
        let buyer = match (at(is_orders, "external_userid"), at(is_orders, "buyer_key")) {
            (Some(customer), Some(key)) => Some(Buyer {
                customer,
                key,
                phone: sheet.slot("phone"),
            }),
            _ => None,
        };
        let members: Vec<usize> = members(sheet.kind)
            .iter()
            .filter_map(|field| sheet.slot(field))
            .collect();
        let staff = if members.is_empty() {
            None
        } else {
            let staff = Named::new(conn, "SELECT userid, name FROM staff")?;
            Some((members, staff))
        };
        let strict = matches!(sheet.kind, Kind::Costs | Kind::CampaignSteps);
        let campaigns = at(is_orders || strict, "campaign_id");
        let of = "SELECT campaign_id, name FROM campaign";
        let campaigns = match campaigns {
            Some(at) => Some((at, Named::new(conn, of)?)),
            None => None,
        };
        Ok(Self {
            conn,
            buyer,
            staff,
            campaigns,
            subjects: Subjects::of(conn, sheet),
            standing: Standing::of(conn, sheet)?,
            placing: Placing::of(conn, sheet)?,
            strict,
            phones: None,
        })
    }

    /// Rows of another system name by ids alone, and are found again by them.
    pub(super) fn by_ids(mut self) -> Self {
        self.subjects = None;
        self.placing = None;
        if self.buyer.is_none() && self.staff.take().is_some() {
            // Steps of campaigns are found again by their campaign.
            self.campaigns = None;
        }
        self
    }

    /// What a row means. The inner `Err` is why it cannot go in.
    pub(super) fn resolve<'r, C: Cells>(
        &mut self,
        row: &'r C,
    ) -> rusqlite::Result<Result<Resolved<'r, C>, Fault>> {
        let over = Vec::new();
        let mut found = Resolved {
            cells: Over { row, over },
            matched: Matched::default(),
        };
        self.buyer(&mut found)?;
        self.member(&mut found);
        if let Some(subjects) = &mut self.subjects {
            match subjects.find(row)? {
                Ok(subject) => {
                    let subject = subject.map(|(at, id)| (at, Value::Text(id)));
                    found.cells.over.extend(subject);
                }
                Err(why) => return Ok(Err(why)),
            }
        }
        if let Some(placing) = &self.placing {
            let (over, unknown) = placing.find(row);
            found.cells.over.extend(over);
            found.matched.unknown_depts = u64::from(unknown);
        }
        if let Some(standing) = &mut self.standing {
            found.cells.over.extend(standing.find(row)?);
        }
        Ok(self.campaign(&mut found).map(|()| found))
    }

    /// An order without a customer is that of the one who has its phone.
    fn buyer<C: Cells>(&mut self, found: &mut Resolved<'_, C>) -> rusqlite::Result<()> {
        let Some(Buyer {
            customer,
            key,
            phone,
        }) = self.buyer
        else {
            return Ok(());
        };
        if found.cells.row.cell(customer) != ValueRef::Null {
            return Ok(());
        }
        let phone = phone.and_then(|at| text(found.cells.row, at));
        let Some(phone) = phone else {
            let is_alone = text(found.cells.row, key).is_some_and(|key| key.starts_with(ALONE));
            found.matched.alone = u64::from(is_alone);
            return Ok(());
        };
        let phones = match &mut self.phones {
            Some(phones) => phones,
            None => self.phones.insert(phones(self.conn)?),
        };
        match phones.get(&hash(phone)) {
            Some(Some(person)) => {
                let person = Value::Text(person.to_string());
                found.cells.over.push((customer, person.clone()));
                found.cells.over.push((key, person));
                found.matched.by_phone = 1;
            }
            Some(None) => found.matched.shared_phone = 1,
            None => {}
        }
        Ok(())
    }

    /// Whom an order is credited to and whose a group is, by the account or by a name that nobody else has.
    fn member<C: Cells>(&self, found: &mut Resolved<'_, C>) {
        let Some((slots, staff)) = &self.staff else {
            return;
        };
        for at in slots {
            let Some(said) = text(found.cells.row, *at) else {
                continue;
            };
            match staff.find(said) {
                Some(userid) if userid != said => {
                    let userid = Value::Text(userid.clone());
                    found.cells.over.push((*at, userid));
                }
                None if self.buyer.is_some() => found.matched.unknown_staff = 1,
                None if self.campaigns.is_none() => found.matched.unknown_owners = 1,
                Some(_) | None => {}
            }
        }
    }

    /// The campaign by its number or by a name that no other has. A number stays whether it is known or not.
    fn campaign<C: Cells>(&self, found: &mut Resolved<'_, C>) -> Result<(), Fault> {
        let Some((at, campaigns)) = &self.campaigns else {
            return Ok(());
        };
        let (name, is_number) = match found.cells.row.cell(*at) {
            ValueRef::Integer(n) => (n.to_string(), true),
            ValueRef::Text(text) => (String::from_utf8_lossy(text).into_owned(), false),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => return Ok(()),
        };
        match campaigns.find(&name) {
            Some(id) => found.cells.over.push((*at, Value::Integer(*id))),
            None if is_number => {}
            None if self.strict => {
                let why = if campaigns.names.contains_key(&name) {
                    sentence!(
                        "有多个活动同名: 请写活动编号",
                        "is the name of several campaigns: write the number of one",
                    )
                } else {
                    sentence!(
                        "不是工作区里的活动: 先导入 campaigns, 或写活动编号",
                        "is no campaign of the workspace: import campaigns first, or write its number",
                    )
                };
                return Err(("campaign_id", why));
            }
            None => {
                found.cells.over.push((*at, Value::Null));
                found.matched.unknown_campaign = 1;
            }
        }
        Ok(())
    }
}

/// Columns of a kind that hold staff, by whom a file may write their names. Not those that rows are known by.
fn members(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Orders => &["credited_userid"],
        Kind::Groups => &["owner_userid"],
        Kind::CampaignSteps => &["userid"],
        Kind::Departments
        | Kind::Staff
        | Kind::Channels
        | Kind::Customers
        | Kind::Follows
        | Kind::FollowEvents
        | Kind::TagGroups
        | Kind::Tags
        | Kind::CustomerTags
        | Kind::Journeys
        | Kind::Stages
        | Kind::CustomerStages
        | Kind::GroupMembers
        | Kind::GroupDays
        | Kind::StaffDays
        | Kind::Campaigns
        | Kind::OrderItems
        | Kind::Refunds
        | Kind::Costs
        | Kind::Targets
        | Kind::Incentives => &[],
    }
}

fn text<C: Cells>(row: &C, at: usize) -> Option<&str> {
    match row.cell(at) {
        ValueRef::Text(text) => std::str::from_utf8(text).ok(),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => None,
    }
}

fn hash(phone: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    phone.hash(&mut hasher);
    hasher.finish()
}

/// Whose phone it is, over the whole pool; what is masked is nobody's.
fn phones(conn: &Connection) -> rusqlite::Result<HashMap<u64, Option<Box<str>>>> {
    let sql = "SELECT phone, external_userid FROM customer WHERE phone <> ''";
    let mut statement: Statement<'_> = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut phones = HashMap::new();
    while let Some(row) = rows.next()? {
        let written = row.get_ref(0)?.as_str().unwrap_or_default();
        if written.contains('*') {
            continue;
        }
        // Other ways in than files may keep a phone as it was written.
        let Ok(phone) = parse::phone(written.trim()) else {
            continue;
        };
        let person = row.get_ref(1)?.as_str().unwrap_or_default();
        let one = phones.entry(hash(&phone));
        one.and_modify(|one| *one = None)
            .or_insert_with(|| Some(Box::from(person)));
    }
    Ok(phones)
}

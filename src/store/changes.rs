//! The change log: what any writer touched, in commit order, so that a reader reads again only that.
//!
//! Triggers write one row a touched thing; a bulk writer writes one *sweep* instead. Our own writers keep the newest
//! [`KEPT`] rows. A reader remembers the [`Seq`] its state belongs to and asks [`since`]; when the log no longer reaches
//! back that far, or says "sweep", the answer is a gap and everything is read again.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension};

use super::error::{Doing, StoreError};

/// Rows of the log that [`prune`] leaves.
pub const KEPT: i64 = 200_000;

/// Rows a reader takes before it calls it a gap: reading everything again is quicker.
const TOO_MANY: i64 = 100_000;

/// A place in the log. 0 is before the first change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub i64);

/// Code of a sweep in `change_log.entity`.
pub(super) const SWEEP: i64 = 99;

/// What was touched since a place in the log: keys to read again, each once, in order. Times a thing was touched do not show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// State these changes lead to.
    pub upto: Seq,
    /// `external_userid` of customers whose row, follow relations, tags, stages or follow events were touched.
    pub customers: Touched,
    /// `order_id` of orders that were touched themselves, or by a refund or an item.
    pub orders: BTreeSet<String>,
    /// `chat_id` of groups whose row, days or members were touched.
    pub groups: BTreeSet<String>,
    /// `member_id` of group members who came, left or changed.
    pub members: BTreeSet<String>,
    /// `campaign_id` of campaigns whose row was touched.
    pub campaigns: BTreeSet<i64>,
    /// Campaign and `person_key` of funnel steps.
    pub steps: BTreeSet<(i64, String)>,
    /// `userid` of staff.
    pub staff: BTreeSet<String>,
    /// `dept_id` of departments.
    pub departments: BTreeSet<i64>,
    /// Small tables that were touched: read whole again.
    pub tables: Tables,
}

/// Customers by what was touched of them. A customer may be in several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// The customer's own row.
    pub rows: BTreeSet<String>,
    /// Follow relations.
    pub follows: BTreeSet<String>,
    /// Tags.
    pub tags: BTreeSet<String>,
    /// Journey stages.
    pub stages: BTreeSet<String>,
    /// Follow events (adds, losses).
    pub events: BTreeSet<String>,
}

impl Touched {
    fn join(&mut self, others: &Self) {
        self.rows.extend(others.rows.iter().cloned());
        self.follows.extend(others.follows.iter().cloned());
        self.tags.extend(others.tags.iter().cloned());
        self.stages.extend(others.stages.iter().cloned());
        self.events.extend(others.events.iter().cloned());
    }

    /// Every customer touched in any way.
    pub fn all(&self) -> BTreeSet<&str> {
        [
            &self.rows,
            &self.follows,
            &self.tags,
            &self.stages,
            &self.events,
        ]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect()
    }
}

/// Small tables of which something was touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one flag a table")]
pub struct Tables {
    /// `kpi_node` or `kpi_target`.
    pub targets: bool,
    /// `tag` or `tag_group`.
    pub tags: bool,
    /// `journey_stage` or `journey`.
    pub stages: bool,
    /// `channel`.
    pub channels: bool,
    /// `incentive_rule`.
    pub incentives: bool,
    /// `leaderboard_snapshot`.
    pub snapshots: bool,
    /// `task`.
    pub tasks: bool,
    /// `meta`.
    pub meta: bool,
}

/// What the log says since a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Read these again; empty when nothing changed.
    Changes(Box<Changes>),
    /// The log does not tell: read everything again, in one read transaction with [`head`].
    Gap,
}

impl Changes {
    /// Nothing was touched.
    pub fn is_empty(&self) -> bool {
        *self
            == Self {
                upto: self.upto,
                ..Self::default()
            }
    }

    /// What others name is touched as well.
    pub fn join(&mut self, others: &Self) {
        let Self {
            upto: _,
            customers,
            orders,
            groups,
            members,
            campaigns,
            steps,
            staff,
            departments,
            tables: _,
        } = others;
        self.customers.join(customers);
        self.orders.extend(orders.iter().cloned());
        self.groups.extend(groups.iter().cloned());
        self.members.extend(members.iter().cloned());
        self.campaigns.extend(campaigns);
        self.steps.extend(steps.iter().cloned());
        self.staff.extend(staff.iter().cloned());
        self.departments.extend(departments);
    }

    /// Files one row of the log; `false` for a sweep or a code of a newer version.
    pub(super) fn file(&mut self, entity: i64, key: String) -> bool {
        let set = match entity {
            1 => &mut self.customers.rows,
            2 => &mut self.customers.follows,
            3 => &mut self.customers.tags,
            4 => &mut self.customers.stages,
            5..=7 => &mut self.orders,
            8 => &mut self.customers.events,
            9 | 10 => &mut self.groups,
            11 => &mut self.members,
            16 => &mut self.staff,
            _ => return self.file_number(entity, &key),
        };
        set.insert(key);
        true
    }

    /// The rest of the codes: numbers, pairs and whole tables.
    fn file_number(&mut self, entity: i64, key: &str) -> bool {
        match entity {
            12 | 17 => {
                let Ok(id) = key.parse() else { return false };
                if entity == 12 {
                    self.campaigns.insert(id);
                } else {
                    self.departments.insert(id);
                }
            }
            13 => match key
                .split_once('/')
                .map(|(campaign, person)| (campaign.parse(), person))
            {
                Some((Ok(campaign), person)) => {
                    self.steps.insert((campaign, person.to_owned()));
                }
                Some((Err(_), _)) | None => return false,
            },
            14 | 15 => self.tables.targets = true,
            18 | 19 => self.tables.tags = true,
            20 | 26 => self.tables.stages = true,
            21 => self.tables.channels = true,
            22 => self.tables.incentives = true,
            23 => self.tables.snapshots = true,
            24 => self.tables.tasks = true,
            25 => self.tables.meta = true,
            _ => return false,
        }
        true
    }
}

/// Where the log stands now. Take it in the same read transaction as the state it belongs to.
pub fn head(conn: &Connection) -> Result<Seq, StoreError> {
    conn.prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'change_log'")
        .and_then(|mut s| s.query_row([], |row| row.get(0)).optional())
        .doing("reading the change log")
        .map(|seq| Seq(seq.unwrap_or(0)))
}

/// What was touched after `from`.
pub fn since(conn: &Connection, from: Seq) -> Result<Tail, StoreError> {
    let upto = head(conn)?;
    if upto == from {
        return Ok(Tail::Changes(Box::new(Changes {
            upto,
            ..Changes::default()
        })));
    }
    if upto < from || upto.0 - from.0 > TOO_MANY {
        return Ok(Tail::Gap);
    }
    read_tail(conn, from, upto).doing("reading the change log")
}

fn read_tail(conn: &Connection, from: Seq, upto: Seq) -> rusqlite::Result<Tail> {
    let mut changes = Changes {
        upto,
        ..Changes::default()
    };
    let mut statement = conn.prepare_cached(
        "SELECT seq, entity, key FROM change_log WHERE seq > ?1 AND seq <= ?2 ORDER BY seq",
    )?;
    let mut rows = statement.query([from.0, upto.0])?;
    let mut next = from.0 + 1;
    while let Some(row) = rows.next()? {
        // Under a key that is no text nothing can be looked up.
        let Ok(key) = str::from_utf8(row.get_ref(2)?.as_bytes().unwrap_or_default()) else {
            return Ok(Tail::Gap);
        };
        if row.get::<_, i64>(0)? != next || !changes.file(row.get(1)?, key.to_owned()) {
            return Ok(Tail::Gap);
        }
        next += 1;
    }
    Ok(if next == upto.0 + 1 {
        Tail::Changes(Box::new(changes))
    } else {
        Tail::Gap
    })
}

/// The code under which a table is logged; `None` for tables that are not.
pub(super) fn entity_of(table: &str) -> Option<i64> {
    let tables = [
        "customer",
        "follow",
        "customer_tag",
        "customer_stage",
        "sale_order",
        "order_refund",
        "order_item",
        "follow_event",
        "group_chat",
        "group_day",
        "group_member",
        "campaign",
        "campaign_step",
        "kpi_node",
        "kpi_target",
        "staff",
        "department",
        "tag",
        "tag_group",
        "journey_stage",
        "channel",
        "incentive_rule",
        "leaderboard_snapshot",
        "task",
        "meta",
        "journey",
    ];
    (1..)
        .zip(tables)
        .find(|(_, t)| *t == table)
        .map(|(code, _)| code)
}

/// Nothing of this entity was touched after `from`, as far as the log reaches: `false` where it does not tell.
pub(super) fn is_untouched(conn: &Connection, from: Seq, entity: i64) -> Result<bool, StoreError> {
    let upto = head(conn)?;
    if upto == from {
        return Ok(true);
    }
    let (rows, touched): (i64, i64) = conn
        .query_row(
            "SELECT count(*), count(*) FILTER (WHERE entity IN (?2, ?3)) FROM change_log WHERE seq > ?1",
            [from.0, entity, SWEEP],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .doing("reading the change log")?;
    Ok(upto > from && rows == upto.0 - from.0 && touched == 0)
}

/// Logs "read everything again"; a bulk writer does it once (see [`super::totals`]).
pub fn log_sweep(conn: &Connection) -> Result<(), StoreError> {
    conn.execute(
        "INSERT INTO change_log (entity, key) VALUES (?1, '')",
        [SWEEP],
    )
    .doing("logging a sweep")?;
    Ok(())
}

/// Drops all but the newest [`KEPT`] rows, in slices of a tenth so that it is seldom and short. Inside a write transaction.
pub fn prune(conn: &Connection) -> Result<(), StoreError> {
    conn.execute(
        "DELETE FROM change_log WHERE seq <= (SELECT max(seq) FROM change_log) - ?1
         AND (SELECT min(seq) FROM change_log) <= (SELECT max(seq) FROM change_log) - ?1 - ?2",
        [KEPT, KEPT / 10],
    )
    .doing("pruning the change log")?;
    Ok(())
}

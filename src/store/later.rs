//! Rows dated later than now: which they are, and when the time of each comes.
//!
//! A row that says of itself that it is of next year (a year mistyped), or of tonight (an import in a wrong zone), counts from
//! that instant on and not before: a report, a pane and `--as-of` this second tell the same. Until then the connection is
//! held at now ([`super::past`]), and whoever follows the clock keeps what waits in [`Later`].
//!
//! # Performance
//!
//! Looking for them costs what `super::past::has_later_rows` costs; only a file that has any is walked for all of them, once a
//! load. A change asks for its own rows by key.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use rusqlite::{Connection, params};

use super::changes::Changes;
use super::error::{Doing, StoreError};
use super::{meta, past};
use crate::domain::AsOf;

/// What is being done, for errors.
const DOING: &str = "looking for rows dated later than now";

/// Key of the last instant in `meta` that a writer dated later than it wrote.
const DATED_UNTIL: &str = "dated_until";

/// Notes that a writer brought a row dated later than now: no index may tell. The caller's transaction.
pub fn note(conn: &Connection, until: i64) -> Result<(), StoreError> {
    let known = meta::get(conn, DATED_UNTIL)?.and_then(|known| known.parse().ok());
    if known.is_none_or(|known: i64| known < until) {
        meta::set(conn, DATED_UNTIL, &until.to_string())?;
    }
    Ok(())
}

/// What rows belong to, as the change log names it: its code and its key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Subject {
    entity: i64,
    key: String,
}

/// Rows of a table that may be dated later than an instant.
struct Dated {
    /// Code of what they belong to, as in the change log.
    entity: i64,
    /// Its key, in SQL.
    key: &'static str,
    /// The table; with the index by which those of a day and later are found, where there is one.
    table: &'static str,
    /// Those of day ?2 and later, where an index finds them.
    day: &'static str,
    /// Those whose key is ?2.
    one: &'static str,
    /// Those later than ?1.
    later: &'static str,
    /// The earliest instant of a row that is later than ?1.
    at: &'static str,
}

const DATED: [Dated; 8] = [
    Dated {
        entity: 5,
        key: "order_id",
        table: "sale_order INDEXED BY ix_order_day",
        day: "biz_date >= ?2",
        one: "order_id = ?2",
        later: "paid_at IS NOT NULL AND is_test = 0 AND paid_at > ?1",
        at: "paid_at",
    },
    Dated {
        entity: 5,
        key: "order_id",
        table: "order_refund INDEXED BY ix_refund_day",
        day: "biz_date >= ?2",
        one: "order_id = ?2",
        later: "refunded_at > ?1",
        at: "refunded_at",
    },
    Dated {
        entity: 1,
        key: "external_userid",
        table: "customer",
        day: "?2 IS NOT NULL",
        one: "external_userid = ?2",
        later: "first_added_at > ?1",
        at: "first_added_at",
    },
    Dated {
        entity: 2,
        key: "external_userid",
        table: "follow",
        day: "?2 IS NOT NULL",
        one: "external_userid = ?2",
        later: "max(added_at, coalesce(ended_at, 0), coalesce(last_touch_at, 0), coalesce(last_inbound_at, 0)) > ?1",
        at: "min(iif(added_at > ?1, added_at, 9e15), iif(ended_at > ?1, ended_at, 9e15),
               iif(last_touch_at > ?1, last_touch_at, 9e15), iif(last_inbound_at > ?1, last_inbound_at, 9e15))",
    },
    Dated {
        entity: 8,
        key: "external_userid",
        table: "follow_event INDEXED BY ix_fe_date",
        day: "biz_date >= ?2",
        one: "external_userid = ?2",
        later: "occurred_at > ?1",
        at: "occurred_at",
    },
    Dated {
        entity: 9,
        key: "chat_id",
        table: "group_chat",
        day: "?2 IS NOT NULL",
        one: "chat_id = ?2",
        later: "max(created_at, coalesce(dissolved_at, 0)) > ?1",
        at: "min(iif(created_at > ?1, created_at, 9e15), iif(dissolved_at > ?1, dissolved_at, 9e15))",
    },
    Dated {
        entity: 9,
        key: "chat_id",
        table: "group_member",
        day: "?2 IS NOT NULL",
        one: "chat_id = ?2",
        later: "max(join_at, coalesce(quit_at, 0)) > ?1",
        at: "min(iif(join_at > ?1, join_at, 9e15), iif(quit_at > ?1, quit_at, 9e15))",
    },
    Dated {
        entity: 13,
        key: "campaign_id || '/' || person_key",
        table: "campaign_step INDEXED BY ix_cstep_at",
        day: "?2 IS NOT NULL",
        one: "person_key = substr(?2, instr(?2, '/') + 1) AND campaign_id || '/' || person_key = ?2",
        later: "at > ?1",
        at: "at",
    },
];

/// What is asked of one key, a table each: a thousand keys a second are asked.
static OF_ONE: LazyLock<Vec<String>> = LazyLock::new(|| DATED.iter().map(Dated::of_one).collect());

impl Dated {
    /// All of them: key, the next instant, how many.
    fn all(&self) -> String {
        let Self {
            key,
            table,
            day,
            later,
            at,
            ..
        } = self;
        format!(
            "SELECT {key}, CAST(min({at}) AS INTEGER), count(*) FROM main.{table} WHERE {later} AND {day} GROUP BY 1"
        )
    }

    /// Those of one key: the next instant, how many.
    fn of_one(&self) -> String {
        let Self {
            table,
            one,
            later,
            at,
            ..
        } = self;
        let table = table.split(' ').next().unwrap_or_default();
        format!(
            "SELECT CAST(min({at}) AS INTEGER), count(*) FROM main.{table} WHERE {one} AND {later}"
        )
    }
}

/// Rows of one subject that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wait {
    /// When the first of them comes to count.
    next: i64,
    /// How many they are.
    rows: u64,
}

/// What waits for its time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Later {
    of: HashMap<Subject, Wait>,
    by_time: BTreeSet<(i64, Subject)>,
    rows: u64,
}

impl Later {
    /// Everything a file dates later than an instant.
    pub fn read(conn: &Connection, at: AsOf) -> Result<Self, StoreError> {
        let mut later = Self::default();
        if past::has_later_rows(conn, at)? {
            later.fill(conn, at).doing(DOING)?;
        }
        Ok(later)
    }

    fn fill(&mut self, conn: &Connection, at: AsOf) -> rusqlite::Result<()> {
        let day = at.today().to_string();
        for dated in &DATED {
            let mut statement = conn.prepare(&dated.all())?;
            let mut rows = statement.query(params![at.unix, day])?;
            while let Some(row) = rows.next()? {
                let key = super::row::Cells::raw(row, 0).to_string();
                let entity = dated.entity;
                let (next, rows) = (row.get(1)?, row.get(2)?);
                self.add(Subject { entity, key }, Wait { next, rows });
            }
        }
        Ok(())
    }

    fn add(&mut self, subject: Subject, wait: Wait) {
        let known = self.remove(&subject).unwrap_or(Wait {
            next: wait.next,
            rows: 0,
        });
        let wait = Wait {
            next: known.next.min(wait.next),
            rows: known.rows + wait.rows,
        };
        self.rows += wait.rows;
        self.by_time.insert((wait.next, subject.clone()));
        self.of.insert(subject, wait);
    }

    fn remove(&mut self, subject: &Subject) -> Option<Wait> {
        let wait = self.of.remove(subject)?;
        self.rows = self.rows.saturating_sub(wait.rows);
        self.by_time.remove(&(wait.next, subject.clone()));
        Some(wait)
    }

    /// Looks at what was touched: it waits now, or it does not any more.
    pub fn look_at(
        &mut self,
        conn: &Connection,
        changed: &Changes,
        now: i64,
    ) -> Result<(), StoreError> {
        let touched = &changed.customers;
        let steps: Vec<String> = (changed.steps.iter())
            .map(|(campaign, person)| format!("{campaign}/{person}"))
            .collect();
        let keys = (changed.orders.iter().map(|key| (5, key)))
            .chain(touched.rows.iter().map(|key| (1, key)))
            .chain(touched.follows.iter().map(|key| (2, key)))
            .chain(touched.events.iter().map(|key| (8, key)))
            .chain(changed.groups.iter().map(|key| (9, key)))
            .chain(steps.iter().map(|key| (13, key)));
        for (entity, key) in keys {
            let key = key.clone();
            self.look(conn, &Subject { entity, key }, now)
                .doing(DOING)?;
        }
        Ok(())
    }

    fn look(&mut self, conn: &Connection, subject: &Subject, now: i64) -> rusqlite::Result<()> {
        self.remove(subject);
        let of_it = |(dated, _): &(&Dated, &String)| dated.entity == subject.entity;
        for (_, sql) in DATED.iter().zip(OF_ONE.iter()).filter(of_it) {
            let mut statement = conn.prepare_cached(sql)?;
            let found = statement.query_row(params![now, subject.key], |row| {
                Ok((row.get::<_, Option<i64>>(0)?, row.get(1)?))
            })?;
            if let (Some(next), rows) = found {
                self.add(subject.clone(), Wait { next, rows });
            }
        }
        Ok(())
    }

    /// Files whatever's time has come.
    pub fn file_due(&self, now: i64, changes: &mut Changes) {
        let due = self.by_time.iter().take_while(|(at, _)| *at <= now);
        for (_, subject) in due {
            changes.file(subject.entity, subject.key.clone());
        }
    }

    /// When the next row comes to count, unix seconds.
    pub fn next(&self) -> Option<i64> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// How many rows wait.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

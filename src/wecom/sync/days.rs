//! Statistics of days, which the server keeps for 180 and gives from the day after: one call a person and slice of 30 days.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::fan::Fan;
use super::{Run, SyncError};
use crate::domain::{Day, Zone};
use crate::store::{Doing, StoreError};
use crate::wecom::client::Client;
use crate::wecom::codes::Does;
use crate::wecom::intake::days::{self, OwnerDay, StaffDay};
use crate::wecom::intake::{Counts, DOING, state, within};
use crate::wecom::page::Cells;

/// Days the server keeps.
const KEPT: i32 = 180;
/// Days a call may span.
const SLICE: i32 = 30;
/// Days fetched again: the server may still correct them.
const AGAIN: i32 = 3;

/// A person whose days are asked for.
#[derive(Clone, Debug)]
struct Wanted {
    key: String,
    id: String,
    from: Day,
    to: Day,
}

/// The rows of a slice: where they belong, which days were asked for, what came. `None`: the server does not give them.
type Sliced<T> = (Wanted, Option<(Vec<T>, u64)>);

impl Run<'_, '_> {
    /// Statistics of every owner of groups, and what their `msg_total` means.
    pub(super) fn owner_days(&mut self) -> Result<(), SyncError> {
        let owners = self.owners()?;
        let wanted = self.wanted("wecom:owner-day", owners)?;
        self.sliced(wanted, owner_slice, |conn, id, rows, now| {
            days::put_owner(conn, id, rows, now)
        })?;
        self.verdict = Some(within(self.conn, |tx| days::judge(tx))?);
        Ok(())
    }

    /// Statistics of everybody who serves customers.
    pub(super) fn behaviour(&mut self) -> Result<(), SyncError> {
        let members = self.follow_users()?;
        let wanted = self.wanted("wecom:staff-day", members)?;
        self.sliced(wanted, staff_slice, |conn, id, rows, now| {
            days::put_staff(conn, id, rows, now)
        })
    }

    fn owners(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self
            .conn
            .prepare("SELECT DISTINCT owner_userid FROM group_chat WHERE dissolved_at IS NULL AND owner_userid <> ''")
            .doing(DOING)?;
        statement
            .query_map([], |row| row.get(0))
            .doing(DOING)?
            .collect::<rusqlite::Result<_>>()
            .doing(DOING)
    }

    /// Which days are missing of whom: all that is kept the first time, then from where it ended, the last three again once
    /// a day.
    fn wanted(&self, source: &str, people: Vec<String>) -> Result<Vec<Wanted>, StoreError> {
        // The server's days are Shanghai's.
        let zone = Zone::default();
        let now = self.when().now;
        let yesterday = zone.day_of(now).plus(-1);
        let oldest = yesterday.plus(1 - KEPT);
        let oldest = self.options.since.map_or(oldest, |since| since.max(oldest));
        let mut wanted = Vec::new();
        for id in people {
            let key = crate::wecom::intake::dedup(&[source, &id]);
            // Keys of sources hold 128 characters.
            let key: String = key.chars().take(128).collect();
            let covered = if self.options.full || self.options.since.is_some() {
                None
            } else {
                state::covered(self.conn, &key)?
            };
            let from = match covered {
                None => oldest,
                Some((to, at)) if to >= yesterday && zone.day_of(at) > yesterday => continue,
                Some((to, _)) => to.plus(1 - AGAIN).max(oldest),
            };
            if from <= yesterday {
                wanted.push(Wanted {
                    key,
                    id,
                    from,
                    to: yesterday,
                });
            }
        }
        Ok(wanted)
    }

    fn sliced<T: HasDay + Send>(
        &mut self,
        wanted: Vec<Wanted>,
        ask: impl Fn(&Client<'_>, &Wanted) -> Result<Option<(Vec<T>, u64)>, SyncError> + Sync,
        put: impl Fn(&Connection, &str, &[T], i64) -> Result<Counts, StoreError>,
    ) -> Result<(), SyncError> {
        let client = self.client;
        self.done = (0, wanted.len() as u64);
        let fan = Fan {
            threads: self.threads(),
            clock: client.clock,
            rows: |(_, rows): &Sliced<T>| rows.as_ref().map_or(0, |(rows, _)| rows.len()),
        };
        fan.run(
            wanted,
            |whole: Wanted, sink| {
                let mut from = whole.from;
                while from <= whole.to {
                    let slice = Wanted {
                        from,
                        to: from.plus(SLICE - 1).min(whole.to),
                        ..whole.clone()
                    };
                    let rows = ask(client, &slice)?;
                    let refused = rows.is_none();
                    from = slice.to.plus(1);
                    sink.send((slice, rows))?;
                    if refused {
                        break;
                    }
                }
                Ok(())
            },
            |batch| {
                let now = self.when().now;
                let yesterday = Zone::default().day_of(now).plus(-1);
                let counts = within(self.conn, |tx| {
                    let mut counts = Counts::default();
                    for (slice, rows) in &batch {
                        match rows {
                            None => counts.skipped += 1,
                            Some((rows, odd)) => {
                                counts.add(put(tx, &slice.id, rows, now)?);
                                counts.odd += odd;
                                cover(tx, slice, rows, now)?;
                            }
                        }
                    }
                    Ok(counts)
                })?;
                let is_last = |(slice, rows): &&Sliced<T>| slice.to >= yesterday || rows.is_none();
                self.done.0 += batch.iter().filter(is_last).count() as u64;
                self.tell(counts);
                Ok(())
            },
        )
    }
}

/// Says which days of a slice are here. The last days may not be counted yet: only what came is covered.
fn cover<T: HasDay>(
    conn: &Connection,
    slice: &Wanted,
    rows: &[T],
    now: i64,
) -> Result<(), StoreError> {
    let yesterday = Zone::default().day_of(now).plus(-1);
    let last = rows.iter().map(HasDay::day).max();
    let last = last.unwrap_or(slice.from.plus(-1));
    let to = slice.to.min(last.max(yesterday.plus(-AGAIN)));
    if to >= slice.from {
        state::cover(conn, &slice.key, slice.from, to, now)?;
    }
    Ok(())
}

/// Rows of a day.
trait HasDay {
    fn day(&self) -> Day;
}

impl HasDay for OwnerDay {
    fn day(&self) -> Day {
        self.day
    }
}

impl HasDay for StaffDay {
    fn day(&self) -> Day {
        self.day
    }
}

fn slice(
    client: &Client<'_>,
    call: &'static str,
    list: &'static str,
    body: &Value,
) -> Result<Option<Vec<Value>>, SyncError> {
    match client.post(call, body) {
        Ok(answer) => Ok(Some(super::org::rows(&answer, call, list)?.to_vec())),
        Err(error) => match error.does() {
            Does::Skip | Does::Empty => Ok(None),
            Does::Retry
            | Does::Refresh
            | Does::CoolDown
            | Does::Slower
            | Does::Smaller
            | Does::Restart
            | Does::StopPart
            | Does::StopAll => Err(error.into()),
        },
    }
}

/// The day of a row, if it was asked for.
fn day_of(cells: Cells<'_>, wanted: &Wanted) -> Option<Day> {
    let day = Zone::default().day_of(cells.time("stat_time")?);
    (wanted.from..=wanted.to).contains(&day).then_some(day)
}

fn owner_slice(
    client: &Client<'_>,
    wanted: &Wanted,
) -> Result<Option<(Vec<OwnerDay>, u64)>, SyncError> {
    let zone = Zone::default();
    // Several owners in one call would be one sum.
    let body = json!({
        "day_begin_time": zone.start_of(wanted.from),
        "day_end_time": zone.start_of(wanted.to),
        "owner_filter": { "userid_list": [wanted.id] },
    });
    let Some(rows) = slice(
        client,
        "externalcontact/groupchat/statistic_group_by_day",
        "items",
        &body,
    )?
    else {
        return Ok(None);
    };
    let read = |row: &Value| {
        let cells = Cells::of(row);
        let cell = |name| cells.inside("data").int(name);
        Some(OwnerDay {
            day: day_of(cells, wanted)?,
            cells: [
                cell("new_chat_cnt"),
                cell("chat_total"),
                cell("chat_has_msg"),
                cell("new_member_cnt"),
                cell("member_total"),
                cell("member_has_msg"),
                cell("msg_total"),
                cell("migrate_trainee_chat_cnt"),
            ],
        })
    };
    let days: Vec<_> = rows.iter().filter_map(read).collect();
    let odd = (rows.len() - days.len()) as u64;
    Ok(Some((days, odd)))
}

fn staff_slice(
    client: &Client<'_>,
    wanted: &Wanted,
) -> Result<Option<(Vec<StaffDay>, u64)>, SyncError> {
    let zone = Zone::default();
    let body = json!({
        "userid": [wanted.id],
        "start_time": zone.start_of(wanted.from),
        "end_time": zone.start_of(wanted.to),
    });
    let Some(rows) = slice(
        client,
        "externalcontact/get_user_behavior_data",
        "behavior_data",
        &body,
    )?
    else {
        return Ok(None);
    };
    let read = |row: &Value| {
        let cells = Cells::of(row);
        Some(StaffDay {
            day: day_of(cells, wanted)?,
            cells: [
                cells.int("chat_cnt"),
                cells.int("message_cnt"),
                cells.int("negative_feedback_cnt"),
                cells.int("new_apply_cnt"),
                cells.int("new_contact_cnt"),
            ],
            reply_percentage: cells.real("reply_percentage"),
            avg_reply_time: cells.real("avg_reply_time"),
        })
    };
    let days: Vec<_> = rows.iter().filter_map(read).collect();
    let odd = (rows.len() - days.len()) as u64;
    Ok(Some((days, odd)))
}

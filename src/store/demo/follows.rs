//! Writes relations in the order of their key and events in the order of time.

use rusqlite::{Connection, params};

use super::calendar::Calendar;
use super::ids::Ids;
use super::org::Org;
use super::pool::Pool;
use super::rng::Rng;
use super::words::{CHANNELS, REMARKS};

/// Writes the channels.
pub(super) fn write_channels(conn: &Connection) -> rusqlite::Result<()> {
    let mut channel =
        conn.prepare("INSERT INTO channel (channel_id, kind, name, state) VALUES (?1,?2,?3,?4)")?;
    for (id, (kind, name, _)) in (1..).zip(CHANNELS) {
        channel.execute(params![id, kind, name, format!("qr{id:03}")])?;
    }
    Ok(())
}

/// Writes `follow`; sorts the relations by guide, then customer, and leaves them so.
pub(super) fn write(
    conn: &Connection,
    pool: &mut Pool,
    org: &Org,
    ids: &Ids,
    rng: &mut Rng,
) -> rusqlite::Result<()> {
    pool.ties.sort_unstable_by_key(|t| (t.staff, t.customer));
    let mut follow = conn.prepare(
        "INSERT INTO follow (userid, external_userid, status, added_at, ended_at, add_way, state, channel_id, oper_userid,
           remark, is_owner, last_touch_at, last_inbound_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?1,?9,?10,?11,?12)",
    )?;
    let mut id = String::new();
    let some = |at: i64| (at > 0).then_some(at);
    for tie in &pool.ties {
        ids.customer(tie.customer, &mut id);
        let channel = i64::from(tie.channel) + 1;
        let add_way = CHANNELS.get(usize::from(tie.channel)).map(|c| c.2);
        let remark = rng.chance(1_500).then(|| rng.pick(&REMARKS));
        follow.execute(params![
            org.userid(tie.staff),
            id,
            tie.standing.code(),
            tie.added,
            some(tie.ended),
            add_way,
            format!("qr{channel:03}"),
            channel,
            remark,
            tie.owner,
            some(tie.touch),
            some(tie.inbound),
        ])?;
    }
    Ok(())
}

/// Writes `follow_event`, earliest first.
pub(super) fn write_events(
    conn: &Connection,
    pool: &mut Pool,
    org: &Org,
    ids: &Ids,
    calendar: &Calendar,
) -> rusqlite::Result<()> {
    pool.events.sort_unstable();
    let mut event = conn.prepare(
        "INSERT INTO follow_event (event_id, biz_date, occurred_at, userid, external_userid, kind, source)
         VALUES (?1,?2,?3,?4,?5,?6,'callback')",
    )?;
    let mut id = String::new();
    for (no, happening) in (1_i64..).zip(&pool.events) {
        ids.customer(happening.customer, &mut id);
        event.execute(params![
            no,
            calendar.date(happening.at),
            happening.at,
            org.userid(happening.staff),
            id,
            happening.kind
        ])?;
    }
    Ok(())
}

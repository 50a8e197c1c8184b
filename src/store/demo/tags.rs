//! Tags: the catalogue, and the rows of those who carry them.

use rusqlite::{Connection, params};

use super::ids::Ids;
use super::org::Org;
use super::pool::Pool;
use super::words::{TAGS, family};

/// `tag_id` of the tag at a position of the catalogue; ascending.
fn tag_id(position: usize) -> String {
    format!("et{position:05}")
}

/// Name of a tag: named ones, then numbered ones.
fn tag_name(group: usize, tag: usize) -> String {
    TAGS.get(group).map_or_else(String::new, |f| {
        f.tags.get(tag).map_or_else(
            || format!("社区{}店", tag - f.tags.len() + 1),
            |n| (*n).to_owned(),
        )
    })
}

/// Writes tag groups, tags, then all links in the order of their key.
pub(super) fn write(
    conn: &Connection,
    pool: &Pool,
    ids: &Ids,
    org: &Org,
    mut tick: impl FnMut(u64),
) -> rusqlite::Result<()> {
    let created = pool.added.iter().min().copied().unwrap_or(0);
    let mut group =
        conn.prepare("INSERT INTO tag_group (group_id, name, ord, kind, source, created_at) VALUES (?1,?2,?3,?4,1,?5)")?;
    let mut tag = conn.prepare(
        "INSERT INTO tag (tag_id, group_id, name, ord, created_at) VALUES (?1,?2,?3,?4,?5)",
    )?;
    let mut position = 0;
    let mut by_rule = Vec::new();
    for (g, f) in TAGS.iter().enumerate() {
        let group_id = format!("eg{g:03}");
        group.execute(params![group_id, f.name, 1_000 - g, f.kind, created])?;
        for t in 0..f.tags.len() + f.more {
            tag.execute(params![
                tag_id(position),
                group_id,
                tag_name(g, t),
                1_000 - t,
                created
            ])?;
            by_rule.push(matches!(
                g,
                family::SPENDING | family::REPURCHASE | family::TIER
            ));
            position += 1;
        }
    }
    let mut link = conn.prepare(
        "INSERT INTO customer_tag (tag_id, external_userid, userid, origin, tagged_at) VALUES (?1,?2,?3,?4,?5)",
    )?;
    let mut customer = String::new();
    for (t, (carriers, rule)) in pool.links.carriers.iter().zip(by_rule).enumerate() {
        let id = tag_id(t);
        for n in carriers {
            let at = usize::try_from(*n).unwrap_or(usize::MAX);
            ids.customer(*n, &mut customer);
            let added = pool.added.get(at).copied().unwrap_or(created) + 30;
            let guide = if rule {
                ""
            } else {
                org.userid(pool.guide.get(at).copied().unwrap_or(0))
            };
            let origin = if rule { "rule" } else { "wecom" };
            link.execute(params![id, customer, guide, origin, added])?;
        }
        tick(u64::try_from(carriers.len()).unwrap_or(0));
    }
    Ok(())
}

/// Writes the journey and its stages.
pub(super) fn write_journey(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute(
        "INSERT INTO journey (journey_id, name) VALUES (1, '会员旅程')",
        [],
    )?;
    let mut stage = conn.prepare(
        "INSERT INTO journey_stage (stage_id, journey_id, ord, name, rule) VALUES (?1,1,?1,?2,?3)",
    )?;
    let stages = [
        ("新客", "加粉30天内未购"),
        ("未购", "加粉30天后仍未购"),
        ("首购", "1单"),
        ("复购", "2-3单"),
        ("忠诚", "4单及以上"),
        ("沉睡", "180天未购"),
    ];
    for (i, (name, rule)) in (1..).zip(stages) {
        stage.execute(params![i, name, rule])?;
    }
    Ok(())
}

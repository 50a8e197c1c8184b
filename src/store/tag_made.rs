//! Tags made by hand: in groups of this workspace alone, which a sync leaves be; journalled, and taken back as long as nobody
//! carries them.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::differences::Differences;
use super::error::{Doing, StoreError};
use super::journal::{self, Act};
use super::row::Cells;
use super::write::Writer;
use crate::domain::{SafeText, sentence};

const DOING: &str = "making a tag";

/// `tag_group.source` of what was made here.
const LOCAL: i64 = 9;

/// A tag that was made, or was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeTag {
    /// Its id.
    pub id: String,
    /// It was not there before.
    pub is_new: bool,
}

/// What the journal keeps of a tag made: whether it is to be there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TurnedTag {
    /// The tag.
    tag: String,
    /// It is there, and taking it back takes it away.
    there: bool,
}

impl Writer {
    /// Makes a tag of a name in a group of this workspace, the group too where there is none of that name.
    ///
    /// # Errors
    /// The group is one of WeCom's: the next sync would take the tag out of it again.
    pub fn make_tag(&mut self, name: &str, group: &str, at: i64) -> Result<MadeTag, StoreError> {
        let actor = self.actor().to_owned();
        self.transact(|tx| {
            let made = made(tx, &actor, (name, group), at)?;
            let is_new = made.is_new;
            Ok((made, is_new))
        })
    }
}

/// Makes a tag of a name in a group, inside a transaction of somebody's who may go on to write.
///
/// # Errors
/// As [`Writer::make_tag`].
pub fn made(
    conn: &Connection,
    actor: &str,
    (name, group): (&str, &str),
    at: i64,
) -> Result<MadeTag, StoreError> {
    let group_id = group_of(conn, group, at)?;
    let stands = "SELECT tag_id FROM tag WHERE group_id = ?1 AND name = ?2 AND is_deleted = 0";
    let stands: Option<String> = conn
        .query_row(stands, [&group_id, name], |row| row.get(0))
        .optional()
        .doing(DOING)?;
    if let Some(id) = stands {
        return Ok(MadeTag { id, is_new: false });
    }
    let id: String = conn
        .query_row(
            "INSERT INTO tag (tag_id, group_id, name, created_at)
             VALUES ('local:' || lower(hex(randomblob(8))), ?1, ?2, ?3) RETURNING tag_id",
            params![group_id, name, at],
            |row| row.get(0),
        )
        .doing(DOING)?;
    let before = json!({ "v": 1, "made": TurnedTag { tag: id.clone(), there: true } });
    let act = Act {
        at,
        act: "tag_new",
        subject_kind: "tag",
        subject_id: &id,
        detail: Some(&json!({ "made": name, "group": group }).to_string()),
        before: Some(&before.to_string()),
        undoes: None,
    };
    journal::write(conn, actor, act)?;
    Ok(MadeTag { id, is_new: true })
}

/// The name of a group with a tag of this name; the preferred one where it has one.
pub fn group_with(
    conn: &Connection,
    tag: &str,
    preferred: &str,
) -> Result<Option<SafeText>, StoreError> {
    let sql =
        "SELECT coalesce(g.name, t.group_id, '') FROM tag t LEFT JOIN tag_group g USING (group_id)
        WHERE t.is_deleted = 0 AND t.name = ?1 ORDER BY g.name = ?2 DESC, t.tag_id LIMIT 1";
    conn.query_row(sql, [tag, preferred], |row| Ok(row.text(0)))
        .optional()
        .doing(DOING)
}

/// The group of a name or id that tags may be made in; made where there is none.
fn group_of(conn: &Connection, wanted: &str, at: i64) -> Result<String, StoreError> {
    let found: Option<(String, i64)> = conn
        .query_row(
            "SELECT group_id, source FROM tag_group WHERE is_deleted = 0 AND (group_id = ?1 OR name = ?1)
             ORDER BY source = ?2 DESC, group_id LIMIT 1",
            params![wanted, LOCAL],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
        .doing(DOING)?;
    match found {
        Some((id, LOCAL)) => Ok(id),
        Some(_) => Err(StoreError::refused(
            sentence!(
                "标签组 {wanted:?} 来自企微或导入",
                "the tag group {wanted:?} comes from WeCom or an import",
            ),
            sentence!(
                "在来源处新建标签, 或用 --group 换一个组名",
                "make the tag there, or name another group with --group",
            ),
        )),
        None => conn
            .query_row(
                "INSERT INTO tag_group (group_id, name, source, created_at)
                 VALUES ('local:' || lower(hex(randomblob(8))), ?1, ?2, ?3) RETURNING group_id",
                params![wanted, LOCAL, at],
                |row| row.get(0),
            )
            .doing(DOING),
    }
}

/// Turns the making of a tag round: it goes if nobody carries it, and comes back. What the journal keeps of it.
pub(super) fn turn_tag(
    conn: &Connection,
    turned: &TurnedTag,
    differs: &mut Differences,
) -> Result<String, StoreError> {
    let id = &turned.tag;
    // Two of one name in a group could not be told apart; none is lost, since the one that is there has the name.
    let free = "is_deleted = ?2 AND NOT EXISTS (SELECT 1 FROM customer_tag c WHERE c.tag_id = tag.tag_id)
        AND (?2 = 0 OR NOT EXISTS (SELECT 1 FROM tag o WHERE o.group_id = tag.group_id AND o.name = tag.name AND o.is_deleted = 0))";
    let turns = format!("UPDATE tag SET is_deleted = 1 - ?2 WHERE tag_id = ?1 AND {free}");
    let done = conn
        .execute(&turns, params![id, i64::from(!turned.there)])
        .doing(DOING)?;
    if done == 0 {
        differs.add(|| {
            sentence!(
                "标签 {id}: 已有客户打上, 同组又有同名的, 或后来改过",
                "tag {id}: customers carry it, another of its name is in its group, or it is otherwise than it was",
            )
        });
    }
    let again = TurnedTag {
        tag: id.clone(),
        there: !turned.there,
    };
    Ok(json!({ "v": 1, "made": again }).to_string())
}

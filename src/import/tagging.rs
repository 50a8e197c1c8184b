//! Which tags the cells of a file of customers' tags mean: by ids or by names, one or several in a cell, with their groups or
//! without; made where that is asked for.

use std::collections::{HashMap, HashSet};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::kind::Kind;
use super::parse::{self, Type};
use super::prepared::Cells;
use super::row::{Fault, Sheet};
use crate::domain::tag::{BEHIND_GROUP, BETWEEN, LONGEST, OWN_TAGS, is_name};
use crate::domain::{Sentence, Zone, sentence};
use crate::store::StoreError;
use crate::store::tag_made::{MadeTag, made};

/// Tags that are not there are made, by whom and when (unix seconds).
#[derive(Clone, Debug)]
pub(super) struct Maker {
    /// For the journal.
    pub(super) actor: String,
    /// Unix seconds.
    pub(super) now: i64,
}

/// Finds the tags of one file's rows.
pub(super) struct Tagging<'c> {
    conn: &'c Connection,
    /// Slots of the tag and of its group.
    tag: usize,
    group: Option<usize>,
    /// The file gives names: what is neither an id nor a name is a fault, not a tag still to come.
    by_name: bool,
    ids: HashSet<String>,
    /// Ids and the names of their groups, by name.
    names: HashMap<String, Vec<(String, String)>>,
    maker: Option<Maker>,
    /// Tags made so far.
    pub(super) made: u64,
    /// Ids and names of those that the row at hand found missing.
    fresh: Vec<(MadeTag, String)>,
}

/// Whom a name means.
enum Found {
    One(String),
    Several,
    None,
}

impl<'c> Tagging<'c> {
    /// `None` where a sheet holds no customers' tags.
    pub(super) fn of(conn: &'c Connection, sheet: &Sheet) -> rusqlite::Result<Option<Self>> {
        let tag = sheet.slot("tag_id");
        let Some(tag) = tag.filter(|_| sheet.kind == Kind::CustomerTags) else {
            return Ok(None);
        };
        let by_name = sheet.heading("tag_id").is_some_and(|heading| {
            let heading = heading.as_str().to_lowercase();
            !heading.contains("id") && !heading.contains("编号")
        });
        let mut tagging = Self {
            conn,
            tag,
            group: sheet.slot("group_name"),
            by_name,
            ids: HashSet::new(),
            names: HashMap::new(),
            maker: None,
            made: 0,
            fresh: Vec::new(),
        };
        let sql = "SELECT t.tag_id, t.name, ifnull(g.name, '') FROM tag t LEFT JOIN tag_group g USING (group_id)
             WHERE t.is_deleted = 0";
        let mut statement = conn.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            // What is no text, in a file that somebody else wrote, no cell could say.
            let text = |at| {
                row.get_ref(at)
                    .map(|cell| cell.as_str().unwrap_or_default().to_owned())
            };
            tagging.know(text(0)?, &text(1)?, &text(2)?);
        }
        Ok(Some(tagging))
    }

    /// The same, which makes the tags that are not there.
    pub(super) fn makes(&mut self, maker: Maker) {
        self.maker = Some(maker);
    }

    fn know(&mut self, id: String, name: &str, group: &str) {
        let (name, group) = (parse::bare(name), parse::bare(group));
        if !name.is_empty() {
            let named = self.names.entry(name.to_owned()).or_default();
            named.push((id.clone(), group.to_owned()));
        }
        self.ids.insert(id);
    }

    /// The tags that a row says, and the group that it says of them.
    fn said<'r>(&self, row: &'r impl Cells) -> (Vec<&'r str>, Option<&'r str>) {
        let said = text(row, self.tag).unwrap_or_default();
        let group = self.group.and_then(|at| text(row, at));
        let group = group.map(parse::bare).filter(|group| !group.is_empty());
        let whole = parse::bare(said);
        let parts = match self.look(whole, group) {
            Found::One(_) | Found::Several => vec![whole],
            Found::None => {
                let parts = whole.split(BETWEEN).map(parse::bare);
                parts.filter(|part| !part.is_empty()).collect()
            }
        };
        (parts, group)
    }

    /// The row writes more than one thing, so that it may fail when some of it is written.
    pub(super) fn is_in_steps(&self, row: &impl Cells) -> bool {
        let (parts, group) = self.said(row);
        let is_made = |part: &&str| matches!(self.look(part, group), Found::None);
        parts.len() > 1 || self.maker.is_some() && parts.iter().any(is_made)
    }

    /// Forgets what was made for a row that did not go in.
    pub(super) fn forget(&mut self) {
        for (tag, name) in self.fresh.drain(..) {
            self.made -= u64::from(tag.is_new);
            self.ids.remove(&tag.id);
            if let Some(named) = self.names.get_mut(&name) {
                named.retain(|(id, _)| *id != tag.id);
            }
        }
    }

    /// Slot of the tag, and the tags of a row. The inner `Err` is why it cannot go in.
    pub(super) fn find(
        &mut self,
        row: &impl Cells,
    ) -> Result<Result<(usize, Vec<String>), Fault>, StoreError> {
        self.fresh.clear();
        let (parts, group) = self.said(row);
        let mut ids = Vec::new();
        for part in parts {
            match self.one(part, group)? {
                Ok(id) => ids.push(id),
                Err(why) => return Ok(Err(("tag_id", why))),
            }
        }
        Ok(Ok((self.tag, ids)))
    }

    /// The tag of an id, of a name, or of a name behind its group's: `会员等级:金卡`.
    fn look(&self, said: &str, group: Option<&str>) -> Found {
        if self.ids.contains(said) {
            return Found::One(said.to_owned());
        }
        match self.named(said, group) {
            Found::None => match grouped(said) {
                Some((group, name)) => self.named(name, Some(group)),
                None => Found::None,
            },
            found @ (Found::One(_) | Found::Several) => found,
        }
    }

    fn named(&self, name: &str, group: Option<&str>) -> Found {
        let all = self.names.get(name).map_or(&[][..], Vec::as_slice);
        let mut fitting = all
            .iter()
            .filter(|(_, of)| group.is_none_or(|group| of == group));
        match (fitting.next(), fitting.next()) {
            (None, _) => Found::None,
            (Some((id, _)), None) => Found::One(id.clone()),
            (Some(_), Some(_)) => Found::Several,
        }
    }

    /// The id of one tag, made if need be.
    fn one(
        &mut self,
        said: &str,
        group: Option<&str>,
    ) -> Result<Result<String, Sentence>, StoreError> {
        Ok(match self.look(said, group) {
            Found::One(id) => Ok(id),
            Found::Several => Err(sentence!(
                "有几个标签同名: 请写作 组名:标签名, 或写其中一个的编号",
                "is the name of several tags: write GROUP:TAG, or the id of one",
            )),
            Found::None if !self.by_name => id(said),
            Found::None => match self.maker.clone() {
                Some(maker) => return self.make(said, group, &maker),
                None => Err(sentence!(
                    "工作区里没有这个标签: 加 --new-tags 一并新建, 或先用 `caopan tag new` 新建",
                    "is no tag of the workspace: make such with --new-tags, or with `caopan tag new` first",
                )),
            },
        })
    }

    fn make(
        &mut self,
        said: &str,
        group: Option<&str>,
        maker: &Maker,
    ) -> Result<Result<String, Sentence>, StoreError> {
        let (group, name) = match (group, grouped(said)) {
            (Some(group), _) => (group, said),
            (None, Some(parts)) => parts,
            (None, None) => (OWN_TAGS, said),
        };
        if !is_name(name) || !is_name(group) {
            return Ok(Err(sentence!(
                "不能作标签名: 写 1 到 {LONGEST} 个看得见的字, 不含 , ; : | 、",
                "cannot be the name of a tag: write 1 to {LONGEST} visible characters, none of , ; : |",
            )));
        }
        match made(self.conn, &maker.actor, (name, group), maker.now) {
            Ok(tag) => {
                self.made += u64::from(tag.is_new);
                self.know(tag.id.clone(), name, group);
                self.fresh.push((tag.clone(), name.to_owned()));
                Ok(Ok(tag.id))
            }
            Err(why @ StoreError::Refused { .. }) => Ok(Err(why.what())),
            Err(error) => Err(error),
        }
    }
}

/// A group's name and a tag's, where both are said.
fn grouped(said: &str) -> Option<(&str, &str)> {
    let (group, name) = said.split_once(BEHIND_GROUP)?;
    let (group, name) = (parse::bare(group), parse::bare(name));
    (!group.is_empty() && !name.is_empty()).then_some((group, name))
}

/// An id that may still come.
fn id(said: &str) -> Result<String, Sentence> {
    let zone = Zone::default();
    parse::value(said, Type::Id, zone).map(|_| said.to_owned())
}

fn text<C: Cells>(row: &C, at: usize) -> Option<&str> {
    match row.cell(at) {
        ValueRef::Text(text) => std::str::from_utf8(text).ok(),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => None,
    }
}

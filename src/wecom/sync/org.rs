//! Departments, staff, who serves customers, and the company's tags: short lists, each whole in one answer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Run, SyncError};
use crate::wecom::client::CallError;
use crate::wecom::codes::Does;
use crate::wecom::intake::org::{self, Dept, Member};
use crate::wecom::intake::state::Kept;
use crate::wecom::intake::tags::{self, Tag, TagGroup};
use crate::wecom::intake::{Counts, within};
use crate::wecom::page::{Cells, id};

impl Run<'_, '_> {
    /// Departments, then the staff of each. Staff who are not listed any more have left, if every department answered.
    /// Departments that are not listed any more are marked last, so that a doubt about them keeps nothing else back.
    pub(super) fn org(&mut self) -> Result<(), SyncError> {
        const CALL: &str = "department/list";
        let answer = self.client.get(CALL, &[])?;
        let (mut depts, odd) = departments(rows(&answer, CALL, "department")?);
        let circles = org::straighten(&mut depts);
        let mut counts = within(self.conn, |tx| org::put_depts(tx, &depts))?;
        counts.odd += odd + circles;
        self.done = (0, depts.len() as u64);
        self.tell(counts);
        let mut listed = BTreeSet::new();
        let mut is_whole = true;
        for dept in &depts {
            is_whole &= self.staff_of(dept.id, &mut listed)?;
            self.done.0 += 1;
        }
        let members = self.follow_users()?;
        if is_whole && !depts.is_empty() {
            let (gone, all) = org::missing(self.conn, &listed)?;
            let when = self.when();
            self.may_end(("员工", "staff"), gone.len() as u64, all)?;
            within(self.conn, |tx| org::left(tx, &gone, when))?;
            self.tell(Counts {
                ended: gone.len() as u64,
                ..Counts::default()
            });
        }
        let (gone, all) = org::no_longer_serving(self.conn, &members)?;
        self.may_end(("有客户的员工", "staff with customers"), gone, all)?;
        let counts = within(self.conn, |tx| org::put_follow_users(tx, &members))?;
        self.tell(counts);
        self.departments_gone(&depts)
    }

    /// Marks the departments that the last sync saw and this one does not. Those an operator made are left alone.
    fn departments_gone(&mut self, depts: &[Dept]) -> Result<(), SyncError> {
        let before = Kept::Depts.ids(self.conn)?;
        let listed: BTreeSet<String> = depts.iter().map(|d| d.id.to_string()).collect();
        let gone: Vec<String> = before
            .iter()
            .filter(|id| !listed.contains(*id))
            .cloned()
            .collect();
        self.may_end(
            ("部门", "departments"),
            gone.len() as u64,
            before.len() as u64,
        )?;
        let now = self.when().now;
        let ended = within(self.conn, |tx| {
            for id in listed.iter().filter(|id| !before.contains(*id)) {
                Kept::Depts.keep(tx, id, now)?;
            }
            let mut ended = 0;
            for id in &gone {
                Kept::Depts.drop(tx, id)?;
                ended += u64::from(org::dissolve(tx, id)?);
            }
            Ok(ended)
        })?;
        self.tell(Counts {
            ended,
            ..Counts::default()
        });
        Ok(())
    }

    /// The staff of one department. False when the server does not give them.
    fn staff_of(&mut self, dept: i64, listed: &mut BTreeSet<String>) -> Result<bool, SyncError> {
        const CALL: &str = "user/list";
        let answer = match self
            .client
            .get(CALL, &[("department_id", &dept.to_string())])
        {
            Ok(answer) => answer,
            Err(error) if matches!(error.does(), Does::Skip | Does::Empty) => {
                self.tell(Counts {
                    skipped: 1,
                    ..Counts::default()
                });
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        let (members, odd) = staff(rows(&answer, CALL, "userlist")?);
        let when = self.when();
        let mut counts = within(self.conn, |tx| {
            let mut counts = Counts::default();
            for member in members.iter().filter(|m| !listed.contains(&m.id)) {
                counts.add(org::put_member(tx, member, when)?);
            }
            Ok(counts)
        })?;
        counts.odd += odd;
        self.tell(counts);
        listed.extend(
            members
                .into_iter()
                .filter(|m| m.status != Some(5))
                .map(|m| m.id),
        );
        Ok(true)
    }

    /// Who serves customers; asked once a sync.
    pub(super) fn follow_users(&mut self) -> Result<Vec<String>, SyncError> {
        const CALL: &str = "externalcontact/get_follow_user_list";
        if let Some(members) = &self.members {
            return Ok(members.clone());
        }
        let members = match self.client.get(CALL, &[]) {
            Ok(answer) => rows(&answer, CALL, "follow_user")?
                .iter()
                .filter_map(id)
                .collect(),
            Err(error) if error.does() == Does::Empty => BTreeSet::new(),
            Err(error) => return Err(error.into()),
        };
        let members: Vec<String> = members.into_iter().collect();
        self.members = Some(members.clone());
        Ok(members)
    }

    /// The company's tags.
    pub(super) fn tags(&mut self) -> Result<(), SyncError> {
        const CALL: &str = "externalcontact/get_corp_tag_list";
        let answer = self.client.post(CALL, &json!({}))?;
        let (groups, odd) = tag_groups(rows(&answer, CALL, "tag_group")?);
        let mut counts = within(self.conn, |tx| {
            let mut counts = Counts::default();
            for group in &groups {
                counts.add(tags::put(tx, group)?);
            }
            Ok(counts)
        })?;
        counts.odd += odd;
        self.tell(counts);
        let listed: BTreeSet<&str> = groups
            .iter()
            .flat_map(|g| &g.tags)
            .map(|t| t.id.as_str())
            .collect();
        let (gone, all) = tags::missing(self.conn, &listed)?;
        self.may_end(("标签", "tags"), gone.len() as u64, all)?;
        within(self.conn, |tx| tags::remove(tx, &gone))?;
        self.tell(Counts {
            ended: gone.len() as u64,
            ..Counts::default()
        });
        Ok(())
    }
}

/// The list of an answer that has to be there.
pub(super) fn rows<'a>(
    answer: &'a Value,
    call: &'static str,
    name: &str,
) -> Result<&'a [Value], CallError> {
    Cells::of(answer).list(name).ok_or(CallError::Strange {
        call,
        why: "a list is not a list",
    })
}

/// Departments of an answer, each once, and how many rows were none.
fn departments(rows: &[Value]) -> (Vec<Dept>, u64) {
    let mut odd = 0;
    let mut found = BTreeMap::new();
    for cells in rows.iter().map(Cells::of) {
        match cells.int("id").filter(|id| *id >= 0) {
            Some(id) => {
                let dept = Dept {
                    id,
                    parent: cells.int("parentid").filter(|p| *p > 0 && *p != id),
                    name: cells.text("name", 512).unwrap_or_default(),
                    ord: cells.int("order").unwrap_or(0),
                };
                found.insert(id, dept);
            }
            None => odd += 1,
        }
    }
    (found.into_values().collect(), odd)
}

fn staff(rows: &[Value]) -> (Vec<Member>, u64) {
    let read = |cells: Cells<'_>| {
        let first = cells
            .list("department")
            .and_then(|l| l.first())
            .and_then(Value::as_i64);
        Some(Member {
            id: cells.id("userid")?,
            name: cells.text("name", 512).unwrap_or_default(),
            status: cells.int("status"),
            main_dept: cells.int("main_department").filter(|d| *d > 0).or(first),
        })
    };
    let found: Vec<_> = rows.iter().map(Cells::of).filter_map(read).collect();
    let odd = (rows.len() - found.len()) as u64;
    (found, odd)
}

/// Tag groups of an answer, and how many rows were none.
pub(super) fn tag_groups(rows: &[Value]) -> (Vec<TagGroup>, u64) {
    let mut odd = 0;
    let mut groups = Vec::new();
    for cells in rows.iter().map(Cells::of) {
        let Some(id) = cells.id("group_id") else {
            odd += 1;
            continue;
        };
        let mut tags = Vec::new();
        for cells in cells.list("tag").unwrap_or_default().iter().map(Cells::of) {
            match cells.id("id") {
                Some(id) => tags.push(Tag {
                    id,
                    name: cells.text("name", 512).unwrap_or_default(),
                    ord: cells.int("order").unwrap_or(0),
                    created_at: cells.time("create_time"),
                    is_deleted: cells
                        .raw("deleted")
                        .and_then(Value::as_bool)
                        .unwrap_or(false),
                }),
                None => odd += 1,
            }
        }
        groups.push(TagGroup {
            id,
            name: cells.text("group_name", 512).unwrap_or_default(),
            ord: cells.int("order").unwrap_or(0),
            created_at: cells.time("create_time"),
            is_deleted: cells
                .raw("deleted")
                .and_then(Value::as_bool)
                .unwrap_or(false),
            tags,
        });
    }
    (groups, odd)
}

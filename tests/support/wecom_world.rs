//! An invented company as WeCom would tell of it: staff, customers, groups, statistics. The same sizes, the same company,
//! so that a test knows what the fake server must have said.
#![allow(
    dead_code,
    missing_docs,
    clippy::pedantic,
    clippy::indexing_slicing,
    clippy::manual_is_multiple_of,
    clippy::disallowed_methods,
    clippy::too_many_arguments,
    clippy::if_same_then_else,
    clippy::unnecessary_get_then_check,
    reason = "shared by test binaries that use parts of it"
)]

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// 2026-11-11 14:30 in Shanghai: the server's now.
pub const NOW: i64 = 1_794_378_600;
/// Seconds of a day.
pub const DAY: i64 = 86_400;
/// First second of 2026-11-11 in Shanghai.
pub const MIDNIGHT: i64 = 1_794_326_400;

/// Names strangers choose.
pub const NAMES: &[&str] = &[
    "王小明",
    "\u{1b}[31m红\u{1b}[2J",
    "\u{202e}gnp.exe",
    "a\u{200b}b\u{feff}",
    "👩‍👩‍👧‍👦 全家",
    "",
    "Ω\r\n\t\u{9b}2J",
    "测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试测试",
    "\u{1b}]0;title\u{7}",
];

/// How big, and how it counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct World {
    pub staff: usize,
    pub relations: usize,
    pub groups: usize,
    pub members: usize,
    /// `msg_total` is a sum up to the day.
    pub cumulative: bool,
    /// Relations that the lists do not show any more: every so many; 0 for none.
    pub gone_every: usize,
    /// Days with statistics before today.
    pub days: i64,
    /// The server's now, unix seconds.
    pub now: i64,
    /// Departments, the first above the others.
    pub departments: usize,
    /// Staff who have left the company.
    pub left: BTreeSet<usize>,
    /// Relations that staff have ended.
    pub cut: BTreeSet<usize>,
    /// Remarks and tags that were changed through the API.
    pub remarks: BTreeMap<usize, String>,
    pub tagged: BTreeMap<usize, Vec<String>>,
    /// Customers handed over, in the order they were asked for.
    pub transfers: Vec<Transfer>,
    /// Groups with another owner.
    pub owners: BTreeMap<usize, usize>,
    /// Members who have left a group, all of it but its staff: group and how many.
    pub quits: BTreeMap<usize, usize>,
}

/// A customer handed from one staff to another. Nothing is told of it for a minute; then it waits; after a day it is done,
/// unless the customer has refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Transfer {
    pub relation: usize,
    pub from: usize,
    pub to: usize,
    pub asked_at: i64,
    pub refused: bool,
}

impl Transfer {
    /// Its status in `transfer_result`; `None`: nothing is told yet.
    pub fn status(&self, now: i64) -> Option<i64> {
        match now - self.asked_at {
            ..60 => None,
            3_600.. if self.refused => Some(3),
            DAY.. => Some(1),
            _ => Some(2),
        }
    }

    /// When the taker has the customer.
    pub fn done_at(&self) -> i64 {
        self.asked_at + DAY
    }
}

impl Default for World {
    fn default() -> Self {
        Self {
            staff: 12,
            relations: 900,
            groups: 15,
            members: 12,
            cumulative: true,
            gone_every: 0,
            days: 180,
            now: NOW,
            departments: 3,
            left: BTreeSet::new(),
            cut: BTreeSet::new(),
            remarks: BTreeMap::new(),
            tagged: BTreeMap::new(),
            transfers: Vec::new(),
            owners: BTreeMap::new(),
            quits: BTreeMap::new(),
        }
    }
}

impl World {
    /// Staff who serve customers. The last has none; one more serves nobody.
    pub fn userid(&self, i: usize) -> String {
        format!("staff{i:04}")
    }

    pub fn customers(&self) -> usize {
        (self.relations * 9 / 10).max(1)
    }

    pub fn customer(&self, i: usize) -> String {
        format!("wmCUST{i:07}")
    }

    /// First second of the server's today in Shanghai.
    pub fn midnight(&self) -> i64 {
        MIDNIGHT + (self.now - MIDNIGHT).div_euclid(DAY) * DAY
    }

    /// Relation `i`: staff and customer. The last staff has none of their own.
    pub fn relation(&self, i: usize) -> (usize, usize) {
        let sellers = self.staff - 1;
        let customer = i % self.customers();
        let round = i / self.customers();
        let first = (customer * 7 + round * 3) % sellers;
        (self.done(i).map_or(first, |t| t.to), customer)
    }

    /// The last hand-over of a relation that is done.
    fn done(&self, i: usize) -> Option<&Transfer> {
        let of = |t: &&Transfer| t.relation == i && t.status(self.now) == Some(1);
        self.transfers.iter().rfind(of)
    }

    /// The relation between a staff and a customer, by their ids.
    pub fn find(&self, userid: &str, external_userid: &str) -> Option<usize> {
        (0..self.relations).filter(|i| !self.is_gone(*i)).find(|i| {
            let (staff, customer) = self.relation(*i);
            self.userid(staff) == userid && self.customer(customer) == external_userid
        })
    }

    pub fn is_gone(&self, i: usize) -> bool {
        self.cut.contains(&i) || (self.gone_every > 0 && i % self.gone_every == 0)
    }

    /// Who is left of the staff.
    pub fn present(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.staff).filter(|i| !self.left.contains(i))
    }

    /// Relations of a staff that the server shows.
    pub fn of_staff(&self, staff: usize) -> Vec<usize> {
        (0..self.relations)
            .filter(|i| self.relation(*i).0 == staff && !self.is_gone(*i))
            .collect()
    }

    pub fn added_at(&self, i: usize) -> i64 {
        let first = NOW - 400 * DAY + (i as i64 * 7919) % (399 * DAY);
        self.done(i).map_or(first, Transfer::done_at)
    }

    pub fn add_way(&self, i: usize) -> i64 {
        if self.done(i).is_some() {
            202
        } else if i % 13 == 0 {
            999
        } else {
            [1, 3, 4, 16, 202][i % 5]
        }
    }

    pub fn name(&self, i: usize) -> &'static str {
        NAMES[i % NAMES.len()]
    }

    pub fn remark(&self, i: usize) -> String {
        let changed = self.remarks.get(&i).cloned();
        changed.unwrap_or_else(|| format!("备注{i}"))
    }

    pub fn tags(&self, i: usize) -> Vec<String> {
        if let Some(tags) = self.tagged.get(&i) {
            return tags.clone();
        }
        (0..i % 4)
            .map(|n| format!("et{:04}", (i * 5 + n) % 100))
            .collect()
    }

    /// A row of `batch/get_by_user`.
    pub fn batch_row(&self, i: usize) -> Value {
        let (staff, customer) = self.relation(i);
        let blank = if i % 11 == 0 { " " } else { "" };
        let at = self.added_at(i);
        let at = if i % 5 == 0 {
            json!(at.to_string())
        } else {
            json!(at)
        };
        json!({
            "external_contact": {
                "external_userid": format!("{}{blank}", self.customer(customer)),
                "name": self.name(customer), "type": 1, "gender": customer % 3,
                "avatar": "http://wx.qlogo.example/0", "unionid": format!("un{customer}"),
            },
            "follow_info": {
                "userid": self.userid(staff), "remark": self.remark(i), "description": "", "createtime": at,
                "tag_id": self.tags(i), "remark_mobiles": if i % 4 == 0 { vec![format!("138{i:08}")] } else { vec![] },
                "oper_userid": self.userid(staff), "add_way": self.add_way(i), "state": if i % 7 == 0 { "st1" } else { "" },
            },
        })
    }

    /// An answer of `externalcontact/get`: one personal tag, without an id.
    pub fn contact(&self, customer: usize) -> Value {
        let follows: Vec<Value> = (0..self.relations)
            .filter(|i| self.relation(*i).1 == customer && !self.is_gone(*i))
            .map(|i| {
                let mut row = self.batch_row(i)["follow_info"].clone();
                let tags: Vec<Value> = self
                    .tags(i)
                    .iter()
                    .map(|t| json!({"group_name": "g", "tag_name": t, "tag_id": t, "type": 1}))
                    .chain([json!({"group_name": "自己", "tag_name": "熟客", "type": 2})])
                    .collect();
                row["tags"] = json!(tags);
                row
            })
            .collect();
        json!({
            "external_contact": {"external_userid": self.customer(customer), "name": self.name(customer), "type": 1},
            "follow_user": follows,
        })
    }

    pub fn chat(&self, g: usize) -> String {
        format!("wrGROUP{g:05}")
    }

    pub fn owner(&self, g: usize) -> usize {
        self.owners.get(&g).copied().unwrap_or(g % self.staff)
    }

    /// Members of a group outside the company: customers, and one who is nobody's customer.
    pub fn group_members(&self, g: usize) -> Vec<String> {
        let customers = self.customers();
        let gone = self.quits.get(&g).copied().unwrap_or(0);
        let mut members: Vec<String> = (gone..self.members.min(customers))
            .map(|n| self.customer((g * 31 + n) % customers))
            .collect();
        members.push(format!("wmONLY{g:05}"));
        members
    }

    pub fn group(&self, g: usize) -> Value {
        let mut members = vec![json!({
            "userid": self.userid(self.owner(g)), "type": 1, "join_time": NOW - 300 * DAY, "join_scene": 1, "name": "店员",
        })];
        let gone = self.quits.get(&g).copied().unwrap_or(0);
        for (n, id) in (gone..).zip(self.group_members(g)) {
            let at = NOW - 200 * DAY + (g * 100 + n) as i64;
            let at = if n % 3 == 0 {
                json!(at.to_string())
            } else {
                json!(at)
            };
            members.push(json!({
                "userid": id, "type": 2, "join_time": at, "join_scene": 3, "name": self.name(n),
                "group_nickname": "", "invitor": {"userid": self.userid(self.owner(g))},
            }));
        }
        json!({
            "chat_id": self.chat(g), "name": self.name(g), "owner": self.userid(self.owner(g)),
            "create_time": NOW - 300 * DAY, "notice": "", "member_list": members,
            "admin_list": [{"userid": self.userid(self.owner(g))}], "member_version": format!("v{g}.{gone}.{}", self.owner(g)),
        })
    }

    /// `msg_total` of an owner on a day of the epoch's count.
    pub fn messages(&self, owner: usize, day: i64) -> i64 {
        if self.cumulative {
            day * 10 + owner as i64
        } else {
            10 + (day * 37 + owner as i64) % 23
        }
    }

    /// Rows of an owner's days `[from, to]`, first seconds.
    pub fn owner_days(&self, owner: usize, from: i64, to: i64) -> Vec<Value> {
        (0..)
            .map(|n| from + n * DAY)
            .take_while(|at| *at <= to)
            .filter(|at| *at >= MIDNIGHT - self.days * DAY && *at < self.midnight())
            .map(|at| {
                let day = at / DAY;
                json!({"stat_time": at, "data": {
                    "new_chat_cnt": 0, "chat_total": 3, "chat_has_msg": 2, "new_member_cnt": day % 5, "member_total": 200,
                    "member_has_msg": 20, "msg_total": self.messages(owner, day), "migrate_trainee_chat_cnt": 0,
                }})
            })
            .collect()
    }

    /// Rows of a staff's days; a day without chats has no reply figures.
    pub fn staff_days(&self, staff: usize, from: i64, to: i64) -> Vec<Value> {
        (0..)
            .map(|n| from + n * DAY)
            .take_while(|at| *at <= to)
            .filter(|at| *at >= MIDNIGHT - self.days * DAY && *at < self.midnight())
            .map(|at| {
                let day = at / DAY + staff as i64;
                let mut row = json!({
                    "stat_time": at, "chat_cnt": day % 3, "message_cnt": day % 3 * 8, "negative_feedback_cnt": day % 2,
                    "new_apply_cnt": 1, "new_contact_cnt": 2,
                });
                if day % 3 != 0 {
                    row["reply_percentage"] = json!(60.25);
                    row["avg_reply_time"] = json!(day % 7);
                }
                row
            })
            .collect()
    }
}

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

    /// Relation `i`: staff and customer. The last staff has none.
    pub fn relation(&self, i: usize) -> (usize, usize) {
        let sellers = self.staff - 1;
        let customer = i % self.customers();
        let round = i / self.customers();
        ((customer * 7 + round * 3) % sellers, customer)
    }

    pub fn is_gone(&self, i: usize) -> bool {
        self.gone_every > 0 && i % self.gone_every == 0
    }

    /// Relations of a staff that the server shows.
    pub fn of_staff(&self, staff: usize) -> Vec<usize> {
        (0..self.relations)
            .filter(|i| self.relation(*i).0 == staff && !self.is_gone(*i))
            .collect()
    }

    pub fn added_at(&self, i: usize) -> i64 {
        NOW - 400 * DAY + (i as i64 * 7919) % (399 * DAY)
    }

    pub fn add_way(&self, i: usize) -> i64 {
        if i % 13 == 0 {
            999
        } else {
            [1, 3, 4, 16, 202][i % 5]
        }
    }

    pub fn name(&self, i: usize) -> &'static str {
        NAMES[i % NAMES.len()]
    }

    pub fn tags(&self, i: usize) -> Vec<String> {
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
                "userid": self.userid(staff), "remark": format!("备注{i}"), "description": "", "createtime": at,
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
        g % self.staff
    }

    /// Members of a group outside the company: customers, and one who is nobody's customer.
    pub fn group_members(&self, g: usize) -> Vec<String> {
        let customers = self.customers();
        let mut members: Vec<String> = (0..self.members.min(customers))
            .map(|n| self.customer((g * 31 + n) % customers))
            .collect();
        members.push(format!("wmONLY{g:05}"));
        members
    }

    pub fn group(&self, g: usize) -> Value {
        let mut members = vec![json!({
            "userid": self.userid(self.owner(g)), "type": 1, "join_time": NOW - 300 * DAY, "join_scene": 1, "name": "店员",
        })];
        for (n, id) in self.group_members(g).into_iter().enumerate() {
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
            "admin_list": [{"userid": self.userid(self.owner(g))}], "member_version": format!("v{g}"),
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
            .filter(|at| *at >= MIDNIGHT - self.days * DAY)
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
            .filter(|at| *at >= MIDNIGHT - self.days * DAY)
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

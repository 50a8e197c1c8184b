//! What the company's calls answer, page by page, and those that change it.

use std::collections::HashMap;

use super::{Server, error};
use crate::world::{DAY, MIDNIGHT, Transfer, World};
use serde_json::{Value, json};

impl Server {
    pub(super) fn answer(
        &mut self,
        call: &str,
        query: &HashMap<&str, String>,
        body: &Value,
    ) -> Value {
        match call {
            "department/list" => self.departments(),
            "user/list" => self.users(query),
            "externalcontact/get_follow_user_list" => {
                let world = &self.world;
                json!({"follow_user": world.present().map(|i| world.userid(i)).collect::<Vec<_>>()})
            }
            "externalcontact/get_corp_tag_list" => tags(),
            "externalcontact/batch/get_by_user" => self.relations(call, body),
            "externalcontact/list" => self.customers_of(query),
            "externalcontact/get" => self.customer(query),
            "externalcontact/groupchat/list" => self.groups(call, body),
            "externalcontact/groupchat/get" => self.group(body),
            "externalcontact/groupchat/statistic_group_by_day" => {
                let (owners, times) = (
                    &body["owner_filter"]["userid_list"],
                    ["day_begin_time", "day_end_time"],
                );
                self.days(
                    owners,
                    times.map(|name| &body[name]),
                    |world, owner, from, to| json!({"items": world.owner_days(owner, from, to)}),
                )
            }
            "externalcontact/get_user_behavior_data" => {
                let (staff, times) = (&body["userid"], ["start_time", "end_time"]);
                self.days(staff, times.map(|name| &body[name]), |world, staff, from, to| {
                    json!({"behavior_data": world.staff_days(staff, from, to)})
                })
            }
            "externalcontact/get_unassigned_list" => json!({"info": [
                {"handover_userid": "left01 ", "external_userid": self.world.customer(1), "dimission_time": MIDNIGHT - DAY},
            ], "is_last": true, "next_cursor": ""}),
            "externalcontact/transfer_result" | "externalcontact/resigned/transfer_result" => {
                self.transfers(call.contains("resigned"), body)
            }
            _ => self.changed(call, self.world.clone(), body),
        }
    }

    fn staff_of(&self, id: &str) -> Option<usize> {
        (0..self.world.staff).find(|i| self.world.userid(*i) == id)
    }

    fn departments(&self) -> Value {
        let first = [json!({"id": 1, "name": "总部", "parentid": 0, "order": 100})];
        let others = (2..=self.world.departments)
            .map(|d| json!({"id": d, "name": format!("区域{d}"), "parentid": 1, "order": d * 10}));
        json!({"department": first.into_iter().chain(others).collect::<Vec<_>>()})
    }

    fn users(&self, query: &HashMap<&str, String>) -> Value {
        let world = &self.world;
        let dept = query
            .get("department_id")
            .and_then(|d| d.parse::<usize>().ok())
            .unwrap_or(0);
        let users: Vec<Value> = world
            .present()
            .filter(|i| i % world.departments + 1 == dept)
            .map(|i| json!({"userid": world.userid(i), "name": format!("店员{i}"), "department": [dept], "main_department": dept, "status": 1}))
            .collect();
        json!({"userlist": users})
    }

    /// Relations of up to a hundred members, a page at a time.
    fn relations(&mut self, call: &str, body: &Value) -> Value {
        let Some(ids) = body["userid_list"]
            .as_array()
            .filter(|l| (1..=100).contains(&l.len()))
        else {
            return error(40058);
        };
        if ids.iter().any(|id| id == &json!(self.faults.poison)) {
            return error(84084);
        }
        let staff: Option<Vec<usize>> = ids.iter().map(|id| self.staff_of(id.as_str()?)).collect();
        let Some(staff) = staff else {
            return error(40003);
        };
        let rows: Vec<usize> = staff
            .iter()
            .flat_map(|s| self.by_staff[*s].iter().copied())
            .collect();
        let world = self.world.clone();
        let made = |i: &usize| world.batch_row(*i);
        self.page(call, "external_contact_list", &rows, made, body, 100)
    }

    fn customers_of(&self, query: &HashMap<&str, String>) -> Value {
        let world = &self.world;
        let Some(staff) = query.get("userid").and_then(|id| self.staff_of(id)) else {
            return error(40003);
        };
        let rows = &self.by_staff[staff];
        if rows.is_empty() {
            return error(84061);
        }
        let ids: Vec<String> = rows
            .iter()
            .map(|i| world.customer(world.relation(*i).1))
            .collect();
        json!({"external_userid": ids})
    }

    fn customer(&self, query: &HashMap<&str, String>) -> Value {
        let id = query.get("external_userid").cloned().unwrap_or_default();
        match id
            .strip_prefix("wmCUST")
            .and_then(|n| n.parse::<usize>().ok())
        {
            Some(n) if n < self.world.customers() => self.world.contact(n),
            _ => error(84061),
        }
    }

    fn group(&self, body: &Value) -> Value {
        let world = &self.world;
        let id = body["chat_id"].as_str().unwrap_or("");
        match (0..world.groups).find(|g| world.chat(*g) == id) {
            Some(g) => json!({"group_chat": world.group(g)}),
            None => error(40050),
        }
    }

    /// Statistics of exactly one member between two times.
    fn days(
        &self,
        members: &Value,
        [from, to]: [&Value; 2],
        told: impl Fn(&World, usize, i64, i64) -> Value,
    ) -> Value {
        let (Some(from), Some(to)) = (from.as_i64(), to.as_i64()) else {
            return error(600_019);
        };
        if let Some(code) = bad_range(&self.world, from, to) {
            return error(code);
        }
        let Some([member]) = members.as_array().map(Vec::as_slice) else {
            return error(40058);
        };
        match member.as_str().and_then(|id| self.staff_of(id)) {
            Some(member) => told(&self.world, member, from, to),
            None => error(40003),
        }
    }

    fn transfers(&self, resigned: bool, body: &Value) -> Value {
        let world = &self.world;
        let is_pair = |t: &&Transfer| {
            body["handover_userid"] == json!(world.userid(t.from))
                && body["takeover_userid"] == json!(world.userid(t.to))
                && resigned == world.left.contains(&t.from)
        };
        let told = |t: &Transfer| {
            let status = t.status(world.now)?;
            let customer = world.customer(world.relation(t.relation).1);
            let mut row = json!({"external_userid": customer, "status": status});
            if status == 1 {
                row["takeover_time"] = json!(t.done_at());
            }
            Some(row)
        };
        let rows: Vec<Value> = world
            .transfers
            .iter()
            .filter(is_pair)
            .filter_map(told)
            .collect();
        json!({ "customer": rows, "next_cursor": "" })
    }

    /// Calls that change the company. None of them fires a callback.
    fn changed(&mut self, call: &str, mut world: World, body: &Value) -> Value {
        let text = |name: &str| body[name].as_str().unwrap_or("").to_owned();
        let texts = |name: &str| -> Vec<String> {
            let list = body[name].as_array().cloned().unwrap_or_default();
            list.iter()
                .filter_map(|v| v.as_str().map(str::to_owned))
                .collect()
        };
        let staff_of = |id: &str| (0..world.staff).find(|i| world.userid(*i) == id);
        let answer = match call {
            "externalcontact/mark_tag" | "externalcontact/remark" => {
                let Some(i) = world.find(&text("userid"), &text("external_userid")) else {
                    return error(84061);
                };
                if call.ends_with("remark") {
                    world.remarks.insert(i, text("remark"));
                } else {
                    let (add, remove) = (texts("add_tag"), texts("remove_tag"));
                    let mut tags = world.tags(i);
                    tags.retain(|tag| !remove.contains(tag) && !add.contains(tag));
                    tags.extend(add);
                    world.tagged.insert(i, tags);
                }
                json!({})
            }
            "externalcontact/transfer_customer" => {
                let from = staff_of(&text("handover_userid"));
                let (Some(from), Some(to)) = (from, staff_of(&text("takeover_userid"))) else {
                    return error(40003);
                };
                let mut rows = Vec::new();
                for id in texts("external_userid") {
                    let found = world.find(&world.userid(from), &id);
                    let code = if found.is_some() { 0 } else { 40131 };
                    rows.push(json!({"external_userid": id, "errcode": code}));
                    world.transfers.extend(found.map(|relation| Transfer {
                        relation,
                        from,
                        to,
                        asked_at: world.now,
                        refused: false,
                    }));
                }
                json!({ "customer": rows })
            }
            // A group that could not be handed over stands in the list of failures; its errcode may be 0 all the same.
            "externalcontact/groupchat/transfer" | "externalcontact/groupchat/onjob_transfer" => {
                let Some(to) = staff_of(&text("new_owner")) else {
                    return error(40003);
                };
                let mut failed = Vec::new();
                for (n, chat) in texts("chat_id_list").into_iter().enumerate() {
                    match (0..world.groups).find(|g| world.chat(*g) == chat) {
                        Some(g) if n % 2 == 0 => {
                            world.owners.insert(g, to);
                        }
                        _ => failed.push(
                            json!({"chat_id": chat, "errcode": 0, "errmsg": "owner is not left"}),
                        ),
                    }
                }
                json!({ "failed_chat_list": failed })
            }
            _ => return error(48002),
        };
        self.change(world);
        answer
    }

    fn groups(&mut self, call: &str, body: &Value) -> Value {
        let world = self.world.clone();
        let Some(limit) = body["limit"].as_u64() else {
            return error(600_041);
        };
        if !(1..=1000).contains(&limit) {
            return error(600_041);
        }
        if body["status_filter"] == json!(1) {
            return json!({"group_chat_list": [], "next_cursor": ""});
        }
        let owners = body["owner_filter"]["userid_list"].as_array().cloned();
        let rows: Vec<usize> = (0..world.groups)
            .filter(|g| {
                let owner = json!(world.userid(world.owner(*g)));
                owners.as_ref().is_none_or(|list| list.contains(&owner))
            })
            .collect();
        let made = |g: &usize| json!({"chat_id": world.chat(*g), "status": 0});
        self.page(call, "group_chat_list", &rows, made, body, 1000)
    }

    /// One page: cursors are opaque, bound to what was asked, and the last page has an empty one or none.
    fn page(
        &mut self,
        call: &str,
        list: &str,
        rows: &[usize],
        made: impl Fn(&usize) -> Value,
        body: &Value,
        most: u64,
    ) -> Value {
        let limit = body["limit"].as_u64().unwrap_or(50);
        if limit == 0 || limit > most {
            return error(40058);
        }
        let mut asked = body.clone();
        asked.as_object_mut().unwrap().remove("cursor");
        let (asked, cursor) = (asked.to_string(), body["cursor"].as_str().unwrap_or(""));
        let mut at = 0;
        if !cursor.is_empty() {
            if self.faults.expire_cursors > 0 {
                self.faults.expire_cursors -= 1;
                return error(50100);
            }
            match self.cursors.get(cursor) {
                Some((of, place)) if *of == asked => at = *place,
                _ => return error(50100),
            }
        }
        if self.faults.same_page == call {
            at = 0;
        }
        let at = at.min(rows.len());
        let end = (at + limit as usize).min(rows.len());
        let page: Vec<Value> = rows[at..end].iter().map(made).collect();
        let mut answer = json!({ list: page });
        let endless = [&self.faults.same_page, &self.faults.circle]
            .iter()
            .any(|f| *f == call);
        if end < rows.len() || endless {
            let name = if self.faults.circle == call {
                format!(
                    "circle{}",
                    asked
                        .bytes()
                        .fold(7_u64, |n, b| n.wrapping_mul(31).wrapping_add(u64::from(b)))
                )
            } else {
                format!("cur{}x{}", self.cursors.len(), end)
            };
            let next = end.saturating_sub(self.faults.overlap).max(at + 1);
            self.cursors.insert(name.clone(), (asked, next));
            answer["next_cursor"] = json!(name);
        } else if rows.len() % 2 == 0 {
            answer["next_cursor"] = json!("");
        }
        answer
    }
}

fn tags() -> Value {
    let tags = |g: i32| -> Vec<Value> {
        (0..10)
            .map(|t| json!({"id": format!("et{:04}", g * 10 + t), "name": format!("标签{g}-{t}"), "create_time": 1_600_000_000, "order": t}))
            .collect()
    };
    let groups: Vec<Value> = (0..10)
        .map(|g| json!({"group_id": format!("eg{g}"), "group_name": format!("组{g}"), "create_time": "1600000000", "order": g, "tag": tags(g)}))
        .collect();
    json!({"tag_group": groups})
}

/// Yesterday to 180 days ago, at most 30 of them.
fn bad_range(world: &World, from: i64, to: i64) -> Option<i64> {
    let midnight = world.midnight();
    let oldest = midnight - 180 * DAY;
    let bad = from < oldest || to >= midnight || from > to || to - from > 29 * DAY;
    bad.then_some(600_018)
}

//! The organisation: five levels from headquarters to teams, staff with guides among them, leavers, people who moved.

use rusqlite::{Connection, params};

use super::calendar::{Calendar, HISTORY};
use super::names;
use super::rng::Rng;
use super::words::{REGIONS, STORES};

/// A department.
struct Dept {
    id: i64,
    parent: Option<i64>,
    name: String,
    kind: &'static str,
    ord: i64,
}

/// A member of staff.
pub(super) struct Staff {
    /// `staff.userid`; the list is sorted by it.
    pub(super) userid: String,
    name: String,
    role: &'static str,
    /// `main_dept_id`.
    pub(super) dept: i64,
    /// Where they worked until a move, and the day of the move.
    moved: Option<(i64, i32)>,
    hired_ago: i32,
    /// When they left the company.
    pub(super) left_at: Option<i64>,
    /// The store they belong to, an index into the tags 归属门店 and the cities.
    pub(super) store: usize,
    /// Knows customers and sells.
    pub(super) sells: bool,
}

/// Departments and staff.
pub(super) struct Org {
    depts: Vec<Dept>,
    /// Everybody, by userid.
    pub(super) staff: Vec<Staff>,
    /// Positions in `staff` of those who sell.
    pub(super) sellers: Vec<u16>,
    /// Running sums of how many customers each seller draws, for [`Org::guide`].
    draw: Vec<u64>,
}

/// Stores: department and the number that its city and its tag follow.
struct Store {
    dept: i64,
    teams: Vec<i64>,
    number: usize,
}

impl Org {
    /// An organisation of about `size` people.
    pub(super) fn new(rng: &mut Rng, calendar: &Calendar, size: usize) -> Self {
        let mut depts = Vec::new();
        let stores = departments(&mut depts, (size / 8).max(4));
        let mut staff = people(rng, calendar, &stores, size);
        staff.sort_by(|a, b| a.userid.cmp(&b.userid));
        let mut sellers: Vec<u16> = Vec::new();
        let mut draw = Vec::new();
        let mut sum = 0;
        for (i, one) in staff.iter().enumerate().filter(|(_, s)| s.sells) {
            sellers.push(u16::try_from(i).unwrap_or(u16::MAX));
            // Leavers gave customers to others, but not all.
            sum += if one.left_at.is_some() {
                30
            } else {
                40 + rng.below(120)
            };
            draw.push(sum);
        }
        Self {
            depts,
            staff,
            sellers,
            draw,
        }
    }

    /// The staff member at a position.
    pub(super) fn at(&self, position: u16) -> Option<&Staff> {
        self.staff.get(usize::from(position))
    }

    /// Userid at a position; empty when there is none.
    pub(super) fn userid(&self, position: u16) -> &str {
        self.at(position).map_or("", |s| s.userid.as_str())
    }

    /// Userid of the campaign planner.
    pub(super) fn planner(&self) -> &str {
        self.staff
            .iter()
            .find(|s| s.role == "campaign_planner")
            .map_or("", |s| s.userid.as_str())
    }

    /// Draws the guide of a customer.
    pub(super) fn guide(&self, rng: &mut Rng) -> u16 {
        let at = rng.below(self.draw.last().copied().unwrap_or(0));
        let i = self.draw.partition_point(|sum| *sum <= at);
        self.sellers.get(i).copied().unwrap_or(0)
    }

    /// Draws a guide who is still with the company.
    pub(super) fn present_guide(&self, rng: &mut Rng) -> u16 {
        for _ in 0..20 {
            let guide = self.guide(rng);
            if self.at(guide).is_some_and(|s| s.left_at.is_none()) {
                return guide;
            }
        }
        self.sellers.first().copied().unwrap_or(0)
    }

    /// Writes departments, staff and their history.
    pub(super) fn write(&self, conn: &Connection, calendar: &Calendar) -> rusqlite::Result<()> {
        let mut dept = conn.prepare(
            "INSERT INTO department (dept_id, parent_id, name, kind, ord) VALUES (?1,?2,?3,?4,?5)",
        )?;
        for d in &self.depts {
            dept.execute(params![d.id, d.parent, d.name, d.kind, d.ord])?;
        }
        let mut staff = conn.prepare(
            "INSERT INTO staff (userid, name, wecom_status, role, main_dept_id, is_follow_user, hired_on, left_at)
             VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
        )?;
        let mut history = conn.prepare(
            "INSERT INTO staff_dept_history (userid, dept_id, valid_from, valid_to) VALUES (?1,?2,?3,?4)",
        )?;
        for s in &self.staff {
            let hired = calendar.text(calendar.today.plus(-s.hired_ago));
            let status = if s.left_at.is_some() { 5 } else { 1 };
            staff.execute(params![
                s.userid, s.name, status, s.role, s.dept, s.sells, hired, s.left_at
            ])?;
            let left = s.left_at.map(|at| calendar.date(at));
            if let Some((before, ago)) = s.moved {
                let day = calendar.text(calendar.today.plus(-ago));
                history.execute(params![s.userid, before, hired, day])?;
                history.execute(params![s.userid, s.dept, day, left])?;
            } else {
                history.execute(params![s.userid, s.dept, hired, left])?;
            }
        }
        Ok(())
    }
}

/// Headquarters, regions, provinces, stores (every second one a franchisee) and their teams.
fn departments(depts: &mut Vec<Dept>, teams: usize) -> Vec<Store> {
    let mut add = |parent: Option<i64>, name: String, kind: &'static str| -> i64 {
        let id = i64::try_from(depts.len()).unwrap_or(0) + 1;
        depts.push(Dept {
            id,
            parent,
            name,
            kind,
            ord: 100_000 - id,
        });
        id
    };
    let stores = (teams / 2).max(2);
    let provinces = (stores / 3).clamp(2, 12);
    let root = add(None, "总部".into(), "hq");
    let mut province_ids = Vec::new();
    let mut region_ids: Vec<i64> = Vec::new();
    for p in 0..provinces {
        let Some((region, names)) = REGIONS.get(p % REGIONS.len()) else {
            continue;
        };
        if region_ids.len() <= p % REGIONS.len() {
            region_ids.push(add(Some(root), (*region).into(), "region"));
        }
        let name = names.get(p / REGIONS.len()).copied().unwrap_or("其他");
        let parent = region_ids.get(p % REGIONS.len()).copied();
        province_ids.push(add(parent, name.into(), "province"));
    }
    let mut list: Vec<Store> = (0..stores)
        .map(|s| {
            let parent = province_ids.get(s % province_ids.len().max(1)).copied();
            let place = STORES.get(s % STORES.len()).copied().unwrap_or("");
            let round = s / STORES.len();
            let (kind, end) = if s % 2 == 0 {
                ("store", "店")
            } else {
                ("franchisee", "加盟店")
            };
            let name = if round == 0 {
                format!("{place}{end}")
            } else {
                format!("{place}{}{end}", round + 1)
            };
            Store {
                dept: add(parent, name, kind),
                teams: Vec::new(),
                number: s,
            }
        })
        .collect();
    for t in 0..teams {
        let count = list.len();
        let names = ["一组", "二组", "三组", "四组", "五组"];
        let name = names.get(t / count).copied().unwrap_or("机动组");
        if let Some(store) = list.get_mut(t % count) {
            store.teams.push(add(Some(store.dept), name.into(), "team"));
        }
    }
    list
}

/// Headquarters' people, one manager a store, service, and guides for the rest.
fn people(rng: &mut Rng, calendar: &Calendar, stores: &[Store], size: usize) -> Vec<Staff> {
    let mut roles: Vec<(&'static str, usize)> = vec![("director", 0), ("campaign_planner", 0)];
    roles.extend((0..(size / 200).max(1)).map(|_| ("operator", 0)));
    roles.extend((0..stores.len().min(size / 6)).map(|s| ("store_manager", s)));
    roles.extend((0..(size / 50).max(1)).map(|s| ("service", s)));
    let guides = size.saturating_sub(roles.len()).max(8);
    roles.extend((0..guides).map(|g| ("sales", g)));
    let teams: Vec<(&Store, i64)> = stores
        .iter()
        .flat_map(|s| s.teams.iter().map(move |t| (s, *t)))
        .collect();
    let pick = |list: &[(&Store, i64)], i: usize| {
        list.get(i % list.len().max(1)).map(|(s, t)| (s.number, *t))
    };
    roles
        .into_iter()
        .enumerate()
        .map(|(i, (role, nth))| {
            let (name, pinyin) = names::staff(rng);
            let sells = role == "sales";
            let (store, dept) = match role {
                "sales" => pick(&teams, nth).unwrap_or((0, 1)),
                "store_manager" => stores.get(nth).map_or((0, 1), |s| (s.number, s.dept)),
                "service" => stores
                    .get(nth % stores.len().max(1))
                    .map_or((0, 1), |s| (s.number, s.dept)),
                _ => (0, 1),
            };
            let leaves = sells && nth % 29 == 3;
            Staff {
                userid: format!("{pinyin}{:04}", i + 1),
                name,
                role: if sells && nth % 11 == 10 {
                    "distributor"
                } else {
                    role
                },
                dept,
                moved: (sells && nth % 17 == 5)
                    .then(|| pick(&teams, nth + 1).map(|(_, d)| (d, 40)))
                    .flatten()
                    .filter(|(d, _)| *d != dept),
                hired_ago: HISTORY + 10 + i32::try_from(rng.below(600)).unwrap_or(0),
                left_at: leaves.then(|| {
                    calendar.start(i32::try_from(rng.between(2, 45)).unwrap_or(2)) + 64_800
                }),
                store,
                sells,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Day, Zone};

    #[test]
    fn the_organisation_has_five_levels_at_every_size() {
        let calendar = Calendar::new(Day::parse("2026-11-11").unwrap(), Zone::default());
        for (size, least) in [(16, 12), (40, 36), (2_000, 1_990)] {
            let org = Org::new(&mut Rng::new(1, 1), &calendar, size);
            assert!(org.staff.len() >= least && org.staff.len() <= size + 4);
            for kind in ["hq", "region", "province", "store", "franchisee", "team"] {
                assert!(org.depts.iter().any(|d| d.kind == kind), "{size} {kind}");
            }
            assert!(org.depts.iter().all(|d| d.parent.is_none_or(|p| p < d.id)));
            assert!(org.staff.iter().any(|s| s.left_at.is_some()));
            assert!(org.staff.windows(2).all(|w| w[0].userid < w[1].userid));
        }
    }
}

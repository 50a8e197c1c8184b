//! Groups and their health, a second way.

pub mod health;

use std::collections::{BTreeMap, BTreeSet};

use crate::truth::{Truth, all};
use caopan::domain::Day;
use rusqlite::Connection;

/// A day of a group; every cell may be unmeasured.
type Cells = BTreeMap<&'static str, i64>;

const COLUMNS: [&str; 14] = [
    "member_total",
    "ext_total",
    "joined",
    "quit",
    "kicked",
    "msg_ext",
    "speakers_ext",
    "speakers_ext_7d",
    "top3_msg_ext",
    "questions",
    "answered_30m",
    "first_reply_s_sum",
    "first_reply_n",
    "campaign_clicks",
];

struct Group {
    id: String,
    dept: Option<i64>,
    created: Day,
    owner_left: bool,
    capacity: i64,
    flash: bool,
    /// By days before today.
    days: BTreeMap<i32, Cells>,
    tasks: (i64, i64),
    members: BTreeSet<String>,
    /// Rows of anybody inside, staff too.
    inside: usize,
}

fn groups(conn: &Connection, truth: &Truth) -> Vec<Group> {
    let zone = truth.now.zone;
    let (from, to) = (
        zone.start_of(truth.today.plus(-7)),
        zone.start_of(truth.today),
    );
    let rows = all(
        conn,
        "SELECT chat_id, owner_userid, created_at, wecom_status, capacity, kind FROM group_chat WHERE dissolved_at IS NULL",
        |r| {
            Ok((
                r.get::<_, String>(0)?,
                r.get::<_, String>(1)?,
                r.get(2)?,
                r.get::<_, i64>(3)?,
                r.get(4)?,
                r.get::<_, String>(5)?,
            ))
        },
    );
    rows.into_iter()
        .map(|(id, owner, created, status, capacity, kind)| {
            let mut days = BTreeMap::new();
            let sql = format!("SELECT biz_date, {} FROM group_day WHERE chat_id = '{id}'", COLUMNS.join(", "));
            for (on, cells) in all(conn, &sql, |r| {
                let mut cells = Cells::new();
                for (at, column) in COLUMNS.iter().enumerate() {
                    if let Some(n) = r.get::<_, Option<i64>>(at + 1)? {
                        cells.insert(column, n);
                    }
                }
                Ok((r.get::<_, String>(0)?, cells))
            }) {
                // Statistics of a day stand from its end on.
                let ago = truth.today.0 - Day::parse(&on).unwrap().0;
                if ago > 0 {
                    days.insert(ago, cells);
                }
            }
            let count = |more: &str| {
                let sql = format!("SELECT count(*) FROM task WHERE chat_id = '{id}' AND due_at >= {from} AND due_at < {to} AND {more}");
                all(conn, &sql, |r| r.get(0))[0]
            };
            let members = format!("SELECT member_id FROM group_member WHERE chat_id = '{id}' AND type = 2 AND quit_at IS NULL");
            Group {
                dept: truth.staff.iter().find(|s| s.id == owner).and_then(|s| s.dept),
                created: zone.day_of(created),
                owner_left: status == 1,
                capacity,
                flash: kind == "flash",
                days,
                tasks: (count("status <> 'void'"), count("status = 'done'")),
                members: all(conn, &members, |r| r.get(0)).into_iter().collect(),
                inside: all(
                    conn,
                    &format!("SELECT 1 FROM group_member WHERE chat_id = '{id}' AND quit_at IS NULL"),
                    |_| Ok(()),
                )
                .len(),
                id,
            }
        })
        .collect()
}

impl Group {
    /// Days of the trailing week on which all these columns were measured.
    fn week(&self, columns: &[&str]) -> Vec<&Cells> {
        (1..=7)
            .filter_map(|ago| self.days.get(&ago))
            .filter(|day| columns.iter().all(|c| day.contains_key(c)))
            .collect()
    }

    fn sum(&self, column: &str, with: &[&str]) -> Option<f64> {
        let mut all = vec![column];
        all.extend(with);
        let days = self.week(&all);
        (!days.is_empty()).then(|| days.iter().map(|d| d[column] as f64).sum())
    }

    /// The latest measured value, from a day on.
    fn latest(&self, column: &str, ages: std::ops::RangeInclusive<i32>) -> Option<f64> {
        ages.into_iter()
            .find_map(|ago| self.days.get(&ago)?.get(column))
            .map(|n| *n as f64)
    }

    fn external(&self) -> Option<f64> {
        let counted = (!self.members.is_empty()).then_some(self.members.len() as f64);
        self.latest("ext_total", 0..=14).or(counted)
    }

    /// Everybody inside, staff too, on the latest day anybody counted: what the capacity holds.
    fn everybody(&self) -> Option<f64> {
        let measured = (0..=14).find_map(|ago| {
            let day = self.days.get(&ago)?;
            let counted = ["member_total", "ext_total"]
                .iter()
                .filter_map(|c| day.get(c));
            counted.max().map(|n| *n as f64)
        });
        measured.or((self.inside > 0).then_some(self.inside as f64))
    }

    /// The nine measures (4.8): `None` = not measured or no base.
    fn measures(&self, buyers: Option<f64>) -> [Option<f64>; 9] {
        // Of the days that are over, like what is held against it.
        let members = self.latest("ext_total", 1..=14).or(self.external());
        // A stock is that of the last day known (4.0).
        // Else of the first day of the week, taken back by who came and went on it.
        let first = (1..=7).rev().find_map(|ago| self.days.get(&ago));
        let before = first.and_then(|day| {
            let gone = match (day.get("quit"), day.get("kicked")) {
                (None, None) => return None,
                (a, b) => a.unwrap_or(&0) + b.unwrap_or(&0),
            };
            let before = day.get("ext_total")? - day.get("joined")? + gone;
            (before >= 0).then_some(before as f64)
        });
        let start = self.latest("ext_total", 8..=14).or(before);
        let joined = self.sum("joined", &[]);
        let left = match (self.sum("quit", &[]), self.sum("kicked", &[])) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0.0) + b.unwrap_or(0.0)),
        };
        let listed = (!self.members.is_empty()).then_some(self.members.len() as f64);
        let over = |a: Option<f64>, b: Option<f64>| {
            a.zip(b).filter(|(_, b)| *b != 0.0).map(|(a, b)| a / b)
        };
        [
            over(
                self.sum("speakers_ext", &["ext_total"]),
                self.sum("ext_total", &["speakers_ext"]),
            ),
            over(self.latest("speakers_ext_7d", 1..=7), members),
            over(joined.zip(left).map(|(j, l)| j - l), start),
            over(left, start.zip(joined).map(|(s, j)| s + j)),
            over(
                self.sum("answered_30m", &["questions"]),
                self.sum("questions", &["answered_30m"]),
            ),
            over(
                self.sum("first_reply_s_sum", &["first_reply_n"]),
                self.sum("first_reply_n", &["first_reply_s_sum"]),
            )
            .map(|s| s / 60.0),
            // Buyers are of the members of now: the statistics of today come tomorrow.
            over(
                buyers,
                self.external().into_iter().chain(listed).reduce(f64::max),
            ),
            over(self.sum("campaign_clicks", &[]), members),
            over(Some(self.tasks.1 as f64), Some(self.tasks.0 as f64)),
        ]
    }

    fn silent(&self, today: Day) -> bool {
        let heard: Vec<(i32, i64)> = (0..=14)
            .filter_map(|ago| Some((ago, *self.days.get(&ago)?.get("msg_ext")?)))
            .collect();
        let (Some(newest), Some(oldest)) = (heard.first(), heard.last()) else {
            return false;
        };
        let last = heard
            .iter()
            .find(|(_, n)| *n > 0)
            .map_or(oldest.0 + 1, |(ago, _)| *ago);
        let _ = today;
        last - newest.0 >= 14 && newest.0 <= 7
    }
}

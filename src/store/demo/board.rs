//! What the leaderboard is read with: targets, reward steps, yesterday's boards, statistics per guide and day.

use rusqlite::{Connection, Statement, params};

use super::calendar::Calendar;
use super::org::Org;
use super::pool::Pool;
use super::rng::Rng;
use super::sold::Sold;

/// Days of statistics per guide, yesterday included (WeCom's come a day later).
const DAYS: usize = 90;

/// A calendar: its code, first and last day as text, and its days.
type Span<'a> = (&'static str, &'a str, &'a str, i64);

/// Month, week and day of today.
fn spans(calendar: &Calendar) -> [Span<'_>; 3] {
    let (month, monday) = (calendar.month_start(), calendar.week_start());
    let today = calendar.text(calendar.today);
    [
        (
            "month",
            calendar.text(month),
            calendar.text(calendar.month_end()),
            30,
        ),
        (
            "week",
            calendar.text(monday),
            calendar.text(monday.plus(6)),
            7,
        ),
        ("day", today, today, 1),
    ]
}

/// A row of `kpi_target` that is not a campaign's.
struct Target<'a> {
    metric: &'static str,
    subject: (&'static str, &'a str),
    floor: Option<i64>,
    value: i64,
    stretch: Option<i64>,
}

impl<'a> Target<'a> {
    fn new(metric: &'static str, kind: &'static str, id: &'a str, value: i64) -> Self {
        let (floor, stretch) = (None, None);
        Self {
            metric,
            subject: (kind, id),
            floor,
            value,
            stretch,
        }
    }

    fn write(&self, insert: &mut Statement<'_>, span: Span<'_>) -> rusqlite::Result<()> {
        let ((kind, from, to, _), (subject, id)) = (span, self.subject);
        let row = params![
            kind,
            from,
            to,
            self.metric,
            subject,
            id,
            self.floor,
            self.value,
            self.stretch
        ];
        insert.execute(row).map(drop)
    }
}

/// Month, week and day targets for those who sell (nine in ten have one) and for the whole workspace.
pub(super) fn write_targets(
    conn: &Connection,
    calendar: &Calendar,
    org: &Org,
    sold: &[Sold],
    rng: &mut Rng,
) -> rusqlite::Result<()> {
    let insert = &mut conn.prepare(
        "INSERT INTO kpi_target (period_kind, period_start, period_end, metric_code, subject_kind, subject_id, floor_value,
           target_value, stretch_value) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
    )?;
    let mut whole = 0;
    for (i, guide) in org.sellers.iter().enumerate() {
        let Some((staff, sold)) = org.at(*guide).zip(sold.get(usize::from(*guide))) else {
            continue;
        };
        // Some have no target; leavers' were taken back.
        if i % 10 == 9 || staff.left_at.is_some() {
            continue;
        }
        // Between easy and out of reach, so that every band is on the board.
        let month = sold.thirty.max(20_000) * rng.pick(&[35, 70, 85, 95, 105, 120, 150]) / 100;
        whole += month;
        for span in spans(calendar) {
            let fen = rounded(month * span.3 / 30);
            let mut target = Target::new("net_gmv_refund", "staff", &staff.userid, fen);
            target.floor = (i % 4 == 0).then_some(fen * 6 / 10);
            target.stretch = (i % 3 == 0).then_some(fen * 13 / 10);
            target.write(insert, span)?;
            if i % 2 == 0 {
                Target::new("adds", "staff", &staff.userid, span.3 * 2).write(insert, span)?;
            }
        }
    }
    for span in spans(calendar) {
        let fen = whole * span.3 / 30;
        Target::new("net_gmv_refund", "workspace", "", rounded(fen)).write(insert, span)?;
        Target::new("gmv", "workspace", "", rounded(fen * 104 / 100)).write(insert, span)?;
    }
    Ok(())
}

/// Whole hundreds of yuan, at least one.
fn rounded(fen: i64) -> i64 {
    (fen / 10_000).max(1) * 10_000
}

/// Reward steps: money for net GMV of a month, for people added on a day, and for the first three.
pub(super) fn write_incentives(
    conn: &Connection,
    calendar: &Calendar,
    sold: &[Sold],
) -> rusqlite::Result<()> {
    let mut months: Vec<i64> = sold.iter().map(|s| s.thirty).collect();
    months.retain(|fen| *fen > 0);
    months.sort_unstable();
    let quantile = |tenth: usize| months.get(months.len() * tenth / 10).copied();
    let from = calendar.text(calendar.today.plus(-300));
    let mut insert = conn.prepare(
        "INSERT INTO incentive_rule (name, metric_code, period_kind, scope, kind, threshold, rank_max, reward_fen,
           reward_text, valid_from) VALUES (?1,?2,?3,'staff',?4,?5,?6,?7,?8,?9)",
    )?;
    let mut rule = |name: &str,
                    (metric, period): (&str, &str),
                    step: (Option<i64>, Option<i64>),
                    yuan: i64,
                    what: &str| {
        let kind = if step.1.is_some() {
            "rank"
        } else {
            "threshold"
        };
        let text = format!("¥{yuan} {what}");
        insert.execute(params![
            name,
            metric,
            period,
            kind,
            step.0,
            step.1,
            yuan * 100,
            text,
            from
        ])
    };
    let sales = ("net_gmv_refund", "month");
    for (tenth, yuan) in [(3, 200), (5, 500), (8, 1_200), (9, 3_000)] {
        let step = rounded(quantile(tenth).unwrap_or(1_000_000));
        rule(
            &format!("月净销满{}元", step / 100),
            sales,
            (Some(step), None),
            yuan,
            "奖金",
        )?;
    }
    for (adds, yuan) in [(3, 10), (6, 30), (10, 80)] {
        rule(
            &format!("日加粉{adds}人"),
            ("adds", "day"),
            (Some(adds), None),
            yuan,
            "红包",
        )?;
    }
    rule("月榜前三", sales, (None, Some(3)), 1_000, "奖金与锦旗")?;
    Ok(())
}

/// Boards as they stood at yesterday's close.
pub(super) fn write_snapshots(
    conn: &Connection,
    calendar: &Calendar,
    org: &Org,
    pool: &Pool,
    sold: &[Sold],
) -> rusqlite::Result<()> {
    let taken = calendar.start(0) - 1;
    let mut insert = conn.prepare(
        "INSERT INTO leaderboard_snapshot (board, period_kind, period_start, taken_at, subject_id, value, rank)
         VALUES (?1,?2,?3,?4,?5,?6,?7)",
    )?;
    for (kind, first) in [
        ("month", calendar.month_start()),
        ("week", calendar.week_start()),
    ] {
        if first == calendar.today {
            continue;
        }
        let start = calendar.start_of(first);
        let mut adds = vec![0_i64; org.staff.len()];
        for e in pool
            .events
            .iter()
            .filter(|e| e.kind == "add" && e.at >= start && e.at <= taken)
        {
            if let Some(n) = adds.get_mut(usize::from(e.staff)) {
                *n += 1;
            }
        }
        let closes = sold.iter().map(|s| {
            if kind == "month" {
                s.month_close
            } else {
                s.week_close
            }
        });
        let boards = [
            ("adds", adds.clone()),
            ("net_gmv_refund", closes.collect::<Vec<_>>()),
        ];
        for (board, values) in boards {
            let mut rows: Vec<(i64, u16)> = org
                .sellers
                .iter()
                .map(|g| (values.get(usize::from(*g)).copied().unwrap_or(0), *g))
                .collect();
            rows.sort_by_key(|(value, guide)| (std::cmp::Reverse(*value), *guide));
            let mut rank = 0;
            let mut last = None;
            for (place, (value, guide)) in (1_i64..).zip(rows) {
                if last != Some(value) {
                    (rank, last) = (place, Some(value));
                }
                insert.execute(params![
                    board,
                    kind,
                    calendar.text(first),
                    taken,
                    org.userid(guide),
                    value,
                    rank
                ])?;
            }
        }
    }
    Ok(())
}

/// `staff_day`: chats, replies, and the adds and losses that the events say.
pub(super) fn write_staff_days(
    conn: &Connection,
    calendar: &Calendar,
    org: &Org,
    pool: &Pool,
    rng: &mut Rng,
) -> rusqlite::Result<()> {
    let mut counts = vec![[0_u32; 2]; org.staff.len() * (DAYS + 1)];
    for e in &pool.events {
        let ago = usize::try_from(calendar.days_ago(e.at)).unwrap_or(usize::MAX);
        let kind = match e.kind {
            "add" => 0,
            "del_by_customer" => 1,
            _ => continue,
        };
        if ago <= DAYS
            && let Some(n) = counts
                .get_mut(usize::from(e.staff) * (DAYS + 1) + ago)
                .and_then(|c| c.get_mut(kind))
        {
            *n += 1;
        }
    }
    let mut insert = conn.prepare(
        "INSERT INTO staff_day (userid, biz_date, chat_cnt, message_cnt, reply_percentage, avg_reply_time,
           negative_feedback_cnt, new_apply_cnt, new_contact_cnt, fetched_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
    )?;
    for guide in &org.sellers {
        let Some(staff) = org.at(*guide) else {
            continue;
        };
        let busy = rng.between(4, 40);
        for ago in (1..=DAYS).rev() {
            let back = i32::try_from(ago).unwrap_or(0);
            if staff
                .left_at
                .is_some_and(|left| left < calendar.start(back))
            {
                continue;
            }
            let [adds, lost] = counts
                .get(usize::from(*guide) * (DAYS + 1) + ago)
                .copied()
                .unwrap_or_default();
            let chats = if rng.chance(700) {
                0
            } else {
                rng.between(busy / 3, busy)
            };
            let reply = (chats > 0).then(|| rng.between(5_500, 10_000) as f64 / 100.0);
            let minutes = (chats > 0).then(|| rng.between(10, 450) as f64 / 10.0);
            insert.execute(params![
                staff.userid,
                calendar.text(calendar.today.plus(-back)),
                chats,
                chats * rng.between(3, 9),
                reply,
                minutes,
                lost,
                i64::from(adds) + rng.between(0, 3),
                adds,
                calendar.start(back - 1) + 9 * 3_600
            ])?;
        }
    }
    Ok(())
}

//! What the leaderboard is read with: targets, reward steps, yesterday's boards, statistics per guide and day.

use rusqlite::{Connection, params};

use super::calendar::Calendar;
use super::orders::Sold;
use super::org::Org;
use super::pool::Pool;
use super::rng::Rng;

/// Days of statistics per guide, yesterday included (WeCom's come a day later).
const DAYS: usize = 90;

/// Calendar, first and last day as text, and how much of thirty days it is in tenths.
type Span<'a> = (&'static str, &'a str, &'a str, i64);

/// Month, week and day targets for those who sell; nine in ten have one.
pub(super) fn write_targets(
    conn: &Connection,
    calendar: &Calendar,
    org: &Org,
    sold: &[Sold],
    rng: &mut Rng,
) -> rusqlite::Result<()> {
    let (month, end) = (
        calendar.text(calendar.month_start()),
        calendar.text(calendar.month_end()),
    );
    let (monday, sunday) = (
        calendar.text(calendar.week_start()),
        calendar.text(calendar.week_start().plus(6)),
    );
    let today = calendar.text(calendar.today);
    let spans: [Span<'_>; 3] = [
        ("month", month, end, 300),
        ("week", monday, sunday, 70),
        ("day", today, today, 10),
    ];
    let mut insert = conn.prepare(
        "INSERT INTO kpi_target (metric_code, subject_kind, subject_id, period_kind, period_start, period_end, floor_value,
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
        let ease = rng.pick(&[35, 70, 85, 95, 105, 120, 150]);
        for (kind, from, to, share) in spans {
            let fen = rounded(sold.thirty.max(20_000) * share / 300 * ease / 100);
            if kind == "month" {
                whole += fen;
            }
            let floor = (i % 4 == 0).then_some(fen * 6 / 10);
            insert.execute(params![
                "net_gmv_refund",
                "staff",
                staff.userid,
                kind,
                from,
                to,
                floor,
                fen,
                fen * 12 / 10
            ])?;
            if kind != "week" && i % 2 == 0 {
                let adds = if kind == "day" { 3 } else { 60 };
                insert.execute(params![
                    "adds",
                    "staff",
                    staff.userid,
                    kind,
                    from,
                    to,
                    None::<i64>,
                    adds,
                    None::<i64>
                ])?;
            }
        }
    }
    let none = None::<i64>;
    insert.execute(params![
        "net_gmv_refund",
        "workspace",
        "",
        "month",
        month,
        end,
        none,
        rounded(whole),
        none
    ])?;
    insert.execute(params![
        "gmv",
        "workspace",
        "",
        "month",
        month,
        end,
        none,
        rounded(whole * 104 / 100),
        none
    ])?;
    insert.execute(params![
        "gmv",
        "workspace",
        "",
        "day",
        today,
        today,
        none,
        rounded(whole / 29),
        none
    ])?;
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
    let mut months: Vec<i64> = sold
        .iter()
        .map(|s| s.thirty)
        .filter(|fen| *fen > 0)
        .collect();
    months.sort_unstable();
    let quantile = |tenth: usize| {
        months
            .get(months.len() * tenth / 10)
            .copied()
            .unwrap_or(1_000_000)
    };
    let mut insert = conn.prepare(
        "INSERT INTO incentive_rule (rule_id, name, metric_code, period_kind, scope, kind, threshold, rank_max, reward_fen,
           reward_text, valid_from) VALUES (?1,?2,?3,?4,'staff',?5,?6,?7,?8,?9,?10)",
    )?;
    let from = calendar.text(calendar.today.plus(-300));
    let steps = [(3, 20_000), (5, 50_000), (8, 120_000), (9, 300_000)];
    let mut id = 0;
    for (tenth, reward) in steps {
        id += 1;
        let at = rounded(quantile(tenth));
        let text = format!("¥{} 奖金", reward / 100);
        insert.execute(params![
            id,
            format!("月净销第{id}档"),
            "net_gmv_refund",
            "month",
            "threshold",
            at,
            None::<i64>,
            reward,
            text,
            from
        ])?;
    }
    for (adds, reward) in [(3, 1_000), (6, 3_000), (10, 8_000)] {
        id += 1;
        let text = format!("¥{} 红包", reward / 100);
        insert.execute(params![
            id,
            format!("日加粉{adds}人"),
            "adds",
            "day",
            "threshold",
            adds,
            None::<i64>,
            reward,
            text,
            from
        ])?;
    }
    insert.execute(params![
        id + 1,
        "月榜前三",
        "net_gmv_refund",
        "month",
        "rank",
        None::<i64>,
        3,
        100_000,
        "¥1000 奖金与锦旗",
        from
    ])?;
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

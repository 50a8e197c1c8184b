//! A report as one JSON document: figures in yuan, rates with numerator and denominator.

use serde_json::{Value, json};

use crate::domain::Figure;
use crate::domain::group_health::GroupWeek;
use crate::domain::kpi::Course;
use crate::engine::groups::{Trouble, band_code, flag_code, troubled};

use super::super::cell::Cell;
use super::super::goal;
use super::super::head::Head;
use super::super::held::{achievement, band_word, in_yuan};
use super::super::how::How;
use super::super::kpi::split_json;
use super::super::late;
use super::Report;
use super::figures::{Block, goes_on, so_far};

/// The whole document.
pub fn document(report: &Report, how: How) -> Value {
    let head = Head {
        kind: "report",
        stamp: Some(&report.stamp),
        facts: vec![
            ("report", json!(report.meeting.code())),
            ("date", json!(report.day.to_string())),
            ("tasks_as_of", json!(how.iso(report.now.unix))),
            ("result", block(&report.block, how)),
            (
                "month",
                report.month.as_ref().map_or(Value::Null, |b| block(b, how)),
            ),
            ("campaign", campaign(report, how)),
            ("board", board(report, how)),
            ("groups", groups(report, how)),
            (
                "lost",
                report
                    .lost
                    .iter()
                    .map(|(name, n)| json!({ "name": name.as_str(), "lost": n }))
                    .collect(),
            ),
            ("tasks", tasks(report)),
            ("sources", late::json(&report.sources, how)),
        ],
        ..Head::default()
    };
    Value::Object(head.json(how))
}

fn block(block: &Block, how: How) -> Value {
    let lines = block.lines.iter().map(|line| {
        let goal = line.goal.as_ref().map(|goal| goal::json(goal, how));
        json!({
            "code": line.metric.code,
            "value": Cell::from(line.now).json(how),
            "before": Cell::from(line.before).json(how),
            "target": goal,
        })
    });
    json!({
        "from": block.period.from.to_string(),
        "to": block.period.to.to_string(),
        "partial": block.partial,
        "before": {
            "from": block.before.from.to_string(),
            "to": block.before.to.to_string(),
            "same_time": block.same_time,
        },
        "figures": lines.collect::<Vec<_>>(),
    })
}

fn campaign(report: &Report, how: How) -> Value {
    let Some((head, page)) = report.campaign() else {
        return Value::Null;
    };
    let node = page.tree.iter().find(|n| n.code == "gmv");
    let (actual, target) = node.map_or((Figure::NoValue, Figure::NoValue), |n| {
        (n.held.actual, n.held.target)
    });
    json!({
        "id": head.id.0,
        "name": head.name.as_str(),
        "from": head.days.from.to_string(),
        "to": head.days.to.to_string(),
        "gmv": Cell::from(actual).json(how),
        "target": Cell::from(target).json(how),
        "achievement": achievement(node.and_then(|n| n.held.achievement), actual, target).json(how),
        "band": node.and_then(|n| n.held.band).map(band_word),
        "course": node.and_then(|n| n.held.course).map(Course::code),
        "pace": node.and_then(|n| n.held.pace),
        "pacing": goal::pacing(page.expected),
        "split": split_json(page),
        "targets_off_yuan": page.caveats.between.map(|fen| fen / 100.0),
        "uncredited": page.caveats.uncredited,
    })
}

fn board(report: &Report, how: How) -> Value {
    let page = &report.board;
    let (most, _) = report.meeting.most();
    let ranked = page.rows.iter().filter(|row| row.rank.is_some());
    let rows: Vec<Value> = ranked
        .take(most)
        .map(|row| {
            json!({
                "rank": row.rank,
                "userid": Cell::id(row.id.as_str()).json(how),
                "name": row.name.as_str(),
                "value": Cell::from(in_yuan(row.value)).json(how),
                "achievement": achievement(row.achievement, row.value, row.target).json(how),
                "band": row.band.map(band_word),
                "course": row.course.map(Course::code),
            })
        })
        .collect();
    json!({
        "metric": crate::engine::board::code(page.metric),
        "from": page.stamp.period.from.to_string(),
        "to": page.stamp.period.to.to_string(),
        "until": so_far(page.stamp.period, report.at).0.to.to_string(),
        "partial": goes_on(page.stamp.period, report.at),
        "total": Cell::from(in_yuan(page.total)).json(how),
        "uncredited": Cell::from(page.uncredited).json(how),
        "rows": rows,
    })
}

fn groups(report: &Report, how: How) -> Value {
    let troubled = troubled(report.groups.rows.iter());
    let trouble = Trouble::of(report.groups.rows.iter());
    let (_, most) = report.meeting.most();
    let rows: Vec<Value> = troubled
        .iter()
        .take(most)
        .map(|row| {
            json!({
                "chat_id": Cell::id(row.id.as_str()).json(how),
                "name": row.name.as_str(),
                "health": row.score,
                "structure": row.structure,
                "measured_to": row.measured_to.map(|day| day.to_string()),
                "band": band_code(row.band),
                "flags": row.flags.iter().map(|flag| flag_code(*flag)).collect::<Vec<_>>(),
                "owner": row.owner.1.as_str(),
            })
        })
        .collect();
    let days = GroupWeek::days(report.at.open_day());
    json!({
        "from": days.from.to_string(),
        "to": days.to.to_string(),
        "listed": report.groups.rows.len(),
        "in_trouble": trouble.all(),
        "bad": trouble.bad,
        "watched": trouble.watched,
        "flagged": trouble.flagged,
        "unmeasured": trouble.unmeasured,
        "hits": Cell::from(report.hits).json(how),
        "rows": rows,
    })
}

fn tasks(report: &Report) -> Value {
    let Some(people) = &report.tasks else {
        return Value::Null;
    };
    people
        .iter()
        .map(|p| {
            json!({
                "name": p.name.as_str(), "due": p.tasks.due, "done": p.tasks.done, "late": p.tasks.late,
                "left": p.tasks.left, "overdue": p.tasks.overdue,
            })
        })
        .collect()
}

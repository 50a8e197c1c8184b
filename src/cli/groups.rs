//! `caopan groups`: group health, worst first, with the thresholds it was judged by.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::cell::Cell;
use super::list::count;
use super::table::{Column, Head, Holds, How, Sheet};
use crate::domain::metric;
use crate::domain::{Figure, SafeText};
use crate::engine::answer::{GroupRow, GroupsPage, HealthBand, HealthFlag, HealthPart};

/// Writes the group pane: one row a group.
pub fn print_groups(page: &GroupsPage, how: How, out: &mut impl Write) -> io::Result<()> {
    let head = Head {
        kind: "groups",
        stamp: Some(&page.stamp),
        lines: Vec::new(),
        facts: vec![
            ("pool", json!(page.pool)),
            ("members", json!(page.members)),
            ("thresholds", json!(if page.fleet { "fleet" } else { "default" })),
        ],
    };
    let mut sheet = Sheet::begin(out, how, &head, columns())?;
    sheet.rows(&page.rows)?;
    sheet.end(&foot(page, &how))
}

fn columns() -> Vec<Column<GroupRow>> {
    type C = Column<GroupRow>;
    vec![
        C::hidden("chat_id", |r, _| Cell::id(r.id.as_str())),
        C::text("name", "群名", "group", |r, _| Cell::text(&r.name)),
        C::number("health", "健康分", "health", |r, _| Cell::or(r.score, Cell::NoValue, |s| Cell::Number(s, 1))),
        C::number("structure", "结构分", "structure", |r, _| Cell::or(r.structure, Cell::NoValue, |s| Cell::Number(s, 1))),
        C::number("coverage", "测得权重", "coverage", |r, _| Cell::Number(r.coverage, 0)),
        C::text("band", "状态", "band", |r, how| band(r.band, how)),
        C::text("flags", "标记", "flags", flags),
        C::number("members", "成员", "members", |r, _| measured(r.members)),
        C::number("capacity", "上限", "capacity", |r, _| Cell::Count(r.capacity.into())),
        C::number("joined_7d", "7日进", "joined 7d", |r, _| measured(r.joined)),
        C::number("left_7d", "7日退", "left 7d", |r, _| measured(r.left)),
        C::rate("speakers_daily", "日均发言人数", "speakers/day", |r, _| Cell::from(r.speakers)),
        C::text("owner_name", "群主", "owner", |r, _| Cell::text(&r.owner.1)),
        C::hidden("owner_userid", |r, _| Cell::id(r.owner.0.as_str())),
        C::text("measured_to", "数据到", "data to", |r, _| Cell::or(r.measured_to, Cell::NotMeasured, Cell::Day)),
        C::hidden("trend_14d", |r, _| Cell::Nested(json!(r.trend))).holding(Holds::Nested),
        C::hidden("parts", |r, _| Cell::Nested(r.parts.iter().map(part).collect())).holding(Holds::Nested),
    ]
}

fn measured(value: Option<u32>) -> Cell {
    Cell::or(value, Cell::NotMeasured, |n| Cell::Count(n.into()))
}

fn part(part: &HealthPart) -> Value {
    json!({
        "code": part.code,
        "weight": part.weight,
        "measured": Cell::from(part.measured).json(&How::default()),
        "score": part.score,
        "floor": part.bounds.0,
        "target": part.bounds.1,
    })
}

/// The band's stable code and its words.
pub fn band(band: HealthBand, how: &How) -> Cell {
    let (code, zh, en) = match band {
        HealthBand::Critical => ("critical", "严重", "critical"),
        HealthBand::Silent => ("silent", "沉默", "silent"),
        HealthBand::AtRisk => ("at_risk", "风险", "at risk"),
        HealthBand::Watch => ("watch", "关注", "watch"),
        HealthBand::Healthy => ("healthy", "健康", "healthy"),
        HealthBand::StructureOnly => ("structure_only", "结构分", "structure only"),
        HealthBand::New => ("new", "新群", "new"),
    };
    Cell::Code(code, how.word(zh, en).to_owned())
}

fn flags(row: &GroupRow, how: &How) -> Cell {
    let words = row.flags.iter().map(|flag| {
        let (code, zh, en) = match flag {
            HealthFlag::Silent => ("silent", "沉默", "silent"),
            HealthFlag::Exits => ("exits", "退群多", "exits"),
            HealthFlag::OwnerLeft => ("ownerless", "群主离职", "owner left"),
            HealthFlag::Full => ("full", "满员", "full"),
            HealthFlag::FewVoices => ("few_voices", "少数人发言", "few voices"),
            HealthFlag::Flash => ("flash", "快闪", "flash"),
        };
        let shown = if how.format == super::table::Format::Table {
            how.word(zh, en)
        } else {
            code
        };
        SafeText::new(shown)
    });
    Cell::List(words.collect())
}

/// Thresholds of the parts, as the first group that has them was judged, and the sums.
fn foot(page: &GroupsPage, how: &How) -> Vec<String> {
    let style = how.style();
    let mut lines = vec![format!(
        "{} {} / {} {} | {} {}",
        how.word("列出", "listed"),
        style.count(count(page.rows.len() as u64)),
        style.count(count(page.pool)),
        how.word("群", "groups"),
        how.word("外部成员(账号数, 非去重人数)", "external members (accounts, not distinct people)"),
        style.count(count(page.members)),
    )];
    lines.push(
        if page.fleet {
            how.word(
                "阈值: 本工作区 P10 → P75 (下限 → 目标, 权重)",
                "thresholds: this workspace's P10 → P75 (floor → target, weight)",
            )
        } else {
            how.word(
                "阈值: 默认 (下限 → 目标, 权重)",
                "thresholds: defaults (floor → target, weight)",
            )
        }
        .to_owned(),
    );
    let judged = page.rows.iter().find(|row| !row.parts.is_empty());
    for part in judged.map(|row| row.parts.as_slice()).unwrap_or_default() {
        let name = metric::find(part.code).map_or(part.code, |m| m.name(how.lang));
        let bound = |x: f64| bound(part, x, how);
        lines.push(format!(
            "  {name}: {} → {}, {}",
            bound(part.bounds.0),
            bound(part.bounds.1),
            style.number(part.weight, 0),
        ));
    }
    lines
}

/// A threshold in the unit of what it judges.
fn bound(part: &HealthPart, x: f64, how: &How) -> String {
    let percent = match part.measured {
        Figure::Rate(_) => true,
        Figure::Count(_) | Figure::Money(_) | Figure::Number(_) => false,
        Figure::NoValue | Figure::NotMeasured => {
            metric::find(part.code).is_some_and(|m| m.unit == metric::Unit::Percent)
        }
    };
    if percent {
        how.style().percent_of(x)
    } else {
        how.style().number(x, 1)
    }
}

//! `caopan groups`: group health, worst first, with the thresholds it was judged by.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::cell::Cell;
use super::cell::count;
use super::how::How;
use super::options::OutputFormat;
use super::rows::first;
use super::table::{Column, Head, Holds, Printed, Sheet};
use crate::config::words::Words;
use crate::domain::Lang;
use crate::domain::group_health::GroupWeek;
use crate::domain::metric;
use crate::domain::period::Period;
use crate::domain::{AsOf, Figure, SafeText};
use crate::engine::answer::{GroupRow, GroupsPage, HealthBand, HealthFlag, HealthPart};
use crate::engine::groups::{Trouble, band_code, is_unmeasured, lacking};

/// Writes the group pane: one row a group.
pub fn print_groups(
    page: &GroupsPage,
    limit: Option<u64>,
    how: How,
    out: &mut impl Write,
) -> io::Result<Printed> {
    let rows = first(&page.rows, limit);
    let head = Head {
        kind: "groups",
        stamp: Some(&page.stamp),
        lines: days(page, how).into_iter().collect(),
        facts: vec![
            ("pool", json!(page.pool)),
            ("members", json!(page.members)),
            (
                "thresholds",
                json!(if page.fleet { "fleet" } else { "default" }),
            ),
        ],
    };
    let mut sheet = Sheet::begin(out, how, &head, columns())?;
    sheet.rows(rows)?;
    sheet.end(&foot(page, rows.len(), how))
}

/// The days the figures are of, whatever the period, and the last of them that was measured of any group.
fn days(page: &GroupsPage, how: How) -> Option<String> {
    let newest = page.rows.iter().filter_map(|row| row.measured_to).max()?;
    let now = AsOf {
        unix: page.stamp.as_of,
        zone: how.zone,
    };
    let Period { from, to } = GroupWeek::days(now.open_day());
    Some(match how.lang {
        Lang::Zh => {
            format!(
                "群的数字为 {from}..{to} (前 7 个整日; 成交为到 {to} 的 30 个整日), 数据到 {newest}, 不随期间"
            )
        }
        Lang::En => format!(
            "figures of groups are of {from}..{to} (the 7 whole days before; buyers of the 30 to {to}), data to {newest}, whatever the period"
        ),
    })
}

fn columns() -> Vec<Column<GroupRow>> {
    type C = Column<GroupRow>;
    vec![
        C::hidden("chat_id", |r, _| Cell::id(r.id.as_str())).titled("群ID", "chat id"),
        C::hidden("created_at", |r, _| Cell::Instant(r.created_at))
            .titled("创建时间", "created at"),
        C::text("name", "群名", "group name", |r, _| Cell::text(&r.name)),
        C::number("health", "健康分", "health", |r, _| {
            Cell::or(r.score, Cell::NoValue, Cell::Score)
        }),
        C::number("structure", "结构分", "structure", |r, _| {
            Cell::or(r.structure, Cell::NoValue, Cell::Score)
        }),
        C::number("coverage", "测得权重", "coverage", |r, _| {
            Cell::Number(r.coverage, 0)
        }),
        C::text("band", "状态", "band", band),
        C::text("flags", "标记", "flags", flags),
        C::number("members", "成员", "members", |r, _| measured(r.members)),
        C::number("capacity", "上限", "capacity", |r, _| {
            Cell::Count(r.capacity.into())
        }),
        C::number("joined_7d", "7日进", "joined 7d", |r, _| {
            measured(r.joined)
        }),
        C::number("left_7d", "7日退", "left 7d", |r, _| measured(r.left)),
        C::rate(
            "speakers_daily",
            "日均发言人数",
            "speakers/day",
            |r, _| Cell::from(r.speakers),
        ),
        C::text("owner_name", "群主", "owner", |r, _| {
            Cell::text(&r.owner.1)
        }),
        C::hidden("owner_userid", |r, _| Cell::id(r.owner.0.as_str()))
            .titled("群主账号", "owner userid"),
        C::text("measured_to", "数据到", "data to", |r, _| {
            Cell::or(r.measured_to, Cell::NotMeasured, Cell::Day)
        }),
        C::hidden("trend_14d", |r, _| Cell::Nested(json!(r.trend))).holding(Holds::Nested),
        C::hidden("parts", |r, how| {
            Cell::Nested(r.parts.iter().map(|p| part(p, how)).collect())
        })
        .holding(Holds::Nested),
    ]
}

fn measured(value: Option<u32>) -> Cell {
    Cell::or(value, Cell::NotMeasured, |n| Cell::Count(n.into()))
}

fn part(part: &HealthPart, how: How) -> Value {
    json!({
        "code": part.code,
        "weight": part.weight,
        "measured": Cell::from(part.measured).json(how),
        "score": part.score,
        "floor": part.bounds.0,
        "target": part.bounds.1,
    })
}

/// The band's stable code and its words; where there is nothing to put one on, that in words.
pub fn band(row: &GroupRow, how: How) -> Cell {
    let words = Words::new(how.lang);
    let word = if is_unmeasured(row) {
        words.say("band.no_data")
    } else {
        match row.band {
            HealthBand::Critical => words.say("band.critical"),
            HealthBand::Silent => words.say("band.silent"),
            HealthBand::AtRisk => words.say("band.at_risk"),
            HealthBand::Watch => words.say("band.watch"),
            HealthBand::Healthy => words.say("band.healthy"),
            HealthBand::StructureOnly => words.say("band.structure"),
            HealthBand::New => words.say("band.new"),
        }
    };
    Cell::Code(band_code(row.band), word.to_owned())
}

pub(super) fn flags(row: &GroupRow, how: How) -> Cell {
    let words = row.flags.iter().map(|flag| {
        let (code, zh, en) = match flag {
            HealthFlag::Silent => ("silent", "沉默", "silent"),
            HealthFlag::Exits => ("exits", "退群多", "exits"),
            HealthFlag::OwnerLeft => ("ownerless", "群主离职", "owner left"),
            HealthFlag::Full => ("full", "满员", "full"),
            HealthFlag::FewVoices => ("few_voices", "少数人发言", "few voices"),
            HealthFlag::Flash => ("flash", "快闪", "flash"),
            HealthFlag::Stale => ("stale", "数据旧", "stale data"),
        };
        let shown = if how.is_for_people() || how.format == OutputFormat::Xlsx {
            how.word(zh, en)
        } else {
            code
        };
        SafeText::new(shown)
    });
    Cell::List(words.collect())
}

/// How many need somebody, and how badly.
fn in_trouble(page: &GroupsPage, how: How) -> String {
    let trouble = Trouble::of(page.rows.iter());
    let style = how.style();
    let (n, all) = (
        style.count(count(trouble.all() as u64)),
        style.count(count(page.rows.len() as u64)),
    );
    let words = Words::new(how.lang);
    let line = words.fill("projector.trouble", &[("n", &n), ("all", &all)]);
    format!("{line}: {}", counted(trouble, &words))
}

/// `!! 7, ! 19, 标记 2`
pub(super) fn counted(trouble: Trouble, words: &Words) -> String {
    let flagged = trouble.flagged.to_string();
    let flagged = words.fill("groups.flagged", &[("n", &flagged)]);
    let mut line = format!("!! {}, ! {}, {flagged}", trouble.bad, trouble.watched);
    if trouble.unmeasured > 0 {
        let n = trouble.unmeasured.to_string();
        line.push_str(", ");
        line.push_str(&words.fill("groups.unmeasured", &[("n", &n)]));
    }
    line
}

/// Thresholds of the parts, as the first group that has them was judged, and the sums.
fn foot(page: &GroupsPage, listed: usize, how: How) -> Vec<String> {
    let style = how.style();
    let mut lines = vec![
        in_trouble(page, how),
        format!(
            "{} {} / {} {} | {} {}",
            how.word("列出", "listed"),
            style.count(count(listed as u64)),
            style.count(count(page.pool)),
            how.word("群", "groups"),
            how.word(
                "外部成员(账号数, 非去重人数)",
                "external members (accounts, not distinct people)"
            ),
            style.count(count(page.members)),
        ),
    ];
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
    lines.extend(missing(page, how));
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

/// Which columns of `group-days` the groups without a score lack, and how many groups each; nothing where all have theirs.
fn missing(page: &GroupsPage, how: How) -> Option<String> {
    let mut found: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for lack in page.rows.iter().flat_map(lacking) {
        *found.entry(lack).or_default() += 1;
    }
    let parts: Vec<String> = found
        .iter()
        .map(|((code, columns), n)| {
            let name = metric::find(code).map_or(*code, |metric| metric.name(how.lang));
            let (n, groups) = (how.style().count(*n), how.word("个群", "groups"));
            format!("{name} ({columns}): {n} {groups}")
        })
        .collect();
    let what = parts.join("; ");
    (!parts.is_empty()).then(|| Words::new(how.lang).fill("groups.missing", &[("what", &what)]))
}

/// A threshold in the unit of what it judges.
fn bound(part: &HealthPart, x: f64, how: How) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::testing::{how, printed, stamp};
    use crate::domain::{ChatId, Day, Lang, StaffId};

    fn page() -> GroupsPage {
        let row = GroupRow {
            id: ChatId::from("wr1"),
            name: SafeText::new("福利群"),
            owner: (StaffId::from("hemin"), SafeText::new("何敏")),
            members: Some(180),
            capacity: 500,
            created_at: 1_773_000_000,
            joined: Some(3),
            left: None,
            speakers: Figure::NotMeasured,
            trend: vec![None, Some(4)],
            score: None,
            structure: Some(62.25),
            coverage: 35.0,
            band: HealthBand::StructureOnly,
            flags: vec![HealthFlag::OwnerLeft, HealthFlag::Full],
            parts: vec![HealthPart {
                code: "group_exit_rate",
                weight: 10.0,
                measured: Figure::Rate(crate::domain::Rate {
                    num: 2.0,
                    den: 180.0,
                }),
                cases: None,
                score: Some(0.5),
                bounds: (0.05, 0.01),
            }],
            measured_to: Day::parse("2026-03-17"),
        };
        GroupsPage {
            stamp: stamp(),
            pool: 128,
            members: 180,
            rows: vec![row].into(),
            fleet: false,
        }
    }

    #[test]
    fn what_nobody_measured_is_neither_zero_nor_no_value() {
        let table =
            printed(|out| print_groups(&page(), None, how(OutputFormat::Table, Lang::Zh), out));
        let row = table.lines().nth(3).unwrap();
        // Health has no value (-), leavers and speakers were not measured (.).
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(
            cells,
            [
                "福利群",
                "-",
                "62.2",
                "35",
                "结构分",
                "群主离职",
                "满员",
                "180",
                "500",
                "3",
                ".",
                ".",
                "何敏",
                "2026-03-17"
            ]
        );
        let json =
            printed(|out| print_groups(&page(), None, how(OutputFormat::Jsonl, Lang::Zh), out));
        let row: Value = serde_json::from_str(&json).unwrap();
        let note = |key: &str| {
            row.get(key)
                .and_then(|v| v.get("note"))
                .and_then(|n| n.as_str())
        };
        assert_eq!(
            (note("health"), note("left_7d")),
            (Some("no_value"), Some("not_measured"))
        );
        assert_eq!(row.get("flags"), Some(&json!(["ownerless", "full"])));
        assert_eq!(row.get("trend_14d"), Some(&json!([null, 4])));
    }

    #[test]
    fn what_the_scores_lack_is_named_once_with_the_groups_that_lack_it() {
        let mut page = page();
        let mut row = page.rows.first().unwrap().clone();
        let part = row.parts.first().unwrap().clone();
        row.parts = vec![HealthPart {
            code: "group_speakers_daily",
            measured: Figure::NotMeasured,
            score: None,
            ..part
        }];
        page.rows = vec![row.clone(), row].into();
        let said =
            |lang| printed(|out| print_groups(&page, None, how(OutputFormat::Table, lang), out));
        let zh = "group-days 里缺: 日均发言率 (speakers_ext, ext_total): 2 个群\n";
        assert!(said(Lang::Zh).contains(zh), "{}", said(Lang::Zh));
        assert!(said(Lang::En).contains("(speakers_ext, ext_total): 2 groups\n"));
    }

    #[test]
    fn thresholds_and_weights_are_printed() {
        let table =
            printed(|out| print_groups(&page(), None, how(OutputFormat::Table, Lang::En), out));
        assert!(table.contains("thresholds: defaults"), "{table}");
        assert!(table.contains(": 5.0% → 1.0%, 10\n"), "{table}");
    }
}

//! `caopan kpi`: the campaign's KPI tree, the exact split of its gap, and the funnel.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::cell::Cell;
use super::cell::count;
use super::goal;
use super::held::{achievement, band_cell, course_cell, gmv_line, in_yuan, pace, target_line};
use super::how::How;
use super::late::{json as late_json, late_line};
use super::table::{Column, Head, Printed, Sheet};
use crate::config::words::Words;
use crate::domain::kpi::tree::in_unit_of;
use crate::domain::{Fen, Figure, Lang, SafeText, metric, nearest};
use crate::engine::answer::{GmvKind, Goal, KpiNode, KpiPage, SourceAge};
use crate::ui::panes::kpi::caveats;

/// Writes the tree of the page's campaign, depth first; above it the targets of the whole scope and what is late.
pub fn print_kpi(
    page: &KpiPage,
    (goals, late): (&[Goal], &[SourceAge]),
    how: How,
    out: &mut impl Write,
) -> io::Result<Printed> {
    let campaign = page.opened();
    let mut lines: Vec<String> = late_line(late, page.stamp.as_of, how).into_iter().collect();
    lines.extend(goals.iter().map(|g| goal::line(g, how)));
    if let Some(c) = campaign {
        lines.push(format!(
            "{} {} | {}..{} | {} {}",
            how.word("活动", "campaign"),
            c.name,
            c.days.from,
            c.days.to,
            how.word("时间已过", "time passed"),
            how.style().percent_of(page.expected_share),
        ));
        lines.extend(expected_line(page, how));
    }
    lines.push(gmv_line(page.gmv, how));
    lines.extend(campaign.and_then(|c| target_line(c, page.gmv, how)));
    let head = Head {
        kind: "kpi",
        stamp: Some(&page.stamp),
        lines,
        facts: vec![
            (
                "campaign",
                json!(campaign.map(|c| json!({
                    "id": c.id.0, "name": c.name.as_str(), "status": c.status.as_str(),
                    "from": c.days.from.to_string(), "to": c.days.to.to_string(),
                }))),
            ),
            ("goals", goals.iter().map(|g| goal::json(g, how)).collect()),
            ("late_sources", late_json(late, how)),
            ("gmv_kind", json!(page.gmv.code())),
            ("expected_share", json!(page.expected_share)),
            ("pacing", goal::pacing(page.expected)),
            ("target_of", json!(campaign.and_then(|c| c.target_of).map(GmvKind::code))),
            ("split", split_json(page)),
            ("targets_off_yuan", json!(page.caveats.between.map(|fen| fen / 100.0))),
            ("uncredited", json!(page.caveats.uncredited)),
            ("funnel", page.funnel.iter().map(|(code, people, rate)| {
                json!({ "code": code, "people": people, "rate": Cell::Rate(*rate).json(how) })
            }).collect()),
            ("gmv_by_day_yuan", page.by_day.iter().map(|fen| json!(fen.0 as f64 / 100.0)).collect()),
        ],
    };
    let mut sheet = Sheet::begin(out, how, &head, columns())?;
    sheet.rows(&page.tree)?;
    sheet.end(&foot(page, how))
}

/// Which share of the GMV is to be expected by now, where earlier campaigns say so.
fn expected_line(page: &KpiPage, how: How) -> Option<String> {
    let expected = page.expected?;
    let by = Words::new(how.lang).pacing(expected.by)?;
    let share = how.style().percent_of(expected.share);
    let holes = [("share", share.as_str()), ("by", &by)];
    Some(Words::new(how.lang).fill("kpi.expected", &holes))
}

fn columns() -> Vec<Column<KpiNode>> {
    type C = Column<KpiNode>;
    vec![
        C::hidden("path", |n, _| Cell::id(&n.path)),
        C::hidden("code", |n, _| Cell::Code(n.code, String::new())),
        C::text("name", "指标", "metric", name),
        C::hidden("unit", |n, _| {
            Cell::Code(unit(n.held.actual, n.held.target), String::new())
        }),
        C::rate("actual", "实际", "actual", actual),
        C::rate("target", "目标", "target", |n, how| {
            goal::bare(n.code, n.held.target, how)
        }),
        C::rate("achievement", "达成", "achieved", |n, _| {
            achievement(n.held.achievement, n.held.actual, n.held.target)
        }),
        C::text("band", "状态", "band", |n, how| {
            band_cell((n.held.band, n.held.course), how)
        }),
        C::hidden("course", |n, _| course_cell(n.held.course)),
        C::number("pace", "进度", "pace", |n, how| pace(n.held.pace, how)),
        C::hidden("pacing", |n, _| {
            let by = n.held.expected.filter(|_| n.held.pace.is_some());
            Cell::or(by, Cell::Empty, |e| Cell::id(e.by.code()))
        }),
        C::rate("forecast", "预计", "forecast", |n, _| {
            Cell::from(n.held.forecast)
        }),
        C::number(
            "gap_share_yuan",
            "对差距(元)",
            "of gap(yuan)",
            |n, _| {
                Cell::or(n.contribution, Cell::Empty, |fen| {
                    Cell::Money(Fen(nearest(fen)))
                })
            },
        ),
        C::number("mismatch", "乘积偏差", "off by", |n, how| {
            share(n.mismatch, how)
        }),
        C::hidden("filter", |n, _| {
            Cell::or(n.drill.as_deref(), Cell::Empty, Cell::id)
        }),
    ]
}

/// The metric's name under its parent, indented in a table.
fn name(node: &KpiNode, how: How) -> Cell {
    let own = match &node.label {
        Some(label) => label.as_str(),
        None => metric::find(node.code).map_or(node.code, |m| m.name(how.lang)),
    };
    let indent = if how.is_for_people() {
        "  ".repeat(usize::from(node.depth))
    } else {
        String::new()
    };
    Cell::Text(SafeText::new(&format!("{indent}{own}")))
}

/// The figure; the attainment reads as every achievement does, rounded down.
fn actual(node: &KpiNode, how: How) -> Cell {
    match node.code {
        "attainment" if how.is_for_people() => Cell::Achievement(node.held.achievement, None, None),
        "attainment" => Cell::from(in_yuan(node.held.actual)),
        _ => Cell::from(node.held.actual),
    }
}

/// A plain share of something, shown as percent, written as a fraction.
fn share(value: Option<f64>, how: How) -> Cell {
    if how.is_for_people() {
        let text = value.map(|v| how.style().percent_of(v)).unwrap_or_default();
        return Cell::Code("", text);
    }
    Cell::or(value, Cell::Empty, |v| Cell::Number(v, 4))
}

/// Unit of a node's figures: of the actual, else of the target.
fn unit(actual: Figure, target: Figure) -> &'static str {
    let of = |figure| match figure {
        Figure::Count(_) => "count",
        Figure::Money(_) => "yuan",
        Figure::Rate(_) => "fraction",
        Figure::Number(_) => "number",
        Figure::NoValue | Figure::NotMeasured => "",
    };
    match of(actual) {
        "" => of(target),
        unit => unit,
    }
}

pub(super) fn split_json(page: &KpiPage) -> Value {
    page.split.as_ref().map_or(Value::Null, |split| {
        let parts: Vec<Value> = split
            .parts
            .iter()
            .map(|(code, fen)| json!({ "code": code, "yuan": fen / 100.0 }))
            .collect();
        json!({ "gap_yuan": split.gap / 100.0, "parts": parts, "sequential": split.sequential,
            "implied": split.implied.map(|(code, target)| json!({ "code": code, "target": in_unit_of(code, target).written() })) })
    })
}

/// The gap in one sentence, the funnel, and what does not multiply back.
fn foot(page: &KpiPage, how: How) -> Vec<String> {
    let style = how.style();
    let word = |code: &'static str| metric::find(code).map_or(code, |m| m.name(how.lang));
    let mut lines = Vec::new();
    if page.campaigns.is_empty() {
        let none = "还没有活动: caopan import campaigns 文件.csv, 再 targets 得到达成和归因";
        let en = "no campaigns yet: caopan import campaigns FILE.csv, then targets for achievement and causes";
        lines.push(how.word(none, en).to_owned());
    }
    if let Some(split) = page.split.as_ref().map(|split| split.in_whole(1.0)) {
        let parts: Vec<String> = split
            .parts
            .iter()
            .map(|(code, fen)| format!("{} {}", word(code), style.signed_money(Fen(nearest(*fen)))))
            .collect();
        let how_split = if split.sequential {
            how.word(
                " (逐项替换: 有因子为 0 或缺失)",
                " (replaced one by one: a factor is 0 or missing)",
            )
        } else {
            ""
        };
        lines.push(format!(
            "{} {} = {}{how_split}",
            how.word("差距(元)", "gap (yuan)"),
            style.signed_money(Fen(nearest(split.gap))),
            parts.join(", "),
        ));
    }
    let signed = |fen| style.signed_money(Fen(nearest(fen)));
    let caveats = caveats(&Words::new(how.lang), page, signed);
    lines.extend(caveats.iter().map(|said| format!("! {said}")));
    lines.extend(implied_line(page, how));
    lines.extend(page.itemised.and_then(|(items, known, orders)| {
        super::metrics::items_line((count(items), count(known), count(orders)), how)
    }));
    for node in page.tree.iter().filter(|n| n.mismatch.is_some()) {
        let off = node.mismatch.unwrap_or_default();
        let name = node
            .label
            .as_ref()
            .map_or_else(|| word(node.code), SafeText::as_str);
        let off = style.percent_of(off);
        let holes = [("name", name), ("off", &off)];
        lines.push(Words::new(how.lang).fill("kpi.mismatch", &holes));
    }
    if !page.funnel.is_empty() {
        lines.push(funnel(page, how));
    }
    lines
}

/// Which factor has no target of its own, and what the others leave for it.
fn implied_line(page: &KpiPage, how: How) -> Option<String> {
    let (code, target) = page.split.as_ref()?.implied?;
    let name = metric::find(code).map_or(code, |m| m.name(how.lang));
    let target = how.style().figure(in_unit_of(code, target));
    Some(match how.lang {
        Lang::Zh => format!("{name} 没有自己的目标, 由其余推出 {target}"),
        Lang::En => format!("{name} has no target of its own; the others imply {target}"),
    })
}

/// The people of each step, and the share of the step before.
fn funnel(page: &KpiPage, how: How) -> String {
    let style = how.style();
    let words = Words::new(how.lang);
    let steps: Vec<String> = page
        .funnel
        .iter()
        .map(|(code, people, rate)| {
            let word = words.named("step", code);
            let rate = rate.value().map(|_| format!(" ({})", style.percent(*rate)));
            format!(
                "{word} {}{}",
                style.count(count(*people)),
                rate.unwrap_or_default()
            )
        })
        .collect();
    format!("{} {}", how.word("漏斗", "funnel"), steps.join(" > "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::options::OutputFormat;
    use crate::cli::testing::{how, printed, stamp};
    use crate::domain::period::Period;
    use crate::domain::{CampaignId, Day, Rate};
    use crate::engine::answer::{CampaignHead, Caveats, Course, GapSplit, Held, KpiBand, KpiOp};

    fn node(path: &str, depth: u8, code: &'static str, actual: Figure, target: Figure) -> KpiNode {
        KpiNode {
            path: path.to_owned(),
            depth,
            code,
            label: None,
            op: KpiOp::Leaf,
            held: Held {
                actual,
                target,
                achievement: Some(0.9996),
                band: Some(KpiBand::Missed),
                course: Some(Course::Band(KpiBand::Missed)),
                pace: None,
                forecast: Figure::NoValue,
                expected: None,
            },
            contribution: None,
            mismatch: None,
            drill: None,
        }
    }

    fn head() -> CampaignHead {
        CampaignHead {
            id: CampaignId(7),
            name: SafeText::new("双11"),
            status: SafeText::new("running"),
            days: Period {
                from: Day::parse("2026-03-10").unwrap(),
                to: Day::parse("2026-03-20").unwrap(),
            },
            lasts: (1_773_072_000, 1_774_022_400),
            warmup_at: None,
            gmv: Fen(999_600),
            target: Some(Fen(1_000_000)),
            target_of: None,
            achievement: Some(0.9996),
            band: Some(KpiBand::Missed),
            course: Some(Course::Band(KpiBand::Missed)),
        }
    }

    fn page() -> KpiPage {
        let money = |yuan: i64| Figure::Money(Fen(yuan * 100));
        let mut conversion = node(
            "gmv/conversion",
            2,
            "conversion",
            Figure::Rate(Rate {
                num: 30.0,
                den: 1_000.0,
            }),
            Figure::Number(0.05),
        );
        conversion.contribution = Some(-3_017_600.0);
        KpiPage {
            stamp: stamp(),
            campaigns: vec![head()],
            campaign: Some(CampaignId(7)),
            gmv: GmvKind::Gross,
            tree: vec![
                node("gmv", 1, "gmv", money(9_996), money(10_000)),
                conversion,
            ],
            split: Some(GapSplit {
                gap: -2_748_000.0,
                parts: vec![
                    ("users", -1_884_300.0),
                    ("conversion", -3_017_600.0),
                    ("value_per_buyer", 2_153_900.0),
                ],
                sequential: false,
                implied: None,
            }),
            expected_share: 0.75,
            expected: None,
            by_day: vec![Fen(100)],
            caveats: Caveats::default(),
            itemised: None,
            funnel: vec![
                ("reached", 1_000, Rate::default()),
                (
                    "clicked",
                    400,
                    Rate {
                        num: 400.0,
                        den: 1_000.0,
                    },
                ),
            ],
        }
    }

    #[test]
    fn the_gap_is_split_in_one_sentence() {
        let text =
            printed(|out| print_kpi(&page(), (&[], &[]), how(OutputFormat::Table, Lang::Zh), out));
        let split = text.lines().find(|l| l.starts_with("差距")).unwrap();
        // −27,480 = −18,843 − 30,176 + 21,539.
        for part in ["-27,480.00 = ", "-18,843.00", "-30,176.00", "+21,539.00"] {
            assert!(split.replace('−', "-").contains(part), "{part} in {split}");
        }
        assert!(
            text.contains("活动 双11 | 2026-03-10..2026-03-20 | 时间已过 75.0%"),
            "{text}"
        );
    }

    #[test]
    fn steps_of_the_funnel_are_named_in_the_language() {
        let line = |lang| {
            let text =
                printed(|out| print_kpi(&page(), (&[], &[]), how(OutputFormat::Table, lang), out));
            text.lines().last().unwrap().to_owned()
        };
        assert_eq!(line(Lang::Zh), "漏斗 触达 1,000 > 点击 400 (40.0%)");
        assert_eq!(line(Lang::En), "funnel reached 1,000 > clicked 400 (40.0%)");
    }

    #[test]
    fn a_near_miss_is_not_rounded_to_all_of_it() {
        let text =
            printed(|out| print_kpi(&page(), (&[], &[]), how(OutputFormat::Table, Lang::Zh), out));
        assert!(text.contains("99.9%") && !text.contains("100.0%"), "{text}");
    }

    #[test]
    fn csv_says_the_unit_of_every_figure() {
        let text =
            printed(|out| print_kpi(&page(), (&[], &[]), how(OutputFormat::Csv, Lang::Zh), out));
        let mut lines = text.lines();
        assert!(
            lines
                .next()
                .unwrap()
                .starts_with("path,code,name,unit,actual,actual_num,actual_den,target,")
        );
        assert!(
            lines
                .next()
                .unwrap()
                .starts_with("gmv,gmv,支付GMV,yuan,9996.00,,,10000.00,")
        );
        assert!(
            lines
                .next()
                .unwrap()
                .contains(",fraction,0.03,30,1000,0.05,")
        );
    }

    #[test]
    fn campaigns_are_listed_with_target_and_band() {
        let text = printed(|out| {
            let answer = page();
            super::super::banded::print_campaigns(
                &answer,
                &answer.campaigns,
                how(OutputFormat::Csv, Lang::Zh),
                out,
            )
        });
        assert_eq!(
            text.lines().nth(1),
            Some(
                "7,双11,running,2026-03-10,2026-03-20,2026-03-10T00:00:00+08:00,2026-03-21T00:00:00+08:00,,9996.00,10000.00,0.9996,9996,10000,missed,missed"
            )
        );
    }
}

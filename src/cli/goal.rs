//! A target of a whole scope and how it stands, in words and for programs.

use serde_json::{Value, json};

use super::cell::Cell;
use super::held::{achievement, band_word, course_words};
use super::how::How;
use crate::config::words::Words;
use crate::domain::Figure;
use crate::domain::kpi::Course;
use crate::domain::kpi::curve::Expected;
use crate::domain::kpi::goal::Goal;
use crate::domain::metric::{Unit, find};

/// For programs: figures as everywhere, money in yuan.
pub(super) fn json(goal: &Goal, how: How) -> Value {
    let figure = |figure| cell(goal, figure).json(how);
    let aim = |figure| aim(goal, figure, how).json(how);
    json!({
        "metric": goal.metric.code,
        "actual": figure(goal.held.actual),
        "target": aim(goal.held.target),
        "gap": aim(goal.gap()),
        "achievement": achieved(goal).json(how),
        "band": goal.held.band.map(band_word),
        "course": goal.held.course.map(Course::code),
        "pace": goal.held.pace,
        "pacing": pacing(goal.held.expected),
        "forecast": figure(goal.held.forecast),
    })
}

/// By what a pace goes: the share to expect by now, and where earlier periods say so how many.
pub(super) fn pacing(expected: Option<Expected>) -> Value {
    expected.map_or(Value::Null, |expected| {
        json!({
            "by": expected.by.code(),
            "share": expected.share,
            "periods": expected.by.periods(),
        })
    })
}

/// `整体目标 支付GMV 4,500.00 / 6,000.00 (实际 / 目标) | 达成 75.0% 未达成 | 进度 86.8% (线性) | 差距 -1,500.00`
pub(super) fn line(goal: &Goal, how: How) -> String {
    let style = how.style();
    let figure = |figure| cell(goal, figure).shown(how);
    let aim = |figure| aim(goal, figure, how).shown(how);
    let mut parts = vec![format!(
        "{} {} {} / {}",
        how.word("整体目标 (实际 / 目标)", "overall target (actual / target)"),
        goal.metric.name(how.lang),
        figure(goal.held.actual),
        aim(goal.held.target),
    )];
    let course = course_words(goal.held.course, how);
    let done = style.achievement(goal.held.achievement);
    let done = format!("{} {done} {course}", how.word("达成", "achieved"));
    parts.push(done.trim_end().to_owned());
    if goal.held.pace.is_some() {
        let pace = style.achievement(goal.held.pace);
        parts.push(Words::new(how.lang).pace(&pace, goal.held.expected));
    }
    parts.push(Words::new(how.lang).gap(goal, &aim(goal.gap())));
    parts.join(" | ")
}

/// A figure of the goal's metric.
pub(super) fn cell(goal: &Goal, figure: Figure) -> Cell {
    in_unit(goal.metric.unit, figure)
}

fn in_unit(unit: Unit, figure: Figure) -> Cell {
    match (figure, unit) {
        (Figure::Number(n), Unit::Ratio) => Cell::Number(n, 2),
        (Figure::Rate(rate), Unit::Ratio) => Cell::Ratio(rate),
        (figure, _) => Cell::from(figure),
    }
}

/// A target, or what is missing to it.
pub(super) fn aim(goal: &Goal, figure: Figure, how: How) -> Cell {
    aimed(goal.metric.unit, figure, how)
}

/// The target of a metric by its code.
pub(super) fn bare(code: &str, target: Figure, how: How) -> Cell {
    let unit = find(code).map_or(Unit::Count, |metric| metric.unit);
    aimed(unit, target, how)
}

/// Of a rate nobody said of how many.
fn aimed(unit: Unit, figure: Figure, how: How) -> Cell {
    match (figure, unit) {
        (Figure::Rate(rate), Unit::Percent) if how.is_for_people() => {
            let share = rate.value().unwrap_or_default();
            Cell::Code("", how.style().percent_of(share))
        }
        (Figure::Rate(rate), Unit::Percent) => Cell::Achievement(rate.value(), None, None),
        (figure, unit) => in_unit(unit, figure),
    }
}

/// The achievement with its sides.
pub(super) fn achieved(goal: &Goal) -> Cell {
    achievement(goal.held.achievement, goal.held.actual, goal.held.target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::options::OutputFormat;
    use crate::cli::testing::how;
    use crate::domain::kpi::curve::Pacing;
    use crate::domain::kpi::{Held, KpiBand};
    use crate::domain::{Fen, Lang};

    fn goal() -> Goal {
        Goal {
            metric: find("gmv").unwrap(),
            held: Held {
                actual: Figure::Money(Fen(150_000)),
                target: Figure::Money(Fen(600_000)),
                achievement: Some(0.25),
                band: Some(KpiBand::Missed),
                course: Some(Course::Behind),
                pace: Some(0.75),
                forecast: Figure::Money(Fen(450_000)),
                expected: Some(Expected {
                    share: 1.0 / 3.0,
                    by: Pacing::Linear,
                }),
            },
        }
    }

    #[test]
    fn a_target_is_told_with_its_achievement_pace_and_gap() {
        assert_eq!(
            line(&goal(), how(OutputFormat::Table, Lang::Zh)),
            "整体目标 (实际 / 目标) 支付GMV 1,500.00 / 6,000.00 | 达成 25.0% 落后 | 进度 75.0% (线性) | 差距 -4,500.00"
        );
        let value = json(&goal(), how(OutputFormat::Json, Lang::Zh));
        assert_eq!(value["gap"], json!(-4_500.0));
        assert_eq!(
            value["achievement"],
            json!({ "value": 0.25, "num": 1_500.0, "den": 6_000.0, "unit": "fraction", "note": null })
        );
    }

    #[test]
    fn a_target_that_is_passed_is_told_by_how_much_not_as_what_lacks() {
        let mut goal = goal();
        goal.held.actual = Figure::Money(Fen(650_000));
        let said = |lang| line(&goal, how(OutputFormat::Table, lang));
        assert!(
            said(Lang::Zh).ends_with("| 超出 500.00"),
            "{}",
            said(Lang::Zh)
        );
        assert!(said(Lang::En).ends_with("| over by 500.00"));
        goal.held.actual = goal.held.target;
        assert!(line(&goal, how(OutputFormat::Table, Lang::Zh)).ends_with("| 差距 0.00"));
    }

    #[test]
    fn what_nobody_measured_stands_at_no_percent() {
        let unmeasured = Goal {
            held: Held {
                actual: Figure::NotMeasured,
                achievement: None,
                band: None,
                course: None,
                pace: None,
                forecast: Figure::NoValue,
                expected: None,
                ..goal().held
            },
            ..goal()
        };
        assert_eq!(
            line(&unmeasured, how(OutputFormat::Table, Lang::En)),
            "overall target (actual / target) gross GMV . / 6,000.00 | achieved - | gap -"
        );
        let value = json(&unmeasured, how(OutputFormat::Json, Lang::En));
        assert_eq!(value["achievement"]["value"], Value::Null);
    }
}

//! 群组健康: worst first, and why.

use ratatui::layout::Rect;

use super::{noted, why};
use crate::app::panes::groups::Groups;
use crate::config::theme::Role;
use crate::domain::{ChatId, Figure};
use crate::engine::answer::{GroupRow, HealthBand, HealthFlag};
use crate::engine::groups::{Trouble, is_unmeasured};
use crate::engine::request::GroupSort;
use crate::filter::print_in;
use crate::ui::Cx;
use crate::ui::canvas::{Canvas, Run};
use crate::ui::panes::board::person;
use crate::ui::text;
use crate::ui::widgets::spark::spark;
use crate::ui::widgets::table::{self, Column, one};

/// `128 个群 !! 7 ! 19`
pub fn title(cx: &Cx) -> (Vec<Run>, Vec<Run>) {
    let Some(page) = &cx.app.panes.groups.page.value else {
        return (Vec::new(), Vec::new());
    };
    let (n, people) = (
        cx.figures
            .count(u64::try_from(page.rows.len()).unwrap_or(0)),
        cx.figures.count(page.members),
    );
    let mut left = vec![(
        cx.words
            .fill("groups.title", &[("n", &n), ("people", &people)]),
        cx.style(Role::Dim),
    )];
    let own = print_in(&cx.app.panes.groups.filter, cx.app.look.lang);
    if !own.is_empty() {
        let own = format!(
            "{} {}  ",
            cx.words.say("scope.filter"),
            text::fit(&own, 24).trim_end()
        );
        left.insert(0, (own, cx.style(Role::Input)));
    }
    (left, counted(cx, Trouble::of(page.rows.iter())))
}

/// `!! 7  ! 19  标记 2`
pub fn counted(cx: &Cx, trouble: Trouble) -> Vec<Run> {
    let mut runs = vec![
        (format!("!! {}", trouble.bad), cx.style(Role::Bad)),
        (format!("  ! {}", trouble.watched), cx.style(Role::Watch)),
    ];
    if trouble.flagged > 0 {
        let n = trouble.flagged.to_string();
        let words = cx.words.fill("groups.flagged", &[("n", &n)]);
        runs.push((format!("  {words}"), cx.style(Role::Text)));
    }
    if trouble.unmeasured > 0 {
        let n = trouble.unmeasured.to_string();
        let words = cx.words.fill("groups.unmeasured", &[("n", &n)]);
        runs.push((format!("  {words}"), cx.style(Role::Watch)));
    }
    runs
}

/// Draws the rows, and under them why the row under the cursor has its score.
pub fn draw(cx: &Cx, canvas: &mut Canvas, area: Rect, focused: bool) -> Rect {
    let state = &cx.app.panes.groups;
    let Some(page) = &state.page.value else {
        return area;
    };
    let selected = state.row().or_else(|| page.rows.first());
    let why = match selected {
        Some(row) if area.height >= 12 => why::lines(cx, row, page.fleet, area.width),
        Some(_) | None => Vec::new(),
    };
    let (part, strip) = noted::parted(area, why.len());
    let parts = selected.map_or(0, |row| row.parts.len());
    let why = why::counted(cx, why, usize::from(strip), parts);
    let top = noted::top(&state.list, page.rows.len(), part);
    let rows = noted::rows(&page.rows, top, &state.list, |row| &row.id);
    let list = table::draw(cx, canvas, part, &columns(cx, state), rows, focused);
    noted::explain(canvas, area, part, &why);
    list
}

fn columns<'a>(cx: &'a Cx, state: &Groups) -> Vec<Column<'a, GroupRow>> {
    let sorted = |sort: GroupSort| (state.sort == sort).then_some(!state.reversed);
    let mut columns = judged_columns(cx, sorted);
    columns.extend(counted_columns(cx, sorted));
    columns
}

/// Title, score and band.
fn judged_columns<'a>(
    cx: &'a Cx,
    sorted: impl Fn(GroupSort) -> Option<bool>,
) -> Vec<Column<'a, GroupRow>> {
    let say = |key| cx.words.say(key);
    let text = cx.style(Role::Text);
    vec![
        Column::left(say("column.group"), (16, 28), move |row: &GroupRow, _| {
            one(row.name.as_str(), text)
        })
        .sorted(sorted(GroupSort::Name)),
        Column::right(say("column.score"), (7, 7), |row, _| score(cx, row))
            .sorted(sorted(GroupSort::Score)),
        Column::left(say("column.band"), (19, 30), |row, room| {
            band(cx, row, room)
        })
        .sorted(sorted(GroupSort::Worst)),
    ]
}

/// Members, moves, speech, owner.
fn counted_columns<'a>(
    cx: &'a Cx,
    sorted: impl Fn(GroupSort) -> Option<bool>,
) -> Vec<Column<'a, GroupRow>> {
    let say = |key| cx.words.say(key);
    let text = cx.style(Role::Text);
    let optional = move |n: Option<u32>| {
        n.map_or_else(
            || cx.glyphs.not_measured.to_owned(),
            |n| cx.figures.count(n.into()),
        )
    };
    vec![
        Column::right(say("column.members"), (8, 9), move |row: &GroupRow, _| {
            one(format!("{}/{}", optional(row.members), row.capacity), text)
        })
        .shed(3)
        .sorted(sorted(GroupSort::Members)),
        Column::right(say("column.joined"), (5, 6), move |row: &GroupRow, _| {
            one(signed(&optional(row.joined), "+"), text)
        })
        .shed(5)
        .sorted(sorted(GroupSort::Joined)),
        Column::right(say("column.left"), (5, 6), move |row: &GroupRow, _| {
            let minus = cx.figures.style.minus();
            one(signed(&optional(row.left), minus), text)
        })
        .shed(4)
        .sorted(sorted(GroupSort::Left)),
        Column::right(say("column.speakers"), (6, 8), move |row: &GroupRow, _| {
            one(speakers(cx, row.speakers), text)
        })
        .shed(6)
        .sorted(sorted(GroupSort::Speakers)),
        Column::left(say("column.trend14"), (7, 7), |row, _| {
            one(trend(cx, row), cx.style(Role::Bar))
        })
        .shed(2),
        Column::left(
            say("column.group_owner"),
            (6, 10),
            move |row: &GroupRow, room| one(person(&row.owner, room), text),
        )
        .shed(7),
    ]
}

/// `+4`; nothing before a zero or a value nobody measured.
fn signed(n: &str, sign: &str) -> String {
    if n.starts_with(|c: char| ('1'..='9').contains(&c)) {
        format!("{sign}{n}")
    } else {
        n.to_owned()
    }
}

/// One decimal; a figure of any other kind as it is.
fn speakers(cx: &Cx, figure: Figure) -> String {
    match figure {
        Figure::Number(n) => format!("{n:.1}"),
        Figure::Count(_)
        | Figure::Money(_)
        | Figure::Rate(_)
        | Figure::NoValue
        | Figure::NotMeasured => cx.figures.figure(figure),
    }
}

/// The health score, marked where it has just changed.
fn score(cx: &Cx, row: &GroupRow) -> Vec<Run> {
    let changed = |(id, until, _): &(ChatId, u64, i8)| *until > cx.now.millis && *id == row.id;
    let is_marked = row.score.is_some() && cx.app.panes.groups.marks.iter().any(changed);
    let shown = score_text(cx, row);
    let style = match row.score {
        Some(_) => cx.style(band_role(row.band)),
        None => cx.style(Role::Dim),
    };
    if is_marked {
        one(format!("{shown}'"), style.patch(cx.style(Role::Changed)))
    } else {
        one(shown, style)
    }
}

/// The health score; the structure score in brackets where speech is not measured.
pub fn score_text(cx: &Cx, row: &GroupRow) -> String {
    match (row.score, row.structure) {
        (Some(score), _) => cx.figures.score(score),
        (None, Some(structure)) => format!("({})", cx.figures.score(structure)),
        (None, None) => cx.glyphs.no_value.to_owned(),
    }
}

fn band(cx: &Cx, row: &GroupRow, room: u16) -> Vec<Run> {
    let style = cx.style(band_role(row.band));
    let mut runs = vec![
        (format!("{:<2} ", band_sign(row.band)), style),
        (state_name(cx, row).to_owned(), style),
    ];
    // The band already says it.
    let said = |flag: &HealthFlag| *flag == HealthFlag::Silent && row.band == HealthBand::Silent;
    let flags: Vec<&str> = row
        .flags
        .iter()
        .filter(|flag| !said(flag))
        .map(|flag| flag_name(cx, *flag))
        .collect();
    let used = runs.iter().map(|(run, _)| text::width(run)).sum();
    runs.push((
        some_of(&flags, room.saturating_sub(used)),
        cx.style(Role::Text),
    ));
    runs
}

/// The band, or that there is nothing to put one on.
pub fn state_name<'a>(cx: &Cx<'a>, row: &GroupRow) -> &'a str {
    if is_unmeasured(row) {
        cx.words.say("band.no_data")
    } else {
        band_name(cx, row.band)
    }
}

/// As many words as fit, then how many did not: ` exits +1`. The first is cut before it is dropped.
fn some_of(words: &[&str], room: u16) -> String {
    let rest = |shown: usize| match words.len() - shown {
        0 => String::new(),
        left => format!(" +{left}"),
    };
    let some = |shown: usize| -> String {
        let shown_words: Vec<&str> = words.iter().take(shown).copied().collect();
        format!(" {}{}", shown_words.join(" "), rest(shown))
    };
    if words.is_empty() {
        return String::new();
    }
    (1..=words.len())
        .rev()
        .map(some)
        .find(|text| text::width(text) <= room)
        .unwrap_or_else(|| some(1))
}

/// Sign of a band: what colour says, said without colour.
pub fn band_sign(band: HealthBand) -> &'static str {
    match band {
        HealthBand::Critical | HealthBand::Silent => "!!",
        HealthBand::AtRisk | HealthBand::Watch => "!",
        HealthBand::Healthy | HealthBand::StructureOnly | HealthBand::New => "",
    }
}

/// Role of a band.
pub fn band_role(band: HealthBand) -> Role {
    match band {
        HealthBand::Critical | HealthBand::Silent => Role::Bad,
        HealthBand::AtRisk | HealthBand::Watch => Role::Watch,
        HealthBand::Healthy => Role::Ok,
        HealthBand::StructureOnly | HealthBand::New => Role::Dim,
    }
}

/// Name of a band.
pub fn band_name<'a>(cx: &Cx<'a>, band: HealthBand) -> &'a str {
    match band {
        HealthBand::Critical => cx.words.say("band.critical"),
        HealthBand::Silent => cx.words.say("band.silent"),
        HealthBand::AtRisk => cx.words.say("band.at_risk"),
        HealthBand::Watch => cx.words.say("band.watch"),
        HealthBand::Healthy => cx.words.say("band.healthy"),
        HealthBand::StructureOnly => cx.words.say("band.structure"),
        HealthBand::New => cx.words.say("band.new"),
    }
}

/// Name of a flag.
pub fn flag_name<'a>(cx: &Cx<'a>, flag: HealthFlag) -> &'a str {
    match flag {
        HealthFlag::Silent => cx.words.say("flag.silent"),
        HealthFlag::Exits => cx.words.say("flag.exits"),
        HealthFlag::OwnerLeft => cx.words.say("flag.owner_left"),
        HealthFlag::Full => cx.words.say("flag.full"),
        HealthFlag::FewVoices => cx.words.say("flag.few_voices"),
        HealthFlag::Flash => cx.words.say("flag.flash"),
        HealthFlag::Stale => cx.words.say("flag.stale"),
    }
}

/// Messages of 14 days, two a column.
pub fn trend(cx: &Cx, row: &GroupRow) -> String {
    if row.trend.iter().all(Option::is_none) {
        return cx.glyphs.not_measured.to_owned();
    }
    let values: Vec<Option<f64>> = row.trend.iter().map(|n| n.map(f64::from)).collect();
    spark(&values, cx.glyphs)
}

#[cfg(test)]
mod tests {
    use super::some_of;

    #[test]
    fn flags_that_do_not_fit_are_counted() {
        let flags = ["exits", "no owner"];
        assert_eq!(some_of(&flags, 15), " exits no owner");
        assert_eq!(some_of(&flags, 14), " exits +1");
        assert_eq!(some_of(&flags, 3), " exits +1");
        assert_eq!(some_of(&[], 9), "");
    }
}

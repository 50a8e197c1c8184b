//! What is held against a target, in the words of the panes: its band, and the target of a whole scope.

use crate::config::theme::Role;
use crate::domain::metric::Unit;
use crate::engine::answer::{BoardPage, Course, Goal, KpiBand, Stamp};
use crate::ui::Cx;
use crate::ui::canvas::Run;
use crate::ui::text::width as width_of;

/// The target of money that the whole scope has, if any: as the board last told it of the scope that rules the panes.
pub fn overall<'a>(cx: &Cx<'a>) -> Option<&'a Goal> {
    let page = cx.app.panes.board.page.value.as_ref()?;
    let is_ours = |stamp: &Stamp| {
        let org = stamp.org.as_ref().map(|(id, _)| *id);
        org == cx.app.scope.org && stamp.filter.is_empty()
    };
    let mut goals = page.goals.iter().filter(|_| is_ours(&page.stamp));
    goals.find(|goal| goal.metric.unit == Unit::Fen)
}

/// The whole scope against its own target: what it reached of what; achievement, pace and gap.
pub fn goal_words(cx: &Cx, goal: &Goal) -> [String; 2] {
    let figure = |figure| cx.figures.figure(figure);
    let holes = [
        ("metric", goal.metric.name(cx.words.lang())),
        ("actual", &figure(goal.held.actual)),
        ("target", &figure(goal.held.target)),
    ];
    let words = cx.words.fill("board.goal", &holes);
    let mut stands = format!("{}  {}", achieved(cx, goal), goal_gap(cx, goal));
    if let Some(pace) = pace(cx, goal) {
        stands = format!("{stands}  {pace}");
    }
    [words, stands]
}

fn achieved(cx: &Cx, goal: &Goal) -> String {
    let achieved = cx.figures.achievement(goal.held.achievement);
    cx.words.fill("board.achieved", &[("achieved", &achieved)])
}

/// How far it is against the time that has passed, while the period goes on.
fn pace(cx: &Cx, goal: &Goal) -> Option<String> {
    goal.held.pace?;
    let pace = cx.figures.achievement(goal.held.pace);
    Some(cx.words.pace(&pace, goal.held.expected))
}

/// What is missing to the target, or how far it is passed.
pub fn goal_gap(cx: &Cx, goal: &Goal) -> String {
    let gap = cx.figures.figure(goal.gap());
    cx.words.gap(goal, &gap)
}

/// The same on one line, or on two; where one of these does not fit, without the metric where the board's title names
/// it, as many pieces a line as there is room for. In the colour of its band.
pub fn goal_lines(cx: &Cx, goal: &Goal, width: u16) -> Vec<Vec<Run>> {
    let text = cx.style(Role::Text);
    let [words, stands] = goal_words(cx, goal);
    let band = course(cx, goal.held.course);
    let wide = |runs: &[Run]| -> u16 { runs.iter().map(|(text, _)| width_of(text)).sum() };
    let first = vec![(words, text)];
    let rest = vec![(format!("{stands}  "), text), band.clone()];
    // A cell stays free on each side.
    let room = width.saturating_sub(2);
    if wide(&first).max(wide(&rest)) > room {
        return packed(pieces(cx, goal, band, room), room);
    }
    if wide(&first) + wide(&rest) + 2 > room {
        return vec![first, rest];
    }
    vec![[first, vec![("  ".to_owned(), text)], rest].concat()]
}

/// It is the target of the figure that the board ranks, which the board's title names and sums.
fn is_ranked(cx: &Cx, goal: &Goal) -> bool {
    let page = cx.app.panes.board.page.value.as_ref();
    page.and_then(BoardPage::ranked_code) == Some(goal.metric.code)
}

/// The pieces for a narrow pane, what matters most first; another metric than the board's is named where there is room.
fn pieces(cx: &Cx, goal: &Goal, band: Run, width: u16) -> Vec<Run> {
    let text = cx.style(Role::Text);
    let (actual, target) = (
        cx.figures.figure(goal.held.actual),
        cx.figures.figure(goal.held.target),
    );
    let holes = [("actual", actual.as_str()), ("target", &target)];
    let [named, _] = goal_words(cx, goal);
    let stands = if is_ranked(cx, goal) || width_of(&named) > width {
        cx.words.fill("board.goal_short", &holes)
    } else {
        named
    };
    let mut pieces = vec![
        (stands, text),
        (achieved(cx, goal), text),
        band,
        (goal_gap(cx, goal), text),
    ];
    pieces.extend(pace(cx, goal).map(|pace| (pace, text)));
    pieces
}

/// Pieces side by side, on as many lines as they need.
pub(super) fn packed(pieces: Vec<Run>, width: u16) -> Vec<Vec<Run>> {
    let mut lines: Vec<Vec<Run>> = Vec::new();
    let mut used = width;
    for (piece, style) in pieces {
        let cells = width_of(&piece) + 2;
        match lines.last_mut() {
            Some(line) if used + cells <= width => {
                line.push((format!("  {piece}"), style));
                used += cells;
            }
            Some(_) | None => {
                used = width_of(&piece);
                lines.push(vec![(piece, style)]);
            }
        }
    }
    lines
}

/// What of it fits on one line of a width, in whole pieces, what matters most first.
pub fn goal_line(cx: &Cx, goal: &Goal, width: u16) -> Vec<Run> {
    let pieces = pieces(cx, goal, course(cx, goal.held.course), width);
    packed(pieces, width).into_iter().next().unwrap_or_default()
}

/// A line on as many as it needs, broken where a comma or two blanks part it.
pub fn wrapped(line: Vec<Run>, width: u16) -> Vec<Vec<Run>> {
    let wide = |runs: &[Run]| -> u16 { runs.iter().map(|(text, _)| width_of(text)).sum() };
    let mut pieces: Vec<Vec<Run>> = Vec::new();
    for run in line {
        let begins = run.0.starts_with(", ") || run.0.starts_with("  ");
        match pieces.last_mut() {
            Some(piece) if !begins => piece.push(run),
            Some(_) | None => pieces.push(vec![run]),
        }
    }
    let mut lines: Vec<Vec<Run>> = Vec::new();
    for mut piece in pieces {
        match lines.last_mut() {
            Some(line) if wide(line) + wide(&piece) <= width => line.append(&mut piece),
            before => {
                if let (Some(line), Some((text, style))) = (before, piece.first_mut()) {
                    // A comma stays behind what it follows.
                    line.extend(text.starts_with(',').then(|| (",".to_owned(), *style)));
                    *text = text.trim_start_matches([',', ' ']).to_owned();
                }
                lines.push(piece);
            }
        }
    }
    lines
}

/// How a figure runs to its target in words, with a sign where it falls short.
pub fn course(cx: &Cx, course: Option<Course>) -> Run {
    let Some(course) = course else {
        return (
            cx.words.say("kpi.no_target").to_owned(),
            cx.style(Role::Dim),
        );
    };
    let word = cx.words.named("kpi_band", course.code());
    match course {
        Course::Band(KpiBand::BelowFloor) => (format!("!!{word}"), cx.style(Role::Bad)),
        Course::Band(KpiBand::Missed) | Course::Behind | Course::NotYet => {
            (format!("! {word}"), cx.style(Role::Watch))
        }
        Course::Band(KpiBand::Exceeded) => (format!("{word}{}", cx.glyphs.up), cx.style(Role::Ok)),
        Course::Band(KpiBand::Met) | Course::Ahead => (word.to_owned(), cx.style(Role::Ok)),
        Course::OnPace => (word.to_owned(), cx.style(Role::Text)),
        Course::NotBegun => (word.to_owned(), cx.style(Role::Dim)),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::wrapped;

    #[test]
    fn a_line_breaks_between_its_pieces_and_loses_none() {
        let runs = [
            "GMV ", "-1,095", " = ", "users ", "-247", ", value ", "+340", "  ", "72%",
        ];
        let at = |width| -> Vec<String> {
            let runs = runs.map(|run| (run.to_owned(), Style::new())).to_vec();
            let lines = wrapped(runs, width).into_iter();
            lines
                .map(|line| line.into_iter().map(|(text, _)| text).collect())
                .collect()
        };
        assert_eq!(at(40), ["GMV -1,095 = users -247, value +340  72%"]);
        assert_eq!(at(39), ["GMV -1,095 = users -247, value +340", "72%"]);
        assert_eq!(at(30), ["GMV -1,095 = users -247,", "value +340  72%"]);
    }
}

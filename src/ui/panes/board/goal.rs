//! The target of a whole scope, in the words of the panes.

use crate::config::theme::Role;
use crate::domain::metric::Unit;
use crate::engine::answer::{Goal, Stamp};
use crate::ui::Cx;
use crate::ui::canvas::Run;
use crate::ui::panes::kpi;

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
    let achieved = cx.figures.achievement(goal.achievement);
    let holes = [
        ("metric", goal.metric.name(cx.words.lang())),
        ("actual", &figure(goal.actual)),
        ("target", &figure(goal.target)),
    ];
    let words = cx.words.fill("board.goal", &holes);
    let achieved = cx.words.fill("board.achieved", &[("achieved", &achieved)]);
    let mut stands = format!("{achieved}  {}", goal_gap(cx, goal));
    if goal.pace.is_some() {
        let pace = cx.figures.achievement(goal.pace);
        let pace = cx.words.fill("kpi.pace", &[("pace", &pace)]);
        stands = format!("{stands}  {pace}");
    }
    [words, stands]
}

/// What is missing to the target, or beyond it.
pub fn goal_gap(cx: &Cx, goal: &Goal) -> String {
    let gap = cx.figures.figure(goal.gap());
    cx.words.fill("board.goal_gap", &[("gap", &gap)])
}

/// The same on one line, or on two where it is narrow, in the colour of its band.
pub fn goal_lines(cx: &Cx, goal: &Goal, width: u16) -> Vec<Vec<Run>> {
    let [words, stands] = goal_words(cx, goal);
    let (word, style) = kpi::band(cx, goal.band);
    let rest: [Run; 2] = [(format!("{stands}  "), cx.style(Role::Text)), (word, style)];
    let whole = [words.as_str(), &rest[0].0, &rest[1].0];
    let whole: u16 = whole.iter().map(|part| crate::ui::text::width(part)).sum();
    let mut first: Vec<Run> = vec![(words, cx.style(Role::Text))];
    if whole + 4 <= width {
        first.push(("  ".to_owned(), cx.style(Role::Text)));
        first.extend(rest);
        return vec![first];
    }
    vec![first, rest.to_vec()]
}
